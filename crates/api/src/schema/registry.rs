//! Participants, assets, accounts and clients.

use utoipa::ToSchema;

use super::{
    Amount, Bic, ClientHandle, Corridor, CountryCode, CurrencyCode, KeyRole, Lei, Money, ParticipantKind, PublicKey,
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
    /// Inclusive, milliseconds since 1970 UTC.
    valid_from: u64,
    /// Exclusive, milliseconds since 1970 UTC.
    valid_until: u64,
    /// True if it was withdrawn.
    revoked: bool,
}
