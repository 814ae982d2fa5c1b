//! Legal regimes under which clients pay; a pilot is one with a short list of members.

use serde::{Deserialize, Serialize};

use super::row::{CENTRAL_BANKS, SignerRule, rule, steps};
use crate::limits::{MAX_PROGRAMME_MEMBERS, MAX_SCOPE};
use crate::{Amount, AssetId, Corridor, Label, ParticipantId, ProgrammeId, Timestamp};

/// What may be paid in one asset under a programme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetCap {
    /// The asset.
    pub asset: AssetId,
    /// The most that one payment may move, in minor units.
    pub payment: Amount,
    /// The most that all payments together may move, in minor units; returns give it back.
    pub total: Amount,
}
crate::codec_struct!(AssetCap { asset, payment, total });

/// A regime with its dates, members and caps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Shown to people.
    pub name: Label,
    /// From when, inclusive.
    pub starts: Timestamp,
    /// Until when, exclusive.
    pub ends: Timestamp,
    /// The banks that may take part, strictly ascending, at least two.
    pub members: Vec<ParticipantId>,
    /// The corridors, strictly ascending, at least one.
    pub corridors: Vec<Corridor>,
    /// The assets with their caps, strictly ascending by asset, at least one.
    pub caps: Vec<AssetCap>,
}
crate::codec_struct!(Programme { name, starts, ends, members[MAX_PROGRAMME_MEMBERS], corridors[MAX_SCOPE], caps[MAX_SCOPE] });

steps! {
    /// A step of a programme. The central banks of all its members sign.
    ProgrammeStep {
        /// Opens it; it gets the next number.
        0 "open" Open {
            /// The regime.
            programme: Programme,
        } => {
            by: CENTRAL_BANKS,
            signed: rule(SignerRule::Members, "1 supervisor key of the central bank of each member"),
            entries: [OpenProgramme]
        }
        /// Replaces its content; what was paid goes on counting.
        1 "amend" Amend {
            /// Which.
            number: ProgrammeId,
            /// The regime from now on.
            programme: Programme,
        } => {
            by: CENTRAL_BANKS,
            signed: rule(
                SignerRule::Members,
                "1 supervisor key of the central bank of each member, before and after",
            ),
            entries: [AmendProgramme]
        }
        /// Ends it for good. Payments that it let in go on.
        2 "close" Close {
            /// Which.
            number: ProgrammeId,
        } => {
            by: CENTRAL_BANKS,
            signed: rule(SignerRule::Members, "1 supervisor key of the central bank of each member"),
            entries: [CloseProgramme]
        }
    }
}
