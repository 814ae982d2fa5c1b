//! Nobody alone changes the keys and rules of an institution that has two governors.

use corridor_crypto::PublicKey;
use corridor_types::operations::{ApprovalRule, ParticipantStep};
use corridor_types::{Amount, KeyEntry, Payment, SealingKey};

use super::*;

const FIRST: Signer = (BANK_A, KeyRole::Governance, 0);
const SECOND: Signer = (BANK_A, KeyRole::Governance, 1);
const THIRD: Signer = (BANK_A, KeyRole::Governance, 2);
const MAKER: Signer = (BANK_A, KeyRole::Maker, 0);
const FALSE_CHECKERS: [Signer; 2] = [(BANK_A, KeyRole::Checker, 100), (BANK_A, KeyRole::Checker, 101)];
const SUPERVISORS: [Signer; 2] = [(CENTRAL_DE, KeyRole::Supervisor, 0), (CENTRAL_DE, KeyRole::Supervisor, 1)];

fn key((id, role, number): Signer) -> PublicKey {
    secret(id, role, number).public_key()
}

fn add(signer: Signer) -> ParticipantStep {
    ParticipantStep::AddKey { participant: signer.0, entry: KeyEntry { key: key(signer), role: signer.1 } }
}

fn remove(signer: Signer) -> ParticipantStep {
    ParticipantStep::RemoveKey { participant: signer.0, key: key(signer) }
}

const fn rule(above: u64, checkers: u8) -> ParticipantStep {
    ParticipantStep::SetApprovals { rule: ApprovalRule { asset: EUR, above: Amount(above), checkers } }
}

fn done(world: &mut World, by: ParticipantId, what: ParticipantStep, keys: &[Signer]) {
    assert_eq!(act(world, by, what.clone(), keys).0, Code::Ok, "{what:?} by {keys:?}");
}

/// With the first so many governance keys of an institution in force.
fn with_governors(whose: ParticipantId, count: u8) -> World {
    let (mut world, governor) = (World::new(), |n| (whose, KeyRole::Governance, n));
    for n in 1..count {
        let signers: Vec<_> = (0..n.min(2)).map(governor).collect();
        done(&mut world, whose, add(governor(n)), &signers);
    }
    world
}

/// What gives power in bank A, or could.
fn empowering() -> [ParticipantStep; 6] {
    let checker = FALSE_CHECKERS[0];
    [add(checker), add((BANK_A, KeyRole::Governance, 7)), rule(1_000, 1), rule(1_000, 0), remove(FIRST), remove(SECOND)]
}

#[test]
fn one_of_one_is_enough() {
    for what in [add(FALSE_CHECKERS[0]), rule(1_000, 2), remove((BANK_A, KeyRole::Checker, 0)), add(SECOND)] {
        done(&mut World::new(), BANK_A, what, &[FIRST]);
    }
}

#[test]
fn where_two_are_in_force_two_different_ones_sign() {
    let cases: &[(&[Signer], Code)] = &[
        (&[FIRST, SECOND], Code::Ok),
        (&[FIRST], Code::SecondApprovalMissing),
        (&[SECOND], Code::SecondApprovalMissing),
        (&[FIRST, FIRST], Code::SecondApprovalMissing),
        (&[], Code::KeyNotAuthorised),
        // Nobody else is a second governor: no key to come, no officer, no other house.
        (&[FIRST, THIRD], Code::KeyNotAuthorised),
        (&[FIRST, (BANK_A, KeyRole::Checker, 0)], Code::KeyNotAuthorised),
        (&[FIRST, (BANK_B, KeyRole::Governance, 0)], Code::KeyNotAuthorised),
        (&[FIRST, SUPERVISORS[0], SUPERVISORS[1]], Code::KeyNotAuthorised),
        (&[FIRST, (BANK_A, KeyRole::Supervisor, 0), (BANK_A, KeyRole::Supervisor, 1)], Code::KeyNotAuthorised),
    ];
    for what in empowering() {
        for (n, (keys, code)) in cases.iter().enumerate() {
            let mut world = with_governors(BANK_A, 2);
            done(&mut world, BANK_A, rule(500, 1), &[FIRST, SECOND]);
            let record = |world: &World| world.ledger.state.participants.record(BANK_A).cloned();
            let before = record(&world);
            assert_eq!(act(&mut world, BANK_A, what.clone(), keys).0, *code, "{what:?}, case {n}");
            assert_eq!(record(&world) != before, code.is_ok(), "{what:?}, case {n}");
            assert_restores(&world);
        }
    }
}

