//! Others' lanes: acknowledgements, gaps, windows, twins.

use corridor_crypto::Digest;
use corridor_types::persist::Write;
use corridor_types::{Epoch, Evidence, Sequence, SignRequest, Tip, ValidatorIndex, ValidatorSets, VerifiedBatch};

use super::support::*;
use crate::{Action, Input, Judgement, Lanes, Resume};

#[test]
fn only_the_gapless_part_is_acknowledged_and_gaps_are_fetched() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 5, 0));
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 0, &list[0])), [1]);
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 1, &list[3])), NONE);
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 2, &list[4])), NONE);
    assert_eq!(lanes.next_deadline(), Some(31), "batch 3 may still be on its way");
    assert_eq!(fetched(&drive(&mut lanes, 0, 31, Input::Tick)), [(3, 1)], "the author first");
    assert_eq!(fetched(&drive(&mut lanes, 0, 231, Input::Tick)), [(3, 2)], "then the next");
    let third = deliver(&mut lanes, 0, 240, &list[2]);
    assert_eq!(acknowledged(&third), NONE);
    assert_eq!(fetched(&third), [(2, 1)], "and so on downwards, now at once");
    assert_eq!(acknowledged(&deliver(&mut lanes, 0, 280, &list[1])), [5], "one acknowledgement covers all");
    assert_eq!(lanes.load().wanted_batches, 0);
}

#[test]
fn a_batch_is_durable_before_it_is_acknowledged_and_one_is_with_the_signer() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 3, 0));
    let arrive = |lanes: &mut Lanes, index: usize| {
        lanes.step(0, Input::Batch { from: Some(lane(1)), batch: list[index].clone() })
    };
    let first = arrive(&mut lanes, 0);
    assert!(matches!(&first.persist[..], [Write::Batch(batch)] if batch == list[0].batch()));
    assert!(matches!(first.sign[..], [SignRequest::Acknowledgement(body)] if body.digest == list[0].digest()));
    assert!(arrive(&mut lanes, 1).sign.is_empty());
    assert!(arrive(&mut lanes, 2).sign.is_empty());
    assert_eq!(acknowledged(&settle(&mut lanes, 0, 0, first)), [1, 3], "2 is covered by 3");
}

#[test]
fn a_repeated_batch_repeats_the_acknowledgement_to_its_author_only() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 2, 0));
    deliver(&mut lanes, 0, 0, &list[0]);
    deliver(&mut lanes, 0, 0, &list[1]);
    let again = lanes.step(1, Input::Batch { from: Some(lane(1)), batch: list[0].clone() });
    assert!(again.persist.is_empty() && again.sign.is_empty());
    assert_eq!(acknowledged(&again.then), [2]);
    assert!(lanes.step(2, Input::Batch { from: Some(lane(2)), batch: list[0].clone() }).is_empty());
    // A restarted node acknowledges anew.
    let resume = Resume { batches: list.clone(), ..Resume::default() };
    let mut restarted = Lanes::new(config(4, 0), resume).unwrap();
    assert_eq!(acknowledged(&deliver(&mut restarted, 0, 3, &list[0])), [2]);
}

#[test]
fn nothing_beyond_the_window_is_held_unless_it_is_wanted() {
    let mut small = config(4, 0);
    small.limits.window_batches = 2;
    let mut lanes = Lanes::new(small, Resume::default()).unwrap();
    let list = chain(1, 5, 0);
    list.iter().for_each(|batch| drop(deliver(&mut lanes, 0, 0, batch)));
    assert_eq!(lanes.load().held_batches, 2);
    lanes.want(0, &[], &[tip(&list[4])]);
    deliver(&mut lanes, 0, 1, &list[4]);
    assert_eq!(lanes.load().held_batches, 3, "a finalized block needs it");
    drive(&mut lanes, 0, 2, Input::Finalized { cut: vec![tip(&list[1])] });
    assert_eq!(lanes.load().held_batches, 1);
    list.iter().for_each(|batch| drop(deliver(&mut lanes, 0, 3, batch)));
    assert_eq!(lanes.load().held_batches, 3, "the window moved on");
}

