#![allow(clippy::unwrap_used, clippy::panic)]

use corridor_types::operations::{HoldReason, HoldStep, PaymentStep, Steps as _};
use corridor_types::{
    Amount, Code, EntryKind, KeyRole, Operation, ParticipantId, Payment, PaymentStatus, Shortfall, Timestamp, Uetr,
};

use crate::Hold;
use crate::tests::officers::{OFFICERS, SYSTEMS, act, attest, check_restores, consent, settled};
use crate::tests::world::*;

const HOUR_MS: u64 = 3_600_000;
const HOLD_MAX_MS: u64 = 3 * DAY_MS;

/// The two entries' codes and the status after; the second entry is missing if the step is refused.
fn step(world: &mut World, by: ParticipantId, step: HoldStep) -> (Code, Option<PaymentStatus>) {
    let keys = if matches!(step, HoldStep::Hold { .. }) { &OFFICERS[..1] } else { OFFICERS };
    let reference = world.reference();
    let entries = act(world, by, Operation::Hold { reference, step }, keys);
    (entries[0].code, entries.get(1).and_then(|entry| entry.status))
}

fn code(world: &mut World, by: ParticipantId, what: HoldStep) -> Code {
    step(world, by, what).0
}

/// A hold until an hour from the next block.
fn hold(world: &World, payment: Uetr) -> HoldStep {
    HoldStep::Hold { payment, reason: HoldReason::Documents, deadline: world.time.plus_ms(2 * HOUR_MS) }
}

fn reject(payment: Uetr) -> HoldStep {
    HoldStep::Reject { payment, reason: Code::OfficerDocuments }
}

/// A world with a payment that waits for its attestation.
fn waiting() -> (World, Payment) {
    let mut world = World::new();
    let payment = world.payment();
    assert_eq!(world.pay(&payment).status, Some(PaymentStatus::AwaitingAttestation));
    (world, payment)
}

/// The same, held by a participant for documents.
fn held(by: ParticipantId) -> (World, Payment) {
    let (mut world, payment) = waiting();
    let what = hold(&world, payment.uetr);
    assert_eq!(step(&mut world, by, what), (Code::Ok, Some(PaymentStatus::Held)));
    (world, payment)
}

/// As if the ledger had held it.
fn set_reason(world: &mut World, payment: &Payment, reason: HoldReason) {
    let payments = &mut world.ledger.state.payments;
    let slot = payments.slot_of(&payment.uetr).unwrap();
    payments.update(slot, |open| open.hold = open.hold.map(|hold| Hold { reason, ..hold })).unwrap();
}

/// A payment in each state from which somebody may try a step.
fn states() -> Vec<(&'static str, World, Payment)> {
    let queued = {
        let mut world = World::new();
        consent(&mut world, B_EUR, u64::MAX);
        let payment = Payment { debtor_account: A_EUR_SECOND, shortfall: Shortfall::Queue, ..world.payment() };
        assert_eq!(world.pay(&payment).status, Some(PaymentStatus::Queued));
        (world, payment)
    };
    let no_licence = {
        let (mut world, payment) = held(BANK_A);
        set_reason(&mut world, &payment, HoldReason::LicenceMissing);
        (world, payment)
    };
    let done = {
        let mut world = World::new();
        let payment = settled(&mut world, 100);
        (world, payment)
    };
    let rejected = {
        let (mut world, payment) = held(BANK_A);
        assert_eq!(step(&mut world, BANK_A, reject(payment.uetr)), (Code::Ok, Some(PaymentStatus::Rejected)));
        (world, payment)
    };
    let unknown = {
        let mut world = World::new();
        let payment = world.payment();
        (world, payment)
    };
    let row = |name, (world, payment)| (name, world, payment);
    vec![
        row("unknown", unknown),
        row("awaiting_attestation", waiting()),
        row("queued", queued),
        row("held for documents", held(BANK_A)),
        row("held, no licence", no_licence),
        row("settled", done),
        row("rejected", rejected),
    ]
}

