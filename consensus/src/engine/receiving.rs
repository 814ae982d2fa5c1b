//! Proposals, votes and bodies as they come in from peers and from the signer (SPECIFICATION 2.3, 3.2, 3.5, 4.1, 9.4).
//! Signatures were checked before.

use corridor_crypto::Digest;
use corridor_types::{Block, Message, Signed, SignedProposal, SignedVote, ValidatorIndex, View};

use crate::chain::Proposed;
use crate::engine::{Engine, VIEWS_AHEAD};

impl Engine {
    /// Counts a signed message as a sign of life.
    pub(super) fn hear(&mut self, from: ValidatorIndex, view: View) {
        let limit = self.view.ahead(VIEWS_AHEAD);
        if Some(from) != self.me {
            self.presence.heard(from, view, limit);
        }
    }

    /// SPECIFICATION 4.1: a peer's vote.
    pub(super) fn on_vote(&mut self, vote: SignedVote) {
        if vote.vote.epoch == self.validators.epoch() {
            self.help_voter(vote.voter, vote.vote.view);
        }
        self.count_vote(vote);
    }

    /// A proposal counts only from its view's leader, with the header of this epoch.
    pub(super) fn on_proposal(&mut self, proposal: SignedProposal) {
        let block = &proposal.block;
        if !self.has_valid_header(block) {
            return;
        }
        let (view, proposer, digest) = (block.view, block.proposer, block.digest());
        self.hear(proposer, view);
        self.help_voter(proposer, view);
        if view <= self.chain.finalized_view() || !self.keeps_votes_of(view.0) {
            return;
        }
        match self.chain.slot_mut(view).add_proposal(digest, proposal.clone()) {
            Proposed::Repeated => {}
            Proposed::Conflicts { earlier } => self.accuse_leader(earlier, proposal),
            Proposed::New => self.note_proposal(digest, proposal.block),
        }
    }

    fn note_proposal(&mut self, digest: Digest, block: Block) {
        let view = block.view;
        if Some(block.proposer) == self.me {
            self.chain.slot_mut(view).own_mut().record_proposal();
        }
        self.chain.add_body(view, digest, block, false);
        if self.chain.slot(view).is_some_and(|slot| slot.names(digest)) {
            self.save_body(view, digest);
        }
    }

    /// SPECIFICATION 2.3: what can be checked without the parent.
    fn has_valid_header(&self, block: &Block) -> bool {
        block.epoch == self.validators.epoch()
            && block.view.0 > 0
            && block.proposer == self.leaders.of(block.view)
            && block.parent_view < block.view
            && block.validators == self.set_digest
    }

    /// SPECIFICATION 3.5: only what came back from the signer is sent.
    pub(super) fn on_signed(&mut self, signed: Signed) {
        match signed {
            Signed::Vote(vote) if Some(vote.voter) == self.me => {
                if vote.vote.view >= self.chain.finalized_view() {
                    self.broadcast(Message::Vote(*vote));
                }
                self.count_vote(*vote);
            }
            Signed::Proposal(proposal) if Some(proposal.block.proposer) == self.me => {
                let (proposal, digest) = ((**proposal).clone(), proposal.block.digest());
                // The one before may have ended while it was with the signer: views alone do not tell.
                let is_current = proposal.block.epoch == self.validators.epoch();
                if is_current && proposal.block.view > self.chain.finalized_view() {
                    self.chain.slot_mut(proposal.block.view).add_proposal(digest, proposal.clone());
                    self.broadcast_proposal(proposal);
                }
            }
            _ => {}
        }
    }

    /// SPECIFICATION 9.4: a body by name.
    pub(super) fn on_block(&mut self, block: Block) {
        let (view, digest) = (block.view, block.digest());
        if view > self.chain.finalized_view() && self.chain.slot(view).is_some_and(|slot| slot.names(digest)) {
            self.chain.add_body(view, digest, block, false);
            self.save_body(view, digest);
            self.requests.arrived(digest);
        }
    }
}
