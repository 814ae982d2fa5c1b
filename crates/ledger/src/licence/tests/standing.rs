//! Licences that are revoked or run out while payments wait.

use corridor_types::operations::ParticipantStep;
use corridor_types::{EntryKind, PaymentStatus};

use super::*;
use crate::Ledger;

fn waiting(amounts: &[u64]) -> (World, Vec<Payment>) {
    let mut world = licensed();
    let payments: Vec<_> = amounts.iter().map(|amount| controlled(&mut world, *amount)).collect();
    for payment in &payments {
        assert_eq!(world.pay(payment).code, Code::Ok);
    }
    (world, payments)
}

fn revocation(world: &mut World) -> IdentifiedTransaction {
    step(world, AUTHORITY_DE, LicenceStep::Revoke { handle: LICENCE })
}

#[test]
fn a_revocation_stops_a_settlement_of_its_own_block_whichever_comes_first() {
    for revocation_first in [true, false] {
        let (mut world, payments) = waiting(&[100]);
        let mut block = vec![attestation(&mut world, &payments[0]), revocation(&mut world)];
        if revocation_first {
            block.reverse();
        }
        let entries = world.run(&block).entries;
        let said: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.code, entry.status)).collect();
        assert_eq!(
            said,
            [
                (EntryKind::RevokeLicence, Code::Ok, None),
                (EntryKind::Attest, Code::Ok, None),
                (EntryKind::Attest, Code::LicenceRevoked, Some(PaymentStatus::Rejected)),
            ]
        );
        assert_eq!((figures(&world), world.balance(A_EUR)), ((0, 0), (FUNDS.0, 0)));
        assert_eq!(world.run(&[]).entries, []);
    }
}

#[test]
fn a_settlement_of_the_block_before_a_revocation_stays() {
    let (mut world, payments) = waiting(&[100]);
    assert_eq!(attest(&mut world, &payments[0]), (Code::Ok, Some(PaymentStatus::Settled)));
    assert_eq!(revoke(&mut world), Code::Ok);
    assert_eq!(world.run(&[]).entries, []);
    assert_eq!((figures(&world), world.balance(B_EUR)), ((100, 0), (FUNDS.0 + 100, 0)));
    assert_eq!(revoke(&mut world), Code::LicenceRevoked);
}

#[test]
fn a_payment_of_the_block_of_a_revocation_is_refused() {
    let mut world = licensed();
    let payment = controlled(&mut world, 100);
    let block = [by(BANK_A, Operation::Pay { payment }), revocation(&mut world)];
    let codes: Vec<_> = world.run(&block).entries.iter().map(|entry| entry.code).collect();
    assert_eq!(codes, [Code::Ok, Code::LicenceRevoked]);
}

#[test]
fn the_next_block_stops_what_waits_and_as_much_as_a_block_may() {
    let (mut world, payments) = waiting(&[100, 200, 300]);
    let uncontrolled = world.payment();
    world.pay(&uncontrolled);
    world.ledger.state.bounds.expiries_per_block = 2;
    let item = revocation(&mut world);
    assert_eq!(world.run(&[item]).entries.len(), 1, "nothing stops in the block itself");
    assert_eq!(figures(&world), (0, 600));
    let stopped = |world: &mut World| {
        let entries = world.run(&[]).entries;
        let is_stop = |entry: &corridor_types::Entry| {
            let said = (entry.kind, entry.code, entry.status, entry.participant, entry.transaction);
            let revoked = (EntryKind::Stop, Code::LicenceRevoked, Some(PaymentStatus::Rejected));
            said == (revoked.0, revoked.1, revoked.2, BANK_A, Digest::ZERO)
        };
        assert!(entries.iter().all(is_stop), "{entries:?}");
        entries.iter().map(|entry| entry.reference).collect::<Vec<_>>()
    };
    assert_eq!(stopped(&mut world), [payments[0].uetr, payments[1].uetr]);
    assert_eq!(figures(&world), (0, 300));
    assert_eq!(world.ledger.state.licences.to_stop().len(), 1);
    assert_eq!(stopped(&mut world), [payments[2].uetr]);
    assert!(world.ledger.state.licences.to_stop().is_empty());
    assert_eq!(stopped(&mut world), []);
    assert_eq!((figures(&world), world.balance(A_EUR)), ((0, 0), (FUNDS.0 - 100, 100)));
}

#[test]
fn a_payment_of_two_revoked_licences_is_stopped_once() {
    let mut world = licensed();
    assert_eq!(issue(&mut world, AUTHORITY_DE, Licence { handle: OTHER, ..licence() }), Code::Ok);
    let payment = Payment { control: uses(&[(LICENCE, 60), (OTHER, 40)]), ..world.payment() };
    assert_eq!(world.pay(&payment).code, Code::Ok);
    let other = step(&mut world, AUTHORITY_DE, LicenceStep::Revoke { handle: OTHER });
    let block = [revocation(&mut world), other];
    world.run(&block);
    assert_eq!(world.run(&[]).entries.len(), 1);
    assert_eq!(figures(&world), (0, 0));
    assert_eq!(world.run(&[]).entries, []);
}

