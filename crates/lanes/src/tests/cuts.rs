//! Cuts: proposing, judging, and the order of execution.

use corridor_types::{Sequence, Tip};

use super::support::*;
use crate::{CutError, Input, Judgement, Lanes, Resume};

fn holding(batches: &[&[corridor_types::VerifiedBatch]]) -> Lanes {
    let mut lanes = lanes(4, 0);
    batches.iter().flat_map(|list| list.iter()).for_each(|batch| drop(deliver(&mut lanes, 0, 0, batch)));
    lanes
}

#[test]
fn the_order_of_execution_is_by_rounds() {
    let (a, b, c) = (chain(1, 3, 0), chain(2, 1, 100), chain(3, 2, 200));
    let lanes = holding(&[&c, &a, &b]);
    let order = |parent: &[Tip], cut: &[Tip]| {
        let name = |batch: &corridor_types::VerifiedBatch| (batch.header().lane.0, batch.header().sequence.0);
        lanes.collect(parent, cut).unwrap().iter().map(name).collect::<Vec<_>>()
    };
    let cut = [tip(&a[2]), tip(&b[0]), tip(&c[1])];
    assert_eq!(order(&[], &cut), [(20, 1), (30, 1), (40, 1), (20, 2), (40, 2), (20, 3)]);
    assert_eq!(order(&[tip(&a[1])], &cut), [(20, 3), (30, 1), (40, 1), (40, 2)]);
    assert_eq!(order(&cut, &cut), []);
}

#[test]
fn one_lane_cannot_fill_a_block() {
    let mut lanes = lanes(4, 0);
    let mut flood = vec![large_batch(1, None, 30)];
    for _ in 1..12 {
        flood.push(large_batch(1, flood.last(), 30));
    }
    let other = chain(2, 40, 100);
    flood.iter().chain(&other).for_each(|batch| drop(deliver(&mut lanes, 0, 0, batch)));
    let cut = lanes.propose_cut(&[]);
    assert_eq!(cut, [tip(&flood[7]), tip(&other[39])], "8 of 480 kB fit into 4 MiB, and all of the other lane");
    assert!(matches!(lanes.judge(0, None, &cut, &[]), Judgement::Acceptable));
    let judged = lanes.judge(0, None, &[tip(&flood[8])], &[]);
    assert!(matches!(judged, Judgement::Invalid(CutError::LaneTooLarge { limit: 4_194_304, .. })), "{judged:?}");
    assert_eq!(lanes.propose_cut(&cut)[0], tip(&flood[11]), "the rest comes next");
}

#[test]
fn a_proposal_takes_every_lane_as_far_as_it_is_held_without_a_gap() {
    let (a, b) = (chain(1, 4, 0), chain(2, 3, 100));
    let lanes = holding(&[&a[..2], &a[3..], &b]);
    assert_eq!(lanes.propose_cut(&[]), [tip(&a[1]), tip(&b[2])]);
    assert_eq!(lanes.propose_cut(&[tip(&a[3])]), [tip(&a[3]), tip(&b[2])], "never behind the parent");
    assert!(lanes.has_work(&[tip(&a[1]), tip(&b[0])]));
    assert!(!lanes.has_work(&[tip(&a[1]), tip(&b[2])]));
}

#[test]
fn a_full_block_serves_all_lanes_alike_and_validators_agree_on_the_bound() {
    let mut small = config(4, 0);
    small.limits.block_bytes = 0; // brought up to one batch of the largest size per lane: 4 MiB
    let mut lanes = Lanes::new(small, Resume::default()).unwrap();
    let long = |author: u16, count: usize| {
        let mut list = vec![large_batch(author, None, 20)];
        for _ in 1..count {
            list.push(large_batch(author, list.last(), 20));
        }
        list
    };
    let (a, b) = (long(1, 12), long(2, 3));
    a.iter().chain(&b).for_each(|batch| drop(deliver(&mut lanes, 0, 0, batch)));
    let cut = lanes.propose_cut(&[]);
    assert_eq!(cut, [tip(&a[8]), tip(&b[2])], "12 of 324 kB fit into 4 MiB, 13 do not");
    assert!(matches!(lanes.judge(0, None, &cut, &[]), Judgement::Acceptable));
    let more = [tip(&a[9]), tip(&b[2])];
    assert!(matches!(lanes.judge(0, None, &more, &[]), Judgement::Invalid(CutError::TooLarge { limit: 4_194_304 })));
    assert_eq!(lanes.propose_cut(&cut), [tip(&a[11]), tip(&b[2])], "the rest comes next");
}

