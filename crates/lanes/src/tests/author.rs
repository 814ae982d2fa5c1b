//! Our own lane: when batches close, drafts and crashes, back-pressure, sending again.

use corridor_crypto::Verified;
use corridor_types::persist::{Draft, Write};
use corridor_types::{Acknowledgement, Epoch, Sequence, SignRequest, SignedAcknowledgement, ValidatorIndex};

use super::support::*;
use crate::{Action, Input, Lanes, Refusal, Resume, ResumeError};

fn submit(numbers: &[u64]) -> Input {
    Input::Submit(numbers.iter().map(|number| transaction(*number)).collect())
}

/// An acknowledgement by `from` of batch `sequence` of the lane that `of` writes.
fn acknowledgement(of: &Lanes, from: u16, sequence: u64) -> Verified<SignedAcknowledgement> {
    let chain = of.own_chain().unwrap();
    let digest = chain.at(Sequence(sequence)).next().unwrap().digest();
    let body = Acknowledgement { epoch: Epoch(0), lane: lane(0), sequence: Sequence(sequence), digest };
    body.sign(&context(), ValidatorIndex(from), &key(from))
}

fn acknowledge(lanes: &mut Lanes, now_ms: u64, from: u16, sequence: u64) -> Vec<Action> {
    let signed = acknowledgement(lanes, from, sequence);
    drive(lanes, 0, now_ms, Input::Acknowledgement(signed))
}

fn next_resend(lanes: &Lanes) -> Option<u64> {
    lanes.author.as_ref().unwrap().delivery.next_deadline()
}

#[test]
fn an_idle_lane_closes_at_once_and_a_busy_one_gathers() {
    let mut lanes = lanes(4, 0);
    assert_eq!(streamed(&drive(&mut lanes, 0, 100, submit(&[1]))), [(None, 1)]);
    assert_eq!(streamed(&drive(&mut lanes, 0, 101, submit(&[2, 3]))), [], "batch 1 is not acknowledged");
    assert_eq!(lanes.next_deadline(), Some(111), "the oldest waits 10 ms");
    assert_eq!(streamed(&drive(&mut lanes, 0, 110, Input::Tick)), []);
    assert_eq!(streamed(&drive(&mut lanes, 0, 111, submit(&[4]))), [(None, 2)]);
    assert_eq!(lanes.own_chain().unwrap().at(Sequence(2)).next().unwrap().transactions().len(), 3);
    // Two peers and we are a quorum of four.
    drive(&mut lanes, 0, 120, submit(&[5]));
    assert_eq!(streamed(&acknowledge(&mut lanes, 120, 1, 2)), []);
    assert_eq!(streamed(&acknowledge(&mut lanes, 120, 2, 2)), [(None, 3)], "a quorum holds all: no reason to wait");
}

#[test]
fn small_batches_keep_a_distance_and_full_ones_do_not() {
    let mut lanes = lanes(1, 0);
    assert_eq!(streamed(&drive(&mut lanes, 0, 100, submit(&[1]))), [(None, 1)]);
    assert_eq!(streamed(&drive(&mut lanes, 0, 101, submit(&[2]))), []);
    assert_eq!(lanes.next_deadline(), Some(103));
    let bulk = (10..45).map(|number| sized_transaction(number, 1_000)).collect();
    assert_eq!(streamed(&drive(&mut lanes, 0, 101, Input::Submit(bulk))), [(None, 2)], "35 x 16 kB fill a batch");
}

#[test]
fn the_payload_is_durable_before_the_header_is_signed_and_the_batch_before_it_is_sent() {
    let mut lanes = lanes(4, 0);
    let first = lanes.step(0, submit(&[1]));
    let [Write::Draft(draft)] = &first.persist[..] else { panic!("{first:?}") };
    assert_eq!(first.sign, [SignRequest::Batch(draft.header)]);
    let accepted = transaction(1).id;
    assert!(matches!(&first.then[..], [Action::Accepted { ids }] if *ids == [accepted]), "{first:?}");
    assert!(lanes.step(1, submit(&[2])).sign.is_empty(), "one header at a time is with the signer");
    let signed = SignRequest::Batch(draft.header).sign_unchecked(&context(), ValidatorIndex(0), &key(0));
    let second = lanes.step(2, Input::Signed(signed.clone()));
    assert!(matches!(&second.persist[..], [Write::Batch(batch)] if batch.header == draft.header));
    assert_eq!(streamed(&second.then), [(None, 1)]);
    assert!(lanes.step(3, Input::Signed(signed)).is_empty(), "an unasked signature changes nothing");
}

