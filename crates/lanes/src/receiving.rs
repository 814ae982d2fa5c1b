//! What happens to each input: admission into our lane, arrival of batches and acknowledgements,
//! finality. Every batch that is kept passes [`Lanes::may_hold`].

use corridor_crypto::{Signature, Verified};
use corridor_types::persist::Write;
use corridor_types::{
    BatchHeader, IdentifiedTransaction, ParticipantId, SignedAcknowledgement, Tip, ValidatorIndex, VerifiedBatch,
};

use crate::chain::{Chain, Place, place_of, size_of};
use crate::config::MAX_VARIANTS;
use crate::lanes::{Lanes, message_of};
use crate::wants::Need;
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
            let taken = match &mut self.author {
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
        from: Option<ValidatorIndex>,
        batch: VerifiedBatch,
        ready: &mut Ready,
    ) {
        let (lane, place) = (batch.header().lane, place_of(&batch));
        let Some(chain) = self.chains.get(&lane) else { return };
        let known = place.sequence <= chain.finalized().sequence || chain.contains(&place);
        if known {
            let is_author = from.is_some() && from == self.config.validators.index_of(lane);
            if is_author {
                self.repeat_acknowledgement(lane, ready);
            }
        } else if self.may_hold(chain, lane, &batch) {
            self.hold(now_ms, lane, batch, ready);
        }
    }

    /// Wanted batches are held: for execution always, for a vote up to twice the window. Others
    /// only within the window, of other authors, and at most [`MAX_VARIANTS`] at one position.
    fn may_hold(&self, chain: &Chain, lane: ParticipantId, batch: &VerifiedBatch) -> bool {
        let limits = self.limits();
        let bytes = chain.bytes().saturating_add(size_of(batch));
        match self.wants.need(&(lane, place_of(batch))) {
            Some(Need::Execution) => true,
            Some(Need::Tentative) => bytes <= limits.window_bytes.saturating_mul(2),
            None => {
                let sequence = batch.header().sequence;
                let ahead = sequence.0.saturating_sub(chain.finalized().sequence.0);
                let own = self.author.as_ref().is_some_and(|author| author.lane == lane);
                !own && ahead <= limits.window_batches
                    && bytes <= limits.window_bytes
                    && chain.at(sequence).count() < MAX_VARIANTS
            }
        }
    }

    /// Keeps a batch and draws the consequences: acknowledgement, or a fetch of what is missing
    /// below it.
    fn hold(&mut self, now_ms: u64, lane: ParticipantId, batch: VerifiedBatch, ready: &mut Ready) {
        let Some(chain) = self.chains.get_mut(&lane) else { return };
        ready.persist.push(Write::Batch(batch.batch().clone()));
        self.wants.remove(&(lane, place_of(&batch)));
        ready.then.extend(equivocation(chain, &batch));
        ready.then.push(Action::Available);
        chain.insert(batch);
        self.want_gap(now_ms, lane);
        self.acknowledge(lane, ready);
    }

    fn want_gap(&mut self, now_ms: u64, lane: ParticipantId) {
        if let Some(gap) = self.chains.get(&lane).and_then(Chain::gap) {
            self.wants.add((lane, gap), Need::Tentative, now_ms, &self.config.limits);
        }
    }

    /// Our own batch is signed: keep it, then send it to all.
    pub(crate) fn on_own(&mut self, now_ms: u64, header: BatchHeader, signature: Signature, ready: &mut Ready) {
        let Some(author) = &mut self.author else { return };
        let Some(chain) = self.chains.get_mut(&author.lane) else { return };
        let Some(batch) = author.complete(header, signature) else { return };
        ready.persist.push(Write::Batch(batch.batch().clone()));
        ready.send(Recipient::All, message_of(&batch));
        ready.then.push(Action::Available);
        chain.insert(batch);
        author.delivery.on_streamed(now_ms, &self.config.limits);
    }

    pub(crate) fn on_acknowledgement(&mut self, now_ms: u64, signed: &Verified<SignedAcknowledgement>) {
        let Some(author) = &mut self.author else { return };
        let Some(chain) = self.chains.get(&author.lane) else { return };
        let body = signed.acknowledgement;
        if body.lane != author.lane || body.epoch != self.config.validators.epoch() {
            return;
        }
        let place = Place { sequence: body.sequence, digest: body.digest };
        let ours = place.sequence <= chain.finalized().sequence || chain.contains(&place);
        if ours {
            let reach = author.reach(chain);
            author.delivery.on_acknowledged(now_ms, signed.voter, place.sequence, reach, &self.config.limits);
        }
    }

    pub(crate) fn on_finalized(&mut self, now_ms: u64, cut: &[Tip], ready: &mut Ready) {
        for tip in cut {
            let Some(chain) = self.chains.get_mut(&tip.lane) else { continue };
            if !chain.finalize(Place::of_tip(tip)) {
                continue;
            }
            let (reached, more_is_held) = (chain.tip(), chain.tip() != chain.finalized());
            self.wants.forget_up_to(tip.lane, tip.sequence);
            self.want_gap(now_ms, tip.lane);
            if let Some(author) = self.author.as_mut().filter(|author| author.lane == tip.lane) {
                author.drop_stale_draft(reached);
            }
            if more_is_held {
                ready.then.push(Action::Available);
                self.acknowledge(tip.lane, ready);
            }
        }
    }
}

/// The report of a second batch at one position of a lane, before it is inserted.
fn equivocation(chain: &Chain, batch: &VerifiedBatch) -> Option<Action> {
    let mut twins = chain.at(batch.header().sequence);
    let first = twins.next()?.batch().clone();
    let report = Action::Equivocation { lane: batch.header().lane, first, second: batch.batch().clone() };
    twins.next().is_none().then_some(report)
}
