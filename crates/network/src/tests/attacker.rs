//! An attacker that holds a listed key: it passes the handshake, opens the three streams, and then
//! writes whatever it likes.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::task::{Context, Poll};

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, Swarm, SwarmEvent, ToSwarm};
use libp2p::{Multiaddr, PeerId, Stream};
use tokio::task::JoinHandle;

use super::*;
use crate::address::to_multiaddr;
use crate::config::keypair;
use crate::handler::{Handler, HandlerEvent};
use crate::hello::Greeter;
use crate::introduction::Introduction;
use crate::network::build_swarm;

pub(super) const GREETER: Greeter = Greeter { own: NodeId([0; 32]), genesis: GENESIS, session: [0xaa; 16] };

/// Opens as many streams as it likes, and takes every stream.
struct Rude {
    opens: Vec<Class>,
    events: VecDeque<HandlerEvent>,
}

impl NetworkBehaviour for Rude {
    type ConnectionHandler = Handler;
    type ToSwarm = HandlerEvent;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(Handler::new(PATIENCE, &self.opens))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<Handler, ConnectionDenied> {
        Ok(Handler::new(PATIENCE, &self.opens))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, _: PeerId, _: ConnectionId, event: HandlerEvent) {
        self.events.push_back(event);
    }

    // Polled again after each handler event, so no waker is kept.
    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<HandlerEvent, Infallible>> {
        self.events.pop_front().map_or(Poll::Pending, |event| Poll::Ready(ToSwarm::GenerateEvent(event)))
    }
}

pub(super) struct Attacker {
    pub streams: BTreeMap<Class, Stream>,
    swarm: JoinHandle<()>,
}

impl Attacker {
    /// Connects to `victim` with the key of `seed`, and opens one stream per class.
    pub(super) async fn connect(seed: u8, victim: &Node) -> Self {
        Self::connect_opening(seed, victim, &Class::ALL).await
    }

    /// The same, with any streams; done when one per class is open, or the victim hung up.
    pub(super) async fn connect_opening(seed: u8, victim: &Node, opens: &[Class]) -> Self {
        let rude = Rude { opens: opens.to_vec(), events: VecDeque::new() };
        let mut swarm = build_swarm(keypair(&secret(seed)).into(), rude, &quick_limits()).unwrap();
        let peer_id = victim.id().peer_id().unwrap();
        let address = vec![to_multiaddr(victim.network.local_addr())];
        swarm.dial(DialOpts::peer_id(peer_id).addresses(address).build()).unwrap();
        let mut streams = BTreeMap::new();
        let open = async {
            while streams.len() < Class::ALL.len() {
                match step(&mut swarm).await {
                    Some(opened) => streams.extend(opened),
                    None => return false,
                }
            }
            true
        };
        let mut connected = within(open).await;
        let swarm = tokio::spawn(async move {
            while connected {
                connected = step(&mut swarm).await.is_some();
            }
        });
        Self { streams, swarm }
    }

    /// Writes raw bytes to the stream of a class.
    pub(super) async fn write(&mut self, class: Class, bytes: &[u8]) {
        let stream = self.streams.get_mut(&class).unwrap();
        // The victim may have closed the connection already: that is what is tested.
        let _ = stream.write_all(bytes).await;
        let _ = stream.flush().await;
    }

    /// Writes a frame with an honest header.
    pub(super) async fn write_frame(&mut self, class: Class, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap();
        self.write(class, &[&length.to_be_bytes(), payload].concat()).await;
    }

    /// Says the right hello on every stream, and introduces nobody.
    pub(super) async fn greet(&mut self) {
        self.greet_with(&Introduction::default().encode()).await;
    }

    /// Says the right hello on every stream, and then whatever it likes about addresses.
    pub(super) async fn greet_with(&mut self, introduction: &[u8]) {
        for class in Class::ALL {
            self.write_frame(class, &GREETER.encode(class)).await;
        }
        self.write_frame(Class::Consensus, introduction).await;
    }

    pub(super) async fn until_closed(self) {
        within(self.swarm).await.unwrap();
    }
}

/// One event of the swarm: `None` once the victim hung up, otherwise the stream that was opened.
async fn step(swarm: &mut Swarm<Rude>) -> Option<Option<(Class, Stream)>> {
    match swarm.select_next_some().await {
        SwarmEvent::ConnectionClosed { .. } => None,
        SwarmEvent::Behaviour(HandlerEvent::Outbound(class, stream)) => Some(Some((class, stream))),
        SwarmEvent::Behaviour(HandlerEvent::Inbound(stream)) => {
            drain(stream);
            Some(None)
        }
        _ => Some(None),
    }
}

fn drain(mut stream: Stream) {
    tokio::spawn(async move {
        let mut buffer = vec![0; 4096];
        while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    });
}
