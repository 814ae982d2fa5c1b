//! Candidates, changes of the validator set, and the heights at which they take effect.

use corridor_crypto::{Digest, PublicKey, SecretKey, Signature};
use corridor_types::operations::{NodeStep, ValidatorsStep};
use corridor_types::{
    Approval, Code, Epoch, Height, IdentifiedTransaction, KeyRole, Operation, ParticipantId, Transaction, Uetr,
    Validator, ValidatorChange, VotingPower,
};

use super::restore::Disk;
use super::world::*;
use crate::limits::{CANDIDATE_LIFETIME_MS, RECENT_BLOCKS};
use crate::{Halt, Ledger};

/// The secret keys of a participant's validator, voting and network, of a generation.
pub fn secrets(participant: ParticipantId, generation: u8) -> [SecretKey; 2] {
    let id = u8::try_from(participant.0).unwrap();
    [30, 31].map(|purpose| {
        let mut seed = [8; 32];
        seed[..3].copy_from_slice(&[id, purpose, generation]);
        SecretKey::from_seed(&seed)
    })
}

pub fn validator(participant: ParticipantId, generation: u8, power: u64) -> Validator {
    let [key, network_key] = secrets(participant, generation).map(|secret| secret.public_key());
    Validator { participant, key, network_key, power: VotingPower(power) }
}

fn key(participant: ParticipantId, role: KeyRole) -> PublicKey {
    secret(participant, role, 0).public_key()
}

/// With blank signatures by these keys.
pub fn signed(by: ParticipantId, operation: Operation, keys: &[PublicKey]) -> IdentifiedTransaction {
    let mut approvals: Vec<_> = keys.iter().map(|key| Approval { key: *key, signature: Signature([0; 64]) }).collect();
    approvals.sort_by_key(|approval| approval.key);
    let valid_until = corridor_types::Timestamp(u64::MAX);
    IdentifiedTransaction::new(Transaction { participant: by, valid_until, operation, approvals })
}

/// A declaration by the book: of the last block that was executed.
pub fn declare(world: &mut World, validator: &Validator) -> IdentifiedTransaction {
    let (height, state) = (world.ledger.height(), world.ledger.state());
    let (by, declared) = (validator.participant, validator.clone());
    let operation = Operation::Validators {
        reference: world.reference(),
        step: ValidatorsStep::Declare { validator: declared, height, state },
    };
    signed(by, operation, &[key(by, KeyRole::Operator), validator.key, validator.network_key])
}

const SUPERVISORS: [ParticipantId; 2] = [CENTRAL_DE, CENTRAL_BR];

/// The keys that decide on validators by the book: of both central banks, and of each other
/// participant that has one.
pub fn deciders(world: &World) -> Vec<PublicKey> {
    let members = world.ledger.validators().iter().map(|(_, validator)| validator.participant);
    let others = members.filter(|id| !SUPERVISORS.contains(id)).map(|id| key(id, KeyRole::Governance));
    SUPERVISORS.map(|bank| key(bank, KeyRole::Supervisor)).into_iter().chain(others).collect()
}

/// A change by the book.
pub fn change(world: &mut World, changes: &[ValidatorChange]) -> IdentifiedTransaction {
    let operation = Operation::Validators {
        reference: world.reference(),
        step: ValidatorsStep::Change { epoch: world.ledger.epoch(), changes: changes.to_vec() },
    };
    signed(CENTRAL_DE, operation, &deciders(world))
}

pub fn put(validator: &Validator) -> ValidatorChange {
    ValidatorChange::Put { validator: validator.clone() }
}

const fn remove(participant: ParticipantId) -> ValidatorChange {
    ValidatorChange::Remove { participant }
}

/// Executes a block of one transaction after asking ahead of time, and returns the code.
fn run_one(world: &mut World, item: &IdentifiedTransaction) -> Code {
    let advice = world.ledger.check(&item.transaction, world.time.plus_ms(1_000));
    let entry = world.run(std::slice::from_ref(item)).entries.remove(0);
    assert_eq!(advice.map_or_else(|refusal| refusal.code, |()| Code::Ok), entry.code);
    entry.code
}

