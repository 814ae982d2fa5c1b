#![allow(clippy::unwrap_used, clippy::panic)]

use corridor_types::operations::{
    AssetStep, ClientStep, FreezeMode, Limit, LimitScope, LimitStep, OrderStep, OrderTarget, RefundStep, Steps as _,
    Window,
};
use corridor_types::{
    AccountId, Amount, ClientAuthorisation, ClientHandle, Code, Entry, EntryKind, KeyRole, Label, MovementKind,
    Operation, ParticipantId, Payment, PaymentStatus, Shortfall, Timestamp,
};

use crate::tests::officers::{OFFICERS, SYSTEMS, act, check_restores, consent, demand_checkers, settled, signed};
use crate::tests::world::*;

const REASON: Code = Code::CreditorAccountClosed;

fn give(original: &Payment, amount: u64) -> RefundStep {
    RefundStep::Return { original: original.clone(), amount: Amount(amount), reason: REASON }
}

fn recall(original: &Payment) -> RefundStep {
    RefundStep::Recall { original: original.clone(), reason: Code::OfficerFraud }
}

const fn refuse(original: &Payment) -> RefundStep {
    RefundStep::RefuseRecall { payment: original.uetr, reason: REASON }
}

fn submit(world: &mut World, by: ParticipantId, step: RefundStep) -> Vec<Entry> {
    let reference = world.reference();
    act(world, by, Operation::Refund { reference, step }, SYSTEMS)
}

fn code(world: &mut World, by: ParticipantId, step: RefundStep) -> Code {
    submit(world, by, step)[0].code
}

/// A world with a payment of 100 that settled.
fn paid() -> (World, Payment) {
    let mut world = World::new();
    let payment = settled(&mut world, 100);
    (world, payment)
}

fn freeze(world: &mut World, account: AccountId, mode: FreezeMode) {
    let order = Label::new("order").unwrap();
    let step = OrderStep::Freeze { target: OrderTarget::Account { account }, mode, order };
    let operation = Operation::Order { reference: world.reference(), step };
    assert_eq!(act(world, CENTRAL_DE, operation, OFFICERS)[0].code, Code::Ok);
}

fn limit(world: &mut World, limit: Limit) {
    let operation = Operation::Limit { reference: world.reference(), step: LimitStep::Set { limit } };
    assert_eq!(act(world, CENTRAL_DE, operation, &[(KeyRole::Supervisor, 0)])[0].code, Code::Ok);
}

/// Leaves so much on account B.
fn leave(world: &mut World, rest: u64) {
    let amount = Amount(world.balance(B_EUR).0 - rest);
    let operation =
        Operation::Asset { reference: world.reference(), step: AssetStep::Redeem { account: B_EUR, amount } };
    assert_eq!(world.code(CENTRAL_DE, operation), Code::Ok);
}

#[test]
fn a_return_is_a_movement_of_its_own() {
    let (mut world, payment) = paid();
    let reference = world.reference();
    let operation = Operation::Refund { reference, step: give(&payment, 30) };
    let executed = world.run(&[signed(BANK_B, operation, SYSTEMS)]);
    let said: Vec<_> = executed.entries.iter().map(|e| (e.kind, e.reference, e.status, e.code)).collect();
    assert_eq!(said, [(EntryKind::Return, reference, None, Code::Ok)]);
    let booked: Vec<_> =
        executed.movements.iter().map(|line| (line.account, line.kind, line.reference, line.amount)).collect();
    let expected = [
        (B_EUR, MovementKind::ReturnOut, reference, Amount(30)),
        (A_EUR, MovementKind::ReturnIn, reference, Amount(30)),
    ];
    assert_eq!(booked, expected);
    assert_eq!((world.balance(A_EUR), world.balance(B_EUR)), ((FUNDS.0 - 70, 0), (FUNDS.0 + 70, 0)));
    assert_eq!(world.ledger.status_of(&payment.uetr), Some(PaymentStatus::Settled), "the payment stays what it is");
    world.ledger.audit().unwrap();
}

