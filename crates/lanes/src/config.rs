//! What a node chooses about its lanes, and the named bounds with their derivations.

use corridor_types::limits::{MAX_BATCH_BYTES, MAX_TRANSACTION_BYTES, MAX_VALIDATORS};
use corridor_types::{ValidatorIndex, ValidatorSet};

/// Batches per lane ahead of the finalized cut. At one batch per 10 ms it covers 2.5 s without a
/// finalized block, longer than a leader's time-out.
pub const WINDOW_BATCHES: u64 = 256;

/// Payload of all lanes together that may wait for finality: with the decoded form (about twice
/// that) it keeps a validator under half of its 1.5 GiB budget. At 20 MB/s it lasts 6 s.
const WINDOW_TOTAL_BYTES: usize = 128 * 1024 * 1024;

/// The least window of one lane: four of the largest batches.
const WINDOW_LEAST_BYTES: usize = 4 * MAX_BATCH_BYTES;

/// Payload that one block adds. At 20 MB/s it drains 0.8 s of backlog per block, and executing it
/// takes well under a view's time-out.
const BLOCK_LEAST_BYTES: usize = 16 * 1024 * 1024;

/// Fetches of what one validator says that it holds and we lack: a few lanes stand still at a time,
/// and each is asked for again as long as it says so.
pub const MAX_HEARD_WANTS: usize = 4;

/// Fetches that only a vote or a gap depends on, or that were only heard of: one per lane for each of
/// four proposals.
pub const MAX_TENTATIVE_WANTS: usize = 4 * MAX_VALIDATORS;

/// Fetches that execution depends on, eight per lane: ends of groups of finalized blocks, and what is
/// found missing below them. What does not fit is asked for again when the replica asks again.
pub const MAX_EXECUTION_WANTS: usize = 8 * MAX_VALIDATORS;

/// Batches sent again to one peer at once, and their bytes: the peer acknowledges in between.
pub(crate) const RESEND_BATCHES: usize = 16;
pub(crate) const RESEND_BYTES: usize = 2 * MAX_BATCH_BYTES;

/// The longest wait before sending again to a peer that does not answer, as a multiple of
/// `retransmit_ms`. A peer that comes back is served at once, whatever the wait.
pub(crate) const RESEND_WAIT_FACTOR: u64 = 8;

/// Proofs kept per lane: leaders of several views attach different ones, and each stays useful until
/// its batch is final. Each is below 9 kB.
pub(crate) const MAX_PROOFS: usize = 8;

/// The longest wait before sharing an acknowledgement again, as a multiple of `share_ms`. A newer
/// one is shared after `share_ms`, whatever the wait.
pub(crate) const SHARE_WAIT_FACTOR: u64 = 8;

/// An author is late whose batches one validator had to ask for this often within the window: less
/// is reordering or a burst of load. One that stays below costs each leader less than one delayed view
/// per second.
pub(crate) const LATE_TIMES: u32 = 10;
pub(crate) const LATE_WINDOW_MS: u64 = 10_000;

/// How often the probation doubles: from 5 s to 11 minutes by default.
pub(crate) const MAX_PROBATION_DOUBLINGS: u32 = 7;

/// The longest probation that can be configured, so that doubling cannot overflow: a day.
const PROBATION_MOST_MS: u64 = 24 * 3_600 * 1_000;

/// Payload that one block takes of one lane: four of the largest batches, at ten blocks per second
/// 40 MB/s. A lane that floods leaves three quarters of the smallest block to the others.
const LANE_BLOCK_BYTES: usize = 4 * MAX_BATCH_BYTES;

/// Who takes part, who we are, and the bounds.
#[derive(Debug, Clone)]
pub struct Config {
    /// The validators of the current epoch, whose participants name the lanes.
    pub validators: ValidatorSet,
    /// Those of the epoch before, whose last batches may still be ordered. `None` in the first epoch.
    pub previous: Option<ValidatorSet>,
    /// Our position; `None` for an observer, which holds everything and says nothing.
    pub me: Option<ValidatorIndex>,
    /// The bounds and delays.
    pub limits: Limits,
}

