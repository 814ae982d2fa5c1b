//! Proofs of availability: how they come about, what they make acceptable, when they are shared.

use corridor_types::{Epoch, Sequence, Tip};

use super::support::*;
use crate::{Action, Input, Judgement, Lanes, Resume};

const NOW: Epoch = Epoch(0);

fn became_available(actions: &[Action]) -> bool {
    actions.iter().any(|action| matches!(action, Action::Available))
}

#[test]
fn a_quorum_of_acknowledgements_of_one_batch_is_a_proof() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 3, 0));
    let cut = [tip(&list[2])];
    let hear = |lanes: &mut Lanes, from, batch| {
        became_available(&drive(lanes, 0, 0, Input::Acknowledgement(acknowledgement_of(NOW, from, batch))))
    };
    assert!(!hear(&mut lanes, 1, &list[2]));
    assert!(!hear(&mut lanes, 1, &list[2]), "one voter counts once");
    assert!(!hear(&mut lanes, 2, &list[1]), "another batch is another matter");
    assert!(!hear(&mut lanes, 2, &list[2]));
    assert!(lanes.proofs_for(&cut, &[]).is_empty());
    assert!(hear(&mut lanes, 3, &list[2]));
    let proofs = lanes.proofs_for(&cut, &[]);
    assert_eq!(proofs.len(), 1);
    let verified = proofs[0].clone().verify(&context(), &validators(4)).expect("it verifies");
    assert_eq!(verified.signatures.len(), 3);
    assert!(lanes.proofs_for(&cut, &cut).is_empty(), "the parent has it already");
    drive(&mut lanes, 0, 1, Input::Finalized { cut: cut.to_vec() });
    assert!(lanes.proofs_for(&cut, &[]).is_empty(), "forgotten with finality");
}

#[test]
fn our_own_acknowledgement_counts() {
    let mut lanes = lanes(4, 0);
    drive(&mut lanes, 0, 0, Input::Submit(vec![transaction(1)]));
    let own = lanes.own_chain().unwrap().at(Sequence(1)).next().unwrap().clone();
    for from in [1, 2] {
        assert!(lanes.proofs_for(&[tip(&own)], &[]).is_empty());
        drive(&mut lanes, 0, 1, Input::Acknowledgement(acknowledgement_of(NOW, from, &own)));
    }
    assert_eq!(lanes.proofs_for(&[tip(&own)], &[]).len(), 1);
}

#[test]
fn a_proven_tip_is_acceptable_without_its_batches() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 5, 0));
    let cut = [tip(&list[3])];
    let judge = |lanes: &mut Lanes, cut: &[Tip]| matches!(lanes.judge(0, None, cut, &[]), Judgement::Acceptable);
    assert!(!judge(&mut lanes, &cut));
    assert!(became_available(&drive(&mut lanes, 0, 0, Input::Proof(proof_of(NOW, &[1, 2, 3], &list[3])))));
    assert!(judge(&mut lanes, &cut));
    assert!(!judge(&mut lanes, &[tip(&list[4])]), "a proof says nothing of what follows");
    assert!(!judge(&mut lanes, &[tip(&list[2])]), "nor of what precedes, unless it is held");
    assert!(lanes.collect(&[], &cut).is_none());
    assert_eq!(fetched(&lanes.want(0, &[], &cut)), [(4, 1)], "it is fetched when it is final");
}

#[test]
fn a_proof_covers_what_is_held_below_it_even_off_our_line() {
    let mut lanes = lanes(4, 0);
    let (ours, theirs) = (chain(1, 1, 0), chain(1, 3, 100));
    deliver(&mut lanes, 0, 0, &ours[0]);
    // Finality of an earlier block brings theirs here; its execution has not come yet.
    for batch in theirs.iter().rev() {
        lanes.want(0, &[], &[tip(batch)]);
        deliver(&mut lanes, 0, 0, batch);
    }
    let cut = [tip(&theirs[1])];
    assert!(matches!(lanes.judge(0, None, &cut, &[]), Judgement::Waiting(_)));
    drive(&mut lanes, 0, 0, Input::Proof(proof_of(NOW, &[1, 2, 3], &theirs[2])));
    assert!(matches!(lanes.judge(0, None, &cut, &[]), Judgement::Acceptable));
    assert_eq!(lanes.propose_cut(&[]), [], "we propose only what is on our line, and its author lied");
}