#[test]
fn all_returns_together_reach_the_original_and_no_more() {
    let (mut world, payment) = paid();
    let mut returns = |amount| code(&mut world, BANK_B, give(&payment, amount));
    assert_eq!(returns(0), Code::AmountZero);
    assert_eq!(returns(101), Code::ReturnAboveOriginal);
    assert_eq!(returns(u64::MAX), Code::ReturnAboveOriginal);
    assert_eq!(returns(60), Code::Ok);
    assert_eq!(returns(u64::MAX), Code::ReturnAboveOriginal);
    assert_eq!(returns(41), Code::ReturnAboveOriginal);
    assert_eq!(returns(40), Code::Ok);
    assert_eq!(returns(1), Code::ReturnAboveOriginal);
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
    let refund = world.ledger.state.refunds.get(&payment.uetr).unwrap();
    assert_eq!((refund.returned, refund.creditor_agent), (Amount(100), BANK_B));
}

#[test]
fn above_the_rule_of_who_gives_it_back_checkers_sign_a_return() {
    const OFFICER: (KeyRole, u8) = (KeyRole::Compliance, 0);
    const CHECKERS: [(KeyRole, u8); 2] = [(KeyRole::Checker, 0), (KeyRole::Checker, 1)];
    let (mut world, payment) = paid();
    demand_checkers(&mut world, BANK_B, EUR, 30, 2);
    // The rule of who gets it does not count.
    demand_checkers(&mut world, BANK_A, EUR, 0, 3);
    let mut by = |step, keys: &[(KeyRole, u8)]| {
        let reference = world.reference();
        act(&mut world, BANK_B, Operation::Refund { reference, step }, keys)[0].code
    };
    for (amount, keys, expected) in [
        (30, &[OFFICER][..], Code::Ok),
        (31, &[OFFICER], Code::CheckerMissing),
        (31, OFFICERS, Code::CheckerMissing),
        (31, SYSTEMS, Code::CheckerMissing),
        (31, &[OFFICER, CHECKERS[0]], Code::CheckerMissing),
        (31, &CHECKERS, Code::KeyNotAuthorised),
        (31, &[(KeyRole::Maker, 0), CHECKERS[0], CHECKERS[1]], Code::KeyNotAuthorised),
        (31, &[OFFICER, CHECKERS[0], CHECKERS[1]], Code::Ok),
        (31, &[SYSTEMS[0], CHECKERS[0], CHECKERS[1]], Code::Ok),
    ] {
        assert_eq!(by(give(&payment, amount), keys), expected, "{amount} by {keys:?}");
    }
    // An asset without a rule is not the payment's.
    let other = Payment { asset: BRL, ..payment.clone() };
    assert_eq!(by(give(&other, 8), &[OFFICER]), Code::OriginalMismatch);
    assert_eq!(by(refuse(&payment), &[OFFICER]), Code::UnknownRecall, "refusing moves no money");
}

#[test]
fn the_original_is_the_payment_that_settled() {
    let mut world = World::new();
    let never = world.payment();
    assert_eq!(code(&mut world, BANK_B, give(&never, 1)), Code::UnknownPayment);
    // A reference that is no payment's.
    let issue = world.reference();
    let operation = Operation::Asset { reference: issue, step: AssetStep::Issue { account: A_EUR, amount: Amount(1) } };
    assert_eq!(world.code(CENTRAL_DE, operation), Code::Ok);
    let not_a_payment = Payment { uetr: issue, ..never.clone() };
    assert_eq!(code(&mut world, BANK_B, give(&not_a_payment, 1)), Code::UnknownPayment);
    let open = world.payment();
    world.pay(&open);
    assert_eq!(code(&mut world, BANK_B, give(&open, 1)), Code::NotSettled);
    assert_eq!(code(&mut world, BANK_A, recall(&open)), Code::NotSettled);
    let refused = Payment { amount: Amount::ZERO, ..world.payment() };
    world.pay(&refused);
    assert_eq!(code(&mut world, BANK_B, give(&refused, 1)), Code::NotSettled);
    let done = settled(&mut world, 100);
    let changes: [fn(&mut Payment); 4] = [
        |p| p.amount = Amount(1_000),
        |p| p.debtor_account = A_EUR_SECOND,
        |p| p.expiry = Timestamp(p.expiry.0 + 1),
        |p| p.shortfall = Shortfall::Queue,
    ];
    for change in changes {
        let mut other = done.clone();
        change(&mut other);
        assert_eq!(code(&mut world, BANK_B, give(&other, 1)), Code::OriginalMismatch);
        assert_eq!(code(&mut world, BANK_A, recall(&other)), Code::OriginalMismatch);
    }
    assert_eq!(code(&mut world, BANK_B, give(&done, 1)), Code::Ok);
}

