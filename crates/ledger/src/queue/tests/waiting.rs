//! What can happen to a payment while it waits: money, withdrawal, a freeze, the end of its time.

use corridor_types::Timestamp;
use corridor_types::operations::{AccountStep, AssetStep, FreezeMode, PaymentStep};

use super::*;
use crate::Ledger;

#[test]
fn a_payment_short_of_money_waits_for_it_or_is_refused_as_it_asked() {
    let mut world = market();
    issue(&mut world, A_EUR, 99);
    let refused = Payment { shortfall: Shortfall::Reject, ..order(&mut world, A, B, 100) };
    let entry = world.pay(&refused);
    assert_eq!((entry.code, entry.status), (Code::InsufficientFunds, Some(PaymentStatus::Rejected)));
    let waits = queue(&mut world, A, B, 100);
    assert_eq!(world.balance(A_EUR), (99, 0), "nothing is set aside for it");
    assert_eq!(world.run(&[]).entries, []);
    let entries = issue(&mut world, A_EUR, 1);
    assert!(is_settlement(about(&entries, &waits)[0], BANK_A), "{entries:?}");
    assert_eq!((world.balance(A_EUR), world.balance(B_EUR)), ((0, 0), (100, 0)));
}

#[test]
fn a_payment_that_queues_and_settles_in_one_block_says_both() {
    let mut world = market();
    let (ab, ba) = (order(&mut world, A, B, 100), order(&mut world, B, A, 100));
    let pay = |bank, payment: &Payment| by(bank, Operation::Pay { payment: payment.clone() });
    let entries = world.run(&[pay(BANK_A, &ab), pay(BANK_B, &ba)]).entries;
    let statuses = |payment| about(&entries, payment).iter().map(|entry| entry.status).collect::<Vec<_>>();
    for payment in [&ab, &ba] {
        assert_eq!(statuses(payment), [Some(PaymentStatus::Queued), Some(PaymentStatus::Settled)]);
    }
    assert_eq!([A_EUR, B_EUR].map(|account| world.balance(account)), [(0, 0); 2], "settled with no money at all");
    assert_eq!(world.ledger.state.savings.get(EUR).liquidity, 0);
}

#[test]
fn what_is_withdrawn_from_the_queue_lets_the_next_one_go() {
    let mut world = market();
    let (first, second) = (queue(&mut world, A, B, 100), queue(&mut world, A, B, 50));
    issue(&mut world, A_EUR, 50);
    let cancel = Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment: first.uetr } };
    let entries = world.submit(BANK_A, cancel);
    assert_eq!(about(&entries, &first)[0].code, Code::CancelledByDebtorAgent);
    assert_eq!(status(&world, &first), PaymentStatus::Cancelled);
    assert_eq!(status(&world, &second), PaymentStatus::Settled);
}

#[test]
fn the_queue_of_a_frozen_account_waits_and_goes_on_after_it() {
    let mut world = market();
    let payment = queue(&mut world, A, B, 100);
    let freeze = |world: &mut World, mode| {
        world.ledger.state.accounts.set_freezes(A_EUR, crate::Freezes::by_issuer(mode)).unwrap()
    };
    freeze(&mut world, Some(FreezeMode::Debits));
    issue(&mut world, A_EUR, 100);
    assert_eq!(status(&world, &payment), PaymentStatus::Queued);
    freeze(&mut world, None);
    let entries = world.run(&[]).entries;
    assert!(is_settlement(&entries[0], BANK_A), "{entries:?}");
    // A creditor account that takes nothing stops the payment too; one that only pays nothing does not.
    for (mode, expected) in [(FreezeMode::All, PaymentStatus::Queued), (FreezeMode::Debits, PaymentStatus::Settled)] {
        world.ledger.state.accounts.set_freezes(B_EUR, crate::Freezes::by_issuer(None)).unwrap();
        let payment = queue(&mut world, A, B, 10);
        world.ledger.state.accounts.set_freezes(B_EUR, crate::Freezes::by_issuer(Some(mode))).unwrap();
        issue(&mut world, A_EUR, 10);
        assert_eq!(status(&world, &payment), expected, "{mode}");
    }
}

