//! Whom a leader trusts: what it offers unproven, and when it stops and begins again.

use corridor_types::{Epoch, Sequence, ValidatorIndex};

use super::support::*;
use crate::{Action, Input, Lanes};

fn asked(lanes: &mut Lanes, now_ms: u64, from: u16, sequence: u64) {
    let (from, sequence) = (ValidatorIndex(from), Sequence(sequence));
    drive(lanes, 0, now_ms, Input::Asked { from, lane: lane(1), sequence });
}

fn prove(lanes: &mut Lanes, now_ms: u64, batch: &corridor_types::VerifiedBatch) -> Vec<Action> {
    drive(lanes, 0, now_ms, Input::Proof(proof_of(Epoch(0), &[1, 2, 3], batch)))
}

#[test]
fn a_network_in_good_order_waits_for_no_proof() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 100, 0));
    let mut parent = Vec::new();
    for (number, batch) in (0..).zip(&list) {
        let now_ms = number * 950;
        deliver(&mut lanes, 0, now_ms, batch);
        assert_eq!(lanes.propose_cut(&parent), [tip(batch)], "at {now_ms} ms");
        parent = vec![tip(batch)];
        drive(&mut lanes, 0, now_ms + 900, Input::Finalized { cut: parent.clone() });
    }
}

#[test]
fn what_stands_still_unproven_is_not_offered_until_it_is_proven() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 4, 0));
    deliver(&mut lanes, 0, 0, &list[0]);
    deliver(&mut lanes, 0, 500, &list[1]);
    drive(&mut lanes, 0, 999, Input::Tick);
    assert_eq!(lanes.propose_cut(&[]), [tip(&list[1])]);
    drive(&mut lanes, 0, 1_000, Input::Tick);
    assert_eq!(lanes.propose_cut(&[]), [], "neither final nor proven for a second");
    assert!(!lanes.has_work(&[]));
    let actions = prove(&mut lanes, 1_100, &list[0]);
    assert!(actions.iter().any(|action| matches!(action, Action::Available)));
    assert_eq!(lanes.propose_cut(&[]), [tip(&list[0])], "as far as it is proven");
    assert!(lanes.has_work(&[]) && !lanes.has_work(&[tip(&list[0])]));
    prove(&mut lanes, 1_200, &list[1]);
    assert_eq!(shared(&deliver(&mut lanes, 0, 1_300, &list[2])), [3], "what we hold of it is shared at once");
    // It stays proven in time, until trust returns 5 s after the last cause.
    prove(&mut lanes, 2_000, &list[2]);
    drive(&mut lanes, 0, 5_000, Input::Tick);
    deliver(&mut lanes, 0, 5_500, &list[3]);
    assert_eq!(lanes.propose_cut(&[]), [tip(&list[2])]);
    let actions = drive(&mut lanes, 0, 6_101, Input::Tick);
    assert!(actions.iter().any(|action| matches!(action, Action::Available)));
    assert_eq!(lanes.propose_cut(&[]), [tip(&list[3])]);
}

#[test]
fn when_ordering_stands_still_only_what_is_unproven_is_blamed() {
    let (mut lanes, good, bad) = (lanes(4, 0), chain(1, 1, 0), chain(2, 1, 100));
    deliver(&mut lanes, 0, 0, &good[0]);
    deliver(&mut lanes, 0, 0, &bad[0]);
    prove(&mut lanes, 400, &good[0]);
    drive(&mut lanes, 0, 30_000, Input::Tick);
    assert_eq!(lanes.propose_cut(&[]), [tip(&good[0])]);
}

#[test]
fn an_author_that_others_have_to_ask_for_is_not_trusted() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 5, 0));
    list.iter().for_each(|batch| drop(deliver(&mut lanes, 0, 0, batch)));
    (0..50).for_each(|time| asked(&mut lanes, time, 2, 5));
    assert_eq!(lanes.propose_cut(&[]), [tip(&list[4])], "one validator may say what it likes");
    (0..9).for_each(|time| asked(&mut lanes, 100 + time, 3, 5));
    assert_eq!(lanes.propose_cut(&[]), [tip(&list[4])], "nine times may be chance");
    asked(&mut lanes, 200, 3, 5);
    assert_eq!(lanes.propose_cut(&[]), []);
}

#[test]
fn asking_now_and_then_is_no_offence() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 1, 0));
    deliver(&mut lanes, 0, 0, &list[0]);
    prove(&mut lanes, 0, &list[0]);
    for time in 0..40 {
        [2, 3, 99].into_iter().for_each(|from| asked(&mut lanes, time * 1_200, from, 1));
    }
    let unproven = batch(1, Some(&list[0]), 50);
    deliver(&mut lanes, 0, 50_000, &unproven);
    assert_eq!(lanes.propose_cut(&[]), [tip(&unproven)]);
}

#[test]
fn an_author_whose_batches_we_must_fetch_is_not_trusted() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 24, 0));
    for (number, pair) in (0..).zip(list.chunks(2)) {
        let [missing, given] = pair else { break };
        let now_ms = number * 80;
        deliver(&mut lanes, 0, now_ms, given);
        assert_eq!(fetched(&drive(&mut lanes, 0, now_ms + 30, Input::Tick)).len(), 1);
        deliver(&mut lanes, 0, now_ms + 40, missing);
        let expected = if number < 9 { vec![tip(given)] } else { vec![] };
        assert_eq!(lanes.propose_cut(&[]), expected, "after {} fetches", number + 1);
    }
}

#[test]
fn each_probation_is_longer_than_the_last_and_an_epoch_ends_them() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 12, 0));
    let (mut now_ms, mut lengths) = (0, Vec::new());
    for batch in &list {
        deliver(&mut lanes, 0, now_ms, batch);
        now_ms += 1_000;
        drive(&mut lanes, 0, now_ms, Input::Tick);
        assert_eq!(lanes.propose_cut(&[]), [], "it offends again");
        prove(&mut lanes, now_ms, batch);
        let since_ms = now_ms;
        let trusted = |lanes: &Lanes| lanes.lanes[&lane(1)].standing.is_trusted();
        while !trusted(&lanes) {
            now_ms += 1_000;
            drive(&mut lanes, 0, now_ms, Input::Tick);
        }
        lengths.push((now_ms - since_ms) / 1_000);
        drive(&mut lanes, 0, now_ms, Input::Finalized { cut: vec![tip(batch)] });
    }
    assert_eq!(lengths, [5, 10, 20, 40, 80, 160, 320, 640, 640, 640, 640, 640]);
}