#[test]
fn a_licence_that_ran_out_stops_the_settlement_and_not_a_millisecond_before() {
    let until = licence().valid_until;
    for (now, expected) in [
        (Timestamp(until.0 - 1), (Code::Ok, Some(PaymentStatus::Settled))),
        (until, (Code::LicenceNotValidNow, Some(PaymentStatus::Rejected))),
    ] {
        let mut world = licensed();
        world.time = Timestamp(until.0 - DAY_MS / 2);
        let payment = controlled(&mut world, 100);
        assert_eq!(world.pay(&payment).code, Code::Ok);
        world.time = Timestamp(now.0 - 1_000);
        assert_eq!(attest(&mut world, &payment), expected);
        let drawn = if expected.0 == Code::Ok { 100 } else { 0 };
        assert_eq!(figures(&world), (drawn, 0));
    }
}

#[test]
fn a_restored_ledger_knows_what_to_stop() {
    let (mut world, payments) = waiting(&[100, 200]);
    assert_eq!(attest(&mut world, &payments[0]).0, Code::Ok);
    assert_eq!(revoke(&mut world), Code::Ok);
    let mut restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.roots(), world.ledger.roots());
    assert_eq!(restored.state.licences.to_stop(), world.ledger.state.licences.to_stop());
    world.time = world.time.plus_ms(1_000);
    let context = world.context();
    let (one, two) = (world.ledger.execute(&context, []).unwrap(), restored.execute(&context, []).unwrap());
    assert_eq!(one, two);
    assert_eq!(one.entries.len(), 1);
}

/// The central bank does this to the authority of the licence.
fn to_authority(world: &mut World, step: fn(ParticipantId) -> ParticipantStep) {
    let (reference, step) = (world.reference(), step(AUTHORITY_DE));
    let item = signed(CENTRAL_DE, Operation::Participant { reference, step }, KeyRole::Supervisor);
    assert_eq!(world.run(&[item]).entries[0].code, Code::Ok);
}

const fn suspend(participant: ParticipantId) -> ParticipantStep {
    ParticipantStep::Suspend { participant }
}

const fn authorise(participant: ParticipantId) -> ParticipantStep {
    ParticipantStep::Authorise { participant }
}

const fn withdraw(participant: ParticipantId) -> ParticipantStep {
    ParticipantStep::Revoke { participant }
}

#[test]
fn licences_of_an_authority_that_may_not_act_are_not_used() {
    let mut world = licensed();
    let pay = |world: &mut World| {
        let payment = controlled(world, 100);
        world.pay(&payment).code
    };
    to_authority(&mut world, suspend);
    assert_eq!(pay(&mut world), Code::LicenceNotValidNow);
    to_authority(&mut world, authorise);
    assert_eq!(pay(&mut world), Code::Ok);
    to_authority(&mut world, withdraw);
    assert_eq!(pay(&mut world), Code::LicenceRevoked);
}

#[test]
fn what_waits_for_a_licence_of_a_suspended_authority_stops_when_it_would_settle() {
    let (mut world, payments) = waiting(&[100, 200]);
    to_authority(&mut world, suspend);
    assert_eq!(world.run(&[]).entries, []);
    assert_eq!(attest(&mut world, &payments[0]), (Code::LicenceNotValidNow, Some(PaymentStatus::Rejected)));
    to_authority(&mut world, authorise);
    assert_eq!(attest(&mut world, &payments[1]), (Code::Ok, Some(PaymentStatus::Settled)));
    assert_eq!(figures(&world), (200, 0));
}

#[test]
fn what_waits_for_a_licence_of_a_revoked_authority_is_stopped_by_the_next_block() {
    let (mut world, payments) = waiting(&[100, 200]);
    assert_eq!(attest(&mut world, &payments[0]).0, Code::Ok);
    to_authority(&mut world, withdraw);
    let mut restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.state.licences.to_stop(), world.ledger.state.licences.to_stop());
    world.time = world.time.plus_ms(1_000);
    let context = world.context();
    let entries = world.ledger.execute(&context, []).unwrap().entries;
    assert_eq!(restored.execute(&context, []).unwrap().entries, entries);
    let said: Vec<_> = entries.iter().map(|entry| (entry.kind, entry.reference, entry.code)).collect();
    assert_eq!(said, [(EntryKind::Stop, payments[1].uetr, Code::LicenceRevoked)]);
    assert_eq!(figures(&world), (100, 0));
    assert!(world.ledger.state.licences.to_stop().is_empty());
}
