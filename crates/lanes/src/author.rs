//! Our own lane: closing a batch, keeping its draft, and turning the signed header into a batch.
//! Never asks for a signature over a header whose payload is not being made durable in the same
//! step, and never for a second header while the first is with the signer.

use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{Digest, Signature, Verified};
use corridor_types::limits::MAX_BATCH_BYTES;
use corridor_types::persist::{Draft, Write};
use corridor_types::{
    Batch, BatchHeader, Epoch, IdentifiedTransaction, ParticipantId, SignRequest, ValidatorIndex, ValidatorSet,
    VerifiedBatch,
};

use crate::chain::{Chain, Place};
use crate::config::{Config, Limits};
use crate::delivery::{Delivery, Reach};
use crate::pending::Pending;
use crate::{Action, Ready, ResumeError};

/// A draft whose header is with the signer, or about to be.
#[derive(Debug)]
struct InFlight {
    draft: Draft,
    /// Absent after a restart: then the payload is decoded again.
    transactions: Option<Vec<Verified<IdentifiedTransaction>>>,
    asked: bool,
}

/// The writer of one lane.
#[derive(Debug)]
pub(crate) struct Author {
    /// `None` once our validator left the set: then only a draft that was kept is still completed.
    pub me: Option<ValidatorIndex>,
    pub lane: ParticipantId,
    pub pending: Pending,
    pub delivery: Delivery,
    in_flight: Option<InFlight>,
    closed_ms: Option<u64>,
}

impl Author {
    /// The author of a lane with nothing in flight.
    pub fn new(config: &Config, lane: ParticipantId) -> Self {
        let delivery = Delivery::new(&config.validators, config.me);
        Self { me: config.me, lane, pending: Pending::default(), delivery, in_flight: None, closed_ms: None }
    }

    /// Goes on from `draft` unless that has become a batch.
    pub fn resume(mut self, chain_tip: Place, draft: Option<Draft>) -> Result<Self, ResumeError> {
        let unfinished = |draft: &Draft| draft.header.lane == self.lane && draft.header.sequence > chain_tip.sequence;
        let draft = draft.filter(unfinished);
        if let Some(draft) = &draft {
            check_draft(draft, chain_tip)?;
        }
        self.in_flight = draft.map(|draft| InFlight { draft, transactions: None, asked: false });
        Ok(self)
    }

    /// An epoch began in which our position is `config.me`. Returns transactions that will not be in
    /// any batch since we left the set.
    pub fn on_epoch(&mut self, config: &Config) -> Vec<Digest> {
        self.me = config.me;
        self.delivery = Delivery::new(&config.validators, self.me);
        if self.me.is_some() { Vec::new() } else { self.pending.clear() }
    }

    /// What is left when the author stops: the draft that lacks its signature, and what is in no batch.
    pub fn retire(mut self) -> (Option<Draft>, Vec<Digest>) {
        (self.in_flight.map(|it| it.draft), self.pending.clear())
    }

    /// How far our lane reaches.
    pub fn reach(&self, chain: &Chain) -> Reach {
        Reach { finalized: chain.finalized().sequence, tip: chain.tip().sequence }
    }

    /// When the next header can be given to the signer; a moment in the past means now, and none
    /// that something else must happen first.
    pub fn next_close_ms(&self, chain: &Chain, validators: &ValidatorSet, limits: &Limits) -> Option<u64> {
        if let Some(in_flight) = &self.in_flight {
            return (!in_flight.asked).then_some(0);
        }
        let oldest_ms = self.pending.oldest_ms()?;
        if !self.has_window(chain, limits, false) {
            return None;
        }
        if self.pending.fills(limits.batch_target_bytes) {
            return Some(oldest_ms);
        }
        let idle = self.delivery.is_held_by_quorum(validators, self.me, self.reach(chain));
        let wait_ms = if idle { 0 } else { limits.batch_delay_ms };
        let paced_ms = self.closed_ms.map_or(0, |closed_ms| closed_ms.saturating_add(limits.batch_gap_ms));
        Some(oldest_ms.saturating_add(wait_ms).max(paced_ms))
    }

