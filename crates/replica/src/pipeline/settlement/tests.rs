//! The collector of outcomes: when a certificate forms, in which order it is reported, and when a
//! node must stop. Four validators of equal power, so three are a quorum.
#![allow(clippy::unwrap_used)]

use corridor_crypto::{Digest, SecretKey, Signature};
use corridor_types::{ParticipantId, Validator, ValidatorSet, VotingPower};

use super::*;

fn validators() -> ValidatorSet {
    let key = |seed: u8| SecretKey::from_seed(&[seed; 32]).public_key();
    let validator = |n: u8| Validator {
        participant: ParticipantId(n.into()),
        key: key(n + 1),
        network_key: key(n + 101),
        power: VotingPower(1),
    };
    ValidatorSet::new(Epoch(0), (0..4).map(validator).collect()).unwrap()
}

fn fresh() -> Settlement {
    Settlement::new(ValidatorSets::new(validators()), Height(0), Height(0), &[])
}

/// The outcome of a height; `state` tells computations apart.
fn outcome(height: u64, state: u8) -> Outcome {
    Outcome {
        epoch: Epoch(0),
        height: Height(height),
        block: Digest([9; 32]),
        receipts: Digest([8; 32]),
        entries: 1,
        state: Digest([state; 32]),
    }
}

fn signed(outcome: Outcome, voter: u16) -> Verified<SignedOutcome> {
    let signature = Signature([u8::try_from(voter).unwrap(); 64]);
    Verified::assume_checked(SignedOutcome { outcome, voter: ValidatorIndex(voter), signature })
}

fn certificate(outcome: Outcome, voters: impl IntoIterator<Item = u16>) -> SettlementCertificate {
    let signatures = voters.into_iter().map(|voter| (ValidatorIndex(voter), signed(outcome, voter).signature));
    SettlementCertificate { outcome, signatures: signatures.collect() }
}

#[test]
fn three_equal_outcomes_of_four_settle_what_we_executed() {
    let (mut settlement, ours) = (fresh(), outcome(1, 1));
    assert_eq!(settlement.on_executed(ours), vec![]);
    assert_eq!(settlement.on_signed(signed(ours, 0)), vec![]);
    assert_eq!(settlement.on_outcome(signed(ours, 2)), vec![]);
    assert!(settlement.is_waiting());
    let certificate = certificate(ours, [0, 2, 3]);
    let expected = vec![Step::Keep(certificate.clone()), Step::Settled(certificate)];
    assert_eq!(settlement.on_outcome(signed(ours, 3)), expected);
    assert_eq!((settlement.settled(), settlement.is_waiting()), (Height(1), false));
    assert_eq!(settlement.to_retransmit().count(), 0);
    assert_eq!(settlement.on_outcome(signed(ours, 1)), vec![], "a late outcome changes nothing");
}

#[test]
fn one_voter_counts_once_and_the_first_outcome_counts() {
    let (mut settlement, ours) = (fresh(), outcome(1, 1));
    settlement.on_executed(ours);
    for _ in 0..3 {
        assert_eq!(settlement.on_outcome(signed(ours, 1)), vec![]);
    }
    let second = settlement.on_outcome(signed(outcome(1, 2), 1));
    assert!(matches!(&second[..], [Step::Contradiction { .. }]), "a second outcome of one voter is evidence only");
    assert_eq!(settlement.voters(), vec![ValidatorIndex(1)]);
}

#[test]
fn who_contradicts_itself_a_thousand_times_at_one_height_is_accused_once() {
    let mut settlement = fresh();
    settlement.on_executed(outcome(1, 0));
    let steps =
        |settlement: &mut Settlement, state, voter| settlement.on_outcome(signed(outcome(1, state), voter)).len();
    steps(&mut settlement, 1, 1);
    let accusations: usize = (2..=250).map(|state| steps(&mut settlement, state, 1)).sum();
    assert_eq!(accusations, 1, "one piece of evidence is enough, and there is room for so many only");
    steps(&mut settlement, 0, 2);
    assert_eq!(steps(&mut settlement, 1, 2), 1, "another liar is accused as well");
}

#[test]
fn outcomes_that_come_before_we_executed_are_kept() {
    let (mut settlement, ours) = (fresh(), outcome(1, 1));
    for voter in 1..4 {
        assert_eq!(settlement.on_outcome(signed(ours, voter)), vec![], "nothing is certified that we did not compute");
    }
    let certificate = certificate(ours, 1..4);
    assert_eq!(settlement.on_executed(ours), vec![Step::Keep(certificate.clone()), Step::Settled(certificate)]);
}

