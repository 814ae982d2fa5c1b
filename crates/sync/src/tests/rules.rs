//! Single rules: when to ask, whom, what is accepted, what is a lie.

use corridor_crypto::{Digest, Verified};
use corridor_types::{Block, Certificate, Epoch, Finality, Height, SettlementCertificate, Vote, VoteKind};

use super::support::*;
use crate::{Action, Config, Input, Limits, Misbehaviour};

#[test]
fn far_behind_asks_at_once_and_goes_on_as_the_replica_takes_blocks_in() {
    let (mut sync, blocks) = (default_sync(), chain(150, 0));
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
    let (mut sync, blocks) = (default_sync(), chain(20, 0));
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
fn a_follower_asks_for_one_block_and_its_certificate_at_once() {
    let mut sync = new_sync(Config { limits: Limits::follower(), ..config() });
    let blocks = chain(5, 0);
    assert_eq!(asked(&sync.step(10, status(1, 1, 1))), [(1, 1)]);
    assert_eq!(accepted(&sync.step(20, answer(1, &blocks[..1], 1))), [(1, 1)]);
    assert_eq!(asked_settlements(&sync.step(21, advanced(&blocks, 1))), [(1, 1)]);
    assert_eq!(sync.step(22, Input::Tick), [], "one question, one answer");
    sync.step(30, Input::Settled { height: Height(1) });
    assert_eq!(sync.next_deadline(), None);
    assert_eq!(asked(&sync.step(40, status(2, 2, 2))), [(2, 2)]);
}

#[test]
fn without_room_nothing_is_asked_and_nobody_is_blamed() {
    let (mut sync, blocks) = (default_sync(), chain(150, 0));
    sync.step(0, Input::Room(false));
    assert_eq!(asked(&sync.step(0, status(1, 150, 0))), NONE);
    assert_eq!(sync.next_deadline(), None, "only the replica can move us on");
    assert_eq!(asked(&sync.step(5_000, Input::Room(true))), [(1, 1)]);
    // What was asked for while there was room is taken.
    sync.step(5_001, Input::Room(false));
    assert_eq!(accepted(&sync.step(5_002, answer(1, &blocks, 1))), [(1, 64)]);
    assert_eq!(asked(&sync.step(5_003, advanced(&blocks, 64))), NONE);
    assert_eq!(asked(&sync.step(9_000, Input::Room(true))), [(1, 65)], "1 is not put aside");
}

#[test]
fn blocks_that_were_finalized_meanwhile_are_skipped() {
    let (mut sync, blocks) = (default_sync(), chain(40, 0));
    sync.step(0, status(1, 40, 0));
    sync.step(1, advanced(&blocks, 10));
    assert_eq!(accepted(&sync.step(2, answer(1, &blocks, 1))), [(11, 40)]);
    // But they must be the same blocks.
    let mut sync = default_sync();
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
        let mut sync = default_sync();
        sync.step(0, status(1, 30, 0));
        sync.step(0, status(2, 30, 0));
        let mut list = blocks.clone();
        change(&mut list);
        let last = list.last().unwrap_or(&blocks[29]).clone();
        let actions = sync.step(5, answer_of(1, list, finalized(&last)));
        assert_eq!(actions[0], Action::Misbehaved { peer: peer(1), reason: expected });
        assert_eq!(asked(&actions), [(2, 1)], "somebody else is asked at once");
        let actions = sync.step(1_005, Input::Tick);
        assert_eq!(asked(&actions), NONE, "2 is silent, 1 a liar: nobody is left for now");
        assert_eq!(sync.next_deadline(), Some(3_005));
        assert_eq!(asked(&sync.step(3_004, status(1, 30, 0))), NONE, "a liar stays aside, whatever it says");
        sync.step(3_004, Input::PeerDown(peer(1)));
        sync.step(3_004, Input::PeerUp(peer(1)));
        assert_eq!(asked(&sync.step(3_004, status(1, 30, 0))), NONE, "and after it reconnected");
        assert_eq!(asked(&sync.step(3_005, Input::Tick)), [(2, 1)]);
    };
    check(&|list| list.clear(), Misbehaviour::Empty);
    check(&|list| drop(list.remove(4)), Misbehaviour::Gap { got: Height(6), expected: Height(5) });
    check(&|list| list[0].parent = Digest([1; 32]), Misbehaviour::WrongParent { height: Height(1) });
    check(&|list| list[7].parent = Digest([1; 32]), Misbehaviour::WrongParent { height: Height(8) });
}