/// Bounds and delays. `window_batches`, `block_bytes` and `lane_block_bytes` decide which cuts are
/// valid, so they are equal on all validators; so is `milestone_every`, without which few proofs come
/// about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// An own batch closes at this many bytes.
    pub batch_target_bytes: usize,
    /// An own batch closes when its oldest transaction waited this long.
    pub batch_delay_ms: u64,
    /// An own batch closes no earlier than this after the one before unless it is full. Keeps the
    /// rate of small batches, and of the signatures that each costs, below 1,000 / this.
    pub batch_gap_ms: u64,
    /// Bytes of transactions that wait for a batch; more are refused.
    pub pending_max_bytes: usize,
    /// Batches per lane above the finalized cut; also how far one block may advance a lane.
    pub window_batches: u64,
    /// Payload per lane above the finalized cut.
    pub window_bytes: usize,
    /// Payload that one block may add over its parent, all lanes together; at least one batch of the
    /// largest size per validator of the epoch.
    pub block_bytes: usize,
    /// Payload of one lane that one block may add over its parent.
    pub lane_block_bytes: usize,
    /// Positions that are multiples of this are acknowledged by all who pass them.
    pub milestone_every: u64,
    /// How long a batch may be unfinal before what we acknowledged of its lane is shared with all.
    pub share_ms: u64,
    /// How long a batch may be neither final nor proven before its author is not trusted any more.
    pub patience_ms: u64,
    /// How long an author is not trusted for the first time.
    pub probation_ms: u64,
    /// How long to wait for an acknowledgement before sending again.
    pub retransmit_ms: u64,
    /// How long a missing batch may still be on its way before anybody is asked for it.
    pub fetch_grace_ms: u64,
    /// How long to wait for an answer before the next peer is asked.
    pub fetch_retry_ms: u64,
    /// How long a fetch that only a vote or a gap depends on is kept up without being needed again.
    pub want_expiry_ms: u64,
}

impl Limits {
    /// The defaults for `validators` lanes.
    pub fn for_validators(validators: usize) -> Self {
        let lanes = validators.clamp(1, MAX_VALIDATORS);
        Self {
            batch_target_bytes: 500_000,
            batch_delay_ms: 10,
            batch_gap_ms: 3,
            pending_max_bytes: 16 * 1024 * 1024,
            window_batches: WINDOW_BATCHES,
            window_bytes: WINDOW_LEAST_BYTES.max(WINDOW_TOTAL_BYTES / lanes),
            block_bytes: BLOCK_LEAST_BYTES,
            lane_block_bytes: LANE_BLOCK_BYTES,
            milestone_every: (lanes as u64).next_power_of_two().clamp(16, 64),
            share_ms: share_ms(lanes),
            patience_ms: 5 * share_ms(lanes),
            probation_ms: 5_000,
            retransmit_ms: 300,
            fetch_grace_ms: 30,
            fetch_retry_ms: 200,
            want_expiry_ms: 5_000,
        }
    }

    /// The bounds with every value brought into the range in which the protocol works: a batch
    /// leaves room for one more transaction, a window and a block for one batch per lane.
    pub(crate) fn clamped(mut self, validators: usize) -> Self {
        self.batch_target_bytes = self.batch_target_bytes.clamp(1, MAX_BATCH_BYTES - MAX_TRANSACTION_BYTES - 4);
        self.window_batches = self.window_batches.clamp(1, WINDOW_BATCHES);
        self.window_bytes = self.window_bytes.max(MAX_BATCH_BYTES);
        self.block_bytes = self.block_bytes.max(validators * MAX_BATCH_BYTES);
        self.lane_block_bytes = self.lane_block_bytes.max(MAX_BATCH_BYTES);
        self.milestone_every = self.milestone_every.clamp(1, self.window_batches);
        self.share_ms = self.share_ms.max(1);
        self.probation_ms = self.probation_ms.min(PROBATION_MOST_MS);
        self
    }
}

/// Sharing costs one message per lane and pair of validators: with many, it waits longer, so that a
/// standstill costs each below 0.1 s of CPU per second (two checks of 50 us per lane and peer).
const fn share_ms(lanes: usize) -> u64 {
    let grown_ms = 10 * lanes as u64;
    if grown_ms > 200 { grown_ms } else { 200 }
}
