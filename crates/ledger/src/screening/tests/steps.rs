//! Who may require a list, who may screen again.

use super::*;

#[test]
fn a_central_bank_requires_a_list_and_replaces_it() {
    let mut world = World::new();
    let step = |max_age_ms| ScreeningStep::Require { list: LIST_DE, version: version(1), max_age_ms };
    assert_eq!(require_in(&mut world, BANK_A, step(1)), Code::NotCentralBank);
    assert_eq!(require_in(&mut world, OBSERVER, step(1)), Code::ParticipantNotAuthorised);
    assert_eq!(require_in(&mut world, CENTRAL_DE, step(0)), Code::RequirementMalformed);
    let operation = Operation::Screening { reference: world.reference(), step: step(1) };
    let item = signed(CENTRAL_DE, operation, KeyRole::Operator);
    assert_eq!(world.run(&[item]).entries[0].code, Code::KeyNotAuthorised);
    assert_eq!(world.ledger.state.lists.slots.iter().count(), 0);
    assert_eq!(require_in(&mut world, CENTRAL_DE, step(1)), Code::Ok);
    assert_eq!(require_in(&mut world, CENTRAL_BR, step(2)), Code::Ok);
    assert_eq!(require(&mut world, CENTRAL_DE, LIST_BR, 9), Code::Ok);
    let required = |id| world.ledger.state.lists.get(id).copied();
    let replaced = RequiredList { list: LIST_BR, version: version(9), max_age_ms: AGE_MS };
    assert_eq!(required(CENTRAL_DE), Some(replaced));
    assert_eq!(required(CENTRAL_BR).map(|list| list.max_age_ms), Some(2));
}

#[test]
fn a_stranger_requires_nothing_and_uses_up_no_reference() {
    let mut world = world();
    let payment = waiting(&mut world);
    let step = ScreeningStep::Rescreen { payment: payment.uetr, screening: screening(START, Verdict::Match) };
    for who in [BANK_C, CENTRAL_DE, CENTRAL_BR] {
        let reference = world.reference();
        let entries = world.submit(who, Operation::Screening { reference, step: step.clone() });
        assert_eq!((entries.len(), entries[0].code), (1, Code::NotParty));
        assert_eq!(world.ledger.lookup(&reference), None);
    }
    let step = ScreeningStep::Require { list: LIST_DE, version: version(1), max_age_ms: 1 };
    let reference = world.reference();
    let item = signed(BANK_A, Operation::Screening { reference, step }, KeyRole::Supervisor);
    assert_eq!(world.run(&[item]).entries[0].code, Code::NotCentralBank);
    assert_eq!(world.ledger.lookup(&reference), None);
}

#[test]
fn officers_and_systems_of_an_agent_screen_again_and_others_do_not() {
    let mut world = world();
    let payment = waiting(&mut world);
    for (role, code) in [
        (KeyRole::Operator, Code::Ok),
        (KeyRole::Compliance, Code::Ok),
        (KeyRole::Supervisor, Code::KeyNotAuthorised),
        (KeyRole::Maker, Code::KeyNotAuthorised),
    ] {
        let screening = screening(world.time, Verdict::Clear);
        let step = ScreeningStep::Rescreen { payment: payment.uetr, screening };
        let item = signed(BANK_A, Operation::Screening { reference: world.reference(), step }, role);
        assert_eq!(world.run(&[item]).entries[0].code, code, "{role}");
    }
}

#[test]
fn only_a_payment_that_waits_is_screened_again() {
    let mut world = world();
    let (unknown, settled, expiring) = (world.payment(), waiting(&mut world), waiting(&mut world));
    let time = world.time;
    assert_eq!(attest(&mut world, &settled, Some(creditors(time, Verdict::Clear))), SETTLED);
    let mut code = |payment: &Payment| {
        let time = world.time;
        rescreen(&mut world, BANK_A, payment, screening(time, Verdict::Clear)).0
    };
    assert_eq!(code(&unknown), Code::UnknownPayment);
    assert_eq!(code(&settled), Code::WrongPaymentStatus);
    assert_eq!(code(&expiring), Code::Ok);
    world.time = Timestamp(expiring.expiry.0 - 1_000);
    let time = world.time;
    assert_eq!(rescreen(&mut world, BANK_A, &expiring, screening(time, Verdict::Clear)).0, Code::PaymentExpired);
}
