//! What a node chooses about catching up, and every limit of it.

use corridor_crypto::{Digest, SigningContext};
use corridor_types::limits::{MAX_NODES, MAX_VALIDATORS};
use corridor_types::{Epoch, Height, ValidatorSet};

/// Peers that are remembered: every node that may be registered. Links exist only to those, so the
/// bound is never met unless the registry changes under us.
pub(crate) const MAX_PEERS: usize = MAX_VALIDATORS + MAX_NODES;

/// Snapshots that a new node begins to fetch before it goes by blocks instead, if it can.
pub(crate) const MAX_PREFERRED_ATTEMPTS: u32 = 3;

/// On which chain, whose votes count, and the delays.
#[derive(Debug, Clone)]
pub struct Config {
    /// Of the chain; handovers and manifests are checked with it.
    pub context: SigningContext,
    /// The validators of the current epoch: the one of the block after [`Start::finalized`], as far
    /// as it is executed. Later ones come by [`crate::Input::Epoch`].
    pub validators: ValidatorSet,
    /// A new node begins with a snapshot, if one is offered, rather than with the first block.
    pub prefer_snapshot: bool,
    /// How long it waits, and how much it asks for at once.
    pub limits: Limits,
}

/// Where the node stands when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Start {
    /// The highest finalized block; 0 on a new disk.
    pub finalized: Height,
    /// Its digest; the genesis digest at height 0.
    pub digest: Digest,
    /// The epoch of the block after it. If it is above that of [`Config::validators`], nothing is
    /// asked until [`crate::Input::Epoch`].
    pub next_epoch: Epoch,
    /// The height up to which settlement certificates are held.
    pub settled: Height,
}

/// Delays and thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a peer may take to answer: a range is below 400 kB, read from disk.
    pub answer_timeout_ms: u64,
    /// How long a peer that did not answer is passed over; twice as long each further time.
    pub silent_aside_ms: u64,
    /// The longest that a silent peer is passed over: catch-up is to go on within 10 s of the end of
    /// an outage.
    pub silent_aside_max_ms: u64,
    /// How long a peer that sent a wrong answer is passed over.
    pub lying_aside_ms: u64,
    /// How long our chain must have stood still before a small gap is a reason to ask.
    pub patience_ms: u64,
    /// The gap in blocks that is a reason to ask at once. Above what a node in step can be behind
    /// a beacon.
    pub far_behind: u64,
    /// How long our settlement certificates must have stood still before we ask for more.
    pub settlement_patience_ms: u64,
    /// The gap in blocks above which a new node prefers a snapshot: below it, blocks are faster.
    pub snapshot_gap: u64,
    /// How long a snapshot must have been wanted before one is chosen: time for peers' beacons.
    pub snapshot_patience_ms: u64,
    /// How long a peer may take to answer with a manifest or with handovers, up to 2 MB.
    pub manifest_timeout_ms: u64,
    /// How long a peer may take to answer with a chunk: `chunks_per_peer` of 2 MB over 10 Mbit/s.
    pub chunk_timeout_ms: u64,
    /// How long a transfer may stand still before another snapshot is tried.
    pub snapshot_stall_ms: u64,
    /// Chunks asked for or in verification at once: at most 16 MB.
    pub chunks_in_flight: usize,
    /// Chunks asked of one peer at once: the next one travels while one is verified.
    pub chunks_per_peer: usize,
}

impl Limits {
    /// For a node that gets no votes and has nothing else to follow the chain by: it asks as soon
    /// as a peer is one block ahead.
    pub fn follower() -> Self {
        Self { patience_ms: 0, far_behind: 1, settlement_patience_ms: 0, ..Self::default() }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_timeout_ms: 1_000,
            silent_aside_ms: 2_000,
            silent_aside_max_ms: 8_000,
            lying_aside_ms: 60_000,
            patience_ms: 300,
            far_behind: 16,
            settlement_patience_ms: 500,
            snapshot_gap: 10_000,
            snapshot_patience_ms: 1_000,
            manifest_timeout_ms: 3_000,
            chunk_timeout_ms: 5_000,
            snapshot_stall_ms: 15_000,
            chunks_in_flight: 8,
            chunks_per_peer: 2,
        }
    }
}
