//! Helping who is behind, and comparing ourselves with who is ahead (SPECIFICATION, sections 9.2 and 9.3).

use corridor_types::limits::MAX_CERTIFICATES_PER_RESPONSE;
use corridor_types::{Certificate, Message, Response, Status, ValidatorIndex, View};

use crate::engine::Engine;
use crate::interface::{Action, Recipient};

impl Engine {
    /// SPECIFICATION 9.2: a message of this view or an earlier one, while nothing is to do here and
    /// long after this view began, comes from somebody who is behind. (While there is something to
    /// do, [`Engine::repeat`] tells everybody.)
    pub(super) fn help_voter(&mut self, peer: ValidatorIndex, view: View) {
        if self.pacing.is_settled(self.now) && !self.pacing.is_awake() && view <= self.view {
            self.help(peer, view);
        }
    }

    /// Sends the highest finalization and the certificates from a view on, once per period.
    fn help(&mut self, peer: ValidatorIndex, from: View) {
        let period = self.pacing.repeat_ms();
        if Some(peer) != self.me && self.requests.may_help(peer, self.now, period) {
            self.answer(peer, from);
        }
    }

    /// SPECIFICATION 9.3: a peer asked.
    pub(super) fn on_wanted(&mut self, peer: ValidatorIndex, from: View) {
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
        let held = self.chain.open_from(from).flat_map(|(_, slot)| slot.certificates());
        let held = held.filter(|certificate| Some(*certificate) != highest);
        let mut certificates: Vec<_> =
            highest.into_iter().chain(held).take(MAX_CERTIFICATES_PER_RESPONSE).cloned().collect();
        certificates.sort_by_key(|certificate| certificate.vote.view);
        certificates
    }

    /// SPECIFICATION 9.3: a peer said where it is. Unsigned, so it moves nothing but messages.
    pub(super) fn on_peer_status(&mut self, peer: ValidatorIndex, status: &Status) {
        if self.validators.get(peer).is_none() {
            return;
        }
        let finalized = self.chain.finalized_view();
        if status.view < self.view || status.finalized_view < finalized {
            self.help(peer, status.view);
        }
        let ahead = status.view > self.view || status.finalized_view > finalized;
        if ahead && self.requests.may_ask_peer(peer, self.now, self.pacing.repeat_ms()) {
            self.ask_for_certificates(self.view, vec![peer]);
        }
    }
}
