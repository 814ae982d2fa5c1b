//! Which requests are granted and which are refused, one rule at a time.

use corridor_types::{
    Epoch, Height, ParticipantId, Sequence, SignRequest, Signed, ValidatorIndex, ValidatorSet, View, Vote,
};

use super::fixtures::*;
use crate::{Keyring, MemoryDisk, Refusal, Signer};

/// Signs `first`, then expects `second` to be granted or refused; both also after a restart.
fn check(first: SignRequest, second: SignRequest, granted: bool) {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    let signed = sign(&mut signer, first.clone()).unwrap();
    assert_eq!(sign(&mut signer, first.clone()), Ok(signed.clone()), "{first:?} again");
    drop(signer);
    let mut signer = open(&disk);
    assert_eq!(sign(&mut signer, first.clone()), Ok(signed), "{first:?} after a restart");
    assert_eq!(sign(&mut signer, second.clone()).is_ok(), granted, "{second:?} after {first:?}");
}

#[test]
fn every_conflicting_pair_is_refused_and_every_other_granted() {
    for (first, second) in [
        (proposal(5, 1), proposal(5, 2)),
        (notarize(5, 1), notarize(5, 2)),
        (nullify(5), finalize(5, 1)),
        (finalize(5, 1), nullify(5)),
        (finalize(5, 1), finalize(5, 2)),
        (batch(3, 0), batch(3, 1)),
        (batch(3, 0), batch(2, 0)),
        (batch(5, 0), batch(4, 0)),
        (batch(3, 1), batch(4, 0)),
        (outcome(4, 1), outcome(4, 2)),
    ] {
        check(first, second, false);
    }
    for (first, second) in [
        (proposal(5, 1), proposal(6, 2)),
        (notarize(5, 1), notarize(6, 2)),
        (notarize(5, 1), nullify(5)),
        (nullify(5), notarize(5, 1)),
        (notarize(5, 1), finalize(5, 2)),
        (nullify(5), finalize(6, 1)),
        (finalize(5, 1), finalize(4, 2)),
        (batch(3, 0), batch(4, 1)),
        (batch(3, 0), batch(5, 0)),
        (outcome(4, 1), outcome(5, 2)),
        (outcome(4, 1), outcome(3, 2)),
        (acknowledgement(1), acknowledgement(2)),
    ] {
        check(first, second, true);
    }
}

#[test]
fn a_conflict_within_one_call_is_seen_and_does_not_spoil_the_others() {
    let mut signer = open(&MemoryDisk::new());
    let answers =
        signer.sign_all(vec![notarize(5, 1), notarize(5, 2), nullify(5), finalize(5, 1), outcome(1, 1)]).unwrap();
    let granted: Vec<_> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(granted, [true, false, true, false, true]);
}

#[test]
fn refusals_name_what_is_on_record() {
    let mut signer = open(&MemoryDisk::new());
    sign(&mut signer, batch(3, 0)).unwrap();
    let expected =
        Refusal::SecondBatch { sequence: Sequence(3), recorded: header(3, 0).digest(), asked: header(3, 1).digest() };
    assert_eq!(sign(&mut signer, batch(3, 1)), Err(expected));
    let SignRequest::Batch(mut fork) = batch(4, 0) else { unreachable!() };
    fork.previous = digest(9);
    let broken = Refusal::BrokenLane { last: Sequence(3), asked: Sequence(4) };
    assert_eq!(sign(&mut signer, SignRequest::Batch(fork)), Err(broken), "it would fork the own lane");
    assert!(sign(&mut signer, batch(7, 0)).is_ok(), "what lies between was signed with another key");
    assert!(sign(&mut signer, batch(5, 0)).is_err(), "and is not signed with this one any more");
}

#[test]
fn only_the_own_place_in_the_own_epoch_is_signed_for() {
    let mut signer = open(&MemoryDisk::new());
    let SignRequest::Proposal(mut block) = proposal(5, 1) else { unreachable!() };
    block.proposer = ValidatorIndex(2);
    let expected = Refusal::NotOurTurn { got: ValidatorIndex(2), expected: VOTER };
    assert_eq!(sign(&mut signer, SignRequest::Proposal(block)), Err(expected));
    let mut other = header(1, 0);
    other.lane = ParticipantId(10);
    let expected = Refusal::NotOurLane { got: ParticipantId(10), expected: LANE };
    assert_eq!(sign(&mut signer, SignRequest::Batch(other)), Err(expected));
}

