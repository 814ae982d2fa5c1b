//! Both legs or neither, once, in time, between those whom the quote is for.
#![allow(clippy::unwrap_used)]

use corridor_types::operations::{ExchangeStep, FreezeMode, Limit, LimitScope, LimitStep, Quote};
use corridor_types::{
    AccountId, Amount, Code, IdentifiedTransaction, KeyRole, MovementKind, Operation, ParticipantId, Timestamp, Uetr,
};

use crate::Ledger;
use crate::limits::QUOTE_LIFETIME_MAX_MS;
use crate::participant::ParticipantStatus;
use crate::tests::officers::{SYSTEMS, act, demand_checkers};
use crate::tests::world::*;

/// Bank A pays 100 euro for 600 real; bank B may take it.
fn offer(world: &World) -> Quote {
    let valid_until = world.time.plus_ms(60_000);
    let (pays_from, pays, paid_to, paid) = (A_EUR, Amount(100), A_BRL, Amount(600));
    Quote { taker: Some(BANK_B), pays_from, pays, paid_to, paid, valid_until }
}

fn step(world: &mut World, by: ParticipantId, step: ExchangeStep) -> Code {
    let reference = world.reference();
    world.code(by, Operation::Exchange { reference, step })
}

/// Makes a quote and tells its name.
fn make(world: &mut World, quote: Quote) -> Uetr {
    let reference = world.reference();
    assert_eq!(world.code(BANK_A, Operation::Exchange { reference, step: ExchangeStep::Quote { quote } }), Code::Ok);
    reference
}

/// How bank B takes it.
const fn taking(quote: Uetr) -> ExchangeStep {
    ExchangeStep::Take { quote, pays_from: B_BRL, paid_to: B_EUR }
}

fn balances(world: &World) -> [u64; 4] {
    [A_EUR, A_BRL, B_EUR, B_BRL].map(|account| world.balance(account).0)
}

const BEFORE: [u64; 4] = [FUNDS.0; 4];
const AFTER: [u64; 4] = [FUNDS.0 - 100, FUNDS.0 + 600, FUNDS.0 + 100, FUNDS.0 - 600];

#[test]
fn both_legs_settle_in_one_step_and_each_currency_stays_what_it_is() {
    let mut world = World::new();
    let offer = offer(&world);
    let quote = make(&mut world, offer);
    assert_eq!(balances(&world), BEFORE, "a quote sets nothing aside");
    let totals = [EUR, BRL].map(|asset| world.ledger.totals(asset));
    let reference = world.reference();
    let executed = world.run(&[by(BANK_B, Operation::Exchange { reference, step: taking(quote) })]);
    assert_eq!((executed.entries.len(), executed.entries[0].code), (1, Code::Ok));
    assert_eq!(balances(&world), AFTER);
    assert_eq!([EUR, BRL].map(|asset| world.ledger.totals(asset)), totals);
    let booked: Vec<_> = executed.movements.iter().map(|m| (m.account, m.kind, m.amount.0, m.reference)).collect();
    let (out, into) = (MovementKind::ExchangeOut, MovementKind::ExchangeIn);
    let expected = [(A_EUR, out, 100), (B_EUR, into, 100), (B_BRL, out, 600), (A_BRL, into, 600)]
        .map(|(a, k, n)| (a, k, n, reference));
    assert_eq!(booked, expected);
    assert_eq!(world.ledger.state.quotes.count(), 0);
    assert_eq!(world.ledger.audit(), Ok(()));
}

#[test]
fn of_two_takers_in_one_block_the_first_gets_it() {
    let mut world = World::new();
    let any = Quote { taker: None, ..offer(&world) };
    let quote = make(&mut world, any);
    let (one, two) = (world.reference(), world.reference());
    let take = |reference| by(BANK_B, Operation::Exchange { reference, step: taking(quote) });
    let codes: Vec<_> = world.run(&[take(one), take(two)]).entries.iter().map(|entry| entry.code).collect();
    assert_eq!(codes, [Code::Ok, Code::UnknownQuote]);
    assert_eq!(balances(&world), AFTER);
    // The same operation again gets its first answer and moves nothing.
    assert_eq!(world.run(&[take(one)]).entries[0].code, Code::Ok);
    assert_eq!(balances(&world), AFTER);
}

