//! The rules of the mesh as libp2p asks for them: who may connect, how many may try, and which of
//! two connections to one peer stays. Never touches a stream's bytes.

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
use crate::config::{NodeId, PeerList};
use crate::duplicates::{Keep, decide};
use crate::failure::Failure;
use crate::handler::{Handler, HandlerEvent};
use crate::limits::Limits;

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
    allowed: BTreeSet<NodeId>,
    live: BTreeMap<NodeId, Live>,
    admission: Admission,
    actions: VecDeque<Action>,
    waker: Option<Waker>,
}

/// The one connection to a peer.
struct Live {
    connection: ConnectionId,
    dialer: NodeId,
    since: Instant,
}

impl Mesh {
    pub(crate) fn new(own: NodeId, limits: Limits) -> Self {
        Self {
            own,
            handshake_timeout: limits.handshake_timeout(),
            allowed: BTreeSet::new(),
            live: BTreeMap::new(),
            admission: Admission::new(limits, Instant::now()),
            actions: VecDeque::new(),
            waker: None,
        }
    }

    /// Replaces the allow-list. Connections that exist are the service's to close.
    pub(crate) fn set_peers(&mut self, peers: &PeerList) {
        self.allowed = peers.keys().copied().collect();
        self.admission.set_known(peers.values().map(|peer| peer.address.ip()).collect());
    }

    /// The connection is about to be closed: a newcomer does not compete with it.
    pub(crate) fn forget(&mut self, connection: ConnectionId) {
        self.live.retain(|_, live| live.connection != connection);
    }

    /// Whether a connection that passed the handshake may stay.
    fn judge(&self, peer: PeerId, we_dialled: bool) -> Result<(), ConnectionDenied> {
        let id = NodeId::from_peer_id(&peer).filter(|id| self.allowed.contains(id));
        let id = id.ok_or_else(|| ConnectionDenied::new(Failure::UnknownKey))?;
        let new_dialer = if we_dialled { self.own } else { id };
        let window = self.handshake_timeout * 2;
        let keep = self.live.get(&id).map(|live| decide(live.dialer, live.since.elapsed(), new_dialer, window));
        match keep {
            Some(Keep::Existing) => Err(ConnectionDenied::new(Failure::Redundant)),
            Some(Keep::Newcomer) | None => Ok(()),
        }
    }

    fn established(&mut self, peer: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let Some(id) = NodeId::from_peer_id(&peer) else { return };
        let dialer = if endpoint.is_dialer() { self.own } else { id };
        let live = Live { connection, dialer, since: Instant::now() };
        if let Some(replaced) = self.live.insert(id, live) {
            let connection = CloseConnection::One(replaced.connection);
            self.act(ToSwarm::CloseConnection { peer_id: peer, connection });
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
        self.judge(peer, false).map(|()| Handler::new(self.handshake_timeout, &Class::ALL))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        self.judge(peer, true).map(|()| Handler::new(self.handshake_timeout, &Class::ALL))
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
