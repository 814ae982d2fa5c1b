//! Frames from peers on their way to the core: decoded strictly, signatures checked, then queued.
//!
//! One task per class, so that a large batch never delays a vote. A frame that does not hold is
//! counted and logged with its sender; the link stays, because one bad frame may be a bug and the
//! replica is not harmed by it. Whoever sends many is not listened to for a while (`penalty`).

use std::sync::Arc;
use std::time::Instant;

use corridor_crypto::SigningContext;
use corridor_network::{Class, MessageReceiver, NodeId, PeerEvent, PeerReceiver};
use corridor_replica::{Input, verify};
use corridor_types::{Decode as _, Message, ValidatorIndex, ValidatorSet};
use tokio::sync::mpsc;

use super::core::class_of;
use super::metrics::Metrics;
use super::penalty::Penalties;

/// What checking a frame takes.
#[derive(Clone)]
pub struct Inbound {
    /// The chain.
    pub context: SigningContext,
    /// The validators.
    pub validators: Arc<ValidatorSet>,
    /// Counters.
    pub metrics: Arc<Metrics>,
}

impl Inbound {
    fn validator(&self, peer: &NodeId) -> Option<ValidatorIndex> {
        self.validators.index_of_network_key(&corridor_crypto::PublicKey(peer.0))
    }

    /// Checks one frame; the reason if it does not hold.
    fn check(&self, class: Class, from: &NodeId, bytes: &[u8]) -> Result<Input, String> {
        let from = self.validator(from).ok_or("the sender is no validator")?;
        let message = Message::from_bytes(bytes).map_err(|error| error.to_string())?;
        if class_of(&message) != class {
            return Err("the message belongs on another stream".to_owned());
        }
        let message = verify(message, &self.context, &self.validators).map_err(|error| error.to_string())?;
        Ok(Input::Message { from, message })
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
                (Err(reason), from) => {
                    penalties.refuse(from, Instant::now());
                    self.metrics.refused(class, &from, &reason);
                }
            }
        }
    }

    /// Carries comings and goings to the core.
    pub async fn carry_peers(self, mut peers: PeerReceiver, core: mpsc::Sender<Input>) {
        while let Some(event) = peers.recv().await {
            let (id, input): (NodeId, fn(ValidatorIndex) -> Input) = match event {
                PeerEvent::Connected(id) => (id, Input::Connected),
                PeerEvent::Disconnected(id) => (id, Input::Disconnected),
            };
            let Some(validator) = self.validator(&id) else { continue };
            if core.send(input(validator)).await.is_err() {
                return;
            }
        }
    }
}
