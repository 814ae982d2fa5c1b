//! Who votes: candidates that declare themselves, and the decision on the next epoch.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use super::row::{BANKS, CENTRAL_BANKS, SignerRule, rule, steps};
use crate::limits::MAX_VALIDATOR_CHANGES;
use crate::{Epoch, Height, ParticipantId, Validator};

/// One change of the validator set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum ValidatorChange {
    /// The participant's validator from the next epoch on: a new one, other keys or another weight.
    /// Keys that are not in use already must have been declared.
    Put {
        /// The validator.
        validator: Validator,
    },
    /// The participant has no validator from the next epoch on.
    Remove {
        /// Whose.
        participant: ParticipantId,
    },
}
crate::codec_enum!(ValidatorChange { 0 => Put { validator }, 1 => Remove { participant } });

impl ValidatorChange {
    /// Whose validator changes.
    pub const fn participant(&self) -> ParticipantId {
        match self {
            Self::Put { validator } => validator.participant,
            Self::Remove { participant } => *participant,
        }
    }
}

steps! {
    /// A step towards other validators.
    ValidatorsStep {
        /// A participant declares a validator of its own that is ready to vote: a new one, or a running
        /// one's next keys. Both declared keys sign, which proves that the participant has them. The
        /// state of a recent block proves that its node is synced.
        0 "declare" Declare {
            /// The validator; its power is a proposal.
            validator: Validator,
            /// A block that its node has executed.
            height: Height,
            /// The state commitment after that block.
            state: Digest,
        } => {
            by: BANKS,
            signed: rule(
                SignerRule::Declared,
                "1 operator key of the participant, and both declared keys (--key)",
            ),
            entries: [DeclareCandidate]
        }
        /// The central banks decide together on the validators of the next epoch.
        1 "change" Change {
            /// The epoch that ends with the change.
            epoch: Epoch,
            /// Strictly ascending by participant, at least one.
            changes: Vec<ValidatorChange> [MAX_VALIDATOR_CHANGES],
        } => {
            by: CENTRAL_BANKS,
            signed: rule(
                SignerRule::EveryIssuer,
                "1 supervisor key of each issuing central bank, governance keys of others for a quorum",
            ),
            entries: [ChangeValidators]
        }
    }
}