#[test]
fn a_restart_signs_the_kept_draft_again_and_no_other() {
    let mut before = lanes(4, 0);
    let ready = before.step(0, submit(&[1, 2]));
    let [Write::Draft(draft)] = &ready.persist[..] else { panic!("{ready:?}") };
    let resume = |draft: &Draft| Resume { draft: Some(draft.clone()), ..Resume::default() };
    let mut after = Lanes::new(config(4, 0), resume(draft)).unwrap();
    assert_eq!(after.next_deadline(), Some(0));
    let again = after.step(50, submit(&[3]));
    assert_eq!(again.sign, [SignRequest::Batch(draft.header)]);
    assert!(again.persist.is_empty());
    let actions = settle(&mut after, 0, 50, again);
    assert_eq!(streamed(&actions), [(None, 1)]);
    let batch = after.own_chain().unwrap().at(Sequence(1)).next().unwrap().clone();
    assert_eq!(batch.transactions().len(), 2);
    // Once it is a batch, the draft is of no interest.
    let resume = Resume { batches: vec![batch], draft: Some(draft.clone()), finalized_cut: vec![] };
    let mut later = Lanes::new(config(4, 0), resume).unwrap();
    assert!(later.step(90, Input::Tick).sign.is_empty());
}

#[test]
fn a_damaged_or_detached_draft_is_refused_by_name() {
    let mut lanes = lanes(4, 0);
    let ready = lanes.step(0, submit(&[1]));
    let [Write::Draft(draft)] = &ready.persist[..] else { panic!("{ready:?}") };
    let check = |change: &dyn Fn(&mut Draft), expected: &str| {
        let mut draft = draft.clone();
        change(&mut draft);
        let resume = Resume { draft: Some(draft), ..Resume::default() };
        let error = Lanes::new(config(4, 0), resume).err().unwrap();
        assert!(error.to_string().contains(expected), "{error}");
        matches!(error, ResumeError::DetachedDraft { .. })
    };
    assert!(!check(&|draft| draft.payload = vec![0; 9].into(), "draft 1 of our own lane is damaged"));
    assert!(check(&|draft| draft.header.sequence = Sequence(2), "does not follow batch 0"));
    assert!(check(&|draft| draft.header.previous.0[0] = 1, "does not follow"));
}

#[test]
fn too_much_too_large_and_twice_are_refused_by_name() {
    let refusals = |lanes: &mut Lanes, list| {
        let reason = |action: Action| match action {
            Action::Refused { reason, .. } => Some(reason),
            _ => None,
        };
        lanes.step(0, Input::Submit(list)).then.into_iter().filter_map(reason).collect::<Vec<_>>()
    };
    let mut small = config(4, 0);
    small.limits.pending_max_bytes = 500;
    let mut lanes = Lanes::new(small, Resume::default()).unwrap();
    lanes.step(0, submit(&[0]));
    let twice = refusals(&mut lanes, vec![transaction(1), transaction(1)]);
    assert_eq!(twice, [Refusal::AlreadyPending]);
    let full = refusals(&mut lanes, (2..6).map(transaction).collect());
    assert!(matches!(full[..], [Refusal::QueueFull { pending, limit: 500 }, ..] if pending <= 500), "{full:?}");
    assert!(lanes.load().pending_bytes <= 500);
    let large = refusals(&mut lanes, vec![sized_transaction(9, 21_000)]);
    assert!(matches!(large[..], [Refusal::TooLarge { .. }]), "{large:?}");
    let mut observer = Lanes::new(crate::Config { me: None, ..config(4, 0) }, Resume::default()).unwrap();
    assert_eq!(refusals(&mut observer, vec![transaction(1)]), [Refusal::NoLane]);
}

#[test]
fn an_author_stops_at_its_window_and_goes_on_when_blocks_are_final() {
    let mut small = config(1, 0);
    // One of them is kept for what is urgent.
    small.limits.window_batches = 4;
    let mut lanes = Lanes::new(small, Resume::default()).unwrap();
    for number in 0..5 {
        drive(&mut lanes, 0, number * 100, submit(&[number]));
    }
    assert_eq!(lanes.load().held_batches, 3);
    assert_eq!(lanes.load().pending_transactions, 2);
    assert_eq!(next_resend(&lanes), None, "only a finalized block helps");
    let first = lanes.own_chain().unwrap().at(Sequence(1)).next().unwrap().clone();
    let actions = drive(&mut lanes, 0, 900, Input::Finalized { cut: vec![tip(&first)] });
    assert_eq!(streamed(&actions), [(None, 4)]);
    assert_eq!(lanes.load().pending_transactions, 0);
}

