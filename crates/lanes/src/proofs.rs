//! Acknowledgements of one lane in one epoch, counted, and the proofs of availability that they
//! make. Takes only what was verified against that epoch's set.
//!
//! A signature covers one exact place, so a proof needs a quorum at the same one. Under load peers
//! acknowledge different batches, since each acknowledges the newest that it holds; at a *milestone*
//! (every so many batches) all of them acknowledge. Kept are each voter's acknowledgements of
//! milestones and its newest other one.

use std::collections::BTreeMap;

use corridor_crypto::{Digest, Signature};
use corridor_types::{
    Acknowledgement, AvailabilityProof, Sequence, SignedAcknowledgement, ValidatorIndex, ValidatorSet,
};

use crate::chain::Place;
use crate::config::MAX_PROOFS;

/// What was acknowledged.
pub(crate) const fn place_acknowledged(body: &Acknowledgement) -> Place {
    Place { sequence: body.sequence, digest: body.digest }
}

/// One lane's acknowledgements and proofs above the finalized place.
#[derive(Debug, Default)]
pub(crate) struct Proofs {
    proven: BTreeMap<Place, AvailabilityProof>,
    counted: BTreeMap<Place, BTreeMap<ValidatorIndex, Signature>>,
    newest: BTreeMap<ValidatorIndex, Place>,
}

impl Proofs {
    /// Counts one acknowledgement. Per voter and position only the first counts. True if it
    /// completed a proof.
    pub fn count(&mut self, signed: &SignedAcknowledgement, validators: &ValidatorSet, milestone_every: u64) -> bool {
        let (place, voter) = (place_acknowledged(&signed.acknowledgement), signed.voter);
        if self.contains(&place) || self.has_counted(place.sequence, voter) {
            return false;
        }
        if !place.sequence.0.is_multiple_of(milestone_every) && !self.replace_newest(voter, place) {
            return false;
        }
        let signatures = self.counted.entry(place).or_default();
        signatures.insert(voter, signed.signature);
        let power = signatures.keys().map(|voter| validators.power(*voter)).sum();
        if !validators.is_quorum(power) {
            return false;
        }
        let signatures = signatures.iter().map(|(voter, signature)| (*voter, *signature)).collect();
        self.insert(AvailabilityProof { acknowledgement: signed.acknowledgement, signatures })
    }

    fn has_counted(&self, sequence: Sequence, voter: ValidatorIndex) -> bool {
        let from = Place { sequence, digest: Digest::ZERO };
        let to = Place { sequence, digest: Digest([u8::MAX; 32]) };
        self.counted.range(from..=to).any(|(_, signatures)| signatures.contains_key(&voter))
    }

    /// Forgets a voter's newest acknowledgement in favour of a newer one. False if it is older.
    fn replace_newest(&mut self, voter: ValidatorIndex, place: Place) -> bool {
        let before = self.newest.get(&voter).copied();
        if before.is_some_and(|before| before.sequence >= place.sequence) {
            return false;
        }
        self.newest.insert(voter, place);
        if let Some(before) = before {
            let left = self.counted.get_mut(&before);
            let empty = left.is_some_and(|signatures| signatures.remove(&voter).is_some() && signatures.is_empty());
            empty.then(|| self.counted.remove(&before));
        }
        true
    }

    /// Takes a proof in; of more than [`MAX_PROOFS`] the lowest goes. True if it is new and stays.
    pub fn insert(&mut self, proof: AvailabilityProof) -> bool {
        let place = place_acknowledged(&proof.acknowledgement);
        self.counted.retain(|counted, _| counted.sequence > place.sequence);
        if self.proven.insert(place, proof).is_some() {
            return false;
        }
        if self.proven.len() > MAX_PROOFS {
            self.proven.pop_first();
        }
        self.contains(&place)
    }

    /// The proof of exactly this place.
    pub fn get(&self, place: &Place) -> Option<&AvailabilityProof> {
        self.proven.get(place)
    }

    /// True if there is a proof of exactly this place.
    pub fn contains(&self, place: &Place) -> bool {
        self.proven.contains_key(place)
    }

    /// Proven places, the highest first.
    pub fn newest_first(&self) -> impl Iterator<Item = Place> + '_ {
        self.proven.keys().rev().copied()
    }

    /// How many acknowledgements are kept.
    #[cfg(test)]
    pub fn counted(&self) -> usize {
        self.counted.values().map(BTreeMap::len).sum()
    }

    /// Forgets what is not above a finalized position.
    pub fn forget_up_to(&mut self, sequence: Sequence) {
        self.proven.retain(|place, _| place.sequence > sequence);
        self.counted.retain(|place, _| place.sequence > sequence);
        self.newest.retain(|_, place| place.sequence > sequence);
    }
}