#[test]
fn unasked_bytes_are_bounded() {
    let mut small = config(4, 0);
    small.limits.window_bytes = 0; // brought up to one batch of the largest size
    let mut lanes = Lanes::new(small, Resume::default()).unwrap();
    let mut list = vec![large_batch(1, None, 15)];
    for _ in 1..8 {
        list.push(large_batch(1, list.last(), 15));
    }
    list.iter().for_each(|batch| drop(deliver(&mut lanes, 0, 0, batch)));
    assert_eq!(lanes.load().held_batches, 4, "four of 240 kB fit into 1 MiB");
    // A vote may need more, up to twice as much.
    for _ in 0..8 {
        lanes.judge(1, None, &[tip(&list[7])], &[]);
        list.iter().for_each(|batch| drop(deliver(&mut lanes, 0, 1, batch)));
    }
    assert_eq!(lanes.load().held_batches, 8);
    assert!(lanes.load().held_bytes <= 2 * corridor_types::limits::MAX_BATCH_BYTES);
}

#[test]
fn our_own_lane_is_taken_from_others_only_when_a_block_needs_it() {
    let (mut lanes, list) = (lanes(4, 0), chain(0, 2, 0));
    drive(&mut lanes, 0, 0, Input::Batch { from: Some(lane(1)), batch: list[0].clone() });
    assert_eq!(lanes.load().held_batches, 0);
    assert_eq!(fetched(&lanes.want(1, &[], &[tip(&list[1])])), [(2, 1)], "never from ourselves");
    deliver(&mut lanes, 0, 2, &list[1]);
    lanes.want(2, &[], &[tip(&list[1])]);
    deliver(&mut lanes, 0, 3, &list[0]);
    assert_eq!(lanes.collect(&[], &[tip(&list[1])]).unwrap(), list);
    // What we write next follows it.
    drive(&mut lanes, 0, 4, Input::Finalized { cut: vec![tip(&list[1])] });
    assert_eq!(streamed(&drive(&mut lanes, 0, 5, Input::Submit(vec![transaction(7)]))), [(None, 3)]);
}

fn evidence(actions: &[Action]) -> Vec<Evidence> {
    let of = |action: &Action| match action {
        Action::Evidence(evidence) => Some(evidence.clone()),
        _ => None,
    };
    actions.iter().filter_map(of).collect()
}

#[test]
fn the_first_of_two_twins_is_stood_by_and_the_lie_is_proven_once() {
    let mut lanes = lanes(4, 0);
    let twins: Vec<_> = (0..3).map(|salt| batch(1, None, salt)).collect();
    assert!(evidence(&deliver(&mut lanes, 0, 0, &twins[0])).is_empty());
    let reported = evidence(&deliver(&mut lanes, 0, 0, &twins[1]));
    assert_eq!(reported.len(), 1);
    let sets = ValidatorSets::new(validators(4));
    let verified = reported[0].clone().verify(&context(), &sets).expect("it verifies offline");
    assert_eq!(verified.culprit(&validators(4)).unwrap().0, ValidatorIndex(1));
    assert!(evidence(&deliver(&mut lanes, 0, 0, &twins[2])).is_empty());
    assert_eq!(lanes.load().held_batches, 1);
    // A proposal changes nothing about that, and nothing is fetched for it.
    assert!(matches!(lanes.judge(0, None, &[tip(&twins[2])], &[]), Judgement::Waiting(_)));
    assert_eq!(lanes.load().wanted_batches, 0);
    // Finality decides, whatever came first; the chain goes on from there.
    lanes.want(1, &[], &[tip(&twins[2])]);
    deliver(&mut lanes, 0, 1, &twins[2]);
    assert_eq!(lanes.collect(&[], &[tip(&twins[2])]).unwrap(), [twins[2].clone()]);
    assert!(matches!(lanes.judge(1, None, &[tip(&twins[2])], &[]), Judgement::Waiting(_)), "it is not our line yet");
    drive(&mut lanes, 0, 2, Input::Finalized { cut: vec![tip(&twins[2])] });
    let next = batch(1, Some(&twins[2]), 9);
    assert_eq!(acknowledged_or_shared(&deliver(&mut lanes, 0, 3, &next)), [2]);
    assert_eq!(lanes.propose_cut(&[tip(&twins[2])]), [tip(&twins[2])], "a liar's batches are offered when proven");
}

#[test]
fn twins_of_two_epochs_are_reported_without_being_evidence() {
    let mut lanes = Lanes::new(config_in(Epoch(1), 0..4, 0), Resume::default()).unwrap();
    deliver(&mut lanes, 0, 0, &batch(1, None, 0));
    let actions = deliver(&mut lanes, 0, 0, &batch_in(Epoch(1), 1, None, &[1], 1));
    assert!(evidence(&actions).is_empty());
    assert!(actions.iter().any(|action| matches!(action, Action::Equivocation { lane: of, .. } if *of == lane(1))));
}

