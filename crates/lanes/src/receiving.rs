//! What happens to each input: admission into our lane, arrival of batches, acknowledgements and
//! proofs, finality. Every batch that is kept passes [`Lanes::may_hold`].

use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{Signature, Verified};
use corridor_types::persist::Write;
use corridor_types::{
    AvailabilityProof, BatchHeader, Evidence, IdentifiedTransaction, ParticipantId, SignedAcknowledgement,
    SignedHeader, Tip, ValidatorIndex, VerifiedBatch,
};

use crate::chain::{Chain, Place, place_before, place_of, size_of};
use crate::lane::{Lane, is_current};
use crate::lanes::{Lanes, message_of};
use crate::proofs::place_acknowledged;
use crate::wants::{Need, Source};
use crate::{Action, Ready, Recipient, Refusal};

impl Lanes {
    pub(crate) fn on_submit(
        &mut self,
        now_ms: u64,
        transactions: Vec<Verified<IdentifiedTransaction>>,
        ready: &mut Ready,
    ) {
        let max_bytes = self.limits().pending_max_bytes;
        for transaction in transactions {
            let id = transaction.id;
            let taken = match self.author.as_mut().filter(|author| author.me.is_some()) {
                Some(author) => author.pending.push(now_ms, transaction, max_bytes),
                None => Err(Refusal::NoLane),
            };
            if let Err(reason) = taken {
                ready.then.push(Action::Refused { id, reason });
            }
        }
    }

    pub(crate) fn on_batch(
        &mut self,
        now_ms: u64,
        from: Option<ParticipantId>,
        batch: VerifiedBatch,
        ready: &mut Ready,
    ) {
        let (lane, place) = (batch.header().lane, place_of(&batch));
        let Some(Lane { chain, .. }) = self.lanes.get(&lane) else { return };
        let known = place.sequence <= chain.finalized().sequence || chain.contains(&place);
        if known {
            if from == Some(lane) {
                self.repeat_acknowledgement(lane, ready);
                // What is missing below may have been asked for in vain and forgotten.
                self.want_gap(now_ms, lane, Source::UNKNOWN);
            }
            return;
        }
        let (holds, joins) = (self.may_hold(chain, lane, &batch), chain.can_join(&batch));
        let for_execution = self.wants.need(&(lane, place)) == Some(Need::Execution);
        let wanted = self.wants.remove(&(lane, place));
        self.report_twin(lane, &batch, ready);
        if holds {
            let (before, source) = (place_before(&batch), wanted.unwrap_or(Source::UNKNOWN));
            self.hold(now_ms, lane, batch, source, ready);
            if for_execution {
                self.want_below(now_ms, lane, before, source);
            }
        } else if let Some(source) = wanted.filter(|_| !joins) {
            self.want_fork(now_ms, lane, place_before(&batch), source);
        }
    }

    /// What a batch of a finalized block builds on is final, too.
    fn want_below(&mut self, now_ms: u64, lane: ParticipantId, before: Place, source: Source) {
        let Some(Lane { chain, .. }) = self.lanes.get(&lane) else { return };
        if before.sequence > chain.finalized().sequence && !chain.contains(&before) {
            self.wants.add((lane, before), Need::Execution, source, now_ms, &self.config.limits);
        }
    }

    /// A proposal named a batch that forks off our line: below it is the author's lie, which we want
    /// to prove.
    fn want_fork(&mut self, now_ms: u64, lane: ParticipantId, before: Place, source: Source) {
        let Some(Lane { chain, .. }) = self.lanes.get(&lane) else { return };
        if before.sequence > chain.finalized().sequence && !chain.contains(&before) {
            self.wants.add((lane, before), Need::Tentative, source, now_ms, &self.config.limits);
        }
    }

