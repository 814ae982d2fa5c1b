//! An attacker that holds a listed key: it passes the handshake, opens the three streams, and then
//! writes whatever it likes.

use std::collections::BTreeMap;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::Stream;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::DialOpts;
use tokio::task::JoinHandle;

use super::*;
use crate::config::{check_peers, keypair};
use crate::handler::HandlerEvent;
use crate::hello;
use crate::mesh::Mesh;
use crate::network::build_swarm;
use crate::service::to_multiaddr;

pub(super) struct Attacker {
    pub streams: BTreeMap<Class, Stream>,
    /// Ends when the victim has closed the connection.
    pub closed: JoinHandle<()>,
}

impl Attacker {
    /// Connects to `victim` with the key of `seed`.
    pub(super) async fn connect(seed: u8, victim: &Node) -> Self {
        let limits = quick_limits();
        let peers = check_peers(id(seed), &[victim.peer()]).unwrap();
        let mut mesh = Mesh::new(id(seed), limits);
        mesh.set_peers(&peers);
        let mut swarm = build_swarm(keypair(&secret(seed)).into(), mesh, &limits).unwrap();
        let known = peers[&victim.id()];
        let address = vec![to_multiaddr(known.address)];
        swarm.dial(DialOpts::peer_id(known.peer_id).addresses(address).build()).unwrap();
        let mut streams = BTreeMap::new();
        within(async {
            while streams.len() < Class::ALL.len() {
                if let SwarmEvent::Behaviour(event) = swarm.select_next_some().await {
                    match event.event {
                        HandlerEvent::Outbound(class, stream) => drop(streams.insert(class, stream)),
                        HandlerEvent::Inbound(stream) => drain(stream),
                        HandlerEvent::Failed(failure) => panic!("{failure}"),
                    }
                }
            }
        })
        .await;
        let closed = tokio::spawn(async move {
            loop {
                match swarm.select_next_some().await {
                    SwarmEvent::ConnectionClosed { .. } => break,
                    SwarmEvent::Behaviour(event) => {
                        if let HandlerEvent::Inbound(stream) = event.event {
                            drain(stream);
                        }
                    }
                    _ => {}
                }
            }
        });
        Self { streams, closed }
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

    /// Says the right hello on every stream.
    pub(super) async fn greet(&mut self) {
        for class in Class::ALL {
            self.write_frame(class, &hello::encode(&GENESIS, class)).await;
        }
    }

    pub(super) async fn until_closed(self) {
        within(self.closed).await.unwrap();
    }
}

fn drain(mut stream: Stream) {
    tokio::spawn(async move {
        let mut buffer = vec![0; 4096];
        while stream.read(&mut buffer).await.is_ok_and(|count| count > 0) {}
    });
}