#[test]
fn outcomes_of_the_epoch_before_are_still_signed_and_older_ones_are_not() {
    let mut signer = open(&MemoryDisk::new());
    assert!(signer.enter(&validators(1)));
    assert!(sign(&mut signer, outcome(1, 1)).is_ok(), "the boundary's outcome is of the epoch before");
    assert!(signer.enter(&validators(2)));
    let refusal = Refusal::NotInEpoch { epoch: Epoch(0), current: Epoch(2), key: key(1).public_key() };
    for request in [proposal(5, 1), nullify(5), outcome(2, 1), acknowledgement(1), batch(1, 0)] {
        assert_eq!(sign(&mut signer, request), Err(refusal.clone()));
    }
}

#[test]
fn a_header_that_is_on_record_is_signed_again_in_any_later_epoch() {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    let signed = sign(&mut signer, batch(1, 0)).unwrap();
    drop(signer);
    // The batch never got to the disk, and two epochs went by before the node came back.
    let mut signer = Signer::open(disk.open().unwrap(), context(), key(1)).unwrap();
    signer.enter(&validators(2));
    signer.enter(&validators(3));
    assert_eq!(sign(&mut signer, batch(1, 0)), Ok(signed.clone()), "the lane goes on only from there");
    assert!(sign(&mut signer, batch(1, 1)).is_err() && sign(&mut signer, batch(2, 0)).is_err());
    assert!(sign(&mut signer, nullify(5)).is_err(), "votes of that epoch are of no use to anybody");
    let other = Signer::open(MemoryDisk::new().open().unwrap(), context(), key(9)).unwrap();
    let answers = Keyring::new(vec![other, signer]).sign_all(vec![batch(1, 0), batch(2, 0)]).unwrap();
    assert!(matches!(&answers[..], [Ok(again), Err(_)] if *again == signed), "by the key that has it on record");
}

#[test]
fn a_key_outside_the_set_signs_nothing() {
    let file = MemoryDisk::new().open().unwrap();
    let mut signer = Signer::open(file, context(), key(9)).unwrap();
    assert!(!signer.enter(&validators(0)));
    let refusal = Refusal::NotInEpoch { epoch: Epoch(0), current: Epoch(0), key: key(9).public_key() };
    assert_eq!(signer.sign_all(vec![nullify(5)]).unwrap(), vec![Err(refusal)]);
}

#[test]
fn a_rotated_key_begins_where_the_old_one_ends() {
    let signer = |index| Signer::open(MemoryDisk::new().open().unwrap(), context(), key(index)).unwrap();
    let mut ring = Keyring::new(vec![signer(1), signer(9)]);
    let (old, mut list) = (validators(0), validators(1).iter().map(|(_, v)| v.clone()).collect::<Vec<_>>());
    list[1].key = key(9).public_key();
    let new = ValidatorSet::new(Epoch(1), list).unwrap();
    ring.enter(&old);
    ring.enter(&new);
    let SignRequest::Vote(vote) = nullify(7) else { unreachable!() };
    let requests = vec![SignRequest::Vote(Vote { epoch: Epoch(1), ..vote }), outcome(3, 1), nullify(6)];
    let answers = ring.sign_all(requests.clone()).unwrap();
    let signed: Vec<_> = answers.into_iter().map(Result::unwrap).collect();
    assert_eq!(signed.iter().map(request_of).collect::<Vec<_>>(), requests, "answers keep the order");
    let Signed::Vote(vote) = &signed[0] else { unreachable!() };
    assert!((*vote.get()).verify(&context(), &new).is_ok() && (*vote.get()).verify(&context(), &old).is_err());
    let Signed::Outcome(outcome) = &signed[1] else { unreachable!() };
    assert!((*outcome.get()).verify(&context(), &old).is_ok());
    assert_eq!(ring.enter(&new), [], "nothing new is learned by entering an epoch again");
    assert_eq!(ring.votes_above(View(0)).len(), 1, "only the current epoch's votes matter to its engine");
}