#[test]
fn a_fork_named_by_a_proposal_leads_down_to_the_lie() {
    let mut lanes = lanes(4, 0);
    let (ours, theirs) = (chain(1, 2, 0), chain(1, 3, 100));
    ours.iter().for_each(|batch| drop(deliver(&mut lanes, 0, 0, batch)));
    let cut = [tip(&theirs[2])];
    assert!(matches!(lanes.judge(0, None, &cut, &[]), Judgement::Waiting(_)));
    // The third of theirs hangs above ours and may be held; below it the lie shows.
    assert!(evidence(&deliver(&mut lanes, 0, 1, &theirs[2])).is_empty());
    assert_eq!(lanes.load().wanted_batches, 1, "the second of theirs");
    assert_eq!(evidence(&deliver(&mut lanes, 0, 2, &theirs[1])).len(), 1);
    assert_eq!(lanes.propose_cut(&[]), []);
}

#[test]
fn a_restart_finds_the_same_line_again() {
    for salt in 0..20 {
        let mut lanes = lanes(4, 0);
        let (first, twin) = (batch(1, None, salt), batch(1, None, 100 + salt));
        let mut disk = Vec::new();
        for batch in [&first, &twin] {
            let ready = lanes.step(0, Input::Batch { from: Some(lane(1)), batch: batch.clone() });
            let kept = ready.persist.iter().map(|write| match write {
                Write::Batch(batch) => reverify(batch),
                other => panic!("{other:?}"),
            });
            disk.extend(kept);
            // A proposal names the twin, whether before or after the lie is known.
            lanes.judge(0, Some(ValidatorIndex(2)), &[tip(&twin)], &[]);
        }
        // A disk gives them back in the order of their names.
        disk.sort_by_key(VerifiedBatch::digest);
        let resume = Resume { batches: disk, ..Resume::default() };
        let restarted = Lanes::new(config(4, 0), resume).unwrap();
        assert_eq!(restarted.propose_cut(&[]), [tip(&first)], "salt {salt}");
    }
}

#[test]
fn a_tip_that_nobody_has_expires_and_wants_are_bounded() {
    let mut lanes = lanes(4, 0);
    let ghost = |number: u64| {
        let mut digest = Digest::ZERO;
        digest.0[..8].copy_from_slice(&number.to_be_bytes());
        Tip { lane: lane(1), sequence: Sequence(1 + number % 200), digest }
    };
    for number in 1..2_000 {
        lanes.judge(number, None, &[ghost(number)], &[]);
    }
    assert_eq!(lanes.load().wanted_batches, crate::MAX_TENTATIVE_WANTS);
    lanes.step(10_000, Input::Tick);
    assert_eq!(lanes.load().wanted_batches, 0);
    for number in 1..3_000 {
        lanes.want(10_000, &[], &[ghost(number)]);
    }
    assert_eq!(lanes.load().wanted_batches, crate::MAX_EXECUTION_WANTS);
    lanes.step(1_000_000, Input::Tick);
    assert_eq!(lanes.load().wanted_batches, crate::MAX_EXECUTION_WANTS, "what execution needs never expires");
}

#[test]
fn an_observer_holds_and_collects_and_says_nothing() {
    let mut observer = Lanes::new(crate::Config { me: None, ..config(4, 0) }, Resume::default()).unwrap();
    let list = chain(1, 2, 0);
    for batch in &list {
        let ready = observer.step(0, Input::Batch { from: Some(lane(1)), batch: batch.clone() });
        assert!(ready.sign.is_empty() && ready.persist.len() == 1);
    }
    assert_eq!(observer.collect(&[], &[tip(&list[1])]).unwrap(), list);
}

#[test]
fn a_lane_of_no_validator_is_ignored() {
    let mut lanes = lanes(4, 0);
    assert!(lanes.step(0, Input::Batch { from: None, batch: batch(6, None, 0) }).is_empty());
}