    /// True if a header can be given to the signer now, if only to carry what is below it. Without that
    /// nothing of the lane is ordered any more, so all of the window may be used.
    pub fn may_carry(&self, chain: &Chain, limits: &Limits) -> bool {
        self.in_flight.is_none() && self.has_window(chain, limits, true)
    }

    fn has_window(&self, chain: &Chain, limits: &Limits, is_pressing: bool) -> bool {
        let ahead = chain.tip().sequence.0.saturating_sub(chain.finalized().sequence.0);
        let bytes = chain.bytes().saturating_add(self.pending.next_batch_bytes(limits.batch_target_bytes));
        // The last batch of the window is kept for what is urgent.
        let (kept, kept_bytes) = match is_pressing || self.pending.has_urgent() {
            true => (0, 0),
            false => (limits.window_batches.min(2) - 1, MAX_BATCH_BYTES.min(limits.window_bytes - MAX_BATCH_BYTES)),
        };
        ahead + kept < limits.window_batches && bytes + kept_bytes <= limits.window_bytes
    }

    /// Closes a batch after `tip`: keeps its draft and asks for its signature. After a restart, asks
    /// again for the one that was kept.
    pub fn close(&mut self, now_ms: u64, tip: Place, epoch: Epoch, limits: &Limits, ready: &mut Ready) {
        if let Some(in_flight) = &mut self.in_flight {
            in_flight.asked = true;
            return ready.sign.push(SignRequest::Batch(in_flight.draft.header));
        }
        let taken = self.pending.take_batch(limits.batch_target_bytes);
        let (header, payload) = VerifiedBatch::assemble(epoch, self.lane, tip.sequence.next(), tip.digest, &taken)
            .expect("take_batch stays within a batch's limits, since batch_target_bytes is clamped");
        let draft = Draft { header, payload };
        if !planted::is(Bug::DraftNotKept) {
            ready.persist.push(Write::Draft(draft.clone()));
        }
        ready.sign.push(SignRequest::Batch(header));
        ready.then.push(Action::Accepted { ids: taken.iter().map(|item| item.id).collect::<Vec<Digest>>() });
        self.in_flight = Some(InFlight { draft, transactions: Some(taken), asked: true });
        self.closed_ms = Some(now_ms);
    }

    /// The batch that a signed header completes; `None` if it is not the one that was asked for.
    pub fn complete(&mut self, header: BatchHeader, signature: Signature) -> Option<VerifiedBatch> {
        let InFlight { draft, transactions, .. } = self.in_flight.take_if(|it| it.draft.header == header)?;
        let payload = draft.payload;
        match transactions {
            Some(list) => Some(VerifiedBatch::from_own(header, signature, payload, list)),
            None => VerifiedBatch::decode_trusted(Batch { header, signature, payload }).ok(),
        }
    }

    /// Forgets a draft that no longer follows `tip`, which only happens when others hold batches of
    /// ours that our disk has lost.
    pub fn drop_stale_draft(&mut self, tip: Place) {
        self.in_flight.take_if(|it| it.draft.header.previous != tip.digest);
    }
}

fn check_draft(draft: &Draft, tip: Place) -> Result<(), ResumeError> {
    let header = draft.header;
    let sequence = header.sequence;
    if sequence != tip.sequence.next() || header.previous != tip.digest {
        return Err(ResumeError::DetachedDraft { sequence, tip: tip.sequence });
    }
    let unsigned = Batch { header, signature: Signature([0; 64]), payload: draft.payload.clone() };
    VerifiedBatch::decode_trusted(unsigned).map_err(|source| ResumeError::DamagedDraft { sequence, source })?;
    Ok(())
}
