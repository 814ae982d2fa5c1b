//! One payment is one payment, however often and in whatever company it is submitted.

use corridor_types::operations::{ClientStep, ParticipantStep};
use corridor_types::{
    Amount, ClientHandle, Code, EntryKind, IdentifiedTransaction, KeyRole, MovementKind, Operation, ParticipantId,
    Payment, PaymentStatus, Timestamp,
};

use super::officers::{SYSTEMS, consent, signed};
use super::world::*;

const REPEATS: usize = 10_000;

/// The ways to submit a payment. `n` makes each transaction another one, and gives it company.
fn ways(world: &mut World, payment: &Payment, n: usize) -> IdentifiedTransaction {
    let payment = payment.clone();
    let mut beside = || Payment { amount: Amount(1), ..world.payment() };
    let operation = match n % 5 {
        0 | 1 => Operation::Pay { payment },
        2 => Operation::PayBulk { payments: vec![beside(), payment, beside()] },
        3 => Operation::PayBulk { payments: vec![payment] },
        _ => Operation::PayTogether { payments: vec![payment] },
    };
    let mut transaction = transaction(BANK_A, operation, SYSTEMS);
    transaction.valid_until = Timestamp(u64::MAX - (n / 10) as u64);
    IdentifiedTransaction::new(transaction)
}

/// All repeats in one block; the first one is submitted in the given way.
fn check(first: usize, settles: bool) {
    let mut world = World::new();
    if settles {
        consent(&mut world, B_EUR, u64::MAX);
    }
    let payment = Payment { amount: Amount(5_000), ..world.payment() };
    let mut block: Vec<_> = (first..first + REPEATS).map(|n| ways(&mut world, &payment, n)).collect();
    // In between: others' copies, and another payment under the same reference.
    let other = Payment { amount: Amount(5_001), ..payment.clone() };
    for n in 1..=10 {
        let copy = Operation::Pay { payment: payment.clone() };
        block.insert(n * 900, signed(BANK_C, copy, SYSTEMS));
        block.insert(n * 901, signed(BANK_A, Operation::Pay { payment: other.clone() }, SYSTEMS));
    }
    let executed = world.run(&block);

    let status = if settles { PaymentStatus::Settled } else { PaymentStatus::AwaitingAttestation };
    let about: Vec<_> = executed.entries.iter().filter(|entry| entry.reference == payment.uetr).collect();
    let by_code = |code| about.iter().filter(|entry| entry.code == code).count();
    assert_eq!(about.len(), REPEATS + 20);
    assert_eq!(by_code(Code::Ok), REPEATS);
    assert_eq!(by_code(Code::NotAccountOwner), 10);
    assert_eq!(by_code(Code::DuplicateReference), 10);
    let answered = about.iter().filter(|entry| entry.code.is_ok());
    assert!(answered.into_iter().all(|entry| entry.status == Some(status) && entry.kind == EntryKind::Pay));

    let beside = executed.entries.len() - about.len();
    assert_eq!(beside, REPEATS / 5 * 2);
    let once = 5_000 + beside as u64;
    let expected = if settles { (FUNDS.0 - once, 0) } else { (FUNDS.0 - once, once) };
    assert_eq!(world.balance(A_EUR), expected);
    let debits = executed.movements.iter().filter(|movement| movement.reference == payment.uetr);
    let debits = debits.filter(|movement| movement.kind == MovementKind::PaymentOut).count();
    assert_eq!(debits, usize::from(settles));
    assert_eq!(executed.payments.iter().filter(|decided| decided.uetr == payment.uetr).count(), 1);
    world.ledger.audit().unwrap();

    // And again in a later block: the same answers, no money.
    let again = world.run(&block);
    assert_eq!(world.balance(A_EUR), expected);
    assert!(again.movements.is_empty() && again.payments.is_empty());
}

#[test]
fn ten_thousand_repeats_debit_once_when_the_payment_settles_at_once() {
    (0..5).step_by(2).for_each(|first| check(first, true));
}

#[test]
fn ten_thousand_repeats_reserve_once_when_the_payment_waits() {
    check(1, false);
}

/// A bank registers any key for itself. Were it first in a block by that, a reference that it sees on
/// the lanes would be its own before the owner's transaction has its turn.
#[test]
fn nobody_but_a_central_bank_uses_up_references_by_withdrawals_that_go_first() {
    for by_whom in [BANK_C, OBSERVER, CENTRAL_BR] {
        let mut world = World::new();
        let payment = world.payment();
        let (reference, participant) = (payment.uetr, ParticipantId(77));
        let withdrawals = [
            Operation::Client { reference, step: ClientStep::Revoke { handle: ClientHandle([0x77; 16]) } },
            Operation::Participant { reference, step: ParticipantStep::Suspend { participant } },
            Operation::Participant { reference, step: ParticipantStep::Revoke { participant } },
        ];
        for withdrawal in withdrawals {
            assert!(withdrawal.is_urgent());
            let mut world = world.clone();
            let first = signed_by(by_whom, withdrawal, &[(by_whom, KeyRole::Supervisor, 0)]);
            let pay = by(BANK_A, Operation::Pay { payment: payment.clone() });
            let paid = world
                .run(&[pay, first])
                .entries
                .iter()
                .any(|entry| (entry.participant, entry.code) == (BANK_A, Code::Ok));
            assert_eq!(paid, by_whom != CENTRAL_BR, "{by_whom} was first");
        }
    }
}
