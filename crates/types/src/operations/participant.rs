//! Institutions: how they come, change their keys, and go.

use corridor_crypto::PublicKey;
use serde::{Deserialize, Serialize};

use crate::{Amount, AssetId, KeyEntry, ParticipantEntry, ParticipantId, SealingKey};

/// Above an amount, payments of a participant need checkers beside the maker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalRule {
    /// In which asset.
    pub asset: AssetId,
    /// Payments above this need them, in minor units; for a bulk its sum counts.
    pub above: Amount,
    /// How many different checkers; zero ends the rule.
    pub checkers: u8,
}
crate::codec_struct!(ApprovalRule { asset, above, checkers });

/// A step of a participant's life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum ParticipantStep {
    /// The central bank takes in an application. An operator key of the applicant signs too.
    Apply {
        /// The applicant; the central bank is its supervisor.
        entry: ParticipantEntry,
    },
    /// The central bank authorises an applicant, or a suspended participant again.
    Authorise {
        /// Which.
        participant: ParticipantId,
    },
    /// The central bank suspends a participant: it can do nothing, its payments wait.
    Suspend {
        /// Which.
        participant: ParticipantId,
    },
    /// The central bank ends a participant's authorisation for good: its payments are stopped.
    Revoke {
        /// Which.
        participant: ParticipantId,
    },
    /// The participant registers a key of its own; its supervisor may do so for it.
    AddKey {
        /// Whose.
        participant: ParticipantId,
        /// The key, and what it may sign.
        entry: KeyEntry,
    },
    /// The participant withdraws a key of its own; its supervisor may do so for it.
    RemoveKey {
        /// Whose.
        participant: ParticipantId,
        /// Which.
        key: PublicKey,
    },
    /// The participant sets from which amount on its payments need checkers.
    SetApprovals {
        /// The rule for one asset.
        rule: ApprovalRule,
    },
    /// The participant says to which key details are sealed for it.
    SetSealingKey {
        /// The key.
        key: SealingKey,
    },
}
crate::codec_enum!(ParticipantStep {
    0 => Apply { entry },
    1 => Authorise { participant },
    2 => Suspend { participant },
    3 => Revoke { participant },
    4 => AddKey { participant, entry },
    5 => RemoveKey { participant, key },
    6 => SetApprovals { rule },
    7 => SetSealingKey { key },
});
