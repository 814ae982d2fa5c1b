//! Applications, and the statuses.

use corridor_crypto::{PublicKey, SecretKey};
use corridor_types::limits::{MAX_KEYS_PER_PARTICIPANT, MAX_NAME_BYTES};
use corridor_types::operations::ParticipantStep;
use corridor_types::{KeyEntry, SealingKey};

use super::*;
use crate::participant::StatusEvent;

const EVENTS: [StatusEvent; 3] = [StatusEvent::Authorise, StatusEvent::Suspend, StatusEvent::Revoke];
const STATUSES: [ParticipantStatus; 4] = [
    ParticipantStatus::Applied,
    ParticipantStatus::Authorised,
    ParticipantStatus::Suspended,
    ParticipantStatus::Revoked,
];

const fn doing(event: StatusEvent, participant: ParticipantId) -> ParticipantStep {
    match event {
        StatusEvent::Authorise => ParticipantStep::Authorise { participant },
        StatusEvent::Suspend => ParticipantStep::Suspend { participant },
        StatusEvent::Revoke => ParticipantStep::Revoke { participant },
    }
}

/// What gets a newcomer to a status.
const fn way_to(status: ParticipantStatus) -> &'static [StatusEvent] {
    match status {
        ParticipantStatus::Applied => &[],
        ParticipantStatus::Authorised => &[StatusEvent::Authorise],
        ParticipantStatus::Suspended => &[StatusEvent::Authorise, StatusEvent::Suspend],
        ParticipantStatus::Revoked => &[StatusEvent::Revoke],
    }
}

const APPLYING: &[Signer] = &[(CENTRAL_DE, KeyRole::Supervisor, 0), (NEWCOMER, KeyRole::Operator, 0)];

fn apply(world: &mut World, entry: ParticipantEntry) -> (Code, String) {
    act(world, CENTRAL_DE, ParticipantStep::Apply { entry }, APPLYING)
}

/// With a newcomer in this status.
fn with_newcomer(at: ParticipantStatus) -> World {
    let mut world = World::new();
    assert_eq!(apply(&mut world, newcomer()).0, Code::Ok);
    for event in way_to(at) {
        assert_eq!(supervise(&mut world, CENTRAL_DE, doing(*event, NEWCOMER)), Code::Ok);
    }
    assert_eq!(status(&world, NEWCOMER), at);
    world
}

/// Through the ledger, and the same as the table that decides.
#[test]
fn the_table_of_statuses() {
    let mut rows = String::new();
    for from in STATUSES {
        for event in EVENTS {
            let mut world = with_newcomer(from);
            let code = supervise(&mut world, CENTRAL_DE, doing(event, NEWCOMER));
            let after = status(&world, NEWCOMER);
            assert_eq!(from.after(event), code.is_ok().then_some(after));
            assert!(code.is_ok() || after == from);
            rows += &format!("{:<12} {:<10} {:<12} {code}\n", from.as_str(), format!("{event:?}"), after.as_str());
            assert_restores(&world);
        }
    }
    insta::assert_snapshot!(rows);
}

#[test]
fn only_an_authorised_participant_acts() {
    for at in STATUSES {
        let mut world = with_newcomer(at);
        let key = ParticipantStep::SetSealingKey { key: SealingKey([5; 32]) };
        let (code, _) = act(&mut world, NEWCOMER, key, &[(NEWCOMER, KeyRole::Operator, 0)]);
        let expected = if at == ParticipantStatus::Authorised { Code::Ok } else { Code::ParticipantNotAuthorised };
        assert_eq!(code, expected, "{at:?}");
        let sealing_key = world.ledger.state.participants.record(NEWCOMER).unwrap().sealing_key;
        assert_eq!(sealing_key, code.is_ok().then_some(SealingKey([5; 32])));
    }
}

