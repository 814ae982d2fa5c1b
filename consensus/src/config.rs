//! What an engine is told once, when it is made. Nothing here changes while it runs.

use corridor_crypto::{Digest, Verified};
use corridor_types::{Block, Certificate, SignedProposal, SignedVote, ValidatorIndex, ValidatorSet};

/// Who votes, as whom this engine votes, and how patient it is.
#[derive(Debug, Clone)]
pub struct Config {
    /// The validators of the epoch.
    pub validators: ValidatorSet,
    /// This engine's own position; `None` for an observer, which never signs.
    pub me: Option<ValidatorIndex>,
    /// The parent of the chain's first block.
    pub genesis: Digest,
    /// How long a view waits before it nullifies, and how often it retransmits.
    pub timeouts: Timeouts,
}

/// Patience in milliseconds of the steady clock (SPECIFICATION, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// How long a view may take on a good network: five one-way delays of 120 ms.
    pub base_ms: u64,
    /// Added after a view that timed out, taken away after one that did not.
    pub step_ms: u64,
    /// Never more than this. No outage, however long, makes recovery slower.
    pub max_ms: u64,
    /// How often a stuck validator repeats itself and its questions.
    pub retransmit_ms: u64,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { base_ms: 600, step_ms: 200, max_ms: 2_000, retransmit_ms: 300 }
    }
}

/// What this node's own disk and its signer's record hold after a restart.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    /// The highest finalized block, and its finalization if that is what proves it; `None` at
    /// genesis. In the first view of an epoch it is the boundary of the epoch before.
    pub finalized: Option<(Block, Option<Certificate>)>,
    /// Blocks that are not finalized yet, in any order.
    pub blocks: Vec<Block>,
    /// Pending certificates of every kind.
    pub certificates: Vec<Verified<Certificate>>,
    /// Every own vote of a view above the finalized one. One that is missing here may be
    /// contradicted, so the signer must refuse on its own account too.
    pub votes: Vec<Verified<SignedVote>>,
    /// Every own proposal of a view above the finalized one.
    pub proposals: Vec<Verified<SignedProposal>>,
}
