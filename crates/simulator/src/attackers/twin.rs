//! One validator key on two machines, each with its own database and signing record, each linked to
//! one half of the other validators. Both are honest software; together they equivocate.

use corridor_types::Message;

use super::{Attacker, Hands, Outgoing};
use crate::roster::Address;

/// The second machine is the roster's work; nothing is changed on the way.
#[derive(Debug)]
pub struct Twin;

impl Attacker for Twin {
    fn outgoing(&mut self, hands: &mut Hands<'_>, _: Address, message: &Message) -> Outgoing {
        if matches!(message, Message::Vote(_)) {
            hands.count("twin: sent a vote from one of its machines");
        }
        Outgoing::AsIs
    }
}
