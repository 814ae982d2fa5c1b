//! Openings of sealed details by those who are no agents of the payment.

use super::row::{BUT_OBSERVERS, OFFICERS, own, steps};
use crate::{Label, Uetr};

steps! {
    /// A step about sealed details.
    AccessStep {
        /// Somebody who is no agent of a payment and opened its sealed details says so.
        0 "record" Record {
            /// Of which payment.
            payment: Uetr,
            /// Why: the case or the legal ground.
            purpose: Label,
        } => {
            by: BUT_OBSERVERS,
            signed: own(1, OFFICERS, "who opened the details"),
            entries: [RecordAccess]
        }
    }
}