    /// Batches wanted for execution are always held. All others only if they can join the line and
    /// nothing else can in their place, for a vote up to twice the window's bytes, and unasked only
    /// within the window, of other authors. What was heard of is as if unasked, and may be ours: lost by
    /// our disk, while others stand by it. What is too old to be ordered by itself only below a batch that
    /// is held: the key of its epoch may have been rotated away since, and whoever has it must not fill the
    /// place of the lane's next batch, or its window.
    fn may_hold(&self, chain: &Chain, lane: ParticipantId, batch: &VerifiedBatch) -> bool {
        let (limits, header) = (self.limits(), batch.header());
        let need = self.wants.need(&(lane, place_of(batch)));
        if need == Some(Need::Execution) {
            return true;
        }
        let bytes = chain.bytes().saturating_add(size_of(batch));
        let epoch = self.config.validators.epoch();
        let stands = is_current(header.epoch, epoch) || chain.is_named(&place_of(batch));
        let joins = header.epoch <= epoch && stands && chain.has_place_for(batch);
        if need == Some(Need::Tentative) {
            return joins && bytes <= limits.window_bytes.saturating_mul(2);
        }
        let ahead = header.sequence.0.saturating_sub(chain.finalized().sequence.0);
        let own = self.author.as_ref().is_some_and(|author| author.lane == lane);
        joins
            && (!own || need == Some(Need::Heard))
            && self.is_author(lane)
            && ahead <= limits.window_batches
            && bytes <= limits.window_bytes
    }

    /// Keeps a batch and draws the consequences: acknowledgement, or a fetch of what is missing
    /// below it, whence it came.
    fn hold(&mut self, now_ms: u64, lane: ParticipantId, batch: VerifiedBatch, source: Source, ready: &mut Ready) {
        let Some(Lane { chain, .. }) = self.lanes.get_mut(&lane) else { return };
        if !planted::is(Bug::AcknowledgesUnstored) {
            ready.persist.push(Write::Batch(batch.batch().clone()));
        }
        ready.then.push(Action::Available);
        chain.insert(batch);
        let tip = chain.tip();
        if let Some(author) = self.author.as_mut().filter(|author| author.lane == lane) {
            author.drop_stale_draft(tip);
        }
        self.want_gap(now_ms, lane, source);
        self.acknowledge(lane, ready);
    }

    /// Reports the first batch of an epoch that contradicts one that we hold.
    fn report_twin(&mut self, lane: ParticipantId, batch: &VerifiedBatch, ready: &mut Ready) {
        let Some(Lane { chain, standing, .. }) = self.lanes.get_mut(&lane) else { return };
        let mut twins = chain.at(batch.header().sequence);
        let Some(twin) = twins.next().filter(|_| !standing.has_lied()) else { return };
        standing.on_lie(place_of(twin));
        let (first, second) = (signed_header(twin), signed_header(batch));
        let evidence = Evidence::ConflictingBatches { first, second };
        let report = if evidence.epoch().is_some() {
            Action::Evidence(evidence)
        } else {
            Action::Equivocation { lane, first, second }
        };
        ready.then.push(report);
    }

    fn want_gap(&mut self, now_ms: u64, lane: ParticipantId, source: Source) {
        if let Some(gap) = self.lanes.get(&lane).and_then(|state| state.chain.gap()) {
            self.wants.add((lane, gap), Need::Tentative, source, now_ms, &self.config.limits);
        }
    }

    /// Our own batch is signed: keep it, then send it to all.
    pub(crate) fn on_own(&mut self, now_ms: u64, header: BatchHeader, signature: Signature, ready: &mut Ready) {
        let Some(author) = &mut self.author else { return };
        let Some(Lane { chain, .. }) = self.lanes.get_mut(&author.lane) else { return };
        let Some(batch) = author.complete(header, signature) else { return };
        let lane = author.lane;
        ready.persist.push(Write::Batch(batch.batch().clone()));
        ready.send(Recipient::All, message_of(&batch));
        ready.then.push(Action::Available);
        chain.insert(batch);
        author.delivery.on_streamed(now_ms, &self.config.limits);
        self.acknowledge(lane, ready);
    }

