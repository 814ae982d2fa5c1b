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
}

/// Proof that a validator signed what no honest one signs.
#[derive(ToSchema)]
pub struct EvidenceView {
    /// `conflicting_proposals` or `conflicting_votes`.
    kind: String,
    epoch: u64,
    view: u64,
    /// The culprit's position in the epoch's set.
    validator: u16,
    participant: u32,
    name: String,
    /// The canonical encoding of the proof in hexadecimal; verifies offline.
    proof: String,
}