#[test]
fn only_the_supervisor_decides_and_not_about_itself() {
    let mut world = World::new();
    for event in EVENTS {
        for (by, whose, code) in [
            (CENTRAL_BR, BANK_A, Code::NotSupervisor),
            (BANK_A, BANK_A, Code::NotSupervisor),
            (CENTRAL_BR, CENTRAL_DE, Code::NotSupervisor),
            (CENTRAL_DE, CENTRAL_DE, Code::WrongParticipantStatus),
            (CENTRAL_DE, ParticipantId(77), Code::UnknownParticipant),
        ] {
            assert_eq!(supervise(&mut world, by, doing(event, whose)), code, "{event:?} of {whose} by {by}");
        }
        for role in [KeyRole::Operator, KeyRole::Governance, KeyRole::Compliance] {
            let (code, _) = act(&mut world, CENTRAL_DE, doing(event, BANK_A), &[(CENTRAL_DE, role, 0)]);
            assert_eq!(code, Code::KeyNotAuthorised, "{event:?} by {role}");
        }
    }
    assert_eq!(status(&world, CENTRAL_DE), ParticipantStatus::Authorised);
}

type Change = fn(&mut ParticipantEntry);

/// The neutral point: anybody can make signatures that pass under it.
fn unusable() -> PublicKey {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    let key = PublicKey(bytes);
    assert!(key.validate().is_err());
    key
}

fn more_keys(entry: &mut ParticipantEntry, count: usize) {
    let make = |n: usize| SecretKey::from_seed(&[u8::try_from(n).unwrap() + 210; 32]).public_key();
    let missing = count - entry.keys.len();
    entry.keys.extend((0..missing).map(|n| KeyEntry { key: make(n), role: KeyRole::Checker }));
}

const ENTRIES: &[(Change, Code, &str)] = &[
    (|_| (), Code::Ok, ""),
    (|e| e.kind = ParticipantKind::Observer, Code::Ok, ""),
    (|e| e.kind = ParticipantKind::LicensingAuthority, Code::Ok, ""),
    (|e| e.kind = ParticipantKind::CentralBank, Code::ParticipantMalformed, "step.entry.kind"),
    (|e| e.supervisor = CENTRAL_BR, Code::NotSupervisor, "step.entry.supervisor"),
    (|e| e.supervisor = ParticipantId(77), Code::NotSupervisor, "step.entry.supervisor"),
    (|e| e.name = String::new(), Code::ParticipantMalformed, "step.entry.name"),
    (|e| e.name = "n".repeat(MAX_NAME_BYTES), Code::Ok, ""),
    (|e| e.name = "n".repeat(MAX_NAME_BYTES + 1), Code::ParticipantMalformed, "step.entry.name"),
    (|e| e.country = "BR".parse().unwrap(), Code::ParticipantMalformed, "step.entry.country"),
    (|e| e.lei = lei(2), Code::ParticipantExists, "step.entry.lei"),
    (|e| e.bic = bic("BNKADE00"), Code::ParticipantExists, "step.entry.bic"),
    (|e| e.bic = bic("BNKADE00002"), Code::Ok, ""),
    (|e| more_keys(e, MAX_KEYS_PER_PARTICIPANT), Code::Ok, ""),
    (|e| more_keys(e, MAX_KEYS_PER_PARTICIPANT + 1), Code::ParticipantMalformed, "step.entry.keys"),
    (|e| e.keys[3].key = unusable(), Code::ParticipantMalformed, "step.entry.keys"),
    (|e| e.keys[3].key = e.keys[4].key, Code::ParticipantMalformed, "step.entry.keys"),
    (|e| e.keys[3].key = secret(BANK_B, KeyRole::Maker, 0).public_key(), Code::KeyInUse, "step.entry.keys"),
    // A validator's voting and network key, and an observer's node.
    (|e| e.keys[3].key = SecretKey::from_seed(&[100; 32]).public_key(), Code::KeyInUse, "step.entry.keys"),
    (|e| e.keys[3].key = SecretKey::from_seed(&[150; 32]).public_key(), Code::KeyInUse, "step.entry.keys"),
    (|e| e.keys[3].key = SecretKey::from_seed(&[200; 32]).public_key(), Code::KeyInUse, "step.entry.keys"),
];

