//! What no honest peer sends. Names and texts only.

use corridor_types::{CertificateError, Epoch, HandoverError, Height};

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misbehaviour {
    /// It has nothing in it.
    #[error("the answer is empty")]
    Empty,
    /// Heights are not consecutive.
    #[error("block {got} follows where {expected} belongs")]
    Gap {
        /// The block's height.
        got: Height,
        /// The height that was expected.
        expected: Height,
    },
    /// A block's parent is another one than the block before.
    #[error("block {height} does not continue the chain")]
    WrongParent {
        /// The height of the block.
        height: Height,
    },
    /// A block names another epoch or another validator set.
    #[error("block {height} names another validator set than the one that we know")]
    WrongValidators {
        /// The height of the block.
        height: Height,
    },
    /// A block after an epoch's boundary does more than prove the boundary final.
    #[error("block {height} comes after the end of its epoch and changes the cut or the next validators")]
    WrongStub {
        /// The height of the block.
        height: Height,
    },
    /// The certificate does not make the last block final.
    #[error("the certificate does not finalize block {height}, the last of the answer")]
    WrongCertificate {
        /// The last block's height.
        height: Height,
    },
    /// The path of validator sets does not hold.
    #[error("the path of validator sets does not hold: {0}")]
    Handover(#[from] HandoverError),
    /// A snapshot's certificate is about another block, or the block names other validators.
    #[error("the manifest of the snapshot at height {height} does not fit together")]
    WrongManifest {
        /// The snapshot's height.
        height: Height,
    },
    /// A snapshot is of an epoch that no path leads to from here.
    #[error("the snapshot is of epoch {got}; from epoch {known} only later ones can be reached, and not any")]
    WrongEpoch {
        /// The manifest's epoch.
        got: Epoch,
        /// The epoch that we are in.
        known: Epoch,
    },
    /// A snapshot's certificate does not hold.
    #[error("the certificate of the snapshot does not hold: {0}")]
    Certificate(#[from] CertificateError),
    /// A snapshot's index of chunks is not the one that its certificate stands for.
    #[error("the index of the snapshot at height {height} does not match the certified state")]
    WrongIndex {
        /// The snapshot's height.
        height: Height,
    },
    /// A chunk is not the one that the index names.
    #[error("chunk {number} of the snapshot at height {height} is not the one that the index names")]
    WrongChunk {
        /// The snapshot's height.
        height: Height,
        /// The chunk's place in the index, from 0.
        number: u32,
    },
}