#[test]
fn bad_cuts_are_refused_by_name() {
    let (a, b) = (chain(1, 4, 0), chain(2, 3, 100));
    let twin = batch(1, Some(&a[0]), 999);
    let mut lanes = holding(&[&a, &b, std::slice::from_ref(&twin)]);
    let mut check = |cut: &[Tip], parent: &[Tip], expected: &str| match lanes.judge(0, None, cut, parent) {
        Judgement::Invalid(error) => assert_eq!(error.to_string(), expected),
        other => panic!("{other:?} instead of {expected}"),
    };
    let (a2, a3, b1) = (tip(&a[1]), tip(&a[2]), tip(&b[0]));
    check(&[b1, a2], &[], "the tips are not strictly ascending at lane 20");
    check(&[a2, a2], &[], "the tips are not strictly ascending at lane 20");
    check(&[Tip { lane: lane(7), ..a2 }], &[], "lane 80 belongs to no validator");
    check(&[a2], &[a3], "lane 20 stands at 2, behind the parent's 3");
    check(&[b1], &[a2, b1], "lane 20 stands at 0, behind the parent's 2");
    check(&[tip(&twin)], &[a2], "batch 2 of lane 20 does not descend from the parent's tip");
    check(&[a3], &[tip(&twin)], "batch 3 of lane 20 does not descend from the parent's tip");
    check(&[Tip { sequence: Sequence(0), ..a2 }], &[], "batch 0 of lane 20 does not descend from the parent's tip");
    let far = Tip { sequence: Sequence(258), ..a2 };
    check(&[far], &[tip(&a[0])], "lane 20 advances by 257 batches, the limit is 256");
}

#[test]
fn a_cut_is_acceptable_when_everything_it_adds_is_held() {
    let (a, b) = (chain(1, 3, 0), chain(2, 2, 100));
    let mut lanes = holding(&[&a[..1], &b[1..]]);
    let cut = [tip(&a[2]), tip(&b[1])];
    assert!(matches!(lanes.judge(0, None, &[], &[]), Judgement::Acceptable), "an empty block adds nothing");
    assert!(
        matches!(lanes.judge(0, None, &cut, &[]), Judgement::Waiting(fetches) if fetches.is_empty()),
        "grace first"
    );
    assert!(
        matches!(lanes.judge(30, None, &cut, &[]), Judgement::Waiting(fetches) if fetched(&fetches) == [(3, 1), (1, 2)])
    );
    for batch in [&a[2], &b[0], &a[1]] {
        assert!(lanes.collect(&[], &cut).is_none());
        assert!(matches!(lanes.judge(31, None, &cut, &[]), Judgement::Waiting(_)));
        deliver(&mut lanes, 0, 31, batch);
    }
    assert!(matches!(lanes.judge(32, None, &cut, &[]), Judgement::Acceptable));
    assert_eq!(lanes.collect(&[], &cut).unwrap().len(), 5);
    assert_eq!(lanes.load().wanted_batches, 0, "nothing is wanted any more");
}

#[test]
fn a_finalized_cut_is_wanted_at_once_and_forgotten_when_executed() {
    let a = chain(1, 3, 0);
    let mut lanes = lanes(4, 0);
    let cut = [tip(&a[2])];
    assert!(matches!(lanes.judge(0, None, &cut, &[]), Judgement::Waiting(fetches) if fetches.is_empty()));
    assert_eq!(fetched(&lanes.want(1, &[], &cut)), [(3, 1)], "no grace for a finalized block");
    drive(&mut lanes, 0, 2, Input::Finalized { cut: cut.to_vec() });
    assert_eq!(lanes.load().wanted_batches, 0);
    assert!(!lanes.has_work(&cut));
    drive(&mut lanes, 0, 3, Input::Finalized { cut: vec![tip(&a[0])] });
    let next = batch(1, Some(&a[2]), 77);
    deliver(&mut lanes, 0, 4, &next);
    assert_eq!(lanes.propose_cut(&cut), [tip(&next)], "an older cut takes nothing back");
}
