//! Finalized blocks on their way to execution: in order, each once, when all its batches are held.

use std::collections::VecDeque;

use corridor_crypto::Digest;
use corridor_types::{Block, Epoch, Height, Tip, View};

/// A finalized block, as far as the replica needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Final {
    /// Its height in the chain.
    pub height: Height,
    /// The view that it was proposed in.
    pub view: View,
    /// The digest of its header.
    pub digest: Digest,
    /// How far it orders each lane.
    pub cut: Vec<Tip>,
    /// The epoch of the block after it.
    pub next_epoch: Epoch,
}

impl Final {
    /// What stands in the place of a block before the first one.
    pub const fn genesis(digest: Digest) -> Self {
        Self { height: Height(0), view: View(0), digest, cut: Vec::new(), next_epoch: Epoch(0) }
    }

    /// What is needed of a block.
    pub fn of(block: &Block) -> Self {
        Self {
            height: block.height,
            view: block.view,
            digest: block.digest(),
            cut: block.cut.clone(),
            next_epoch: block.next_epoch(),
        }
    }
}

/// Finalized blocks that wait. Catch-up stops adding above this: 64 blocks per answer, eight
/// answers, each block below 6 kB.
pub const MAX_WAITING: usize = 512;

/// Blocks whose missing batches are fetched at the same time: what is in memory before it is
/// executed, at most 16 MiB each.
const WANTED_AT_ONCE: usize = 16;

/// Blocks whose missing batches are fetched with one question per lane. A peer answers a hundred
/// questions a second, and blocks come faster than that. Ends at fixed heights, so that a question
/// stays the same while blocks are executed below it.
const WANTED_TOGETHER: u64 = 4;

/// The executed block and the finalized ones above it.
#[derive(Debug)]
pub struct Execution {
    executed: Final,
    waiting: VecDeque<Block>,
}

impl Execution {
    /// Goes on from the executed block with the finalized ones above it.
    pub fn new(executed: Final, finalized: Vec<Block>) -> Self {
        Self { executed, waiting: finalized.into() }
    }

    /// The executed block.
    pub const fn executed(&self) -> &Final {
        &self.executed
    }

    /// The next block to execute.
    pub fn next(&self) -> Option<&Block> {
        self.waiting.front()
    }

    /// The cuts before and at the end of each group of blocks, for the next blocks to execute.
    pub fn next_cuts(&self) -> Vec<(Vec<Tip>, Vec<Tip>)> {
        let newest = self.waiting.back().map(|block| block.height);
        let is_end = |block: &&Block| block.height.0.is_multiple_of(WANTED_TOGETHER) || Some(block.height) == newest;
        let cuts = self.waiting.iter().take(WANTED_AT_ONCE).filter(is_end).map(|block| block.cut.clone());
        let parents = std::iter::once(self.executed.cut.clone()).chain(cuts.clone());
        parents.zip(cuts).collect()
    }

    /// How many blocks wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// A newly finalized block, one above the last.
    pub fn push(&mut self, block: Block) {
        self.waiting.push_back(block);
    }

    /// The next block was executed.
    pub fn advance(&mut self) {
        if let Some(block) = self.waiting.pop_front() {
            self.executed = Final::of(&block);
        }
    }
}

#[cfg(test)]
mod tests {
    use corridor_types::{ParticipantId, Sequence, Timestamp, ValidatorIndex};

    use super::*;

    fn block(height: u64) -> Block {
        let tip = Tip { lane: ParticipantId(1), sequence: Sequence(height), digest: Digest::ZERO };
        Block {
            epoch: Epoch(0),
            view: View(height),
            height: Height(height),
            parent: Digest::ZERO,
            parent_view: View(height - 1),
            proposer: ValidatorIndex(0),
            time: Timestamp(height),
            cut: vec![tip],
            validators: Digest::ZERO,
            next_validators: Digest::ZERO,
        }
    }

    /// From where to where batches are wanted, as heights.
    fn groups(executed: u64, newest: u64) -> Vec<(u64, u64)> {
        let execution = Execution::new(Final::of(&block(executed)), (executed + 1..=newest).map(block).collect());
        let height = |cut: &[Tip]| cut[0].sequence.0;
        execution.next_cuts().iter().map(|(from, to)| (height(from), height(to))).collect()
    }

    #[test]
    fn batches_are_wanted_in_groups_that_stay_the_same_while_blocks_are_executed() {
        assert_eq!(groups(3, 3), []);
        assert_eq!(groups(3, 4), [(3, 4)]);
        assert_eq!(groups(5, 11), [(5, 8), (8, 11)]);
        assert_eq!(groups(5, 500), [(5, 8), (8, 12), (12, 16), (16, 20)]);
        assert_eq!(groups(6, 500), [(6, 8), (8, 12), (12, 16), (16, 20)]);
        assert_eq!(groups(8, 500), [(8, 12), (12, 16), (16, 20), (20, 24)]);
    }
}