fn declared(world: &mut World, validator: &Validator) -> Code {
    let item = declare(world, validator);
    run_one(world, &item)
}

fn changed(world: &mut World, changes: &[ValidatorChange]) -> Code {
    let item = change(world, changes);
    run_one(world, &item)
}

/// Executes the block that ends the epoch.
pub fn end_epoch(world: &mut World) {
    world.time = world.time.plus_ms(1_000);
    let mut context = world.context();
    context.next_validators = world.ledger.pending_validators().unwrap().digest();
    world.ledger.execute(&context, []).unwrap();
}

type Spoil = fn(&World, &mut Validator, &mut Vec<PublicKey>, &mut Height, &mut Digest);

/// What is wrong with a declaration by bank C, and the code.
const DECLARATIONS: &[(Spoil, Code)] = &[
    (|_, _, _, _, _| (), Code::Ok),
    (|_, _, keys, _, _| forget(keys, 0), Code::KeyNotAuthorised),
    (|_, _, keys, _, _| keys[0] = key(BANK_A, KeyRole::Operator), Code::KeyNotAuthorised),
    (|_, _, keys, _, _| keys[0] = key(BANK_C, KeyRole::Issuer), Code::KeyNotAuthorised),
    (|_, _, keys, _, _| keys.push(key(BANK_C, KeyRole::Issuer)), Code::KeyNotAuthorised),
    (|_, _, keys, _, _| keys.push(keys[0]), Code::KeyNotAuthorised),
    (|_, _, keys, _, _| forget(keys, 1), Code::PossessionNotProven),
    (|_, _, keys, _, _| forget(keys, 2), Code::PossessionNotProven),
    // The neutral point: a key of small order.
    (
        |_, v, keys, _, _| {
            v.key = PublicKey(std::array::from_fn(|n| u8::from(n == 0)));
            keys[1] = v.key;
        },
        Code::PossessionNotProven,
    ),
    (
        |_, v, keys, _, _| {
            v.network_key = v.key;
            keys.truncate(2);
        },
        Code::KeyInUse,
    ),
    // A current validator's, a node's and a registered key.
    (|w, v, keys, _, _| in_use(v, keys, w.ledger.validators().iter().next().unwrap().1.key), Code::KeyInUse),
    (|w, v, keys, _, _| in_use(v, keys, w.ledger.nodes().next().unwrap().1), Code::KeyInUse),
    (|_, v, keys, _, _| in_use(v, keys, key(BANK_B, KeyRole::Operator)), Code::KeyInUse),
    (|_, v, keys, _, _| in_use(v, keys, key(BANK_C, KeyRole::Supervisor)), Code::KeyInUse),
    (|_, v, _, _, _| v.participant = BANK_B, Code::ParticipantNotAuthorised),
    (|_, _, _, height, _| *height = height.next(), Code::CandidateNotSynced),
    (|_, _, _, height, _| height.0 -= 1, Code::CandidateNotSynced),
    (|_, _, _, _, state| state.0[0] ^= 1, Code::CandidateNotSynced),
    (|_, v, _, height, _| (v.power, height.0) = (VotingPower(0), u64::MAX), Code::CandidateNotSynced),
];

fn forget(keys: &mut Vec<PublicKey>, position: usize) {
    keys.remove(position);
}

fn in_use(validator: &mut Validator, keys: &mut [PublicKey], key: PublicKey) {
    validator.network_key = key;
    keys[2] = key;
}

