//! Changes of the validator set: who acknowledges, who writes, and what may still be ordered.

use corridor_types::persist::Draft;
use corridor_types::{Epoch, Message, Sequence, SignRequest, ValidatorIndex};

use super::support::*;
use crate::{Action, CutError, Input, Judgement, Lanes, Recipient, Refusal, Resume};

/// The epoch's set is made of these lanes; we are the validator of lane `me`, if it is one.
fn enter(lanes: &mut Lanes, now_ms: u64, epoch: u64, members: std::ops::Range<u16>, me: u16) -> Vec<Action> {
    let validators = validators_in(Epoch(epoch), members);
    let position = validators.index_of(lane(me));
    drive(lanes, me, now_ms, Input::Epoch { validators, me: position })
}

fn acknowledgements(actions: &[Action]) -> Vec<(u64, u64)> {
    let of = |action: &Action| match action {
        Action::Send { message: Message::Acknowledgement(signed), .. } => {
            Some((signed.acknowledgement.epoch.0, signed.acknowledgement.sequence.0))
        }
        _ => None,
    };
    actions.iter().filter_map(of).collect()
}

#[test]
fn what_is_not_final_is_acknowledged_anew_and_old_tallies_are_void() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 3, 0));
    list.iter().for_each(|batch| drop(deliver(&mut lanes, 0, 0, batch)));
    for from in [2, 3] {
        drive(&mut lanes, 0, 0, Input::Acknowledgement(acknowledgement_of(Epoch(0), from, &list[2])));
    }
    let cut = [tip(&list[2])];
    assert_eq!(lanes.proofs_for(&cut, &[]).len(), 1);
    drive(&mut lanes, 0, 1, Input::Finalized { cut: vec![tip(&list[0])] });
    assert_eq!(acknowledgements(&enter(&mut lanes, 2, 1, 0..4, 0)), [(1, 3)]);
    assert!(lanes.proofs_for(&cut, &[]).is_empty(), "the old set's proof is void");
    let old = acknowledgement_of(Epoch(0), 2, &list[2]);
    drive(&mut lanes, 0, 3, Input::Acknowledgement(old));
    for from in [2, 3] {
        assert!(lanes.proofs_for(&cut, &[]).is_empty());
        drive(&mut lanes, 0, 3, Input::Acknowledgement(acknowledgement_of(Epoch(1), from, &list[2])));
    }
    assert_eq!(lanes.proofs_for(&cut, &[]).len(), 1, "ours and those of two others");
    assert!(acknowledgements(&enter(&mut lanes, 4, 1, 0..4, 0)).is_empty(), "the same epoch does not begin twice");
    assert_eq!(lanes.proofs_for(&cut, &[]).len(), 1);
}

#[test]
fn an_acknowledgement_that_returns_late_from_the_signer_is_not_of_this_epoch() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 1, 0));
    let ready = lanes.step(0, Input::Batch { from: Some(lane(1)), batch: list[0].clone() });
    enter(&mut lanes, 1, 1, 0..4, 0);
    assert_eq!(acknowledgements(&settle(&mut lanes, 0, 2, ready)), []);
}

#[test]
fn our_next_batches_carry_the_new_epoch_and_the_lane_goes_on() {
    let mut lanes = lanes(4, 0);
    drive(&mut lanes, 0, 0, Input::Submit(vec![transaction(1)]));
    enter(&mut lanes, 10, 1, 0..4, 0);
    drive(&mut lanes, 0, 100, Input::Submit(vec![transaction(2)]));
    drive(&mut lanes, 0, 200, Input::Tick);
    let epochs: Vec<_> = lanes.own_chain().unwrap().above(Sequence(0)).map(|batch| batch.header().epoch.0).collect();
    assert_eq!(epochs, [0, 1]);
}

