#![allow(clippy::unwrap_used, clippy::panic)]

use corridor_types::operations::{
    AssetStep, FreezeMode, Limit, LimitScope, LimitStep, OrderStep, OrderTarget, PaymentStep,
};
use corridor_types::{
    AccountId, Amount, ClientHandle, Code, EntryKind, KeyRole, Label, MovementKind, Operation, ParticipantId, Payment,
    PaymentStatus,
};

use crate::payment::lifecycle::{Missing, Next, next};
use crate::tests::officers::{OFFICERS, act, attest, check_restores, consent, signed};
use crate::tests::world::*;

const A: OrderTarget = OrderTarget::Account { account: A_EUR };
const B: OrderTarget = OrderTarget::Account { account: B_EUR };
const C: OrderTarget = OrderTarget::Account { account: C_EUR };
const CLIENT: OrderTarget = OrderTarget::Client { handle: CLIENT_A };

fn label() -> Label {
    Label::new("AG Frankfurt 31 Gs 12/26").unwrap()
}

fn freeze(target: OrderTarget, mode: FreezeMode) -> OrderStep {
    OrderStep::Freeze { target, mode, order: label() }
}

fn unfreeze(target: OrderTarget) -> OrderStep {
    OrderStep::Unfreeze { target, order: label() }
}

fn seize(account: AccountId, to: AccountId, amount: u64) -> OrderStep {
    OrderStep::Seize { account, amount: Amount(amount), to, order: label() }
}

fn code(world: &mut World, by: ParticipantId, step: OrderStep) -> Code {
    let reference = world.reference();
    act(world, by, Operation::Order { reference, step }, OFFICERS)[0].code
}

fn done(world: &mut World, step: OrderStep) {
    assert_eq!(code(world, CENTRAL_DE, step), Code::Ok);
}

/// A world in which account A is frozen for debits.
fn frozen() -> World {
    let mut world = World::new();
    done(&mut world, freeze(A, FreezeMode::Debits));
    world
}