#[test]
fn each_rule_of_a_declaration_has_its_code() {
    for (n, (spoil, code)) in DECLARATIONS.iter().enumerate() {
        let mut world = World::new();
        world.run(&[]);
        let mut validator = validator(BANK_C, 0, 1);
        let (mut height, mut state) = (world.ledger.height(), world.ledger.state());
        let mut keys = vec![key(BANK_C, KeyRole::Operator), validator.key, validator.network_key];
        spoil(&world, &mut validator, &mut keys, &mut height, &mut state);
        let reference = world.reference();
        let operation = Operation::Validators {
            reference,
            step: ValidatorsStep::Declare { validator: validator.clone(), height, state },
        };
        let got = run_one(&mut world, &signed(BANK_C, operation, &keys));
        assert_eq!(got, *code, "case {n}");
        let held = world.ledger.candidate(BANK_C).map(|candidate| (&candidate.validator, candidate.height));
        assert_eq!(held, code.is_ok().then_some((&validator, world.ledger.height())), "case {n}");
        let uses_up =
            !matches!(code, Code::KeyNotAuthorised | Code::PossessionNotProven | Code::ParticipantNotAuthorised);
        assert_eq!(world.ledger.lookup(&reference).is_some(), uses_up, "case {n}");
    }
}

#[test]
fn an_observer_runs_no_validator_and_a_bank_decides_on_none() {
    let mut world = World::new();
    assert_eq!(declared(&mut world, &validator(OBSERVER, 0, 1)), Code::ParticipantNotAuthorised);
    let mut item = change(&mut world, &[remove(BANK_A)]);
    item.transaction.participant = BANK_A;
    let item = IdentifiedTransaction::new(item.transaction);
    assert_eq!(run_one(&mut world, &item), Code::ParticipantNotAuthorised);
}

#[test]
fn own_keys_may_be_declared_again_for_the_same_use_only() {
    let mut world = World::new();
    let own = world.ledger.validators().iter().nth(2).unwrap().1.clone();
    assert_eq!(own.participant, BANK_A);
    let mut heavier = own.clone();
    heavier.power = VotingPower(5);
    assert_eq!(declared(&mut world, &heavier), Code::Ok);
    let swapped = Validator { key: own.network_key, network_key: own.key, ..own.clone() };
    assert_eq!(declared(&mut world, &swapped), Code::KeyInUse);
    // A node of one's own becomes a validator with its network key, and never votes with it.
    let next = validator(BANK_A, 1, 1);
    let register =
        Operation::Node { reference: world.reference(), step: NodeStep::Register { network_key: next.network_key } };
    assert_eq!(world.code(BANK_A, register), Code::Ok);
    assert_eq!(declared(&mut world, &next), Code::Ok);
    let voting = Validator { key: next.network_key, network_key: validator(BANK_A, 2, 1).network_key, ..next.clone() };
    assert_eq!(declared(&mut world, &voting), Code::KeyInUse);
    // Nobody else may have it, until the candidate is another.
    let stolen = Validator { key: next.key, ..validator(BANK_C, 0, 1) };
    assert_eq!(declared(&mut world, &stolen), Code::KeyInUse);
    assert_eq!(declared(&mut world, &validator(BANK_A, 3, 1)), Code::Ok);
    assert_eq!(declared(&mut world, &stolen), Code::Ok);
}

#[test]
fn a_candidate_names_one_of_the_last_blocks() {
    let mut world = World::new();
    let mut states = vec![(world.ledger.height(), world.ledger.state())];
    for _ in 0..RECENT_BLOCKS {
        world.run(&[]);
        states.push((world.ledger.height(), world.ledger.state()));
    }
    let candidate = validator(BANK_C, 0, 1);
    let mut try_from_end = |back: u64| {
        let wanted = Height(world.ledger.height().0 + 1 - back);
        let (height, state) = *states.iter().find(|(height, _)| *height == wanted).unwrap();
        let reference = world.reference();
        let operation = Operation::Validators {
            reference,
            step: ValidatorsStep::Declare { validator: candidate.clone(), height, state },
        };
        let item = signed(BANK_C, operation, &[key(BANK_C, KeyRole::Operator), candidate.key, candidate.network_key]);
        // On a copy, so that all ask about the same block.
        world.clone().run(&[item]).entries[0].code
    };
    assert_eq!(try_from_end(1), Code::Ok);
    assert_eq!(try_from_end(u64::from(RECENT_BLOCKS)), Code::Ok);
    assert_eq!(try_from_end(u64::from(RECENT_BLOCKS) + 1), Code::CandidateNotSynced);
}

