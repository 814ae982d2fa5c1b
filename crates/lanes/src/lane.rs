//! Everything that one node keeps about one lane.

use corridor_types::{Epoch, Sequence, VerifiedBatch};

use crate::acknowledging::Acknowledging;
use crate::chain::{Chain, Path, Place};
use crate::proofs::Proofs;
use crate::standing::Standing;

/// One lane as we know it: what is held, proven and ordered of it.
#[derive(Debug)]
pub(crate) struct Lane {
    pub chain: Chain,
    pub acknowledging: Acknowledging,
    pub proofs: Proofs,
    pub standing: Standing,
}

/// True if a batch signed in epoch `signed` may be the tip of a lane in a block of epoch `now`: an
/// author that left the set still has its last epoch's batches ordered, for one epoch.
pub(crate) fn is_current(signed: Epoch, now: Epoch) -> bool {
    signed <= now && now.0 - signed.0 <= 1
}

impl Lane {
    pub fn new(finalized: Place) -> Self {
        Self {
            chain: Chain::new(finalized),
            acknowledging: Acknowledging::default(),
            proofs: Proofs::default(),
            standing: Standing::default(),
        }
    }

    /// How far the line is proven available or final.
    pub fn proven(&self) -> Sequence {
        let proven = self.proofs.newest_first().find(|place| self.chain.is_ours(place));
        proven.map_or(self.chain.finalized().sequence, |place| place.sequence)
    }

    /// What a leader in `epoch` may add to this lane after `place`: anything of the line of a
    /// trusted author, of others only what is proven.
    pub fn next_to_propose(&self, place: &Place, epoch: Epoch) -> Option<&VerifiedBatch> {
        let end = if self.standing.is_trusted() { self.chain.tip().sequence } else { self.proven() };
        let ends_current = self.chain.epoch_of(&self.chain.tip()).is_some_and(|signed| is_current(signed, epoch));
        self.chain.next_on_line(place).filter(|next| ends_current && next.header().sequence <= end)
    }

    /// True if a proof covers `place`: of this place, or of one above it that is held down to it.
    pub fn is_proven(&self, place: &Place) -> bool {
        let covers = |proven: &Place| match self.chain.path(*place, *proven) {
            Path::Complete(_) => proven.sequence >= place.sequence,
            Path::Missing(_) | Path::Forked => false,
        };
        self.proofs.contains(place) || self.proofs.newest_first().any(|proven| covers(&proven))
    }

    /// What to acknowledge next: a milestone that we passed, else the end of the line. It was signed
    /// in an epoch whose batches may still be ordered.
    pub fn next_to_acknowledge(&self, epoch: Epoch, milestone_every: u64) -> Option<Place> {
        let (tip, last) = (self.chain.tip(), self.acknowledging.last_place());
        if self.acknowledging.is_with_signer() || tip == Place::START || last == Some(tip) {
            return None;
        }
        let milestone = Sequence(tip.sequence.0 - tip.sequence.0 % milestone_every);
        let passed = last.is_none_or(|last| milestone > last.sequence);
        let current = |place: &Place| self.chain.epoch_of(place).is_none_or(|signed| is_current(signed, epoch));
        let milestone = self.chain.line_at(milestone).filter(|place| passed && current(place));
        milestone.or_else(|| Some(tip).filter(current))
    }
}