#[test]
fn a_quote_is_taken_until_before_its_end() {
    let run = |after_end: u64, swept: bool| {
        let mut world = World::new();
        let offer = offer(&world);
        let quote = make(&mut world, offer.clone());
        if !swept {
            world.ledger.state.bounds.expiries_per_block = 0;
        }
        world.time = Timestamp(offer.valid_until.0 + after_end - 1 - 1_000);
        (step(&mut world, BANK_B, taking(quote)), world.ledger.state.quotes.count())
    };
    assert_eq!(run(0, true), (Code::Ok, 0));
    assert_eq!(run(1, true), (Code::UnknownQuote, 0));
    // The sweep is kept from running: the rule alone refuses.
    assert_eq!(run(1, false), (Code::QuoteLapsed, 1));
}

#[test]
fn a_quote_has_a_form() {
    let check = |change: fn(&mut Quote, Timestamp), expected| {
        let mut world = World::new();
        let mut quote = offer(&world);
        change(&mut quote, world.time.plus_ms(1_000));
        let text = format!("{quote:?}");
        assert_eq!(step(&mut world, BANK_A, ExchangeStep::Quote { quote }), expected, "{text}");
        assert_eq!(world.ledger.state.quotes.count(), u32::from(expected == Code::Ok));
    };
    check(|_, _| (), Code::Ok);
    check(|q, _| q.taker = None, Code::Ok);
    check(|q, _| q.pays_from = AccountId(99), Code::UnknownAccount);
    check(|q, _| q.paid_to = AccountId(99), Code::UnknownAccount);
    check(|q, _| q.pays_from = B_EUR, Code::NotAccountOwner);
    check(|q, _| q.paid_to = B_BRL, Code::NotAccountOwner);
    check(|q, _| q.paid_to = A_EUR_SECOND, Code::QuoteMalformed);
    check(|q, _| q.pays = Amount(0), Code::AmountZero);
    check(|q, _| q.paid = Amount(0), Code::AmountZero);
    check(|q, _| (q.pays, q.paid) = (Amount(1), Amount(u64::MAX)), Code::Ok);
    check(|q, now| q.valid_until = now, Code::QuoteMalformed);
    check(|q, now| q.valid_until = now.plus_ms(1), Code::Ok);
    check(|q, now| q.valid_until = now.plus_ms(QUOTE_LIFETIME_MAX_MS), Code::Ok);
    check(|q, now| q.valid_until = now.plus_ms(QUOTE_LIFETIME_MAX_MS + 1), Code::QuoteMalformed);
    check(|q, _| q.taker = Some(ParticipantId(99)), Code::UnknownParticipant);
    check(|q, _| q.taker = Some(BANK_A), Code::QuoteForOther);
}

#[test]
fn quotes_are_limited_per_maker_and_in_all() {
    let mut world = World::new();
    (world.ledger.state.bounds.quotes_per_maker, world.ledger.state.bounds.quotes) = (2, 3);
    let from_a = offer(&world);
    let (pays_from, paid_to) = (B_EUR, B_BRL);
    let from_b = Quote { pays_from, paid_to, taker: None, ..from_a.clone() };
    let first = make(&mut world, from_a.clone());
    let mut quote = |by, quote: &Quote| step(&mut world, by, ExchangeStep::Quote { quote: quote.clone() });
    assert_eq!(quote(BANK_A, &from_a), Code::Ok);
    assert_eq!(quote(BANK_A, &from_a), Code::CapacityExceeded);
    assert_eq!(quote(BANK_B, &from_b), Code::Ok);
    assert_eq!(quote(BANK_B, &from_b), Code::CapacityExceeded);
    assert_eq!(step(&mut world, BANK_A, ExchangeStep::Withdraw { quote: first }), Code::Ok);
    assert_eq!(step(&mut world, BANK_B, ExchangeStep::Quote { quote: from_b }), Code::Ok);
}