#[test]
fn the_table_of_moves() {
    let mut table = String::new();
    for (from, world, payment) in states() {
        let steps = [hold(&world, payment.uetr), HoldStep::Release { payment: payment.uetr }, reject(payment.uetr)];
        for what in steps {
            let mut world = world.clone();
            let name = what.row().entry;
            let (code, to) = step(&mut world, BANK_A, what);
            let to = to.map_or("-", PaymentStatus::as_str);
            table += &format!("{from:<21} {name:<12} {to:<21} {code}\n");
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_agents_and_their_central_banks_may_hold_and_nobody_else() {
    for by in [BANK_A, BANK_B, CENTRAL_DE, CENTRAL_BR] {
        let (world, payment) = held(by);
        let open = world.ledger.open_payment(&payment.uetr).unwrap();
        assert_eq!(open.hold.unwrap().holder, by);
    }
    let (mut world, payment) = waiting();
    let (reference, what) = (world.reference(), hold(&world, payment.uetr));
    let operation = Operation::Hold { reference, step: what };
    assert_eq!(act(&mut world, BANK_C, operation.clone(), &OFFICERS[..1])[0].code, Code::NotParty);
    assert!(world.ledger.lookup(&reference).is_none(), "who may not, uses up nothing");
    assert_eq!(world.ledger.status_of(&payment.uetr), Some(PaymentStatus::AwaitingAttestation));
}

#[test]
fn the_holder_lets_go_or_a_central_bank_of_an_agent_but_what_a_central_bank_holds_it_alone() {
    let everybody = [BANK_A, BANK_B, BANK_C, CENTRAL_DE, CENTRAL_BR];
    let may = [
        (BANK_A, vec![BANK_A, CENTRAL_DE, CENTRAL_BR]),
        (BANK_B, vec![BANK_B, CENTRAL_DE, CENTRAL_BR]),
        (CENTRAL_DE, vec![CENTRAL_DE]),
        (CENTRAL_BR, vec![CENTRAL_BR]),
    ];
    for (holder, may) in may {
        for by in everybody {
            let expected = if may.contains(&by) { Code::Ok } else { Code::NotHolder };
            let (world, payment) = held(holder);
            for what in [HoldStep::Release { payment: payment.uetr }, reject(payment.uetr)] {
                let mut world = world.clone();
                let open = world.ledger.open_payments();
                assert_eq!(code(&mut world, by, what), expected, "{holder} holds, {by} lets go");
                assert!(expected.is_ok() || world.ledger.open_payments() == open);
            }
        }
    }
}

#[test]
fn who_signs() {
    use KeyRole::{Compliance, Governance, Operator, Supervisor};
    let check = |by, what: fn(&World, Uetr) -> HoldStep, keys: &[(KeyRole, u8)], expected| {
        let (mut world, payment) = held(BANK_A);
        let (reference, step) = (world.reference(), what(&world, payment.uetr));
        let entries = act(&mut world, by, Operation::Hold { reference, step }, keys);
        assert_eq!(entries[0].code, expected, "{by} with {keys:?}");
    };
    let release: fn(&World, Uetr) -> HoldStep = |_, payment| HoldStep::Release { payment };
    let end: fn(&World, Uetr) -> HoldStep = |_, payment| reject(payment);
    for what in [release, end] {
        check(BANK_A, what, OFFICERS, Code::Ok);
        check(BANK_A, what, &OFFICERS[..1], Code::SecondApprovalMissing);
        check(BANK_A, what, &[(Compliance, 0), (Compliance, 0)], Code::SecondApprovalMissing);
        check(BANK_A, what, &[(Compliance, 0), (Operator, 0)], Code::KeyNotAuthorised);
        check(BANK_A, what, &[(Supervisor, 0), (Supervisor, 1)], Code::KeyNotAuthorised);
        check(CENTRAL_DE, what, &[(Compliance, 0), (Supervisor, 0)], Code::Ok);
        check(CENTRAL_DE, what, &[(Supervisor, 0)], Code::SecondApprovalMissing);
        check(CENTRAL_DE, what, &[(Supervisor, 0), (Operator, 0)], Code::KeyNotAuthorised);
    }
    // The payment is held: who may sign gets as far as that.
    check(BANK_A, hold, SYSTEMS, Code::AlreadyHeld);
    check(BANK_A, hold, &[(Compliance, 1)], Code::AlreadyHeld);
    check(BANK_A, hold, &[(Supervisor, 0)], Code::KeyNotAuthorised);
    check(BANK_A, hold, &[(Governance, 0)], Code::KeyNotAuthorised);
    check(CENTRAL_BR, hold, &[(Supervisor, 1)], Code::AlreadyHeld);
    check(CENTRAL_BR, hold, SYSTEMS, Code::KeyNotAuthorised);
    check(OBSERVER, hold, &[(Compliance, 0)], Code::ParticipantNotAuthorised);
}

#[test]
fn the_deadline_lies_ahead_and_within_rulebook_and_expiry() {
    let check = |lifetime_ms: u64, deadline_ms: u64, expected| {
        let mut world = World::new();
        let payment = Payment { expiry: world.time.plus_ms(2_000 + lifetime_ms), ..world.payment() };
        world.pay(&payment);
        // The block that holds comes one second from now: that is time zero here.
        let deadline = world.time.plus_ms(1_000 + deadline_ms);
        let what = HoldStep::Hold { payment: payment.uetr, reason: HoldReason::Fraud, deadline };
        assert_eq!(code(&mut world, BANK_B, what), expected, "{deadline_ms} of {lifetime_ms}");
    };
    check(5 * DAY_MS, 0, Code::BadDeadline);
    check(5 * DAY_MS, 1, Code::BadDeadline);
    check(5 * DAY_MS, HOUR_MS - 1, Code::BadDeadline);
    check(5 * DAY_MS, HOUR_MS, Code::Ok);
    check(5 * DAY_MS, HOLD_MAX_MS, Code::Ok);
    check(5 * DAY_MS, HOLD_MAX_MS + 1, Code::BadDeadline);
    check(DAY_MS, DAY_MS, Code::Ok);
    check(DAY_MS, DAY_MS + 1, Code::BadDeadline);
    check(5 * DAY_MS, u64::MAX / 2, Code::BadDeadline);
    // A payment with less than an hour left is held to its end.
    check(HOUR_MS / 2, HOUR_MS / 2 - 1, Code::BadDeadline);
    check(HOUR_MS / 2, HOUR_MS / 2, Code::Ok);
    check(HOUR_MS / 2, HOUR_MS / 2 + 1, Code::BadDeadline);
}

#[test]
fn only_people_give_reasons_that_are_theirs() {
    let (open, payment) = waiting();
    for reason in HoldReason::ALL {
        let mut world = open.clone();
        let deadline = world.time.plus_ms(2 * HOUR_MS);
        let what = HoldStep::Hold { payment: payment.uetr, reason: *reason, deadline };
        let expected = if *reason == HoldReason::LicenceMissing { Code::ReasonNotAllowed } else { Code::Ok };
        assert_eq!(code(&mut world, BANK_A, what), expected);
    }
    let (open, payment) = held(BANK_A);
    for reason in Code::ALL {
        let mut world = open.clone();
        let what = HoldStep::Reject { payment: payment.uetr, reason: *reason };
        let expected = if reason.is_officer_reason() { Code::Ok } else { Code::ReasonNotAllowed };
        assert_eq!(code(&mut world, BANK_A, what), expected);
    }
}

#[test]
fn a_rejection_gives_the_money_back_and_says_why() {
    let (mut world, payment) = held(BANK_B);
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 100, 100), "what is held stays set aside");
    let (reference, step) = (world.reference(), reject(payment.uetr));
    let entries = act(&mut world, BANK_B, Operation::Hold { reference, step }, OFFICERS);
    let said: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.reference, entry.code)).collect();
    let expected =
        [(EntryKind::RejectHeld, reference, Code::Ok), (EntryKind::RejectHeld, payment.uetr, Code::OfficerDocuments)];
    assert_eq!(said, expected);
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
    assert_eq!(world.ledger.open_payments(), 0);
}

