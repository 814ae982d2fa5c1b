//! Participants, assets, accounts and clients.

use corridor_crypto::Digest;
use serde::{Deserialize, Serialize};

use super::{Money, ParticipantStatus};
use crate::operations::{ApprovalRule, FreezeMode, Window};
use crate::{
    AccountId, Amount, AssetId, Bic, ClientHandle, Corridor, CountryCode, CurrencyCode, Height, KeyEntry, Lei,
    ParticipantId, ParticipantKind, ProgrammeId, SealingKey, Timestamp,
};

/// An account as it stands after the newest executed block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// The account.
    pub id: AccountId,
    /// Whose.
    pub owner: ParticipantId,
    /// The owner's business identifier code.
    pub owner_bic: Bic,
    /// In which asset.
    pub asset: AssetId,
    /// The asset's currency.
    pub currency: CurrencyCode,
    /// What can be spent now.
    pub available: Money,
    /// What is set aside for payments that have not settled.
    pub reserved: Money,
    /// Payments to the account up to this amount need no attestation of their own; zero: all do.
    pub standing_consent: Money,
    /// What a legal order stops; absent if nothing.
    pub freeze: Option<FreezeMode>,
    /// How many bookings there were: the number of the statement's last line.
    pub movements: u64,
    /// The chain of their digests, which the statement's lines give again.
    pub statement: Digest,
}

/// Accounts in ascending order, of one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountPage {
    /// The block after which the balances stand like this.
    pub height: Height,
    /// The accounts.
    pub accounts: Vec<AccountView>,
    /// Where the next page begins (`from`); absent on the last one.
    pub next: Option<AccountId>,
}

/// An institution in the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParticipantView {
    /// Its number.
    pub id: ParticipantId,
    /// Shown to people; never an identity.
    pub name: String,
    /// Legal entity identifier.
    pub lei: Lei,
    /// Business identifier code.
    pub bic: Bic,
    /// Country.
    pub country: CountryCode,
    /// Kind of institution.
    pub kind: ParticipantKind,
    /// The central bank that supervises it.
    pub supervisor: ParticipantId,
    /// Its keys with their roles.
    pub keys: Vec<KeyEntry>,
    /// True if it votes in the current epoch.
    pub validator: bool,
    /// Whether it may act.
    pub status: ParticipantStatus,
    /// From which amount on its payments need checkers, ascending by asset.
    pub approvals: Vec<ApprovalRule>,
    /// To which key details are sealed for it; absent if it set none.
    pub sealing_key: Option<SealingKey>,
}

/// A currency on the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssetView {
    /// Its number.
    pub id: AssetId,
    /// Currency.
    pub currency: CurrencyCode,
    /// Decimal digits of an amount.
    pub minor_units: u8,
    /// The central bank that issues it.
    pub issuer: ParticipantId,
    /// The most that one payment may move.
    pub payment_cap: Money,
    /// What was issued and not redeemed: the sum of all balances.
    pub issued: Money,
}

/// A client's authorisation to pay. Opaque: it holds neither name nor legal identifier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientView {
    /// The opaque name under which the client pays.
    pub handle: ClientHandle,
    /// The bank through which it pays.
    pub sponsor: ParticipantId,
    /// The assets it may pay in.
    pub assets: Vec<AssetId>,
    /// The corridors it may pay over.
    pub corridors: Vec<Corridor>,
    /// The most it may pay at once, in minor units of whichever asset it pays in.
    pub payment_cap: Amount,
    /// The most it may pay within a stretch of time, in the same minor units; absent if there is no such cap.
    pub window: Option<Window>,
    /// The programme under which it pays, if it needs one.
    pub programme: Option<ProgrammeId>,
    /// From when, inclusive.
    pub valid_from: Timestamp,
    /// Until when, exclusive.
    pub valid_until: Timestamp,
    /// True if it was withdrawn.
    pub revoked: bool,
    /// True while a legal order stops its payments.
    pub frozen: bool,
}
