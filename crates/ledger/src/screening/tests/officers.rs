//! Whose officers look at a possible match, where somebody else holds the payment already.

use corridor_types::EntryKind;
use corridor_types::operations::{HoldReason, HoldStep};

use super::*;
use crate::Hold;
use crate::tests::officers::{OFFICERS, act, check_restores};

/// The code of a step on the payment's hold, and what it says of the payment.
fn decide(world: &mut World, by: ParticipantId, step: HoldStep) -> (Code, Option<PaymentStatus>) {
    let keys = if matches!(step, HoldStep::Hold { .. }) { &OFFICERS[..1] } else { OFFICERS };
    let reference = world.reference();
    let entries = act(world, by, Operation::Hold { reference, step }, keys);
    (entries[0].code, entries.get(1).and_then(|entry| entry.status))
}

fn release(world: &mut World, by: ParticipantId, payment: &Payment) -> (Code, Option<PaymentStatus>) {
    decide(world, by, HoldStep::Release { payment: payment.uetr })
}

fn hold(world: &mut World, by: ParticipantId, payment: &Payment) {
    let deadline = world.time.plus_ms(2 * 3_600_000);
    let step = HoldStep::Hold { payment: payment.uetr, reason: HoldReason::Documents, deadline };
    assert_eq!(decide(world, by, step), HELD);
}

/// The hold that the ledger sets now for an agent's officers.
fn for_officers_of(world: &World, holder: ParticipantId, payment: &Payment) -> Option<Hold> {
    let deadline = world.time.plus_ms(Rules::default().hold_max_ms).min(payment.expiry);
    Some(Hold { reason: HoldReason::Screening, holder, deadline })
}

/// A payment that the debtor agent's systems doubt, and that the creditor agent's doubt too.
fn doubted_by_both() -> (World, Payment) {
    let mut world = world();
    let now = world.time;
    let payment = Payment { screening: Some(screening(now, Verdict::PossibleMatch)), ..world.payment() };
    assert_eq!(world.pay(&payment).status, Some(PaymentStatus::Held));
    let now = world.time;
    assert_eq!(attest(&mut world, &payment, Some(creditors(now, Verdict::PossibleMatch))), HELD);
    assert_eq!(open(&world, &payment).hold.map(|hold| hold.holder), Some(BANK_A), "the first hold stays");
    (world, payment)
}

#[test]
fn the_officers_of_both_agents_look_at_what_both_agents_doubt() {
    let (mut world, payment) = doubted_by_both();
    assert_eq!(release(&mut world, BANK_A, &payment), HELD);
    assert_eq!(open(&world, &payment).hold, for_officers_of(&world, BANK_B, &payment));
    assert_eq!(release(&mut world, BANK_A, &payment), (Code::NotHolder, None));
    check_restores(&world);
    assert_eq!(release(&mut world, BANK_B, &payment), SETTLED);
}

#[test]
fn a_hold_of_ones_own_does_not_keep_the_other_agents_officers_from_looking() {
    let mut world = world();
    let payment = waiting(&mut world);
    hold(&mut world, BANK_A, &payment);
    let now = world.time;
    assert_eq!(attest(&mut world, &payment, Some(creditors(now, Verdict::PossibleMatch))), HELD);
    assert_eq!(release(&mut world, BANK_A, &payment), HELD);
    assert_eq!(open(&world, &payment).hold, for_officers_of(&world, BANK_B, &payment));
    // What one's own officers hold already they look at once.
    let now = world.time;
    assert_eq!(rescreen(&mut world, BANK_B, &payment, creditors(now, Verdict::PossibleMatch)), HELD);
    assert_eq!(release(&mut world, BANK_B, &payment), SETTLED);
}

#[test]
fn after_a_central_bank_both_agents_officers_look_in_the_order_in_which_they_doubted() {
    let mut world = world();
    let payment = waiting(&mut world);
    hold(&mut world, CENTRAL_BR, &payment);
    for verdict in [Verdict::PossibleMatch, Verdict::PossibleMatch, Verdict::Clear] {
        let now = world.time;
        assert_eq!(rescreen(&mut world, BANK_B, &payment, creditors(now, verdict)), HELD);
        assert_eq!(rescreen(&mut world, BANK_A, &payment, screening(now, verdict)), HELD);
    }
    assert_eq!(release(&mut world, CENTRAL_BR, &payment), HELD);
    assert_eq!(open(&world, &payment).hold, for_officers_of(&world, BANK_B, &payment));
    assert_eq!(release(&mut world, BANK_B, &payment), HELD);
    assert_eq!(open(&world, &payment).hold, for_officers_of(&world, BANK_A, &payment));
    check_restores(&world);
    assert_eq!(release(&mut world, BANK_A, &payment), WAITING, "and then its attestation is missing");
}

#[test]
fn each_step_is_reported_and_whoever_has_it_can_end_the_payment() {
    let (mut world, payment) = doubted_by_both();
    let reference = world.reference();
    let step = HoldStep::Release { payment: payment.uetr };
    let entries = act(&mut world, BANK_A, Operation::Hold { reference, step }, OFFICERS);
    let said: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.reference, entry.status)).collect();
    let kind = EntryKind::Release;
    assert_eq!(said, [(kind, reference, None), (kind, payment.uetr, Some(PaymentStatus::Held))]);
    let reject = HoldStep::Reject { payment: payment.uetr, reason: Code::OfficerDocuments };
    assert_eq!(decide(&mut world, BANK_B, reject), (Code::Ok, Some(PaymentStatus::Rejected)));
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
}
