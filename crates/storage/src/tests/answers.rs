//! Answers to peers at their limits.

use corridor_crypto::Digest;
use corridor_types::persist::{Store as _, Write};
use corridor_types::*;

use super::fixtures::*;

#[test]
fn blocks_end_at_one_with_its_own_finalization_and_at_the_limit() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let writes: Vec<_> = (1..=100).map(|height| finalized(height, height % 10 == 0)).collect();
    storage.write(&writes).unwrap();
    let answer = |from: u64| match storage.answer(&Request::Blocks { from: Height(from) }).unwrap() {
        Some(Response::Blocks { blocks, finalization }) => {
            let heights: Vec<_> = blocks.iter().map(|block| block.height.0).collect();
            assert_eq!(finalization.block(), blocks.last().map(Block::digest));
            Some((heights[0], heights[heights.len() - 1], heights.len()))
        }
        _ => None,
    };
    assert_eq!(answer(1), Some((1, 60, 60)), "64 would end at a block without a finalization");
    assert_eq!(answer(37), Some((37, 100, 64)));
    assert_eq!(answer(100), Some((100, 100, 1)));
    assert_eq!(answer(101), None);
}

#[test]
fn a_run_without_any_finalization_is_no_answer() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    storage.write(&[finalized(1, true), finalized(2, false), finalized(3, false)]).unwrap();
    assert_eq!(storage.answer(&Request::Blocks { from: Height(2) }).unwrap(), None);
    assert_eq!(storage.answer(&Request::Blocks { from: Height(0) }).unwrap(), None, "height 0 has no block");
}

#[test]
fn certificates_always_bring_the_highest_finalization() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let mut writes = vec![finalized(1, true)];
    writes.extend((3..200).map(|view| Write::PendingCertificate(certificate(view, VoteKind::Nullify))));
    storage.write(&writes).unwrap();
    let views = |from: u64| match storage.answer(&Request::Certificates { from: View(from) }).unwrap() {
        Some(Response::Certificates { certificates }) => {
            certificates.iter().map(|certificate| certificate.vote.view.0).collect::<Vec<_>>()
        }
        _ => vec![],
    };
    assert_eq!(views(50), std::iter::once(2).chain(50..113).collect::<Vec<_>>());
    assert_eq!(views(500), [2]);
    let high = certificate(150, VoteKind::Finalize { block: Digest([1; 32]) });
    storage.write(&[Write::PendingCertificate(high)]).unwrap();
    let views = match storage.answer(&Request::Certificates { from: View(10) }).unwrap() {
        Some(Response::Certificates { certificates }) => certificates,
        _ => vec![],
    };
    assert_eq!((views.len(), views.last().map(|c| c.vote.view)), (64, Some(View(150))));
}

#[test]
fn settlements_are_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let writes: Vec<_> = (1..=70).map(|height| Write::Settlement(settlement(height))).collect();
    storage.write(&writes).unwrap();
    assert_eq!(storage.reader().heights().settled, Height(70));
    let Some(Response::Settlements { certificates }) =
        storage.answer(&Request::Settlements { from: Height(3) }).unwrap()
    else {
        panic!("no answer")
    };
    assert_eq!((certificates.len(), certificates[0].outcome.height), (64, Height(3)));
}

#[test]
fn the_settled_height_waits_for_the_gap_to_close() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    for (height, settled) in [(2, 0), (3, 0), (5, 0), (1, 3), (4, 5)] {
        storage.write(&[Write::Settlement(settlement(height))]).unwrap();
        assert_eq!(storage.reader().heights().settled, Height(settled), "after height {height}");
    }
    drop(storage);
    assert_eq!(open(directory.path()).recover().unwrap().settled, Some(settlement(5)));
}