#[test]
fn of_three_any_two_are_enough_and_one_is_not() {
    for what in empowering() {
        for pair in [[FIRST, SECOND], [FIRST, THIRD], [SECOND, THIRD]] {
            done(&mut with_governors(BANK_A, 3), BANK_A, what.clone(), &pair);
            let (code, _) = act(&mut with_governors(BANK_A, 3), BANK_A, what.clone(), &pair[..1]);
            assert_eq!(code, Code::SecondApprovalMissing, "{what:?}");
        }
    }
}

/// Who notices a theft at night need not wake anybody.
#[test]
fn a_key_that_does_not_govern_is_removed_by_one() {
    for role in [KeyRole::Checker, KeyRole::Compliance, KeyRole::Issuer, KeyRole::Supervisor] {
        done(&mut with_governors(BANK_A, 2), BANK_A, remove((BANK_A, role, 0)), &[SECOND]);
        done(&mut with_governors(BANK_A, 2), CENTRAL_DE, remove((BANK_A, role, 0)), &SUPERVISORS[..1]);
    }
    // The key of another is none of its own: refused by the rules, not for a signature.
    let stranger = ParticipantStep::RemoveKey { participant: BANK_A, key: key((BANK_B, KeyRole::Governance, 0)) };
    assert_eq!(act(&mut with_governors(BANK_A, 2), BANK_A, stranger, &[FIRST]).0, Code::UnknownKey);
}

/// One of two governors wants to pay alone, against a rule about two checkers.
#[test]
fn nobody_gets_round_a_rule_by_a_revocation() {
    let mut world = with_governors(BANK_A, 2);
    done(&mut world, BANK_A, rule(1_000, 2), &[FIRST, SECOND]);
    let steps = [
        remove(SECOND),
        remove(FIRST),
        add((BANK_A, KeyRole::Governance, 7)),
        add(FALSE_CHECKERS[0]),
        add(FALSE_CHECKERS[1]),
        rule(u64::MAX, 2),
        rule(1_000, 1),
        rule(1_000, 0),
    ];
    for what in steps {
        assert_eq!(act(&mut world, BANK_A, what.clone(), &[FIRST]).0, Code::SecondApprovalMissing, "{what:?}");
    }
    // Taking the checkers away leaves the rule as it was.
    done(&mut world, BANK_A, remove((BANK_A, KeyRole::Checker, 0)), &[FIRST]);
    let (last, _) = act(&mut world, BANK_A, remove((BANK_A, KeyRole::Checker, 1)), &[FIRST]);
    assert_eq!(last, Code::LastKey);
    for keys in [&[MAKER][..], &[MAKER, FALSE_CHECKERS[0], FALSE_CHECKERS[1]], &[MAKER, (BANK_A, KeyRole::Checker, 1)]]
    {
        let payment = Payment { amount: Amount(1_001), ..world.payment() };
        let (code, _) = run(&mut world, &signed_by(BANK_A, Operation::Pay { payment }, keys));
        assert!(matches!(code, Code::CheckerMissing | Code::KeyNotAuthorised), "{code}");
    }
}

#[test]
fn what_counts_is_in_force_when_the_step_is_decided() {
    let mut world = World::new();
    // In one block: the second governor, then a checker by the first alone.
    let (second, checker) = (step(&mut world, add(SECOND)), step(&mut world, add(FALSE_CHECKERS[0])));
    let alone = |operation: &Operation| signed_by(BANK_A, operation.clone(), &[FIRST]);
    let entries = world.run(&[alone(&second), alone(&checker)]).entries;
    assert_eq!([entries[0].code, entries[1].code], [Code::Ok, Code::SecondApprovalMissing]);
    // A missing signature uses up no reference: both sign the same step.
    assert_eq!(run(&mut world, &signed_by(BANK_A, checker, &[FIRST, SECOND])).0, Code::Ok);
    // Two may agree that one is enough.
    done(&mut world, BANK_A, remove(SECOND), &[FIRST, SECOND]);
    done(&mut world, BANK_A, add(FALSE_CHECKERS[1]), &[FIRST]);
    assert_restores(&world);
}

