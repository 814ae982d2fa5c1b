//! Votes become certificates, certificates end views (SPECIFICATION, section 4).

use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::Write;
use corridor_types::{Certificate, Message, SignedVote, View, VoteKind};

use crate::chain::Certified;
use crate::engine::{Engine, VIEWS_AHEAD, VIEWS_BEHIND};
use crate::votes::Counted;

impl Engine {
    /// A verified vote of anybody, this validator included.
    pub(super) fn count_vote(&mut self, vote: SignedVote) {
        let view = vote.vote.view;
        if vote.vote.epoch != self.validators.epoch() || view.0 == 0 {
            return;
        }
        self.hear(vote.voter, view);
        self.recognise_own(&vote);
        if !self.keeps_votes_of(view.0) {
            return;
        }
        match self.chain.slot_mut(view).add_vote(vote) {
            Counted::Repeated => {}
            Counted::Conflicts { earlier } => self.accuse_voter(earlier, vote),
            Counted::New => self.certify(&vote),
        }
    }

    /// A vote with this validator's signature binds it, even one that it does not remember.
    fn recognise_own(&mut self, vote: &SignedVote) {
        let view = vote.vote.view;
        let in_range = view > self.chain.finalized_view() && view <= self.view.ahead(VIEWS_AHEAD);
        if Some(vote.voter) == self.me && in_range {
            self.chain.slot_mut(view).own_mut().record(&vote.vote.kind);
        }
    }

    /// SPECIFICATION 11: the views whose votes and proposals are kept.
    pub(super) fn keeps_votes_of(&self, view: u64) -> bool {
        let low = self.chain.finalized_view().max(self.view.back(VIEWS_BEHIND));
        (low.0.max(1)..=self.view.ahead(VIEWS_AHEAD).0).contains(&view)
    }

    fn certify(&mut self, vote: &SignedVote) {
        let quorum = self.chain.slot(vote.vote.view).and_then(|slot| slot.tally().quorum(&vote.vote, &self.validators));
        if let Some(certificate) = quorum {
            let signed: u128 = certificate.signatures.iter().map(|(voter, _)| self.validators.power(*voter)).sum();
            let is_quorum = self.validators.is_quorum(signed) || planted::is(Bug::VotesOfTwoBlocksAdded);
            self.watch.demand(is_quorum, "two quorums share an honest validator: a certificate carries one");
            self.on_certificate(certificate);
        }
    }

    /// A verified or just assembled certificate.
    pub(super) fn on_certificate(&mut self, certificate: Certificate) {
        let view = certificate.vote.view;
        let is_ours = certificate.vote.epoch == self.validators.epoch() || planted::is(Bug::EpochOfCertificateIgnored);
        if !is_ours || view <= self.chain.finalized_view() {
            return;
        }
        match self.chain.add_certificate(certificate.clone()) {
            Certified::Known => {}
            Certified::Contradicts { earlier } => self.accuse_signers(&earlier, &certificate),
            Certified::New => self.use_certificate(&certificate),
        }
    }

    /// SPECIFICATION 4.2, on first sight: keep, forward, count its votes, vote on it, leave the view.
    fn use_certificate(&mut self, certificate: &Certificate) {
        let view = certificate.vote.view;
        self.ready.persist.push(Write::PendingCertificate(certificate.clone()));
        if self.forwards(view) {
            self.broadcast(Message::Certificate(certificate.clone()));
        }
        self.note_end(certificate);
        if view >= self.view {
            self.enter_after(view);
        }
        for (voter, signature) in &certificate.signatures {
            self.count_vote(SignedVote { vote: certificate.vote, voter: *voter, signature: *signature });
        }
        if let Some(block) = certificate.block() {
            self.save_body(view, block);
        }
        if let VoteKind::Notarize { block } = certificate.vote.kind {
            self.finalize_vote(view, block);
        }
    }

    /// SPECIFICATION 4.2: everybody hears all votes, so most make every certificate themselves. Two
    /// forward it for those who lack a vote: the leader of the view and the one who comes next.
    fn forwards(&self, view: View) -> bool {
        let recent = view >= self.view.back(VIEWS_BEHIND);
        let leaders = [self.leaders.of(view), self.leaders.of(view.next())];
        recent && self.me.is_some_and(|me| leaders.contains(&me))
    }

    /// What the end of a view says about its leader and about the network (SPECIFICATION 6 and 8).
    fn note_end(&mut self, certificate: &Certificate) {
        let view = certificate.vote.view;
        let leader = self.leaders.of(view);
        if certificate.block().is_some() {
            self.presence.turn_succeeded(leader);
        } else {
            self.presence.turn_failed(leader, view);
        }
        if view != self.view {
            return;
        }
        match (certificate.block().is_some(), self.turn.has_timed_out()) {
            (false, true) => self.pacing.slow_down(),
            (true, false) => self.pacing.speed_up(),
            _ => {}
        }
    }
}
