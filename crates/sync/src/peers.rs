//! Who is connected, what each says about itself, who is passed over for now, and whose turn it is.

use std::collections::BTreeMap;

use corridor_crypto::PublicKey;
use corridor_types::{Height, Status};

use crate::Limits;
use crate::config::MAX_PEERS;
use crate::standing::{Standing, Subject};

#[derive(Debug, Default, Clone, Copy)]
struct Peer {
    connected: bool,
    status: Option<Status>,
    blocks: Standing,
    settlements: Standing,
    snapshot: Standing,
}

impl Peer {
    const fn standing(&self, subject: Subject) -> &Standing {
        match subject {
            Subject::Blocks => &self.blocks,
            Subject::Settlements => &self.settlements,
            Subject::Snapshot => &self.snapshot,
        }
    }

    const fn standing_mut(&mut self, subject: Subject) -> &mut Standing {
        match subject {
            Subject::Blocks => &mut self.blocks,
            Subject::Settlements => &mut self.settlements,
            Subject::Snapshot => &mut self.snapshot,
        }
    }

    fn standings(&self) -> [&Standing; 3] {
        [&self.blocks, &self.settlements, &self.snapshot]
    }
}

/// True if the peer says that it can give the block at `next`.
fn has_block(status: &Status, next: Height) -> bool {
    status.finalized >= next && status.oldest <= next
}

/// True if the peer says that it can give the settlement certificate at `next`.
fn has_settlement(status: &Status, next: Height) -> bool {
    status.settled >= next && status.oldest <= next
}

/// The peers that are connected, and of others only how they failed: reconnecting does not wash a
/// liar clean. At most [`MAX_PEERS`].
#[derive(Debug)]
pub(crate) struct Peers {
    map: BTreeMap<PublicKey, Peer>,
    limits: Limits,
    last_asked: Option<PublicKey>,
}

impl Peers {
    /// Starts without a peer.
    pub const fn new(limits: Limits) -> Self {
        Self { map: BTreeMap::new(), limits, last_asked: None }
    }

    /// A link came up. With the table full of connected peers, the new one does not count.
    pub fn on_up(&mut self, key: PublicKey) {
        if self.map.len() >= MAX_PEERS && !self.map.contains_key(&key) {
            let gone = self.map.iter().find(|(_, peer)| !peer.connected).map(|(key, _)| *key);
            let Some(gone) = gone else { return };
            self.map.remove(&gone);
        }
        let peer = self.map.entry(key).or_default();
        (peer.connected, peer.status) = (true, None);
    }

    /// A link went down: what the peer said does not count until it says it again.
    pub fn on_down(&mut self, key: &PublicKey) {
        let Some(peer) = self.map.get_mut(key) else { return };
        (peer.connected, peer.status) = (false, None);
        if peer.standings().iter().all(|standing| standing.failures() == 0 && standing.aside_until_ms() == 0) {
            self.map.remove(key);
        }
    }

    /// Takes a beacon in.
    pub fn on_status(&mut self, from: &PublicKey, status: Status) {
        if let Some(peer) = self.map.get_mut(from).filter(|peer| peer.connected) {
            peer.status = Some(status);
        }
    }

    /// The peer gave what it had claimed.
    pub fn delivered(&mut self, key: &PublicKey, subject: Subject) {
        if let Some(peer) = self.map.get_mut(key) {
            peer.standing_mut(subject).delivered();
        }
    }

    /// The peer did not answer in time.
    pub fn silent(&mut self, now_ms: u64, key: &PublicKey, subject: Subject) {
        if let Some(peer) = self.map.get_mut(key) {
            peer.standing_mut(subject).silent(now_ms, &self.limits);
        }
    }

    /// The peer sent a wrong answer. It is not asked for anything for a while.
    pub fn lied(&mut self, now_ms: u64, key: &PublicKey) {
        if let Some(peer) = self.map.get_mut(key) {
            for subject in [Subject::Blocks, Subject::Settlements, Subject::Snapshot] {
                peer.standing_mut(subject).lied(now_ms, &self.limits);
            }
        }
    }

    fn usable(&self, now_ms: u64, subject: Subject) -> impl Iterator<Item = (&PublicKey, &Peer)> {
        let usable = move |peer: &Peer| peer.connected && peer.standing(subject).is_usable(now_ms);
        self.map.iter().filter(move |(_, peer)| usable(peer))
    }

    fn statuses(&self, now_ms: u64, subject: Subject) -> impl Iterator<Item = (&PublicKey, &Status)> {
        self.usable(now_ms, subject).filter_map(|(key, peer)| Some((key, peer.status.as_ref()?)))
    }

    /// The highest finalized height among the peers that offer the block at `next`.
    pub fn best_finalized(&self, now_ms: u64, next: Height) -> Height {
        let offers = self.statuses(now_ms, Subject::Blocks).filter(|(_, status)| has_block(status, next));
        offers.map(|(_, status)| status.finalized).max().unwrap_or_default()
    }

