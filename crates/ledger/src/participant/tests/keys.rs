//! Keys come and go; the sealing key.

use corridor_crypto::{PublicKey, SecretKey};
use corridor_types::limits::MAX_KEYS_PER_PARTICIPANT;
use corridor_types::operations::ParticipantStep;
use corridor_types::{KeyEntry, SealingKey, Uetr};

use super::*;

const GOVERNANCE: Signer = (BANK_A, KeyRole::Governance, 0);
const SUPERVISOR: Signer = (CENTRAL_DE, KeyRole::Supervisor, 0);
const SUPERVISORS: &[Signer] = &[SUPERVISOR, (CENTRAL_DE, KeyRole::Supervisor, 1)];

fn fresh(number: u8) -> PublicKey {
    secret(BANK_A, KeyRole::Operator, 100 + number).public_key()
}

fn add(key: PublicKey, role: KeyRole) -> ParticipantStep {
    ParticipantStep::AddKey { participant: BANK_A, entry: KeyEntry { key, role } }
}

const fn remove(key: PublicKey) -> ParticipantStep {
    ParticipantStep::RemoveKey { participant: BANK_A, key }
}

fn own(role: KeyRole, number: u8) -> PublicKey {
    secret(BANK_A, role, number).public_key()
}

#[test]
fn the_participant_or_its_supervisor_changes_keys() {
    let cases: &[(ParticipantId, &[Signer], Code)] = &[
        (BANK_A, &[GOVERNANCE], Code::Ok),
        (CENTRAL_DE, SUPERVISORS, Code::Ok),
        (BANK_A, &[], Code::KeyNotAuthorised),
        (BANK_A, &[(BANK_A, KeyRole::Operator, 0)], Code::KeyNotAuthorised),
        (BANK_A, &[(BANK_A, KeyRole::Supervisor, 0)], Code::KeyNotAuthorised),
        (BANK_A, &[SUPERVISOR], Code::KeyNotAuthorised),
        (BANK_A, &[GOVERNANCE, SUPERVISOR], Code::KeyNotAuthorised),
        (CENTRAL_DE, &[(CENTRAL_DE, KeyRole::Governance, 0)], Code::KeyNotAuthorised),
        (
            CENTRAL_BR,
            &[(CENTRAL_BR, KeyRole::Supervisor, 0), (CENTRAL_BR, KeyRole::Supervisor, 1)],
            Code::NotSupervisor,
        ),
        (BANK_B, &[(BANK_B, KeyRole::Supervisor, 0), (BANK_B, KeyRole::Supervisor, 1)], Code::NotSupervisor),
        (BANK_B, &[(BANK_B, KeyRole::Governance, 0)], Code::KeyNotAuthorised),
    ];
    for (n, (by, keys, code)) in cases.iter().enumerate() {
        for what in [add(fresh(0), KeyRole::Checker), remove(own(KeyRole::Checker, 0))] {
            let mut world = World::new();
            assert_eq!(act(&mut world, *by, what, keys).0, *code, "case {n}");
            assert_restores(&world);
        }
    }
}

/// Its supervisors authorise banks; they do not make themselves issuers.
#[test]
fn a_central_banks_own_keys_are_its_governance() {
    let entry = KeyEntry { key: fresh(0), role: KeyRole::Issuer };
    let what = ParticipantStep::AddKey { participant: CENTRAL_DE, entry };
    let mut world = World::new();
    assert_eq!(act(&mut world, CENTRAL_DE, what.clone(), &[SUPERVISOR]).0, Code::KeyNotAuthorised);
    assert_eq!(act(&mut world, CENTRAL_DE, what, &[(CENTRAL_DE, KeyRole::Governance, 0)]).0, Code::Ok);
}

#[test]
fn a_key_signs_from_its_registration_to_its_removal() {
    let mut world = World::new();
    let seal = |world: &mut World, n: u8| {
        let what = step(world, ParticipantStep::SetSealingKey { key: SealingKey([n; 32]) });
        run(world, &signed_by(BANK_A, what, &[(BANK_A, KeyRole::Operator, 100)])).0
    };
    assert_eq!(seal(&mut world, 1), Code::KeyNotAuthorised);
    assert_eq!(act(&mut world, BANK_A, add(fresh(0), KeyRole::Operator), &[GOVERNANCE]).0, Code::Ok);
    assert_eq!(seal(&mut world, 2), Code::Ok);
    assert_eq!(act(&mut world, BANK_A, remove(fresh(0)), &[GOVERNANCE]).0, Code::Ok);
    assert_eq!(seal(&mut world, 3), Code::KeyNotAuthorised);
    assert_eq!(world.ledger.state.participants.record(BANK_A).unwrap().sealing_key, Some(SealingKey([2; 32])));
    assert_eq!(act(&mut world, BANK_A, add(fresh(0), KeyRole::Operator), &[GOVERNANCE]).0, Code::Ok);
    assert_restores(&world);
}

