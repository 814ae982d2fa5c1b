//! The light client: from genesis over every change of validators to a receipt, and every forgery of
//! that path refused. Seeds of failing histories are printed by the property tests.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

mod common;

use std::rc::Rc;

use common::{entry, genesis};
use corridor_crypto::{Digest, SecretKey, SigningContext, merkle};
use corridor_types::*;
use proptest::prelude::*;

/// A validator's key in an epoch: participant `n` has rotated it `rotation` times.
fn key(participant: u32, rotation: u8) -> SecretKey {
    let mut seed = [rotation; 32];
    seed[..4].copy_from_slice(&(participant + 1_000).to_be_bytes());
    SecretKey::from_seed(&seed)
}

/// A set with the keys that sign for it, by position.
#[derive(Clone)]
struct Members {
    set: ValidatorSet,
    keys: Vec<Rc<SecretKey>>,
}

impl Members {
    fn first() -> Self {
        Self { set: genesis().validator_set().unwrap(), keys: common::keys().into_iter().map(Rc::new).collect() }
    }

    /// The next set: `members` of participants with rotations and powers.
    fn next(&self, members: &[(u32, u8, u64)]) -> Self {
        let validator = |(participant, rotation, power): &(u32, u8, u64)| Validator {
            participant: ParticipantId(*participant),
            key: key(*participant, *rotation).public_key(),
            network_key: key(*participant + 500, *rotation).public_key(),
            power: VotingPower(*power),
        };
        let epoch = self.set.epoch().next();
        Self {
            set: ValidatorSet::new(epoch, members.iter().map(validator).collect()).unwrap(),
            keys: members.iter().map(|(participant, rotation, _)| Rc::new(key(*participant, *rotation))).collect(),
        }
    }

    /// Signed by all but the last `absent` members.
    fn certify(&self, outcome: Outcome, absent: usize) -> SettlementCertificate {
        let message = outcome.signed_message(&context());
        let signers = (0..).map(ValidatorIndex).zip(&self.keys).take(self.keys.len() - absent);
        SettlementCertificate { outcome, signatures: signers.map(|(n, key)| (n, key.sign(&message))).collect() }
    }

    fn hand_over(&self, next: &ValidatorSet, height: u64, absent: usize) -> Handover {
        let boundary = Block {
            epoch: self.set.epoch(),
            view: View(height + 3),
            height: Height(height),
            parent: Digest([height as u8; 32]),
            parent_view: View(height + 2),
            proposer: ValidatorIndex(0),
            time: Timestamp(1_790_000_001_000 + height),
            cut: vec![],
            validators: self.set.digest(),
            next_validators: next.digest(),
        };
        let outcome = Outcome {
            epoch: self.set.epoch(),
            height: boundary.height,
            block: boundary.digest(),
            receipts: Digest([1; 32]),
            entries: 0,
            state: Digest([2; 32]),
        };
        Handover { certificate: self.certify(outcome, absent), boundary, next: next.clone() }
    }
}

fn context() -> SigningContext {
    genesis().signing_context()
}

/// A history: after the first set, each next one, and the handovers between.
struct History {
    members: Vec<Members>,
    handovers: Vec<Handover>,
}

type Change = Vec<(u32, u8, u64)>;

fn history(changes: &[Change]) -> History {
    let mut members = vec![Members::first()];
    let mut handovers = Vec::new();
    for (n, change) in changes.iter().enumerate() {
        let last = members.last().unwrap();
        let next = last.next(change);
        handovers.push(last.hand_over(&next.set, 10 * (n as u64 + 1), 0));
        members.push(next);
    }
    History { members, handovers }
}

/// Some members out of eight participants, each with a rotation and a weight.
fn change() -> impl Strategy<Value = Change> {
    let member = (0u8..3, 1u64..5);
    proptest::collection::btree_map(0u32..8, member, 1..7)
        .prop_map(|members| members.into_iter().map(|(n, (rotation, power))| (n, rotation, power)).collect())
}

fn receipt(history: &History) -> Receipt {
    let last = history.members.last().unwrap();
    let height = Height(10 * history.members.len() as u64 + 5);
    let entry = Entry { height, position: 0, status: None, kind: EntryKind::Issue, ..entry() };
    let outcome = Outcome {
        epoch: last.set.epoch(),
        height,
        block: Digest([4; 32]),
        receipts: merkle::root(&[entry.leaf()]),
        entries: 1,
        state: Digest([5; 32]),
    };
    Receipt {
        genesis: genesis().digest(),
        path: merkle::inclusion_proof(&[entry.leaf()], 0).unwrap(),
        entry,
        payment: None,
        certificate: last.certify(outcome, 0),
        handovers: history.handovers.clone(),
    }
}

fn walk(handovers: &[Handover]) -> Result<ValidatorSets, HandoverError> {
    walk_handovers(&context(), genesis().validator_set().unwrap(), handovers)
}

