//! Validators that lie, one file each. An attacker runs a real replica, sees what it is about to
//! send and what arrives, and changes, delays, drops or adds messages. It holds its own key only.

mod amnesiac;
mod author_of_bad_batches;
mod equivocator;
mod false_outcome_signer;
mod garbage_sender;
mod hands;
mod kind;
mod late_signer;
mod lying_sync_peer;
mod stale_certificate_sender;
mod twin;
mod withholder_of_batches;
mod withholder_of_proposals;
mod withholder_of_votes;

use corridor_types::{Message, Transaction};

use crate::roster::Address;
pub use hands::{Hands, Payload};
pub use kind::{AttackerKind, UnknownAttacker};

/// What becomes of a message that an attacker's replica is about to send.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "short-lived, one at a time")]
pub enum Outgoing {
    /// It is sent.
    AsIs,
    /// It is not sent.
    Nothing,
    /// This is sent in its place.
    Instead(Message),
    /// It is sent so many milliseconds later.
    Later(u64),
}

/// A lying validator. Every method may also send whatever it likes through its hands.
pub trait Attacker: std::fmt::Debug {
    /// Its replica is about to send `message` to `to`; called once per receiver.
    fn outgoing(&mut self, _hands: &mut Hands<'_>, _to: Address, _message: &Message) -> Outgoing {
        Outgoing::AsIs
    }

    /// A peer's message arrives. False keeps it from the attacker's own replica.
    fn incoming(&mut self, _hands: &mut Hands<'_>, _from: Address, _message: &Message) -> bool {
        true
    }

    /// A client gives it transactions: its own replica takes what becomes of them.
    fn submission(&mut self, _hands: &mut Hands<'_>, _transactions: &mut Vec<Transaction>) {}

    /// Called every [`WAKE_EVERY_MS`]. True: its machine stops and starts again without its memory.
    fn wake(&mut self, _hands: &mut Hands<'_>) -> bool {
        false
    }
}

/// How often an attacker may act of its own accord, in milliseconds.
pub const WAKE_EVERY_MS: u64 = 250;
