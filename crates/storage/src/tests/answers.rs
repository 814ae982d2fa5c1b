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
        Some(Response::Blocks { blocks, finality }) => {
            let heights: Vec<_> = blocks.iter().map(|block| block.height.0).collect();
            assert_eq!(finality.block(), blocks.last().map(Block::digest));
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

/// The heights of an answer to [`Request::Blocks`] and whether a settlement certificate proves it.
fn blocks_of(storage: &crate::Storage, from: u64) -> Option<(Vec<u64>, bool)> {
    match storage.answer(&Request::Blocks { from: Height(from) }).unwrap() {
        Some(Response::Blocks { blocks, finality }) => {
            assert_eq!(finality.block(), blocks.last().map(Block::digest));
            assert!(blocks.windows(2).all(|pair| pair[1].parent == pair[0].digest() && pair[1].epoch == pair[0].epoch));
            let heights = blocks.iter().map(|block| block.height.0).collect();
            Some((heights, matches!(finality, Finality::Settlement(_))))
        }
        _ => None,
    }
}

#[test]
fn a_run_finalized_by_a_far_descendant_is_proven_by_what_was_settled() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let mut writes: Vec<_> = (1..=90).map(|height| finalized(height, height == 90)).collect();
    writes.extend([5, 40].map(|height| Write::Settlement(settlement(height))));
    storage.write(&writes).unwrap();
    assert_eq!(blocks_of(&storage, 1), Some(((1..=40).collect(), true)));
    assert_eq!(blocks_of(&storage, 6), Some(((6..=40).collect(), true)));
    assert_eq!(blocks_of(&storage, 41), Some(((41..=90).collect(), false)));
    assert_eq!(blocks_of(&storage, 20), Some(((20..=40).collect(), true)), "90 is out of reach from 20");
}

#[test]
fn a_range_ends_with_its_epoch_and_stubs_prove_an_unsettled_boundary() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let chain: Vec<_> = (99..=104).map(|height| finalized(height, [99, 103, 104].contains(&height))).collect();
    storage.write(&chain).unwrap();
    assert_eq!(blocks_of(&storage, 99), Some((vec![99], false)), "up to the last one that is proven");
    assert_eq!(blocks_of(&storage, 100), None);
    assert_eq!(blocks_of(&storage, 103), Some((vec![103, 104], false)));
    storage.write(&[Write::Seal(seal(105, 2))]).unwrap();
    assert_eq!(blocks_of(&storage, 100), None, "the seal of another boundary proves nothing");
    storage.write(&[Write::Seal(seal(102, 2))]).unwrap();
    assert_eq!(blocks_of(&storage, 100), Some((vec![100, 101, 102, 103, 104], false)));
    assert_eq!(blocks_of(&storage, 99), Some((vec![99], false)));
    storage.write(&[Write::Seal(seal(102, 61))]).unwrap();
    assert_eq!(blocks_of(&storage, 100).map(|(heights, _)| heights.len()), Some(64));
    storage.write(&[Write::Seal(seal(102, 62))]).unwrap();
    assert_eq!(blocks_of(&storage, 100), None, "65 blocks are no answer");
    storage.write(&[Write::Settlement(settlement(102))]).unwrap();
    assert_eq!(blocks_of(&storage, 100), Some((vec![100, 101, 102], true)));
}

#[test]
fn an_epochs_end_takes_what_is_pending_of_it() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let old = certificate(205, VoteKind::Nullify);
    let late = Vote { epoch: Epoch(0), ..old.vote };
    let late = Certificate { vote: Vote { view: View(300), ..late }, ..old.clone() };
    let new = certificate(207, VoteKind::Nullify);
    assert_eq!((late.vote.epoch, new.vote.epoch), (Epoch(0), Epoch(1)));
    let before = [Write::Restored(Box::new(restored(101))), Write::PendingCertificate(late.clone())];
    storage.write(&[&before[..], &[Write::PendingBlock(stub(102, 0))]].concat()).unwrap();
    assert_eq!(storage.recover().unwrap().pending_certificates.as_slice(), std::slice::from_ref(&late));
    storage.write(&[finalized(102, false), Write::Seal(seal(102, 1)), Write::PendingCertificate(new.clone())]).unwrap();
    let recovered = storage.recover().unwrap();
    assert_eq!((recovered.pending_certificates.as_slice(), recovered.pending_blocks.len()), (&[new.clone()][..], 0));
    assert_eq!(recovered.seal, Some(seal(102, 1)));
    assert_eq!(recovered.boundaries, [block(102)]);
    // What comes too late is kept and never recovered.
    storage.write(&[Write::PendingCertificate(late)]).unwrap();
    assert_eq!(storage.recover().unwrap().pending_certificates, [new]);
}

#[test]
fn handovers_are_given_without_a_gap_and_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let boundaries = (0..40u64).filter(|n| *n != 35).map(|n| 102 + 3 * n);
    let writes: Vec<_> = boundaries.map(|height| Write::Handover(Box::new(handover(height)))).collect();
    storage.write(&writes).unwrap();
    let epochs = |from: u64| match storage.answer(&Request::Handovers { from: Epoch(from) }).unwrap() {
        Some(Response::Handovers { handovers }) => {
            handovers.iter().map(|handover| handover.boundary.epoch.0).collect::<Vec<_>>()
        }
        _ => vec![],
    };
    assert_eq!(epochs(0), (0..32).collect::<Vec<_>>());
    assert_eq!(epochs(30), (30..35).collect::<Vec<_>>());
    assert_eq!((epochs(35), epochs(39), epochs(40)), (vec![], vec![39], vec![]));
    let mut other = handover(102);
    other.boundary.time = Timestamp(1);
    assert!(storage.write(&[Write::Handover(Box::new(other))]).is_err(), "two ends of one epoch");
}
