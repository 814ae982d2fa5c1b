//! Going on from what disk and signer remember, and beginning or ceasing to vote (SPECIFICATION 3.5 and 12).

use corridor_crypto::Verified;
use corridor_crypto::planted::{self, Bug};
use corridor_types::{Block, Certificate, SignedProposal, SignedVote, ValidatorIndex, View};

use crate::chain::Slot;
use crate::engine::Engine;
use crate::turn::Turn;

impl Engine {
    /// An engine that followed in silence begins to vote as `me`, bound by what it signed before.
    pub fn take_part(
        &mut self,
        me: ValidatorIndex,
        votes: Vec<Verified<SignedVote>>,
        proposals: Vec<Verified<SignedProposal>>,
    ) {
        self.me = Some(me);
        self.chain.recognise(me); // 3.5
        self.restore_own(votes, proposals);
        // The view may have run out while we only watched: our own patience with it begins now.
        self.turn = Turn::default();
        self.started = false;
    }

    /// In views up to `view` this key may have signed what nobody here knows of: the record is an old copy.
    /// So nothing is signed there any more, not even *finalize* for a notarization that comes late (3.4).
    pub fn never_vote_up_to(&mut self, view: View) {
        self.unknown = self.unknown.max(view);
    }

    /// The engine follows in silence from now on. What it signed before stays known.
    pub const fn stand_aside(&mut self) {
        self.me = None;
    }

    pub(super) fn restore_certificates(&mut self, certificates: Vec<Certificate>) {
        for certificate in certificates {
            let view = certificate.vote.view;
            if certificate.vote.epoch == self.validators.epoch() && view > self.chain.finalized_view() {
                self.chain.add_certificate(certificate);
            }
        }
    }

    pub(super) fn restore_blocks(&mut self, blocks: Vec<Block>) {
        let finalized = self.chain.finalized_view();
        let epoch = self.validators.epoch();
        for block in blocks.into_iter().filter(|block| block.view > finalized && block.epoch == epoch) {
            let (view, digest) = (block.view, block.digest());
            self.chain.add_body(view, digest, block, true);
        }
    }

    /// SPECIFICATION 12: own votes count as cast, whatever else was lost.
    pub(super) fn restore_own(&mut self, votes: Vec<Verified<SignedVote>>, proposals: Vec<Verified<SignedProposal>>) {
        if planted::is(Bug::OwnVotesForgotten) || planted::is(Bug::SignerChecksNothing) {
            return;
        }
        let finalized = self.chain.finalized_view();
        let epoch = self.validators.epoch();
        for vote in votes.into_iter().map(Verified::into_inner) {
            let ours = Some(vote.voter) == self.me && vote.vote.epoch == epoch;
            if ours && vote.vote.view > finalized {
                let slot = self.chain.slot_mut(vote.vote.view);
                slot.own_mut().record(&vote.vote.kind);
                slot.add_vote(vote);
            }
        }
        for proposal in proposals.into_iter().map(Verified::into_inner) {
            let (view, digest) = (proposal.block.view, proposal.block.digest());
            let ours = proposal.block.epoch == epoch && Some(proposal.block.proposer) == self.me;
            if ours && view > finalized {
                let slot = self.chain.slot_mut(view);
                slot.own_mut().record_proposal();
                slot.add_proposal(digest, proposal.clone());
                self.chain.add_body(view, digest, proposal.block, false);
            }
        }
    }

    /// SPECIFICATION 12: the same votes are sent again, and notarizations found on disk are voted
    /// on as if they came in now.
    pub(super) fn start(&mut self) {
        self.started = true;
        self.pacing.enter_view(self.now);
        let notarized =
            |(view, slot): (&View, &Slot)| slot.notarization().and_then(Certificate::block).map(|block| (*view, block));
        let open = self.chain.open_from(View(0));
        for (view, block) in open.filter_map(notarized).collect::<Vec<_>>() {
            self.finalize_vote(view, block);
        }
        if self.pacing_reason() && !self.is_closed() {
            self.pacing.repeat_at_once(self.now);
        }
    }
}
