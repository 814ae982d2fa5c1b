//! Institutions: how they come, change their keys, and go.

use corridor_crypto::PublicKey;
use serde::{Deserialize, Serialize};

use super::row::{EVERYBODY, SUPERVISOR, SignerRule, own, rule, steps};
use crate::{Amount, AssetId, KeyEntry, KeyRole, ParticipantEntry, ParticipantId, SealingKey};

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

steps! {
    /// A step of a participant's life.
    ParticipantStep {
        /// The central bank takes in an application. An operator key of the applicant signs too.
        0 "apply" Apply {
            /// The applicant; the central bank is its supervisor.
            entry: ParticipantEntry,
        } => {
            by: EVERYBODY,
            signed: rule(
                SignerRule::Applicant,
                "1 supervisor key of its central bank, and 1 operator key of the applicant",
            ),
            entries: [ApplyParticipant]
        }
        /// The central bank authorises an applicant, or a suspended participant again.
        1 "authorise" Authorise {
            /// Which.
            participant: ParticipantId,
        } => {
            by: EVERYBODY,
            signed: own(1, SUPERVISOR, "its central bank"),
            entries: [AuthoriseParticipant]
        }
        /// The central bank suspends a participant: it can do nothing, its payments wait.
        2 "suspend" Suspend {
            /// Which.
            participant: ParticipantId,
        } => {
            by: EVERYBODY,
            signed: own(1, SUPERVISOR, "its central bank"),
            entries: [SuspendParticipant], urgent
        }
        /// The central bank ends a participant's authorisation for good: its payments are stopped.
        3 "revoke" Revoke {
            /// Which.
            participant: ParticipantId,
        } => {
            by: EVERYBODY,
            signed: own(1, SUPERVISOR, "its central bank"),
            entries: [RevokeParticipant], urgent
        }
        /// The participant registers a key of its own; its supervisor may do so for it.
        4 "add_key" AddKey {
            /// Whose.
            participant: ParticipantId,
            /// The key, and what it may sign.
            entry: KeyEntry,
        } => {
            by: EVERYBODY,
            signed: rule(
                SignerRule::Governors,
                "2 governance keys of the participant (1 if it has 1), or 2 supervisor keys of its central bank",
            ),
            entries: [AddKey]
        }
        /// The participant withdraws a key of its own; its supervisor may do so for it.
        5 "remove_key" RemoveKey {
            /// Whose.
            participant: ParticipantId,
            /// Which.
            key: PublicKey,
        } => {
            by: EVERYBODY,
            signed: rule(
                SignerRule::Governors,
                "as participant.add_key for a governance key, 1 of the same for any other",
            ),
            entries: [RemoveKey]
        }
        /// The participant sets from which amount on its payments need checkers.
        6 "set_approvals" SetApprovals {
            /// The rule for one asset.
            rule: ApprovalRule,
        } => {
            by: EVERYBODY,
            signed: rule(SignerRule::Governors, "2 governance keys of the participant (1 if it has 1)"),
            entries: [SetApprovals]
        }
        /// The participant says to which key details are sealed for it.
        7 "set_sealing_key" SetSealingKey {
            /// The key.
            key: SealingKey,
        } => {
            by: EVERYBODY,
            signed: own(1, &[KeyRole::Governance, KeyRole::Operator], "the participant"),
            entries: [SetSealingKey]
        }
    }
}

impl ParticipantStep {
    /// Whose keys a change of keys is about; `None` for steps that are not about keys that somebody
    /// else may change too.
    pub const fn whose_keys(&self) -> Option<ParticipantId> {
        match self {
            Self::AddKey { participant, .. } | Self::RemoveKey { participant, .. } => Some(*participant),
            Self::Apply { .. }
            | Self::Authorise { .. }
            | Self::Suspend { .. }
            | Self::Revoke { .. }
            | Self::SetApprovals { .. }
            | Self::SetSealingKey { .. } => None,
        }
    }
}