#[test]
fn a_held_payment_can_be_attested_but_neither_refused_nor_withdrawn_and_settles_with_its_release() {
    let (mut world, payment) = held(CENTRAL_BR);
    let cancel =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment: payment.uetr } };
    assert_eq!(world.code(BANK_A, cancel), Code::WrongPaymentStatus);
    let (reference, payments) = (world.reference(), vec![payment.uetr]);
    let refuse =
        Operation::Payment { reference, step: PaymentStep::Reject { payments, reason: Code::CreditorAgentRefused } };
    assert_eq!(world.submit(BANK_B, refuse)[1].code, Code::WrongPaymentStatus);
    assert_eq!(attest(&mut world, BANK_B, &payment.uetr), PaymentStatus::Held);
    let release = HoldStep::Release { payment: payment.uetr };
    assert_eq!(step(&mut world, CENTRAL_BR, release), (Code::Ok, Some(PaymentStatus::Settled)));
    assert_eq!(world.balance(B_EUR), (FUNDS.0 + 100, 0));
}

#[test]
fn a_released_payment_can_be_held_again() {
    let (mut world, payment) = held(BANK_A);
    let release = HoldStep::Release { payment: payment.uetr };
    assert_eq!(step(&mut world, BANK_A, release), (Code::Ok, Some(PaymentStatus::AwaitingAttestation)));
    let what = hold(&world, payment.uetr);
    assert_eq!(step(&mut world, CENTRAL_DE, what), (Code::Ok, Some(PaymentStatus::Held)));
    assert_eq!(code(&mut world, BANK_A, HoldStep::Release { payment: payment.uetr }), Code::NotHolder);
}

