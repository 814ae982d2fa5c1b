//! The chain, its blocks, and ordering.

use utoipa::ToSchema;

use super::{Digest, Outcome};

/// The newest batch of one lane that a block commits to.
#[derive(ToSchema)]
pub struct TipView {
    /// Participant whose lane it is.
    lane: u32,
    sequence: u64,
    digest: Digest,
}

/// A finalized block.
#[derive(ToSchema)]
pub struct BlockView {
    height: u64,
    digest: Digest,
    epoch: u64,
    /// The view in which it was proposed.
    view: u64,
    parent: Digest,
    /// Participant that proposed it.
    proposer: u32,
    proposer_name: String,
    /// Block time, milliseconds since 1970 UTC.
    time: u64,
    cut: Vec<TipView>,
    /// What executing it gave here; null until it was executed.
    outcome: Option<Outcome>,
    /// True if a settlement certificate for it is held.
    certified: bool,
}

/// Which chain this is and how far this node is.
#[derive(ToSchema)]
pub struct ChainView {
    /// Digest of the genesis document: the chain's identity.
    genesis: Digest,
    name: String,
    /// The highest block known to this node.
    height: u64,
    finalized: u64,
    executed: u64,
    /// The highest block such that it and all below have settlement certificates.
    settled: u64,
    /// Time of the newest executed block, milliseconds since 1970 UTC.
    time: u64,
    epoch: u64,
    /// How many validators vote in the epoch.
    validators: u32,
    /// The institution that runs this node.
    participant: u32,
    participant_name: String,
    /// The node's release.
    version: String,
}

/// What one validator was seen to vote in the current view.
#[derive(ToSchema)]
pub struct ValidatorVotesView {
    /// Position in the set.
    validator: u16,
    participant: u32,
    name: String,
    /// Weight.
    power: u64,
    /// The block it voted to notarize.
    notarize: Option<Digest>,
    /// True if it voted to give up on the view.
    nullify: bool,
    /// The block it voted to finalize.
    finalize: Option<Digest>,
}

/// A link to another node.
#[derive(ToSchema)]
pub struct PeerView {
    participant: u32,
    name: String,
    connected: bool,
}

/// Where ordering stands on this node and for whom it waits.
#[derive(ToSchema)]
pub struct ConsensusView {
    epoch: u64,
    /// The view being voted on.
    view: u64,
    /// Participant whose turn it is to propose.
    leader: u32,
    leader_name: String,
    votes: Vec<ValidatorVotesView>,
    /// Names of validators that have not voted in the view.
    missing: Vec<String>,
    total_power: u64,
    /// The least power that is a quorum.
    quorum_power: u64,
    /// Milliseconds until the view times out; null if no timer runs.
    next_timeout_ms: Option<u64>,
    peers: Vec<PeerView>,
    finalized: u64,
    /// Milliseconds since a block was last finalized here; null if none was since the start.
    last_finalized_age_ms: Option<u64>,
    /// True while the node is catching up.
    syncing: bool,
    /// Why the node stopped voting; null if it did not.
    halted: Option<String>,
    role: NodeRole,
    /// Why a validator is silent; null for the others.
    silence: Option<Silence>,
    /// The power of the validators that are linked to this node, and its own.
    connected_power: u64,
    executed: u64,
    /// The highest block such that it and all below have settlement certificates.
    settled: u64,
    /// The highest finalized block that a linked node claims.
    peers_finalized: u64,
    /// True if something waits to be ordered.
    work: bool,
    /// Batches that are named by a proposal or a finalized block, and not held here yet.
    missing_batches: u64,
    /// Names of validators without whose outcomes the next block is not certified; empty if none waits.
    missing_outcomes: Vec<String>,
    /// The lowest height at which validators computed different outcomes; null if none.
    outcomes_differ: Option<u64>,
    /// The snapshot that is being fetched; null if none.
    snapshot: Option<SnapshotView>,
    /// The epoch whose validators are decided and wait for the block that ends this one; null if none.
    pending_epoch: Option<u64>,
    /// By how much the newest proposal or block is ahead of this machine's calendar; null if none is.
    clock_behind_ms: Option<u64>,
    /// How far a proposal may be ahead before it has to wait.
    clock_drift_max_ms: u64,
    /// Bytes in the node's data folder; null if it cannot be read.
    data_bytes: Option<u64>,
}

/// How a node takes part in the current epoch.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    Validator,
    Silent,
    Observer,
}

/// Why a validator does not vote.
#[derive(ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Silence {
    WaitingForQuorum,
    Watching,
    RecordIsOld,
    KeyMissing,
}

/// A snapshot on its way.
#[derive(ToSchema)]
pub struct SnapshotView {
    /// The block after which it was taken.
    height: u64,
    /// Chunks that have arrived and were verified.
    held: u32,
    /// All chunks.
    chunks: u32,
}

/// Proof that a validator signed what no honest one signs.
#[derive(ToSchema)]
pub struct EvidenceView {
    /// `conflicting_proposals`, `conflicting_votes`, `conflicting_batches` or `conflicting_outcomes`.
    kind: String,
    epoch: u64,
    /// Of proposals or votes; null for others.
    view: Option<u64>,
    /// The position of batches in the culprit's lane; null for others.
    sequence: Option<u64>,
    /// The height of outcomes; null for others.
    height: Option<u64>,
    /// The culprit's position in the epoch's set.
    validator: u16,
    participant: u32,
    name: String,
    /// The canonical encoding of the proof in hexadecimal; verifies offline.
    proof: String,
}
