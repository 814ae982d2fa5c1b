//! The block that is being executed, as far as the ledger needs to know it.

use corridor_crypto::Digest;
use corridor_types::{Epoch, Height, Timestamp};

/// What the ledger needs to know about the block whose transactions it executes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockContext {
    /// The epoch whose validators will sign the outcome.
    pub epoch: Epoch,
    /// One above the last executed block.
    pub height: Height,
    /// Block time; the only clock that the rules know.
    pub time: Timestamp,
    /// The block's digest, for the outcome.
    pub digest: Digest,
    /// The digest of the validator set of the block after, as in the header. If it is the pending
    /// set's, this block is the last of its epoch.
    pub next_validators: Digest,
}
