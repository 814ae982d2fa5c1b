//! Who may record that it opened a payment's details.
#![allow(clippy::unwrap_used, clippy::panic)]

use corridor_crypto::Digest;
use corridor_types::operations::{AccessStep, AssetStep};
use corridor_types::{Code, Entry, EntryKind, KeyRole, Operation, ParticipantId, Uetr};

use crate::licence::tests::{AUTHORITY_BR, AUTHORITY_DE, AUTHORITY_FR, attest, controlled, licensed, signed};
use crate::tables::PerTable;
use crate::tests::world::*;

fn record(world: &mut World, who: ParticipantId, payment: Uetr) -> Entry {
    let purpose = "case 2026/17".parse().unwrap();
    let operation = Operation::Access { reference: world.reference(), step: AccessStep::Record { payment, purpose } };
    world.run(&[signed(who, operation, KeyRole::Compliance)]).entries.remove(0)
}

const EVERYBODY: [ParticipantId; 8] =
    [CENTRAL_DE, CENTRAL_BR, BANK_A, BANK_B, BANK_C, AUTHORITY_DE, AUTHORITY_BR, AUTHORITY_FR];

fn allowed(world: &mut World, payment: Uetr) -> Vec<ParticipantId> {
    let code = |who| (who, record(world, who, payment).code);
    let codes = EVERYBODY.map(code);
    assert!(codes.iter().all(|(_, code)| [Code::Ok, Code::AccessNotAllowed].contains(code)), "{codes:?}");
    codes.iter().filter(|(_, code)| *code == Code::Ok).map(|(who, _)| *who).collect()
}

#[test]
fn the_central_banks_of_the_agents_and_the_authorities_of_the_licences_may_open() {
    let mut world = licensed();
    let (plain, licensed) = (world.payment(), controlled(&mut world, 100));
    world.pay(&plain);
    world.pay(&licensed);
    assert_eq!(allowed(&mut world, plain.uetr), [CENTRAL_DE, CENTRAL_BR]);
    assert_eq!(allowed(&mut world, licensed.uetr), [CENTRAL_DE, CENTRAL_BR, AUTHORITY_DE]);
}

#[test]
fn a_central_bank_of_neither_agent_may_not_open_what_is_open() {
    let mut world = licensed();
    let payment =
        corridor_types::Payment { creditor_account: C_EUR, corridor: corridor("DE", "DE"), ..world.payment() };
    world.pay(&payment);
    assert_eq!(allowed(&mut world, payment.uetr), [CENTRAL_DE]);
}

#[test]
fn of_a_final_payment_the_ledger_knows_no_agents_and_lets_every_regulator_record() {
    let mut world = licensed();
    let payment = controlled(&mut world, 100);
    world.pay(&payment);
    assert_eq!(attest(&mut world, &payment).0, Code::Ok);
    let regulators = [CENTRAL_DE, CENTRAL_BR, AUTHORITY_DE, AUTHORITY_BR, AUTHORITY_FR];
    assert_eq!(allowed(&mut world, payment.uetr), regulators);
}

#[test]
fn what_is_no_payment_cannot_be_opened_and_who_may_not_uses_up_no_reference() {
    let mut world = licensed();
    let (nothing, operation) = (world.reference(), world.reference());
    let issue = Operation::Asset {
        reference: operation,
        step: AssetStep::Issue { account: A_EUR, amount: corridor_types::Amount(1) },
    };
    assert_eq!(world.code(CENTRAL_DE, issue), Code::Ok);
    for reference in [nothing, operation] {
        assert_eq!(record(&mut world, CENTRAL_DE, reference).code, Code::UnknownPayment);
    }
    let payment = world.payment();
    world.pay(&payment);
    let refused = record(&mut world, BANK_C, payment.uetr);
    assert_eq!((refused.code, world.ledger.lookup(&refused.reference)), (Code::AccessNotAllowed, None));
    assert_eq!(record(&mut world, OBSERVER, payment.uetr).code, Code::ParticipantNotAuthorised);
}

#[test]
fn an_opening_takes_an_officer_and_leaves_an_entry_alone() {
    let mut world = licensed();
    let payment = world.payment();
    world.pay(&payment);
    let before = world.ledger.roots().to_owned();
    let entry = record(&mut world, CENTRAL_DE, payment.uetr);
    assert_eq!((entry.kind, entry.code, entry.status), (EntryKind::RecordAccess, Code::Ok, None));
    let after = world.ledger.roots();
    let changeable = |tables: &PerTable<Digest>| (tables.payments, tables.accounts, tables.licences);
    assert_eq!(changeable(&before.tables), changeable(&after.tables));
    assert_eq!(after.references, before.references + 1);
    for (role, code) in [(KeyRole::Supervisor, Code::Ok), (KeyRole::Operator, Code::KeyNotAuthorised)] {
        let purpose = "case 2026/18".parse().unwrap();
        let operation = Operation::Access {
            reference: world.reference(),
            step: AccessStep::Record { payment: payment.uetr, purpose },
        };
        assert_eq!(world.run(&[signed(CENTRAL_DE, operation, role)]).entries[0].code, code);
    }
}
