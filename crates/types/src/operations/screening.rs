//! Screening against lists of sanctioned parties.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use super::row::{ANSWERING, BANKS, SUPERVISOR, own, steps};
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::payment::coded_enum;
use crate::{ListId, Timestamp, Uetr};

coded_enum! {
    /// What screening found.
    Verdict {
        /// Nothing.
        Clear = 0, "clear";
        /// Something that officers must look at: the payment is held.
        PossibleMatch = 1, "possible_match";
        /// A sanctioned party: the payment is rejected.
        Match = 2, "match";
    }
}

/// An agent's statement that it screened both parties of a payment. What it is bound to is what it
/// is signed with: the payment, an attestation of it, or a rescreening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Screening {
    /// The list.
    pub list: ListId,
    /// SHA-256 of the list's version.
    pub version: Digest,
    /// When.
    pub time: Timestamp,
    /// What it found.
    pub verdict: Verdict,
}
crate::codec_struct!(Screening { list, version, time, verdict });

steps! {
    /// A step of screening.
    ScreeningStep {
        /// A central bank says which version of which list its banks must use from now on.
        0 "require" Require {
            /// The list.
            list: ListId,
            /// SHA-256 of the version.
            version: Digest,
            /// How old a screening may be at settlement, in milliseconds of block time.
            max_age_ms: u64,
        } => {
            by: BANKS,
            signed: own(1, SUPERVISOR, "a central bank"),
            entries: [RequireList]
        }
        /// An agent of a payment that has not settled screens it again.
        1 "rescreen" Rescreen {
            /// Which.
            payment: Uetr,
            /// What it found.
            screening: Screening,
        } => {
            by: BANKS,
            signed: own(1, ANSWERING, "an agent of the payment"),
            entries: [Rescreen]
        }
    }
}