#[test]
fn what_lapses_in_the_queue_gives_back_what_it_counted() {
    let mut world = market();
    // The client of C may pay 1,000 within sixteen days.
    let payment = queue(&mut world, C, A, 1_000);
    let next = order(&mut world, C, A, 1);
    let pay = |world: &mut World, payment: &Payment| world.code(BANK_C, Operation::Pay { payment: payment.clone() });
    assert_eq!(pay(&mut world, &next), Code::ClientWindowExceeded);
    world.time = Timestamp(payment.expiry.0 - 1_000);
    let entries = world.run(&[]).entries;
    assert_eq!((entries[0].kind, entries[0].code), (EntryKind::Expire, Code::PaymentExpired));
    assert_eq!(status(&world, &payment), PaymentStatus::Expired);
    let next = order(&mut world, C, A, 1_000);
    assert_eq!(pay(&mut world, &next), Code::Ok);
}

#[test]
fn what_has_lapsed_never_settles_even_if_the_sweep_has_not_come_to_it() {
    let run = |after_expiry: u64| {
        let mut world = market();
        world.ledger.state.bounds.expiries_per_block = 0;
        let payment = queue(&mut world, A, B, 100);
        world.time = Timestamp(payment.expiry.0 + after_expiry - 1 - 1_000);
        issue(&mut world, A_EUR, 100);
        status(&world, &payment)
    };
    assert_eq!(run(0), PaymentStatus::Settled);
    assert_eq!(run(1), PaymentStatus::Queued);
}

#[test]
fn an_attested_payment_short_of_money_queues_and_settles() {
    let mut world = market();
    let consent = Operation::Account {
        reference: world.reference(),
        step: AccountStep::SetStandingConsent { account: B_EUR, up_to: Amount(0) },
    };
    assert_eq!(world.code(BANK_B, consent), Code::Ok);
    let payment = order(&mut world, A, B, 100);
    assert_eq!(enter(&mut world, &payment), PaymentStatus::AwaitingAttestation);
    issue(&mut world, A_EUR, 60);
    let payments = world.attested(&[payment.uetr]);
    let attest =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Attest { payments, screening: None } };
    assert_eq!(world.submit(BANK_B, attest)[1].status, Some(PaymentStatus::Queued));
    issue(&mut world, A_EUR, 40);
    assert_eq!(status(&world, &payment), PaymentStatus::Settled);
}

#[test]
fn a_restored_ledger_has_the_same_queues_and_goes_on_alike() {
    let mut world = market();
    let payments = [queue(&mut world, A, B, 300), queue(&mut world, A, C, 200), queue(&mut world, B, C, 250)];
    let front = corridor_types::operations::QueueStep::Move {
        payment: payments[1].uetr,
        place: corridor_types::operations::QueuePlace::Front,
    };
    let step = Operation::Queue { reference: world.reference(), step: front };
    assert_eq!(world.code(BANK_A, step), Code::Ok);
    issue(&mut world, A_EUR, 200);
    assert_eq!(settled(&world, payments.each_ref()), [false, true, false]);
    let mut restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!((restored.roots(), restored.audit()), (world.ledger.roots(), Ok(())));
    assert!(restored.records().eq(world.ledger.records()));
    for amount in [250, 50] {
        let issue = Operation::Asset {
            reference: world.reference(),
            step: AssetStep::Issue { account: A_EUR, amount: Amount(amount) },
        };
        world.time = world.time.plus_ms(1_000);
        let (context, block) = (world.context(), [by(CENTRAL_DE, issue)]);
        assert_eq!(restored.execute(&context, &block), world.ledger.execute(&context, &block));
    }
    assert_eq!(settled(&world, payments.each_ref()), [true; 3]);
    assert_eq!(restored.state(), world.ledger.state());
}