/// A world in which bank C is a candidate.
fn with_candidate() -> World {
    let mut world = World::new();
    assert_eq!(declared(&mut world, &validator(BANK_C, 0, 1)), Code::Ok);
    world
}

#[test]
fn every_central_bank_and_a_quorum_sign_a_change_once() {
    let [de, br] = SUPERVISORS.map(|bank| key(bank, KeyRole::Supervisor));
    let [a, b, c] = [BANK_A, BANK_B, BANK_C].map(|bank| key(bank, KeyRole::Governance));
    let cases: &[(&[PublicKey], Code)] = &[
        (&[de, br, a, b], Code::Ok),
        (&[de, br, a], Code::Ok),
        (&[de, br, b], Code::Ok),
        (&[de, br], Code::QuorumMissing),
        (&[de, a, b], Code::CentralBankApprovalMissing),
        (&[br, a, b], Code::CentralBankApprovalMissing),
        (&[], Code::CentralBankApprovalMissing),
        (&[de, de, br, a], Code::KeyNotAuthorised),
        (&[de, br, a, a], Code::KeyNotAuthorised),
        // No validator, no say.
        (&[de, br, a, c], Code::KeyNotAuthorised),
        // A central bank that issues signs with a supervisor key, the others with a governance key.
        (&[de, br, a, key(CENTRAL_BR, KeyRole::Governance)], Code::KeyNotAuthorised),
        (&[de, key(CENTRAL_BR, KeyRole::Governance), a, b], Code::KeyNotAuthorised),
        (&[de, br, key(BANK_A, KeyRole::Supervisor)], Code::KeyNotAuthorised),
        (&[de, br, key(BANK_A, KeyRole::Operator)], Code::KeyNotAuthorised),
        (&[de, key(CENTRAL_BR, KeyRole::Operator), a], Code::KeyNotAuthorised),
        (&[de, key(CENTRAL_BR, KeyRole::Issuer), a], Code::KeyNotAuthorised),
        (&[de, br, a, validator(BANK_C, 9, 1).key], Code::KeyNotAuthorised),
    ];
    for (n, (keys, code)) in cases.iter().enumerate() {
        for by in SUPERVISORS {
            let mut world = with_candidate();
            let item = change(&mut world, &[put(&validator(BANK_C, 0, 1))]);
            let item = signed(by, item.transaction.operation, keys);
            assert_eq!(run_one(&mut world, &item), *code, "case {n}");
            assert_eq!(world.ledger.pending_validators().is_some(), code.is_ok(), "case {n}");
        }
    }
}

#[test]
fn a_change_needs_more_than_two_thirds_of_the_power() {
    let [de, br] = SUPERVISORS.map(|bank| key(bank, KeyRole::Supervisor));
    let [a, b] = [BANK_A, BANK_B].map(|bank| key(bank, KeyRole::Governance));
    let cases: &[([u64; 4], &[PublicKey], Code)] = &[
        // The central banks alone: exactly two thirds, and one more.
        ([3, 3, 2, 1], &[de, br], Code::QuorumMissing),
        ([4, 3, 2, 1], &[de, br], Code::Ok),
        // With a bank: exactly two thirds, and one more.
        ([2, 2, 2, 3], &[de, br, a], Code::QuorumMissing),
        ([2, 2, 3, 2], &[de, br, a], Code::Ok),
        ([1, 1, u64::MAX, u64::MAX], &[de, br, a], Code::QuorumMissing),
        ([1, 1, u64::MAX, u64::MAX], &[de, br, a, b], Code::Ok),
    ];
    for (n, (powers, keys, code)) in cases.iter().enumerate() {
        let mut world = crate::governance::tests::with_powers(*powers);
        let item = change(&mut world, &[remove(BANK_B)]);
        let item = signed(CENTRAL_DE, item.transaction.operation, keys);
        assert_eq!(run_one(&mut world, &item), *code, "case {n}");
    }
}

