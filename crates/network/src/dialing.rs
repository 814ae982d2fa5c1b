//! When each peer is dialled, and where: at once, then with a doubling wait up to a small cap, for
//! ever, at each known address in turn. Validators first; others only while there is a place for
//! them. Pure: time and jitter are given.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use libp2p::PeerId;
use libp2p::swarm::ConnectionId;
use tokio::time::Instant;

use crate::config::{KnownPeer, NodeId, PeerList, Role};
use crate::limits::Limits;

/// The end with the larger key waits this much longer, so that two nodes that start together or
/// lose each other rarely dial at the same time. Above the round trip of most paths.
const COURTESY: Duration = Duration::from_millis(200);

/// A session this short counts as a failure: peers that connect and leave are not redialled faster
/// than peers that do not answer.
const STABLE: Duration = Duration::from_secs(5);

/// The dial schedule of all listed peers.
pub(crate) struct Dialing {
    own: NodeId,
    limits: Limits,
    peers: BTreeMap<NodeId, Schedule>,
}

struct Schedule {
    peer: KnownPeer,
    /// Where to dial, one per attempt, in turn: configured and learnt.
    addresses: Vec<SocketAddr>,
    failures: u32,
    state: State,
}

enum State {
    Waiting { due: Instant },
    Dialing { connection: ConnectionId },
    Connected { ready: Option<Instant> },
}

impl Dialing {
    pub(crate) const fn new(own: NodeId, limits: Limits) -> Self {
        Self { own, limits, peers: BTreeMap::new() }
    }

    /// Replaces the list. Peers that stay keep their state; new ones are due at once.
    pub(crate) fn set_peers(&mut self, peers: &PeerList, now: Instant) {
        self.peers.retain(|id, _| peers.contains_key(id));
        for (id, peer) in peers {
            let due = now + self.courtesy(*id);
            let fresh = || Schedule {
                peer: peer.clone(),
                addresses: peer.addresses.clone(),
                failures: 0,
                state: State::Waiting { due },
            };
            let schedule = self.peers.entry(*id).or_insert_with(fresh);
            if schedule.peer.addresses != peer.addresses {
                schedule.hurry(due);
            }
            schedule.peer.clone_from(peer);
        }
    }

    /// Notes where a peer may be dialled from now on, besides what was configured. Does not hurry:
    /// hearsay must not make this node dial faster.
    pub(crate) fn set_addresses(&mut self, id: NodeId, addresses: Vec<SocketAddr>) {
        if let Some(schedule) = self.peers.get_mut(&id) {
            schedule.addresses = addresses;
        }
    }

    /// The peers to dial now, and where. Of nodes that are not validators, no more than have a place.
    pub(crate) fn due(&self, now: Instant) -> Vec<(NodeId, PeerId, SocketAddr)> {
        let mut places = self.places_for_others();
        let mut due = Vec::new();
        for (id, schedule) in &self.peers {
            let Some(address) = schedule.due().filter(|due| *due <= now).and_then(|_| schedule.address()) else {
                continue;
            };
            if schedule.peer.role == Role::Observer {
                if places == 0 {
                    continue;
                }
                places -= 1;
            }
            due.push((*id, schedule.peer.peer_id, address));
        }
        due
    }

