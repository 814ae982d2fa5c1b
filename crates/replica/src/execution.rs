//! Finalized blocks on their way to execution: in order, each once, when all its batches are held.

use std::collections::VecDeque;

use corridor_types::{Block, Tip};

use crate::replica::Final;

/// Finalized blocks that wait. Catch-up stops adding above this: 64 blocks per answer, eight
/// answers, each block below 6 kB.
pub const MAX_WAITING: usize = 512;

/// Blocks whose missing batches are fetched at the same time: what the lanes have room for.
const WANTED_AT_ONCE: usize = 8;

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

    /// The cuts of the parent and of the block, for the next blocks to execute.
    pub fn next_cuts(&self) -> Vec<(Vec<Tip>, Vec<Tip>)> {
        let cuts = self.waiting.iter().take(WANTED_AT_ONCE).map(|block| block.cut.clone());
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

    /// The next block was executed. Returns its cut.
    pub fn advance(&mut self) -> Option<Vec<Tip>> {
        let block = self.waiting.pop_front()?;
        self.executed = Final::of(&block);
        Some(block.cut)
    }
}
