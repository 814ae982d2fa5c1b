//! Leads and proposes to nobody, or to one validator only: the others must give up on its views, or
//! fetch the block from the one that has it.

use corridor_types::Message;

use super::{Attacker, Hands, Outgoing};
use crate::random::Chance;
use crate::roster::Address;

/// Proposes to one validator, or to none.
#[derive(Debug)]
pub struct WithholderOfProposals {
    to_one: bool,
}

impl WithholderOfProposals {
    /// Chance decides which.
    pub fn new(chance: &mut Chance) -> Self {
        Self { to_one: chance.happens(600) }
    }
}

impl Attacker for WithholderOfProposals {
    fn outgoing(&mut self, hands: &mut Hands<'_>, to: Address, message: &Message) -> Outgoing {
        let chosen = (hands.me.0 + 1) % hands.institutions;
        match message {
            Message::Proposal { .. } if self.to_one && to.0 == chosen => Outgoing::AsIs,
            Message::Proposal { .. } => {
                hands.count("withholder_of_proposals: kept a proposal back");
                Outgoing::Nothing
            }
            _ => Outgoing::AsIs,
        }
    }
}