#[test]
fn peers_that_say_nothing_in_the_new_epoch_are_sent_everything_again() {
    let mut lanes = lanes(4, 0);
    drive(&mut lanes, 0, 0, Input::Submit(vec![transaction(1)]));
    let own = lanes.own_chain().unwrap().at(Sequence(1)).next().unwrap().clone();
    for from in 1..4 {
        drive(&mut lanes, 0, 1, Input::Acknowledgement(acknowledgement_of(Epoch(0), from, &own)));
    }
    enter(&mut lanes, 10, 1, 0..4, 0);
    for from in 1..3 {
        drive(&mut lanes, 0, 11, Input::Acknowledgement(acknowledgement_of(Epoch(1), from, &own)));
    }
    assert_eq!(streamed(&drive(&mut lanes, 0, 310, Input::Tick)), [(Some(3), 1)]);
}

#[test]
fn a_validator_that_left_takes_nothing_more_and_its_last_batches_are_ordered() {
    let mut small = config(4, 3);
    small.limits.batch_delay_ms = 1_000;
    let mut leaver = Lanes::new(small, Resume::default()).unwrap();
    drive(&mut leaver, 3, 0, Input::Submit(vec![transaction(1)]));
    let last = leaver.own_chain().unwrap().at(Sequence(1)).next().unwrap().clone();
    drive(&mut leaver, 3, 1, Input::Submit(vec![transaction(2)]));
    let refusals = |actions: &[Action], id| {
        actions.iter().any(|action| matches!(action, Action::Refused { id: of, reason: Refusal::NoLane } if *of == id))
    };
    assert!(refusals(&enter(&mut leaver, 10, 1, 0..3, 3), transaction(2).id), "what waits is given back");
    assert!(refusals(&drive(&mut leaver, 3, 11, Input::Submit(vec![transaction(3)])), transaction(3).id));
    // Another node gets its last batch only now, and proposes and accepts it for one epoch.
    let mut other = Lanes::new(config_in(Epoch(1), 0..3, 0), Resume::default()).unwrap();
    let mut other_config = other.config.clone();
    other_config.previous = Some(validators(4));
    other = Lanes::new(other_config, Resume::default()).unwrap();
    let told = deliver(&mut other, 0, 0, &last);
    assert_eq!(acknowledged(&told), [1], "its author is told, though it left");
    assert_eq!(shared(&told), NONE);
    let cut = [tip(&last)];
    assert_eq!(other.propose_cut(&[]), cut);
    assert!(matches!(other.judge(0, None, &cut, &[]), Judgement::Acceptable));
    assert_eq!(shared(&drive(&mut other, 0, 200, Input::Tick)), [1], "but all others");
    enter(&mut other, 300, 2, 0..3, 0);
    assert_eq!(other.propose_cut(&[]), []);
    assert!(!other.has_work(&[]));
    assert!(matches!(other.judge(300, None, &cut, &[]), Judgement::Invalid(CutError::UnknownLane { .. })));
    assert!(matches!(other.judge(300, None, &cut, &cut), Judgement::Acceptable), "what is final stays in the cut");
}

#[test]
fn one_that_left_delivers_the_next_batches_when_those_before_are_acknowledged() {
    let own = chain(3, 20, 0);
    let left = crate::Config { previous: Some(validators(4)), me: None, ..config_in(Epoch(1), 0..3, 0) };
    let last = own.last().unwrap();
    let draft = Draft { header: *last.header(), payload: last.batch().payload.clone() };
    let mut leaver =
        Lanes::new(left.clone(), Resume { batches: own.clone(), draft: Some(draft), ..Resume::default() }).unwrap();
    let to_first = |actions: &[Action]| -> Vec<u64> {
        streamed(actions).into_iter().filter(|(to, _)| *to == Some(0)).map(|(_, sequence)| sequence).collect()
    };
    let sent = to_first(&drive(&mut leaver, 3, 0, Input::PeerUp(ValidatorIndex(0))));
    assert_eq!(sent, (1..=16).collect::<Vec<_>>(), "one burst");
    // What the peer says of them reaches the author that left, also the second time.
    let mut peer = Lanes::new(crate::Config { me: Some(ValidatorIndex(0)), ..left }, Resume::default()).unwrap();
    let to_author = |actions: Vec<Action>| {
        actions.into_iter().find_map(|action| match action {
            Action::Send { to: Recipient::Author(of), message: Message::Acknowledgement(signed) } => Some((of, signed)),
            _ => None,
        })
    };
    let said: Vec<_> = own[..16].iter().filter_map(|batch| to_author(deliver(&mut peer, 0, 1, batch))).collect();
    let (of, signed) = *said.last().unwrap();
    assert_eq!((of, signed.acknowledgement.sequence), (lane(3), Sequence(16)));
    assert_eq!(to_author(deliver(&mut peer, 0, 2, &own[4])), Some((lane(3), signed)), "lost on its way, said again");
    let verified = corridor_crypto::Verified::assume_checked(signed);
    let next = to_first(&drive(&mut leaver, 3, 3, Input::Acknowledgement(verified)));
    assert_eq!(next, [17, 18, 19, 20], "at once, whatever is final");
}

