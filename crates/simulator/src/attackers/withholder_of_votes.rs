//! Helps to notarize, never to finalize, and answers no question. Once a peer asks it for a block, it
//! says nothing more about any view: the peer that asks it alone, and whose vote is now needed,
//! waits for ever, and the network with it.

use corridor_types::{Message, Request, VoteKind};

use super::{Attacker, Hands, Outgoing};
use crate::roster::Address;

/// Knows whether it was asked for a block.
#[derive(Debug, Default)]
pub struct WithholderOfVotes {
    asked: bool,
}

impl Attacker for WithholderOfVotes {
    fn outgoing(&mut self, hands: &mut Hands<'_>, _: Address, message: &Message) -> Outgoing {
        let what = match message {
            Message::Vote(signed) if matches!(signed.vote.kind, VoteKind::Finalize { .. }) => {
                "withholder_of_votes: kept a finalize vote back"
            }
            Message::Vote(_) | Message::Proposal { .. } | Message::Certificate(_) if self.asked => {
                "withholder_of_votes: said nothing about a view"
            }
            Message::Response(_) => "withholder_of_votes: left a question unanswered",
            _ => return Outgoing::AsIs,
        };
        hands.count(what);
        Outgoing::Nothing
    }

    fn incoming(&mut self, _: &mut Hands<'_>, _: Address, message: &Message) -> bool {
        self.asked |= matches!(message, Message::Request(Request::Block { .. }));
        true
    }
}
