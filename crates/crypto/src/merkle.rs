//! Merkle trees as in RFC 9162, section 2.1: roots, inclusion proofs and consistency proofs.
//!
//! Leaves and nodes are hashed with the prefixes of the RFC (0x00 and 0x01), so that the published
//! test vectors apply unchanged; what a leaf means is fixed by its content, which starts with a
//! domain tag where the tree is ours. A missing sibling is never filled in with a default, so two
//! different lists of leaves never share a root.

use sha2::{Digest as _, Sha256};

use crate::Digest;

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The position lies outside the tree.
    #[error("the leaf index {index} is outside a tree of {size} leaves")]
    OutOfRange {
        /// The claimed position, from zero.
        index: u64,
        /// The claimed number of leaves.
        size: u64,
    },
    /// The proof has too many or too few digests for this position and size.
    #[error("the proof has {got} digests where this position needs another number")]
    WrongLength {
        /// How many digests were given.
        got: usize,
    },
    /// The computed root is not the expected one.
    #[error("the proof leads to another root")]
    RootMismatch,
    /// The first tree is larger than the second, or empty where that proves nothing.
    #[error("no consistency between a tree of {first} and one of {second} leaves")]
    BadSizes {
        /// The size of the earlier tree.
        first: u64,
        /// The size of the later tree.
        second: u64,
    },
}

/// The hash of a leaf: SHA-256(0x00 || data).
pub fn leaf_hash(data: &[u8]) -> Digest {
    Digest(Sha256::new_with_prefix([0u8]).chain_update(data).finalize().into())
}

/// The hash of an inner node: SHA-256(0x01 || left || right).
pub fn node_hash(left: &Digest, right: &Digest) -> Digest {
    Digest(Sha256::new_with_prefix([1u8]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of the empty tree: SHA-256 of nothing.
pub fn empty_root() -> Digest {
    Digest(Sha256::digest([]).into())
}

/// The root over leaf hashes in order (RFC 9162, 2.1.1), in linear time.
pub fn root(leaves: &[Digest]) -> Digest {
    let mut tree = Frontier::default();
    leaves.iter().for_each(|leaf| tree.push(*leaf));
    tree.root()
}

/// The largest power of two smaller than `n`; `n` is at least two.
fn split(n: usize) -> usize {
    1 << (usize::BITS - 1 - (n - 1).leading_zeros())
}

/// The audit path of leaf `index` among `leaves` (RFC 9162, 2.1.3.1), from the leaf upwards.
/// `None` if the index is outside.
pub fn inclusion_proof(leaves: &[Digest], index: usize) -> Option<Vec<Digest>> {
    if index >= leaves.len() {
        return None;
    }
    let (mut leaves, mut index, mut path) = (leaves, index, Vec::new());
    while leaves.len() > 1 {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if index < left.len() {
            path.push(root(right));
            leaves = left;
        } else {
            path.push(root(left));
            index -= left.len();
            leaves = right;
        }
    }
    path.reverse();
    Some(path)
}

/// Checks that `leaf` stands at `index` in the tree of `size` leaves with this `root`
/// (RFC 9162, 2.1.3.2).
///
/// # Errors
/// [`ProofError`] with the reason.
pub fn verify_inclusion(
    leaf: &Digest,
    index: u64,
    size: u64,
    path: &[Digest],
    root: &Digest,
) -> Result<(), ProofError> {
    if index >= size {
        return Err(ProofError::OutOfRange { index, size });
    }
    let wrong_length = ProofError::WrongLength { got: path.len() };
    let (mut position, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if last == 0 {
            return Err(wrong_length);
        }
        if position & 1 == 1 || position == last {
            hash = node_hash(sibling, &hash);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    match (last, hash == *root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::RootMismatch),
        _ => Err(wrong_length),
    }
}

/// The proof that the tree of the first `first` leaves is a prefix of the tree of all `leaves`
/// (RFC 9162, 2.1.4.1). `None` unless `0 < first <= leaves.len()`.
pub fn consistency_proof(leaves: &[Digest], first: usize) -> Option<Vec<Digest>> {
    if first == 0 || first > leaves.len() {
        return None;
    }
    let (mut leaves, mut first, mut whole, mut path) = (leaves, first, true, Vec::new());
    while first != leaves.len() {
        let (left, right) = leaves.split_at(split(leaves.len()));
        if first <= left.len() {
            path.push(root(right));
            leaves = left;
        } else {
            path.push(root(left));
            first -= left.len();
            leaves = right;
            whole = false;
        }
    }
    if !whole {
        path.push(root(leaves));
    }
    path.reverse();
    Some(path)
}

/// Checks that the tree (`first`, `first_root`) is a prefix of (`second`, `second_root`)
/// (RFC 9162, 2.1.4.2).
///
/// # Errors
/// [`ProofError`] with the reason.
pub fn verify_consistency(
    first: u64,
    second: u64,
    first_root: &Digest,
    second_root: &Digest,
    path: &[Digest],
) -> Result<(), ProofError> {
    let wrong_length = ProofError::WrongLength { got: path.len() };
    if first == 0 || first > second {
        return Err(ProofError::BadSizes { first, second });
    }
    if first == second {
        return match (path.is_empty(), first_root == second_root) {
            (false, _) => Err(wrong_length),
            (true, false) => Err(ProofError::RootMismatch),
            (true, true) => Ok(()),
        };
    }
    let mut siblings = path.iter();
    let start = if first.is_power_of_two() { *first_root } else { *siblings.next().ok_or(wrong_length)? };
    let shift = (first - 1).trailing_ones();
    let (mut position, mut last) = ((first - 1) >> shift, (second - 1) >> shift);
    let (mut old, mut new) = (start, start);
    for sibling in siblings {
        if last == 0 {
            return Err(wrong_length);
        }
        if position & 1 == 1 || position == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    match (last, old == *first_root && new == *second_root) {
        (0, true) => Ok(()),
        (0, false) => Err(ProofError::RootMismatch),
        _ => Err(wrong_length),
    }
}

/// The right edge of a growing tree: appends in amortised constant time, holds one digest per
/// level, and knows the root at any moment. Suits accumulators that only grow.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the complete subtrees, largest first; their sizes are the set bits of `size`.
    peaks: Vec<Digest>,
}

impl Frontier {
    /// Takes up a tree again from what [`Frontier::size`] and [`Frontier::peaks`] gave.
    /// `None` if the number of peaks does not fit the size.
    pub fn from_parts(size: u64, peaks: Vec<Digest>) -> Option<Self> {
        (u32::try_from(peaks.len()) == Ok(size.count_ones())).then_some(Self { size, peaks })
    }

    /// Adds the next leaf hash.
    pub fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// How many leaves were added.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the complete subtrees, largest first.
    pub fn peaks(&self) -> &[Digest] {
        &self.peaks
    }

    /// The root over all leaves so far.
    pub fn root(&self) -> Digest {
        self.peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}

#[cfg(test)]
mod tests;
