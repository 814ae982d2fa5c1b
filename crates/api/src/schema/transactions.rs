//! What a participant submits.

use utoipa::ToSchema;

use super::{
    AccessStep, AccountStep, Amount, AssetStep, CalendarStep, ClientHandle, ClientStep, Corridor, Digest, ExchangeStep,
    GovernanceStep, HoldStep, LicenceHandle, LicenceStep, LimitStep, NodeStep, OrderStep, ParticipantStep, Payment,
    PaymentStep, ProgrammeStep, PublicKey, QueueStep, RefundStep, ScreeningStep, Signature, Uetr, Validator,
    ValidatorsStep, Window,
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

/// What a participant asks for. `reference` is the idempotency key; a payment's is its UETR.
#[derive(ToSchema)]
#[serde(tag = "operation", rename_all = "snake_case")]
pub enum Operation {
    /// The debtor agent initiates a payment.
    Pay { payment: Payment },
    /// The debtor agent initiates 1 to 1000 payments; each stands on its own.
    PayBulk { payments: Vec<Payment> },
    /// The same; if one is refused or would have to wait for money, all are rejected.
    PayTogether { payments: Vec<Payment> },
    /// What a payment's agents say to it.
    Payment { reference: Uetr, step: PaymentStep },
    /// Money of an asset.
    Asset { reference: Uetr, step: AssetStep },
    /// Accounts.
    Account { reference: Uetr, step: AccountStep },
    /// Clients' authorisations.
    Client { reference: Uetr, step: ClientStep },
    /// Participants and their keys.
    Participant { reference: Uetr, step: ParticipantStep },
    /// Nodes that are no validators.
    Node { reference: Uetr, step: NodeStep },
    /// Who votes.
    Validators { reference: Uetr, step: ValidatorsStep },
    /// Decisions of the validators.
    Governance { reference: Uetr, step: GovernanceStep },
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
    /// Business days and hours of assets.
    Calendar { reference: Uetr, step: CalendarStep },
    /// Openings of sealed details.
    Access { reference: Uetr, step: AccessStep },
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
