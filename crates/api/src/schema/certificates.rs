//! Receipts and what they contain. Amounts here are bare minor units: this is what is signed.

use utoipa::ToSchema;

use super::{
    Amount, ChargeBearer, ClientHandle, Code, Control, Corridor, Date, Digest, EntryKind, PaymentStatus, Priority,
    PublicKey, RuleVersions, Screening, Shortfall, Signature, Uetr,
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
    shortfall: Shortfall,
    charge_bearer: ChargeBearer,
    screening: Option<Screening>,
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
    rules: RuleVersions,
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
    /// Every change of the validator set from genesis to the certificate's epoch.
    handovers: Vec<Handover>,
}

/// The newest batch of one lane that a block commits to.
#[derive(ToSchema)]
pub struct Tip {
    /// Participant whose lane it is.
    lane: u32,
    sequence: u64,
    digest: Digest,
}

/// A block as it is hashed.
#[derive(ToSchema)]
pub struct Block {
    epoch: u64,
    view: u64,
    height: u64,
    parent: Digest,
    parent_view: u64,
    /// Position of the leader in the epoch's set.
    proposer: u16,
    time: u64,
    cut: Vec<Tip>,
    /// Digest of the validator set that votes on this block.
    validators: Digest,
    /// Digest of the set that votes on the next one.
    next_validators: Digest,
}

/// One validator.
#[derive(ToSchema)]
pub struct Validator {
    participant: u32,
    /// Signs votes.
    key: PublicKey,
    /// Authenticates network links.
    network_key: PublicKey,
    /// Weight.
    power: u64,
}

/// The validators of one epoch, ascending by participant.
#[derive(ToSchema)]
pub struct ValidatorSet {
    epoch: u64,
    validators: Vec<Validator>,
}

/// Proof that one validator set handed over to the next.
#[derive(ToSchema)]
pub struct Handover {
    /// The last block of the old epoch.
    boundary: Block,
    /// Its outcome, signed by a quorum of the old set.
    certificate: SettlementCertificate,
    /// The set of the next epoch.
    next: ValidatorSet,
}