#[test]
fn a_key_of_a_suspended_participant_decides_nothing() {
    let mut world = with_candidate();
    world.ledger.state.participants.edit(BANK_A).unwrap().status = crate::ParticipantStatus::Suspended;
    assert_eq!(changed(&mut world, &[put(&validator(BANK_C, 0, 1))]), Code::ParticipantNotAuthorised);
}

#[test]
fn each_rule_of_a_change_has_its_code() {
    let (old, new) = (World::new().ledger.validators().clone(), validator(BANK_C, 0, 7));
    let bank_a = old.iter().nth(2).unwrap().1.clone();
    let heavier = |power| put(&Validator { power: VotingPower(power), ..bank_a.clone() });
    let everybody: Vec<_> = (0..4).map(|n| remove(ParticipantId(n))).collect();
    let cases = vec![
        (vec![put(&new)], Code::Ok),
        (vec![remove(BANK_A), put(&new)], Code::Ok),
        (vec![heavier(9)], Code::Ok),
        (vec![], Code::ValidatorSetInvalid),
        (vec![put(&new), remove(BANK_A)], Code::ValidatorSetInvalid),
        (vec![remove(BANK_A), remove(BANK_A)], Code::ValidatorSetInvalid),
        (vec![remove(BANK_A), heavier(9)], Code::ValidatorSetInvalid),
        (vec![heavier(1)], Code::ValidatorSetInvalid),
        (vec![heavier(0)], Code::ValidatorSetInvalid),
        (vec![put(&validator(BANK_C, 0, 0))], Code::ValidatorSetInvalid),
        (everybody, Code::ValidatorSetInvalid),
        (vec![remove(BANK_C)], Code::UnknownValidator),
        (vec![remove(ParticipantId(77))], Code::UnknownValidator),
        (vec![put(&validator(BANK_C, 1, 1))], Code::UnknownCandidate),
        (vec![put(&validator(BANK_A, 1, 1))], Code::UnknownCandidate),
        (vec![put(&Validator { key: bank_a.key, ..new.clone() })], Code::UnknownCandidate),
        (vec![put(&Validator { participant: ParticipantId(77), ..new.clone() })], Code::UnknownCandidate),
        ((0..300).map(|n| remove(ParticipantId(n))).collect(), Code::ValidatorSetInvalid),
    ];
    for (n, (changes, code)) in cases.into_iter().enumerate() {
        let mut world = with_candidate();
        assert_eq!(changed(&mut world, &changes), code, "case {n}");
        let pending = world.ledger.pending_validators();
        assert_eq!(pending.is_some(), code.is_ok(), "case {n}");
        assert!(pending.is_none_or(|set| set.epoch() == Epoch(1)), "case {n}");
        assert_eq!(world.ledger.validators(), &old, "case {n}: nothing changes before the boundary");
    }
}

#[test]
fn what_the_central_banks_decide_is_the_power() {
    let mut world = with_candidate();
    assert_eq!(changed(&mut world, &[remove(CENTRAL_BR), put(&validator(BANK_C, 0, 7))]), Code::Ok);
    let pending = world.ledger.pending_validators().unwrap();
    let members: Vec<_> = pending.iter().map(|(_, v)| (v.participant, v.power.0)).collect();
    assert_eq!(members, [(CENTRAL_DE, 1), (BANK_A, 1), (BANK_B, 1), (BANK_C, 7)]);
}

