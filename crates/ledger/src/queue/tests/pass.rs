//! What the pass at the end of a block settles, in which order, and what it books.

use corridor_types::operations::{AssetStep, Limit, LimitScope, LimitStep};
use corridor_types::{Amount, IdentifiedTransaction, KeyRole, MovementKind, Priority};

use super::*;
use crate::account::{PAYMENT, Transfer};
use crate::journal::Journal;
use crate::{Halt, Savings};

/// A owes B 1,000, B owes C 900, C owes A 800.
fn gridlock(world: &mut World) -> [Payment; 3] {
    [queue(world, A, B, 1_000), queue(world, B, C, 900), queue(world, C, A, 800)]
}

#[test]
fn three_banks_settle_2700_with_200() {
    let mut world = market();
    let [ab, bc, ca] = gridlock(&mut world);
    issue(&mut world, A_EUR, 199);
    assert_eq!(settled(&world, [&ab, &bc, &ca]), [false; 3], "one unit is missing");
    let entries = issue(&mut world, A_EUR, 1);
    assert_eq!(settled(&world, [&ab, &bc, &ca]), [true; 3]);
    for (payment, agent) in [(&ab, BANK_A), (&bc, BANK_B), (&ca, BANK_C)] {
        let [entry] = about(&entries, payment)[..] else { panic!("{entries:?}") };
        assert!(is_settlement(entry, agent), "{entry:?}");
        let closing = world.ledger.lookup(&payment.uetr).unwrap().closing.unwrap();
        assert_eq!((closing.height, closing.position), (entry.height, entry.position));
    }
    assert_eq!([A_EUR, B_EUR, C_EUR].map(|account| world.balance(account)), [(0, 0), (100, 0), (100, 0)]);
    let saved = Savings { payments: 3, gross: 2_700, liquidity: 200 };
    assert_eq!(world.ledger.state.savings.get(EUR), saved);
    assert_eq!((world.ledger.open_payments(), world.ledger.audit()), (0, Ok(())));
}

#[test]
fn a_round_is_booked_credits_first_and_every_booking_is_in_the_statement() {
    let mut world = market();
    gridlock(&mut world);
    let issue = Operation::Asset {
        reference: world.reference(),
        step: AssetStep::Issue { account: A_EUR, amount: Amount(200) },
    };
    let (before, movements) = (world.ledger.clone(), world.run(&[by(CENTRAL_DE, issue)]).movements);
    let (out, into) = (MovementKind::PaymentOut, MovementKind::PaymentIn);
    let booked: Vec<_> = movements[1..].iter().map(|m| (m.account, m.kind, m.amount.0, m.balance)).collect();
    let expected = [
        (B_EUR, into, 1_000, 1_000),
        (C_EUR, into, 900, 900),
        (A_EUR, into, 800, 1_000),
        (A_EUR, out, 1_000, 0),
        (B_EUR, out, 900, 100),
        (C_EUR, out, 800, 100),
    ];
    assert_eq!(booked, expected);
    for account in [A_EUR, B_EUR, C_EUR] {
        let mine = || movements.iter().filter(|movement| movement.account == account);
        let (old, new) = (before.account(account).unwrap(), world.ledger.account(account).unwrap());
        let numbers: Vec<_> = mine().map(|movement| movement.number).collect();
        assert_eq!(numbers, (old.movements + 1..=new.movements).collect::<Vec<_>>());
        assert_eq!(mine().fold(old.statement, |chain, movement| movement.chain(&chain)), new.statement);
    }
}

#[test]
fn a_round_may_pass_through_more_than_64_bits_and_never_below_zero() {
    let mut world = market();
    issue(&mut world, A_EUR, u64::MAX);
    let (mut accounts, mut journal) = (world.ledger.state.accounts.clone(), Journal::new(&world.context()));
    let mut round = |transfers: &[(AccountId, AccountId, u64)]| {
        let reference = world.reference();
        let transfer = |(from, to, amount): &(AccountId, AccountId, u64)| Transfer {
            from: *from,
            to: *to,
            amount: Amount(*amount),
            kinds: PAYMENT,
            reference,
        };
        let transfers: Vec<_> = transfers.iter().map(transfer).collect();
        let result = accounts.book_round(&mut journal, &transfers);
        (result, [A_EUR, B_EUR].map(|account| accounts.get(account).unwrap().available.0), journal.movements.len())
    };
    let there_and_back = [(A_EUR, B_EUR, u64::MAX), (B_EUR, A_EUR, u64::MAX), (A_EUR, B_EUR, 1)];
    assert_eq!(round(&there_and_back), (Ok(()), [u64::MAX - 1, 1], 6));
    let short = Halt::BalanceImpossible { account: B_EUR, action: "pay its part of a round" };
    assert_eq!(round(&[(A_EUR, B_EUR, 1), (B_EUR, A_EUR, 3)]), (Err(short), [u64::MAX - 1, 1], 6));
    assert_eq!(round(&[(A_EUR, B_EUR, 1), (B_EUR, A_EUR, 2)]), (Ok(()), [u64::MAX, 0], 10));
}