#[test]
fn blocks_of_other_validators_are_a_lie() {
    let check = |change: &dyn Fn(&mut Block), expected: Misbehaviour| {
        let mut list = chain(10, 0);
        change(&mut list[9]);
        let mut sync = default_sync();
        sync.step(0, status(1, 30, 0));
        let actions = sync.step(5, answer_of(1, list.clone(), finalized(&list[9])));
        assert_eq!(actions, [Action::Misbehaved { peer: peer(1), reason: expected }]);
    };
    let wrong = Misbehaviour::WrongValidators { height: Height(10) };
    check(&|block| block.epoch = Epoch(1), wrong.clone());
    check(&|block| block.validators = GENESIS, wrong);
}

#[test]
fn only_finality_of_the_last_block_will_do() {
    let blocks = chain(30, 0);
    let step = |finality: Finality| {
        let mut sync = default_sync();
        sync.step(0, status(1, 30, 0));
        sync.step(1, answer_of(1, blocks.clone(), Verified::assume_checked(finality)))
    };
    let refused = |finality: Finality| {
        let reason = Misbehaviour::WrongCertificate { height: Height(30) };
        assert_eq!(step(finality), [Action::Misbehaved { peer: peer(1), reason }]);
    };
    let vote = |change: &dyn Fn(&mut Vote)| {
        let Certificate { mut vote, signatures } = finalization(&blocks[29]).into_inner();
        change(&mut vote);
        Finality::Finalization(Certificate { vote, signatures })
    };
    refused(vote(&|vote| vote.kind = VoteKind::Finalize { block: blocks[28].digest() }));
    refused(vote(&|vote| vote.kind = VoteKind::Notarize { block: blocks[29].digest() }));
    refused(vote(&|vote| vote.kind = VoteKind::Nullify));
    refused(vote(&|vote| vote.epoch = Epoch(1)));
    let settlement = |change: &dyn Fn(&mut SettlementCertificate)| {
        let mut certificate = certificate(&blocks[29]);
        change(&mut certificate);
        Finality::Settlement(certificate)
    };
    refused(settlement(&|certificate| certificate.outcome.block = blocks[28].digest()));
    refused(settlement(&|certificate| certificate.outcome.height = Height(29)));
    refused(settlement(&|certificate| certificate.outcome.epoch = Epoch(1)));
    assert_eq!(accepted(&step(settlement(&|_| ()))), [(1, 30)], "a settled block is final");
}

#[test]
fn silence_and_a_lost_link_move_on_to_the_next() {
    let (mut sync, blocks) = (default_sync(), chain(30, 0));
    sync.step(0, status(1, 30, 0));
    sync.step(0, status(2, 30, 0));
    sync.step(0, status(3, 30, 0));
    assert_eq!(sync.next_deadline(), Some(1_000));
    assert_eq!(asked(&sync.step(1_000, Input::Tick)), [(2, 1)]);
    assert_eq!(asked(&sync.step(1_100, Input::PeerDown(peer(2)))), [(3, 1)]);
    assert_eq!(accepted(&sync.step(1_150, answer(1, &blocks, 1))), [], "too late: 3 is asked now");
    assert_eq!(accepted(&sync.step(1_200, answer(3, &blocks, 1))), [(1, 30)]);
}

#[test]
fn a_late_answer_to_an_earlier_question_is_no_lie() {
    let (mut sync, blocks) = (default_sync(), chain(150, 0));
    sync.step(0, status(1, 150, 0));
    sync.step(1_000, Input::Tick);
    sync.step(1_001, advanced(&blocks, 70));
    assert_eq!(asked(&sync.step(3_000, Input::Tick)), [(1, 71)]);
    assert_eq!(sync.step(3_001, answer(1, &blocks, 1)), []);
    assert_eq!(accepted(&sync.step(3_002, answer(1, &blocks, 71))), [(71, 134)]);
}

#[test]
fn who_claims_and_stays_silent_is_asked_ever_more_rarely() {
    let mut sync = default_sync();
    assert_eq!(asked(&sync.step(0, status(1, u64::MAX, 0))), [(1, 1)]);
    let mut times = vec![0];
    for now_ms in (0..40_000).step_by(100) {
        times.extend(asked(&sync.step(now_ms, status(1, u64::MAX, 0))).iter().map(|_| now_ms));
    }
    assert_eq!(times, [0, 3_000, 8_000, 17_000, 26_000, 35_000]);
}

