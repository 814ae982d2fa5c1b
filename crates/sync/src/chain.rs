//! Our own chain as far as catch-up knows it: where it ends and whose votes may continue it.

use corridor_crypto::Digest;
use corridor_types::{Epoch, Height, ValidatorSet};

use crate::config::Start;

/// Where a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub height: Height,
    pub digest: Digest,
}

/// The finalized end of our chain, the current validators, and what the replica owes us.
#[derive(Debug)]
pub(crate) struct Chain {
    head: Head,
    validators: ValidatorSet,
    /// The digest of `validators`.
    set: Digest,
    /// The height that the replica is taking in; nothing is asked until it has.
    accepted: Option<Height>,
    /// The epoch that the next block belongs to, while it is not the current one.
    awaits: Option<Epoch>,
}

impl Chain {
    pub fn new(start: Start, validators: ValidatorSet) -> Self {
        let head = Head { height: start.finalized, digest: start.digest };
        let awaits = Some(start.next_epoch).filter(|next| *next > validators.epoch());
        Self { head, set: validators.digest(), validators, accepted: None, awaits }
    }

    pub const fn head(&self) -> Head {
        self.head
    }

    /// The height of the block after the last.
    pub const fn next(&self) -> Height {
        self.head.height.next()
    }

    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// The digest of the current validators.
    pub const fn set(&self) -> Digest {
        self.set
    }

    /// True while the replica is taking something in or executing the end of an epoch.
    pub const fn is_waiting(&self) -> bool {
        self.accepted.is_some() || self.awaits.is_some()
    }

    /// Something was handed to the replica that ends at `height`.
    pub fn hand_over(&mut self, height: Height, next_epoch: Epoch) {
        self.accepted = Some(height);
        self.awaits = Some(next_epoch).filter(|next| *next > self.validators.epoch());
    }

    /// The replica could not take in what was handed over and ends at `height`: it stays where it is. False
    /// if nothing of that height was.
    pub fn take_back(&mut self, height: Height) -> bool {
        let taken = self.accepted.take_if(|accepted| *accepted == height).is_some();
        if taken {
            self.awaits = None;
        }
        taken
    }

    /// Moves on; false if we were there before.
    pub fn advance(&mut self, head: Head, next_epoch: Epoch) -> bool {
        if head.height <= self.head.height {
            return false;
        }
        self.head = head;
        self.accepted.take_if(|accepted| *accepted <= head.height);
        if self.accepted.is_none() {
            self.awaits = Some(next_epoch).filter(|next| *next > self.validators.epoch());
        }
        true
    }

    /// A later epoch begins; false if it is no later one.
    pub fn begin_epoch(&mut self, validators: ValidatorSet) -> bool {
        let epoch = validators.epoch();
        if epoch <= self.validators.epoch() {
            return false;
        }
        (self.set, self.validators) = (validators.digest(), validators);
        self.awaits.take_if(|awaited| *awaited <= epoch);
        true
    }
}
