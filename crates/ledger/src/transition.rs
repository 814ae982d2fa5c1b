//! The table of legal moves of a payment. Whatever is not in it does not happen.

use corridor_types::PaymentStatus;

/// What happens to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PaymentEvent {
    /// It passed all rules; its funds were reserved.
    Accept,
    /// It passed all rules and the creditor agent had consented in advance.
    AcceptWithConsent,
    /// A rule refused it.
    Refuse,
    /// The creditor agent attested.
    Attest,
    /// The creditor agent refused.
    Reject,
    /// The debtor agent withdrew it.
    Cancel,
    /// Its expiry passed.
    Expire,
}

impl PaymentEvent {
    /// Every event.
    pub const ALL: [Self; 7] =
        [Self::Accept, Self::AcceptWithConsent, Self::Refuse, Self::Attest, Self::Reject, Self::Cancel, Self::Expire];
}

/// Where a payment goes from `from`, `None` being a payment not seen before. `None` if the event
/// is not legal there. `Submitted`, `Held`, `Queued` and `Credited` are not produced yet.
pub const fn transition(from: Option<PaymentStatus>, event: PaymentEvent) -> Option<PaymentStatus> {
    use PaymentEvent::{Accept, AcceptWithConsent, Attest, Cancel, Expire, Refuse, Reject};
    use PaymentStatus::{AwaitingAttestation, Cancelled, Expired, Rejected, Settled};
    match (from, event) {
        (None, Accept) => Some(AwaitingAttestation),
        (None, AcceptWithConsent) => Some(Settled),
        (None, Refuse) => Some(Rejected),
        (Some(AwaitingAttestation), Attest) => Some(Settled),
        (Some(AwaitingAttestation), Reject) => Some(Rejected),
        (Some(AwaitingAttestation), Cancel) => Some(Cancelled),
        (Some(AwaitingAttestation), Expire) => Some(Expired),
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
