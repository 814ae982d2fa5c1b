//! Single rules: when to ask, whom, what is accepted, what is a lie.

use corridor_crypto::Digest;
use corridor_types::{Block, Epoch, Height, ValidatorIndex, Vote, VoteKind};

use super::support::*;
use crate::{Action, Input, Misbehaviour};

#[test]
fn far_behind_asks_at_once_and_goes_on_as_the_replica_takes_blocks_in() {
    let (mut sync, blocks) = (new_sync(), chain(150, 0));
    assert_eq!(asked(&sync.step(0, status(2, 150, 0))), [(2, 1)]);
    assert!(sync.is_syncing());
    let actions = sync.step(5, answer(2, &blocks, 1));
    assert_eq!((accepted(&actions), asked(&actions)), (vec![(1, 64)], vec![]));
    assert_eq!(asked(&sync.step(6, advanced(&blocks, 30))), NONE, "the replica is not done");
    assert_eq!(sync.next_deadline(), None, "only the replica can move us on");
    assert_eq!(asked(&sync.step(7, advanced(&blocks, 64))), [(2, 65)]);
    sync.step(8, answer(2, &blocks, 65));
    assert_eq!(asked(&sync.step(9, advanced(&blocks, 128))), [(2, 129)], "22 to go");
    assert_eq!(accepted(&sync.step(10, answer(2, &blocks, 129))), [(129, 150)]);
    assert_eq!(asked(&sync.step(11, advanced(&blocks, 150))), NONE);
    assert!(!sync.is_syncing());
    assert_eq!(sync.next_deadline(), None);
}

#[test]
fn a_small_gap_is_a_reason_only_when_the_chain_stands_still() {
    let (mut sync, blocks) = (new_sync(), chain(20, 0));
    assert_eq!(asked(&sync.step(0, status(1, 3, 0))), NONE);
    assert_eq!(sync.next_deadline(), Some(300));
    assert_eq!(asked(&sync.step(200, advanced(&blocks, 1))), NONE);
    assert_eq!(asked(&sync.step(300, Input::Tick)), NONE, "we moved at 200");
    assert_eq!(sync.next_deadline(), Some(500));
    assert_eq!(asked(&sync.step(500, Input::Tick)), [(1, 2)]);
    // In step with the others, nothing is due.
    sync.step(501, advanced(&blocks, 3));
    sync.step(502, answer(1, &blocks[..3], 2));
    assert_eq!(sync.next_deadline(), None);
    assert!(!sync.is_syncing(), "an answer that brings nothing new closes the question");
}

#[test]
fn blocks_that_were_finalized_meanwhile_are_skipped() {
    let (mut sync, blocks) = (new_sync(), chain(40, 0));
    sync.step(0, status(1, 40, 0));
    sync.step(1, advanced(&blocks, 10));
    assert_eq!(accepted(&sync.step(2, answer(1, &blocks, 1))), [(11, 40)]);
    // But they must be the same blocks.
    let mut sync = new_sync();
    sync.step(0, status(1, 40, 0));
    sync.step(1, advanced(&blocks, 10));
    let actions = sync.step(2, answer(1, &chain(40, 7), 1));
    assert_eq!(accepted(&actions), []);
    assert!(matches!(actions[0], Action::Misbehaved { reason: Misbehaviour::WrongParent { height: Height(11) }, .. }));
}

#[test]
fn every_lie_is_named_and_costs_one_question() {
    let blocks = chain(30, 0);
    let check = |change: &dyn Fn(&mut Vec<Block>), expected: Misbehaviour| {
        let mut sync = new_sync();
        sync.step(0, status(1, 30, 0));
        sync.step(0, status(2, 30, 0));
        let mut list = blocks.clone();
        change(&mut list);
        let last = list.last().unwrap_or(&blocks[29]).clone();
        let actions = sync.step(5, answer_of(1, list, &last));
        assert_eq!(actions[0], Action::Misbehaved { peer: ValidatorIndex(1), reason: expected });
        assert_eq!(asked(&actions), [(2, 1)], "somebody else is asked at once");
        let actions = sync.step(1_005, Input::Tick);
        assert_eq!(asked(&actions), NONE, "2 is silent, 1 a liar: nobody is left for now");
        assert_eq!(sync.next_deadline(), Some(3_005));
        assert_eq!(asked(&sync.step(3_004, status(1, 30, 0))), NONE, "a liar stays aside, whatever it says");
        assert_eq!(asked(&sync.step(3_005, Input::Tick)), [(2, 1)]);
    };
    check(&|list| list.clear(), Misbehaviour::Empty);
    check(&|list| drop(list.remove(0)), Misbehaviour::WrongStart { got: Height(2), asked: Height(1) });
    check(&|list| drop(list.remove(4)), Misbehaviour::Gap { got: Height(6), expected: Height(5) });
    check(&|list| list[0].parent = Digest([1; 32]), Misbehaviour::WrongParent { height: Height(1) });
    check(&|list| list[7].parent = Digest([1; 32]), Misbehaviour::WrongParent { height: Height(8) });
    check(&|list| list[3].epoch = Epoch(1), Misbehaviour::WrongValidators { height: Height(4) });
    check(&|list| list[3].validators = GENESIS, Misbehaviour::WrongValidators { height: Height(4) });
    check(&|list| list[3].next_validators = GENESIS, Misbehaviour::WrongValidators { height: Height(4) });
}

