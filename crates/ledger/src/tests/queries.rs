//! What the ledger tells about its objects and about payments that wait.

use corridor_types::operations::AccountStep;
use corridor_types::{Amount, Code, Operation, Payment, Priority, Shortfall, Uetr};

use super::world::{A_EUR_SECOND, B_EUR, BANK_A, BANK_B, BANK_C, EUR, OBSERVER, World};
use crate::{Missing, Next};

#[test]
fn open_payments_are_found_by_either_agent_from_any_slot_on() {
    let mut world = World::new();
    let payments = [world.payment(), world.payment(), world.payment()];
    payments.iter().for_each(|payment| assert_eq!(world.pay(payment).code, Code::Ok));
    let of = |agent, from| -> Vec<(u32, Uetr)> {
        world.ledger.open_payments_of(agent, from).map(|(slot, open)| (slot, open.payment.uetr)).collect()
    };
    let all: Vec<_> = (0u32..).zip(payments.iter().map(|payment| payment.uetr)).collect();
    assert_eq!((of(BANK_A, 0), of(BANK_B, 0)), (all.clone(), all.clone()));
    assert_eq!((of(BANK_A, 2), of(BANK_A, 3), of(BANK_C, 0)), (all[2..].to_vec(), vec![], vec![]));
    assert_eq!(world.ledger.next_for(&payments[0].uetr), Some(Next::Wait(Missing::Attestation)));
    let unknown = world.reference();
    assert_eq!(world.ledger.next_for(&unknown), None);
}

#[test]
fn a_queue_is_told_in_its_order_and_waits_for_money() {
    let mut world = World::new();
    let consent = Operation::Account {
        reference: world.reference(),
        step: AccountStep::SetStandingConsent { account: B_EUR, up_to: Amount(1_000) },
    };
    assert_eq!(world.code(BANK_B, consent), Code::Ok);
    let mut queued = |priority| {
        let payment = world.payment();
        let payment = Payment { debtor_account: A_EUR_SECOND, shortfall: Shortfall::Queue, priority, ..payment };
        assert_eq!(world.pay(&payment).code, Code::Ok);
        payment.uetr
    };
    let (first, second, urgent) = (queued(Priority::Normal), queued(Priority::Normal), queued(Priority::Urgent));
    let queue: Vec<Uetr> = world.ledger.queue(A_EUR_SECOND).map(|open| open.payment.uetr).collect();
    assert_eq!(queue, [urgent, first, second]);
    assert_eq!(world.ledger.queue(B_EUR).count(), 0);
    assert_eq!(world.ledger.next_for(&urgent), Some(Next::Wait(Missing::Money)));
}

#[test]
fn what_was_never_made_is_not_there() {
    let world = World::new();
    let ledger = &world.ledger;
    assert_eq!((ledger.programmes(0).count(), ledger.licences(0).count(), ledger.required_lists(0).count()), (0, 0, 0));
    assert_eq!((ledger.limits(0).count(), ledger.refunds(0).count(), ledger.quotes(0).count()), (0, 0, 0));
    assert_eq!((ledger.rulebooks(0).count(), ledger.proposals(0).count()), (0, 0));
    assert_eq!((ledger.calendar(EUR), ledger.is_open(EUR), ledger.savings(EUR).payments), (None, true, 0));
    assert_eq!((ledger.power_of(BANK_A), ledger.power_of(OBSERVER)), (1, 0));
}