    /// When the next dial is due, if any.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let has_place = self.places_for_others() > 0;
        let may_dial = |schedule: &&Schedule| has_place || schedule.peer.role == Role::Validator;
        self.peers.values().filter(may_dial).filter_map(Schedule::due).min()
    }

    fn places_for_others(&self) -> usize {
        let others = self.peers.values().filter(|schedule| schedule.peer.role == Role::Observer);
        let busy = others.filter(|schedule| !matches!(schedule.state, State::Waiting { .. })).count();
        self.limits.others_connected.saturating_sub(busy)
    }

    pub(crate) fn started(&mut self, id: NodeId, connection: ConnectionId) {
        self.set(id, State::Dialing { connection });
    }

    /// The dial failed. Ignored unless it is the one under way. Says whom it was for.
    pub(crate) fn failed(&mut self, connection: ConnectionId, now: Instant, jitter: u8) -> Option<NodeId> {
        let is_it =
            |schedule: &Schedule| matches!(schedule.state, State::Dialing { connection: own } if own == connection);
        let id = self.peers.iter().find(|(_, schedule)| is_it(schedule)).map(|(id, _)| *id)?;
        self.retry_later(id, now, jitter, Duration::ZERO);
        Some(id)
    }

    /// A connection exists, by whomever it was dialled.
    pub(crate) fn connected(&mut self, id: NodeId) {
        self.set(id, State::Connected { ready: None });
    }

    /// The connection carries messages.
    pub(crate) fn ready(&mut self, id: NodeId, now: Instant) {
        self.set(id, State::Connected { ready: Some(now) });
    }

    /// The connection is gone; if the peer refused this node by name, it is left alone for longer.
    pub(crate) fn lost(&mut self, id: NodeId, now: Instant, jitter: u8, refused: bool) {
        if let Some(schedule) = self.peers.get_mut(&id)
            && let State::Connected { ready: Some(since) } = schedule.state
            && now.duration_since(since) >= STABLE
        {
            schedule.failures = 0;
        }
        let least = if refused { self.limits.dial_backoff_refused_ms } else { 0 };
        self.retry_later(id, now, jitter, Duration::from_millis(least));
    }

    fn retry_later(&mut self, id: NodeId, now: Instant, jitter: u8, least: Duration) {
        let courtesy = self.courtesy(id);
        let Some(schedule) = self.peers.get_mut(&id) else { return };
        let wait = backoff(&self.limits, schedule.failures, jitter).max(least);
        schedule.failures = schedule.failures.saturating_add(1);
        schedule.state = State::Waiting { due: now + wait + courtesy };
    }

    fn set(&mut self, id: NodeId, state: State) {
        if let Some(schedule) = self.peers.get_mut(&id) {
            schedule.state = state;
        }
    }

    fn courtesy(&self, id: NodeId) -> Duration {
        if self.own > id { COURTESY } else { Duration::ZERO }
    }
}

impl Schedule {
    /// When to dial, if waiting for that and if there is an address.
    const fn due(&self) -> Option<Instant> {
        match self.state {
            State::Waiting { due } if !self.addresses.is_empty() => Some(due),
            _ => None,
        }
    }

    /// Where the next attempt goes.
    fn address(&self) -> Option<SocketAddr> {
        self.addresses.iter().copied().cycle().nth(self.failures as usize % self.addresses.len().max(1))
    }

    fn hurry(&mut self, due: Instant) {
        self.failures = 0;
        if let State::Waiting { due: waiting } = &mut self.state {
            *waiting = due;
        }
    }
}

