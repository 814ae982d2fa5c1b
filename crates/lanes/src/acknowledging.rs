//! What we say about how far we hold each lane. At most one acknowledgement per lane is with the
//! signer; whatever arrives meanwhile is covered by the next one. Only places on the line are ever
//! acknowledged.
//!
//! An acknowledgement goes to the lane's author, also to one that left the set with the epoch before:
//! it sends the next of its last batches when the ones before are acknowledged, and has until the end
//! of this epoch. Untold it would send but one burst per finalized block. It is *shared* with all if the batch is not final
//! after `share_ms`, or at once if we do not trust the author: so a lane that stands still becomes
//! proven for every leader, and a network in good order pays nothing for it.

use corridor_crypto::Verified;
use corridor_types::{
    Acknowledgement, Epoch, Message, ParticipantId, Sequence, SignRequest, SignedAcknowledgement, ValidatorIndex,
};

use crate::chain::Place;
use crate::config::{Limits, SHARE_WAIT_FACTOR};
use crate::lane::{Lane, is_current};
use crate::lanes::Lanes;
use crate::proofs::place_acknowledged;
use crate::{Action, Ready, Recipient};

type Signed = Verified<SignedAcknowledgement>;

/// One lane's acknowledgements of ours.
#[derive(Debug, Default)]
pub(crate) struct Acknowledging {
    with_signer: bool,
    last: Option<Signed>,
    milestone: Option<Signed>,
    share_at_ms: Option<u64>,
    share_wait_ms: u64,
}

impl Acknowledging {
    fn last_place(&self) -> Option<Place> {
        self.last.map(|last| place_acknowledged(&last.acknowledgement))
    }

    fn on_signed(&mut self, now_ms: u64, signed: Signed, limits: &Limits) {
        self.with_signer = false;
        self.last = Some(signed);
        if signed.acknowledgement.sequence.0.is_multiple_of(limits.milestone_every) {
            self.milestone = Some(signed);
        }
        self.share_wait_ms = limits.share_ms;
        let at_ms = now_ms.saturating_add(limits.share_ms);
        self.share_at_ms = Some(self.share_at_ms.map_or(at_ms, |planned_ms| planned_ms.min(at_ms)));
    }

    /// What to share now: the newest milestone and the newest place, as long as they are not final.
    fn take_due(&mut self, now_ms: u64, finalized: Sequence, limits: &Limits) -> Vec<SignedAcknowledgement> {
        if self.share_at_ms.is_none_or(|at_ms| at_ms > now_ms) {
            return Vec::new();
        }
        self.share_at_ms = Some(now_ms.saturating_add(self.share_wait_ms));
        self.share_wait_ms = (2 * self.share_wait_ms).min(SHARE_WAIT_FACTOR * limits.share_ms);
        let milestone = self.milestone.filter(|it| self.last.is_some_and(|last| it.get() != last.get()));
        let known = [milestone, self.last].into_iter().flatten().map(Verified::into_inner);
        known.filter(|it| it.acknowledgement.sequence > finalized).collect()
    }

    /// Nothing up to here needs to be shared any more.
    pub fn on_finalized(&mut self, finalized: Sequence) {
        if self.last.is_none_or(|last| last.acknowledgement.sequence <= finalized) {
            self.share_at_ms = None;
        }
    }

    /// When something is to be shared.
    pub const fn next_deadline(&self) -> Option<u64> {
        self.share_at_ms
    }
}

impl Lane {
    /// What to acknowledge next: a milestone that we passed, else the end of the line. It was signed
    /// in an epoch whose batches may still be ordered.
    fn next_to_acknowledge(&self, epoch: Epoch, milestone_every: u64) -> Option<Place> {
        let (tip, last) = (self.chain.tip(), self.acknowledging.last_place());
        if self.acknowledging.with_signer || tip == Place::START || last == Some(tip) {
            return None;
        }
        let milestone = Sequence(tip.sequence.0 - tip.sequence.0 % milestone_every);
        let passed = last.is_none_or(|last| milestone > last.sequence);
        let current = |place: &Place| self.chain.epoch_of(place).is_none_or(|signed| is_current(signed, epoch));
        let milestone = self.chain.line_at(milestone).filter(|place| passed && current(place));
        milestone.or_else(|| Some(tip).filter(current))
    }
}

impl Lanes {
    /// Asks for an acknowledgement of a lane's tip, unless that was acknowledged or one is on its
    /// way. The batches up to the tip are durable before the signer sees it.
    pub(crate) fn acknowledge(&mut self, lane: ParticipantId, ready: &mut Ready) {
        let (epoch, every) = (self.config.validators.epoch(), self.config.limits.milestone_every);
        let Some(state) = self.lanes.get_mut(&lane).filter(|_| self.config.me.is_some()) else { return };
        if let Some(Place { sequence, digest }) = state.next_to_acknowledge(epoch, every) {
            state.acknowledging.with_signer = true;
            ready.sign.push(SignRequest::Acknowledgement(Acknowledgement { epoch, lane, sequence, digest }));
        }
    }

    pub(crate) fn on_acknowledgement_signed(&mut self, now_ms: u64, signed: Signed, ready: &mut Ready) {
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
        let last = self.lanes.get(&lane).and_then(|state| state.acknowledging.last);
        if let Some(last) = last.filter(|_| !ours && self.is_author(lane)) {
            ready.send(Recipient::Author(lane), Message::Acknowledgement(last.into_inner()));
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
