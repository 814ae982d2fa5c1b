//! Repeating what may be lost, and sending to all (SPECIFICATION, section 9.1).

use corridor_crypto::planted::{self, Bug};
use corridor_types::{Certificate, Message, SignedProposal, SignedVote, ValidatorIndex, View, VoteKind};

use crate::chain::Slot;
use crate::engine::Engine;
use crate::interface::{Action, Recipient};

impl Engine {
    /// SPECIFICATION 9.1: at a steady rate, everything that a peer may lack to leave this view or
    /// to finalize, and the question what we lack ourselves.
    pub(super) fn repeat(&mut self) {
        if !self.pacing.take_repeat(self.now) || planted::is(Bug::NothingRepeated) {
            return;
        }
        if self.me.is_some() {
            self.repeat_own_messages();
            for certificate in self.position() {
                self.broadcast(Message::Certificate(certificate));
            }
        }
        let peers = self.some_peers(None);
        self.ask_for_certificates(self.view, peers);
    }

    fn repeat_own_messages(&mut self) {
        let Some(me) = self.me else { return };
        let slot = self.chain.slot(self.view);
        let own_turn = self.leaders.of(self.view) == me;
        let proposal = slot.and_then(Slot::proposal).filter(|_| own_turn);
        let mut messages: Vec<_> = proposal.map(|held| proposal_message(held.signed.clone())).into_iter().collect();
        let votes = slot.into_iter().flat_map(|slot| slot.tally().of(me));
        messages.extend(votes.chain(self.last_finalize_vote(me)).map(|vote| Message::Vote(*vote)));
        for message in messages {
            self.broadcast(message);
        }
    }

    /// The own *finalize* vote of the highest earlier view that is not final.
    fn last_finalize_vote(&self, me: ValidatorIndex) -> Option<&SignedVote> {
        let open = self.chain.open_from(View(0)).rev().skip_while(|(view, _)| **view >= self.view);
        let is_finalize = |vote: &&SignedVote| matches!(vote.vote.kind, VoteKind::Finalize { .. });
        open.filter_map(|(_, slot)| slot.tally().of(me).find(is_finalize)).next()
    }

    /// What brings a peer here: the entry certificate and the highest finalization.
    pub(super) fn position(&self) -> Vec<Certificate> {
        let entry = self.entry_certificate();
        let finalization = self.chain.highest_finalization();
        let entry = entry.filter(|entry| finalization.is_none_or(|held| held.vote.view < entry.vote.view));
        finalization.into_iter().chain(entry).cloned().collect()
    }

    /// The certificate by which the current view was entered.
    pub(super) fn entry_certificate(&self) -> Option<&Certificate> {
        let before = self.view.back(1);
        self.chain.slot(before).and_then(Slot::end)
    }

    /// Sends to all others; an observer says nothing.
    pub(super) fn broadcast(&mut self, message: Message) {
        if self.me.is_some() {
            self.ready.then.push(Action::Send { to: Recipient::All, message });
        }
    }

    /// Sends an own proposal.
    pub(super) fn broadcast_proposal(&mut self, proposal: SignedProposal) {
        self.broadcast(proposal_message(proposal));
    }
}

/// The replica adds proofs of availability, which this engine knows nothing of.
const fn proposal_message(proposal: SignedProposal) -> Message {
    Message::Proposal { proposal, proofs: Vec::new() }
}