/// The wait after `failures` earlier failures: doubling, capped, and up to a quarter of jitter
/// above, so that nodes that failed together do not retry together.
fn backoff(limits: &Limits, failures: u32, jitter: u8) -> Duration {
    let doubled = limits.dial_backoff_min_ms.saturating_mul(1 << failures.min(20));
    let base = doubled.min(limits.dial_backoff_max_ms);
    Duration::from_millis(base + base.saturating_mul(jitter.into()) / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ME: NodeId = NodeId([5; 32]);

    fn list(ids: &[u8], ports: &[u16], role: Role) -> PeerList {
        let addresses = ports.iter().map(|port| ([127, 0, 0, 1], *port).into()).collect();
        let peer = KnownPeer { peer_id: PeerId::random(), addresses, role };
        ids.iter().map(|id| (NodeId([*id; 32]), peer.clone())).collect()
    }

    fn dialing(ids: &[u8], ports: &[u16], now: Instant) -> Dialing {
        let mut dialing = Dialing::new(ME, crate::limits::DEFAULT);
        dialing.set_peers(&list(ids, ports, Role::Validator), now);
        dialing
    }

    #[test]
    fn waits_double_up_to_the_cap() {
        let check = |failures, jitter, expected| {
            assert_eq!(backoff(&crate::limits::DEFAULT, failures, jitter).as_millis(), expected);
        };
        check(0, 0, 100);
        check(1, 0, 200);
        check(4, 0, 1_600);
        check(5, 0, 2_000);
        check(u32::MAX, 0, 2_000);
        check(0, 255, 124);
        check(9, 255, 2_498);
    }

    #[test]
    fn the_smaller_key_dials_first() {
        let now = Instant::now();
        let dialing = dialing(&[1, 9], &[1], now);
        let due = |at| dialing.due(at).into_iter().map(|(id, ..)| id.0[0]).collect::<Vec<_>>();
        assert_eq!(due(now), [9]);
        assert_eq!(due(now + COURTESY), [1, 9]);
    }

    #[test]
    fn a_peer_without_address_is_not_dialled() {
        let now = Instant::now();
        assert_eq!(dialing(&[9], &[], now).next_due(), None);
    }

    #[test]
    fn only_a_lasting_session_resets_the_wait() {
        let now = Instant::now();
        let id = NodeId([9; 32]);
        let mut dialing = dialing(&[9], &[1], now);
        let mut wait_after = |session_seconds| {
            dialing.ready(id, now);
            let end = now + Duration::from_secs(session_seconds);
            dialing.lost(id, end, 0, false);
            dialing.next_due().map(|due| due.duration_since(end).as_millis())
        };
        assert_eq!([wait_after(1), wait_after(1), wait_after(1)], [Some(100), Some(200), Some(400)]);
        assert_eq!(wait_after(5), Some(100));
    }

    #[test]
    fn a_late_failure_of_another_dial_changes_nothing() {
        let now = Instant::now();
        let mut dialing = dialing(&[9], &[1], now);
        dialing.started(NodeId([9; 32]), ConnectionId::new_unchecked(1));
        assert_eq!(dialing.failed(ConnectionId::new_unchecked(2), now, 0), None);
        dialing.connected(NodeId([9; 32]));
        assert_eq!(dialing.failed(ConnectionId::new_unchecked(1), now, 0), None);
        assert_eq!(dialing.next_due(), None, "connected peers are not dialled");
    }

    #[test]
    fn a_new_address_is_tried_at_once() {
        let now = Instant::now();
        let mut dialing = dialing(&[9], &[1], now);
        dialing.started(NodeId([9; 32]), ConnectionId::new_unchecked(1));
        dialing.failed(ConnectionId::new_unchecked(1), now, 0);
        assert!(dialing.due(now).is_empty());
        dialing.set_peers(&list(&[9], &[2], Role::Validator), now);
        dialing.set_addresses(NodeId([9; 32]), vec![([127, 0, 0, 1], 2).into()]);
        assert_eq!(dialing.due(now).len(), 1);
    }

    #[test]
    fn each_address_has_its_turn_and_a_learnt_one_makes_a_peer_dialable() {
        let now = Instant::now();
        let id = NodeId([9; 32]);
        let mut dialing = dialing(&[9], &[], now);
        dialing.set_addresses(id, [1, 2, 3].map(|port| ([127, 0, 0, 1], port).into()).to_vec());
        let mut ports = Vec::new();
        for attempt in 0..4 {
            let later = now + Duration::from_secs(60) * attempt;
            ports.extend(dialing.due(later).iter().map(|(_, _, address)| address.port()));
            dialing.started(id, ConnectionId::new_unchecked(attempt as usize));
            dialing.failed(ConnectionId::new_unchecked(attempt as usize), later, 0);
        }
        assert_eq!(ports, [1, 2, 3, 1]);
    }

    #[test]
    fn others_are_dialled_only_into_free_places() {
        let now = Instant::now();
        let limits = Limits { others_connected: 2, ..crate::limits::DEFAULT };
        let mut dialing = Dialing::new(NodeId([0; 32]), limits);
        let mut peers = list(&[1, 2, 3], &[1], Role::Observer);
        peers.append(&mut list(&[4, 5], &[1], Role::Validator));
        dialing.set_peers(&peers, now);
        let due = |dialing: &Dialing| dialing.due(now).iter().map(|(id, ..)| id.0[0]).collect::<Vec<_>>();
        assert_eq!(due(&dialing), [1, 2, 4, 5]);
        for number in [1, 2, 4, 5] {
            dialing.connected(NodeId([number; 32]));
        }
        assert_eq!((due(&dialing), dialing.next_due()), (vec![], None), "the third one has no place");
        dialing.lost(NodeId([1; 32]), now, 0, true);
        assert_eq!(due(&dialing), [3]);
        dialing.connected(NodeId([3; 32]));
        dialing.lost(NodeId([4; 32]), now, 0, true);
        let wait = dialing.next_due().map(|due| due.duration_since(now).as_millis());
        assert_eq!(wait, Some(5_000), "a refusal waits longer than a failure");
    }
}
