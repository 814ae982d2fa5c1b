//! Which chunks are missing, which are asked of whom, and which the replica is checking. No bytes.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::PublicKey;

/// A chunk that was asked for and not accepted yet.
#[derive(Debug, Clone, Copy)]
struct Open {
    from: PublicKey,
    /// When the peer has had time enough; `None` once its answer is with the replica.
    until_ms: Option<u64>,
}

/// The chunks of one snapshot.
#[derive(Debug)]
pub(crate) struct Chunks {
    total: u32,
    /// The lowest number that was never asked for.
    next: u32,
    /// Asked for in vain: to be asked again before `next`. Never more than are in flight at once.
    again: BTreeSet<u32>,
    open: BTreeMap<u32, Open>,
    accepted: u32,
    moved_ms: u64,
}

impl Chunks {
    pub const fn new(total: u32, now_ms: u64) -> Self {
        Self { total, next: 0, again: BTreeSet::new(), open: BTreeMap::new(), accepted: 0, moved_ms: now_ms }
    }

    pub const fn is_complete(&self) -> bool {
        self.accepted == self.total
    }

    /// When a chunk was accepted last.
    pub const fn moved_ms(&self) -> u64 {
        self.moved_ms
    }

    /// How many are asked for or with the replica.
    pub fn in_flight(&self) -> usize {
        self.open.len()
    }

    /// How many are asked of a peer or with the replica from it.
    pub fn load(&self, peer: &PublicKey) -> usize {
        self.open.values().filter(|open| open.from == *peer).count()
    }

    /// The next number to ask for.
    pub fn missing(&self) -> Option<u32> {
        self.again.first().copied().or_else(|| (self.next < self.total).then_some(self.next))
    }

    /// Number `number`, which was [`Self::missing`], is asked of a peer.
    pub fn asked(&mut self, number: u32, from: PublicKey, until_ms: u64) {
        if !self.again.remove(&number) {
            self.next = self.next.max(number.saturating_add(1));
        }
        self.open.insert(number, Open { from, until_ms: Some(until_ms) });
    }

    /// A peer's answer came; false if it was not asked for.
    pub fn answered(&mut self, number: u32, from: &PublicKey) -> bool {
        let asked = self.open.get_mut(&number).filter(|open| open.from == *from);
        asked.is_some_and(|open| open.until_ms.take().is_some())
    }

    /// The replica accepted a chunk. Says from whom it was.
    pub fn accept(&mut self, now_ms: u64, number: u32) -> Option<PublicKey> {
        let from = self.checked(number)?;
        (self.accepted, self.moved_ms) = (self.accepted.saturating_add(1), now_ms);
        Some(from)
    }

    /// The replica refused a chunk, which is missing again. Says from whom it was.
    pub fn refuse(&mut self, number: u32) -> Option<PublicKey> {
        let from = self.checked(number)?;
        self.again.insert(number);
        Some(from)
    }

    fn checked(&mut self, number: u32) -> Option<PublicKey> {
        self.open.get(&number).filter(|open| open.until_ms.is_none())?;
        self.open.remove(&number).map(|open| open.from)
    }

    /// What a peer was asked for and did not answer yet is missing again.
    pub fn take_back(&mut self, peer: &PublicKey) {
        let waits = |open: &Open| open.from == *peer && open.until_ms.is_some();
        self.again.extend(self.open.iter().filter(|(_, open)| waits(open)).map(|(number, _)| *number));
        self.open.retain(|_, open| !waits(open));
    }

    /// The peers that did not answer in time.
    pub fn late(&self, now_ms: u64) -> BTreeSet<PublicKey> {
        let is_late = |open: &&Open| open.until_ms.is_some_and(|until| until <= now_ms);
        self.open.values().filter(is_late).map(|open| open.from).collect()
    }

    /// When the next answer is due.
    pub fn next_due(&self) -> Option<u64> {
        self.open.values().filter_map(|open| open.until_ms).min()
    }
}
