//! Asking for what is missing, repeating what may be lost, helping who is behind (SPECIFICATION,
//! section 9). Everything here is limited per peer or per repetition period.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::limits::MAX_CERTIFICATES_PER_RESPONSE;
use corridor_types::{
    Certificate, Message, Response, SignedProposal, SignedVote, Status, ValidatorIndex, View, VoteKind,
};

use crate::chain::Place;
use crate::engine::Engine;
use crate::interface::{Action, Recipient};

/// Peers asked at once for certificates: the likeliest one and two more, so that one that is
/// silent or lies costs no time, and answers stay few.
const PEERS_ASKED: usize = 3;

/// Bodies asked for at once; each is dropped from the list when the view or the finalized tip moves.
const MAX_BLOCKS_ASKED: usize = 8;

/// Answers per peer in one repetition period: a node that catches up asks anew after each full
/// answer, a flooding one gets no more than these.
const ANSWERS_PER_PERIOD: u32 = 8;

/// When something was last done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Last(Option<u64>);

impl Last {
    /// True at most once per period; counts from now if so.
    pub(crate) fn is_due(&mut self, now: u64, period_ms: u64) -> bool {
        let due = self.0.is_none_or(|at| now.saturating_sub(at) >= period_ms);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

/// What was lately asked for and answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Requests {
    certificates: Option<(View, Last)>,
    blocks: BTreeMap<Digest, Last>,
    pub(crate) behind: Last,
    pub(crate) behind_since: Option<u64>,
    asked_peer: BTreeMap<ValidatorIndex, Last>,
    helped: BTreeMap<ValidatorIndex, Last>,
    answered: BTreeMap<ValidatorIndex, (u64, u32)>,
    next_peer: usize,
}

impl Requests {
    /// A view begins or the tip moved: what was lacking may not matter any more.
    pub(crate) fn enter_view(&mut self) {
        self.certificates = None;
        self.blocks.clear();
    }

    /// A body came: room for another question.
    pub(crate) fn arrived(&mut self, digest: Digest) {
        self.blocks.remove(&digest);
    }

    fn may_answer(&mut self, peer: ValidatorIndex, now: u64, period_ms: u64) -> bool {
        let (since, count) = self.answered.entry(peer).or_insert((now, 0));
        if now.saturating_sub(*since) >= period_ms {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= ANSWERS_PER_PERIOD
    }
}

impl Engine {
    pub(crate) fn without_me(&self, mut peers: Vec<ValidatorIndex>) -> Vec<ValidatorIndex> {
        peers.retain(|peer| Some(*peer) != self.me);
        peers
    }

    /// Asks for a body, at once and then at the repetition rate.
    pub(crate) fn need_block(&mut self, place: Place) {
        let period = self.pacing.repeat_ms();
        let asked = &mut self.requests.blocks;
        let room = asked.len() < MAX_BLOCKS_ASKED || asked.contains_key(&place.digest);
        if room && asked.entry(place.digest).or_default().is_due(self.now, period) {
            let holders = self.without_me(self.chain.holders(place));
            self.ready.then.push(Action::FetchBlock { digest: place.digest, holders });
        }
    }

    /// Asks for certificates, at once when the gap changed and then at the repetition rate.
    pub(crate) fn need_certificates(&mut self, from_view: View, likeliest: Option<ValidatorIndex>) {
        let known = self.requests.certificates.filter(|(view, _)| *view == from_view);
        let (_, mut last) = known.unwrap_or((from_view, Last::default()));
        if last.is_due(self.now, self.pacing.repeat_ms()) {
            let peers = self.some_peers(likeliest);
            self.ask_for_certificates(from_view, peers);
        }
        self.requests.certificates = Some((from_view, last));
    }

    fn ask_for_certificates(&mut self, from_view: View, peers: Vec<ValidatorIndex>) {
        if !peers.is_empty() {
            self.ready.then.push(Action::FetchCertificates { from_view, peers });
        }
    }

    /// The likeliest peer, then others in turn.
    fn some_peers(&mut self, likeliest: Option<ValidatorIndex>) -> Vec<ValidatorIndex> {
        let all = self.without_me(self.validators.iter().map(|(index, _)| index).collect());
        let mut peers: Vec<_> = likeliest.into_iter().filter(|peer| Some(*peer) != self.me).collect();
        let start = self.requests.next_peer;
        let in_turn = all.iter().cycle().skip(start % all.len().max(1)).take(all.len());
        for peer in in_turn {
            if peers.len() < PEERS_ASKED && !peers.contains(peer) {
                peers.push(*peer);
            }
        }
        self.requests.next_peer = start.wrapping_add(PEERS_ASKED);
        peers
    }

