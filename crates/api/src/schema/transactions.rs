//! What a participant submits.

use utoipa::ToSchema;

use super::{
    Amount, Calendar, ClientHandle, Code, Corridor, Digest, ExchangeStep, GovernanceStep, HoldStep, Label,
    LicenceHandle, LicenceStep, LimitStep, OrderStep, ParticipantStep, Payment, ProgrammeStep, PublicKey, QueueStep,
    RefundStep, Screening, ScreeningStep, Signature, Uetr, Validator, Window,
};

/// One transaction or a list of them.
#[derive(ToSchema)]
#[serde(untagged)]
pub enum Transactions {
    /// One.
    One(Transaction),
    /// Several, at most 8192.
    List(Vec<Transaction>),
}

/// The canonical binary encoding of a list of transactions.
#[derive(ToSchema)]
#[schema(format = Binary)]
pub struct EncodedTransactions(String);

/// An operation with its author, its last moment and its signatures.
#[derive(ToSchema)]
pub struct Transaction {
    /// On whose behalf.
    participant: u32,
    /// Blocks later than this refuse it, milliseconds since 1970 UTC.
    valid_until: u64,
    operation: Operation,
    /// Strictly ascending by key, 1 to 32.
    approvals: Vec<Approval>,
}

/// One signature on a transaction.
#[derive(ToSchema)]
pub struct Approval {
    key: PublicKey,
    /// Over the chain's genesis digest and the transaction's identifier.
    signature: Signature,
}

/// A licence that a payment draws on, and how much of it.
#[derive(ToSchema)]
pub struct LicenceUse {
    licence: LicenceHandle,
    amount: Amount,
}

/// Whether the goods behind a payment are under export control.
#[derive(ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Control {
    /// They are not, as the debtor agent declares.
    NotControlled,
    /// They are; these licences permit them.
    Controlled { licences: Vec<LicenceUse> },
}

/// A central bank's permission for one company, through one sponsor bank, to pay.
#[derive(ToSchema)]
pub struct ClientAuthorisation {
    handle: ClientHandle,
    sponsor: u32,
    /// Ascending, at least one.
    assets: Vec<u16>,
    /// Ascending, at least one.
    corridors: Vec<Corridor>,
    payment_cap: Amount,
    /// The most it may pay within a stretch of time; null: no such cap.
    window: Option<Window>,
    /// The programme under which it pays; null: none.
    programme: Option<u32>,
    /// Inclusive, milliseconds since 1970 UTC.
    valid_from: u64,
    /// Exclusive, milliseconds since 1970 UTC.
    valid_until: u64,
}

/// A payment that its creditor agent attests.
#[derive(ToSchema)]
pub struct Attested {
    payment: Uetr,
    /// Digest of the payment's whole record, as its view shows it.
    content: Digest,
}

/// What a participant asks for. `reference` is the idempotency key.
#[derive(ToSchema)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// The issuing central bank creates money. Two issuer keys.
    Issue { reference: Uetr, account: u32, amount: Amount },
    /// The issuing central bank destroys money. Two issuer keys.
    Redeem { reference: Uetr, account: u32, amount: Amount },
    /// The issuing central bank opens an account for a participant.
    OpenAccount { reference: Uetr, owner: u32, asset: u16 },
    /// The sponsor's central bank authorises a client.
    AuthoriseClient { reference: Uetr, authorisation: ClientAuthorisation },
    /// The sponsor's central bank withdraws a client's authorisation.
    RevokeClient { reference: Uetr, handle: ClientHandle },
    /// A bank attests in advance every payment to its account up to an amount; zero ends that.
    SetStandingConsent { reference: Uetr, account: u32, up_to: Amount },
    /// The debtor agent initiates a payment.
    Pay { payment: Payment },
    /// The debtor agent initiates 1 to 1000 payments; each stands on its own.
    PayBulk { payments: Vec<Payment> },
    /// The same; if one is refused or would have to wait for money, all are rejected.
    PayTogether { payments: Vec<Payment> },
    /// The creditor agent attests 1 to 1000 payments to it.
    Attest {
        reference: Uetr,
        payments: Vec<Attested>,
        /// Its own screening of the parties of all of them; null: none.
        screening: Option<Screening>,
    },
    /// The creditor agent refuses 1 to 1000 payments to it.
    Reject { reference: Uetr, payments: Vec<Uetr>, reason: Code },
    /// The debtor agent withdraws a payment that has not settled.
    Cancel { reference: Uetr, payment: Uetr },
    /// A participant declares a validator of its own that is ready to vote. One operator key and both declared keys.
    DeclareCandidate {
        reference: Uetr,
        validator: Validator,
        /// A block that its node has executed.
        height: u64,
        /// The state commitment after that block.
        state: Digest,
    },
    /// The central banks decide on the validators of the next epoch. A supervisor key of each that issues an asset.
    ChangeValidators {
        reference: Uetr,
        /// The epoch that ends with the change.
        epoch: u64,
        /// Strictly ascending by participant, at least one.
        changes: Vec<ValidatorChange>,
    },
    /// A participant lets a node of its own connect to the others.
    RegisterNode { reference: Uetr, network_key: PublicKey },
    /// A participant withdraws a node of its own.
    RemoveNode { reference: Uetr, network_key: PublicKey },
    /// Participants and their keys.
    Participant { reference: Uetr, step: ParticipantStep },
    /// Programmes.
    Programme { reference: Uetr, step: ProgrammeStep },
    /// Licences for controlled goods.
    Licence { reference: Uetr, step: LicenceStep },
    /// Screening.
    Screening { reference: Uetr, step: ScreeningStep },
    /// Holds.
    Hold { reference: Uetr, step: HoldStep },
    /// Legal orders.
    Order { reference: Uetr, step: OrderStep },
    /// Limits.
    Limit { reference: Uetr, step: LimitStep },
    /// Returns and recalls.
    Refund { reference: Uetr, step: RefundStep },
    /// Exchange of currencies, payment versus payment.
    Exchange { reference: Uetr, step: ExchangeStep },
    /// The order of payments that wait for liquidity.
    Queue { reference: Uetr, step: QueueStep },
    /// Decisions of the validators.
    Governance { reference: Uetr, step: GovernanceStep },
    /// The issuing central bank sets the business days and hours of its asset.
    SetCalendar {
        reference: Uetr,
        asset: u16,
        /// Null: payments settle at any time.
        calendar: Option<Calendar>,
    },
    /// Somebody who is no agent of a payment and opened its sealed details says so.
    RecordAccess {
        reference: Uetr,
        payment: Uetr,
        /// The case or the legal ground.
        purpose: Label,
    },
}

/// One change of the validator set.
#[derive(ToSchema)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum ValidatorChange {
    /// The participant's validator from the next epoch on.
    Put { validator: Validator },
    /// The participant has no validator from the next epoch on.
    Remove { participant: u32 },
}