#[test]
fn a_member_of_both_epochs_may_not_leave_old_batches_for_later() {
    let mut lanes = Lanes::new(config_in(Epoch(1), 0..4, 0), Resume::default()).unwrap();
    let old = batch(1, None, 0);
    deliver(&mut lanes, 0, 0, &old);
    assert_eq!(lanes.propose_cut(&[]), [tip(&old)]);
    enter(&mut lanes, 10, 2, 0..4, 0);
    assert_eq!(lanes.propose_cut(&[]), []);
    let error = "batch 1 of lane 20 was signed in epoch 0, too long before epoch 2";
    let judged = lanes.judge(10, None, &[tip(&old)], &[]);
    assert!(matches!(judged, Judgement::Invalid(reason) if reason.to_string() == error), "{judged:?}");
    // They are ordered along with a new one.
    let new = batch_in(Epoch(2), 1, Some(&old), &[7], 1);
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 20, &new)), [2]);
    assert_eq!(lanes.propose_cut(&[]), [tip(&new)]);
    assert!(matches!(lanes.judge(20, None, &[tip(&new)], &[]), Judgement::Acceptable));
}

#[test]
fn an_idle_author_carries_old_batches_with_an_empty_one() {
    let mut lanes = lanes(4, 0);
    drive(&mut lanes, 0, 0, Input::Submit(vec![transaction(1)]));
    enter(&mut lanes, 10, 1, 0..4, 0);
    assert_eq!(streamed(&drive(&mut lanes, 0, 20, Input::Carry)), [], "it can still be ordered by itself");
    enter(&mut lanes, 30, 2, 0..4, 0);
    assert_eq!(lanes.propose_cut(&[]), []);
    assert_eq!(streamed(&drive(&mut lanes, 0, 40, Input::Carry)), [(None, 2)]);
    let carrier = lanes.own_chain().unwrap().at(Sequence(2)).next().unwrap().clone();
    assert_eq!((carrier.header().epoch, carrier.transactions().len()), (Epoch(2), 0));
    assert_eq!(lanes.propose_cut(&[]), [tip(&carrier)]);
    assert_eq!(streamed(&drive(&mut lanes, 0, 50, Input::Carry)), [], "once is enough");
}

#[test]
fn one_that_was_silent_when_it_left_completes_and_delivers_at_once() {
    let previous = Some(validators(4));
    let left = || crate::Config { previous: previous.clone(), me: None, ..config_in(Epoch(1), 0..3, 0) };
    let own = chain(3, 2, 0);
    let next = batch(3, own.last(), 9);
    let draft = Draft { header: *next.header(), payload: next.batch().payload.clone() };
    let mut leaver = Lanes::new(left(), Resume { batches: own.clone(), ..Resume::default() }).unwrap();
    assert_eq!(streamed(&drive(&mut leaver, 3, 0, Input::Tick)), [], "there is no author yet");
    let left_with = |lanes: &mut Lanes, draft| drive(lanes, 3, 1, Input::Leave { lane: lane(3), draft });
    let sent = streamed(&left_with(&mut leaver, Some(draft)));
    assert_eq!(sent.iter().filter(|(to, _)| *to == Some(0)).count(), 2, "what is on disk: {sent:?}");
    assert!(sent.contains(&(None, 3)), "and the draft: {sent:?}");
    // Nothing is said for a lane that nobody takes batches of any more, or that has an author.
    assert_eq!(streamed(&left_with(&mut leaver, None)), []);
    let gone = crate::Config { me: None, ..config_in(Epoch(2), 0..3, 0) };
    let mut gone = Lanes::new(gone, Resume { batches: own, ..Resume::default() }).unwrap();
    assert_eq!(streamed(&left_with(&mut gone, None)), []);
}

