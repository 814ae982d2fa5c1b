//! Epochs: the validator sets of a chain by epoch, and the proof of a change from one to the next.
//!
//! A block whose `next_validators` is not its `validators` is a *boundary*: it is the last block of
//! its epoch, and the block after it belongs to the next one. This rule needs the header alone, so
//! execution, replay, snapshots and catch-up all change sets at the same height.

use std::collections::BTreeMap;
use std::sync::Arc;

use corridor_crypto::{Digest, SigningContext};
use serde::{Deserialize, Serialize};

use crate::{Block, CertificateError, Epoch, Height, SettlementCertificate, ValidatorSet};

impl Block {
    /// True for the last block of an epoch.
    pub fn is_boundary(&self) -> bool {
        self.next_validators != self.validators
    }

    /// The epoch of the block after this one.
    pub fn next_epoch(&self) -> Epoch {
        if self.is_boundary() { self.epoch.next() } else { self.epoch }
    }
}

/// The validator sets of a chain from genesis to the current epoch, without gaps at the end that is
/// in use. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValidatorSets {
    sets: Arc<BTreeMap<Epoch, ValidatorSet>>,
    current: Epoch,
}

impl ValidatorSets {
    /// A chain's first set.
    pub fn new(first: ValidatorSet) -> Self {
        Self { current: first.epoch(), sets: Arc::new(BTreeMap::from([(first.epoch(), first)])) }
    }

    /// Adds the set of a later epoch, which becomes the current one. An earlier set that was missing
    /// is added and changes nothing else.
    pub fn insert(&mut self, set: ValidatorSet) {
        self.current = self.current.max(set.epoch());
        Arc::make_mut(&mut self.sets).insert(set.epoch(), set);
    }

    /// The set of the current epoch.
    ///
    /// # Panics
    /// Never: the constructor puts it in and nothing takes it out.
    #[allow(clippy::expect_used, reason = "an invariant of the only constructor")]
    pub fn current(&self) -> &ValidatorSet {
        self.sets.get(&self.current).expect("the current set is always held")
    }

    /// The set of an epoch, if it is known.
    pub fn get(&self, epoch: Epoch) -> Option<&ValidatorSet> {
        self.sets.get(&epoch)
    }

    /// All known sets, ascending.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &ValidatorSet> {
        self.sets.values()
    }
}

/// Proof that one set handed over to the next: the boundary block, certified as executed by the old
/// set, and the new set that its header names. Honest validators sign the outcome of a block only
/// when it is final, so a quorum's certificate proves finality too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Handover {
    /// The last block of the old epoch.
    pub boundary: Block,
    /// Its outcome, signed by a quorum of the old set.
    pub certificate: SettlementCertificate,
    /// The set of the next epoch.
    pub next: ValidatorSet,
}
crate::codec_struct!(Handover { boundary, certificate, next });

/// Why a handover proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandoverError {
    /// The block does not end an epoch.
    #[error("block {height} is not the last of its epoch")]
    NoBoundary {
        /// The block's height.
        height: Height,
    },
    /// The block belongs to another epoch than the set before it.
    #[error("the handover is of epoch {got}, the set before it of epoch {expected}")]
    WrongEpoch {
        /// The block's epoch.
        got: Epoch,
        /// The epoch of the set that is known.
        expected: Epoch,
    },
    /// The block names another set as its own than the one before.
    #[error("block {height} names another validator set than the one that is known")]
    WrongSet {
        /// The block's height.
        height: Height,
    },
    /// The certificate is about another block.
    #[error("the certificate is not of block {height}")]
    OtherBlock {
        /// The block's height.
        height: Height,
    },
    /// The new set is not the one that the block names.
    #[error("the new set has digest {got}, block {height} names {expected}")]
    WrongNextSet {
        /// The block's height.
        height: Height,
        /// The digest of the set given.
        got: Digest,
        /// The digest in the header.
        expected: Digest,
    },
    /// The certificate does not hold.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
}

impl Handover {
    /// Checks the step from `known` and returns the next set.
    ///
    /// # Errors
    /// [`HandoverError`] with the first reason.
    pub fn verify(&self, context: &SigningContext, known: &ValidatorSet) -> Result<ValidatorSet, HandoverError> {
        let (block, height) = (&self.boundary, self.boundary.height);
        if !block.is_boundary() {
            return Err(HandoverError::NoBoundary { height });
        }
        if block.epoch != known.epoch() {
            return Err(HandoverError::WrongEpoch { got: block.epoch, expected: known.epoch() });
        }
        if block.validators != known.digest() {
            return Err(HandoverError::WrongSet { height });
        }
        let outcome = &self.certificate.outcome;
        if outcome.block != block.digest() || outcome.height != height {
            return Err(HandoverError::OtherBlock { height });
        }
        let (got, expected) = (self.next.digest(), block.next_validators);
        if got != expected || self.next.epoch() != known.epoch().next() {
            return Err(HandoverError::WrongNextSet { height, got, expected });
        }
        self.certificate.clone().verify(context, known)?;
        Ok(self.next.clone())
    }
}

/// Walks the handovers from `first` on and returns every set on the way.
///
/// # Errors
/// [`HandoverError`] of the first step that does not hold.
pub fn walk_handovers(
    context: &SigningContext,
    first: ValidatorSet,
    handovers: &[Handover],
) -> Result<ValidatorSets, HandoverError> {
    let mut sets = ValidatorSets::new(first);
    for handover in handovers {
        let next = handover.verify(context, sets.current())?;
        sets.insert(next);
    }
    Ok(sets)
}