/// Takes a quote after a change of it, of the taking, or of the world; nothing moves if refused.
fn check_take(
    change: impl FnOnce(&mut World, &mut Quote),
    taker: ParticipantId,
    [pays_from, paid_to]: [AccountId; 2],
    expected: Code,
) {
    let mut world = World::new();
    let mut offer = offer(&world);
    change(&mut world, &mut offer);
    let quote = make(&mut world, offer);
    let before = balances(&world);
    let taken = ExchangeStep::Take { quote, pays_from, paid_to };
    assert_eq!(step(&mut world, taker, taken), expected);
    assert_eq!(balances(&world) == before, expected != Code::Ok, "both legs or neither");
    assert_eq!(world.ledger.state.quotes.count(), u32::from(expected != Code::Ok));
    assert_eq!(world.ledger.audit(), Ok(()));
}

#[test]
fn the_takers_accounts_are_its_own_and_in_the_right_assets() {
    let check = |taker, accounts, expected| check_take(|_, quote| quote.taker = None, taker, accounts, expected);
    check(BANK_B, [B_BRL, B_EUR], Code::Ok);
    check(BANK_B, [A_BRL, B_EUR], Code::NotAccountOwner);
    check(BANK_B, [B_BRL, A_EUR], Code::NotAccountOwner);
    check(BANK_B, [AccountId(99), B_EUR], Code::UnknownAccount);
    check(BANK_B, [B_BRL, AccountId(99)], Code::UnknownAccount);
    check(BANK_B, [B_EUR, B_EUR], Code::AssetMismatch);
    check(BANK_B, [B_BRL, B_BRL], Code::AssetMismatch);
    check(BANK_A, [A_BRL, A_EUR], Code::QuoteForOther);
    check(BANK_C, [C_EUR, C_EUR], Code::AssetMismatch);
    check_take(|_, quote| quote.taker = Some(BANK_C), BANK_B, [B_BRL, B_EUR], Code::QuoteForOther);
}

#[test]
fn both_payers_have_the_money_to_the_last_unit() {
    let check = |pays, paid, expected| {
        let change = |_: &mut World, quote: &mut Quote| (quote.pays, quote.paid) = (Amount(pays), Amount(paid));
        check_take(change, BANK_B, [B_BRL, B_EUR], expected);
    };
    check(FUNDS.0, FUNDS.0, Code::Ok);
    check(FUNDS.0 + 1, FUNDS.0, Code::InsufficientFunds);
    check(FUNDS.0, FUNDS.0 + 1, Code::InsufficientFunds);
}

#[test]
fn what_a_legal_order_stops_stays_where_it_is() {
    let check = |account, mode, expected| {
        let freeze = |world: &mut World, _: &mut Quote| {
            world.ledger.state.accounts.set_freezes(account, crate::Freezes::by_issuer(Some(mode))).unwrap()
        };
        check_take(freeze, BANK_B, [B_BRL, B_EUR], expected);
    };
    for payer in [A_EUR, B_BRL] {
        check(payer, FreezeMode::Debits, Code::AccountFrozen);
        check(payer, FreezeMode::All, Code::AccountFrozen);
    }
    for payee in [A_BRL, B_EUR] {
        check(payee, FreezeMode::Debits, Code::Ok);
        check(payee, FreezeMode::All, Code::AccountFrozen);
    }
}

