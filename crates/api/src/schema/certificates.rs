//! Receipts and what they contain. Amounts here are bare minor units: this is what is signed.

use utoipa::ToSchema;

use super::{
    Amount, ChargeBearer, ClientHandle, Code, Control, Corridor, Date, Digest, EntryKind, PaymentStatus, Priority,
    Signature, Uetr,
};

/// A payment as the debtor agent submits it.
#[derive(ToSchema)]
pub struct Payment {
    uetr: Uetr,
    debtor_account: u32,
    creditor_account: u32,
    asset: u16,
    amount: Amount,
    client: ClientHandle,
    value_date: Date,
    /// Milliseconds since 1970 UTC.
    expiry: u64,
    control: Control,
    corridor: Corridor,
    priority: Priority,
    charge_bearer: ChargeBearer,
    /// SHA-256 of the sealed details.
    details: Digest,
}

/// One line of a block's receipts, as it is certified.
#[derive(ToSchema)]
pub struct Entry {
    height: u64,
    position: u32,
    time: u64,
    kind: EntryKind,
    transaction: Digest,
    participant: u32,
    reference: Uetr,
    content: Digest,
    status: Option<PaymentStatus>,
    code: Code,
}

/// What executing one block gave.
#[derive(ToSchema)]
pub struct Outcome {
    epoch: u64,
    height: u64,
    block: Digest,
    /// Root of the tree of entries (RFC 9162).
    receipts: Digest,
    /// How many entries the tree has.
    entries: u64,
    /// Commitment to the whole ledger state after the block.
    state: Digest,
}

/// A quorum of equal outcomes.
#[derive(ToSchema)]
pub struct SettlementCertificate {
    outcome: Outcome,
    /// Pairs of a validator's position and its signature, ascending.
    signatures: Vec<(u16, Signature)>,
}

/// Proof of one decision that verifies offline with the genesis alone.
#[derive(ToSchema)]
pub struct Receipt {
    genesis: Digest,
    entry: Entry,
    payment: Option<Payment>,
    /// From the entry's leaf to the receipts root.
    path: Vec<Digest>,
    certificate: SettlementCertificate,
}