#[test]
fn a_change_is_for_the_current_epoch() {
    for (epoch, code) in [(Epoch(0), Code::Ok), (Epoch(1), Code::WrongEpoch)] {
        let mut world = with_candidate();
        let changes = vec![put(&validator(BANK_C, 0, 1))];
        let operation =
            Operation::Validators { reference: world.reference(), step: ValidatorsStep::Change { epoch, changes } };
        let item = signed(CENTRAL_DE, operation, &deciders(&world));
        assert_eq!(run_one(&mut world, &item), code);
    }
}

#[test]
fn a_candidate_is_good_for_a_day() {
    for (age, code) in [(CANDIDATE_LIFETIME_MS, Code::Ok), (CANDIDATE_LIFETIME_MS + 1, Code::UnknownCandidate)] {
        let mut world = with_candidate();
        world.time = world.time.plus_ms(age - 1_000);
        assert_eq!(changed(&mut world, &[put(&validator(BANK_C, 0, 1))]), code);
    }
}

#[test]
fn a_key_that_came_into_use_after_its_declaration_is_refused() {
    // No rule lets it happen; the check at the decision does not count on that.
    let mut world = with_candidate();
    let network_key = validator(BANK_C, 0, 1).network_key;
    world.ledger.state.nodes.register(corridor_types::NodeEntry { participant: BANK_B, network_key });
    assert_eq!(changed(&mut world, &[put(&validator(BANK_C, 0, 1))]), Code::KeyInUse);
}

#[test]
fn keys_of_the_pending_set_are_in_use_though_their_candidate_is_another_by_now() {
    let mut world = with_candidate();
    assert_eq!(changed(&mut world, &[put(&validator(BANK_C, 0, 1))]), Code::Ok);
    assert_eq!(declared(&mut world, &validator(BANK_C, 1, 1)), Code::Ok);
    let network_key = validator(BANK_C, 0, 1).network_key;
    let register = Operation::Node { reference: world.reference(), step: NodeStep::Register { network_key } };
    assert_eq!(world.code(BANK_A, register), Code::KeyInUse);
}

#[test]
fn the_last_epoch_has_no_next() {
    let mut world = with_candidate();
    world.ledger.state.bounds.epochs = 1;
    assert_eq!(changed(&mut world, &[put(&validator(BANK_C, 0, 1))]), Code::CapacityExceeded);
}

#[test]
fn a_repeated_change_gets_its_first_answer_and_decides_nothing() {
    let mut world = with_candidate();
    let item = change(&mut world, &[put(&validator(BANK_C, 0, 1))]);
    assert_eq!(world.run(std::slice::from_ref(&item)).entries[0].code, Code::Ok);
    end_epoch(&mut world);
    assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
    assert_eq!(world.ledger.pending_validators(), None);
}

#[test]
fn the_set_changes_at_the_end_of_the_boundary_block_and_not_before() {
    let mut world = with_candidate();
    let old = world.ledger.validators().clone();
    assert_eq!(changed(&mut world, &[put(&validator(BANK_C, 0, 1))]), Code::Ok);
    let pending = world.ledger.pending_validators().unwrap().clone();
    for _ in 0..3 {
        world.run(&[]);
        assert_eq!((world.ledger.epoch(), world.ledger.validators()), (Epoch(0), &old));
    }
    // A second change is refused, even inside the block that ends the epoch.
    assert_eq!(changed(&mut world, &[remove(BANK_A)]), Code::ValidatorChangePending);
    let inside = change(&mut world, &[remove(BANK_A)]);
    world.time = world.time.plus_ms(1_000);
    let mut context = world.context();
    context.next_validators = pending.digest();
    let executed = world.ledger.execute(&context, [&inside]).unwrap();
    assert_eq!(executed.entries[0].code, Code::ValidatorChangePending);
    assert_eq!(executed.outcome.epoch, Epoch(0), "the old set signs the boundary");
    assert_eq!((world.ledger.epoch(), world.ledger.validators()), (Epoch(1), &pending));
    assert_eq!(world.ledger.pending_validators(), None);
    let sets = world.ledger.validator_sets();
    assert_eq!((sets.get(Epoch(0)), sets.get(Epoch(1)), sets.current()), (Some(&old), Some(&pending), &pending));
    assert_eq!(world.run(&[]).outcome.epoch, Epoch(1));
    assert_eq!(changed(&mut world, &[remove(BANK_A)]), Code::Ok);
    end_epoch(&mut world);
    assert_eq!((world.ledger.epoch(), world.ledger.validators().len()), (Epoch(2), 4));
    world.ledger.audit().unwrap();
}

