//! The genesis document.

use utoipa::ToSchema;

use super::{Amount, Bic, CountryCode, CurrencyCode, KeyEntry, Lei, ParticipantKind, PublicKey};

/// A participant at genesis; its number is its position in the list.
#[derive(ToSchema)]
pub struct ParticipantEntry {
    /// Shown to people; never an identity.
    name: String,
    lei: Lei,
    bic: Bic,
    country: CountryCode,
    kind: ParticipantKind,
    /// The central bank that supervises it; itself for a central bank.
    supervisor: u32,
    keys: Vec<KeyEntry>,
}

/// An asset at genesis; its number is its position in the list.
#[derive(ToSchema)]
pub struct AssetEntry {
    currency: CurrencyCode,
    /// The central bank that issues it.
    issuer: u32,
    payment_cap: Amount,
}

/// An account at genesis, empty; its number is its position in the list.
#[derive(ToSchema)]
pub struct AccountEntry {
    /// Participant.
    owner: u32,
    asset: u16,
}

/// A validator at genesis.
#[derive(ToSchema)]
pub struct ValidatorEntry {
    participant: u32,
    /// Signs votes.
    key: PublicKey,
    /// Authenticates network links.
    network_key: PublicKey,
    /// Weight.
    power: u64,
}

/// A node at genesis that is no validator.
#[derive(ToSchema)]
pub struct NodeEntry {
    participant: u32,
    /// Authenticates network links.
    network_key: PublicKey,
}

/// Rules with a number in them.
#[derive(ToSchema)]
pub struct Parameters {
    payment_lifetime_max_ms: u64,
    clock_drift_max_ms: u64,
}

/// Everything that the nodes of a chain agree on before its first block.
#[derive(ToSchema)]
pub struct Genesis {
    /// The chain's name.
    chain: String,
    /// The time of height 0, milliseconds since 1970 UTC.
    time: u64,
    participants: Vec<ParticipantEntry>,
    assets: Vec<AssetEntry>,
    accounts: Vec<AccountEntry>,
    validators: Vec<ValidatorEntry>,
    nodes: Vec<NodeEntry>,
    parameters: Parameters,
}
