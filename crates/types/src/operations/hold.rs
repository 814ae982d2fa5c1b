//! Payments that wait for a compliance decision.

use super::row::{BANKS, OFFICERS, SignedBy, steps};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::payment::coded_enum;
use crate::{Code, KeyRole, Timestamp, Uetr};

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

/// Anybody at a bank may stop a payment; only officers let it go on.
const HOLDING: &[KeyRole] = &[KeyRole::Compliance, KeyRole::Operator];

steps! {
    /// A step of a hold. Release and rejection take two different officers of who held the payment.
    HoldStep {
        /// One of the agents, or the central bank of one, holds a payment that has not settled.
        0 "hold" Hold {
            /// Which.
            payment: Uetr,
            /// Why.
            reason: HoldReason,
            /// Blocks at this time or later reject the payment if it is still held.
            deadline: Timestamp,
        } => {
            by: BANKS,
            signed: SignedBy::ByKind {
                count: 1,
                others: (HOLDING, "an agent"),
                central_bank: (OFFICERS, "its central bank"),
            },
            entries: [Hold]
        }
        /// The payment goes on.
        1 "release" Release {
            /// Which.
            payment: Uetr,
        } => {
            by: BANKS,
            signed: SignedBy::ByKind {
                count: 2,
                others: (&[KeyRole::Compliance], "the holder"),
                central_bank: (OFFICERS, "its central bank"),
            },
            entries: [Release]
        }
        /// The payment ends.
        2 "reject" Reject {
            /// Which.
            payment: Uetr,
            /// Why: one of the codes for a compliance decision ([`Code::is_officer_reason`]).
            reason: Code,
        } => {
            by: BANKS,
            signed: SignedBy::ByKind {
                count: 2,
                others: (&[KeyRole::Compliance], "the holder"),
                central_bank: (OFFICERS, "its central bank"),
            },
            entries: [RejectHeld]
        }
    }
}
