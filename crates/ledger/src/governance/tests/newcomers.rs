//! Participants that the validators take in.

use corridor_types::limits::{MAX_KEYS_PER_PARTICIPANT, MAX_NAME_BYTES};
use corridor_types::operations::{NodeStep, Proposal};
use corridor_types::{Bic, Code, KeyEntry, KeyRole, Lei, Operation, ParticipantEntry, ParticipantId, ParticipantKind};

use super::*;
use crate::ParticipantStatus;
use crate::governance::concerned::concerned;

/// The number that the next participant of the test world gets.
const NEXT: ParticipantId = ParticipantId(6);

fn lei() -> Lei {
    (2..=98).find_map(|check| format!("529900NEWBANK00000{check:02}").parse().ok()).unwrap()
}

fn entry() -> ParticipantEntry {
    let roles = [KeyRole::Operator, KeyRole::Supervisor, KeyRole::Governance];
    ParticipantEntry {
        name: "Newcomer".into(),
        lei: lei(),
        bic: Bic::parse("BNKDDE00").unwrap(),
        country: "DE".parse().unwrap(),
        kind: ParticipantKind::Bank,
        supervisor: CENTRAL_DE,
        keys: roles.map(|role| KeyEntry { key: secret(NEXT, role, 0).public_key(), role }).to_vec(),
    }
}

/// A bank in Germany, with a change.
pub fn proposal(change: impl FnOnce(&mut ParticipantEntry)) -> Proposal {
    let mut entry = entry();
    change(&mut entry);
    Proposal::Participant { entry }
}

#[test]
fn who_is_taken_in_acts_at_once() {
    let mut world = World::bare();
    assert_eq!(agree(&mut world, &proposal(|_| ())), Code::Ok);
    let record = world.ledger.state.participants.record(NEXT).unwrap();
    assert_eq!((&record.entry, record.status), (&entry(), ParticipantStatus::Authorised));
    let network_key = secret(NEXT, KeyRole::Operator, 9).public_key();
    let register = Operation::Node { reference: world.reference(), step: NodeStep::Register { network_key } };
    assert_eq!(world.code(NEXT, register), Code::Ok);
    world.ledger.audit().unwrap();
}

#[test]
fn its_supervisor_is_concerned_and_for_a_central_bank_all_that_issue() {
    let world = World::bare();
    let of = |proposal: &Proposal| concerned(&world.ledger.state, proposal).into_iter().collect::<Vec<_>>();
    assert_eq!(of(&proposal(|_| ())), [CENTRAL_DE]);
    assert_eq!(of(&proposal(|entry| entry.supervisor = CENTRAL_BR)), [CENTRAL_BR]);
    assert_eq!(of(&central_bank(NEXT)), [CENTRAL_DE, CENTRAL_BR]);
}

fn central_bank(supervisor: ParticipantId) -> Proposal {
    proposal(|entry| (entry.kind, entry.supervisor) = (ParticipantKind::CentralBank, supervisor))
}

#[test]
fn a_central_bank_names_itself_and_its_number_may_be_taken_meanwhile() {
    let mut world = World::bare();
    assert_eq!(propose(&mut world, BANK_A, &central_bank(CENTRAL_DE)).1[0].code, Code::ParticipantMalformed);
    let first = proposed(&mut world, BANK_A, &central_bank(NEXT));
    let other = proposal(|entry| {
        entry.lei = (2..=98).find_map(|check| format!("529900NEWBANK00001{check:02}").parse().ok()).unwrap();
        entry.bic = Bic::parse("BNKEDE00").unwrap();
        entry.keys.clear();
    });
    assert_eq!(agree(&mut world, &other), Code::Ok);
    assert_eq!(carry(&mut world, first), Code::ParticipantMalformed);
    let next = central_bank(NEXT.next());
    assert_eq!(agree(&mut world, &next), Code::Ok);
    let pack = Proposal::Rulebook { pack: pack(&world, "DE", 1) };
    let banks = concerned(&world.ledger.state, &pack);
    assert!(banks.contains(&CENTRAL_DE) && banks.contains(&NEXT.next()), "two central banks of one country");
}

#[test]
fn each_rule_of_an_entry_has_its_code() {
    type Spoil = fn(&mut ParticipantEntry);
    let malformed = Code::ParticipantMalformed;
    let cases: &[(Spoil, Code)] = &[
        (|_| (), Code::Ok),
        (|e| e.keys.clear(), Code::Ok),
        (|e| e.kind = ParticipantKind::Observer, Code::Ok),
        (|e| e.kind = ParticipantKind::LicensingAuthority, Code::Ok),
        (|e| e.name.clear(), malformed),
        (|e| e.name = "x".repeat(MAX_NAME_BYTES), Code::Ok),
        (|e| e.name = "x".repeat(MAX_NAME_BYTES + 1), malformed),
        (|e| e.country = "BR".parse().unwrap(), malformed),
        (|e| e.lei = genesis().participants[5].lei, Code::ParticipantExists),
        (|e| e.bic = genesis().participants[2].bic, Code::ParticipantExists),
        (|e| e.supervisor = BANK_A, malformed),
        (|e| e.supervisor = ParticipantId(77), malformed),
        (|e| e.keys.push(e.keys[0]), malformed),
        (|e| e.keys[0].key = corridor_crypto::PublicKey(std::array::from_fn(|n| u8::from(n == 0))), malformed),
        (|e| e.keys[0].key = secret(BANK_A, KeyRole::Maker, 0).public_key(), Code::KeyInUse),
        (|e| e.keys[0].key = genesis().validators[3].key, Code::KeyInUse),
        (|e| e.keys[0].key = genesis().nodes[0].network_key, Code::KeyInUse),
        (|e| fill(e, MAX_KEYS_PER_PARTICIPANT), Code::Ok),
        (|e| fill(e, MAX_KEYS_PER_PARTICIPANT + 1), malformed),
    ];
    for (n, (spoil, code)) in cases.iter().enumerate() {
        let mut world = World::bare();
        assert_eq!(propose(&mut world, BANK_A, &proposal(spoil)).1[0].code, *code, "case {n}");
    }
}

fn fill(entry: &mut ParticipantEntry, count: usize) {
    let numbers = (0..u8::MAX).take(count);
    let key = |number| secret(NEXT, KeyRole::Checker, number).public_key();
    entry.keys = numbers.map(|number| KeyEntry { key: key(number), role: KeyRole::Checker }).collect();
}

#[test]
fn a_suspended_central_bank_takes_nobody_in() {
    let mut world = World::bare();
    world.ledger.state.participants.edit(CENTRAL_DE).unwrap().status = ParticipantStatus::Suspended;
    assert_eq!(propose(&mut world, BANK_A, &proposal(|_| ())).1[0].code, Code::ParticipantNotAuthorised);
}