#[test]
fn a_maker_that_was_suspended_since_cannot_be_held_to_its_word() {
    let mut world = World::new();
    let offer = offer(&world);
    let quote = make(&mut world, offer);
    let set = |world: &mut World, status| world.ledger.state.participants.slots.edit(BANK_A.0).unwrap().status = status;
    set(&mut world, ParticipantStatus::Suspended);
    assert_eq!(step(&mut world, BANK_B, taking(quote)), Code::ParticipantNotAuthorised);
    set(&mut world, ParticipantStatus::Authorised);
    assert_eq!(step(&mut world, BANK_B, taking(quote)), Code::Ok);
}

#[test]
fn no_receiving_account_exceeds_its_balance_limit() {
    let check = |account, balance_max, expected| {
        let limit_it = |world: &mut World, _: &mut Quote| {
            let scope = LimitScope::Account { account };
            let limit = Limit { scope, balance_max: Some(Amount(balance_max)), payment_max: None, window: None };
            let operation = Operation::Limit { reference: world.reference(), step: LimitStep::Set { limit } };
            let issuer = if account == A_BRL { CENTRAL_BR } else { CENTRAL_DE };
            let item = IdentifiedTransaction::new(transaction(issuer, operation, &[(KeyRole::Issuer, 0)]));
            assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
        };
        check_take(limit_it, BANK_B, [B_BRL, B_EUR], expected);
    };
    check(A_BRL, FUNDS.0 + 600, Code::Ok);
    check(A_BRL, FUNDS.0 + 599, Code::BalanceLimitExceeded);
    check(B_EUR, FUNDS.0 + 100, Code::Ok);
    check(B_EUR, FUNDS.0 + 99, Code::BalanceLimitExceeded);
}

#[test]
fn makers_and_operators_sign_and_nobody_else() {
    for (role, expected) in [
        (KeyRole::Operator, Code::Ok),
        (KeyRole::Maker, Code::Ok),
        (KeyRole::Checker, Code::KeyNotAuthorised),
        (KeyRole::Compliance, Code::KeyNotAuthorised),
        (KeyRole::Issuer, Code::KeyNotAuthorised),
    ] {
        let mut world = World::new();
        let (reference, quote) = (world.reference(), offer(&world));
        let operation = Operation::Exchange { reference, step: ExchangeStep::Quote { quote } };
        let item = IdentifiedTransaction::new(transaction(BANK_A, operation, &[(role, 0)]));
        assert_eq!(world.run(&[item]).entries[0].code, expected, "{role}");
    }
}

/// Bank A or B takes the step with these keys.
fn signed_step(world: &mut World, by: ParticipantId, step: ExchangeStep, keys: &[(KeyRole, u8)]) -> Code {
    let reference = world.reference();
    act(world, by, Operation::Exchange { reference, step }, keys)[0].code
}

const DEALER: (KeyRole, u8) = (KeyRole::Maker, 0);
const CHECKERS: [(KeyRole, u8); 2] = [(KeyRole::Checker, 0), (KeyRole::Checker, 1)];

#[test]
fn above_the_makers_rule_checkers_sign_the_quote() {
    let mut world = World::new();
    demand_checkers(&mut world, BANK_A, EUR, 100, 2);
    for (pays, keys, expected) in [
        (100, &[DEALER][..], Code::Ok),
        (101, &[DEALER], Code::CheckerMissing),
        (101, SYSTEMS, Code::CheckerMissing),
        (101, &[DEALER, CHECKERS[0]], Code::CheckerMissing),
        (101, &CHECKERS, Code::KeyNotAuthorised),
        (101, &[DEALER, CHECKERS[0], CHECKERS[1]], Code::Ok),
    ] {
        // What it gets, and what the taker's rules say, is no matter of the maker's.
        let quote = Quote { pays: Amount(pays), paid: Amount(9_000), ..offer(&world) };
        assert_eq!(
            signed_step(&mut world, BANK_A, ExchangeStep::Quote { quote }, keys),
            expected,
            "{pays} by {keys:?}"
        );
    }
    demand_checkers(&mut world, BANK_A, BRL, 0, 2);
    let offer = offer(&world);
    let quote = make(&mut world, offer);
    assert_eq!(step(&mut world, BANK_A, ExchangeStep::Withdraw { quote }), Code::Ok, "taking it back gives nothing");
}

