//! Asking for what is missing (SPECIFICATION, section 9.4). How often is limited by [`crate::requests`].

use corridor_types::{ValidatorIndex, View};

use crate::chain::Place;
use crate::engine::Engine;
use crate::interface::Action;

impl Engine {
    /// Peers other than this validator.
    pub(super) fn without_me(&self, mut peers: Vec<ValidatorIndex>) -> Vec<ValidatorIndex> {
        peers.retain(|peer| Some(*peer) != self.me);
        peers
    }

    /// Asks for a body, at once and then at the repetition rate.
    pub(super) fn need_block(&mut self, place: Place) {
        if self.requests.may_ask_block(place.digest, self.now, self.pacing.repeat_ms()) {
            let holders = self.without_me(self.chain.holders(place));
            self.ready.then.push(Action::FetchBlock { digest: place.digest, holders });
        }
    }

    /// Asks for certificates, at once when the gap changed and then at the repetition rate.
    pub(super) fn need_certificates(&mut self, from_view: View, likeliest: Option<ValidatorIndex>) {
        if self.requests.may_ask_certificates(from_view, self.now, self.pacing.repeat_ms()) {
            let peers = self.some_peers(likeliest);
            self.ask_for_certificates(from_view, peers);
        }
    }

    /// Asks these peers for certificates from a view on.
    pub(super) fn ask_for_certificates(&mut self, from_view: View, peers: Vec<ValidatorIndex>) {
        if !peers.is_empty() {
            self.ready.then.push(Action::FetchCertificates { from_view, peers });
        }
    }

    /// The likeliest peer, then others in turn.
    pub(super) fn some_peers(&mut self, likeliest: Option<ValidatorIndex>) -> Vec<ValidatorIndex> {
        let all = self.without_me(self.validators.iter().map(|(index, _)| index).collect());
        self.requests.choose(&all, likeliest.filter(|peer| Some(*peer) != self.me))
    }
}
