//! Validator sets by epoch: the ledger decides *what* the next set is and remembers all. *When* an
//! epoch ends is the ordering layer's matter: the boundary block, whose header names the next set.
//!
//! The set of the epoch after the current one is there while a change is pending, and only then.

use corridor_crypto::Digest;
use corridor_types::{ParticipantId, ValidatorSet, ValidatorSets};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// All validator sets; slot is epoch. All fields but `slots` follow from it and the current epoch.
#[derive(Debug, Clone)]
pub(crate) struct Epochs {
    pub slots: Slots<ValidatorSet>,
    /// Up to the current one.
    sets: ValidatorSets,
    current: Digest,
    pending: Option<Digest>,
}

const WRONG: &str = "it is not the validator set of its epoch, or of none that is known";

impl Index<ValidatorSet> for Epochs {
    fn new(slots: Slots<ValidatorSet>, meta: &Meta) -> Result<Self, Misplaced> {
        let wrong = |slot| Slots::<ValidatorSet>::misplaced(slot, WRONG);
        let current = meta.epoch;
        for slot in 0..slots.len() {
            let epoch = u64::from(slot);
            let is_its_own = slots.get(slot).is_some_and(|set| set.epoch().0 == epoch);
            if !is_its_own || epoch > current.next().0 {
                return Err(wrong(slot));
            }
        }
        let mut past = slots.iter().map(|(_, set)| set.clone()).take_while(|set| set.epoch() <= current);
        let mut sets = ValidatorSets::new(past.next().ok_or(wrong(0))?);
        past.for_each(|set| sets.insert(set));
        if sets.current().epoch() != current {
            return Err(wrong(slots.len()));
        }
        let digest = sets.current().digest();
        let mut epochs = Self { slots, sets, current: digest, pending: None };
        epochs.pending = epochs.pending().map(ValidatorSet::digest);
        Ok(epochs)
    }
}

impl Epochs {
    /// The sets up to the current one.
    pub const fn sets(&self) -> &ValidatorSets {
        &self.sets
    }

    /// The set of the current epoch.
    pub fn current(&self) -> &ValidatorSet {
        self.sets.current()
    }

    /// The set of the next epoch, if it was decided.
    pub fn pending(&self) -> Option<&ValidatorSet> {
        self.slots.get(u32::try_from(self.current().epoch().next().0).ok()?)
    }

    /// True if a block that names this set as the next one ends the epoch, false if it does not.
    /// `None` if the set is neither the current nor the pending one.
    pub fn ends_with(&self, next: &Digest) -> Option<bool> {
        (*next == self.current).then_some(false).or_else(|| (Some(*next) == self.pending).then_some(true))
    }

    /// Sets what follows the current epoch. The rules allow it once per epoch.
    pub fn decide(&mut self, next: ValidatorSet) {
        self.slots.demand(self.pending.is_none(), "one change of validators is decided in an epoch");
        self.slots.demand(next.epoch() == self.current().epoch().next(), "epochs follow one another");
        self.pending = Some(next.digest());
        self.slots.append(next);
    }

    /// Makes the pending set the current one.
    pub fn promote(&mut self) {
        let next = self.pending().cloned();
        self.slots.demand(next.is_some(), "an epoch ends when the next set was decided");
        let Some(next) = next else { return };
        let digest = next.digest();
        self.slots.demand(self.pending.take() == Some(digest), "the set that begins is the one that was decided");
        self.current = digest;
        self.sets.insert(next);
    }
}

/// The weight of a participant's validator; zero if it has none in the set.
pub(crate) fn power_of(set: &ValidatorSet, participant: ParticipantId) -> u128 {
    set.index_of(participant).map_or(0, |index| set.power(index))
}