    pub(crate) fn on_acknowledgement(
        &mut self,
        now_ms: u64,
        signed: &Verified<SignedAcknowledgement>,
        ready: &mut Ready,
    ) {
        self.count(signed.get(), ready);
        if signed.acknowledgement.epoch == self.config.validators.epoch() {
            let (lane, place) = (signed.acknowledgement.lane, place_acknowledged(&signed.acknowledgement));
            self.on_named(now_ms, signed.voter, lane, place);
        }
        let Some(author) = &mut self.author else { return };
        let Some(Lane { chain, .. }) = self.lanes.get(&author.lane) else { return };
        let body = signed.acknowledgement;
        if body.lane != author.lane || body.epoch != self.config.validators.epoch() {
            return;
        }
        let place = place_acknowledged(&body);
        let ours = place.sequence <= chain.finalized().sequence || chain.contains(&place);
        if ours {
            let reach = author.reach(chain);
            author.delivery.on_acknowledged(now_ms, signed.voter, place.sequence, reach, &self.config.limits);
        }
    }

    /// Another holds more of a lane than we do. We learn that only of lanes that stand still (see
    /// `acknowledging`), or of our own, of which others hold more only if our disk lost it or a copy of us
    /// wrote it. If the author does not send the rest, because it is gone or lost it, its peers hold it to
    /// different places for ever, none with a quorum behind it, and what they all hold is never proven. So
    /// it is fetched.
    pub(crate) fn on_named(&mut self, now_ms: u64, from: ValidatorIndex, lane: ParticipantId, place: Place) {
        let Some(Lane { chain, .. }) = self.lanes.get(&lane) else { return };
        let ahead = place.sequence.0.saturating_sub(chain.finalized().sequence.0);
        let lacks = place.sequence > chain.tip().sequence && !chain.contains(&place);
        if lacks && ahead <= self.limits().window_batches && Some(from) != self.config.me && self.is_author(lane) {
            self.wants.hear((lane, place), from, now_ms, &self.config.limits);
        }
    }

    pub(crate) fn on_proof(&mut self, proof: Verified<AvailabilityProof>, ready: &mut Ready) {
        let body = proof.acknowledgement;
        let Some(Lane { chain, proofs, .. }) = self.lanes.get_mut(&body.lane) else { return };
        let matters = body.sequence > chain.finalized().sequence && body.epoch == self.config.validators.epoch();
        if matters && proofs.insert(proof.into_inner()) {
            ready.then.push(Action::Available);
        }
    }

    pub(crate) fn on_finalized(&mut self, now_ms: u64, cut: &[Tip], ready: &mut Ready) {
        for tip in cut {
            let state = self.lanes.entry(tip.lane).or_insert_with(|| Lane::new(Place::START));
            let Lane { chain, acknowledging, proofs, standing } = state;
            let before = chain.tip();
            if !chain.finalize(Place::of_tip(tip)) {
                continue;
            }
            proofs.forget_up_to(tip.sequence);
            acknowledging.on_finalized(tip.sequence);
            let (reached, more_is_held) = (chain.tip(), chain.tip() != chain.finalized());
            if !chain.is_ours(&before) {
                standing.forget_reached();
            }
            self.wants.forget_up_to(tip.lane, tip.sequence);
            self.want_gap(now_ms, tip.lane, Source::UNKNOWN);
            if let Some(author) = self.author.as_mut().filter(|author| author.lane == tip.lane) {
                author.drop_stale_draft(reached);
            }
            if more_is_held && reached != before {
                ready.then.push(Action::Available);
                self.acknowledge(tip.lane, ready);
            }
        }
    }
}

fn signed_header(batch: &VerifiedBatch) -> SignedHeader {
    SignedHeader { header: *batch.header(), signature: batch.batch().signature }
}