#[test]
fn an_entry_follows_the_rules_of_genesis() {
    for (n, (change, code, field)) in ENTRIES.iter().enumerate() {
        let (mut world, mut entry) = (World::new(), newcomer());
        change(&mut entry);
        assert_eq!(apply(&mut world, entry.clone()), (*code, (*field).to_owned()), "case {n}");
        let record = world.ledger.state.participants.record(NEWCOMER);
        assert_eq!(
            record.map(|record| (&record.entry, record.status)),
            code.is_ok().then_some((&entry, ParticipantStatus::Applied,))
        );
        assert_restores(&world);
    }
}

#[test]
fn a_newcomer_is_found_by_its_codes_and_nobody_comes_twice() {
    let mut world = with_newcomer(ParticipantStatus::Revoked);
    assert_eq!(world.ledger.participant_by_bic(&newcomer().bic).map(|(id, _)| id), Some(NEWCOMER));
    assert_eq!(apply(&mut world, newcomer()), (Code::ParticipantExists, "step.entry.lei".to_owned()));
    let other = ParticipantEntry { lei: lei(9), ..newcomer() };
    assert_eq!(apply(&mut world, other), (Code::ParticipantExists, "step.entry.bic".to_owned()));
}

#[test]
fn the_central_bank_and_the_applicant_both_sign() {
    const SUPERVISOR: Signer = (CENTRAL_DE, KeyRole::Supervisor, 0);
    const APPLICANT: Signer = (NEWCOMER, KeyRole::Operator, 0);
    let cases: &[(ParticipantId, &[Signer], Code)] = &[
        (CENTRAL_DE, &[], Code::KeyNotAuthorised),
        (CENTRAL_DE, &[SUPERVISOR], Code::PossessionNotProven),
        (CENTRAL_DE, &[APPLICANT], Code::KeyNotAuthorised),
        (CENTRAL_DE, &[SUPERVISOR, (NEWCOMER, KeyRole::Governance, 0)], Code::KeyNotAuthorised),
        (CENTRAL_DE, &[(CENTRAL_DE, KeyRole::Operator, 0), APPLICANT], Code::KeyNotAuthorised),
        (CENTRAL_DE, &[SUPERVISOR, APPLICANT, (CENTRAL_BR, KeyRole::Supervisor, 0)], Code::KeyNotAuthorised),
        (BANK_A, &[(BANK_A, KeyRole::Supervisor, 0), APPLICANT], Code::NotCentralBank),
        (CENTRAL_BR, &[(CENTRAL_BR, KeyRole::Supervisor, 0), APPLICANT], Code::NotSupervisor),
        (CENTRAL_DE, &[SUPERVISOR, APPLICANT], Code::Ok),
    ];
    let mut world = World::new();
    for (n, (by, keys, code)) in cases.iter().enumerate() {
        let applying = ParticipantStep::Apply { entry: newcomer() };
        assert_eq!(act(&mut world, *by, applying, keys).0, *code, "case {n}");
    }
}

#[test]
fn a_full_table_refuses() {
    let mut world = World::new();
    world.ledger.state.bounds.participants = 7;
    assert_eq!(apply(&mut world, newcomer()).0, Code::Ok);
    let (number, by) = (NEWCOMER.0 as usize + 1, ParticipantId(NEWCOMER.0 + 1));
    let entry = participant(number, ("BNKM", "DE", ParticipantKind::Bank, CENTRAL_DE.0));
    let keys = [(CENTRAL_DE, KeyRole::Supervisor, 0), (by, KeyRole::Operator, 0)];
    let refused = act(&mut world, CENTRAL_DE, ParticipantStep::Apply { entry }, &keys);
    assert_eq!(refused, (Code::CapacityExceeded, "step.entry".to_owned()));
}