#[test]
fn a_new_validator_begins_at_one_and_an_old_one_where_it_stopped() {
    let mut lanes = lanes(3, 0);
    let first = batch_in(Epoch(1), 3, None, &[1], 1);
    assert!(lanes.step(0, Input::Batch { from: None, batch: first.clone() }).is_empty(), "not yet a validator");
    enter(&mut lanes, 1, 1, 0..4, 0);
    deliver(&mut lanes, 0, 2, &first);
    assert_eq!(lanes.propose_cut(&[]), [tip(&first)]);
    drive(&mut lanes, 0, 3, Input::Finalized { cut: vec![tip(&first)] });
    enter(&mut lanes, 4, 2, 0..3, 0);
    enter(&mut lanes, 5, 3, 0..3, 0);
    enter(&mut lanes, 6, 4, 0..4, 0);
    let second = batch_in(Epoch(4), 3, Some(&first), &[2], 1);
    deliver(&mut lanes, 0, 7, &second);
    assert_eq!(lanes.propose_cut(&[tip(&first)]), [tip(&second)]);
    // The same from its own side.
    let resume = Resume { finalized_cut: vec![tip(&first)], ..Resume::default() };
    let mut author = Lanes::new(crate::Config { me: None, ..config_in(Epoch(3), 0..3, 0) }, resume).unwrap();
    enter(&mut author, 0, 4, 0..4, 3);
    assert_eq!(streamed(&drive(&mut author, 3, 1, Input::Submit(vec![transaction(9)]))), [(None, 2)]);
}

#[test]
fn epochs_never_go_back_along_a_lane_and_never_run_ahead_of_us() {
    let mut lanes = Lanes::new(config_in(Epoch(1), 0..4, 0), Resume::default()).unwrap();
    let first = batch_in(Epoch(1), 1, None, &[1], 1);
    let back = batch(1, Some(&first), 2);
    deliver(&mut lanes, 0, 0, &first);
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 0, &back)), NONE);
    assert_eq!(lanes.propose_cut(&[]), [tip(&first)]);
    let ahead = batch_in(Epoch(2), 2, None, &[3], 1);
    assert!(lanes.step(0, Input::Batch { from: None, batch: ahead }).persist.is_empty());
}

#[test]
fn a_draft_of_the_last_epoch_is_completed_after_a_restart_even_by_one_that_left() {
    let mut before = lanes(4, 3);
    let ready = before.step(0, Input::Submit(vec![transaction(1)]));
    let [corridor_types::persist::Write::Draft(draft)] = &ready.persist[..] else { panic!("{ready:?}") };
    let draft: Draft = draft.clone();
    let mut left = crate::Config { me: None, ..config_in(Epoch(1), 0..3, 0) };
    left.previous = Some(validators(4));
    let mut after = Lanes::new(left, Resume { draft: Some(draft.clone()), ..Resume::default() }).unwrap();
    let again = after.step(1, Input::Tick);
    assert_eq!(again.sign, [SignRequest::Batch(draft.header)]);
    assert_eq!(streamed(&settle(&mut after, 3, 1, again)), [(None, 1)]);
    // What nobody got cannot be fetched from anybody: it is sent again until it is acknowledged.
    let at = after.next_deadline().unwrap();
    let repeated: Vec<_> = streamed(&after.step(at, Input::Tick).then).into_iter().map(|(to, _)| to).collect();
    assert_eq!(repeated, [Some(0), Some(1), Some(2)]);
}