#[test]
fn a_hold_lapses_at_its_deadline_to_the_millisecond() {
    let check = |early_ms: u64, sweeps: bool, expected| {
        let (mut world, payment) = held(BANK_A);
        world.ledger.state.bounds.expiries_per_block *= usize::from(sweeps);
        let deadline = world.ledger.open_payment(&payment.uetr).unwrap().hold.unwrap().deadline;
        world.time = Timestamp(deadline.0 - early_ms - 1_000);
        assert_eq!(step(&mut world, BANK_A, HoldStep::Release { payment: payment.uetr }), expected);
        let status = world.ledger.status_of(&payment.uetr);
        (status, world.balance(A_EUR).1)
    };
    let released = (Code::Ok, Some(PaymentStatus::AwaitingAttestation));
    assert_eq!(check(1, true, released), (Some(PaymentStatus::AwaitingAttestation), 100));
    // Where the sweep does not come in time, the rule alone refuses.
    assert_eq!(check(0, false, (Code::HoldLapsed, None)), (Some(PaymentStatus::Held), 100));
}

#[test]
fn the_sweep_rejects_what_is_held_at_its_deadline_and_not_before() {
    let (mut world, payment) = held(BANK_A);
    let deadline = world.ledger.open_payment(&payment.uetr).unwrap().hold.unwrap().deadline;
    world.time = Timestamp(deadline.0 - 1 - 1_000);
    assert_eq!(world.run(&[]).entries, []);
    world.time = Timestamp(deadline.0 - 1_000);
    let entries = world.run(&[]).entries;
    let said: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.reference, entry.status, entry.code)).collect();
    assert_eq!(said, [(EntryKind::Stop, payment.uetr, Some(PaymentStatus::Rejected), Code::HoldLapsed)]);
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
    assert_eq!(world.run(&[]).entries, []);
}

#[test]
fn a_lapsed_payment_is_nobodys_to_hold() {
    let (mut world, payment) = waiting();
    world.ledger.state.bounds.expiries_per_block = 0;
    world.time = Timestamp(payment.expiry.0 - 1_000);
    let what = hold(&world, payment.uetr);
    assert_eq!(code(&mut world, BANK_A, what), Code::PaymentExpired);
}

#[test]
fn a_payment_held_while_it_queued_keeps_its_place() {
    let mut world = World::new();
    consent(&mut world, B_EUR, u64::MAX);
    let queued = |world: &mut World| {
        let payment = Payment {
            debtor_account: A_EUR_SECOND,
            shortfall: Shortfall::Queue,
            amount: Amount(60),
            ..world.payment()
        };
        world.pay(&payment);
        payment.uetr
    };
    let (first, second) = (queued(&mut world), queued(&mut world));
    let what = hold(&world, first);
    assert_eq!(step(&mut world, BANK_B, what).1, Some(PaymentStatus::Held));
    assert_eq!(step(&mut world, BANK_B, HoldStep::Release { payment: first }).1, Some(PaymentStatus::Queued));
    let order: Vec<_> = world.ledger.state.payments.queue_of(A_EUR_SECOND).map(|(.., slot)| *slot).collect();
    let slot = |uetr| world.ledger.state.payments.slot_of(uetr).unwrap();
    assert_eq!(order, [slot(&first), slot(&second)]);
}

#[test]
fn a_ledger_with_holds_is_restored() {
    let (mut world, _) = held(BANK_A);
    let payment = world.payment();
    world.pay(&payment);
    let what = hold(&world, payment.uetr);
    code(&mut world, CENTRAL_DE, what);
    code(&mut world, CENTRAL_DE, HoldStep::Release { payment: payment.uetr });
    check_restores(&world);
}