#[test]
fn proofs_of_other_epochs_and_of_what_is_final_are_ignored() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 2, 0));
    assert!(!became_available(&drive(&mut lanes, 0, 0, Input::Proof(proof_of(Epoch(1), &[1, 2, 3], &list[1])))));
    drive(&mut lanes, 0, 0, Input::Finalized { cut: vec![tip(&list[0])] });
    assert!(!became_available(&drive(&mut lanes, 0, 0, Input::Proof(proof_of(NOW, &[1, 2, 3], &list[0])))));
    assert!(became_available(&drive(&mut lanes, 0, 0, Input::Proof(proof_of(NOW, &[1, 2, 3], &list[1])))));
}

#[test]
fn what_is_not_final_in_time_is_shared_and_what_is_final_never() {
    let (mut lanes, list) = (lanes(4, 0), chain(1, 2, 0));
    assert_eq!(shared(&deliver(&mut lanes, 0, 0, &list[0])), NONE);
    drive(&mut lanes, 0, 100, Input::Finalized { cut: vec![tip(&list[0])] });
    assert_eq!(lanes.next_deadline(), None, "final in time: nothing to share");
    deliver(&mut lanes, 0, 1_000, &list[1]);
    let mut times = Vec::new();
    for _ in 0..6 {
        let now_ms = lanes.next_deadline().unwrap();
        assert_eq!(shared(&drive(&mut lanes, 0, now_ms, Input::Tick)), [2]);
        times.push(now_ms - 1_000);
    }
    assert_eq!(times, [200, 400, 800, 1_600, 3_200, 4_800], "again, less and less often");
    drive(&mut lanes, 0, 9_000, Input::Finalized { cut: vec![tip(&list[1])] });
    assert_eq!(lanes.next_deadline(), None);
}

#[test]
fn validators_at_different_batches_meet_at_milestones() {
    // Three receivers, each of which saw another newest batch, share what they acknowledged.
    let list = chain(1, 40, 0);
    let mut leader = lanes(4, 0);
    let mut said = Vec::new();
    for (me, end) in [(0, 34), (2, 37), (3, 40)] {
        let mut peer = lanes(4, me);
        // They arrive all at once, so that only the newest would be acknowledged.
        let mut ready = crate::Ready::default();
        for batch in &list[..end] {
            let step = peer.step(0, Input::Batch { from: None, batch: batch.clone() });
            ready.sign.extend(step.sign);
        }
        settle(&mut peer, me, 0, ready);
        for action in drive(&mut peer, me, 300, Input::Tick) {
            if let Action::Send { to: crate::Recipient::All, message: corridor_types::Message::Acknowledgement(it) } =
                action
            {
                said.push(it.verify(&context(), &validators(4)).unwrap());
            }
        }
    }
    let places: Vec<u64> = said.iter().map(|signed| signed.acknowledgement.sequence.0).collect();
    assert_eq!(places, [32, 34, 32, 37, 32, 40]);
    said.into_iter().for_each(|signed| drop(drive(&mut leader, 0, 0, Input::Acknowledgement(signed))));
    assert_eq!(leader.proofs_for(&[tip(&list[31])], &[]).len(), 1);
}

#[test]
fn acknowledgements_kept_are_bounded_whatever_voters_sign() {
    let mut lanes = lanes(4, 0);
    // Two voters sign everything there is, and the like of it.
    for salt in 0..3 {
        for batch in chain(1, 300, salt * 1_000) {
            for from in [2, 3] {
                drive(&mut lanes, 0, 0, Input::Acknowledgement(acknowledgement_of(NOW, from, &batch)));
            }
        }
    }
    let kept = lanes.lanes[&lane(1)].proofs.counted();
    assert_eq!(kept, 2 * (256 / 16 + 1), "per voter each milestone of the window once, and the newest");
}

#[test]
fn a_restarted_node_counts_from_nothing() {
    let list = chain(1, 1, 0);
    let resume = Resume { batches: list.clone(), ..Resume::default() };
    let lanes = Lanes::new(config(4, 0), resume).unwrap();
    assert!(lanes.proofs_for(&[tip(&list[0])], &[]).is_empty());
    assert_eq!(lanes.propose_cut(&[]), [tip(&list[0])]);
}