#[test]
fn a_validator_that_followed_in_silence_takes_part_when_told() {
    let mut lanes = Lanes::new(crate::Config { me: None, ..config(4, 0) }, Resume::default()).unwrap();
    let (theirs, ours) = (chain(1, 2, 0), chain(0, 1, 100));
    theirs.iter().chain(&ours).for_each(|batch| assert_eq!(acknowledgements(&deliver(&mut lanes, 0, 0, batch)), []));
    let foreign = Draft { header: *theirs[0].header(), payload: theirs[0].batch().payload.clone() };
    let begun = drive(&mut lanes, 0, 1, Input::TakePart { me: ValidatorIndex(0), draft: Some(foreign) });
    assert_eq!(acknowledgements(&begun), [(0, 2)], "of our own lane there is nobody to tell");
    drive(&mut lanes, 0, 100, Input::Submit(vec![transaction(7)]));
    let sent = streamed(&drive(&mut lanes, 0, 110, Input::Tick));
    assert_eq!(sent, [(None, 2)], "our lane goes on after what the others hold of it");
}

#[test]
fn a_key_that_was_rotated_away_takes_no_place_on_its_lane() {
    let first = batch(1, None, 0);
    let resume = Resume { finalized_cut: vec![tip(&first)], ..Resume::default() };
    let mut lanes = Lanes::new(config_in(Epoch(5), 0..4, 0), resume).unwrap();
    // Whoever holds a key of epoch 2 signs in that epoch's name, beside the lane's author.
    let stale = |previous, number| batch_in(Epoch(2), 1, previous, &[number], 1);
    let (next, air) = (stale(Some(&first), 9), stale(Some(&stale(Some(&stale(Some(&first), 7)), 8)), 9));
    for forged in [&next, &air] {
        drive(&mut lanes, 0, 0, Input::Batch { from: Some(lane(3)), batch: forged.clone() });
    }
    let told = drive(&mut lanes, 0, 1, Input::Acknowledgement(acknowledgement_of(Epoch(5), 3, &next)));
    drop((told, drive(&mut lanes, 0, 300, Input::Tick)));
    drive(&mut lanes, 0, 301, Input::Batch { from: Some(lane(3)), batch: next.clone() });
    let true_next = batch_in(Epoch(5), 1, Some(&first), &[1], 1);
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 302, &true_next)), [2]);
    assert_eq!(lanes.propose_cut(&[tip(&first)]), [tip(&true_next)]);
}

#[test]
fn an_old_batch_is_taken_below_one_of_this_epoch() {
    let first = batch(1, None, 0);
    let resume = Resume { finalized_cut: vec![tip(&first)], ..Resume::default() };
    let mut lanes = Lanes::new(config_in(Epoch(5), 0..4, 0), resume).unwrap();
    let old = batch_in(Epoch(2), 1, Some(&first), &[1], 1);
    let carry = batch_in(Epoch(5), 1, Some(&old), &[], 1);
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 0, &carry)), [1], "what is final");
    assert_eq!(fetched(&drive(&mut lanes, 0, 30, Input::Tick)), [(2, 1)]);
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 40, &old)), [3], "who has the key now stands for it");
}

#[test]
fn a_window_full_of_old_batches_is_carried_all_the_same() {
    let mut small = config(4, 0);
    (small.limits.window_batches, small.limits.batch_gap_ms) = (4, 0);
    let mut lanes = Lanes::new(small, Resume::default()).unwrap();
    (0..9).for_each(|now| drop(drive(&mut lanes, 0, 100 * now, Input::Submit(vec![transaction(now)]))));
    let last = lanes.own_chain().unwrap().tip().sequence;
    enter(&mut lanes, 1_000, 1, 0..4, 0);
    enter(&mut lanes, 1_001, 2, 0..4, 0);
    drive(&mut lanes, 0, 1_002, Input::Carry);
    let chain = lanes.own_chain().unwrap();
    assert_eq!((chain.tip().sequence, chain.epoch_of(&chain.tip())), (last.next(), Some(Epoch(2))));
}