#[test]
fn above_the_takers_rule_checkers_sign_the_taking() {
    let take = |above, keys: &[(KeyRole, u8)]| {
        let mut world = World::new();
        // The taker gives 600 real; the 100 euro are the maker's.
        demand_checkers(&mut world, BANK_B, BRL, above, 2);
        demand_checkers(&mut world, BANK_B, EUR, 0, 3);
        let offer = offer(&world);
        let quote = make(&mut world, offer);
        let code = signed_step(&mut world, BANK_B, taking(quote), keys);
        assert_eq!(balances(&world), if code == Code::Ok { AFTER } else { BEFORE });
        code
    };
    assert_eq!(take(600, &[DEALER]), Code::Ok);
    assert_eq!(take(599, &[DEALER]), Code::CheckerMissing);
    assert_eq!(take(599, &[DEALER, CHECKERS[1]]), Code::CheckerMissing);
    assert_eq!(take(599, &CHECKERS), Code::KeyNotAuthorised);
    assert_eq!(take(599, &[DEALER, CHECKERS[0], CHECKERS[1]]), Code::Ok);
}

/// The table of what becomes of a quote: each step at each stage of its life.
#[test]
fn the_life_of_a_quote() {
    let mut table = String::new();
    for stage in ["open", "never made", "taken", "withdrawn", "lapsed"] {
        let mut world = World::new();
        let offer = offer(&world);
        let quote = if stage == "never made" { world.reference() } else { make(&mut world, offer.clone()) };
        match stage {
            "taken" => assert_eq!(step(&mut world, BANK_B, taking(quote)), Code::Ok),
            "withdrawn" => assert_eq!(step(&mut world, BANK_A, ExchangeStep::Withdraw { quote }), Code::Ok),
            "lapsed" => world.time = offer.valid_until,
            _ => {}
        }
        let steps = [
            ("taken by the taker", BANK_B, taking(quote)),
            ("withdrawn by the maker", BANK_A, ExchangeStep::Withdraw { quote }),
            ("withdrawn by another", BANK_B, ExchangeStep::Withdraw { quote }),
        ];
        for (name, by, what) in steps {
            let mut world = world.clone();
            let code = step(&mut world, by, what);
            let left = if world.ledger.state.quotes.get(&quote).is_some() { "open" } else { "-" };
            table.push_str(&format!("{stage:<11} {name:<23} {code:<16} {left}\n"));
        }
    }
    insta::assert_snapshot!(table);
}

#[test]
fn a_refused_withdrawal_uses_up_no_reference_and_a_restored_ledger_holds_the_same_quotes() {
    let mut world = World::new();
    let offer = offer(&world);
    let quotes: Vec<_> = (0..3).map(|_| make(&mut world, offer.clone())).collect();
    let reference = world.reference();
    let operation = Operation::Exchange { reference, step: ExchangeStep::Withdraw { quote: quotes[0] } };
    assert_eq!(world.code(BANK_B, operation), Code::QuoteForOther);
    assert_eq!(world.ledger.lookup(&reference), None);
    assert_eq!(step(&mut world, BANK_A, ExchangeStep::Withdraw { quote: quotes[0] }), Code::Ok);
    let mut restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.roots(), world.ledger.roots());
    // The same slot is free in both, and both know the quotes.
    let again = Operation::Exchange { reference: world.reference(), step: ExchangeStep::Quote { quote: offer } };
    let take = Operation::Exchange { reference: world.reference(), step: taking(quotes[2]) };
    let block = [by(BANK_A, again), by(BANK_B, take)];
    world.time = world.time.plus_ms(1_000);
    let context = world.context();
    assert_eq!(restored.execute(&context, &block), world.ledger.execute(&context, &block));
    assert_eq!(restored.state(), world.ledger.state());
}