#[test]
fn each_step_names_what_is_wrong() {
    let honest = history(&[vec![(0, 0, 1), (1, 1, 1), (2, 0, 1), (5, 0, 2)], vec![(5, 0, 1)]]);
    assert_eq!(walk(&honest.handovers).unwrap().current(), &honest.members[2].set);
    let check = |change: fn(&mut Vec<Handover>), expected: fn(&HandoverError) -> bool| {
        let mut handovers = honest.handovers.clone();
        change(&mut handovers);
        let error = walk(&handovers).unwrap_err();
        assert!(expected(&error), "{error}");
    };
    check(|list| list.swap(0, 1), |e| matches!(e, HandoverError::WrongEpoch { got: Epoch(1), expected: Epoch(0) }));
    check(|list| drop(list.remove(0)), |e| matches!(e, HandoverError::WrongEpoch { .. }));
    check(|list| list.push(list[1].clone()), |e| matches!(e, HandoverError::WrongEpoch { .. }));
    check(|list| list[0].next = list[1].next.clone(), |e| matches!(e, HandoverError::WrongNextSet { .. }));
    check(|list| list[0].boundary.time = Timestamp(1), |e| matches!(e, HandoverError::OtherBlock { .. }));
    check(
        |list| list[0].boundary.next_validators = list[0].boundary.validators,
        |e| matches!(e, HandoverError::NoBoundary { .. }),
    );
    check(|list| list[0].boundary.validators = Digest::ZERO, |e| matches!(e, HandoverError::WrongSet { .. }));
    check(|list| list[0].certificate.signatures.truncate(2), |e| matches!(e, HandoverError::Certificate(_)));
    check(|list| list[0].certificate.outcome.state = Digest::ZERO, |e| matches!(e, HandoverError::Certificate(_)));
}

#[test]
fn a_receipt_with_too_short_a_path_says_so() {
    let history = history(&[vec![(0, 0, 1), (1, 1, 1)]]);
    let mut receipt = receipt(&history);
    assert!(receipt.verify(&genesis()).is_ok());
    receipt.handovers.clear();
    let error = receipt.verify(&genesis()).unwrap_err();
    assert!(matches!(error, ReceiptError::OtherEpoch { got: Epoch(0), expected: Epoch(1) }), "{error}");
}

proptest! {
    #[test]
    fn an_honest_history_leads_to_its_receipts(changes in proptest::collection::vec(change(), 0..5)) {
        let history = history(&changes);
        let sets = walk(&history.handovers).unwrap();
        prop_assert_eq!(sets.iter().count(), history.members.len());
        let text = receipt(&history).to_json().unwrap();
        prop_assert!(Receipt::from_json(&text).unwrap().verify(&genesis()).is_ok());
    }

    /// Somebody who holds the keys of every *later* set, but not a quorum of the set before, cannot
    /// lead a verifier to a set of his own.
    #[test]
    fn a_forged_branch_needs_a_quorum_of_the_set_before(
        changes in proptest::collection::vec(change(), 1..5),
        at in any::<prop::sample::Index>(),
        forged in change(),
    ) {
        let honest = history(&changes);
        let at = at.index(honest.handovers.len());
        let before = &honest.members[at];
        let mine = before.next(&forged.into_iter().map(|(n, rotation, power)| (n, rotation + 100, power)).collect::<Vec<_>>());
        // As many honest signatures as are just not a quorum.
        let powers: Vec<u64> = before.set.iter().map(|(_, validator)| validator.power.0).collect();
        let absent = (1..=powers.len()).find(|absent| {
            let signed: u64 = powers[..powers.len() - absent].iter().sum();
            !before.set.is_quorum(signed.into())
        }).unwrap();
        let mut list = honest.handovers[..at].to_vec();
        list.push(before.hand_over(&mine.set, 99, absent));
        prop_assert!(matches!(walk(&list), Err(HandoverError::Certificate(_))));
        // Signed by the new set itself instead of the one before.
        let mut usurped = before.hand_over(&mine.set, 99, 0);
        let impostor = Members { set: before.set.clone(), keys: mine.keys.clone() };
        usurped.certificate = impostor.certify(usurped.certificate.outcome, 0);
        list.pop();
        list.push(usurped);
        prop_assert!(matches!(walk(&list), Err(HandoverError::Certificate(_))));
    }

    /// Any changed byte of a path is refused.
    #[test]
    fn a_changed_byte_is_refused(
        changes in proptest::collection::vec(change(), 1..4),
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        flip in 1u8..,
    ) {
        let honest = history(&changes);
        let which = which.index(honest.handovers.len());
        let mut bytes = honest.handovers[which].to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= flip;
        if let Ok(changed) = Handover::from_bytes(&bytes) {
            let mut list = honest.handovers.clone();
            list[which] = changed;
            prop_assert!(walk(&list).is_err());
        }
    }
}
