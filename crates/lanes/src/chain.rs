//! One lane as one node holds it: batches above the finalized cut, and the one chain of them that
//! this node stands by. Decides nothing about quotas.
//!
//! The *line* is that one chain: it begins at the finalized place and has no gap. Only finality
//! takes a batch off it. Of the batches that could follow one place at most one is held, or one
//! more that is final, so the line found again after a restart is the line from before.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::Digest;
use corridor_types::{Epoch, ParticipantId, Sequence, Tip, VerifiedBatch};

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
    line: BTreeMap<Sequence, Digest>,
    held: BTreeMap<Place, VerifiedBatch>,
    bytes: usize,
}

impl Chain {
    pub const fn new(finalized: Place) -> Self {
        Self { finalized, line: BTreeMap::new(), held: BTreeMap::new(), bytes: 0 }
    }

    /// The last place that is finalized.
    pub const fn finalized(&self) -> Place {
        self.finalized
    }

    /// The end of the line.
    pub fn tip(&self) -> Place {
        let last = self.line.last_key_value();
        last.map_or(self.finalized, |(sequence, digest)| Place { sequence: *sequence, digest: *digest })
    }

    /// The place of the line at a position above the finalized one.
    pub fn line_at(&self, sequence: Sequence) -> Option<Place> {
        self.line.get(&sequence).map(|digest| Place { sequence, digest: *digest })
    }

    /// True if the line leads through `place`.
    pub fn is_ours(&self, place: &Place) -> bool {
        *place == self.finalized || self.line_at(place.sequence) == Some(*place)
    }

    /// The batch of the line after `place`.
    pub fn next_on_line(&self, place: &Place) -> Option<&VerifiedBatch> {
        let next = self.line_at(place.sequence.next()).filter(|_| self.is_ours(place))?;
        self.get(&next)
    }

    /// The epoch in which the batch at `place` was signed, if it is held.
    pub fn epoch_of(&self, place: &Place) -> Option<Epoch> {
        self.get(place).map(|batch| batch.header().epoch)
    }

    /// Payload bytes held.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many batches are held.
    pub fn len(&self) -> usize {
        self.held.len()
    }

    /// Every batch held, ascending by position.
    pub fn all(&self) -> impl Iterator<Item = &VerifiedBatch> {
        self.held.values()
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

    /// True if `batch` can become part of the line: it does not fork off it.
    pub fn can_join(&self, batch: &VerifiedBatch) -> bool {
        let before = place_before(batch);
        before.sequence > self.tip().sequence || self.is_ours(&before)
    }

    /// True if a batch that is held follows `place`.
    pub fn is_named(&self, place: &Place) -> bool {
        self.at(place.sequence.next()).any(|above| above.header().previous == place.digest)
    }

    /// True if nothing held at the position of `place` can be, or become, part of the line instead.
    fn is_free(&self, place: &Place) -> bool {
        self.at(place.sequence).all(|batch| batch.digest() == place.digest || !self.can_join(batch))
    }

    /// True if `batch` can join the line, and nothing else can in its place.
    pub fn has_place_for(&self, batch: &VerifiedBatch) -> bool {
        self.can_join(batch) && self.is_free(&place_of(batch))
    }

    /// Holds a batch above the finalized place and follows the chain as far as it now reaches.
    pub fn insert(&mut self, batch: VerifiedBatch) {
        self.bytes += size_of(&batch);
        if let Some(replaced) = self.held.insert(place_of(&batch), batch) {
            self.bytes -= size_of(&replaced);
        }
        self.extend();
    }

    fn extend(&mut self) {
        while let Some(next) = self.child(&self.tip()) {
            self.line.insert(next.sequence, next.digest);
        }
    }

    /// What follows `place`: signed in no earlier epoch than the batch there.
    fn child(&self, place: &Place) -> Option<Place> {
        // Of a batch that is not held the epoch is not known, and any may follow.
        let epoch = self.epoch_of(place);
        let is_later = |batch: &VerifiedBatch| epoch.is_none_or(|epoch| batch.header().epoch >= epoch);
        let follows = |batch: &&VerifiedBatch| batch.header().previous == place.digest && is_later(batch);
        self.at(place.sequence.next()).find(follows).map(place_of)
    }

    /// Forgets what is at or below `place` and continues from there, with the line as far as it
    /// leads through `place`. True if that was a step forward.
    pub fn finalize(&mut self, place: Place) -> bool {
        if place.sequence <= self.finalized.sequence {
            return false;
        }
        let kept = self.line.split_off(&place.sequence.next());
        let adopted = self.line.get(&place.sequence) == Some(&place.digest);
        self.line = if adopted { kept } else { BTreeMap::new() };
        while let Some(entry) = self.held.first_entry().filter(|entry| entry.key().sequence <= place.sequence) {
            self.bytes -= size_of(&entry.remove());
        }
        self.finalized = place;
        self.drop_orphans();
        self.extend();
        true
    }

    /// Forgets batches that descend from an abandoned twin of the finalized place.
    fn drop_orphans(&mut self) {
        let (first, root) = (self.finalized.sequence.next(), self.finalized.digest);
        let (mut dropped, mut bytes) = (BTreeSet::new(), 0);
        self.held.retain(|place, batch| {
            let previous = batch.header().previous;
            let orphan = if place.sequence == first { previous != root } else { dropped.contains(&previous) };
            if orphan {
                dropped.insert(place.digest);
                bytes += size_of(batch);
            }
            !orphan
        });
        self.bytes -= bytes;
    }

    /// The lowest batch that is missing below one that hangs in the air.
    pub fn gap(&self) -> Option<Place> {
        let after_next = Place { sequence: self.tip().sequence.next().next(), digest: Digest::ZERO };
        self.held.range(after_next..).map(|(_, batch)| place_before(batch)).find(|place| !self.contains(place))
    }

    /// The highest position below `sequence` that is held or final.
    pub fn known_below(&self, sequence: Sequence) -> Sequence {
        let held = self.held.range(..Place { sequence, digest: Digest::ZERO }).next_back();
        held.map_or(self.finalized.sequence, |(place, _)| place.sequence)
    }

    /// The line above a position, ascending.
    pub fn above(&self, sequence: Sequence) -> impl Iterator<Item = &VerifiedBatch> {
        let line = self.line.range(sequence.next()..);
        line.filter_map(|(sequence, digest)| self.get(&Place { sequence: *sequence, digest: *digest }))
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
