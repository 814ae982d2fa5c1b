//! Says one thing to half of the validators and another to the rest: two proposals in a view, two
//! notarize votes, and nullify beside finalize. Answers nobody.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::{Block, Message, SignedProposal, SignedVote, Timestamp, VoteKind};

use super::{Attacker, Hands, Outgoing};
use crate::roster::Address;

/// Remembers which second block goes with which first.
#[derive(Debug, Default)]
pub struct Equivocator {
    second: BTreeMap<Digest, Digest>,
}

impl Attacker for Equivocator {
    fn outgoing(&mut self, hands: &mut Hands<'_>, to: Address, message: &Message) -> Outgoing {
        let other = match message {
            Message::Response(_) => {
                hands.count("equivocator: left a question unanswered");
                return Outgoing::Nothing;
            }
            _ if !hands.is_in_other_half(to) => return Outgoing::AsIs,
            Message::Proposal { proposal, proofs } => {
                let (proposal, proofs) = (self.other_proposal(hands, &proposal.block), proofs.clone());
                Message::Proposal { proposal, proofs }
            }
            Message::Vote(vote) => Message::Vote(self.other_vote(hands, vote)),
            _ => return Outgoing::AsIs,
        };
        if other == *message {
            return Outgoing::AsIs;
        }
        hands.count("equivocator: said another thing");
        Outgoing::Instead(other)
    }
}

impl Equivocator {
    fn other_proposal(&mut self, hands: &Hands<'_>, block: &Block) -> SignedProposal {
        let other = Block { time: Timestamp(block.time.0 + 1), ..block.clone() };
        self.second.insert(block.digest(), other.digest());
        SignedProposal::sign(other, hands.context, hands.key).into_inner()
    }

    fn other_vote(&self, hands: &Hands<'_>, signed: &SignedVote) -> SignedVote {
        let mut vote = signed.vote;
        vote.kind = match vote.kind {
            VoteKind::Notarize { block } => {
                VoteKind::Notarize { block: self.second.get(&block).copied().unwrap_or(block) }
            }
            VoteKind::Finalize { .. } | VoteKind::Nullify => VoteKind::Nullify,
        };
        vote.sign(hands.context, signed.voter, hands.key).into_inner()
    }
}