#[test]
fn certificates_are_reported_in_order_of_height() {
    let mut settlement = fresh();
    let (first, second) = (outcome(1, 1), outcome(2, 2));
    settlement.on_executed(first);
    settlement.on_executed(second);
    let (low, high) = (certificate(first, 0..3), certificate(second, 0..3));
    let take = |settlement: &mut Settlement, c: &SettlementCertificate| {
        settlement.on_certificate(Verified::assume_checked(c.clone()))
    };
    assert_eq!(take(&mut settlement, &high), vec![Step::Keep(high.clone())]);
    assert_eq!((settlement.settled(), settlement.is_waiting()), (Height(0), true));
    let expected = vec![Step::Keep(low.clone()), Step::Settled(low.clone()), Step::Settled(high)];
    assert_eq!(take(&mut settlement, &low), expected);
    assert_eq!(settlement.settled(), Height(2));
    assert_eq!(take(&mut settlement, &low), vec![]);
}

#[test]
fn a_quorum_for_something_else_stops_us_and_a_minority_does_not() {
    let (mut settlement, ours, theirs) = (fresh(), outcome(1, 1), outcome(1, 2));
    settlement.on_executed(ours);
    settlement.on_signed(signed(ours, 0));
    assert_eq!(settlement.on_outcome(signed(theirs, 1)), vec![Step::Differ(Height(1))]);
    assert_eq!(settlement.on_outcome(signed(theirs, 1)), vec![], "said once per outcome");
    assert_eq!(settlement.on_outcome(signed(theirs, 2)), vec![Step::Differ(Height(1))]);
    assert_eq!(settlement.on_outcome(signed(theirs, 3)), vec![Step::Diverged { ours, theirs }]);
    assert_eq!(settlement.settled(), Height(0));
}

#[test]
fn a_certificate_for_something_else_stops_us_and_one_for_the_future_is_left_alone() {
    let (mut settlement, ours, theirs) = (fresh(), outcome(1, 1), outcome(1, 2));
    settlement.on_executed(ours);
    let take = |settlement: &mut Settlement, c| settlement.on_certificate(Verified::assume_checked(c));
    assert_eq!(take(&mut settlement, certificate(outcome(2, 1), 0..3)), vec![]);
    assert_eq!(take(&mut settlement, certificate(theirs, 1..4)), vec![Step::Diverged { ours, theirs }]);
}

#[test]
fn unsettled_outcomes_are_sent_again_until_they_settle_whatever_order_they_are_told_in() {
    let mut settlement = fresh();
    // Told out of order, the executed height must not go back: retransmission hangs on it.
    settlement.on_executed(outcome(2, 2));
    settlement.on_executed(outcome(1, 1));
    settlement.on_signed(signed(outcome(1, 1), 0));
    settlement.on_signed(signed(outcome(2, 2), 0));
    let first = certificate(outcome(1, 1), 0..3);
    settlement.on_certificate(Verified::assume_checked(first));
    assert!(settlement.is_waiting());
    let again: Vec<Height> = settlement.to_retransmit().map(|signed| signed.outcome.height).collect();
    assert_eq!(again, vec![Height(2)]);
}

#[test]
fn outcomes_far_ahead_are_not_kept() {
    let mut settlement = fresh();
    settlement.on_outcome(signed(outcome(WINDOW + 1, 1), 1));
    settlement.on_outcome(signed(outcome(u64::MAX, 1), 1));
    assert!(settlement.votes.is_empty());
    settlement.on_outcome(signed(outcome(WINDOW, 1), 1));
    assert_eq!(settlement.votes.len(), 1);
}

#[test]
fn after_a_restart_what_was_executed_still_waits() {
    let ours = outcome(5, 1);
    let mut settlement = Settlement::new(ValidatorSets::new(validators()), Height(4), Height(5), &[ours]);
    assert!(settlement.is_waiting());
    (0..2).for_each(|voter| assert_eq!(settlement.on_outcome(signed(ours, voter)), vec![]));
    assert_eq!(settlement.on_outcome(signed(ours, 2)).len(), 2);
    assert_eq!(settlement.settled(), Height(5));
}