#[test]
fn the_table_of_freezes() {
    let steps = |target| [freeze(target, FreezeMode::Debits), freeze(target, FreezeMode::All), unfreeze(target)];
    let mut table = String::new();
    for (name, target, modes) in [("account", A, 2), ("client", CLIENT, 1)] {
        for from in [None, Some(FreezeMode::Debits), Some(FreezeMode::All)].into_iter().take(modes + 1) {
            for step in steps(target) {
                let mut world = World::new();
                if let Some(mode) = from {
                    done(&mut world, freeze(target, mode));
                }
                let what = match &step {
                    OrderStep::Freeze { mode, .. } => format!("freeze {mode}"),
                    _ => "unfreeze".to_owned(),
                };
                let code = code(&mut world, CENTRAL_DE, step);
                let account = world.ledger.account(A_EUR).unwrap().freeze();
                let client = world.ledger.client(&CLIENT_A).unwrap().frozen;
                let text = |mode: Option<FreezeMode>| mode.map_or("open", FreezeMode::as_str);
                let to = if target == A { text(account) } else { text(client.then_some(FreezeMode::Debits)) };
                table += &format!("{name:<8} {:<7} {what:<14} {to:<7} {code}\n", text(from));
            }
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn what_does_not_exist_is_not_frozen_nor_seized() {
    let nobody = AccountId(99);
    let account = OrderTarget::Account { account: nobody };
    let client = OrderTarget::Client { handle: ClientHandle([9; 16]) };
    let cases = [
        (freeze(account, FreezeMode::All), Code::UnknownAccount),
        (unfreeze(account), Code::UnknownAccount),
        (freeze(client, FreezeMode::Debits), Code::UnknownClient),
        (unfreeze(client), Code::UnknownClient),
        (seize(nobody, C_EUR, 1), Code::UnknownAccount),
        (seize(A_EUR, nobody, 1), Code::UnknownAccount),
    ];
    for (step, expected) in cases {
        assert_eq!(code(&mut frozen(), CENTRAL_DE, step.clone()), expected, "{step:?}");
    }
}

#[test]
fn who_orders() {
    let check = |by, step: OrderStep, expected| {
        let mut world = frozen();
        let before = world.ledger.state.references.log_size();
        assert_eq!(code(&mut world, by, step.clone()), expected, "{by}: {step:?}");
        let used = world.ledger.state.references.log_size() - before;
        assert_eq!(used, u64::from(expected.is_ok()), "who may not, uses up nothing");
    };
    // The account is in euro and of a German bank: only Germany's central bank.
    check(CENTRAL_DE, freeze(A, FreezeMode::All), Code::Ok);
    check(CENTRAL_BR, freeze(A, FreezeMode::All), Code::NotIssuer);
    check(CENTRAL_BR, unfreeze(A), Code::NotIssuer);
    // In euro and of a Brazilian bank: the issuer, and the owner's supervisor.
    check(CENTRAL_DE, freeze(B, FreezeMode::All), Code::Ok);
    check(CENTRAL_BR, freeze(B, FreezeMode::All), Code::Ok);
    // In real and of a German bank: the same the other way round.
    let brl = OrderTarget::Account { account: A_BRL };
    check(CENTRAL_DE, freeze(brl, FreezeMode::All), Code::Ok);
    check(CENTRAL_BR, freeze(brl, FreezeMode::All), Code::Ok);
    check(CENTRAL_DE, freeze(CLIENT, FreezeMode::Debits), Code::Ok);
    check(CENTRAL_BR, freeze(CLIENT, FreezeMode::Debits), Code::NotSupervisor);
    check(CENTRAL_DE, seize(A_EUR, C_EUR, 1), Code::Ok);
    check(CENTRAL_BR, seize(A_EUR, C_EUR, 1), Code::NotIssuer);
    check(BANK_A, freeze(A, FreezeMode::All), Code::ParticipantNotAuthorised);
}

/// Account B is in euro and of a Brazilian bank: both central banks may freeze it.
#[test]
fn each_central_bank_ends_its_own_freeze_only() {
    let mut world = World::new();
    let stopped = |world: &World| world.ledger.account(B_EUR).unwrap().freeze();
    for (by, step, expected, after) in [
        (CENTRAL_DE, freeze(B, FreezeMode::Debits), Code::Ok, Some(FreezeMode::Debits)),
        (CENTRAL_BR, unfreeze(B), Code::NotFrozen, Some(FreezeMode::Debits)),
        (CENTRAL_BR, freeze(B, FreezeMode::All), Code::Ok, Some(FreezeMode::All)),
        (CENTRAL_DE, freeze(B, FreezeMode::Debits), Code::AlreadyFrozen, Some(FreezeMode::All)),
        (CENTRAL_BR, freeze(B, FreezeMode::Debits), Code::Ok, Some(FreezeMode::Debits)),
        (CENTRAL_DE, freeze(B, FreezeMode::All), Code::Ok, Some(FreezeMode::All)),
        (CENTRAL_DE, unfreeze(B), Code::Ok, Some(FreezeMode::Debits)),
        (CENTRAL_DE, unfreeze(B), Code::NotFrozen, Some(FreezeMode::Debits)),
        // The issuer seizes what either froze.
        (CENTRAL_DE, seize(B_EUR, C_EUR, 1), Code::Ok, Some(FreezeMode::Debits)),
        (CENTRAL_BR, unfreeze(B), Code::Ok, None),
        (CENTRAL_DE, seize(B_EUR, C_EUR, 1), Code::NotFrozen, None),
    ] {
        assert_eq!(code(&mut world, by, step.clone()), expected, "{by}: {step:?}");
        assert_eq!(stopped(&world), after, "{by}: {step:?}");
        check_restores(&world);
    }
}

#[test]
fn two_officers_sign() {
    use KeyRole::{Compliance, Issuer, Operator, Supervisor};
    let check = |keys: &[(KeyRole, u8)], expected| {
        let mut world = World::new();
        let operation = Operation::Order { reference: world.reference(), step: freeze(A, FreezeMode::All) };
        assert_eq!(act(&mut world, CENTRAL_DE, operation, keys)[0].code, expected, "{keys:?}");
    };
    check(OFFICERS, Code::Ok);
    check(&[(Supervisor, 0), (Supervisor, 1)], Code::Ok);
    check(&[(Supervisor, 0), (Compliance, 0)], Code::Ok);
    check(&[(Supervisor, 0)], Code::SecondApprovalMissing);
    check(&[(Compliance, 1), (Compliance, 1)], Code::SecondApprovalMissing);
    check(&[(Supervisor, 0), (Operator, 0)], Code::KeyNotAuthorised);
    check(&[(Issuer, 0), (Issuer, 1)], Code::KeyNotAuthorised);
}

/// A payment's code with one account frozen.
fn pay_with(target: OrderTarget, mode: FreezeMode) -> Code {
    let mut world = World::new();
    done(&mut world, freeze(target, mode));
    let payment = world.payment();
    world.pay(&payment).code
}

#[test]
fn a_freeze_stops_what_it_says() {
    assert_eq!(pay_with(A, FreezeMode::Debits), Code::AccountFrozen);
    assert_eq!(pay_with(A, FreezeMode::All), Code::AccountFrozen);
    assert_eq!(pay_with(B, FreezeMode::Debits), Code::Ok);
    assert_eq!(pay_with(B, FreezeMode::All), Code::AccountFrozen);
    assert_eq!(pay_with(CLIENT, FreezeMode::Debits), Code::ClientFrozen);
}

#[test]
fn an_order_meets_what_was_submitted_before_it_in_its_block() {
    for (target, refused) in [(A, Code::AccountFrozen), (CLIENT, Code::ClientFrozen)] {
        let mut world = World::new();
        consent(&mut world, B_EUR, u64::MAX);
        let payment = world.payment();
        let step = freeze(target, FreezeMode::Debits);
        let order = signed(CENTRAL_DE, Operation::Order { reference: world.reference(), step }, OFFICERS);
        let entries = world.run(&[by(BANK_A, Operation::Pay { payment }), order]).entries;
        let said: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.code)).collect();
        assert_eq!(said, [(EntryKind::Freeze, Code::Ok), (EntryKind::Pay, refused)]);
        assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
    }
}

#[test]
fn an_open_payment_waits_for_the_end_of_a_freeze() {
    for (target, mode) in [(A, FreezeMode::Debits), (B, FreezeMode::All), (CLIENT, FreezeMode::Debits)] {
        let mut world = World::new();
        let payment = world.payment();
        world.pay(&payment);
        done(&mut world, freeze(target, mode));
        assert_eq!(attest(&mut world, BANK_B, &payment.uetr), PaymentStatus::Queued);
        let waits_for = |world: &World| {
            let state = &world.ledger.state;
            let slot = state.payments.slot_of(&payment.uetr)?;
            Some(next(state, world.time, slot, state.payments.get(slot)?))
        };
        assert_eq!(waits_for(&world), Some(Next::Wait(Missing::Freeze)));
        world.run(&[]);
        assert_eq!(world.balance(A_EUR), (FUNDS.0 - 100, 100));
        done(&mut world, unfreeze(target));
        // It goes on in the pass at the end of the block; nothing keeps it.
        assert!(waits_for(&world).is_none_or(|next| next == Next::Settle));
    }
}

#[test]
fn a_freeze_of_debits_of_the_creditor_lets_an_open_payment_settle() {
    let mut world = World::new();
    let payment = world.payment();
    world.pay(&payment);
    done(&mut world, freeze(B, FreezeMode::Debits));
    assert_eq!(attest(&mut world, BANK_B, &payment.uetr), PaymentStatus::Settled);
}

#[test]
fn issuing_and_redeeming_do_not_get_around_a_freeze() {
    let check = |mode, issued, redeemed| {
        let mut world = World::new();
        done(&mut world, freeze(A, mode));
        let (reference, account, amount) = (world.reference(), A_EUR, Amount(1));
        assert_eq!(
            world.code(CENTRAL_DE, Operation::Asset { reference, step: AssetStep::Issue { account, amount } }),
            issued
        );
        let reference = world.reference();
        assert_eq!(
            world.code(CENTRAL_DE, Operation::Asset { reference, step: AssetStep::Redeem { account, amount } }),
            redeemed
        );
    };
    check(FreezeMode::Debits, Code::Ok, Code::AccountFrozen);
    check(FreezeMode::All, Code::AccountFrozen, Code::AccountFrozen);
}

#[test]
fn each_rule_of_a_seizure_has_its_code() {
    let check = |prepare: fn(&mut World), step: OrderStep, expected| {
        let mut world = frozen();
        prepare(&mut world);
        assert_eq!(code(&mut world, CENTRAL_DE, step), expected);
        let (moved, _) = world.balance(C_EUR);
        assert_eq!(moved > 0, expected.is_ok());
    };
    check(|_| (), seize(A_EUR, C_EUR, 1), Code::Ok);
    check(|_| (), seize(A_EUR, C_EUR, FUNDS.0), Code::Ok);
    check(|_| (), seize(A_EUR, C_EUR, FUNDS.0 + 1), Code::InsufficientFunds);
    check(|_| (), seize(A_EUR, C_EUR, 0), Code::AmountZero);
    check(|_| (), seize(A_EUR, A_EUR, 1), Code::SameAccount);
    check(|_| (), seize(A_EUR, A_BRL, 1), Code::AssetMismatch);
    check(|_| (), seize(B_EUR, C_EUR, 1), Code::NotFrozen);
    check(|world| done(world, unfreeze(A)), seize(A_EUR, C_EUR, 1), Code::NotFrozen);
    check(|world| done(world, freeze(A, FreezeMode::All)), seize(A_EUR, C_EUR, 1), Code::Ok);
    check(|world| done(world, freeze(C, FreezeMode::All)), seize(A_EUR, C_EUR, 1), Code::AccountFrozen);
    check(|world| done(world, freeze(C, FreezeMode::Debits)), seize(A_EUR, C_EUR, 1), Code::Ok);
}

#[test]
fn a_seizure_is_booked_on_both_sides_and_no_balance_limit_stops_it() {
    let mut world = frozen();
    let limit = Limit {
        scope: LimitScope::Account { account: C_EUR },
        balance_max: Some(Amount(1)),
        payment_max: None,
        window: None,
    };
    let operation = Operation::Limit { reference: world.reference(), step: LimitStep::Set { limit } };
    assert_eq!(act(&mut world, CENTRAL_DE, operation, &[(KeyRole::Issuer, 0)])[0].code, Code::Ok);
    let reference = world.reference();
    let operation = Operation::Order { reference, step: seize(A_EUR, C_EUR, 70) };
    let executed = world.run(&[signed(CENTRAL_DE, operation, OFFICERS)]);
    let booked: Vec<_> = executed
        .movements
        .iter()
        .map(|line| (line.account, line.kind, line.reference, line.amount, line.balance))
        .collect();
    let expected = [
        (A_EUR, MovementKind::SeizedOut, reference, Amount(70), u128::from(FUNDS.0) - 70),
        (C_EUR, MovementKind::SeizedIn, reference, Amount(70), 70),
    ];
    assert_eq!(booked, expected);
    world.ledger.audit().unwrap();
}

#[test]
fn reserved_money_is_seized_after_its_payments_were_rejected() {
    let mut world = World::new();
    let payment = Payment { amount: Amount(400), ..world.payment() };
    world.pay(&payment);
    done(&mut world, freeze(A, FreezeMode::Debits));
    assert_eq!(code(&mut world, CENTRAL_DE, seize(A_EUR, C_EUR, FUNDS.0 - 399)), Code::InsufficientFunds);
    let (reference, payments) = (world.reference(), vec![payment.uetr]);
    world.submit(
        BANK_B,
        Operation::Payment { reference, step: PaymentStep::Reject { payments, reason: Code::CreditorAgentRefused } },
    );
    done(&mut world, seize(A_EUR, C_EUR, FUNDS.0));
    assert_eq!(world.balance(A_EUR), (0, 0));
    assert_eq!(world.balance(C_EUR), (FUNDS.0, 0));
}

#[test]
fn a_ledger_with_freezes_is_restored() {
    let mut world = frozen();
    done(&mut world, freeze(CLIENT, FreezeMode::Debits));
    done(&mut world, seize(A_EUR, C_EUR, 5));
    check_restores(&world);
}
