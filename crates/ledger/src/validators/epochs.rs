//! Validator sets by epoch: the ledger decides *what* the next set is and remembers all. *When* an
//! epoch ends is the ordering layer's matter: the boundary block, whose header names the next set.
//!
//! The set of the epoch after the current one is there while a change is pending, and only then.

use corridor_crypto::Digest;
use corridor_types::persist::Table;
use corridor_types::{Epoch, ValidatorSet, ValidatorSets};

use crate::limits::MAX_EPOCHS;
use crate::slots::{Record, Slots, tables};

impl Record for ValidatorSet {
    const TABLE: Table = tables::VALIDATORS;
    const LIMIT: u32 = MAX_EPOCHS;
}

/// All validator sets; slot is epoch. All fields but `slots` follow from it and the current epoch.
#[derive(Debug, Clone)]
pub(crate) struct Epochs {
    pub slots: Slots<ValidatorSet>,
    /// Up to the current one.
    sets: ValidatorSets,
    current: Digest,
    pending: Option<Digest>,
}

/// The table of a chain's first set.
pub(crate) fn first_epoch(set: ValidatorSet) -> Slots<ValidatorSet> {
    let mut slots = Slots::new();
    slots.append(set);
    slots
}

impl Epochs {
    /// A chain that begins with this set.
    pub fn first(set: ValidatorSet) -> Self {
        let (sets, current) = (ValidatorSets::new(set.clone()), set.digest());
        Self { slots: first_epoch(set), sets, current, pending: None }
    }

    /// Takes the sets up again.
    ///
    /// # Errors
    /// The first slot that is empty, holds the set of another epoch, or is beyond the one after
    /// `current`.
    pub fn new(slots: Slots<ValidatorSet>, current: Epoch) -> Result<Self, u32> {
        let is_right = |slot: &u32| {
            let epoch = u64::from(*slot);
            epoch <= current.next().0 && slots.get(*slot).is_some_and(|set| set.epoch().0 == epoch)
        };
        if let Some(wrong) = (0..slots.len()).find(|slot| !is_right(slot)) {
            return Err(wrong);
        }
        let mut past = slots.iter().map(|(_, set)| set.clone()).take_while(|set| set.epoch() <= current);
        let mut sets = ValidatorSets::new(past.next().ok_or(0u32)?);
        past.for_each(|set| sets.insert(set));
        if sets.current().epoch() != current {
            return Err(slots.len());
        }
        let digest = sets.current().digest();
        let mut epochs = Self { slots, sets, current: digest, pending: None };
        epochs.pending = epochs.pending().map(ValidatorSet::digest);
        Ok(epochs)
    }

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
        self.pending = Some(next.digest());
        self.slots.append(next);
    }

    /// Makes the pending set the current one.
    pub fn promote(&mut self) {
        let Some(next) = self.pending().cloned() else { return };
        if let Some(digest) = self.pending.take() {
            self.current = digest;
        }
        self.sets.insert(next);
    }
}