#[test]
fn only_a_finalization_of_the_last_block_will_do() {
    let blocks = chain(30, 0);
    let check = |kind: VoteKind| {
        let mut sync = new_sync();
        sync.step(0, status(1, 30, 0));
        let mut certificate = finalization(&blocks[29]).into_inner();
        certificate.vote = Vote { kind, ..certificate.vote };
        let finalization = corridor_crypto::Verified::assume_checked(certificate);
        let actions = sync.step(1, Input::Blocks { from: ValidatorIndex(1), blocks: blocks.clone(), finalization });
        let reason = Misbehaviour::WrongCertificate { height: Height(30) };
        assert_eq!(actions, [Action::Misbehaved { peer: ValidatorIndex(1), reason }]);
    };
    check(VoteKind::Finalize { block: blocks[28].digest() });
    check(VoteKind::Notarize { block: blocks[29].digest() });
    check(VoteKind::Nullify);
}

#[test]
fn silence_and_a_lost_link_move_on_to_the_next() {
    let (mut sync, blocks) = (new_sync(), chain(30, 0));
    sync.step(0, status(1, 30, 0));
    sync.step(0, status(2, 30, 0));
    sync.step(0, status(3, 30, 0));
    assert_eq!(sync.next_deadline(), Some(1_000));
    assert_eq!(asked(&sync.step(1_000, Input::Tick)), [(2, 1)]);
    assert_eq!(asked(&sync.step(1_100, Input::PeerDown(ValidatorIndex(2)))), [(3, 1)]);
    assert_eq!(accepted(&sync.step(1_150, answer(1, &blocks, 1))), [], "too late: 3 is asked now");
    assert_eq!(accepted(&sync.step(1_200, answer(3, &blocks, 1))), [(1, 30)]);
}

#[test]
fn a_finalization_without_its_block_is_a_reason_and_its_senders_are_asked() {
    let (mut sync, blocks) = (new_sync(), chain(70, 0));
    let behind = |holders: &[u16]| Input::Behind {
        finalization: finalization(&blocks[69]),
        holders: holders.iter().map(|index| ValidatorIndex(*index)).collect(),
    };
    assert_eq!(asked(&sync.step(0, behind(&[0, 3, 99]))), [(3, 1)], "not ourselves, nobody unknown");
    sync.step(1, answer(3, &blocks, 1));
    assert_eq!(asked(&sync.step(2, advanced(&blocks, 64))), [(3, 65)], "block 70 is still missing");
    sync.step(3, answer(3, &blocks, 65));
    assert_eq!(asked(&sync.step(4, advanced(&blocks, 70))), NONE);
    // A false alarm ends when everybody named was asked once.
    let mut sync = new_sync();
    assert_eq!(asked(&sync.step(0, behind(&[2, 3]))), [(2, 1)]);
    assert_eq!(asked(&sync.step(1_000, Input::Tick)), [(3, 1)]);
    assert_eq!(asked(&sync.step(2_000, Input::Tick)), NONE);
    for now_ms in (2_000..20_000).step_by(100) {
        assert_eq!(asked(&sync.step(now_ms, Input::Tick)), NONE);
    }
    assert_eq!(sync.next_deadline(), None);
}

#[test]
fn settlement_certificates_are_asked_for_when_ours_stand_still() {
    let (mut sync, blocks) = (new_sync(), chain(200, 0));
    sync.step(0, advanced(&blocks, 200));
    assert_eq!(asked_settlements(&sync.step(0, status(1, 200, 150))), NONE);
    assert_eq!(sync.next_deadline(), Some(500));
    assert_eq!(asked_settlements(&sync.step(500, Input::Tick)), [(1, 1)]);
    // Far from the end, the next page is asked for at once; near it, outcomes will do.
    assert_eq!(asked_settlements(&sync.step(510, Input::Settled { height: Height(64) })), [(1, 65)]);
    assert_eq!(asked_settlements(&sync.step(520, Input::Settled { height: Height(128) })), NONE);
    assert_eq!(asked_settlements(&sync.step(1_020, Input::Tick)), [(1, 129)]);
    assert_eq!(asked_settlements(&sync.step(1_030, Input::Settled { height: Height(150) })), NONE);
    assert_eq!(sync.next_deadline(), None);
    // Of blocks that we do not have they are of no use.
    let mut fresh = new_sync();
    fresh.step(0, status(1, 10, 10));
    assert_eq!(asked_settlements(&fresh.step(900, Input::Tick)), NONE);
}

#[test]
fn nobody_outside_the_set_is_believed() {
    let mut sync = new_sync();
    assert!(sync.step(0, status(77, 1_000, 1_000)).is_empty());
    assert!(sync.step(0, status(0, 1_000, 1_000)).is_empty(), "that is us");
    assert_eq!(sync.next_deadline(), None);
}
