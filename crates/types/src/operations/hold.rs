//! Payments that wait for a compliance decision.

use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::payment::coded_enum;
use crate::{Code, Timestamp, Uetr};

coded_enum! {
    /// Why a payment is held.
    HoldReason {
        /// Screening found something that officers must look at.
        Screening = 0, "screening";
        /// Documents are missing or contradict each other.
        Documents = 1, "documents";
        /// The goods are under control and no licence is named; the ledger itself holds these.
        LicenceMissing = 2, "licence_missing";
        /// Signs of fraud.
        Fraud = 3, "fraud";
        /// A regulator asked for it.
        Regulator = 4, "regulator";
    }
}

/// A step of a hold. Release and rejection take two different officers of who held the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum HoldStep {
    /// One of the agents, or the central bank of one, holds a payment that has not settled.
    Hold {
        /// Which.
        payment: Uetr,
        /// Why.
        reason: HoldReason,
        /// Blocks at this time or later reject the payment if it is still held.
        deadline: Timestamp,
    },
    /// The payment goes on.
    Release {
        /// Which.
        payment: Uetr,
    },
    /// The payment ends.
    Reject {
        /// Which.
        payment: Uetr,
        /// Why: one of the codes for a compliance decision ([`Code::is_officer_reason`]).
        reason: Code,
    },
}
crate::codec_enum!(HoldStep {
    0 => Hold { payment, reason, deadline },
    1 => Release { payment },
    2 => Reject { payment, reason },
});
