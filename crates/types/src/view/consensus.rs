//! What a node's engine waits for: made to be read by an operator at night.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use crate::{Epoch, Height, ParticipantId, Sequence, ValidatorIndex, View, VotingPower};

/// What one validator was seen to vote in the current view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorVotesView {
    /// Its position in the set.
    pub validator: ValidatorIndex,
    /// Who runs it.
    pub participant: ParticipantId,
    /// Display name.
    pub name: String,
    /// Its weight.
    pub power: VotingPower,
    /// The block it voted to notarize.
    pub notarize: Option<Digest>,
    /// True if it voted to give up on the view.
    pub nullify: bool,
    /// The block it voted to finalize.
    pub finalize: Option<Digest>,
}

/// A link to another node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    /// Who runs the other node.
    pub participant: ParticipantId,
    /// Display name.
    pub name: String,
    /// True if the link is up.
    pub connected: bool,
}

/// Where ordering stands on this node and for whom it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsensusView {
    /// The epoch.
    pub epoch: Epoch,
    /// The view being voted on.
    pub view: View,
    /// Whose turn it is to propose.
    pub leader: ParticipantId,
    /// The leader's display name.
    pub leader_name: String,
    /// Votes seen in the view, one row per validator, in the set's order.
    pub votes: Vec<ValidatorVotesView>,
    /// Names of validators that have not voted in the view.
    pub missing: Vec<String>,
    /// The power of all validators.
    pub total_power: u64,
    /// The least power that is a quorum.
    pub quorum_power: u64,
    /// Milliseconds until the view times out; absent if no timer runs.
    pub next_timeout_ms: Option<u64>,
    /// The other validators and whether a link to each is up.
    pub peers: Vec<PeerView>,
    /// The highest finalized block.
    pub finalized: Height,
    /// Milliseconds since a block was last finalized here; absent if none was since the start.
    pub last_finalized_age_ms: Option<u64>,
    /// True while the node is catching up.
    pub syncing: bool,
    /// Why the node stopped voting; absent if it did not.
    pub halted: Option<String>,
    /// How this node takes part.
    pub role: NodeRole,
    /// Why a validator is silent; absent for the others.
    pub silence: Option<Silence>,
    /// The power of the validators that are linked to this node, and its own.
    pub connected_power: u64,
    /// The highest executed block.
    pub executed: Height,
    /// The highest block such that it and all below have settlement certificates.
    pub settled: Height,
    /// The highest finalized block that a linked node claims.
    pub peers_finalized: Height,
    /// True if something waits to be ordered.
    pub work: bool,
    /// Batches that are named by a proposal or a finalized block, and not held here yet.
    pub missing_batches: u64,
    /// Names of validators without whose outcomes the next block is not certified; empty if none waits.
    pub missing_outcomes: Vec<String>,
    /// The lowest height at which validators computed different outcomes and none has a quorum.
    pub outcomes_differ: Option<Height>,
    /// The snapshot that is being fetched.
    pub snapshot: Option<SnapshotView>,
    /// The epoch whose validators are decided and wait for the block that ends this one.
    pub pending_epoch: Option<Epoch>,
    /// By how many milliseconds the newest proposal or block is ahead of this machine's calendar; absent if none is.
    pub clock_behind_ms: Option<u64>,
    /// How far a proposal may be ahead before it has to wait, in milliseconds.
    pub clock_drift_max_ms: u64,
    /// Bytes in the node's data folder, without what others may write there; absent if it cannot be read.
    pub data_bytes: Option<u64>,
}

/// How a node takes part in the current epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// It votes.
    Validator,
    /// It is named by the validator set and does not vote; see [`Silence`].
    Silent,
    /// It follows what others order.
    Observer,
}

/// Why a validator does not vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    /// It waits until validators that form a quorum with it are linked and have said what they hold of it.
    WaitingForQuorum,
    /// It watches for a second after such a quorum has spoken.
    Watching,
    /// Peers hold votes of it that its own record does not know.
    RecordIsOld,
    /// The validator set names its participant with a key that the node does not hold.
    KeyMissing,
}

/// A snapshot on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotView {
    /// The block after which it was taken.
    pub height: Height,
    /// Chunks that have arrived and were verified.
    pub held: u32,
    /// All chunks.
    pub chunks: u32,
}

/// Proof that a validator signed what no honest one signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// What it did: `conflicting_proposals`, `conflicting_votes`, `conflicting_batches` or
    /// `conflicting_outcomes`.
    pub kind: String,
    /// The epoch.
    pub epoch: Epoch,
    /// The view of the proposals or votes; absent for what belongs to no view.
    pub view: Option<View>,
    /// The position of the batches in the culprit's lane; absent for others.
    pub sequence: Option<Sequence>,
    /// The height of the outcomes; absent for others.
    pub height: Option<Height>,
    /// The culprit's position in the epoch's set.
    pub validator: ValidatorIndex,
    /// Who runs it.
    pub participant: ParticipantId,
    /// Display name.
    pub name: String,
    /// The canonical encoding of the proof in hexadecimal; verifies offline.
    pub proof: String,
}
