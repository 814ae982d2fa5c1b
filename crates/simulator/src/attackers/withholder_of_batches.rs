//! Streams its batches to few validators and answers no question for a batch: what a cut names must
//! be fetched from whoever has it, or must not be voted for.

use corridor_types::{Message, Response};

use super::{Attacker, Hands, Outgoing};
use crate::random::Chance;
use crate::roster::Address;

/// Streams to so many validators.
#[derive(Debug)]
pub struct WithholderOfBatches {
    receivers: u16,
}

impl WithholderOfBatches {
    /// To none, one or two.
    pub fn new(chance: &mut Chance) -> Self {
        Self { receivers: chance.below(3) as u16 }
    }
}

impl Attacker for WithholderOfBatches {
    fn outgoing(&mut self, hands: &mut Hands<'_>, to: Address, message: &Message) -> Outgoing {
        let distance = (to.0 + hands.institutions - hands.me.0) % hands.institutions;
        match message {
            Message::Batch(batch) if u32::from(hands.me.0) == batch.header.lane.0 && distance <= self.receivers => {
                Outgoing::AsIs
            }
            Message::Batch(_) | Message::Response(Response::Batches { .. }) => {
                hands.count("withholder_of_batches: kept a batch back");
                Outgoing::Nothing
            }
            _ => Outgoing::AsIs,
        }
    }
}
