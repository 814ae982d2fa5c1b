//! What tests of holds, orders, limits and refunds share: signatures of officers, answers to
//! payments, and the check that a ledger survives its own records.

use corridor_types::operations::{AccountStep, ApprovalRule, ParticipantStep, PaymentStep};
use corridor_types::{
    AccountId, Amount, AssetId, Code, Entry, IdentifiedTransaction, KeyRole, Operation, ParticipantId, Payment,
    PaymentStatus, Uetr,
};

use super::world::*;
use crate::Ledger;

/// Two officers of one institution.
pub(crate) const OFFICERS: &[(KeyRole, u8)] = &[(KeyRole::Compliance, 0), (KeyRole::Compliance, 1)];
/// The bank's systems.
pub(crate) const SYSTEMS: &[(KeyRole, u8)] = &[(KeyRole::Operator, 0)];

/// A transaction by these keys.
pub(crate) fn signed(by: ParticipantId, operation: Operation, keys: &[(KeyRole, u8)]) -> IdentifiedTransaction {
    IdentifiedTransaction::new(transaction(by, operation, keys))
}

/// Executes a block with one operation, and checks that the check ahead of time said the same.
pub(crate) fn act(world: &mut World, by: ParticipantId, operation: Operation, keys: &[(KeyRole, u8)]) -> Vec<Entry> {
    let item = signed(by, operation, keys);
    let advice = world.ledger.check(&item.transaction, world.time.plus_ms(1_000));
    let entries = world.run(std::slice::from_ref(&item)).entries;
    let by_it: Vec<_> = entries.into_iter().filter(|entry| entry.transaction == item.id).collect();
    assert_eq!(advice.map_err(|refusal| refusal.code).err().unwrap_or(Code::Ok), by_it[0].code);
    world.ledger.audit().unwrap();
    by_it
}

/// Demands so many checkers of a participant above an amount of an asset.
pub(crate) fn demand_checkers(world: &mut World, of: ParticipantId, asset: AssetId, above: u64, checkers: u8) {
    let reference = world.reference();
    let step = ParticipantStep::SetApprovals { rule: ApprovalRule { asset, above: Amount(above), checkers } };
    let entries = act(world, of, Operation::Participant { reference, step }, &[(KeyRole::Governance, 0)]);
    assert_eq!(entries[0].code, Code::Ok);
}

/// Attests a payment in the name of its creditor agent.
pub(crate) fn attest(world: &mut World, by: ParticipantId, payment: &Uetr) -> PaymentStatus {
    let (reference, payments) = (world.reference(), world.attested(&[*payment]));
    act(world, by, Operation::Payment { reference, step: PaymentStep::Attest { payments, screening: None } }, SYSTEMS)
        [1]
    .status
    .unwrap()
}

/// Sets the standing consent of an account of bank B.
pub(crate) fn consent(world: &mut World, account: AccountId, up_to: u64) {
    let reference = world.reference();
    let operation =
        Operation::Account { reference, step: AccountStep::SetStandingConsent { account, up_to: Amount(up_to) } };
    assert_eq!(act(world, BANK_B, operation, SYSTEMS)[0].code, Code::Ok);
}

/// A payment of bank A to bank B that settles at once, on a standing consent.
pub(crate) fn settled(world: &mut World, amount: u64) -> Payment {
    consent(world, B_EUR, u64::MAX);
    let payment = Payment { amount: Amount(amount), ..world.payment() };
    assert_eq!(world.pay(&payment).status, Some(PaymentStatus::Settled));
    payment
}

/// A ledger restored from the records is the ledger.
pub(crate) fn check_restores(world: &World) {
    let restored = Ledger::restore(&genesis(), world.ledger.records()).unwrap();
    assert_eq!(restored.roots(), world.ledger.roots());
    assert!(restored.records().eq(world.ledger.records()));
}
