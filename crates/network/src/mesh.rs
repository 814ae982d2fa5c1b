//! The rules of the mesh as libp2p asks for them: who may connect, how many may try, and which of
//! two connections to one peer may stay. Never touches a stream's bytes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use libp2p::PeerId;
use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::multiaddr::{Multiaddr, Protocol};
use libp2p::swarm::{CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, ToSwarm};
use tokio::time::Instant;

use crate::admission::Admission;
use crate::class::Class;
use crate::config::{NodeId, PeerList, Role};
use crate::duplicates::{Keep, decide};
use crate::failure::Failure;
use crate::handler::{Handler, HandlerEvent};
use crate::limits::{Limits, MAX_REFUSING};
use crate::refusal::Refusal;

/// Something happened on a connection of a listed peer.
#[derive(Debug)]
pub(crate) struct MeshEvent {
    pub from: NodeId,
    pub connection: ConnectionId,
    pub event: HandlerEvent,
}

type Action = ToSwarm<MeshEvent, Infallible>;

/// The rules and what they need to remember.
pub(crate) struct Mesh {
    own: NodeId,
    handshake_timeout: Duration,
    others_connected: usize,
    allowed: BTreeMap<NodeId, Role>,
    live: BTreeMap<NodeId, Live>,
    /// Second connections under examination, at most one per peer.
    candidates: BTreeMap<NodeId, Live>,
    refusing: BTreeSet<ConnectionId>,
    /// Verdicts that the service has yet to hear.
    verdicts: BTreeMap<ConnectionId, Verdict>,
    admission: Admission,
    actions: VecDeque<Action>,
    waker: Option<Waker>,
}

/// What becomes of a connection that passed the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the one to its peer; another one, not yet ready, is closed.
    Serve,
    /// A ready one exists: the hello decides which of the two stays.
    Examine,
    /// The other end is told why, then it is closed.
    Refuse(Refusal),
}

/// A connection to a listed peer.
struct Live {
    connection: ConnectionId,
    dialer: NodeId,
    since: Instant,
    ready: bool,
}

impl Mesh {
    pub(crate) fn new(own: NodeId, limits: Limits) -> Self {
        Self {
            own,
            handshake_timeout: limits.handshake_timeout(),
            others_connected: limits.others_connected,
            allowed: BTreeMap::new(),
            live: BTreeMap::new(),
            candidates: BTreeMap::new(),
            refusing: BTreeSet::new(),
            verdicts: BTreeMap::new(),
            admission: Admission::new(limits, Instant::now()),
            actions: VecDeque::new(),
            waker: None,
        }
    }

    /// Replaces the allow-list. Connections that exist are the service's to close.
    pub(crate) fn set_peers(&mut self, peers: &PeerList) {
        self.allowed = peers.iter().map(|(id, peer)| (*id, peer.role)).collect();
    }

    /// Where validators are: strangers do not crowd them out.
    pub(crate) fn set_known(&mut self, known: BTreeSet<IpAddr>) {
        self.admission.set_known(known);
    }

