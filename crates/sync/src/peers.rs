//! What peers say about themselves, who is passed over for now, and whose turn it is.

use std::collections::BTreeMap;

use corridor_types::{Height, Status, ValidatorIndex};

#[derive(Debug, Default, Clone, Copy)]
struct Peer {
    finalized: Height,
    settled: Height,
    aside_until_ms: u64,
}

/// All peers that were heard from. Bounded by the validator set: others are not taken in.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    map: BTreeMap<ValidatorIndex, Peer>,
    last_asked: Option<ValidatorIndex>,
}

impl Peers {
    /// Takes a beacon in.
    pub fn on_status(&mut self, from: ValidatorIndex, status: &Status) {
        let peer = self.map.entry(from).or_default();
        (peer.finalized, peer.settled) = (status.finalized, status.settled);
    }

    /// A link went down: what the peer said does not count until it says it again. Its being put
    /// aside stays, so that reconnecting does not wash a liar clean.
    pub fn on_down(&mut self, index: ValidatorIndex) {
        if let Some(peer) = self.map.get_mut(&index) {
            (peer.finalized, peer.settled) = (Height(0), Height(0));
        }
    }

    /// Passes a peer over until then.
    pub fn put_aside(&mut self, index: ValidatorIndex, until_ms: u64) {
        let peer = self.map.entry(index).or_default();
        peer.aside_until_ms = peer.aside_until_ms.max(until_ms);
    }

    /// The highest finalized height that a peer claims, those put aside left out.
    pub fn best_finalized(&self, now_ms: u64) -> Height {
        self.usable(now_ms).map(|(_, peer)| peer.finalized).max().unwrap_or_default()
    }

    /// The highest settled height that a peer claims, those put aside left out.
    pub fn best_settled(&self, now_ms: u64) -> Height {
        self.usable(now_ms).map(|(_, peer)| peer.settled).max().unwrap_or_default()
    }

    fn usable(&self, now_ms: u64) -> impl Iterator<Item = (&ValidatorIndex, &Peer)> {
        self.map.iter().filter(move |(_, peer)| peer.aside_until_ms <= now_ms)
    }

    fn is_aside(&self, index: ValidatorIndex, now_ms: u64) -> bool {
        self.map.get(&index).is_some_and(|peer| peer.aside_until_ms > now_ms)
    }

    /// The next one in turn that claims a finalized block above `height`, or is in `holders`.
    pub fn next_ahead(&mut self, now_ms: u64, height: Height, holders: &[ValidatorIndex]) -> Option<ValidatorIndex> {
        let claim = self.usable(now_ms).filter(|(_, peer)| peer.finalized > height).map(|(index, _)| *index);
        let named = holders.iter().copied().filter(|index| !self.is_aside(*index, now_ms));
        let candidates = claim.chain(named).collect();
        self.take_turn(candidates)
    }

    /// The next one in turn that claims a settlement certificate above `height`.
    pub fn next_settled(&mut self, now_ms: u64, height: Height) -> Option<ValidatorIndex> {
        let claim = self.usable(now_ms).filter(|(_, peer)| peer.settled > height).map(|(index, _)| *index);
        let candidates = claim.collect();
        self.take_turn(candidates)
    }

    fn take_turn(&mut self, candidates: Vec<ValidatorIndex>) -> Option<ValidatorIndex> {
        let after = |index: &&ValidatorIndex| self.last_asked.is_none_or(|last| **index > last);
        let chosen = candidates.iter().filter(after).min().or_else(|| candidates.iter().min()).copied();
        self.last_asked = chosen.or(self.last_asked);
        chosen
    }

    /// When the first peer that is put aside counts again.
    pub fn next_return(&self, now_ms: u64) -> Option<u64> {
        self.map.values().map(|peer| peer.aside_until_ms).filter(|until| *until > now_ms).min()
    }
}
