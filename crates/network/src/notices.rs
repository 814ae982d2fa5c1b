//! Who came and who went, as the consumer has yet to hear it. Holds the difference between what is
//! and what was told instead of a queue, so a flapping peer costs no memory, whatever the
//! consumer's pace; a short absence is still told as `Disconnected`, then `Connected`.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::config::{MAX_OTHERS, MAX_VALIDATORS, NodeId};
use crate::refusal::Refusal;

/// A change of a peer's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerEvent {
    /// Frames to this peer are accepted from now on. Frames of an earlier connection may be lost:
    /// send again what matters.
    Connected(NodeId),
    /// The connection is gone; what was queued for the peer is forgotten.
    Disconnected(NodeId),
    /// Two live processes have the same key. The first address is of the one that stays connected,
    /// the second of the one that was refused. Told again at every attempt.
    Duplicate {
        /// The key that both have.
        key: NodeId,
        /// Where each connected from, or was dialled.
        addresses: [SocketAddr; 2],
    },
    /// A peer refused this node, and said why. Told again at every attempt.
    Refused {
        /// The peer that refuses.
        by: NodeId,
        /// The reason that the peer gave, one of the wire's codes.
        refusal: Refusal,
    },
}

/// The consumer's end: tells every peer's changes in order.
pub struct PeerReceiver {
    notices: Arc<Notices>,
}

impl PeerReceiver {
    /// The next change, or `None` once the network has stopped and everything was told.
    /// Cancelling loses nothing.
    pub async fn recv(&mut self) -> Option<PeerEvent> {
        loop {
            {
                let mut state = self.notices.lock();
                if let Some(event) = state.pop() {
                    return Some(event);
                }
                if state.ended {
                    return None;
                }
            }
            self.notices.changed.notified().await;
        }
    }
}

/// What is, what was told, and whose entries differ.
#[derive(Default)]
pub(crate) struct Notices {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    /// The number of each peer's present session.
    present: BTreeMap<NodeId, u64>,
    /// The number of the session last told as connected.
    told: BTreeMap<NodeId, u64>,
    /// Peers to look at, each at most once.
    differing: VecDeque<NodeId>,
    /// The last duplicate of each key that is not told yet.
    duplicates: BTreeMap<NodeId, [SocketAddr; 2]>,
    /// The last refusal by each peer that is not told yet.
    refusals: BTreeMap<NodeId, Refusal>,
    sessions: u64,
    ended: bool,
}

impl Notices {
    pub(crate) fn new() -> (Arc<Self>, PeerReceiver) {
        let notices = Arc::new(Self::default());
        (Arc::clone(&notices), PeerReceiver { notices })
    }

    pub(crate) fn connected(&self, id: NodeId) {
        let mut state = self.lock();
        state.sessions += 1;
        let session = state.sessions;
        state.present.insert(id, session);
        state.mark(id);
        drop(state);
        self.changed.notify_one();
    }

    pub(crate) fn disconnected(&self, id: NodeId) {
        let mut state = self.lock();
        state.present.remove(&id);
        state.mark(id);
        drop(state);
        self.changed.notify_one();
    }

    /// A second process with a listed peer's key was refused.
    pub(crate) fn duplicate(&self, key: NodeId, addresses: [SocketAddr; 2]) {
        insert_bounded(&mut self.lock().duplicates, key, addresses);
        self.changed.notify_one();
    }

    /// A listed peer refused this node.
    pub(crate) fn refused(&self, by: NodeId, refusal: Refusal) {
        insert_bounded(&mut self.lock().refusals, by, refusal);
        self.changed.notify_one();
    }

    /// No more changes will come.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn mark(&mut self, id: NodeId) {
        if !self.differing.contains(&id) {
            self.differing.push_back(id);
        }
    }

    fn pop(&mut self) -> Option<PeerEvent> {
        while let Some(id) = self.differing.pop_front() {
            match (self.told.get(&id), self.present.get(&id).copied()) {
                (Some(told), Some(present)) if *told == present => {}
                (Some(_), present) => {
                    self.told.remove(&id);
                    if present.is_some() {
                        self.differing.push_front(id);
                    }
                    return Some(PeerEvent::Disconnected(id));
                }
                (None, Some(present)) => {
                    self.told.insert(id, present);
                    return Some(PeerEvent::Connected(id));
                }
                (None, None) => {}
            }
        }
        self.pop_incident()
    }

    fn pop_incident(&mut self) -> Option<PeerEvent> {
        if let Some((key, addresses)) = self.duplicates.pop_first() {
            return Some(PeerEvent::Duplicate { key, addresses });
        }
        self.refusals.pop_first().map(|(by, refusal)| PeerEvent::Refused { by, refusal })
    }
}

/// Keeps one value per key, and no more keys than can be listed at a time.
fn insert_bounded<T>(values: &mut BTreeMap<NodeId, T>, id: NodeId, value: T) {
    if values.len() < MAX_VALIDATORS + MAX_OTHERS || values.contains_key(&id) {
        values.insert(id, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PeerEvent::{Connected, Disconnected};

    const A: NodeId = NodeId([1; 32]);

    fn told(notices: &Notices) -> Vec<PeerEvent> {
        std::iter::from_fn(|| notices.lock().pop()).collect()
    }

    #[test]
    fn changes_between_two_looks_are_merged_but_never_hidden() {
        let (notices, _receiver) = Notices::new();
        notices.connected(A);
        notices.disconnected(A);
        assert_eq!(told(&notices), [], "came and went unseen");
        notices.connected(A);
        assert_eq!(told(&notices), [Connected(A)]);
        notices.disconnected(A);
        notices.connected(A);
        assert_eq!(told(&notices), [Disconnected(A), Connected(A)], "another session");
        notices.disconnected(A);
        assert_eq!(told(&notices), [Disconnected(A)]);
    }

    #[test]
    fn flapping_costs_no_memory() {
        let (notices, _receiver) = Notices::new();
        for _ in 0..1_000 {
            notices.connected(A);
            notices.disconnected(A);
        }
        assert_eq!(notices.lock().differing.len(), 1);
    }

    #[test]
    fn incidents_are_told_once_and_cost_bounded_memory() {
        let (notices, _receiver) = Notices::new();
        let addresses = [([10, 0, 0, 1], 1).into(), ([10, 0, 0, 2], 2).into()];
        for _ in 0..1_000 {
            notices.duplicate(A, addresses);
        }
        notices.refused(A, Refusal::Full);
        notices.refused(A, Refusal::UnknownKey);
        let refused = PeerEvent::Refused { by: A, refusal: Refusal::UnknownKey };
        assert_eq!(told(&notices), [PeerEvent::Duplicate { key: A, addresses }, refused]);
        for number in 0..5_000_u32 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_be_bytes());
            notices.refused(NodeId(id), Refusal::Full);
        }
        assert_eq!(told(&notices).len(), MAX_VALIDATORS + MAX_OTHERS);
    }
}
