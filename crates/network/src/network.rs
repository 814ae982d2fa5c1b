//! Starting the network, and the handle that the node keeps. Every call here returns at once,
//! except [`Network::shutdown`].

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::StreamExt;
use libp2p::core::transport::TransportError;
use libp2p::identity::Keypair;
use libp2p::multiaddr::{Multiaddr, Protocol};
use libp2p::swarm::{NetworkBehaviour, Swarm, SwarmEvent};
use libp2p::{SwarmBuilder, noise, tcp};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::address::to_multiaddr;
use crate::class::{Class, PerClass};
use crate::config::{Config, NodeId, Peer, PeerList, check_peers, keypair};
use crate::error::{PeersError, SendError, StartError};
use crate::failure::{Reason, ReasonCounters};
use crate::hello::Greeter;
use crate::inbox::{Inbox, MessageReceiver};
use crate::limits::{Limits, MAX_STREAMS};
use crate::mesh::Mesh;
use crate::multiplexer;
use crate::notices::{Notices, PeerReceiver};
use crate::outbox::Refused;
use crate::service::{Service, Shared};
use crate::table::{PeerRecord, PeerStats, Table};

/// The system answers a request to listen at once; this only guards against waiting for ever.
const LISTEN_PATIENCE: Duration = Duration::from_secs(5);

/// The consumer's ends: one per class, and one for comings and goings. Each may be read by a task
/// of its own; a class that is not read delays only that class.
pub struct Events {
    /// Messages of [`Class::Consensus`].
    pub consensus: MessageReceiver,
    /// Messages of [`Class::Lanes`].
    pub lanes: MessageReceiver,
    /// Messages of [`Class::Sync`].
    pub sync: MessageReceiver,
    /// Who connected and who disconnected.
    pub peers: PeerReceiver,
}

/// Counters for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Every listed peer, by key.
    pub peers: Vec<PeerStats>,
    /// How many connections were refused or ended, by reason, since the start.
    pub endings: Vec<(Reason, u64)>,
}

/// The node's handle. Cheap to clone; the network stops when the last clone is dropped.
#[derive(Clone)]
pub struct Network {
    inner: Arc<Inner>,
}

struct Inner {
    own: NodeId,
    local_addr: SocketAddr,
    limits: Limits,
    table: Arc<Table>,
    reasons: Arc<ReasonCounters>,
    peers: watch::Sender<PeerList>,
    stop: watch::Sender<bool>,
}

/// Listens, and begins to connect to the listed peers. Must be called inside a tokio runtime.
///
/// # Errors
/// [`StartError`] if the list of peers or a limit is unusable, or the address cannot be listened
/// on.
pub async fn start(config: Config) -> Result<(Network, Events), StartError> {
    config.limits.check()?;
    let keypair = keypair(&config.secret_key);
    let own = NodeId(keypair.public().to_bytes());
    let peer_list = check_peers(own, &config.peers)?;
    let mut mesh = Mesh::new(own, config.limits);
    mesh.set_peers(&peer_list);
    let mut swarm = build_swarm(keypair.into(), mesh, &config.limits)?;
    let local_addr = listen(&mut swarm, config.listen).await?;

    let (consensus, consensus_receiver) = Inbox::new(config.limits.incoming.consensus);
    let (lanes, lanes_receiver) = Inbox::new(config.limits.incoming.lanes);
    let (sync, sync_receiver) = Inbox::new(config.limits.incoming.sync);
    let (notices, peer_receiver) = Notices::new();
    let shared = Shared {
        own,
        greeter: Greeter { own, genesis: config.genesis, session: config.session },
        advertised: config.advertise.map(|address| advertised(address, local_addr)),
        limits: config.limits,
        table: Arc::default(),
        reasons: Arc::default(),
        inboxes: PerClass { consensus, lanes, sync },
        notices,
    };
    shared.table.replace(&peer_list);
    let (peers, peers_receiver) = watch::channel(peer_list);
    let (stop, stop_receiver) = watch::channel(false);
    let (table, reasons) = (Arc::clone(&shared.table), Arc::clone(&shared.reasons));
    tokio::spawn(Service::new(swarm, shared, peers_receiver, stop_receiver).run());

    let inner = Inner { own, local_addr, limits: config.limits, table, reasons, peers, stop };
    let events =
        Events { consensus: consensus_receiver, lanes: lanes_receiver, sync: sync_receiver, peers: peer_receiver };
    Ok((Network { inner: Arc::new(inner) }, events))
}

/// TCP without Nagle's delay, Noise, and Yamux with our limits.
pub(crate) fn build_swarm<B: NetworkBehaviour>(
    keypair: Keypair,
    behaviour: B,
    limits: &Limits,
) -> Result<Swarm<B>, StartError> {
    let transport = |error: noise::Error| StartError::Transport { reason: error.to_string() };
    let builder = SwarmBuilder::with_existing_identity(keypair)
        .with_tokio()
        .with_tcp(tcp::Config::default().nodelay(true), noise::Config::new, multiplexer::Upgrade::default)
        .map_err(transport)?;
    let Ok(builder) = builder.with_behaviour(|_| behaviour);
    Ok(builder
        .with_swarm_config(|config| config.with_max_negotiating_inbound_streams(MAX_STREAMS))
        .with_connection_timeout(limits.handshake_timeout())
        .build())
}

