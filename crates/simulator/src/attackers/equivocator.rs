//! Says one thing to half of the validators and another to the rest: two proposals in a view, two
//! notarize votes, and nullify beside finalize.

use std::collections::BTreeMap;

use corridor_crypto::{Digest, SecretKey, SigningContext};
use corridor_types::{Block, Message, SignedProposal, SignedVote, Timestamp, ValidatorIndex, VoteKind};

/// Holds its own key and signs whatever serves it.
#[derive(Debug)]
pub struct Equivocator {
    context: SigningContext,
    key: SecretKey,
    /// The second block of each view in which it led.
    second: BTreeMap<Digest, Digest>,
}

impl Equivocator {
    /// An equivocator with its validator's key.
    pub const fn new(context: SigningContext, key: SecretKey) -> Self {
        Self { context, key, second: BTreeMap::new() }
    }

    /// What `to` is told in place of `message`.
    pub fn twist(&mut self, to: ValidatorIndex, message: &Message) -> Message {
        if to.0.is_multiple_of(2) {
            return message.clone();
        }
        match message {
            Message::Proposal(proposal) => Message::Proposal(self.other_proposal(&proposal.block)),
            Message::Vote(vote) => Message::Vote(self.other_vote(vote)),
            _ => message.clone(),
        }
    }

    fn other_proposal(&mut self, block: &Block) -> SignedProposal {
        let other = Block { time: Timestamp(block.time.0 + 1), ..block.clone() };
        self.second.insert(block.digest(), other.digest());
        SignedProposal::sign(other, &self.context, &self.key).into_inner()
    }

    fn other_vote(&self, signed: &SignedVote) -> SignedVote {
        let mut vote = signed.vote;
        vote.kind = match vote.kind {
            VoteKind::Notarize { block } => {
                VoteKind::Notarize { block: self.second.get(&block).copied().unwrap_or(block) }
            }
            VoteKind::Finalize { .. } => VoteKind::Nullify,
            VoteKind::Nullify => VoteKind::Nullify,
        };
        vote.sign(&self.context, signed.voter, &self.key).into_inner()
    }
}
