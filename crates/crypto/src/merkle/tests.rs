//! The RFC 9162 vectors where they are at hand, and properties of our own trees.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Vectors {
    inclusion: Vec<Named<Inclusion>>,
    consistency: Vec<Named<Consistency>>,
}

#[derive(Deserialize)]
struct Named<T> {
    name: String,
    case: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Inclusion {
    leaf_idx: u64,
    tree_size: u64,
    root: Option<String>,
    leaf_hash: Option<String>,
    proof: Option<Vec<String>>,
    want_err: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Consistency {
    size1: u64,
    size2: u64,
    root1: Option<String>,
    root2: Option<String>,
    proof: Option<Vec<String>>,
    want_err: bool,
}

/// Standard base64, enough for the vectors. Some of them write a few bytes of text where the value
/// does not matter; such a text stands for its own hash, so that equal texts stay equal; an empty one is no digest.
fn digest(text: &Option<String>) -> Option<Digest> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut count, mut bytes) = (0u32, 0, Vec::new());
    for c in text.as_deref().filter(|text| !text.is_empty())?.trim_end_matches('=').bytes() {
        bits = bits << 6 | ALPHABET.iter().position(|a| *a == c)? as u32;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes.try_into().map_or_else(|bytes: Vec<u8>| leaf_hash(&bytes), Digest))
}

fn digests(texts: &Option<Vec<String>>) -> Option<Vec<Digest>> {
    texts.iter().flatten().map(|text| digest(&Some(text.clone()))).collect()
}

#[test]
fn published_vectors() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/merkle/rfc9162-vectors.json");
    let vectors: Vectors = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(vectors.inclusion.len() > 50 && vectors.consistency.len() > 50, "the vectors are there");
    for Named { name, case } in vectors.inclusion {
        let verdict = (|| {
            let (leaf, root) = (digest(&case.leaf_hash)?, digest(&case.root)?);
            verify_inclusion(&leaf, case.leaf_idx, case.tree_size, &digests(&case.proof)?, &root).ok()
        })();
        assert_eq!(verdict.is_none(), case.want_err, "{name}");
    }
    for Named { name, case } in vectors.consistency {
        let verdict = (|| {
            let (first, second) = (digest(&case.root1)?, digest(&case.root2)?);
            verify_consistency(case.size1, case.size2, &first, &second, &digests(&case.proof)?).ok()
        })();
        assert_eq!(verdict.is_none(), case.want_err, "{name}");
    }
}

fn leaves(n: usize) -> Vec<Digest> {
    (0..n).map(|i| leaf_hash(&(i as u64).to_be_bytes())).collect()
}

/// The definition of RFC 9162, 2.1.1, word for word, to compare the linear one with.
fn naive_root(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node_hash(&naive_root(left), &naive_root(right))
        }
    }
}

#[test]
fn every_proof_of_every_small_tree_verifies_and_no_other_position_does() {
    for n in 1..=33usize {
        let leaves = leaves(n);
        let root = root(&leaves);
        assert_eq!(root, naive_root(&leaves), "size {n}");
        for i in 0..n {
            let path = inclusion_proof(&leaves, i).unwrap();
            for j in 0..n {
                let verdict = verify_inclusion(&leaves[i], j as u64, n as u64, &path, &root);
                assert_eq!(verdict.is_ok(), i == j, "leaf {i} at {j} of {n}");
            }
        }
        for first in 1..=n {
            let path = consistency_proof(&leaves, first).unwrap();
            let old = super::root(&leaves[..first]);
            assert_eq!(verify_consistency(first as u64, n as u64, &old, &root, &path), Ok(()), "{first} of {n}");
            assert!(verify_consistency(first as u64, n as u64, &leaf_hash(b"x"), &root, &path).is_err());
        }
    }
    assert_eq!(inclusion_proof(&leaves(3), 3), None);
    assert_eq!(consistency_proof(&leaves(3), 0), None);
}

#[test]
fn a_frontier_is_taken_up_again_only_with_fitting_peaks() {
    let mut tree = Frontier::default();
    leaves(11).into_iter().for_each(|leaf| tree.push(leaf));
    assert_eq!(Frontier::from_parts(11, tree.peaks().to_vec()), Some(tree.clone()));
    assert_eq!(Frontier::from_parts(12, tree.peaks().to_vec()), None);
}

proptest! {
    #[test]
    fn a_proof_with_one_changed_bit_is_refused(n in 2usize..200, seed: u64, bit in 0usize..256) {
        let leaves = leaves(n);
        let index = (seed % n as u64) as usize;
        let mut path = inclusion_proof(&leaves, index).unwrap();
        let victim = (seed / 7) as usize % path.len();
        path[victim].0[bit / 8] ^= 1 << (bit % 8);
        prop_assert_eq!(
            verify_inclusion(&leaves[index], index as u64, n as u64, &path, &root(&leaves)),
            Err(ProofError::RootMismatch)
        );
    }

    #[test]
    fn arbitrary_proofs_never_panic(a: u64, b: u64, path in proptest::collection::vec(any::<[u8; 32]>(), 0..70)) {
        let path: Vec<Digest> = path.into_iter().map(Digest).collect();
        let _ = verify_inclusion(&Digest::ZERO, a, b, &path, &Digest::ZERO);
        let _ = verify_consistency(a, b, &Digest::ZERO, &Digest::ZERO, &path);
    }
}
