//! Why a signer does not open, does not write, or does not sign.

use std::path::PathBuf;

use corridor_crypto::{Digest, PublicKey};
use corridor_types::{Epoch, Height, Outcome, ParticipantId, Sequence, ValidatorIndex, View, VoteKind};

/// Why the record could not be opened. Nothing was signed and the file was not changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no record where one is expected.
    #[error(
        "the signing record {path} is missing; create it only for a key that never signed anything, \
         otherwise give this validator a new key: without its record it could sign twice"
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// A record is to be created where one exists.
    #[error("the signing record {path} exists already; open it instead, and never delete it")]
    Exists {
        /// Where it is.
        path: PathBuf,
    },
    /// Another process has it open.
    #[error("another process holds {path}; two signers with one key would sign twice: stop the other one")]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On which file.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is no signing record, or of a version that this program does not know.
    #[error("{path} is no signing record of version {version}; check the path, or run the program that wrote it")]
    NotARecord {
        /// Path of the signing record.
        path: String,
        /// The version that this program writes.
        version: u32,
    },
    /// The record of another chain.
    #[error("{path} is the signing record of chain {got}, not of chain {expected}; check the data directory")]
    OtherChain {
        /// Path of the signing record.
        path: String,
        /// The chain in the file.
        got: Digest,
        /// The chain of the genesis given.
        expected: Digest,
    },
    /// The record of another key.
    #[error("{path} is the signing record of key {got}, not of key {expected}; check the key file")]
    OtherKey {
        /// Path of the signing record.
        path: String,
        /// The key in the file.
        got: PublicKey,
        /// The key given.
        expected: PublicKey,
    },
    /// Bytes that were once complete are not what was written.
    #[error(
        "the signing record {path} is damaged at byte {offset}: {problem}. It may hide votes that were sent, so \
         nothing is signed with this key any more: keep the file, check the disk, and give the validator a new key"
    )]
    Damaged {
        /// Path of the signing record.
        path: String,
        /// Where the first record that cannot be read begins.
        offset: u64,
        /// What is wrong with it.
        problem: String,
    },
}

/// Why nothing was signed: the record could not be made durable. The process must end.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The operating system refused.
    #[error("cannot {action} the signing record {path}: {source}; the process must end and read it again")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Path of the signing record.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An earlier write failed, so what the disk holds is unknown.
    #[error("an earlier write of the signing record {path} failed; restart the process")]
    Poisoned {
        /// Path of the signing record.
        path: String,
    },
}

/// Why one request was not signed. The record is unharmed and other requests are still granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// For an epoch whose set does not name this key, or that is not entered.
    #[error(
        "the request is for epoch {epoch}, in which key {key} has no validator as far as this signer knows; \
         the current epoch is {current}"
    )]
    NotInEpoch {
        /// The epoch that the request names.
        epoch: Epoch,
        /// The epoch that the signer is in.
        current: Epoch,
        /// The key that the request is for.
        key: PublicKey,
    },
    /// A block that names another proposer.
    #[error("the block names validator {got} as its proposer, this one is validator {expected}")]
    NotOurTurn {
        /// The block's proposer.
        got: ValidatorIndex,
        /// The signer's position.
        expected: ValidatorIndex,
    },
    /// A batch of another lane.
    #[error("the batch is of lane {got}, this validator writes lane {expected}")]
    NotOurLane {
        /// The header's lane.
        got: ParticipantId,
        /// The participant that the signer's key belongs to.
        expected: ParticipantId,
    },
    /// The record of that view, height or sequence was dropped, so a conflict could not be seen.
    #[error("{what} {got} is below {floor}, from which on the record is kept")]
    BelowFloor {
        /// View, height or sequence.
        what: &'static str,
        /// The number that the request names.
        got: u64,
        /// The lowest one recorded.
        floor: u64,
    },
    /// Another block was proposed in the view.
    #[error("view {view}: block {recorded} was proposed, block {asked} would be a second one")]
    SecondProposal {
        /// The view that both messages name.
        view: View,
        /// The block on record.
        recorded: Digest,
        /// The block asked for.
        asked: Digest,
    },
    /// A vote on record excludes this one.
    #[error("view {view}: {recorded:?} was signed, which excludes {asked:?}")]
    ConflictingVote {
        /// The view that both messages name.
        view: View,
        /// The vote on record.
        recorded: VoteKind,
        /// The vote asked for.
        asked: VoteKind,
    },
    /// Another batch stands at the position.
    #[error("sequence {sequence}: batch {recorded} was signed, batch {asked} would be a second one")]
    SecondBatch {
        /// The lane's position that both messages name.
        sequence: Sequence,
        /// The batch on record.
        recorded: Digest,
        /// The batch asked for.
        asked: Digest,
    },
    /// The batch does not follow the last one.
    #[error("batch {asked} does not extend batch {last}, the last one signed; resume the lane from the record")]
    BrokenLane {
        /// The last position on record.
        last: Sequence,
        /// The position asked for.
        asked: Sequence,
    },
    /// Another outcome was signed for the height: this node executed one block in two ways.
    #[error("height {}: state {} was signed, state {} would be a second outcome", recorded.height, recorded.state, asked.state)]
    SecondOutcome {
        /// The outcome on record.
        recorded: Box<Outcome>,
        /// The outcome asked for.
        asked: Box<Outcome>,
    },
}

impl Refusal {
    pub(crate) const fn below_view(got: View, floor: View) -> Self {
        Self::BelowFloor { what: "view", got: got.0, floor: floor.0 }
    }

    pub(crate) const fn below_height(got: Height, floor: Height) -> Self {
        Self::BelowFloor { what: "height", got: got.0, floor: floor.0 }
    }

    pub(crate) const fn below_sequence(got: Sequence, floor: Sequence) -> Self {
        Self::BelowFloor { what: "sequence", got: got.0, floor: floor.0 }
    }
}
