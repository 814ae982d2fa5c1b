//! The table of legal moves of a payment. Whatever is not in it does not happen.

use corridor_types::PaymentStatus;

/// What happens to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaymentEvent {
    /// It passed all rules and needs the creditor agent's attestation.
    Accept,
    /// It passed all rules and needs no attestation; money, a day, an hour or an agent is missing.
    AcceptQueued,
    /// It passed all rules, needs no attestation, and nothing is missing.
    AcceptSettled,
    /// It passed all rules but for one that officers decide on.
    AcceptHeld,
    /// A rule refused it.
    Refuse,
    /// Officers, a central bank or the ledger hold it.
    Hold,
    /// Officers released it, and its attestation is missing.
    ReleaseToAttestation,
    /// Officers released it, or it was attested, and something else is missing.
    Enqueue,
    /// Nothing is missing any more.
    Settle,
    /// The creditor agent refused it.
    Reject,
    /// Officers refused it, or its hold lapsed.
    RejectHeld,
    /// A licence or an agent's authorisation that it needs was withdrawn.
    Stop,
    /// The debtor agent withdrew it.
    Cancel,
    /// Its expiry passed.
    Expire,
}

impl PaymentEvent {
    /// Every event, in the order of the enum.
    pub const ALL: [Self; 14] = [
        Self::Accept,
        Self::AcceptQueued,
        Self::AcceptSettled,
        Self::AcceptHeld,
        Self::Refuse,
        Self::Hold,
        Self::ReleaseToAttestation,
        Self::Enqueue,
        Self::Settle,
        Self::Reject,
        Self::RejectHeld,
        Self::Stop,
        Self::Cancel,
        Self::Expire,
    ];
}

/// Where a payment goes from `from`, `None` being a payment not seen before. `None` if the event
/// is not legal there. `Submitted` and `Credited` are states of the banks' systems, which the
/// ledger does not produce.
pub const fn transition(from: Option<PaymentStatus>, event: PaymentEvent) -> Option<PaymentStatus> {
    use PaymentEvent as Event;
    use PaymentStatus::{AwaitingAttestation, Cancelled, Expired, Held, Queued, Rejected, Settled};
    match (from, event) {
        (None, Event::Accept) | (Some(Held), Event::ReleaseToAttestation) => Some(AwaitingAttestation),
        (None, Event::AcceptQueued) | (Some(Held | AwaitingAttestation), Event::Enqueue) => Some(Queued),
        (None, Event::AcceptSettled) | (Some(Held | AwaitingAttestation | Queued), Event::Settle) => Some(Settled),
        (None, Event::AcceptHeld) | (Some(AwaitingAttestation | Queued), Event::Hold) => Some(Held),
        (None, Event::Refuse)
        | (Some(AwaitingAttestation | Queued), Event::Reject)
        | (Some(Held), Event::RejectHeld)
        | (Some(Held | AwaitingAttestation | Queued), Event::Stop) => Some(Rejected),
        (Some(AwaitingAttestation | Queued), Event::Cancel) => Some(Cancelled),
        (Some(Held | AwaitingAttestation | Queued), Event::Expire) => Some(Expired),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_transitions() {
        let from = std::iter::once(None).chain(PaymentStatus::ALL.iter().copied().map(Some));
        let name = |status: Option<PaymentStatus>| status.map_or("-", PaymentStatus::as_str);
        let row = |(from, event)| {
            let to = transition(from, event)?;
            Some(format!("{:<22} {:<20} {}\n", name(from), format!("{event:?}"), to))
        };
        let pairs = from.flat_map(|from| PaymentEvent::ALL.map(|event| (from, event)));
        insta::assert_snapshot!(pairs.filter_map(row).collect::<String>());
    }

    #[test]
    fn a_final_status_never_changes() {
        for status in PaymentStatus::ALL.iter().filter(|status| status.is_final()) {
            for event in PaymentEvent::ALL {
                assert_eq!(transition(Some(*status), event), None, "{status} {event:?}");
            }
        }
    }
}
