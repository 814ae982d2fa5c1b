//! A block looks at so many payments and no more, and every queue has its turn.

use corridor_types::{Date, Height, Uetr};

use super::*;
use crate::limits::{MAX_QUEUE_LOOKS, MAX_QUEUE_SCAN};
use crate::queue::scan::gather;

/// The payments that the next block would decide on, in order.
fn gathered(world: &World, height: u64) -> Vec<Uetr> {
    let state = &world.ledger.state;
    let slots = gather(state, world.time, Height(height));
    slots.into_iter().map(|slot| state.payments.get(slot).unwrap().payment.uetr).collect()
}

fn uetrs<const N: usize>(payments: [&Payment; N]) -> [Uetr; N] {
    payments.map(|payment| payment.uetr)
}

/// A waits with three payments, B with one, C with two.
fn crowd() -> (World, [Payment; 6]) {
    let mut world = market();
    let payments = [A, A, A, B, C, C].map(|from| queue(&mut world, from, SINK, 100));
    (world, payments)
}

#[test]
fn heads_come_first_and_each_block_begins_at_another_account() {
    let (mut world, [a1, a2, a3, b1, c1, c2]) = crowd();
    assert_eq!(gathered(&world, 3), uetrs([&a1, &b1, &c1, &a2, &c2, &a3]));
    assert_eq!(gathered(&world, 4), uetrs([&b1, &c1, &a1, &c2, &a2, &a3]));
    assert_eq!(gathered(&world, 5), uetrs([&c1, &a1, &b1, &c2, &a2, &a3]));
    world.ledger.state.bounds.queue_scan = 4;
    assert_eq!(gathered(&world, 6), uetrs([&a1, &b1, &c1, &a2]));
    world.ledger.state.bounds.queue_scan = 1;
    assert_eq!([6, 7, 8].map(|height| gathered(&world, height)), [&a1, &b1, &c1].map(|p| vec![p.uetr]));
    assert!(gathered(&market(), 6).is_empty());
}

#[test]
fn more_than_a_block_decides_on_settle_over_several_in_order() {
    let mut world = market();
    world.ledger.state.bounds.queue_scan = 2;
    let payments = [0; 5].map(|_| queue(&mut world, A, B, 100));
    let after = |world: &World| settled(world, payments.each_ref());
    issue(&mut world, A_EUR, 500);
    assert_eq!(after(&world), [true, true, false, false, false]);
    world.run(&[]);
    assert_eq!(after(&world), [true, true, true, true, false]);
    world.run(&[]);
    assert_eq!(after(&world), [true; 5]);
    assert_eq!(world.ledger.state.savings.get(EUR).payments, 5);
}

#[test]
fn payments_of_a_later_day_are_passed_at_little_cost_and_within_a_bound() {
    let mut world = market();
    allow_later_days(&mut world, 2);
    world.ledger.state.bounds.queue_scan = 1;
    for _ in 0..20 {
        let value_date = Date(world.time.date().0 + 2);
        let later = Payment { value_date, ..order(&mut world, A, B, 1) };
        assert_eq!(enter(&mut world, &later), PaymentStatus::Queued);
    }
    let today = queue(&mut world, A, B, 100);
    world.ledger.state.bounds.queue_looks = 20;
    issue(&mut world, A_EUR, 100);
    assert_eq!(status(&world, &today), PaymentStatus::Queued, "it is the twenty-first");
    world.ledger.state.bounds.queue_looks = 21;
    world.run(&[]);
    assert_eq!(status(&world, &today), PaymentStatus::Settled);
}

#[test]
fn a_queue_full_of_later_days_does_not_use_up_the_looks_of_others() {
    let mut world = market();
    allow_later_days(&mut world, 2);
    let value_date = Date(world.time.date().0 + 2);
    for _ in 0..40 {
        let later = Payment { value_date, ..order(&mut world, A, B, 1) };
        assert_eq!(enter(&mut world, &later), PaymentStatus::Queued);
    }
    let payment = queue(&mut world, C, A, 100);
    world.ledger.state.bounds.queue_looks = 17;
    // The block that begins at A passes sixteen of it, then C has its turn.
    assert_eq!(gathered(&world, 4), [payment.uetr]);
    assert_eq!(gathered(&world, 5), [payment.uetr]);
}

#[test]
fn a_closed_or_frozen_queue_is_not_walked_at_all() {
    let (mut world, [.., b1, _, _]) = crowd();
    for account in [A_EUR, C_EUR] {
        let freeze = corridor_types::operations::FreezeMode::Debits;
        world.ledger.state.accounts.set_freezes(account, crate::Freezes::by_issuer(Some(freeze))).unwrap();
    }
    world.ledger.state.bounds.queue_looks = 1;
    assert_eq!(gathered(&world, 3), [b1.uetr]);
    let never = corridor_types::operations::Calendar { weekend: 0x7e, holidays: Vec::new(), opens: 0, closes: 1 };
    world.ledger.state.calendars.set(EUR, Some(never));
    assert!(gathered(&world, 3).is_empty());
}

#[test]
fn the_bounds_of_the_protocol_cover_a_whole_scan() {
    let bounds = crate::limits::Limits::PROTOCOL;
    assert_eq!((bounds.queue_scan, bounds.queue_looks), (MAX_QUEUE_SCAN, MAX_QUEUE_LOOKS));
    const { assert!(MAX_QUEUE_LOOKS >= MAX_QUEUE_SCAN) };
}