    /// The connection is about to be closed: a newcomer does not compete with it.
    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        self.live.retain(|_, live| live.connection != connection);
        self.candidates.retain(|_, live| live.connection != connection);
        self.refusing.remove(&connection);
        self.verdicts.remove(&connection);
    }

    /// The connection carries messages.
    pub(crate) fn ready(&mut self, id: NodeId) {
        if let Some(live) = self.live.get_mut(&id) {
            live.ready = true;
        }
    }

    /// The connection under examination is the one to its peer from now on.
    pub(crate) fn promote(&mut self, id: NodeId) {
        if let Some(candidate) = self.candidates.remove(&id) {
            self.live.insert(id, candidate);
        }
    }

    /// What was decided about a new connection; to be asked once.
    pub(crate) fn take_verdict(&mut self, connection: ConnectionId) -> Option<Verdict> {
        self.verdicts.remove(&connection)
    }

    /// Decides about a connection that passed the handshake, and notes the verdict.
    fn judge(&mut self, connection: ConnectionId, peer: PeerId, we_dialled: bool) -> Result<(), ConnectionDenied> {
        let verdict = self.verdict(peer, we_dialled).map_err(ConnectionDenied::new)?;
        self.verdicts.insert(connection, verdict);
        Ok(())
    }

    fn verdict(&self, peer: PeerId, we_dialled: bool) -> Result<Verdict, Failure> {
        let id = NodeId::from_peer_id(&peer).ok_or(Failure::UnknownKey)?;
        let Some(role) = self.allowed.get(&id) else {
            return self.refuse(we_dialled, Refusal::UnknownKey, Failure::UnknownKey);
        };
        let Some(live) = self.live.get(&id) else {
            if *role == Role::Observer && self.others() >= self.others_connected {
                return self.refuse(we_dialled, Refusal::Full, Failure::Full { limit: self.others_connected });
            }
            return Ok(Verdict::Serve);
        };
        let new_dialer = if we_dialled { self.own } else { id };
        match decide(live.dialer, live.since.elapsed(), new_dialer, self.handshake_timeout * 2) {
            Keep::Newcomer if !live.ready => Ok(Verdict::Serve),
            Keep::Newcomer if !self.candidates.contains_key(&id) => Ok(Verdict::Examine),
            Keep::Newcomer | Keep::Existing => Err(Failure::Redundant),
        }
    }

    /// Refuses with a word if the other end dialled and there is room to say it.
    fn refuse(&self, we_dialled: bool, refusal: Refusal, failure: Failure) -> Result<Verdict, Failure> {
        if we_dialled || self.refusing.len() >= MAX_REFUSING { Err(failure) } else { Ok(Verdict::Refuse(refusal)) }
    }

    /// Nodes with a connection that are not validators.
    fn others(&self) -> usize {
        self.live.keys().filter(|id| self.allowed.get(id) == Some(&Role::Observer)).count()
    }

    /// Classes whose streams are opened on a new connection: a refusal needs one.
    fn classes(&self, connection: ConnectionId) -> &'static [Class] {
        if matches!(self.verdicts.get(&connection), Some(Verdict::Refuse(_))) {
            &[Class::Consensus]
        } else {
            &Class::ALL
        }
    }

    fn established(&mut self, peer: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let Some(id) = NodeId::from_peer_id(&peer) else { return };
        let dialer = if endpoint.is_dialer() { self.own } else { id };
        let live = Live { connection, dialer, since: Instant::now(), ready: false };
        match self.verdicts.get(&connection) {
            Some(Verdict::Refuse(_)) => {
                self.refusing.insert(connection);
            }
            Some(Verdict::Examine) => {
                self.candidates.insert(id, live);
            }
            Some(Verdict::Serve) | None => {
                if let Some(replaced) = self.live.insert(id, live) {
                    let connection = CloseConnection::One(replaced.connection);
                    self.act(ToSwarm::CloseConnection { peer_id: peer, connection });
                }
            }
        }
    }

    fn act(&mut self, action: Action) {
        self.actions.push_back(action);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl NetworkBehaviour for Mesh {
    type ConnectionHandler = Handler;
    type ToSwarm = MeshEvent;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let admitted = ip_of(remote).is_some_and(|ip| self.admission.begin(connection, ip, Instant::now()));
        if admitted { Ok(()) } else { Err(ConnectionDenied::new(Failure::Crowded)) }
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        self.admission.finished(connection);
        self.judge(connection, peer, false)?;
        Ok(Handler::new(self.handshake_timeout, self.classes(connection)))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        self.judge(connection, peer, true)?;
        Ok(Handler::new(self.handshake_timeout, &Class::ALL))
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(event) => {
                self.established(event.peer_id, event.connection_id, event.endpoint);
            }
            FromSwarm::ConnectionClosed(event) => self.forget(event.connection_id),
            FromSwarm::ListenFailure(event) => self.admission.finished(event.connection_id),
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: HandlerEvent) {
        if let Some(from) = NodeId::from_peer_id(&peer) {
            self.act(ToSwarm::GenerateEvent(MeshEvent { from, connection, event }));
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Action> {
        if let Some(action) = self.actions.pop_front() {
            return Poll::Ready(action);
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// The IP address that a multiaddress begins with.
pub(crate) fn ip_of(address: &Multiaddr) -> Option<IpAddr> {
    match address.iter().next()? {
        Protocol::Ip4(ip) => Some(ip.into()),
        Protocol::Ip6(ip) => Some(ip.into()),
        _ => None,
    }
}
