//! What a node chooses about catching up.

use corridor_types::{ValidatorIndex, ValidatorSet};

/// Who takes part, who we are, and the delays.
#[derive(Debug, Clone)]
pub struct Config {
    /// The validators; they vote on every block that is fetched.
    pub validators: ValidatorSet,
    /// Our position, if we have one; never asked.
    pub me: Option<ValidatorIndex>,
    /// The delays.
    pub limits: Limits,
}

/// Delays and thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a peer may take to answer: a range is below 400 kB, read from disk.
    pub answer_timeout_ms: u64,
    /// How long a peer that did not answer is passed over.
    pub silent_aside_ms: u64,
    /// How long a peer that sent a wrong answer is passed over.
    pub lying_aside_ms: u64,
    /// How long our chain must have stood still before a small gap is a reason to ask.
    pub patience_ms: u64,
    /// The gap in blocks that is a reason to ask at once. Above what a node in step can be behind
    /// a beacon.
    pub far_behind: u64,
    /// How long our settlement certificates must have stood still before we ask for more.
    pub settlement_patience_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            answer_timeout_ms: 1_000,
            silent_aside_ms: 2_000,
            lying_aside_ms: 60_000,
            patience_ms: 300,
            far_behind: 16,
            settlement_patience_ms: 500,
        }
    }
}