#[test]
fn who_may_and_who_signs() {
    let (world, payment) = paid();
    let check = |by, step: RefundStep, keys: &[(KeyRole, u8)], expected: Code| {
        let mut world = world.clone();
        let reference = world.reference();
        let entries = act(&mut world, by, Operation::Refund { reference, step }, keys);
        assert_eq!(entries[0].code, expected, "{by} {keys:?}");
        assert_eq!(world.ledger.lookup(&reference).is_some(), expected.is_ok(), "who may not, uses up nothing");
    };
    check(BANK_B, give(&payment, 1), SYSTEMS, Code::Ok);
    check(BANK_B, give(&payment, 1), &OFFICERS[..1], Code::Ok);
    check(BANK_B, give(&payment, 1), &[(KeyRole::Maker, 0)], Code::KeyNotAuthorised);
    for by in [BANK_A, BANK_C, CENTRAL_DE] {
        check(by, give(&payment, 1), SYSTEMS, Code::NotCreditorAgent);
    }
    check(BANK_A, recall(&payment), &OFFICERS[..1], Code::Ok);
    for by in [BANK_B, BANK_C, CENTRAL_DE] {
        check(by, recall(&payment), SYSTEMS, Code::NotDebtorAgent);
    }
    let mut recalled = world.clone();
    assert_eq!(code(&mut recalled, BANK_A, recall(&payment)), Code::Ok);
    assert_eq!(code(&mut recalled, BANK_A, refuse(&payment)), Code::NotCreditorAgent);
    assert_eq!(code(&mut recalled, BANK_B, refuse(&payment)), Code::Ok);
}

#[test]
fn reasons_are_of_those_who_give_them() {
    let (world, payment) = paid();
    let original = || payment.clone();
    for reason in Code::ALL {
        let by_creditor = if reason.is_creditor_reason() { Code::Ok } else { Code::ReasonNotAllowed };
        let by_officer = if reason.is_officer_reason() { Code::Ok } else { Code::ReasonNotAllowed };
        let step = RefundStep::Return { original: original(), amount: Amount(1), reason: *reason };
        assert_eq!(code(&mut world.clone(), BANK_B, step), by_creditor);
        let mut world = world.clone();
        let step = RefundStep::Recall { original: original(), reason: *reason };
        assert_eq!(code(&mut world, BANK_A, step), by_officer);
        if by_officer.is_ok() {
            continue;
        }
        assert_eq!(code(&mut world, BANK_A, recall(&payment)), Code::Ok);
        let step = RefundStep::RefuseRecall { payment: payment.uetr, reason: *reason };
        assert_eq!(code(&mut world, BANK_B, step), by_creditor);
    }
}

/// The steps taken before.
type History = fn(&Payment) -> Vec<(ParticipantId, RefundStep)>;

