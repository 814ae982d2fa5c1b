//! Broken invariants stop the ledger, and it stays stopped.

use corridor_types::operations::PaymentStep;
use corridor_types::{Height, Operation, PaymentStatus, Timestamp};

use super::world::*;
use crate::{BlockContext, Halt, PaymentEvent};

fn check(break_it: impl FnOnce(&mut World), is_expected: fn(&Halt) -> bool) {
    let mut world = World::new();
    let payment = world.payment();
    world.pay(&payment);
    break_it(&mut world);
    world.time = world.time.plus_ms(1);
    let payments = vec![corridor_types::Attested { payment: payment.uetr, content: payment.content() }];
    let attest = by(
        BANK_B,
        Operation::Payment { reference: world.reference(), step: PaymentStep::Attest { payments, screening: None } },
    );
    let halt = world.ledger.execute(&world.context(), [&attest]).unwrap_err();
    assert!(is_expected(&halt), "{halt}");
    let again = world.ledger.execute(&world.context(), []).unwrap_err();
    assert_eq!(again, halt, "a broken ledger stays broken");
}

#[test]
fn money_from_nowhere_stops_the_ledger() {
    check(
        |world| {
            let booking = crate::account::Booking {
                kind: corridor_types::MovementKind::Issued,
                reference: world.reference(),
                amount: corridor_types::Amount(1),
            };
            let mut journal = crate::journal::Journal::new(&world.context());
            world.ledger.state.accounts.book(&mut journal, C_EUR, booking).unwrap();
        },
        |halt| matches!(halt, Halt::MoneyNotConserved { asset: EUR, held, circulating } if *held == circulating + 1),
    );
}

#[test]
fn an_issue_that_reached_no_account_stops_the_ledger() {
    check(
        |world| world.ledger.state.assets.edit(EUR).unwrap().issued += 1,
        |halt| matches!(halt, Halt::MoneyNotConserved { asset: EUR, .. }),
    );
}

#[test]
fn a_reserve_without_a_payment_stops_the_ledger() {
    check(
        |world| world.ledger.state.accounts.reserve(A_EUR, corridor_types::Amount(1)).unwrap(),
        |halt| matches!(halt, Halt::ReservesNotBacked { asset: EUR, reserved: 1, open: 0 }),
    );
}

#[test]
fn a_reserve_that_is_gone_stops_the_ledger() {
    check(
        |world| world.ledger.state.accounts.release(A_EUR, corridor_types::Amount(1)).unwrap(),
        |halt| matches!(halt, Halt::BalanceImpossible { account: A_EUR, action: "release" }),
    );
}

#[test]
fn a_payment_without_its_reference_stops_the_ledger() {
    check(
        |world| world.ledger.state.references = crate::references::References::default(),
        |halt| matches!(halt, Halt::RecordMissing { .. }),
    );
}

#[test]
fn blocks_out_of_order_stop_the_ledger() {
    let check = |change: fn(&mut BlockContext), expected: Halt| {
        let mut world = World::bare();
        world.run(&[]);
        let mut context = world.context();
        change(&mut context);
        assert_eq!(world.ledger.execute(&context, []).unwrap_err(), expected);
    };
    let (expected, previous) = (Height(2), START.plus_ms(1_000));
    check(|context| context.height = Height(3), Halt::OutOfOrder { expected, got: Height(3) });
    check(|context| context.height = Height(1), Halt::OutOfOrder { expected, got: Height(1) });
    let got = Timestamp(previous.0 - 1);
    check(|context| context.time.0 -= 1, Halt::TimeWentBack { previous, got });
}

#[test]
fn a_payment_that_stands_where_it_cannot_stops_the_ledger() {
    check(
        |world| {
            let (slot, _) = world.ledger.state.payments.slots.iter().next().unwrap();
            world.ledger.state.payments.slots.edit(slot).unwrap().status = PaymentStatus::Settled;
        },
        |halt| {
            let from = Some(PaymentStatus::Settled);
            matches!(halt, Halt::IllegalTransition { from: stood, event: PaymentEvent::Settle, .. } if *stood == from)
        },
    );
}

#[test]
fn an_invariant_that_broke_between_two_seals_stops_the_next_one() {
    check(
        |world| world.ledger.state.quotes.slots.demand(false, "two and two is four"),
        |halt| *halt == Halt::Invariant { rule: "two and two is four" },
    );
}

#[test]
fn a_balance_without_a_booking_stops_the_ledger() {
    check(
        |world| {
            let (mut journal, reference) = (crate::journal::Journal::new(&world.context()), world.reference());
            let booking = |kind| crate::account::Booking { kind, reference, amount: corridor_types::Amount(1) };
            let accounts = &mut world.ledger.state.accounts;
            accounts.book(&mut journal, C_EUR, booking(corridor_types::MovementKind::Issued)).unwrap();
            accounts.slots.edit(C_EUR.0).unwrap().movements -= 1;
        },
        |halt| *halt == Halt::Invariant { rule: "what an account holds changes by bookings alone" },
    );
}
