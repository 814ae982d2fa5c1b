//! Which receipt is *the* receipt of a reference, when a client names no entry.
//!
//! | the reference is of | its receipt shows |
//! |---|---|
//! | a payment that waits (held, reserved, queued) | the newest status that it was given |
//! | a payment that ended | the entry that ended it |
//! | a proposal that was enacted | the enactment |
//! | anything else that was decided | the first decision |
//!
//! What others said about the reference since (a second request, a refused copy) does not count,
//! however often.

use corridor_api::ReceiptLookup;
use corridor_ledger::Used;
use corridor_storage::{Reader, StoreError};
use corridor_types::view::EventId;
use corridor_types::{Receipt, Uetr};

/// The entry whose receipt counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decisive {
    /// The newest entry that gave the payment a status.
    NewestStatus,
    /// This one entry about it.
    Entry(EventId),
    /// The entry that enacted a proposal, if there is one; this one otherwise.
    EnactmentOr(EventId),
}

/// Decides by what the ledger remembers of a reference.
fn decisive(used: &Used) -> Decisive {
    let first = EventId { height: used.height, position: used.position };
    let end = used.closing.map(|closing| EventId { height: closing.height, position: closing.position });
    match used.status {
        None => Decisive::EnactmentOr(first),
        Some(_) if used.final_status().is_none() => Decisive::NewestStatus,
        Some(_) => Decisive::Entry(end.unwrap_or(first)),
    }
}

/// The receipt of a reference that was decided on; pending while its block is not certified.
pub fn newest(reader: &Reader, reference: &Uetr, used: &Used) -> Result<ReceiptLookup, StoreError> {
    let entry = match decisive(used) {
        Decisive::NewestStatus => return reader.receipt(reference).map(lookup),
        Decisive::Entry(entry) => entry,
        Decisive::EnactmentOr(first) => match reader.enactment(reference)? {
            Some((height, position)) => EventId { height, position },
            None => first,
        },
    };
    reader.receipt_at(entry.height, entry.position).map(lookup)
}

/// The receipt of one entry, if that is about the reference.
pub fn of_entry(reader: &Reader, reference: &Uetr, place: EventId) -> Result<ReceiptLookup, StoreError> {
    let EventId { height, position } = place;
    match reader.entry(height, position)?.filter(|entry| entry.reference == *reference) {
        Some(_) => reader.receipt_at(height, position).map(lookup),
        None => Ok(ReceiptLookup::Unknown),
    }
}

/// Of a decision that is there.
fn lookup(receipt: Option<Receipt>) -> ReceiptLookup {
    receipt.map_or(ReceiptLookup::Pending, |receipt| ReceiptLookup::Ready(Box::new(receipt)))
}

#[cfg(test)]
mod tests {
    use corridor_crypto::Digest;
    use corridor_ledger::Closing;
    use corridor_types::{Code, Height, PaymentStatus, Timestamp};

    use super::*;

    const FIRST: EventId = EventId { height: Height(3), position: 1 };
    const END: EventId = EventId { height: Height(9), position: 4 };

    fn used(status: Option<PaymentStatus>, end: Option<PaymentStatus>) -> Used {
        let closing = |status| Closing { status, sequence: 40, height: END.height, position: END.position };
        Used {
            content: Digest::ZERO,
            height: FIRST.height,
            time: Timestamp(1),
            position: FIRST.position,
            code: Code::Ok,
            status,
            sequence: 7,
            closing: end.map(closing),
        }
    }

    #[test]
    fn the_receipt_that_counts_follows_from_where_the_reference_is() {
        use PaymentStatus::{AwaitingAttestation, Cancelled, Credited, Expired, Held, Queued, Rejected, Settled};
        let check = |status, end, expected| assert_eq!(decisive(&used(status, end)), expected, "{status:?} {end:?}");
        for waiting in [Held, AwaitingAttestation, Queued] {
            check(Some(waiting), None, Decisive::NewestStatus);
            for end in [Settled, Credited, Rejected, Cancelled, Expired] {
                check(Some(waiting), Some(end), Decisive::Entry(END));
            }
        }
        // Decided in one step: nothing closed it later.
        for end in [Settled, Rejected] {
            check(Some(end), None, Decisive::Entry(FIRST));
        }
        // A payment that settled at once and was credited later.
        check(Some(Settled), Some(Credited), Decisive::Entry(END));
        // No payment: a proposal's first entry is only its beginning.
        check(None, None, Decisive::EnactmentOr(FIRST));
    }
}