#[test]
fn bytes_bound_the_window_too() {
    let mut small = config(1, 0);
    small.limits.window_bytes = 0; // brought up to one batch
    let mut lanes = Lanes::new(small, Resume::default()).unwrap();
    for number in 0..5 {
        let bulk = (0..35).map(|part| sized_transaction(number * 100 + part, 1_000)).collect();
        drive(&mut lanes, 0, number * 100, Input::Submit(bulk));
    }
    assert!(lanes.load().held_bytes <= corridor_types::limits::MAX_BATCH_BYTES);
    assert_eq!(lanes.load().held_batches, 1, "the second would pass the window");
}

#[test]
fn what_is_not_acknowledged_is_sent_again_with_growing_waits() {
    let mut lanes = lanes(4, 0);
    drive(&mut lanes, 0, 0, submit(&[1]));
    acknowledge(&mut lanes, 5, 1, 1);
    acknowledge(&mut lanes, 5, 2, 1);
    let mut sent = Vec::new();
    for _ in 0..6 {
        let now_ms = next_resend(&lanes).unwrap();
        let to: Vec<_> = streamed(&drive(&mut lanes, 0, now_ms, Input::Tick)).into_iter().collect();
        assert_eq!(to, [(Some(3), 1)]);
        sent.push(now_ms);
    }
    assert_eq!(sent, [300, 600, 1_200, 2_400, 4_800, 7_200], "doubling up to eight times 300 ms");
    assert_eq!(streamed(&drive(&mut lanes, 0, 7_300, Input::PeerUp(ValidatorIndex(3)))), [(Some(3), 1)]);
    acknowledge(&mut lanes, 7_301, 3, 1);
    assert_eq!(next_resend(&lanes), None, "everybody has everything");
}

#[test]
fn a_peer_that_comes_back_gets_bursts_as_it_acknowledges() {
    let mut single = lanes(2, 0);
    for number in 0..40 {
        drive(&mut single, 0, number * 20, submit(&[number]));
        drive(&mut single, 0, number * 20 + 10, Input::Tick);
    }
    let burst = |actions: &[Action]| streamed(actions).iter().map(|(_, sequence)| *sequence).collect::<Vec<_>>();
    let first = burst(&drive(&mut single, 0, 800, Input::PeerUp(ValidatorIndex(1))));
    assert_eq!(first, (1..=16).collect::<Vec<_>>());
    assert_eq!(burst(&acknowledge(&mut single, 801, 1, 9)), NONE, "the burst is still on its way");
    assert_eq!(burst(&acknowledge(&mut single, 802, 1, 16)), (17..=32).collect::<Vec<_>>());
    assert_eq!(burst(&acknowledge(&mut single, 803, 1, 32)), (33..=40).collect::<Vec<_>>());
    assert_eq!(burst(&acknowledge(&mut single, 804, 1, 40)), NONE);
    assert_eq!(next_resend(&single), None);
}

#[test]
fn foreign_and_false_acknowledgements_count_for_nothing() {
    let mut lanes = lanes(4, 0);
    drive(&mut lanes, 0, 0, submit(&[1]));
    let good = acknowledgement(&lanes, 1, 1).into_inner().acknowledgement;
    let bad = [
        Acknowledgement { lane: lane(1), ..good },
        Acknowledgement { epoch: Epoch(1), ..good },
        Acknowledgement { sequence: Sequence(2), ..good },
        Acknowledgement { digest: batch(0, None, 99).digest(), ..good },
    ];
    for from in 1..4 {
        for body in bad {
            let signed = body.sign(&context(), ValidatorIndex(from), &key(from));
            drive(&mut lanes, 0, 10, Input::Acknowledgement(signed));
        }
    }
    let resent = streamed(&drive(&mut lanes, 0, 300, Input::Tick));
    assert_eq!(resent, [(Some(1), 1), (Some(2), 1), (Some(3), 1)], "nobody is taken to hold it");
}
