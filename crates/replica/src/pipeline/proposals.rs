//! Proposals: which time our own have, and which of the others' may be voted for.
//!
//! Judged here are a block's time and the set with which it ends an epoch; its cut is judged by the lanes,
//! its place in the chain by the engine. What cannot be judged yet waits here.

use std::collections::BTreeMap;

use corridor_consensus as consensus;
use corridor_crypto::Digest;
use corridor_types::{Block, Timestamp, View};

use crate::event::{Event, Question};

/// Proposals judged at once: the engine asks for at most a few per view, and old views are dropped.
const MAX_WAITING: usize = 64;

/// Open questions by block.
#[derive(Debug)]
pub struct Proposals {
    /// The first block's time is later than this.
    genesis: Timestamp,
    waiting: BTreeMap<(View, Digest), Question>,
}

impl Proposals {
    /// No question is open.
    pub const fn new(genesis: Timestamp) -> Self {
        Self { genesis, waiting: BTreeMap::new() }
    }

    /// The time of our own block: ours, and later than the parent's.
    pub fn time_of_own(&self, wall: Timestamp, parent: Option<&Block>) -> Timestamp {
        wall.max(self.time_of(parent).plus_ms(1))
    }

    fn time_of(&self, parent: Option<&Block>) -> Timestamp {
        parent.map_or(self.genesis, |block| block.time)
    }

    /// A block's time must be later than its parent's, or it is refused for good. While it is ahead of `latest`,
    /// our own clock and the drift that clocks may have, it waits: a leader whose clock runs ahead cannot date
    /// anything early, and loses only its own view.
    ///
    /// An epoch ends only with `next_set`, as our own executed ledger has decided. If we have not executed the
    /// decision yet, the question waits until we have.
    pub fn judge(&mut self, latest: Timestamp, next_set: Option<Digest>, question: Question) -> Vec<Event> {
        let block = &question.block;
        if block.time <= self.time_of(question.parent.as_ref()) {
            let refused = consensus::Input::Judged { block: block.digest(), acceptable: false };
            return vec![Event::Order(refused)];
        }
        let knows_set = !block.is_boundary() || next_set == Some(block.next_validators);
        if block.time > latest || !knows_set {
            self.keep(question);
            return Vec::new();
        }
        vec![Event::JudgeCut(question)]
    }

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

    /// Forgets all questions.
    pub fn clear(&mut self) {
        self.waiting.clear();
    }
}
