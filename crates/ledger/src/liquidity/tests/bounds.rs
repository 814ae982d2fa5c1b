//! What a full window costs, what fits into it, and sums at their largest.

use std::cell::Cell;
use std::time::Instant;

use corridor_types::{AccountId, Amount};

use super::case::Case;
use super::properties::market;
use crate::liquidity::{MAX_PAYMENTS, MAX_STEPS, Queues, Savings, Waiting};

const FULL: u32 = MAX_PAYMENTS as u32;

/// Resolves a case of a full window, prints what it took and checks that it stays within bounds.
fn measure(name: &str, case: &Case) -> Savings {
    assert_eq!(case.payments.len(), MAX_PAYMENTS);
    let queues = case.queues();
    let start = Instant::now();
    let resolution = crate::liquidity::resolve(&queues, |account| case.funds(account));
    let (took, rounds) = (start.elapsed(), resolution.rounds.len());
    println!("{name}: {took:?}, {} steps of {MAX_STEPS}, {rounds} rounds, {:?}", resolution.steps, resolution.savings);
    assert!(resolution.steps <= MAX_STEPS, "{name}: {} steps", resolution.steps);
    assert_eq!(case.settle().0, resolution);
    resolution.savings
}

fn payments(payment: impl Fn(u32) -> (u32, u32, u64)) -> Vec<(u32, u32, u64)> {
    (0..FULL).map(payment).collect()
}

#[test]
fn a_full_window_stays_within_its_steps() {
    let ring = Case::new(&[], &payments(|n| (n, (n + 1) % FULL, 7)));
    assert_eq!(measure("ring", &ring), Savings { payments: 4_096, gross: 28_672, liquidity: 0 });
    let broken = Case::new(&[], &payments(|n| (n, n + 1, 7)));
    assert_eq!(measure("broken ring", &broken), Savings::default());
    let chain = Case::new(&[(FULL, 7)], &payments(|n| (n + 1, n, 7)));
    assert_eq!(measure("chain", &chain), Savings { payments: 4_096, gross: 28_672, liquidity: 28_672 });
    let apart = Case::new(&[], &payments(|n| (2 * n, 2 * n + 1, 1)));
    assert_eq!(measure("all accounts apart", &apart), Savings::default());
    let two = Case::new(&[(0, 1)], &payments(|n| (n % 2, (n + 1) % 2, 1 + u64::from(n % 3))));
    measure("two banks", &two);
}

#[test]
fn full_markets_stay_within_their_steps() {
    for (banks, money) in [(8, 2_000), (128, 500), (128, 20_000), (1_024, 400)] {
        measure(&format!("market of {banks}"), &market(5, banks, MAX_PAYMENTS, money));
        let mut narrow = market(6, banks, MAX_PAYMENTS, money);
        narrow.room = (0..banks as u32).map(|bank| (bank, u128::from(bank % 7) * 300)).collect();
        measure(&format!("market of {banks} with little room"), &narrow);
    }
}

/// One bank's long run to a partner fails again each time that a small payment reaches the bank.
#[test]
fn a_pair_that_fails_again_and_again_costs_little() {
    let case = payments(|n| match n % 4 {
        0 => (0, 1, 1_000_000),
        1 => (1, 0, 1),
        // Pairs of others that settle one after another, each with a payment to bank 0 behind.
        2 => (2 + n / 8 * 2 + n / 4 % 2, 2 + n / 8 * 2 + (n / 4 + 1) % 2, 5),
        _ => (2 + n / 8 * 2 + n / 4 % 2, 0, 1),
    });
    let money: Vec<_> = (2..FULL).step_by(2).map(|bank| (bank, 1)).collect();
    measure("failing pair", &Case::new(&money, &case));
}

/// One account passes on what it receives and never has room for more than one payment.
#[test]
fn room_that_comes_in_drops_costs_little() {
    let case = payments(|n| if n % 2 == 0 { (n + 1, 0, 1) } else { (0, FULL + n, 1) });
    let mut case = Case::new(&(0..FULL).map(|n| (n + 1, 1)).collect::<Vec<_>>(), &case);
    case.room.insert(0, 1);
    measure("a drop of room", &case);
}

#[test]
fn sums_of_the_largest_amounts_do_not_overflow() {
    let most = u64::MAX;
    let fan = Case::new(&[(0, most)], &payments(|n| (n % 64, if n % 64 == 63 { 0 } else { n % 64 + 1 }, most)));
    let fan = fan.with_room(&[(0, i128::MAX.unsigned_abs()), (1, u128::from(most))]);
    let savings = measure("largest amounts", &fan);
    assert_eq!(savings.gross, u128::from(most) * u128::from(FULL));
    let all_to_one = Case::new(&[(0, most)], &payments(|n| (1 + n, 0, most))).with_room(&[(0, u128::MAX)]);
    assert_eq!(measure("all to one", &all_to_one), Savings::default());
}

fn queue(debtor: u32, count: u32) -> impl Iterator<Item = Waiting> {
    let (debtor, creditor, amount) = (AccountId(debtor), AccountId(1), Amount(1));
    (0..count).map(move |slot| Waiting { slot, debtor, creditor, amount })
}

#[test]
fn the_window_takes_heads_first_and_no_more_than_fit() {
    let read = Cell::new(0);
    let long = |debtor| queue(debtor, 2 * FULL).inspect(|_| read.set(read.get() + 1));
    let queues = Queues::gather([long(5), long(3)]);
    let taken = |queues: &Queues, debtor| queues.iter().filter(|payment| payment.debtor.0 == debtor).count();
    assert_eq!((taken(&queues, 3), taken(&queues, 5)), (MAX_PAYMENTS / 2, MAX_PAYMENTS / 2));
    assert_eq!(read.get(), FULL, "a queue was read further than needed");
    let mixed = Queues::gather([queue(1, 2 * FULL), queue(2, 3), queue(3, 0)]);
    assert_eq!((taken(&mixed, 1), taken(&mixed, 2)), (MAX_PAYMENTS - 3, 3));
    let many = Queues::gather((0..2 * FULL).map(|debtor| queue(debtor, 2)));
    assert_eq!((many.iter().count(), taken(&many, FULL - 1), taken(&many, FULL)), (MAX_PAYMENTS, 1, 0));
}

#[test]
fn a_full_window_takes_no_more() {
    let mut queues = Queues::gather([queue(1, FULL)]);
    let before = queues.clone();
    assert!(queue(2, 1).all(|payment| !queues.push(payment)));
    assert_eq!(queues, before);
}