    /// True if a connected peer offers the block at `next` and is not given up.
    pub fn is_block_offered(&self, next: Height) -> bool {
        let offers = |peer: &Peer| peer.status.is_some_and(|status| has_block(&status, next));
        self.map.values().any(|peer| offers(peer) && !peer.blocks.is_given_up())
    }

    /// The next one in turn that offers the block at `next` and claims at least `at_least`, or is in
    /// `holders` and does not deny that it has it.
    pub fn next_ahead(
        &mut self,
        now_ms: u64,
        next: Height,
        at_least: Height,
        holders: &[PublicKey],
    ) -> Option<PublicKey> {
        let is_ahead = |status: &Status| has_block(status, next) && status.finalized >= at_least;
        let is_holder =
            |key, peer: &Peer| holders.contains(key) && peer.status.as_ref().is_none_or(|status| status.oldest <= next);
        let candidates = self
            .usable(now_ms, Subject::Blocks)
            .filter(|(key, peer)| peer.status.as_ref().is_some_and(is_ahead) || is_holder(*key, peer))
            .map(|(key, peer)| (peer.blocks.failures(), *key))
            .collect();
        self.take_turn(candidates)
    }

    /// The highest settled height among the peers that offer the certificate at `next`.
    pub fn best_settled(&self, now_ms: u64, next: Height) -> Height {
        let offers = self.statuses(now_ms, Subject::Settlements).filter(|(_, status)| has_settlement(status, next));
        offers.map(|(_, status)| status.settled).max().unwrap_or_default()
    }

    /// The next one in turn that offers the settlement certificate at `next`.
    pub fn next_settled(&mut self, now_ms: u64, next: Height) -> Option<PublicKey> {
        let candidates = self
            .usable(now_ms, Subject::Settlements)
            .filter(|(_, peer)| peer.status.is_some_and(|status| has_settlement(&status, next)))
            .map(|(key, peer)| (peer.settlements.failures(), *key))
            .collect();
        self.take_turn(candidates)
    }

    /// The highest snapshot above `height` that a peer offers which can be asked now.
    pub fn best_snapshot(&self, now_ms: u64, height: Height) -> Option<Height> {
        let offers = self.statuses(now_ms, Subject::Snapshot).map(|(_, status)| status.snapshot);
        offers.filter(|snapshot| *snapshot > height).max()
    }

    /// The highest snapshot above `height` that a connected peer offers which is not given up.
    pub fn expected_snapshot(&self, height: Height) -> Option<Height> {
        let expected = self.map.values().filter(|peer| !peer.snapshot.is_given_up());
        let offers = expected.filter_map(|peer| Some(peer.status.as_ref()?.snapshot));
        offers.filter(|snapshot| *snapshot > height).max()
    }

    /// True if a connected peer offers the snapshot at exactly `height`.
    pub fn is_snapshot_offered(&self, height: Height) -> bool {
        self.map.values().filter_map(|peer| peer.status.as_ref()).any(|status| status.snapshot == height)
    }

    /// True if a peer that can be asked now offers a snapshot at another height above `above`.
    pub fn is_other_snapshot_offered(&self, now_ms: u64, above: Height, than: Height) -> bool {
        let mut offers = self.statuses(now_ms, Subject::Snapshot).map(|(_, status)| status.snapshot);
        offers.any(|snapshot| snapshot > above && snapshot != than)
    }

    /// Of those that offer the snapshot at `height`, the one with the fewest failures, then the
    /// least `load`; `None` in `load` leaves a peer out.
    pub fn snapshot_source(
        &self,
        now_ms: u64,
        height: Height,
        load: impl Fn(&PublicKey) -> Option<usize>,
    ) -> Option<PublicKey> {
        let offers = self
            .usable(now_ms, Subject::Snapshot)
            .filter(|(_, peer)| peer.status.is_some_and(|status| status.snapshot == height));
        offers.filter_map(|(key, peer)| Some((peer.snapshot.failures(), load(key)?, *key))).min().map(|best| best.2)
    }

    /// Among those with the fewest failures, the one after who was asked last.
    fn take_turn(&mut self, mut candidates: Vec<(u32, PublicKey)>) -> Option<PublicKey> {
        let fewest = candidates.iter().map(|(failures, _)| *failures).min()?;
        candidates.retain(|(failures, _)| *failures == fewest);
        let after = |key: &PublicKey| self.last_asked.is_none_or(|last| *key > last);
        let keys = || candidates.iter().map(|(_, key)| *key);
        let chosen = keys().filter(after).min().or_else(|| keys().min());
        self.last_asked = chosen.or(self.last_asked);
        chosen
    }

    /// When the first connected peer that is passed over counts again.
    pub fn next_return(&self, now_ms: u64) -> Option<u64> {
        let connected = self.map.values().filter(|peer| peer.connected);
        let times = connected.flat_map(|peer| peer.standings().map(Standing::aside_until_ms));
        times.filter(|until| *until > now_ms).min()
    }
}
