//! Whether a snapshot or blocks are the way to go.

use corridor_types::Height;

use crate::around::Around;
use crate::config::MAX_PREFERRED_ATTEMPTS;

/// How much longer than for peers' beacons is waited for blocks that are accepted to be executed, before a
/// snapshot replaces them.
const WAITING_PATIENCE_FACTOR: u64 = 5;

/// Where to go next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    /// By blocks, if there are any.
    Blocks,
    /// Nowhere yet: peers' beacons, or the return of one that was passed over, may bring a snapshot.
    Wait,
    /// By this snapshot.
    Snapshot {
        /// The height that the snapshot is of.
        height: Height,
        /// True if blocks are not to be asked for meanwhile.
        instead_of_blocks: bool,
    },
}

/// Since when a snapshot has been wanted, and how often one was begun in vain.
#[derive(Debug)]
pub(crate) struct Want {
    prefer: bool,
    failures: u32,
    since_ms: Option<u64>,
    wait_until_ms: Option<u64>,
}

impl Want {
    pub const fn new(prefer: bool) -> Self {
        Self { prefer, failures: 0, since_ms: None, wait_until_ms: None }
    }

    /// An attempt came to nothing.
    pub const fn failed(&mut self) {
        self.failures = self.failures.saturating_add(1);
    }

    /// The chain moved, or nothing is wanted: what was waited for counts no more.
    pub const fn reset(&mut self) {
        (self.since_ms, self.wait_until_ms) = (None, None);
    }

    /// When the wait for beacons ends.
    pub fn wait_until_ms(&self, now_ms: u64) -> Option<u64> {
        self.wait_until_ms.filter(|until| *until > now_ms)
    }

    /// Decides. A new node that prefers a snapshot waits for one; any node takes one when it stands
    /// still and nobody offers the next block, and goes on looking for blocks: what peers claim must
    /// not keep a node in step from them.
    pub fn wish(&mut self, around: &Around<'_>) -> Wish {
        let (head, next) = (around.chain.head().height, around.chain.next());
        let offer = around.peers.best_snapshot(around.now_ms, head);
        let expected = around.peers.expected_snapshot(head).max(offer);
        let is_fresh = self.prefer && head == Height(0) && self.failures < MAX_PREFERRED_ATTEMPTS;
        let end = expected.unwrap_or_else(|| around.peers.best_finalized(around.now_ms, next));
        let instead_of_blocks = is_fresh && end.0.saturating_sub(head.0) > around.limits.snapshot_gap;
        let is_only_way = expected.is_some() && !around.peers.is_block_offered(next);
        if !instead_of_blocks && !is_only_way {
            self.reset();
            return Wish::Blocks;
        }
        let since_ms = *self.since_ms.get_or_insert(around.now_ms);
        // What is accepted and not executed yet may only lack batches that are on their way: a node that is
        // slow must not give up its history for that.
        let factor = if around.chain.is_waiting() { WAITING_PATIENCE_FACTOR } else { 1 };
        let until_ms = since_ms.saturating_add(factor * around.limits.snapshot_patience_ms);
        self.wait_until_ms = Some(until_ms);
        let is_ready = until_ms <= around.now_ms;
        match offer {
            Some(height) if is_ready => Wish::Snapshot { height, instead_of_blocks },
            // For a peer that failed before nobody waits while there are blocks to go by.
            _ if instead_of_blocks && ((expected.is_some() && self.failures == 0) || !is_ready) => Wish::Wait,
            _ => Wish::Blocks,
        }
    }
}
