//! What a payment's agents say to it after it was initiated.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use super::Screening;
use super::row::{ANSWERING, BANKS, OPERATOR, own, steps};
use crate::limits::MAX_BULK_PAYMENTS;
use crate::{Code, Uetr};

/// A payment that its creditor agent attests: it knows the payment by everything in it, amount and
/// digest of the details included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attested {
    /// Which.
    pub payment: Uetr,
    /// [`Payment::content`](crate::Payment::content) of what the creditor agent saw.
    pub content: Digest,
}
crate::codec_struct!(Attested { payment, content });

steps! {
    /// A step of a payment that was initiated.
    PaymentStep {
        /// The creditor agent attests payments to it; each settles on its own.
        0 "attest" Attest {
            /// Which, 1 to [`MAX_BULK_PAYMENTS`].
            payments: Vec<Attested> [MAX_BULK_PAYMENTS],
            /// Its own screening of the parties of all of them.
            screening: Option<Screening>,
        } => {
            by: BANKS,
            signed: own(1, ANSWERING, "the creditor agent"),
            entries: [Attest]
        }
        /// The creditor agent refuses payments to it.
        1 "reject" Reject {
            /// Which, 1 to [`MAX_BULK_PAYMENTS`].
            payments: Vec<Uetr> [MAX_BULK_PAYMENTS],
            /// Why: one of the codes for a creditor agent's refusal ([`Code::is_creditor_reason`]).
            reason: Code,
        } => {
            by: BANKS,
            signed: own(1, ANSWERING, "the creditor agent"),
            entries: [Reject]
        }
        /// The debtor agent withdraws a payment that has not settled.
        2 "cancel" Cancel {
            /// Which.
            payment: Uetr,
        } => {
            by: BANKS,
            signed: own(1, OPERATOR, "the debtor agent"),
            entries: [Cancel]
        }
    }
}