#[test]
fn a_key_has_one_owner_and_one_use() {
    let seeded = |n: u8| SecretKey::from_seed(&[n; 32]).public_key();
    let cases = [
        (own(KeyRole::Maker, 0), Code::KeyInUse),
        (secret(BANK_B, KeyRole::Maker, 0).public_key(), Code::KeyInUse),
        // Voting and network keys: of another's validator, of its own, and of a node.
        (seeded(100), Code::KeyInUse),
        (seeded(102), Code::KeyInUse),
        (seeded(152), Code::KeyInUse),
        (seeded(200), Code::KeyInUse),
        (PublicKey([0; 32]), Code::ParticipantMalformed),
        (fresh(0), Code::Ok),
    ];
    let mut world = World::new();
    for (n, (key, code)) in cases.into_iter().enumerate() {
        let (got, field) = act(&mut world, BANK_A, add(key, KeyRole::Checker), &[GOVERNANCE]);
        assert_eq!((got, field.as_str()), (code, if code.is_ok() { "" } else { "step.entry.key" }), "case {n}");
    }
}

#[test]
fn the_last_key_of_a_role_stays() {
    let mut world = World::new();
    let mut removing = |key| act(&mut world, BANK_A, remove(key), &[GOVERNANCE]);
    assert_eq!(removing(own(KeyRole::Checker, 0)).0, Code::Ok);
    assert_eq!(removing(own(KeyRole::Checker, 1)), (Code::LastKey, "step.key".to_owned()));
    assert_eq!(removing(own(KeyRole::Governance, 0)).0, Code::LastKey);
    assert_eq!(removing(own(KeyRole::Checker, 0)), (Code::UnknownKey, "step.key".to_owned()));
    assert_eq!(removing(secret(BANK_B, KeyRole::Maker, 0).public_key()).0, Code::UnknownKey);
    assert_eq!(act(&mut world, BANK_A, add(fresh(0), KeyRole::Checker), &[GOVERNANCE]).0, Code::Ok);
    assert_eq!(act(&mut world, BANK_A, remove(own(KeyRole::Checker, 1)), &[GOVERNANCE]).0, Code::Ok);
}

#[test]
fn as_many_keys_as_fit_the_record() {
    let mut world = World::new();
    let room = MAX_KEYS_PER_PARTICIPANT - world.ledger.participant(BANK_A).unwrap().keys.len();
    for n in 0..room {
        let what = add(fresh(u8::try_from(n).unwrap()), KeyRole::Operator);
        assert_eq!(act(&mut world, BANK_A, what, &[GOVERNANCE]).0, Code::Ok, "key {n}");
    }
    let refused = act(&mut world, BANK_A, add(fresh(99), KeyRole::Operator), &[GOVERNANCE]);
    assert_eq!(refused, (Code::CapacityExceeded, "step.entry".to_owned()));
    assert_restores(&world);
}

#[test]
fn keys_of_nobody_and_of_a_revoked_participant() {
    let mut world = World::new();
    let nobody = ParticipantStep::RemoveKey { participant: ParticipantId(77), key: fresh(0) };
    assert_eq!(supervise(&mut world, CENTRAL_DE, nobody), Code::UnknownParticipant);
    assert_eq!(supervise(&mut world, CENTRAL_DE, ParticipantStep::Suspend { participant: BANK_A }), Code::Ok);
    // Who lost its keys is suspended, gets new ones, and goes on.
    assert_eq!(act(&mut world, CENTRAL_DE, add(fresh(0), KeyRole::Operator), SUPERVISORS).0, Code::Ok);
    assert_eq!(supervise(&mut world, CENTRAL_DE, remove(own(KeyRole::Operator, 0))), Code::Ok);
    assert_eq!(supervise(&mut world, CENTRAL_DE, ParticipantStep::Revoke { participant: BANK_A }), Code::Ok);
    for what in [add(fresh(1), KeyRole::Operator), remove(own(KeyRole::Checker, 0))] {
        assert_eq!(act(&mut world, CENTRAL_DE, what, SUPERVISORS).0, Code::WrongParticipantStatus);
    }
}

#[test]
fn a_refusal_for_who_asks_uses_up_no_reference() {
    let mut world = World::new();
    let reference = Uetr::from_random([0x77; 16]);
    let spoiled = Operation::Participant { reference, step: ParticipantStep::Suspend { participant: BANK_A } };
    let item = signed_by(CENTRAL_BR, spoiled.clone(), &[(CENTRAL_BR, KeyRole::Supervisor, 0)]);
    assert_eq!(run(&mut world, &item).0, Code::NotSupervisor);
    assert!(world.ledger.lookup(&reference).is_none());
    assert_eq!(run(&mut world, &signed_by(CENTRAL_DE, spoiled, &[SUPERVISOR])).0, Code::Ok);
    assert!(world.ledger.lookup(&reference).is_some());
}
