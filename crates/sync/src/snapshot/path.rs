//! The path of validator sets from the current one on, as far as it was proven. What is on it stays
//! true whoever sent it, so it is kept from one snapshot to the next.

use corridor_crypto::SigningContext;
use corridor_types::{Epoch, Handover, ValidatorSet, ValidatorSets, walk_handovers};

use crate::Misbehaviour;

/// Verified handovers, consecutive from `first` on, and the sets that they lead to. As long as the
/// check of manifests allows: [`corridor_types::limits::MAX_HANDOVERS`].
#[derive(Debug)]
pub(crate) struct Path {
    first: ValidatorSet,
    sets: ValidatorSets,
    handovers: Vec<Handover>,
}

impl Path {
    pub fn new(first: ValidatorSet) -> Self {
        Self { sets: ValidatorSets::new(first.clone()), first, handovers: Vec::new() }
    }

    /// Where it starts.
    pub const fn first(&self) -> Epoch {
        self.first.epoch()
    }

    /// Where it ends.
    pub fn last(&self) -> Epoch {
        self.sets.current().epoch()
    }

    pub fn get(&self, epoch: Epoch) -> Option<&ValidatorSet> {
        self.sets.get(epoch)
    }

    /// Goes on by these handovers, no further than to `needed`.
    pub fn extend(
        &mut self,
        context: &SigningContext,
        mut handovers: Vec<Handover>,
        needed: Epoch,
    ) -> Result<(), Misbehaviour> {
        let steps = usize::try_from(needed.0.saturating_sub(self.last().0)).unwrap_or(usize::MAX);
        handovers.truncate(steps);
        if handovers.is_empty() {
            return Err(Misbehaviour::Empty);
        }
        let walked = walk_handovers(context, self.sets.current().clone(), &handovers)?;
        walked.iter().skip(1).for_each(|set| self.sets.insert(set.clone()));
        self.handovers.extend(handovers);
        Ok(())
    }

    /// The sets up to that of `epoch`, which is the current one of them, and their proof.
    pub fn up_to(&self, epoch: Epoch) -> (ValidatorSets, Vec<Handover>) {
        let mut sets = ValidatorSets::new(self.first.clone());
        self.sets.iter().filter(|set| set.epoch() <= epoch).for_each(|set| sets.insert(set.clone()));
        let proof = self.handovers.iter().filter(|handover| handover.boundary.epoch < epoch);
        (sets, proof.cloned().collect())
    }
}
