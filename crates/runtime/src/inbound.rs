//! Frames from peers on their way to the core: decoded strictly, signatures checked, then queued.
//!
//! One task per class, so that a large batch never delays a vote. A frame that does not hold is
//! counted and logged with its sender; the link stays, because one bad frame may be a bug and the
//! replica is not harmed by it. Whoever sends many is not listened to for a while (`penalty`).

use std::sync::Arc;
use std::time::Instant;

use corridor_crypto::SigningContext;
use corridor_network::{Class, MessageReceiver, NodeId, PeerEvent, PeerReceiver};
use corridor_replica::{InboundError, Input, Membership, Peer, verify};
use corridor_types::{Decode as _, DetailsMessage, Message};
use tokio::sync::{mpsc, watch};

use crate::core::class_of;
use crate::members::key_of;
use crate::metrics::Metrics;
use crate::penalty::Penalties;

/// What checking a frame takes.
#[derive(Clone)]
pub struct Inbound {
    /// The chain that signatures are made for.
    pub context: SigningContext,
    /// Who belongs to the network, and whose signatures count.
    pub members: watch::Receiver<Arc<Membership>>,
    /// This node's own network key.
    pub own: NodeId,
    /// What is counted for the metrics page.
    pub metrics: Arc<Metrics>,
    /// Who takes what is about sealed details.
    pub details: mpsc::Sender<(NodeId, DetailsMessage)>,
}

/// Why a frame goes no further.
enum Dropped {
    /// It is of an epoch that we have not reached: nobody's fault, and it will be sent again.
    TooEarly,
    /// It is not for the core; who takes it has it, unless there was no room.
    Elsewhere,
    /// No honest peer sends it.
    Refused(String),
}

impl Inbound {
    /// Checks one frame.
    fn check(&self, class: Class, from: &NodeId, bytes: &[u8]) -> Result<Input, Dropped> {
        let message = Message::from_bytes(bytes).map_err(|error| Dropped::Refused(error.to_string()))?;
        if class_of(&message) != class {
            return Err(Dropped::Refused("the message belongs on another stream".to_owned()));
        }
        if let Message::Details(details) = message {
            let _ = self.details.try_send((*from, details));
            return Err(Dropped::Elsewhere);
        }
        let members = self.members.borrow().clone();
        match verify(message, &self.context, &members.sets) {
            Ok(message) => Ok(Input::Message { from: key_of(from), message }),
            Err(InboundError::UnknownEpoch { .. }) => Err(Dropped::TooEarly),
            Err(error) => Err(Dropped::Refused(error.to_string())),
        }
    }

    /// Carries one class to the core until either end closes.
    pub async fn carry(self, class: Class, mut frames: MessageReceiver, core: mpsc::Sender<Input>) {
        let mut penalties = Penalties::default();
        while let Some(frame) = frames.recv().await {
            if penalties.is_ignored(&frame.from, Instant::now()) {
                continue;
            }
            let checker = self.clone();
            let heavy = class != Class::Consensus;
            let checked = if heavy {
                // Thousands of signatures: off the async threads, in order.
                let check = move || (checker.check(class, &frame.from, &frame.bytes), frame.from);
                match tokio::task::spawn_blocking(check).await {
                    Ok(checked) => checked,
                    Err(_) => return,
                }
            } else {
                (checker.check(class, &frame.from, &frame.bytes), frame.from)
            };
            match checked {
                (Ok(input), _) => {
                    if core.send(input).await.is_err() {
                        return;
                    }
                }
                (Err(Dropped::TooEarly | Dropped::Elsewhere), _) => {}
                (Err(Dropped::Refused(reason)), from) => {
                    penalties.refuse(from, Instant::now());
                    self.metrics.refused(class, &from, &reason);
                }
            }
        }
    }

    /// Carries comings and goings to the core.
    pub async fn carry_peers(self, mut peers: PeerReceiver, core: mpsc::Sender<Input>) {
        while let Some(event) = peers.recv().await {
            let (id, input): (NodeId, fn(Peer) -> Input) = match event {
                PeerEvent::Connected(id) => (id, Input::Connected),
                PeerEvent::Disconnected(id) => (id, Input::Disconnected),
                PeerEvent::Duplicate { key, addresses: [connected, refused] } => {
                    tracing::error!(
                        %key, %connected, %refused,
                        "two live nodes have the same network key; the second one was refused. If it is yours, stop \
                         one of them: a copied data folder must never run twice"
                    );
                    continue;
                }
                PeerEvent::Refused { by, refusal } => {
                    tracing::warn!(%by, "refused by a peer: {}", refusal.explain(self.own));
                    continue;
                }
            };
            if core.send(input(key_of(&id))).await.is_err() {
                return;
            }
        }
    }
}