    /// SPECIFICATION 9.1: at a steady rate, everything that a peer may lack to leave this view or
    /// to finalize, and the question what we lack ourselves.
    pub(crate) fn repeat(&mut self) {
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
        let proposal = slot.and_then(|slot| slot.proposal.as_ref()).filter(|_| own_turn);
        let mut messages: Vec<_> = proposal.map(|held| proposal_message(held.signed.clone())).into_iter().collect();
        let votes = slot.into_iter().flat_map(|slot| slot.tally.of(me));
        messages.extend(votes.chain(self.last_finalize_vote(me)).map(|vote| Message::Vote(*vote)));
        for message in messages {
            self.broadcast(message);
        }
    }

    /// The own *finalize* vote of the highest earlier view that is not final.
    fn last_finalize_vote(&self, me: ValidatorIndex) -> Option<&SignedVote> {
        let open = self.chain.slots.range(self.chain.finalized_view().next()..self.view).rev();
        let is_finalize = |vote: &&SignedVote| matches!(vote.vote.kind, VoteKind::Finalize { .. });
        open.filter_map(|(_, slot)| slot.tally.of(me).find(is_finalize)).next()
    }

    /// What brings a peer here: the entry certificate and the highest finalization.
    pub(crate) fn position(&self) -> Vec<Certificate> {
        let entry = self.entry_certificate();
        let finalization = self.chain.highest_finalization();
        let entry = entry.filter(|entry| finalization.is_none_or(|held| held.vote.view < entry.vote.view));
        finalization.into_iter().chain(entry).cloned().collect()
    }

    /// The certificate by which the current view was entered.
    pub(crate) fn entry_certificate(&self) -> Option<&Certificate> {
        let before = View(self.view.0.saturating_sub(1));
        self.chain.slot(before).and_then(|slot| slot.end())
    }

    /// SPECIFICATION 9.2: a message of this view or an earlier one, while nothing is to do here and
    /// long after this view began, comes from somebody who is behind. (While there is something to
    /// do, [`Engine::repeat`] tells everybody.)
    pub(crate) fn help_voter(&mut self, peer: ValidatorIndex, view: View) {
        let settled = self.now.saturating_sub(self.pacing.entered_at) >= self.pacing.repeat_ms();
        if settled && !self.pacing.is_awake() && view <= self.view {
            self.help(peer, view);
        }
    }

    /// Sends the highest finalization and the certificates from a view on, once per period.
    fn help(&mut self, peer: ValidatorIndex, from: View) {
        let period = self.pacing.repeat_ms();
        if Some(peer) != self.me && self.requests.helped.entry(peer).or_default().is_due(self.now, period) {
            self.answer(peer, from);
        }
    }

    /// SPECIFICATION 9.3: a peer asked.
    pub(crate) fn answer_wanted(&mut self, peer: ValidatorIndex, from: View) {
        if self.validators.get(peer).is_some() && self.requests.may_answer(peer, self.now, self.pacing.repeat_ms()) {
            self.answer(peer, from);
        }
    }

    fn answer(&mut self, peer: ValidatorIndex, from: View) {
        let certificates = self.certificates_from(from);
        if !certificates.is_empty() {
            let message = Message::Response(Response::Certificates { certificates });
            self.ready.then.push(Action::Send { to: Recipient::One(peer), message });
        }
    }

    /// The highest finalization, then what is held from `from` on, ascending, bounded.
    fn certificates_from(&self, from: View) -> Vec<Certificate> {
        let highest = self.chain.highest_finalization();
        let low = from.max(self.chain.finalized_view().next());
        let held = self.chain.slots.range(low..).flat_map(|(_, slot)| slot.certificates());
        let held = held.filter(|certificate| Some(*certificate) != highest);
        let mut certificates: Vec<_> =
            highest.into_iter().chain(held).take(MAX_CERTIFICATES_PER_RESPONSE).cloned().collect();
        certificates.sort_by_key(|certificate| certificate.vote.view);
        certificates
    }

    /// SPECIFICATION 9.3: a peer said where it is. Unsigned, so it moves nothing but messages.
    pub(crate) fn compare_status(&mut self, peer: ValidatorIndex, status: &Status) {
        if self.validators.get(peer).is_none() {
            return;
        }
        let finalized = self.chain.finalized_view();
        if status.view < self.view || status.finalized_view < finalized {
            self.help(peer, status.view);
        }
        let ahead = status.view > self.view || status.finalized_view > finalized;
        if ahead && self.requests.asked_peer.entry(peer).or_default().is_due(self.now, self.pacing.repeat_ms()) {
            self.ask_for_certificates(self.view, vec![peer]);
        }
    }

    pub(crate) fn broadcast(&mut self, message: Message) {
        if self.me.is_some() {
            self.ready.then.push(Action::Send { to: Recipient::All, message });
        }
    }

    /// Sends an own proposal.
    pub(crate) fn broadcast_proposal(&mut self, proposal: SignedProposal) {
        self.broadcast(proposal_message(proposal));
    }
}

/// The replica adds proofs of availability, which this engine knows nothing of.
const fn proposal_message(proposal: SignedProposal) -> Message {
    Message::Proposal { proposal, proofs: Vec::new() }
}
