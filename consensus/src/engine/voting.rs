//! The only place that asks for signatures on votes. Every rule that safety rests on is one line
//! here or in [`crate::chain::Own`]; each has a test that fails without it.

use corridor_crypto::Digest;
use corridor_types::persist::Write;
use corridor_types::{SignRequest, View, Vote, VoteKind};

use crate::chain::{Judgement, Own, Parentage, Slot};
use crate::engine::Engine;
use crate::interface::Action;

impl Engine {
    /// SPECIFICATION 3.2. The current view's proposal, if its place is right and the replica holds
    /// and accepts its content.
    pub(super) fn notarize(&mut self) {
        let Some(slot) = self.chain.slot(self.view) else { return };
        let Some(proposal) = slot.proposal().cloned().filter(|_| self.me.is_some() && slot.own().may_notarize()) else {
            return;
        };
        match self.chain.judge_parent(&proposal.signed.block) {
            Parentage::Wrong => {}
            Parentage::LacksCertificates(from) => self.need_certificates(from, Some(proposal.signed.block.proposer)),
            Parentage::LacksBody(parent) => self.need_block(parent),
            Parentage::Good(parent) => match proposal.judgement {
                Judgement::Open => {
                    self.set_judgement(Judgement::Asked);
                    self.ready.then.push(Action::Judge { block: proposal.signed.block, parent });
                }
                Judgement::Accepted => {
                    self.save_body(self.view, proposal.digest);
                    self.vote(self.view, VoteKind::Notarize { block: proposal.digest });
                }
                Judgement::Asked | Judgement::Refused => {}
            },
        }
    }

    /// The replica's answer about the current proposal; about any other it is too late.
    pub(super) fn on_judged(&mut self, block: Digest, acceptable: bool) {
        let proposal = self.chain.slot(self.view).and_then(Slot::proposal);
        if proposal.is_some_and(|proposal| proposal.digest == block && proposal.judgement == Judgement::Asked) {
            self.set_judgement(if acceptable { Judgement::Accepted } else { Judgement::Refused });
        }
    }

    pub(super) fn set_judgement(&mut self, judgement: Judgement) {
        self.chain.slot_mut(self.view).set_judgement(judgement);
    }

    /// SPECIFICATION 3.3. Gives up on the current view: its time is over, or its leader is absent.
    pub(super) fn nullify(&mut self) {
        if self.own(self.view).is_none_or(Own::may_nullify) {
            self.vote(self.view, VoteKind::Nullify);
        }
    }

    /// SPECIFICATION 3.4. A notarization was seen: say so, unless the view was given up or is
    /// nullified anyway.
    pub(super) fn finalize_vote(&mut self, view: View, block: Digest) {
        let nullified = self.chain.slot(view).is_some_and(Slot::is_nullified);
        if !nullified && self.own(view).is_none_or(Own::may_finalize) {
            self.vote(view, VoteKind::Finalize { block });
        }
    }

    pub(super) fn own(&self, view: View) -> Option<&Own> {
        self.chain.slot(view).map(Slot::own)
    }

    /// Records the vote as cast, then asks for the signature. An observer does neither.
    fn vote(&mut self, view: View, kind: VoteKind) {
        if self.me.is_some() && view > self.unknown {
            let own = self.chain.slot_mut(view).own();
            let is_allowed = match kind {
                VoteKind::Notarize { .. } => own.may_notarize(),
                VoteKind::Nullify => own.may_nullify(),
                VoteKind::Finalize { .. } => own.may_finalize(),
            };
            self.watch.demand(is_allowed, "one vote of a kind in a view, and never nullify with finalize");
            self.chain.slot_mut(view).own_mut().record(&kind);
            self.ready.sign.push(SignRequest::Vote(Vote { epoch: self.validators.epoch(), view, kind }));
        }
    }

    /// Writes a held body once.
    pub(super) fn save_body(&mut self, view: View, digest: Digest) {
        if let Some(block) = self.chain.slot_mut(view).save_body(digest) {
            self.ready.persist.push(Write::PendingBlock(block));
        }
    }
}
