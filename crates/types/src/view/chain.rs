//! The chain and its blocks.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use crate::{Epoch, Height, Outcome, ParticipantId, Sequence, Timestamp, View};

/// The newest batch of one lane that a block commits to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TipView {
    /// Whose lane.
    pub lane: ParticipantId,
    /// Up to which batch, from 1.
    pub sequence: Sequence,
    /// The digest of that batch.
    pub digest: Digest,
}

/// A finalized block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    /// Its distance from genesis.
    pub height: Height,
    /// Its digest.
    pub digest: Digest,
    /// The epoch whose validators voted on it.
    pub epoch: Epoch,
    /// The view in which it was proposed.
    pub view: View,
    /// Its parent's digest.
    pub parent: Digest,
    /// Who proposed it.
    pub proposer: ParticipantId,
    /// The proposer's display name.
    pub proposer_name: String,
    /// Block time, milliseconds since 1970 UTC.
    pub time: Timestamp,
    /// Up to where it commits each lane.
    pub cut: Vec<TipView>,
    /// What executing it gave here; absent until it was executed.
    pub outcome: Option<Outcome>,
    /// True if a settlement certificate for it is held.
    pub certified: bool,
}

/// Which chain this is and how far this node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainView {
    /// Digest of the genesis document: the chain's identity, part of everything signed.
    pub genesis: Digest,
    /// The chain's name, for people.
    pub name: String,
    /// The highest block known to this node.
    pub height: Height,
    /// The highest finalized block.
    pub finalized: Height,
    /// The highest executed block.
    pub executed: Height,
    /// The highest block such that it and all below have settlement certificates.
    pub settled: Height,
    /// Time of the newest executed block, milliseconds since 1970 UTC.
    pub time: Timestamp,
    /// The current epoch.
    pub epoch: Epoch,
    /// How many validators vote in it.
    pub validators: u32,
    /// The institution that runs this node.
    pub participant: ParticipantId,
    /// Its display name.
    pub participant_name: String,
    /// The node's release.
    pub version: String,
}
