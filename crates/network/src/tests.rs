//! Whole networks on loopback, and attackers with the keys of listed peers. Every wait is for a
//! condition, and every wait has an end.
#![allow(clippy::unwrap_used, clippy::panic)]

mod attacker;
mod hostile;
mod lifecycle;
mod log;
mod mesh;
mod pressure;
mod rivals;
mod roster;

use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use zeroize::Zeroizing;

use crate::{
    Class, Config, Events, Limits, Message, MessageReceiver, Network, NodeId, Peer, PeerEvent, Reason, Role, start,
};

const GENESIS: [u8; 32] = [0x60; 32];
const OTHER_GENESIS: [u8; 32] = [0x61; 32];

/// Longest wait for anything: far above what is needed, so that a loaded machine fails no test.
const PATIENCE: Duration = Duration::from_secs(20);

struct Node {
    network: Network,
    events: Events,
}

fn secret(seed: u8) -> Zeroizing<[u8; 32]> {
    Zeroizing::new([seed; 32])
}

fn id(seed: u8) -> NodeId {
    NodeId::from_secret_key(&secret(seed))
}

/// The defaults, but impatient.
fn quick_limits() -> Limits {
    Limits {
        dial_backoff_min_ms: 20,
        dial_backoff_max_ms: 100,
        dial_backoff_refused_ms: 100,
        keepalive_ms: 100,
        silence_timeout_ms: 1_000,
        handshake_timeout_ms: 3_000,
        ..Limits::default()
    }
}

fn config(seed: u8, limits: Limits) -> Config {
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut session = [0; 16];
    getrandom::fill(&mut session).unwrap();
    let secret_key = secret(seed);
    Config { listen, advertise: None, session, secret_key, genesis: GENESIS, peers: Vec::new(), limits }
}

impl Node {
    async fn start(seed: u8) -> Self {
        Self::with(config(seed, quick_limits())).await
    }

    async fn with(config: Config) -> Self {
        let (network, events) = start(config).await.unwrap();
        Self { network, events }
    }

    fn id(&self) -> NodeId {
        self.network.id()
    }

    fn peer(&self) -> Peer {
        Peer { id: self.id(), addresses: vec![self.network.local_addr()], role: Role::Validator }
    }

    /// The node without an address: it must dial, or be learnt of.
    fn silent_peer(&self) -> Peer {
        Peer { addresses: Vec::new(), ..self.peer() }
    }

    fn send(&self, to: &Self, class: Class, text: &str) {
        self.network.try_send(to.id(), class, Bytes::copy_from_slice(text.as_bytes())).unwrap();
    }

    fn receiver(&mut self, class: Class) -> &mut MessageReceiver {
        match class {
            Class::Consensus => &mut self.events.consensus,
            Class::Lanes => &mut self.events.lanes,
            Class::Sync => &mut self.events.sync,
        }
    }

    async fn recv(&mut self, class: Class) -> Message {
        within(self.receiver(class).recv()).await.unwrap()
    }

    /// Expects a text from a peer next.
    async fn expect(&mut self, from: &Self, class: Class, text: &str) {
        let message = self.recv(class).await;
        assert_eq!((message.from, String::from_utf8_lossy(&message.bytes)), (from.id(), text.into()), "{class}");
    }

    async fn peer_event(&mut self) -> PeerEvent {
        within(self.events.peers.recv()).await.unwrap()
    }

    fn endings(&self, reason: Reason) -> u64 {
        self.network.stats().endings.into_iter().find(|(ending, _)| *ending == reason).unwrap().1
    }

    async fn until_ended(&self, reason: Reason) {
        eventually(|| self.endings(reason) > 0).await;
    }

    async fn until_connected(&self, to: &Self) {
        eventually(|| self.network.connected().contains(&to.id())).await;
    }
}

/// Nodes that all know each other, and are all connected.
async fn mesh(nodes: &[&Node]) {
    let peers: Vec<Peer> = nodes.iter().map(|node| node.peer()).collect();
    for node in nodes {
        node.network.set_peers(&peers).unwrap();
    }
    for node in nodes {
        eventually(|| node.network.connected().len() == nodes.len() - 1).await;
    }
}

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("nothing happened within {PATIENCE:?}"))
}

async fn eventually(condition: impl Fn() -> bool) {
    within(async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