#[test]
fn first_in_first_out_within_a_priority_and_the_higher_one_first() {
    let mut world = market();
    let (first, second) = (queue(&mut world, A, B, 100), queue(&mut world, A, C, 50));
    let urgent = Payment { priority: Priority::Urgent, ..order(&mut world, A, B, 80) };
    assert_eq!(enter(&mut world, &urgent), PaymentStatus::Queued);
    let all = |world: &World| settled(world, [&urgent, &first, &second]);
    issue(&mut world, A_EUR, 79);
    assert_eq!(all(&world), [false; 3], "enough for the last one, which waits its turn");
    issue(&mut world, A_EUR, 1);
    assert_eq!(all(&world), [true, false, false]);
    issue(&mut world, A_EUR, 99);
    assert_eq!(all(&world), [true, false, false], "enough for the last one, which waits its turn");
    issue(&mut world, A_EUR, 1);
    assert_eq!(all(&world), [true, true, false]);
    issue(&mut world, A_EUR, 50);
    assert_eq!(all(&world), [true; 3]);
    let saved = Savings { payments: 3, gross: 230, liquidity: 230 };
    assert_eq!(world.ledger.state.savings.get(EUR), saved);
}

#[test]
fn who_may_wait_does_not_overtake_who_waits_unless_its_priority_is_higher() {
    let mut world = market();
    let first = queue(&mut world, A, B, 1_000);
    issue(&mut world, A_EUR, 500);
    let (second, at_once) = (queue(&mut world, A, B, 400), order(&mut world, A, B, 100));
    let urgent = Payment { priority: Priority::High, ..order(&mut world, A, B, 100) };
    assert_eq!(enter(&mut world, &urgent), PaymentStatus::Settled);
    let at_once = Payment { shortfall: Shortfall::Reject, ..at_once };
    assert_eq!(enter(&mut world, &at_once), PaymentStatus::Settled);
    assert_eq!(settled(&world, [&first, &second]), [false; 2]);
    issue(&mut world, A_EUR, 1_100);
    assert_eq!(settled(&world, [&first, &second]), [true; 2]);
    assert_eq!(world.balance(A_EUR), (0, 0));
}

#[test]
fn what_lacks_something_else_than_money_holds_up_nobody() {
    let mut world = market();
    allow_later_days(&mut world, 1);
    let tomorrow =
        Payment { value_date: corridor_types::Date(world.time.date().0 + 1), ..order(&mut world, A, B, 100) };
    assert_eq!(enter(&mut world, &tomorrow), PaymentStatus::Queued);
    let (no_room, last) = (queue(&mut world, A, C, 100), queue(&mut world, A, B, 100));
    world
        .ledger
        .state
        .accounts
        .set_freezes(C_EUR, crate::Freezes::by_issuer(Some(corridor_types::operations::FreezeMode::All)))
        .unwrap();
    issue(&mut world, A_EUR, 100);
    assert_eq!(settled(&world, [&tomorrow, &no_room, &last]), [false, false, true]);
}

fn limit_balance(world: &mut World, account: AccountId, max: u64) {
    let scope = LimitScope::Account { account };
    let limit = Limit { scope, balance_max: Some(Amount(max)), payment_max: None, window: None };
    let operation = Operation::Limit { reference: world.reference(), step: LimitStep::Set { limit } };
    let item = IdentifiedTransaction::new(transaction(CENTRAL_DE, operation, &[(KeyRole::Issuer, 0)]));
    assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
}

#[test]
fn what_fits_alone_but_not_together_settles_when_there_is_room() {
    let mut world = market();
    let (first, second) = (queue(&mut world, A, C, 60), queue(&mut world, B, C, 60));
    limit_balance(&mut world, C_EUR, 100);
    let issue = |world: &mut World, account| {
        by(
            CENTRAL_DE,
            Operation::Asset { reference: world.reference(), step: AssetStep::Issue { account, amount: Amount(60) } },
        )
    };
    let both = [issue(&mut world, A_EUR), issue(&mut world, B_EUR)];
    world.run(&both);
    assert_eq!((settled(&world, [&first, &second]), world.balance(C_EUR).0), ([true, false], 60));
    let back = order(&mut world, C, A, 20);
    assert_eq!(enter(&mut world, &back), PaymentStatus::Settled);
    assert_eq!((settled(&world, [&first, &second]), world.balance(C_EUR).0), ([true, true], 100));
}

#[test]
fn nobody_receives_more_in_a_round_than_its_balance_limit() {
    let run = |balance_max| {
        let mut world = market();
        let payments = gridlock(&mut world);
        limit_balance(&mut world, C_EUR, balance_max);
        issue(&mut world, A_EUR, 200);
        (settled(&world, payments.each_ref()), world.balance(C_EUR).0)
    };
    assert_eq!(run(900), ([true; 3], 100));
    // C would be left with 100 but is paid 900 first: what does not fit alone is left out.
    assert_eq!(run(99), ([false; 3], 0));
}

#[test]
fn a_chain_unlocks_in_one_block_and_money_in_another_currency_helps_nobody() {
    let mut world = market();
    let chain = [queue(&mut world, A, B, 100), queue(&mut world, B, C, 100), queue(&mut world, C, A, 60)];
    assert_eq!(world.balance(A_BRL).0, FUNDS.0);
    assert_eq!(world.run(&[]).entries, []);
    issue(&mut world, A_EUR, 100);
    assert_eq!(settled(&world, chain.each_ref()), [true; 3]);
    assert_eq!([A_EUR, B_EUR, C_EUR].map(|account| world.balance(account).0), [60, 0, 40]);
}
