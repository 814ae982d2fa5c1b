//! Proposals that wait for a judgement because batches or time are missing.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::{Block, Timestamp, View};

/// Proposals judged at once: the engine asks for at most a few per view, and old views are dropped.
const MAX_WAITING: usize = 64;

/// A proposal with the cut of its parent.
#[derive(Debug, Clone)]
pub struct Question {
    /// The proposed block.
    pub block: Block,
    /// Its parent; `None` for the first block.
    pub parent: Option<Block>,
}

/// Open questions by block.
#[derive(Debug, Default)]
pub struct Judging {
    waiting: BTreeMap<(View, Digest), Question>,
}

impl Judging {
    /// Keeps a question for later. Over the limit the oldest view goes: the engine asks again if it
    /// still matters.
    pub fn keep(&mut self, question: Question) {
        self.waiting.insert((question.block.view, question.block.digest()), question);
        while self.waiting.len() > MAX_WAITING {
            self.waiting.pop_first();
        }
    }

    /// Takes all questions out, oldest view first, to be judged again.
    pub fn take_all(&mut self) -> Vec<Question> {
        std::mem::take(&mut self.waiting).into_values().collect()
    }

    /// The latest time of a proposal that waits.
    pub fn latest_time(&self) -> Option<Timestamp> {
        self.waiting.values().map(|question| question.block.time).max()
    }

    /// Forgets questions of views that are final.
    pub fn prune(&mut self, finalized: View) {
        self.waiting.retain(|(view, _), _| *view > finalized);
    }
}