#[test]
fn a_claim_is_put_to_who_makes_it_and_not_to_others() {
    let mut sync = default_sync();
    sync.step(0, status(1, 1, 0));
    sync.step(0, status(2, 1, 0));
    assert_eq!(asked(&sync.step(1, status(3, 1_000_000, 0))), [(3, 1)], "1 and 2 are only one block ahead");
}

#[test]
fn who_failed_is_asked_after_those_who_did_not() {
    let (mut sync, blocks) = (default_sync(), chain(300, 0));
    sync.step(0, status(1, 300, 0));
    assert_eq!(asked(&sync.step(1_000, status(2, 300, 0))), [(2, 1)]);
    for height in [64, 128, 192] {
        sync.step(9_000, answer(2, &blocks, height - 63));
        assert_eq!(asked(&sync.step(9_000, advanced(&blocks, height))), [(2, height + 1)], "1 owes us an answer");
    }
}

#[test]
fn peers_without_the_block_are_not_asked() {
    let mut sync = default_sync();
    assert_eq!(asked(&sync.step(0, offer(1, 500, 2, 0))), NONE);
    assert_eq!(sync.next_deadline(), None);
    assert_eq!(asked(&sync.step(0, offer(2, 500, 1, 0))), [(2, 1)]);
}

#[test]
fn a_finalization_without_its_block_is_a_reason_and_its_senders_are_asked() {
    let (mut sync, blocks) = (default_sync(), chain(70, 0));
    let behind = |holders: &[u8]| Input::Behind {
        finalization: finalization(&blocks[69]),
        holders: holders.iter().map(|number| peer(*number)).collect(),
    };
    assert_eq!(asked(&sync.step(0, behind(&[0, 3, 99]))), [(3, 1)], "nobody who is not connected");
    sync.step(1, answer(3, &blocks, 1));
    assert_eq!(asked(&sync.step(2, advanced(&blocks, 64))), [(3, 65)], "block 70 is still missing");
    sync.step(3, answer(3, &blocks, 65));
    assert_eq!(asked(&sync.step(4, advanced(&blocks, 70))), NONE);
    // A false alarm ends when everybody named was asked once.
    let mut sync = default_sync();
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
    let (mut sync, blocks) = (default_sync(), chain(200, 0));
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
    let mut fresh = default_sync();
    fresh.step(0, status(1, 10, 10));
    assert_eq!(asked_settlements(&fresh.step(900, Input::Tick)), NONE);
}

#[test]
fn who_claims_certificates_and_gives_none_is_passed_over_for_them_alone() {
    let (mut sync, blocks) = (default_sync(), chain(200, 0));
    sync.step(0, advanced(&blocks, 100));
    sync.step(0, status(1, 100, 100));
    sync.step(0, status(2, 100, 100));
    assert_eq!(asked_settlements(&sync.step(500, Input::Tick)), [(1, 1)]);
    assert_eq!(asked_settlements(&sync.step(1_500, Input::Tick)), [(2, 1)]);
    assert_eq!(asked_settlements(&sync.step(1_600, Input::Settled { height: Height(64) })), [(2, 65)]);
    assert_eq!(asked_settlements(&sync.step(3_600, Input::Tick)), [(1, 65)], "2 is silent now");
    assert_eq!(asked(&sync.step(3_601, status(1, 200, 200))), [(1, 101)], "but good for blocks");
}

#[test]
fn only_connected_peers_are_believed() {
    let mut sync = default_sync();
    assert!(sync.step(0, status(77, 1_000, 1_000)).is_empty());
    assert_eq!(sync.next_deadline(), None);
    sync.step(0, Input::PeerDown(peer(1)));
    assert!(sync.step(0, status(1, 1_000, 1_000)).is_empty());
    sync.step(0, Input::PeerUp(peer(77)));
    assert_eq!(sync.step(0, Input::Tick), [], "what it said before does not count");
    assert_eq!(asked(&sync.step(0, status(77, 1_000, 1_000))), [(77, 1)]);
}

#[test]
fn the_table_of_peers_is_bounded() {
    let mut sync = default_sync();
    let key = |number: u32| {
        let mut bytes = [200; 32];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        corridor_crypto::PublicKey(bytes)
    };
    (0..2_000).for_each(|number| drop(sync.step(0, Input::PeerUp(key(number)))));
    let claim = |number| Input::PeerStatus { from: key(number), status: status_of(100, 0) };
    assert!(sync.step(0, claim(1_999)).is_empty(), "there was no place for it");
    sync.step(0, Input::PeerDown(key(7)));
    sync.step(0, Input::PeerUp(key(1_999)));
    assert_eq!(sync.step(0, claim(1_999)).len(), 1, "now there is");
}
