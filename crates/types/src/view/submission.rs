//! What became of submitted transactions.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use super::{FieldError, PaymentView};
use crate::Uetr;

/// What became of one transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum SubmissionView {
    /// Taken and on its way to all validators. The ledger has not decided yet.
    Accepted {
        /// The transaction's identifier.
        transaction: Digest,
        /// Look it up under this.
        reference: Uetr,
    },
    /// The same content was submitted under this reference before; nothing is done twice.
    Known {
        /// Look it up under this.
        reference: Uetr,
        /// Where it is.
        payment: Box<PaymentView>,
    },
    /// Refused before it reached the ledger.
    Refused {
        /// Its reference; absent for an empty bulk.
        reference: Option<Uetr>,
        /// Why.
        errors: Vec<FieldError>,
    },
    /// The node cannot take it now.
    Busy {
        /// When a new attempt makes sense, in milliseconds.
        retry_after_ms: u64,
    },
}

/// What became of a list of transactions, in the order of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionReport {
    /// One result per transaction.
    pub results: Vec<SubmissionView>,
}
