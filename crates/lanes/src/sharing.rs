//! What we say about how far we hold each lane, and to whom. Only places on the line are ever
//! acknowledged.
//!
//! An acknowledgement goes to the lane's author, also to one that left the set with the epoch before:
//! it sends the next of its last batches when the ones before are acknowledged, and has until the end
//! of this epoch. Untold it would send but one burst per finalized block. It is *shared* with all if the batch is
//! not final after `share_ms`, or at once if we do not trust the author: so a lane that stands still becomes
//! proven for every leader, and a network in good order pays nothing for it.

use corridor_crypto::Verified;
use corridor_types::{
    Acknowledgement, Message, ParticipantId, Sequence, SignRequest, SignedAcknowledgement, ValidatorIndex,
};

use crate::chain::Place;
use crate::lane::Lane;
use crate::lanes::Lanes;
use crate::{Action, Ready, Recipient};

impl Lanes {
    /// Asks for an acknowledgement of a lane's tip, unless that was acknowledged or one is on its
    /// way. The batches up to the tip are durable before the signer sees it.
    pub(crate) fn acknowledge(&mut self, lane: ParticipantId, ready: &mut Ready) {
        let (epoch, every) = (self.config.validators.epoch(), self.config.limits.milestone_every);
        let Some(state) = self.lanes.get_mut(&lane).filter(|_| self.config.me.is_some()) else { return };
        if let Some(Place { sequence, digest }) = state.next_to_acknowledge(epoch, every) {
            state.acknowledging.ask_signer();
            ready.sign.push(SignRequest::Acknowledgement(Acknowledgement { epoch, lane, sequence, digest }));
        }
    }

    pub(crate) fn on_acknowledgement_signed(
        &mut self,
        now_ms: u64,
        signed: Verified<SignedAcknowledgement>,
        ready: &mut Ready,
    ) {
        let body = signed.acknowledgement;
        let Some(state) = self.lanes.get_mut(&body.lane) else { return };
        if body.epoch != self.config.validators.epoch() {
            return;
        }
        state.acknowledging.on_signed(now_ms, signed, &self.config.limits);
        state.acknowledging.on_finalized(state.chain.finalized().sequence);
        let trusted = state.standing.is_trusted();
        if !trusted {
            ready.send(Recipient::All, Message::Acknowledgement(signed.into_inner()));
        }
        // All are the validators of this epoch.
        if trusted || self.config.validators.index_of(body.lane).is_none() {
            self.send_last(body.lane, ready);
        }
        self.count(signed.get(), ready);
        self.acknowledge(body.lane, ready);
    }

    /// Tells a lane's author again what it seems not to know: it sent something that we hold.
    pub(crate) fn repeat_acknowledgement(&mut self, lane: ParticipantId, ready: &mut Ready) {
        self.send_last(lane, ready);
        self.acknowledge(lane, ready);
    }

    fn send_last(&self, lane: ParticipantId, ready: &mut Ready) {
        let ours = self.author.as_ref().is_some_and(|author| author.lane == lane);
        let last = self.lanes.get(&lane).and_then(|state| state.acknowledging.last());
        if let Some(last) = last.filter(|_| !ours && self.is_author(lane)) {
            ready.send(Recipient::Author(lane), Message::Acknowledgement(last));
        }
    }

    /// Shares what is not final although it should be by now.
    pub(crate) fn share(&mut self, now_ms: u64, ready: &mut Ready) {
        for Lane { chain, acknowledging, .. } in self.lanes.values_mut() {
            let due = acknowledging.take_due(now_ms, chain.finalized().sequence, &self.config.limits);
            due.into_iter().for_each(|signed| ready.send(Recipient::All, Message::Acknowledgement(signed)));
        }
    }

    /// Counts an acknowledgement of this epoch, ours or another's.
    pub(crate) fn count(&mut self, signed: &SignedAcknowledgement, ready: &mut Ready) {
        let (body, limits) = (signed.acknowledgement, &self.config.limits);
        let Some(Lane { chain, proofs, .. }) = self.lanes.get_mut(&body.lane) else { return };
        let ahead = body.sequence.0.saturating_sub(chain.finalized().sequence.0);
        let counts = (1..=limits.window_batches).contains(&ahead) && body.epoch == self.config.validators.epoch();
        if counts && proofs.count(signed, &self.config.validators, limits.milestone_every) {
            ready.then.push(Action::Available);
        }
    }

    /// A peer had to ask us for a batch of a lane.
    pub(crate) fn on_asked(&mut self, now_ms: u64, from: ValidatorIndex, lane: ParticipantId, sequence: Sequence) {
        let Some(Lane { chain, standing, .. }) = self.lanes.get_mut(&lane) else { return };
        if chain.line_at(sequence).is_some() {
            standing.on_late(now_ms, from, self.config.me, &self.config.validators, &self.config.limits);
        }
    }
}