#[test]
fn two_supervisors_replace_a_governor_that_was_lost() {
    let mut world = with_governors(BANK_A, 2);
    for what in [add(THIRD), remove(FIRST), remove(SECOND)] {
        for (keys, code) in [
            (&[SUPERVISORS[0]][..], Code::SecondApprovalMissing),
            (&[SUPERVISORS[0], SUPERVISORS[0]], Code::SecondApprovalMissing),
            (&[SUPERVISORS[0], FIRST], Code::KeyNotAuthorised),
            (&[], Code::KeyNotAuthorised),
        ] {
            assert_eq!(act(&mut world, CENTRAL_DE, what.clone(), keys).0, code, "{what:?} by {keys:?}");
        }
    }
    done(&mut world, CENTRAL_DE, add(THIRD), &SUPERVISORS);
    done(&mut world, CENTRAL_DE, remove(SECOND), &SUPERVISORS);
    assert_eq!(act(&mut world, BANK_A, rule(1_000, 1), &[FIRST]).0, Code::SecondApprovalMissing);
    done(&mut world, BANK_A, rule(1_000, 1), &[FIRST, THIRD]);
    // Two supervisors are asked for where the bank has one governor, too.
    let (code, _) = act(&mut World::new(), CENTRAL_DE, add(FALSE_CHECKERS[0]), &SUPERVISORS[..1]);
    assert_eq!(code, Code::SecondApprovalMissing);
}

#[test]
fn of_a_central_bank_two_supervisors_stand_in_for_the_second_governor() {
    let governor = |n| (CENTRAL_DE, KeyRole::Governance, n);
    let [one, other] = SUPERVISORS;
    let foreign = [(CENTRAL_BR, KeyRole::Supervisor, 0), (CENTRAL_BR, KeyRole::Supervisor, 1)];
    let cases: &[(&[Signer], Code)] = &[
        (&[governor(0), governor(1)], Code::Ok),
        (&[governor(0), one, other], Code::Ok),
        (&[governor(1), one, other], Code::Ok),
        (&[governor(0)], Code::SecondApprovalMissing),
        (&[governor(0), one], Code::SecondApprovalMissing),
        (&[governor(0), one, one], Code::SecondApprovalMissing),
        (&[one, other], Code::KeyNotAuthorised),
        (&[governor(0), foreign[0], foreign[1]], Code::KeyNotAuthorised),
    ];
    for what in [add((CENTRAL_DE, KeyRole::Issuer, 7)), remove(governor(1)), rule(1_000, 1)] {
        for (keys, code) in cases {
            let mut world = with_governors(CENTRAL_DE, 2);
            assert_eq!(act(&mut world, CENTRAL_DE, what.clone(), keys).0, *code, "{what:?} by {keys:?}");
        }
    }
}

#[test]
fn a_missing_signature_is_named_with_its_remedy() {
    for (by, whose, keys, remedy) in [
        (BANK_A, BANK_A, &[FIRST][..], "have two supervisors of its central bank submit it"),
        (CENTRAL_DE, CENTRAL_DE, &[(CENTRAL_DE, KeyRole::Governance, 0)], "or two of its supervisor keys"),
        (CENTRAL_DE, BANK_A, &[SUPERVISORS[0]], "let another one of participant 0 sign too"),
    ] {
        let mut world = with_governors(whose, 2);
        let operation = step(&mut world, add((whose, KeyRole::Checker, 100)));
        let item = signed_by(by, operation, keys);
        let refusal = world.ledger.check(&item.transaction, world.time).unwrap_err();
        assert_eq!((refusal.code, refusal.field.as_str()), (Code::SecondApprovalMissing, "approvals"));
        assert!(refusal.detail.starts_with("1 of 2 different keys as"), "{}", refusal.detail);
        assert!(refusal.detail.ends_with(remedy), "{}", refusal.detail);
    }
}

/// What is no rule about two persons is as it was: sealing, voting, nodes.
#[test]
fn the_sealing_key_takes_one_signature() {
    let what = ParticipantStep::SetSealingKey { key: SealingKey([5; 32]) };
    done(&mut with_governors(BANK_A, 2), BANK_A, what, &[FIRST]);
}
