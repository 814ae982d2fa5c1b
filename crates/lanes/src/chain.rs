//! One lane as one node holds it: batches above the finalized cut, and how far they reach without
//! a gap. Decides nothing about what may be inserted.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::{ParticipantId, Sequence, Tip, VerifiedBatch};

/// A position on a lane and the batch meant there. Ordered by position first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub sequence: Sequence,
    pub digest: Digest,
}

impl Place {
    /// Before the first batch.
    pub const START: Self = Self { sequence: Sequence(0), digest: Digest::ZERO };

    pub const fn of_tip(tip: &Tip) -> Self {
        Self { sequence: tip.sequence, digest: tip.digest }
    }

    /// As a tip of `lane`.
    pub const fn on(self, lane: ParticipantId) -> Tip {
        Tip { lane, sequence: self.sequence, digest: self.digest }
    }
}

/// Where `batch` stands.
pub(crate) fn place_of(batch: &VerifiedBatch) -> Place {
    Place { sequence: batch.header().sequence, digest: batch.digest() }
}

/// Where the batch before `batch` stands. A lane starts at 1, and nothing at 0 is ever held.
pub(crate) fn place_before(batch: &VerifiedBatch) -> Place {
    let header = batch.header();
    Place { sequence: Sequence(header.sequence.0.saturating_sub(1)), digest: header.previous }
}

/// The payload's size in bytes.
pub(crate) fn size_of(batch: &VerifiedBatch) -> usize {
    batch.batch().payload.len()
}

/// The way from one place up to another.
#[derive(Debug)]
pub(crate) enum Path {
    /// Every batch after the first place, ascending.
    Complete(Vec<VerifiedBatch>),
    /// The highest batch on it that is not held.
    Missing(Place),
    /// It does not lead through the first place.
    Forked,
}

/// The batches of one lane. A tree rather than a list, since an author may equivocate.
#[derive(Debug)]
pub(crate) struct Chain {
    finalized: Place,
    tip: Place,
    held: BTreeMap<Place, VerifiedBatch>,
    bytes: usize,
}

impl Chain {
    pub fn new(finalized: Place) -> Self {
        Self { finalized, tip: finalized, held: BTreeMap::new(), bytes: 0 }
    }

    /// The last place that is finalized.
    pub const fn finalized(&self) -> Place {
        self.finalized
    }

    /// The place up to which the lane is held without a gap.
    pub const fn tip(&self) -> Place {
        self.tip
    }

    /// Payload bytes held.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many batches are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    pub fn get(&self, place: &Place) -> Option<&VerifiedBatch> {
        self.held.get(place)
    }

    pub fn contains(&self, place: &Place) -> bool {
        self.held.contains_key(place)
    }

    /// The batches held at one position.
    pub fn at(&self, sequence: Sequence) -> impl Iterator<Item = &VerifiedBatch> {
        let from = Place { sequence, digest: Digest::ZERO };
        let to = Place { sequence, digest: Digest([u8::MAX; 32]) };
        self.held.range(from..=to).map(|(_, batch)| batch)
    }

    /// The batch after `place`; of several, the one with the lowest digest.
    pub fn child(&self, place: &Place) -> Option<&VerifiedBatch> {
        self.at(place.sequence.next()).find(|batch| batch.header().previous == place.digest)
    }

    /// Holds a batch above the finalized place and follows the chain as far as it now reaches.
    /// True if the tip moved.
    pub fn insert(&mut self, batch: VerifiedBatch) -> bool {
        self.bytes += size_of(&batch);
        if let Some(replaced) = self.held.insert(place_of(&batch), batch) {
            self.bytes -= size_of(&replaced);
        }
        self.extend()
    }

    fn extend(&mut self) -> bool {
        let before = self.tip;
        while let Some(next) = self.child(&self.tip).map(place_of) {
            self.tip = next;
        }
        self.tip != before
    }

    /// Forgets what is at or below `place` and continues from there. True if the tip moved. Only
    /// moves forward.
    pub fn finalize(&mut self, place: Place) -> bool {
        if place.sequence <= self.finalized.sequence {
            return false;
        }
        let before = self.tip;
        while let Some(entry) = self.held.first_entry().filter(|entry| entry.key().sequence <= place.sequence) {
            self.bytes -= size_of(&entry.remove());
        }
        self.finalized = place;
        self.tip = place;
        self.extend();
        self.tip != before
    }

    /// The lowest batch that is missing below one that hangs in the air.
    pub fn gap(&self) -> Option<Place> {
        let after_next = Place { sequence: self.tip.sequence.next().next(), digest: Digest::ZERO };
        self.held.range(after_next..).map(|(_, batch)| place_before(batch)).find(|place| !self.contains(place))
    }

    /// What is held above a position, ascending.
    pub fn above(&self, sequence: Sequence) -> impl Iterator<Item = &VerifiedBatch> {
        let from = Place { sequence: sequence.next(), digest: Digest::ZERO };
        self.held.range(from..).map(|(_, batch)| batch)
    }

    /// The way from `from` to `to`, found by following predecessors down from `to`.
    pub fn path(&self, from: Place, to: Place) -> Path {
        let (mut found, mut place) = (Vec::new(), to);
        while place.sequence > from.sequence {
            let Some(batch) = self.get(&place) else { return Path::Missing(place) };
            found.push(batch.clone());
            place = place_before(batch);
        }
        found.reverse();
        if place == from { Path::Complete(found) } else { Path::Forked }
    }
}
