//! Results of blocks, made by hand.

use corridor_crypto::{Digest, merkle};
use corridor_types::persist::Executed;
use corridor_types::*;

pub fn payment(number: u8, asset: u16, amount: u64) -> Payment {
    Payment {
        uetr: Uetr::from_random([number; 16]),
        debtor_account: AccountId(1),
        creditor_account: AccountId(2),
        asset: AssetId(asset),
        amount: Amount(amount),
        client: ClientHandle([4; 16]),
        value_date: Date(20_000),
        expiry: Timestamp(5),
        control: Control::NotControlled,
        corridor: Corridor { from: "BR".parse().unwrap(), to: "ZA".parse().unwrap() },
        priority: Priority::Normal,
        shortfall: Shortfall::Reject,
        screening: None,
        charge_bearer: ChargeBearer::Shared,
        details: Digest([5; 32]),
    }
}

/// What is decided about a payment; `executed` says where.
pub fn entry(kind: EntryKind, payment: &Payment, status: Option<PaymentStatus>, code: Code) -> Entry {
    let (height, position, time) = (Height(0), 0, Timestamp(0));
    let (participant, transaction) = (ParticipantId(1), Digest([6; 32]));
    let (reference, content) = (payment.uetr, payment.content());
    Entry {
        height,
        position,
        time,
        kind,
        transaction,
        participant,
        reference,
        content,
        status,
        code,
        rules: RuleVersions::default(),
    }
}

pub fn executed(height: u64, payments: &[&Payment], mut entries: Vec<Entry>) -> Executed {
    for (position, entry) in (0..).zip(&mut entries) {
        (entry.height, entry.position, entry.time) = (Height(height), position, Timestamp(1_000 * height));
    }
    let leaves: Vec<_> = entries.iter().map(Entry::leaf).collect();
    let outcome = Outcome {
        epoch: Epoch(0),
        height: Height(height),
        block: Digest([1; 32]),
        receipts: merkle::root(&leaves),
        entries: entries.len() as u64,
        state: Digest([2; 32]),
    };
    Executed {
        outcome,
        entries,
        payments: payments.iter().copied().cloned().collect(),
        movements: vec![],
        changes: vec![],
    }
}
