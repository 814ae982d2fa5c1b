#![allow(clippy::unwrap_used, clippy::panic)]

use corridor_types::operations::{AssetStep, Limit, LimitScope, LimitStep, PaymentStep, Window};
use corridor_types::{
    AccountId, Amount, AssetId, Code, KeyRole, Operation, ParticipantId, Payment, PaymentStatus, Timestamp,
};

use crate::payment::lifecycle::{Missing, Next, next};
use crate::tests::officers::{SYSTEMS, act, attest, check_restores, consent};
use crate::tests::world::*;

const ISSUER: &[(KeyRole, u8)] = &[(KeyRole::Issuer, 0)];
const OF_ACCOUNT: LimitScope = LimitScope::Account { account: A_EUR };
const OF_CREDITOR: LimitScope = LimitScope::Account { account: B_EUR };
/// Sixteen steps of a second.
const LENGTH_MS: u64 = 16_000;

/// The scopes that a payment of bank A to bank B is under.
fn scopes() -> [LimitScope; 4] {
    [
        OF_ACCOUNT,
        LimitScope::Bank { participant: BANK_A, asset: EUR },
        LimitScope::Corridor { corridor: corridor("DE", "BR"), asset: EUR },
        LimitScope::Asset { asset: EUR },
    ]
}

fn limit(scope: LimitScope) -> Limit {
    Limit { scope, balance_max: None, payment_max: None, window: None }
}

fn payment_max(scope: LimitScope, max: u64) -> Limit {
    Limit { payment_max: Some(Amount(max)), ..limit(scope) }
}

fn balance_max(scope: LimitScope, max: u64) -> Limit {
    Limit { balance_max: Some(Amount(max)), ..limit(scope) }
}

fn window(scope: LimitScope, length_ms: u64, cap: u64) -> Limit {
    Limit { window: Some(Window { length_ms, cap: Amount(cap) }), ..limit(scope) }
}

fn code(world: &mut World, by: ParticipantId, step: LimitStep) -> Code {
    let reference = world.reference();
    act(world, by, Operation::Limit { reference, step }, ISSUER)[0].code
}

fn set(world: &mut World, limit: Limit) {
    assert_eq!(code(world, CENTRAL_DE, LimitStep::Set { limit }), Code::Ok);
}

fn pay(world: &mut World, amount: u64) -> (Payment, Code) {
    let payment = Payment { amount: Amount(amount), ..world.payment() };
    let code = act(world, BANK_A, Operation::Pay { payment: payment.clone() }, SYSTEMS)[0].code;
    (payment, code)
}

fn cancel(world: &mut World, payment: &Payment) {
    let operation =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment: payment.uetr } };
    assert_eq!(act(world, BANK_A, operation, SYSTEMS)[0].code, Code::Ok);
}

fn used(world: &World, scope: &LimitScope) -> u128 {
    let record = world.ledger.state.limits.get(scope).unwrap();
    record.usage.at(&record.limit.window.unwrap(), world.time)
}

