//! Decisions that the validators take together.

use serde::{Deserialize, Serialize};

use super::row::{BANKS, GOVERNANCE, own, steps};
use super::rulebook::RulebookPack;
use crate::limits::MAX_VALIDATOR_CHANGES;
use crate::{Epoch, Height, Parameters, ParticipantEntry, Timestamp, Uetr, ValidatorChange};

/// What is to be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "proposal", rename_all = "snake_case", deny_unknown_fields)]
pub enum Proposal {
    /// The validators of the next epoch.
    Validators {
        /// The epoch that ends with the change.
        epoch: Epoch,
        /// Strictly ascending by participant, at least one.
        changes: Vec<ValidatorChange>,
    },
    /// A jurisdiction's rules.
    Rulebook {
        /// The next version.
        pack: RulebookPack,
    },
    /// The rules with a number in them.
    Parameters {
        /// All of them.
        parameters: Parameters,
    },
    /// A version of the protocol from a height on. Nodes that do not know it stop there.
    Upgrade {
        /// The version.
        version: u32,
        /// The first block that it governs.
        height: Height,
    },
    /// A central bank, a bank, a licensing authority or an observer, authorised at once.
    Participant {
        /// The newcomer. Its supervisor is on the ledger; a new central bank names itself with the
        /// number that it will get.
        entry: ParticipantEntry,
    },
}
crate::codec_enum!(Proposal {
    0 => Validators { epoch, changes[MAX_VALIDATOR_CHANGES] },
    1 => Rulebook { pack },
    2 => Parameters { parameters },
    3 => Upgrade { version, height },
    4 => Participant { entry },
});

steps! {
    /// A step of a decision.
    GovernanceStep {
        /// Puts a proposal to the vote under the operation's reference, and votes for it.
        0 "propose" Propose {
            /// What is to be decided.
            proposal: Proposal,
            /// Blocks at this time or later count no votes for it.
            closes: Timestamp,
        } => {
            by: BANKS,
            signed: own(1, GOVERNANCE, "a participant with a vote"),
            entries: [Propose, Enact]
        }
        /// Votes; a participant votes once on a proposal.
        1 "vote" Vote {
            /// On which.
            proposal: Uetr,
            /// For it, or against it.
            approve: bool,
        } => {
            by: BANKS,
            signed: own(1, GOVERNANCE, "a participant with a vote"),
            entries: [Vote, Enact]
        }
    }
}