#[test]
fn a_block_of_another_epoch_or_with_unknown_next_validators_stops_the_ledger() {
    let mut world = with_candidate();
    world.time = world.time.plus_ms(1_000);
    let mut context = world.context();
    context.epoch = Epoch(1);
    let halt = world.ledger.clone().execute(&context, []).unwrap_err();
    assert_eq!(halt, Halt::WrongEpoch { expected: Epoch(0), got: Epoch(1) });

    // The very block that decides a change cannot end the epoch with it.
    let item = change(&mut world, &[put(&validator(BANK_C, 0, 1))]);
    let mut ahead = world.clone();
    ahead.run(std::slice::from_ref(&item));
    let mut context = world.context();
    context.next_validators = ahead.ledger.pending_validators().unwrap().digest();
    let halt = world.ledger.execute(&context, [&item]).unwrap_err();
    assert_eq!(halt, Halt::UnknownNextSet { height: context.height, got: context.next_validators });

    // The set that was current before is not next again.
    let old = ahead.ledger.validators().digest();
    end_epoch(&mut ahead);
    let mut context = ahead.context();
    context.next_validators = old;
    assert!(matches!(ahead.ledger.execute(&context, []), Err(Halt::UnknownNextSet { .. })));
}

#[test]
fn a_ledger_restored_at_any_point_of_a_change_goes_on_alike() {
    let (mut world, mut disk) = (World::bare(), Disk::default());
    let mut copies: Vec<Ledger> = Vec::new();
    let candidate = validator(BANK_C, 0, 1);
    for step in 0..8 {
        let items = match step {
            0 => vec![declare(&mut world, &candidate)],
            2 => vec![change(&mut world, &[put(&candidate)][..])],
            5 => vec![change(&mut world, &[remove(CENTRAL_DE)])],
            _ => vec![],
        };
        world.time = world.time.plus_ms(1_000);
        let mut context = world.context();
        if let Some(pending) = world.ledger.pending_validators().filter(|_| step == 4 || step == 7) {
            context.next_validators = pending.digest();
        }
        let executed = world.ledger.execute(&context, &items).unwrap();
        assert!(executed.entries.iter().all(|entry| entry.code == Code::Ok));
        for copy in &mut copies {
            assert_eq!(copy.execute(&context, &items).as_ref(), Ok(&executed), "step {step}");
        }
        disk.write(&executed.changes);
        let restored = Ledger::restore(&genesis(), disk.records()).unwrap();
        assert_eq!(restored.state(), world.ledger.state(), "step {step}");
        assert_eq!(restored.pending_validators(), world.ledger.pending_validators());
        assert_eq!(restored.validator_sets(), world.ledger.validator_sets());
        restored.audit().unwrap();
        copies.push(restored);
    }
    assert_eq!(world.ledger.epoch(), Epoch(2));
}

#[test]
fn a_reference_of_a_change_is_not_spoilt_by_a_copy_with_too_few_signatures() {
    let mut world = with_candidate();
    let item = change(&mut world, &[put(&validator(BANK_C, 0, 1))]);
    let copy = signed(CENTRAL_BR, item.transaction.operation.clone(), &[key(CENTRAL_BR, KeyRole::Supervisor)]);
    let reference: Uetr = item.transaction.operation.reference().unwrap();
    assert_eq!(world.run(&[copy]).entries[0].code, Code::CentralBankApprovalMissing);
    assert_eq!(world.ledger.lookup(&reference), None);
    assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
}
