//! What becomes of payments whose agents are suspended or revoked.

use corridor_types::operations::{ParticipantStep, PaymentStep};
use corridor_types::{EntryKind, PaymentStatus, Uetr};

use super::*;

const fn suspend(participant: ParticipantId) -> ParticipantStep {
    ParticipantStep::Suspend { participant }
}

const fn revoke(participant: ParticipantId) -> ParticipantStep {
    ParticipantStep::Revoke { participant }
}

/// With so many payments from bank A to bank B that wait for their attestation.
fn waiting(count: usize) -> (World, Vec<Uetr>) {
    let mut world = World::new();
    let payments: Vec<_> = (0..count).map(|_| world.payment()).collect();
    let references = payments.iter().map(|payment| payment.uetr).collect();
    world.submit(BANK_A, Operation::PayBulk { payments });
    (world, references)
}

fn attest(world: &mut World, payments: &[Uetr]) -> Operation {
    Operation::Payment {
        reference: world.reference(),
        step: PaymentStep::Attest { payments: world.attested(payments), screening: None },
    }
}

fn statuses(world: &World, payments: &[Uetr]) -> Vec<PaymentStatus> {
    payments.iter().map(|uetr| world.ledger.status_of(uetr).unwrap()).collect()
}

#[test]
fn payments_of_a_suspended_agent_wait() {
    let (mut world, payments) = waiting(1);
    assert_eq!(supervise(&mut world, CENTRAL_DE, suspend(BANK_A)), Code::Ok);
    let operation = attest(&mut world, &payments);
    assert_eq!(world.code(BANK_B, operation), Code::Ok);
    assert_eq!(statuses(&world, &payments), [PaymentStatus::Queued]);
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 100, 100), "the money stays set aside");
    assert_eq!(supervise(&mut world, CENTRAL_DE, ParticipantStep::Authorise { participant: BANK_A }), Code::Ok);
    assert_eq!(statuses(&world, &payments), [PaymentStatus::Settled], "what waited goes on in the same block");
    assert_eq!(world.balance(A_EUR), (FUNDS.0 - 100, 0));
    assert_restores(&world);
}

#[test]
fn a_suspended_participant_neither_pays_nor_is_paid_nor_answers() {
    let (mut world, payments) = waiting(1);
    assert_eq!(supervise(&mut world, CENTRAL_BR, suspend(BANK_B)), Code::Ok);
    let payment = world.payment();
    assert_eq!(world.pay(&payment).code, Code::ParticipantNotAuthorised);
    let operation = attest(&mut world, &payments);
    assert_eq!(world.code(BANK_B, operation), Code::ParticipantNotAuthorised);
    assert_eq!(statuses(&world, &payments), [PaymentStatus::AwaitingAttestation]);
    // The debtor agent is free to take its payment back.
    let operation =
        Operation::Payment { reference: world.reference(), step: PaymentStep::Cancel { payment: payments[0] } };
    assert_eq!(world.code(BANK_A, operation), Code::Ok);
    assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
}

/// Suspension and revocation come before everything else in their block.
#[test]
fn an_order_of_the_supervisor_goes_first_in_its_block() {
    let mut world = World::new();
    let payment = world.payment();
    let pay = by(BANK_A, Operation::Pay { payment });
    let operation = step(&mut world, suspend(BANK_A));
    let order = signed_by(CENTRAL_DE, operation, &[(CENTRAL_DE, KeyRole::Supervisor, 0)]);
    let entries = world.run(&[pay, order]).entries;
    assert_eq!([entries[0].kind, entries[1].kind], [EntryKind::SuspendParticipant, EntryKind::Pay]);
    assert_eq!([entries[0].code, entries[1].code], [Code::Ok, Code::ParticipantNotAuthorised]);
}

#[test]
fn payments_of_a_revoked_agent_are_stopped_by_the_next_block() {
    for (central_bank, bank) in [(CENTRAL_DE, BANK_A), (CENTRAL_BR, BANK_B)] {
        let (mut world, payments) = waiting(2);
        assert_eq!(supervise(&mut world, central_bank, revoke(bank)), Code::Ok);
        assert_eq!(statuses(&world, &payments), [PaymentStatus::AwaitingAttestation; 2]);
        let entries = world.run(&[]).entries;
        assert_eq!(entries.len(), 2, "both agents' indexes name them, and they end once");
        for entry in entries {
            assert_eq!((entry.kind, entry.code), (EntryKind::Stop, Code::ParticipantRevoked));
            assert_eq!((entry.status, entry.participant), (Some(PaymentStatus::Rejected), BANK_A));
        }
        assert_eq!(statuses(&world, &payments), [PaymentStatus::Rejected; 2]);
        assert_eq!(world.balance(A_EUR), (FUNDS.0, 0));
        assert_eq!(world.ledger.audit(), Ok(()));
        assert_restores(&world);
    }
}

#[test]
fn a_block_stops_as_many_as_it_may() {
    let (mut world, payments) = waiting(5);
    world.ledger.state.bounds.expiries_per_block = 2;
    for (central_bank, bank) in [(CENTRAL_DE, BANK_A), (CENTRAL_BR, BANK_B)] {
        let operation = step(&mut world, revoke(bank));
        let item = signed_by(central_bank, operation, &[(central_bank, KeyRole::Supervisor, 0)]);
        // The second revocation comes with the first two stops.
        assert_eq!(world.run(&[item]).entries.last().map(|entry| entry.code), Some(Code::Ok));
    }
    let left = |world: &World| payments.iter().filter(|uetr| world.ledger.open_payment(uetr).is_some()).count();
    assert_eq!(left(&world), 3);
    world.run(&[]);
    assert_eq!(left(&world), 1);
    // Restored in the middle, it goes on alike.
    let mut restored = world.clone();
    restored.ledger = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.run(&[]).entries, world.run(&[]).entries);
    assert_eq!((left(&world), left(&restored)), (0, 0));
}

#[test]
fn the_validators_stay_whoever_is_revoked() {
    let mut world = World::new();
    let (before, epoch) = (world.ledger.validators().digest(), world.ledger.epoch());
    assert!(world.ledger.validators().index_of(BANK_A).is_some());
    assert_eq!(supervise(&mut world, CENTRAL_DE, revoke(BANK_A)), Code::Ok);
    world.run(&[]);
    assert_eq!((world.ledger.validators().digest(), world.ledger.epoch()), (before, epoch));
    assert!(world.ledger.pending_validators().is_none());
}