/// The author lost a batch that some stand by: peers at different places prove none of them.
#[test]
fn more_of_a_lane_that_another_holds_is_fetched_from_it_alone() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 3, 0));
    deliver(&mut lanes, 0, 0, &list[0]);
    let heard = |from, batch: &_| Input::Acknowledgement(acknowledgement_of(Epoch(0), from, batch));
    drive(&mut lanes, 0, 0, heard(2, &list[2]));
    let share_ms = lanes.limits().share_ms;
    assert_eq!(fetched(&drive(&mut lanes, 0, share_ms - 1, Input::Tick)), [], "it may be on its way");
    let asked = |lanes: &mut Lanes, now_ms| -> Vec<(u64, Vec<u16>)> {
        let peers = |action: Action| match action {
            Action::Fetch { request: corridor_types::Request::Batches { sequence, .. }, peers } => {
                Some((sequence.0, peers.iter().map(|peer| peer.0).collect()))
            }
            _ => None,
        };
        drive(lanes, 0, now_ms, Input::Tick).into_iter().filter_map(peers).collect()
    };
    assert_eq!(asked(&mut lanes, share_ms), [(3, vec![2])]);
    // Another takes its turn; who repeats itself does not.
    drive(&mut lanes, 0, share_ms + 1, heard(3, &list[2]));
    drive(&mut lanes, 0, share_ms + 2, heard(2, &list[2]));
    let again_ms = share_ms + lanes.limits().fetch_retry_ms;
    assert_eq!(asked(&mut lanes, again_ms), [(3, vec![3])]);
    // It comes, and what is below it is fetched as any gap is.
    let came = deliver(&mut lanes, 0, again_ms + 1, &list[2]);
    assert_eq!((acknowledged(&came), fetched(&came)), (vec![], vec![(2, 3)]));
    assert_eq!(acknowledged_or_shared(&deliver(&mut lanes, 0, again_ms + 3, &list[1])), [3]);
}

#[test]
fn a_batch_that_our_disk_lost_is_taken_back_from_who_stands_by_it() {
    let (mut lanes, list) = (lanes(4, 0), chain(0, 1, 0));
    let unasked = drive(&mut lanes, 0, 0, Input::Batch { from: None, batch: list[0].clone() });
    assert!(unasked.is_empty(), "of our own lane nothing is taken unasked");
    drive(&mut lanes, 0, 1, Input::Acknowledgement(acknowledgement_of(Epoch(0), 2, &list[0])));
    drive(&mut lanes, 0, 2, Input::Batch { from: None, batch: list[0].clone() });
    assert_eq!(lanes.own_chain().unwrap().tip().sequence, Sequence(1));
    assert_eq!(lanes.propose_cut(&[]), [tip(&list[0])]);
}

#[test]
fn what_one_validator_says_that_it_holds_is_bounded_and_makes_room() {
    let mut lanes = lanes(4, 0);
    for number in 0..50 {
        let made_up = batch_with(1, Some(&batch(1, None, number)), &[number], 1);
        drive(&mut lanes, 0, 0, Input::Acknowledgement(acknowledgement_of(Epoch(0), 2, &made_up)));
    }
    assert_eq!(lanes.load().wanted_batches, crate::config::MAX_HEARD_WANTS);
}

/// The questions for batches: position, and what the asker needs nothing at or below of.
fn asked_runs(actions: &[Action]) -> Vec<(u64, u64)> {
    let run = |action: &Action| match action {
        Action::Fetch { request: corridor_types::Request::Batches { sequence, above, .. }, .. } => {
            Some((sequence.0, above.0))
        }
        _ => None,
    };
    actions.iter().filter_map(run).collect()
}

/// The batches of `list` from one position down to another, as an answer carries them.
fn run(list: &[VerifiedBatch], from: usize, to: usize) -> Input {
    Input::Run { from: None, batches: list[to - 1..from].iter().rev().cloned().collect() }
}

#[test]
fn what_finalized_blocks_lack_of_a_lane_comes_with_one_question_a_block() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 40, 0));
    let cuts = [vec![], vec![tip(&list[19])], vec![tip(&list[39])]];
    let first = lanes.want(0, &cuts[0], &cuts[1]);
    let second = lanes.want(0, &cuts[1], &cuts[2]);
    assert_eq!((asked_runs(&first), asked_runs(&second)), (vec![(20, 0)], vec![(40, 20)]));
    assert_eq!(asked_runs(&drive(&mut lanes, 0, 1, run(&list, 40, 21))), []);
    assert_eq!(asked_runs(&drive(&mut lanes, 0, 2, run(&list, 20, 1))), []);
    assert_eq!(lanes.load().wanted_batches, 0);
    assert_eq!(lanes.collect(&cuts[0], &cuts[1]).unwrap(), list[..20]);
    assert_eq!(lanes.collect(&cuts[1], &cuts[2]).unwrap(), list[20..]);
}

#[test]
fn a_run_that_did_not_fit_one_answer_goes_on_at_once() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 40, 0));
    lanes.want(0, &[], &[tip(&list[39])]);
    deliver(&mut lanes, 1, 0, &list[0]);
    assert_eq!(asked_runs(&drive(&mut lanes, 0, 1, run(&list, 40, 30))), [(29, 1)]);
    assert_eq!(asked_runs(&drive(&mut lanes, 0, 2, run(&list, 29, 2))), []);
    assert_eq!(lanes.collect(&[], &[tip(&list[39])]).unwrap(), list);
}
