//! One lane's acknowledgements of ours: which is with the signer, which were given, and when they are shared.
//! At most one is with the signer; whatever arrives meanwhile is covered by the next one. Which place is
//! acknowledged and who is told is decided elsewhere ([`crate::lane`], [`crate::sharing`]).

use corridor_crypto::Verified;
use corridor_types::{Sequence, SignedAcknowledgement};

use crate::chain::Place;
use crate::config::{Limits, SHARE_WAIT_FACTOR};
use crate::proofs::place_acknowledged;

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
    /// The newest place that we acknowledged in this epoch.
    pub fn last_place(&self) -> Option<Place> {
        self.last.map(|last| place_acknowledged(&last.acknowledgement))
    }

    /// Our newest acknowledgement.
    pub fn last(&self) -> Option<SignedAcknowledgement> {
        self.last.map(Verified::into_inner)
    }

    /// True while one is with the signer.
    pub const fn is_with_signer(&self) -> bool {
        self.with_signer
    }

    /// The signer is asked for the next one.
    pub const fn ask_signer(&mut self) {
        self.with_signer = true;
    }

    /// The signer gave it back.
    pub fn on_signed(&mut self, now_ms: u64, signed: Signed, limits: &Limits) {
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
    pub fn take_due(&mut self, now_ms: u64, finalized: Sequence, limits: &Limits) -> Vec<SignedAcknowledgement> {
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
