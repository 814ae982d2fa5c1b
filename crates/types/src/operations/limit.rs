//! Limits that a central bank sets.

use serde::{Deserialize, Serialize};

use super::row::{CENTRAL_BANKS, own, steps};
use crate::{AccountId, Amount, AssetId, Corridor, KeyRole, ParticipantId};

/// The most that may be paid within any stretch of time of a length. What was paid counts for the
/// whole length and until the end of the sixteenth of it that runs then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// How long, in milliseconds of block time; above zero.
    pub length_ms: u64,
    /// How much, in minor units.
    pub cap: Amount,
}
crate::codec_struct!(Window { length_ms, cap });

/// What a limit is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "scope", rename_all = "snake_case", deny_unknown_fields)]
pub enum LimitScope {
    /// One account.
    Account {
        /// Which.
        account: AccountId,
    },
    /// All accounts of a bank in an asset.
    Bank {
        /// Whose.
        participant: ParticipantId,
        /// In what.
        asset: AssetId,
    },
    /// All payments over a corridor in an asset.
    Corridor {
        /// Which.
        corridor: Corridor,
        /// In what.
        asset: AssetId,
    },
    /// All payments in an asset.
    Asset {
        /// Which.
        asset: AssetId,
    },
}
crate::codec_enum!(LimitScope {
    0 => Account { account },
    1 => Bank { participant, asset },
    2 => Corridor { corridor, asset },
    3 => Asset { asset },
});

/// A limit. What is absent is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// What it is about.
    pub scope: LimitScope,
    /// The most that the account may hold, available and reserved; only for accounts.
    pub balance_max: Option<Amount>,
    /// The most that one payment may move.
    pub payment_max: Option<Amount>,
    /// The most that may be paid within a stretch of time.
    pub window: Option<Window>,
}
crate::codec_struct!(Limit { scope, balance_max, payment_max, window });

steps! {
    /// A step of a limit, by the central bank that issues the asset.
    LimitStep {
        /// Sets or replaces it. What was paid already goes on counting if the window keeps its length.
        0 "set" Set {
            /// The limit.
            limit: Limit,
        } => {
            by: CENTRAL_BANKS,
            signed: own(1, &[KeyRole::Issuer, KeyRole::Supervisor], "the asset's central bank"),
            entries: [SetLimit]
        }
        /// Ends it.
        1 "remove" Remove {
            /// Of what.
            scope: LimitScope,
        } => {
            by: CENTRAL_BANKS,
            signed: own(1, &[KeyRole::Issuer, KeyRole::Supervisor], "the asset's central bank"),
            entries: [RemoveLimit]
        }
    }
}
