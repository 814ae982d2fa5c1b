//! Payments, entries, events, and results of submitting.

use utoipa::ToSchema;

use super::{
    Amount, ChargeBearer, ClientHandle, Code, CountryCode, CurrencyCode, Date, Decimal, Digest, EntryKind, EventId,
    FieldError, IsoStatus, LicenceHandle, PaymentStatus, Priority, RuleVersions, Screening, Shortfall, Uetr,
};

/// An amount with its currency. `minor` is what counts; `decimal` is the same for people.
#[derive(ToSchema)]
pub struct Money {
    minor: Amount,
    decimal: Decimal,
    currency: CurrencyCode,
}

/// From which country to which: the agents' countries.
#[derive(ToSchema)]
pub struct Corridor {
    from: CountryCode,
    to: CountryCode,
}

/// One decision on a payment or an operation.
#[derive(ToSchema)]
pub struct EntryView {
    /// Where it stands; also the identifier of its event.
    id: EventId,
    /// The block.
    height: u64,
    /// Position among the block's entries, from zero.
    position: u32,
    /// Block time, milliseconds since 1970 UTC.
    time: u64,
    kind: EntryKind,
    /// The transaction that caused it; zeros for an expiry.
    transaction: Digest,
    /// Who submitted that transaction; the debtor agent for an expiry.
    participant: u32,
    /// The payment's UETR, or the operation's reference.
    reference: Uetr,
    /// The content's digest; zeros if it could not be looked up.
    content: Digest,
    /// The payment's status after it; null for other operations and unknown payments.
    status: Option<PaymentStatus>,
    iso_status: Option<IsoStatus>,
    code: Code,
    /// The code's stable number.
    code_number: u16,
    /// What the code means and what to do.
    meaning: String,
    /// The nearest ISO 20022 reason code.
    iso_reason: String,
    rules: RuleVersions,
}

/// A licence that a payment draws on, and how much of it.
#[derive(ToSchema)]
pub struct LicenceUseView {
    licence: LicenceHandle,
    amount: Money,
}

/// The public record of a payment.
#[derive(ToSchema)]
pub struct PaymentTerms {
    uetr: Uetr,
    /// Digest of the whole record: what a creditor agent names when it attests.
    content: Digest,
    /// Participant that pays for its client.
    debtor_agent: u32,
    debtor_account: u32,
    /// Participant that is paid for its client.
    creditor_agent: u32,
    creditor_account: u32,
    asset: u16,
    amount: Money,
    /// The debtor's authorisation to pay.
    client: ClientHandle,
    /// The day on which it may settle, at the earliest.
    value_date: Date,
    /// When it lapses if it has not settled, milliseconds since 1970 UTC.
    expiry: u64,
    /// True if the goods behind it are under export control.
    controlled: bool,
    /// The licences that permit them; empty when not controlled.
    licences: Vec<LicenceUseView>,
    corridor: Corridor,
    priority: Priority,
    shortfall: Shortfall,
    charge_bearer: ChargeBearer,
    /// The debtor agent's screening of both parties; null if it gave none.
    screening: Option<Screening>,
    /// SHA-256 of the sealed details.
    details: Digest,
}

/// Everything that a node knows about one reference.
#[derive(ToSchema)]
pub struct PaymentView {
    uetr: Uetr,
    /// The newest status; null while nothing was decided and for operations that are no payment.
    status: Option<PaymentStatus>,
    iso_status: Option<IsoStatus>,
    /// True while it was taken from a client and no block with it was executed here.
    pending: bool,
    /// True if a settlement certificate covers the newest entry: what it says is final history.
    certified: bool,
    payment: Option<PaymentTerms>,
    /// Its history, ascending.
    entries: Vec<EntryView>,
}

/// The details of a payment, sealed to its parties and their regulators. Its digest is the `details`
/// of the payment.
#[derive(ToSchema)]
#[schema(format = Binary)]
pub struct SealedDetails(String);

/// A certified entry, with the payment that it is about.
#[derive(ToSchema)]
pub struct EventView {
    entry: EntryView,
    payment: Option<PaymentTerms>,
}

/// What became of one transaction.
#[derive(ToSchema)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum SubmissionView {
    /// Taken and on its way to all validators. The ledger has not decided yet.
    Accepted { transaction: Digest, reference: Uetr },
    /// The same content was submitted under this reference before; nothing is done twice.
    Known { reference: Uetr, payment: PaymentView },
    /// Refused before it reached the ledger.
    Refused {
        /// Null for an empty bulk.
        reference: Option<Uetr>,
        errors: Vec<FieldError>,
    },
    /// The node cannot take it now.
    Busy {
        /// When a new attempt makes sense, in milliseconds.
        retry_after_ms: u64,
    },
}

/// What became of a list of transactions, in the order of the list.
#[derive(ToSchema)]
pub struct SubmissionReport {
    results: Vec<SubmissionView>,
}