#[test]
fn the_table_of_limits() {
    let scope = LimitScope::Asset { asset: EUR };
    let from = [
        ("none", None),
        ("window of 16 s", Some(window(scope, LENGTH_MS, 500))),
        ("per payment", Some(payment_max(scope, 500))),
    ];
    let steps = [
        ("set window of 16 s", LimitStep::Set { limit: window(scope, LENGTH_MS, 900) }),
        ("set window of 17 s", LimitStep::Set { limit: window(scope, LENGTH_MS + 1_000, 900) }),
        ("set per payment", LimitStep::Set { limit: payment_max(scope, 900) }),
        ("remove", LimitStep::Remove { scope }),
    ];
    let mut table = String::new();
    for (name, first) in from {
        for (step_name, step) in steps.clone() {
            let mut world = World::new();
            if let Some(limit) = first {
                set(&mut world, limit);
            }
            assert_eq!(pay(&mut world, 100).1, Code::Ok);
            let code = code(&mut world, CENTRAL_DE, step);
            let record = world.ledger.state.limits.get(&scope);
            let to = record.map_or_else(
                || "none".to_owned(),
                |record| match record.limit.window {
                    Some(_) => format!("window, {} counted", used(&world, &scope)),
                    None => "per payment".to_owned(),
                },
            );
            table += &format!("{name:<15} {step_name:<19} {to:<20} {code}\n");
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn each_rule_of_a_limit_has_its_code() {
    let nobody = LimitScope::Account { account: AccountId(99) };
    let no_bank = LimitScope::Bank { participant: ParticipantId(99), asset: EUR };
    let no_asset = [
        LimitScope::Bank { participant: BANK_A, asset: AssetId(9) },
        LimitScope::Corridor { corridor: corridor("DE", "BR"), asset: AssetId(9) },
        LimitScope::Asset { asset: AssetId(9) },
    ];
    let mut cases = vec![
        (payment_max(nobody, 1), Code::UnknownAccount),
        (payment_max(no_bank, 1), Code::UnknownParticipant),
        (limit(OF_ACCOUNT), Code::LimitMalformed),
        (window(OF_ACCOUNT, 0, 1), Code::LimitMalformed),
        (window(OF_ACCOUNT, 1, 0), Code::Ok),
        (window(OF_ACCOUNT, u64::MAX, u64::MAX), Code::Ok),
        (payment_max(OF_ACCOUNT, 0), Code::Ok),
        (balance_max(OF_ACCOUNT, 0), Code::Ok),
    ];
    cases.extend(no_asset.map(|scope| (payment_max(scope, 1), Code::UnknownAsset)));
    cases.extend(scopes()[1..].iter().map(|scope| (balance_max(*scope, 1), Code::LimitMalformed)));
    cases.extend(scopes().map(|scope| (payment_max(scope, 1), Code::Ok)));
    for (limit, expected) in cases {
        assert_eq!(code(&mut World::new(), CENTRAL_DE, LimitStep::Set { limit }), expected, "{limit:?}");
    }
    let mut world = World::new();
    set(&mut world, payment_max(OF_ACCOUNT, 1));
    let remove = |scope| LimitStep::Remove { scope };
    assert_eq!(code(&mut world, CENTRAL_DE, remove(OF_CREDITOR)), Code::UnknownLimit);
    assert_eq!(code(&mut world, CENTRAL_DE, remove(OF_ACCOUNT)), Code::Ok);
    assert_eq!(code(&mut world, CENTRAL_DE, remove(OF_ACCOUNT)), Code::UnknownLimit);
}

#[test]
fn the_issuer_of_the_asset_sets_and_removes() {
    for scope in scopes() {
        let mut world = World::new();
        let limit = payment_max(scope, 1);
        assert_eq!(code(&mut world, CENTRAL_BR, LimitStep::Set { limit }), Code::NotIssuer, "{scope:?}");
        set(&mut world, limit);
        assert_eq!(code(&mut world, CENTRAL_BR, LimitStep::Remove { scope }), Code::NotIssuer, "{scope:?}");
    }
    let sign = |by, keys: &[(KeyRole, u8)], expected| {
        let mut world = World::new();
        let step = LimitStep::Set { limit: payment_max(OF_ACCOUNT, 1) };
        let operation = Operation::Limit { reference: world.reference(), step };
        assert_eq!(act(&mut world, by, operation, keys)[0].code, expected, "{by} {keys:?}");
    };
    sign(CENTRAL_DE, &[(KeyRole::Issuer, 1)], Code::Ok);
    sign(CENTRAL_DE, &[(KeyRole::Supervisor, 0)], Code::Ok);
    sign(CENTRAL_DE, SYSTEMS, Code::KeyNotAuthorised);
    sign(BANK_A, ISSUER, Code::ParticipantNotAuthorised);
}

#[test]
fn a_limit_per_payment_to_the_cent_in_every_scope() {
    for scope in scopes() {
        let mut world = World::new();
        set(&mut world, payment_max(scope, 100));
        assert_eq!(pay(&mut world, 100).1, Code::Ok, "{scope:?}");
        assert_eq!(pay(&mut world, 101).1, Code::PaymentLimitExceeded, "{scope:?}");
    }
    let others = [
        LimitScope::Account { account: C_EUR },
        LimitScope::Bank { participant: BANK_B, asset: EUR },
        LimitScope::Bank { participant: BANK_A, asset: BRL },
        LimitScope::Corridor { corridor: corridor("BR", "DE"), asset: EUR },
    ];
    let mut world = World::new();
    for scope in others {
        let issuer = if scope == others[2] { CENTRAL_BR } else { CENTRAL_DE };
        assert_eq!(code(&mut world, issuer, LimitStep::Set { limit: payment_max(scope, 1) }), Code::Ok);
    }
    assert_eq!(pay(&mut world, 100).1, Code::Ok, "others' limits are others'");
}

#[test]
fn a_window_to_the_cent_in_every_scope() {
    for scope in scopes() {
        let mut world = World::new();
        set(&mut world, window(scope, LENGTH_MS, 100));
        assert_eq!(pay(&mut world, 60).1, Code::Ok, "{scope:?}");
        assert_eq!(pay(&mut world, 41).1, Code::WindowLimitExceeded, "{scope:?}");
        assert_eq!(pay(&mut world, 40).1, Code::Ok, "{scope:?}");
        assert_eq!(pay(&mut world, 1).1, Code::WindowLimitExceeded, "{scope:?}");
        assert_eq!(used(&world, &scope), 100);
    }
}

#[test]
fn what_was_paid_counts_for_the_length_and_is_free_a_sixteenth_later() {
    let mut world = World::new();
    world.time = Timestamp(world.time.0 / 1_000 * 1_000 - 1_000);
    set(&mut world, window(OF_ACCOUNT, LENGTH_MS, 100));
    assert_eq!(pay(&mut world, 100).1, Code::Ok);
    let paid = world.time;
    world.time = Timestamp(paid.0 + LENGTH_MS + 999 - 1_000);
    assert_eq!(pay(&mut world, 1).1, Code::WindowLimitExceeded);
    world.time = Timestamp(paid.0 + LENGTH_MS + 1_000 - 1_000);
    assert_eq!(pay(&mut world, 100).1, Code::Ok);
}

#[test]
fn a_payment_that_ends_unsettled_is_not_counted_any_more() {
    let mut world = World::new();
    set(&mut world, window(OF_ACCOUNT, LENGTH_MS, 100));
    let (payment, _) = pay(&mut world, 100);
    cancel(&mut world, &payment);
    assert_eq!(used(&world, &OF_ACCOUNT), 0);
    let (payment, code) = pay(&mut world, 100);
    assert_eq!(code, Code::Ok);
    assert_eq!(attest(&mut world, BANK_B, &payment.uetr), PaymentStatus::Settled);
    assert_eq!(used(&world, &OF_ACCOUNT), 100);
}

/// A window must not forget one payment because another, which it never counted, ends.
#[test]
fn what_was_accepted_before_the_limit_is_not_taken_back() {
    // All in one block: the old payment, the limit, the new payment; and each in a block of its own.
    for together in [false, true] {
        let mut world = World::new();
        let (old, new) = (world.payment(), world.payment());
        let step = LimitStep::Set { limit: window(OF_ACCOUNT, LENGTH_MS, 150) };
        let set = Operation::Limit { reference: world.reference(), step };
        let set = crate::tests::officers::signed(CENTRAL_DE, set, ISSUER);
        let pay = |payment: &Payment| by(BANK_A, Operation::Pay { payment: payment.clone() });
        let block = [pay(&old), set, pay(&new)];
        // All of it within one step of the window.
        world.time = Timestamp(world.time.0 / 1_000 * 1_000 + 1_000);
        if together {
            world.run(&block);
        } else {
            for item in &block {
                world.time = Timestamp(world.time.0 - 900);
                world.run(std::slice::from_ref(item));
            }
        }
        assert_eq!(used(&world, &OF_ACCOUNT), 100);
        cancel(&mut world, &old);
        assert_eq!(used(&world, &OF_ACCOUNT), 100, "together: {together}");
        cancel(&mut world, &new);
        // What came in the limit's own block stays counted.
        assert_eq!(used(&world, &OF_ACCOUNT), if together { 100 } else { 0 });
    }
}

#[test]
fn a_new_cap_holds_for_what_was_paid_already() {
    let mut world = World::new();
    set(&mut world, window(OF_ACCOUNT, LENGTH_MS, 500));
    let (first, _) = pay(&mut world, 300);
    set(&mut world, window(OF_ACCOUNT, LENGTH_MS, 200));
    assert_eq!(pay(&mut world, 1).1, Code::WindowLimitExceeded);
    cancel(&mut world, &first);
    assert_eq!(pay(&mut world, 200).1, Code::Ok);
}

#[test]
fn a_payment_larger_than_the_creditor_may_hold_is_refused_and_another_waits() {
    let mut world = World::new();
    set(&mut world, balance_max(OF_CREDITOR, FUNDS.0 + 50));
    consent(&mut world, B_EUR, u64::MAX);
    assert_eq!(pay(&mut world, 50).1, Code::Ok);
    assert_eq!(world.balance(B_EUR).0, FUNDS.0 + 50, "settled: the limit is reached exactly");
    let (waiting, code) = pay(&mut world, 1);
    assert_eq!(code, Code::Ok);
    let state = &world.ledger.state;
    let slot = state.payments.slot_of(&waiting.uetr).unwrap();
    let open = state.payments.get(slot).unwrap();
    assert_eq!(open.status, PaymentStatus::Queued);
    assert_eq!(next(state, world.time, slot, open), Next::Wait(Missing::Room));

    let mut world = World::new();
    set(&mut world, balance_max(OF_CREDITOR, 100));
    assert_eq!(pay(&mut world, 100).1, Code::Ok);
    assert_eq!(pay(&mut world, 101).1, Code::BalanceLimitExceeded);
}

#[test]
fn reserved_money_counts_as_held() {
    let mut world = World::new();
    assert_eq!(pay(&mut world, 100).1, Code::Ok);
    set(&mut world, balance_max(OF_ACCOUNT, FUNDS.0));
    let state = &world.ledger.state;
    assert!(super::rules::has_room_for(state, A_EUR, Amount(0)));
    assert!(!super::rules::has_room_for(state, A_EUR, Amount(1)));
    assert_eq!(super::rules::room(state, A_EUR), Some(0));
    assert_eq!(super::rules::room(state, B_EUR), None);
}

#[test]
fn issuing_stays_within_the_balance_limit() {
    let mut world = World::new();
    set(&mut world, balance_max(OF_ACCOUNT, FUNDS.0 + 10));
    let mut issue = |amount| {
        let (reference, account, amount) = (world.reference(), A_EUR, Amount(amount));
        world.code(CENTRAL_DE, Operation::Asset { reference, step: AssetStep::Issue { account, amount } })
    };
    assert_eq!(issue(11), Code::BalanceLimitExceeded);
    assert_eq!(issue(10), Code::Ok);
    assert_eq!(issue(1), Code::BalanceLimitExceeded);
}

#[test]
fn the_table_of_limits_has_an_end_and_gives_places_back() {
    let mut world = World::new();
    world.ledger.state.bounds.limits = 2;
    let [first, second, third, _] = scopes();
    set(&mut world, payment_max(first, 1_000));
    set(&mut world, payment_max(second, 1_000));
    let more = LimitStep::Set { limit: payment_max(third, 1_000) };
    assert_eq!(code(&mut world, CENTRAL_DE, more.clone()), Code::CapacityExceeded);
    set(&mut world, payment_max(second, 500));
    assert_eq!(code(&mut world, CENTRAL_DE, LimitStep::Remove { scope: first }), Code::Ok);
    assert_eq!(code(&mut world, CENTRAL_DE, more), Code::Ok);
    assert_eq!(world.ledger.state.limits.slots.len(), 2, "the free slot is taken first");
}

#[test]
fn a_ledger_with_limits_is_restored_and_goes_on_alike() {
    let mut world = World::new();
    for scope in scopes() {
        set(&mut world, window(scope, LENGTH_MS, 10_000));
    }
    pay(&mut world, 100);
    assert_eq!(code(&mut world, CENTRAL_DE, LimitStep::Remove { scope: scopes()[1] }), Code::Ok);
    check_restores(&world);
    let mut restored = world.clone();
    restored.ledger = crate::Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    for world in [&mut world, &mut restored] {
        set(world, balance_max(OF_CREDITOR, u64::MAX));
        pay(world, 100);
    }
    assert_eq!(restored.ledger.roots(), world.ledger.roots());
}

/// Against every payment remembered one by one: no stretch of the length ever holds more than the
/// cap of what was accepted and did not end, whatever ends in between.
#[test]
fn no_stretch_holds_more_than_the_cap() {
    let (mut world, mut random) = (World::new(), 11u64);
    let scope = LimitScope::Bank { participant: BANK_A, asset: EUR };
    set(&mut world, window(scope, LENGTH_MS, 300));
    let mut alive: Vec<(Timestamp, Payment)> = Vec::new();
    let (mut refused, mut accepted) = (0, 0);
    for _ in 0..600 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        world.time = world.time.plus_ms(random >> 55);
        let choice = usize::try_from((random >> 33) % 64).unwrap();
        if choice < 12 && choice < alive.len() {
            let (_, payment) = alive.remove(alive.len() - 1 - choice);
            cancel(&mut world, &payment);
        } else {
            let (payment, code) = pay(&mut world, 1 + (random >> 40) % 60);
            match code {
                Code::Ok => alive.push((world.time, payment)),
                code => assert_eq!(code, Code::WindowLimitExceeded),
            }
            if code.is_ok() { accepted += 1 } else { refused += 1 }
        }
        let lately = alive.iter().filter(|(then, _)| world.time.since_ms(*then) < LENGTH_MS);
        let sum: u64 = lately.map(|(_, payment)| payment.amount.0).sum();
        assert!(sum <= 300 && u128::from(sum) <= used(&world, &scope), "{sum}");
    }
    assert!(refused > 50 && accepted > 50, "{refused} {accepted}");
}
