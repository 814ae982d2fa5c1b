//! Whether an author is trusted: whether a leader offers its newest batches before they are proven.
//!
//! Trust is local and decides only what a leader offers, never what a validator accepts. An author
//! is trusted until one of these is seen, and then for a *probation* only what is proven is offered:
//! * **It stands still.** A batch that we hold is neither final nor proven after `patience_ms`. When
//!   ordering itself stands still, acknowledgements are shared (see `acknowledging`), so honest
//!   authors' batches become proven and only those that a quorum lacks are blamed.
//! * **Others lack it.** Within ten seconds, we had to ask ten times for its batches, or validators
//!   of which one is honest asked us ten times each. This catches an author that sends only to
//!   the next leader, whose batches reach all others late but do reach them.
//! * **It lied.** It signed two batches for one position.
//!
//! The probation begins anew while the cause lasts, and each later one is twice as long, so an
//! author that behaves only to be trusted again costs a vanishing share of views. It is forgotten
//! with the epoch. An honest author on probation loses nothing but the time of one acknowledgement.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use corridor_types::{Sequence, ValidatorIndex, ValidatorSet};

use crate::chain::Place;
use crate::config::{LATE_TIMES, LATE_WINDOW_MS, Limits, MAX_PROBATION_DOUBLINGS};

/// One author as this node sees it.
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// When the line reached a position, for those neither final nor proven. One per step at most,
    /// and no more than the line is long.
    reached: VecDeque<(Sequence, u64)>,
    late: BTreeMap<ValidatorIndex, u32>,
    late_until_ms: u64,
    offences: u32,
    probation_until_ms: u64,
    on_probation: bool,
    /// One of the batches by which it is known to have lied.
    lie: Option<Place>,
    /// Leaders that were shown it.
    shown: BTreeSet<ValidatorIndex>,
}

impl Standing {
    /// True if its unproven batches may be offered.
    pub const fn is_trusted(&self) -> bool {
        !self.on_probation && self.lie.is_none()
    }

    /// True if it is known to have signed two batches for one position in this epoch.
    pub const fn has_lied(&self) -> bool {
        self.lie.is_some()
    }

    /// It signed two batches for one position; we stand by `ours`.
    pub const fn on_lie(&mut self, ours: Place) {
        self.lie = Some(ours);
    }

    /// The batch to show to a leader that offers what contradicts it. Once to each.
    pub fn lie_to_show(&mut self, leader: ValidatorIndex) -> Option<Place> {
        self.lie.filter(|_| self.shown.insert(leader))
    }

    /// Takes note of how far its line is held, and proven or final, now. True if it is trusted again.
    pub fn review(&mut self, now_ms: u64, tip: Sequence, proven: Sequence, limits: &Limits) -> bool {
        if tip > proven && self.reached.back().is_none_or(|(reached, _)| tip > *reached) {
            self.reached.push_back((tip, now_ms));
        }
        while self.reached.front().is_some_and(|(reached, _)| *reached <= proven) {
            self.reached.pop_front();
        }
        let stands = |(_, since_ms): &(Sequence, u64)| since_ms.saturating_add(limits.patience_ms) <= now_ms;
        if self.reached.front().is_some_and(stands) {
            self.blame(now_ms, limits);
        }
        let ends = self.on_probation && now_ms >= self.probation_until_ms;
        self.on_probation &= !ends;
        ends
    }

    /// `who` had to ask for one of its batches.
    pub fn on_late(
        &mut self,
        now_ms: u64,
        who: ValidatorIndex,
        me: Option<ValidatorIndex>,
        validators: &ValidatorSet,
        limits: &Limits,
    ) {
        if now_ms >= self.late_until_ms {
            self.late.clear();
            self.late_until_ms = now_ms.saturating_add(LATE_WINDOW_MS);
        }
        if validators.get(who).is_some() {
            let times = self.late.entry(who).or_default();
            *times = times.saturating_add(1);
        }
        let often = || self.late.iter().filter(|(_, times)| **times >= LATE_TIMES).map(|(who, _)| *who);
        let power = often().map(|who| validators.power(who)).sum();
        if validators.has_honest(power) || often().any(|who| Some(who) == me) {
            self.blame(now_ms, limits);
        }
    }

    fn blame(&mut self, now_ms: u64, limits: &Limits) {
        if !self.on_probation {
            self.on_probation = true;
            self.offences = (self.offences + 1).min(MAX_PROBATION_DOUBLINGS + 1);
        }
        let length_ms = limits.probation_ms << (self.offences - 1);
        self.probation_until_ms = now_ms.saturating_add(length_ms);
    }

    /// The line was abandoned for a finalized one: what was reached on it says nothing.
    pub fn forget_reached(&mut self) {
        self.reached.clear();
    }
}
