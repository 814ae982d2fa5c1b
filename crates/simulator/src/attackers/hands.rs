//! What an attacker may do: sign with its own key, draw by chance, and send anything to anybody.

use corridor_crypto::{SecretKey, SigningContext};
use corridor_types::Message;

use crate::random::Chance;
use crate::roster::Address;
use crate::tally::Tally;

/// What an attacker sends of its own.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "short-lived, one at a time")]
pub enum Payload {
    /// A well-formed message.
    Message(Message),
    /// Bytes as they are, decodable or not.
    Bytes(Vec<u8>),
}

/// An attacker's means during one call.
#[derive(Debug)]
pub struct Hands<'a> {
    /// Its own address.
    pub me: Address,
    /// How many institutions have a node.
    pub institutions: u16,
    /// What signatures are for.
    pub context: &'a SigningContext,
    /// The secret key of the attacker's validator.
    pub key: &'a SecretKey,
    /// The run's chance.
    pub chance: &'a mut Chance,
    /// Where its actions are counted.
    pub did: &'a mut Tally,
    /// What it sends besides.
    pub outbox: Vec<(Address, Payload)>,
}

impl Hands<'_> {
    /// Sends a message to one institution.
    pub fn send(&mut self, to: Address, message: Message) {
        self.outbox.push((to, Payload::Message(message)));
    }

    /// Sends a message to every other institution.
    pub fn send_all(&mut self, message: &Message) {
        for to in (0..self.institutions).map(Address).filter(|to| *to != self.me) {
            self.outbox.push((to, Payload::Message(message.clone())));
        }
    }

    /// Sends bytes to one institution.
    pub fn send_bytes(&mut self, to: Address, bytes: Vec<u8>) {
        self.outbox.push((to, Payload::Bytes(bytes)));
    }

    /// Another institution by chance.
    pub fn somebody(&mut self) -> Address {
        let offset = self.chance.between(1, u64::from(self.institutions) - 1) as u16;
        Address((self.me.0 + offset) % self.institutions)
    }

    /// True for about half of the institutions, always the same.
    pub const fn is_in_other_half(&self, to: Address) -> bool {
        !to.0.is_multiple_of(2)
    }

    /// Counts an action.
    pub fn count(&mut self, what: &'static str) {
        self.did.count(what);
    }
}