#[test]
fn the_table_of_recalls() {
    let from: [(&str, History); 5] = [
        ("none", |_| vec![]),
        ("recalled", |p| vec![(BANK_A, recall(p))]),
        ("refused", |p| vec![(BANK_A, recall(p)), (BANK_B, refuse(p))]),
        ("part returned", |p| vec![(BANK_A, recall(p)), (BANK_B, give(p, 40))]),
        ("all returned", |p| vec![(BANK_A, recall(p)), (BANK_B, give(p, 100))]),
    ];
    let mut table = String::new();
    for (name, before) in from {
        let (mut world, payment) = paid();
        for (by, step) in before(&payment) {
            assert_eq!(code(&mut world, by, step), Code::Ok);
        }
        for (by, step) in [(BANK_A, recall(&payment)), (BANK_B, refuse(&payment)), (BANK_B, give(&payment, 60))] {
            let mut world = world.clone();
            let kind = step.row().entry;
            let code = code(&mut world, by, step);
            let refund = world.ledger.state.refunds.get(&payment.uetr);
            let waits = refund.and_then(|refund| refund.recall).map_or("-", Code::as_str);
            let returned = refund.map_or(Amount::ZERO, |refund| refund.returned);
            table += &format!("{name:<14} {kind:<14} recall {waits:<14} returned {returned:<4} {code}\n");
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_return_needs_money_that_may_move() {
    let (world, payment) = paid();
    let mut short = world.clone();
    leave(&mut short, 50);
    assert_eq!(code(&mut short, BANK_B, give(&payment, 51)), Code::InsufficientFunds);
    assert_eq!(code(&mut short, BANK_B, give(&payment, 50)), Code::Ok);
    for (account, mode, expected) in [
        (B_EUR, FreezeMode::Debits, Code::AccountFrozen),
        (B_EUR, FreezeMode::All, Code::AccountFrozen),
        (A_EUR, FreezeMode::Debits, Code::Ok),
        (A_EUR, FreezeMode::All, Code::AccountFrozen),
    ] {
        let mut world = world.clone();
        freeze(&mut world, account, mode);
        assert_eq!(code(&mut world, BANK_B, give(&payment, 1)), expected, "{account} {mode}");
    }
}

#[test]
fn a_return_stays_within_the_debtor_accounts_balance_limit() {
    let (mut world, payment) = paid();
    let scope = LimitScope::Account { account: A_EUR };
    limit(&mut world, Limit { scope, balance_max: Some(Amount(FUNDS.0 - 40)), payment_max: None, window: None });
    assert_eq!(code(&mut world, BANK_B, give(&payment, 61)), Code::BalanceLimitExceeded);
    assert_eq!(code(&mut world, BANK_B, give(&payment, 60)), Code::Ok);
    assert_eq!(code(&mut world, BANK_B, give(&payment, 1)), Code::BalanceLimitExceeded);
}

#[test]
fn a_return_gives_limits_and_caps_back_where_they_were_counted() {
    let window = Window { length_ms: DAY_MS, cap: Amount(100) };
    let mut world = World::new();
    let handle = ClientHandle([0xc; 16]);
    let authorisation = ClientAuthorisation {
        handle,
        window: Some(window),
        ..world.ledger.client(&CLIENT_A).unwrap().authorisation.clone()
    };
    let operation = Operation::Client { reference: world.reference(), step: ClientStep::Authorise { authorisation } };
    assert_eq!(world.code(CENTRAL_DE, operation), Code::Ok);
    let scope = LimitScope::Account { account: A_EUR };
    limit(&mut world, Limit { scope, balance_max: None, payment_max: None, window: Some(window) });
    consent(&mut world, B_EUR, u64::MAX);
    let pay = |world: &mut World, client, amount| {
        let payment = Payment { client, amount: Amount(amount), ..world.payment() };
        let code = world.pay(&payment).code;
        (payment, code)
    };
    let (payment, _) = pay(&mut world, handle, 100);
    assert_eq!(code(&mut world, BANK_B, give(&payment, 40)), Code::Ok);
    assert_eq!(pay(&mut world, handle, 41).1, Code::ClientWindowExceeded);
    assert_eq!(pay(&mut world, CLIENT_A, 41).1, Code::WindowLimitExceeded);
    assert_eq!(pay(&mut world, handle, 40).1, Code::Ok);
}

#[test]
fn the_table_of_refunds_has_an_end() {
    let (mut world, first) = paid();
    let second = settled(&mut world, 100);
    world.ledger.state.bounds.refunds = 1;
    assert_eq!(code(&mut world, BANK_A, recall(&first)), Code::Ok);
    assert_eq!(code(&mut world, BANK_A, recall(&second)), Code::CapacityExceeded);
    assert_eq!(code(&mut world, BANK_B, give(&second, 1)), Code::CapacityExceeded);
    assert_eq!(code(&mut world, BANK_B, give(&first, 1)), Code::Ok);
}

#[test]
fn the_same_return_submitted_twice_returns_once() {
    let (mut world, payment) = paid();
    let operation = Operation::Refund { reference: world.reference(), step: give(&payment, 30) };
    let item = signed(BANK_B, operation, SYSTEMS);
    let entries = world.run(&[item.clone(), item]).entries;
    assert!(entries.iter().all(|entry| entry.code == Code::Ok));
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 70, 0));
}

#[test]
fn a_ledger_with_refunds_is_restored() {
    let (mut world, payment) = paid();
    let other = settled(&mut world, 10);
    code(&mut world, BANK_B, give(&payment, 30));
    code(&mut world, BANK_A, recall(&other));
    check_restores(&world);
    world.ledger = crate::Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(code(&mut world, BANK_B, refuse(&other)), Code::Ok);
    assert_eq!(code(&mut world, BANK_B, give(&payment, 71)), Code::ReturnAboveOriginal);
}