#[test]
fn below_the_floor_nothing_is_signed_even_after_compaction_and_restart() {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    for request in [notarize(5, 1), proposal(5, 1), outcome(2, 1), notarize(9, 1), outcome(4, 1)] {
        sign(&mut signer, request).unwrap();
    }
    signer.compact_above(0);
    signer.prune(View(8), Height(4)).unwrap();
    drop(signer);
    let mut signer = open(&disk);
    let low_view = |got| Err(Refusal::BelowFloor { what: "view", got, floor: 8 });
    assert_eq!(sign(&mut signer, notarize(5, 2)), low_view(5));
    assert_eq!(sign(&mut signer, proposal(7, 2)), low_view(7));
    assert_eq!(sign(&mut signer, outcome(3, 1)), Err(Refusal::BelowFloor { what: "height", got: 3, floor: 4 }));
    assert!(sign(&mut signer, notarize(9, 2)).is_err() && sign(&mut signer, notarize(8, 2)).is_ok());
    assert!(sign(&mut signer, outcome(4, 2)).is_err() && sign(&mut signer, outcome(5, 2)).is_ok());
    signer.prune(View(1), Height(1)).unwrap();
    assert_eq!(sign(&mut signer, notarize(5, 2)), low_view(5), "a floor never sinks");
}

#[test]
fn the_newest_outcome_and_batch_survive_every_pruning() {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    signer.sign_all(vec![outcome(3, 1), outcome(4, 1), batch(1, 0), batch(2, 0)]).unwrap();
    signer.prune(View(100), Height(100)).unwrap();
    drop(signer);
    let mut signer = open(&disk);
    assert_eq!(signer.last_outcome().map(SignRequest::Outcome), Some(outcome(4, 1)));
    assert_eq!(signer.last_batch(), Some(header(2, 0)));
    let mut newest = 2;
    for sequence in 3..1_100 {
        // Built step by step: the fixture's header is recursive.
        let last = signer.last_batch().unwrap();
        let next = corridor_types::BatchHeader { sequence: Sequence(sequence), previous: last.digest(), ..last };
        sign(&mut signer, SignRequest::Batch(next)).unwrap();
        newest = sequence;
    }
    let low = sign(&mut signer, batch(1, 0));
    assert_eq!(low, Err(Refusal::BelowFloor { what: "sequence", got: 1, floor: newest - 1_023 }));
}

#[test]
fn votes_above_gives_the_same_signatures_in_order() {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    let requests = vec![nullify(3), notarize(4, 1), proposal(5, 1), notarize(5, 1), finalize(5, 1), nullify(6)];
    let signed: Vec<_> = signer.sign_all(requests).unwrap().into_iter().map(Result::unwrap).collect();
    drop(signer);
    let signer = open(&disk);
    assert_eq!(signer.votes_above(View(0)), signed);
    assert_eq!(signer.votes_above(View(4)), signed[2..]);
    assert_eq!(signer.votes_above(View(6)), []);
}

#[test]
fn what_is_signed_verifies_against_the_validator_set() {
    let mut signer = open(&MemoryDisk::new());
    let signed =
        signer.sign_all(vec![nullify(1), proposal(2, 1), outcome(1, 1), acknowledgement(1), batch(1, 0)]).unwrap();
    for answer in signed {
        match answer.unwrap() {
            Signed::Vote(vote) => drop(vote.into_inner().verify(&context(), &validators(0)).unwrap()),
            Signed::Proposal(block) => drop(block.get().clone().verify(&context(), &validators(0)).unwrap()),
            Signed::Outcome(outcome) => drop(outcome.into_inner().verify(&context(), &validators(0)).unwrap()),
            Signed::Acknowledgement(body) => drop(body.into_inner().verify(&context(), &validators(0)).unwrap()),
            Signed::Batch(header, signature) => {
                key(1).public_key().verify(&header.signed_message(&context()), &signature).unwrap();
            }
        }
    }
}

#[test]
fn who_enters_an_epoch_that_is_on_record_is_told_what_it_signed_there() {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    signer.enter(&validators(1));
    let SignRequest::Vote(vote) = nullify(9) else { unreachable!() };
    let signed = sign(&mut signer, SignRequest::Vote(Vote { epoch: Epoch(1), ..vote })).unwrap();
    drop(signer);
    // The database is an old one, of the epoch before.
    let mut ring = Keyring::new(vec![Signer::open(disk.open().unwrap(), context(), key(1)).unwrap()]);
    assert_eq!(ring.enter(&validators(0)), []);
    assert_eq!(ring.enter(&validators(1)), [signed]);
}