async fn listen(swarm: &mut Swarm<Mesh>, address: SocketAddr) -> Result<SocketAddr, StartError> {
    let failed = |source| StartError::Listen { address, source };
    // libp2p shares a port with another process (SO_REUSEPORT), which would then receive a part of
    // this node's connections: a plain bind finds out first.
    drop(std::net::TcpListener::bind(address).map_err(failed)?);
    swarm.listen_on(to_multiaddr(address)).map_err(|error| match error {
        TransportError::Other(source) => failed(source),
        TransportError::MultiaddrNotSupported(_) => failed(std::io::ErrorKind::Unsupported.into()),
    })?;
    let port = timeout(LISTEN_PATIENCE, listening_port(swarm)).await;
    let port = port.map_err(|_| failed(std::io::ErrorKind::TimedOut.into()))?.map_err(failed)?;
    Ok(SocketAddr::new(address.ip(), port))
}

async fn listening_port(swarm: &mut Swarm<Mesh>) -> Result<u16, std::io::Error> {
    loop {
        match swarm.select_next_some().await {
            SwarmEvent::NewListenAddr { address, .. } => {
                if let Some(port) = tcp_port(&address) {
                    return Ok(port);
                }
            }
            SwarmEvent::ListenerClosed { reason, .. } => {
                return Err(reason.err().unwrap_or_else(|| std::io::ErrorKind::NotConnected.into()));
            }
            _ => {}
        }
    }
}

/// What peers are told: port 0 stands for the port listened on.
const fn advertised(told: SocketAddr, listening: SocketAddr) -> SocketAddr {
    let port = if told.port() == 0 { listening.port() } else { told.port() };
    SocketAddr::new(told.ip(), port)
}

fn tcp_port(address: &Multiaddr) -> Option<u16> {
    address.iter().find_map(|part| if let Protocol::Tcp(port) = part { Some(port) } else { None })
}

impl Network {
    /// This node's own identity.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.inner.own
    }

    /// The address listened on, with the port that the system chose if it was 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.inner.local_addr
    }

    /// Queues a frame for one peer; nothing is copied. Frames of one class arrive in the order in
    /// which they were queued, as long as the connection lasts.
    ///
    /// # Errors
    /// [`SendError`]: the frame was not queued.
    pub fn try_send(&self, to: NodeId, class: Class, frame: Bytes) -> Result<(), SendError> {
        self.inner.limits.check_frame(class, &frame)?;
        let record = self.inner.table.get(to).ok_or(SendError::UnknownPeer { to })?;
        queue(&record, to, class, frame)
    }

    /// Queues a frame for every connected peer, sharing one buffer, and says for how many. A full
    /// queue is counted as dropped for its peer and stops nobody else's.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] and [`SendError::Empty`]: nothing was queued.
    pub fn broadcast(&self, class: Class, frame: Bytes) -> Result<usize, SendError> {
        self.inner.limits.check_frame(class, &frame)?;
        let queued = |(id, record): &(NodeId, Arc<PeerRecord>)| queue(record, *id, class, frame.clone()).is_ok();
        Ok(self.inner.table.all().iter().filter(|entry| queued(entry)).count())
    }

    /// The peers to which frames are accepted now, by key.
    #[must_use]
    pub fn connected(&self) -> Vec<NodeId> {
        let connected = |(id, record): (NodeId, Arc<PeerRecord>)| record.outbox().map(|_| id);
        self.inner.table.all().into_iter().filter_map(connected).collect()
    }

    /// Counters of peers and endings.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats { peers: self.inner.table.stats(), endings: self.inner.reasons.read() }
    }

    /// Replaces the allow-list. New peers are dialled where an address is known, and admitted;
    /// those that left are disconnected and from then on refused; the others keep their
    /// connections, queues and learnt addresses. From the return of this call on no frame is queued
    /// for a peer that left; frames received from it earlier may still be handed out.
    ///
    /// # Errors
    /// [`PeersError`]: the old list stays.
    pub fn set_peers(&self, peers: &[Peer]) -> Result<(), PeersError> {
        let checked = check_peers(self.inner.own, peers)?;
        self.inner.peers.send_modify(|current| {
            self.inner.table.replace(&checked);
            *current = checked;
        });
        Ok(())
    }

    /// Closes every connection and the listener, and returns when that is done. What was queued is
    /// not sent; what was received can still be read.
    pub async fn shutdown(&self) {
        self.inner.stop.send_replace(true);
        self.inner.stop.closed().await;
    }
}

fn queue(record: &PeerRecord, to: NodeId, class: Class, frame: Bytes) -> Result<(), SendError> {
    let outbox = record.outbox().ok_or(SendError::NotConnected { to })?;
    outbox.of(class).push(frame).map_err(|refused| match refused {
        Refused::Closed => SendError::NotConnected { to },
        Refused::Full => {
            record.counters.of(class).dropped();
            SendError::QueueFull { to, class }
        }
    })
}
