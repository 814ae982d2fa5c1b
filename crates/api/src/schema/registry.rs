//! Participants, assets, accounts and clients.

use utoipa::ToSchema;

use super::{
    Amount, ApprovalRule, Balance, Bic, ClientHandle, Corridor, CountryCode, CurrencyCode, Digest, FreezeMode, KeyRole,
    Lei, Money, MovementKind, ParticipantKind, ParticipantStatus, PublicKey, SealingKey, Uetr, Window,
};

/// An account as it stands after the newest executed block.
#[derive(ToSchema)]
pub struct AccountView {
    id: u32,
    /// Participant.
    owner: u32,
    owner_bic: Bic,
    asset: u16,
    currency: CurrencyCode,
    /// What can be spent now.
    available: Money,
    /// What is set aside for payments that have not settled.
    reserved: Money,
    /// Payments to the account up to this amount need no attestation of their own; zero: all do.
    standing_consent: Money,
    /// What a legal order stops; null if nothing.
    freeze: Option<FreezeMode>,
    /// How many bookings there were: the number of the statement's last line.
    movements: u64,
    /// The chain of their digests, which the statement's lines give again.
    statement: Digest,
}

/// Accounts in ascending order, of one moment.
#[derive(ToSchema)]
pub struct AccountPage {
    /// The block after which the balances stand like this.
    height: u64,
    accounts: Vec<AccountView>,
    /// Where the next page begins (`from`); null on the last one.
    next: Option<u32>,
}

/// One booking on an account.
#[derive(ToSchema)]
pub struct StatementLine {
    /// Its number on the account: 1, 2, 3 and so on.
    number: u64,
    /// The block.
    height: u64,
    /// Block time, milliseconds since 1970 UTC.
    time: u64,
    kind: MovementKind,
    /// True if it adds to the balance.
    credit: bool,
    /// The payment or operation that caused it.
    reference: Uetr,
    amount: Money,
    /// What the account holds after it, available and reserved, in minor units.
    balance: Balance,
}

/// Lines of a statement, ascending and without gaps.
#[derive(ToSchema)]
pub struct StatementPage {
    /// The block after which the account stands like this.
    height: u64,
    account: AccountView,
    /// The lowest number of which this node has the line; one above the last line if it has none.
    first: u64,
    lines: Vec<StatementLine>,
    /// Where the next page begins (`from`); null on the last one.
    next: Option<u64>,
}

/// A key with its role.
#[derive(ToSchema)]
pub struct KeyEntry {
    key: PublicKey,
    role: KeyRole,
}

/// An institution in the registry.
#[derive(ToSchema)]
pub struct ParticipantView {
    id: u32,
    /// Shown to people; never an identity.
    name: String,
    lei: Lei,
    bic: Bic,
    country: CountryCode,
    kind: ParticipantKind,
    /// The central bank that supervises it.
    supervisor: u32,
    keys: Vec<KeyEntry>,
    /// True if it votes in the current epoch.
    validator: bool,
    status: ParticipantStatus,
    /// From which amount on its payments need checkers, ascending by asset.
    approvals: Vec<ApprovalRule>,
    /// To which key details are sealed for it; null if it set none.
    sealing_key: Option<SealingKey>,
}

/// A currency on the ledger.
#[derive(ToSchema)]
pub struct AssetView {
    id: u16,
    currency: CurrencyCode,
    /// Decimal digits of an amount.
    minor_units: u8,
    /// The central bank that issues it.
    issuer: u32,
    /// The most that one payment may move.
    payment_cap: Money,
    /// What was issued and not redeemed: the sum of all balances.
    issued: Money,
}

/// A client's authorisation to pay. Opaque: it holds neither name nor legal identifier.
#[derive(ToSchema)]
pub struct ClientView {
    handle: ClientHandle,
    /// The bank through which it pays.
    sponsor: u32,
    assets: Vec<u16>,
    corridors: Vec<Corridor>,
    /// The most it may pay at once, in minor units of whichever asset it pays in.
    payment_cap: Amount,
    /// The most it may pay within a stretch of time, in the same minor units; null if there is no such cap.
    window: Option<Window>,
    /// The programme under which it pays; null if it needs none.
    programme: Option<u32>,
    /// Inclusive, milliseconds since 1970 UTC.
    valid_from: u64,
    /// Exclusive, milliseconds since 1970 UTC.
    valid_until: u64,
    /// True if it was withdrawn.
    revoked: bool,
    /// True while a legal order stops its payments.
    frozen: bool,
}
