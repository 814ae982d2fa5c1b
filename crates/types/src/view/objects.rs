//! The ledger's objects as clients see them: participants, programmes, licences, lists, limits,
//! refunds, quotes, calendars, rulebooks, proposals, savings.
//!
//! Each view is one record of the ledger and what follows from it now; nothing is shown that the
//! ledger does not hold, so opaque handles stay opaque.

use std::fmt::Display;
use std::str::FromStr;

use corridor_crypto::Digest;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::waiting::OpenPaymentView;
use super::{Money, ParticipantView};
use crate::operations::{Calendar, Licence, Limit, Programme, Proposal, Quote, RulebookPack};
use crate::{
    Amount, AssetId, Code, Corridor, CountryCode, CurrencyCode, Height, LicenceHandle, ListId, ParticipantId,
    ProgrammeId, Timestamp, Uetr,
};

/// Some objects of one kind, ascending, all as of one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The block after which they stand like this.
    pub height: Height,
    /// Its time, which is "now" for everything in it, milliseconds since 1970 UTC.
    pub time: Timestamp,
    /// The objects.
    pub items: Vec<T>,
    /// Where the next page begins (`from`); absent on the last one.
    pub next: Option<u32>,
}

/// A kind of object with a list of its own.
pub trait Object: Serialize + DeserializeOwned {
    /// The last part of the list's route, such as `programmes`.
    const ROUTE: &'static str;
}

/// A kind of object of which each has a name.
pub trait Named: Object {
    /// Its handle, number or reference.
    type Id: FromStr<Err: Display> + Display;
}

macro_rules! objects {
    ($($name:ident, $route:literal $(, $id:ty)?;)*) => {$(
        impl Object for $name {
            const ROUTE: &'static str = $route;
        }
        $(impl Named for $name {
            type Id = $id;
        })?
    )*};
}

objects! {
    ParticipantView, "participants", ParticipantId;
    ProgrammeView, "programmes", ProgrammeId;
    LicenceView, "licences", LicenceHandle;
    RequiredListView, "screening-lists", ParticipantId;
    LimitView, "limits";
    RefundView, "refunds", Uetr;
    QuoteView, "quotes", Uetr;
    CalendarView, "calendars", AssetId;
    RulebookView, "rulebooks";
    ProposalView, "proposals", Uetr;
    SavingsView, "savings", AssetId;
}

/// An object of any kind, as it is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "a page of one kind is of one size, and short-lived")]
pub enum ObjectView {
    /// See [`ParticipantView`].
    Participant(ParticipantView),
    /// See [`ProgrammeView`].
    Programme(ProgrammeView),
    /// See [`LicenceView`].
    Licence(LicenceView),
    /// See [`RequiredListView`].
    RequiredList(RequiredListView),
    /// See [`LimitView`].
    Limit(LimitView),
    /// See [`RefundView`].
    Refund(RefundView),
    /// See [`QuoteView`].
    Quote(QuoteView),
    /// See [`CalendarView`].
    Calendar(CalendarView),
    /// See [`RulebookView`].
    Rulebook(RulebookView),
    /// See [`ProposalView`].
    Proposal(ProposalView),
    /// See [`SavingsView`].
    Savings(SavingsView),
    /// See [`OpenPaymentView`].
    OpenPayment(OpenPaymentView),
}

/// A sum over many amounts, in minor units; as digits in a string, since numbers in JSON end at
/// 2^53.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sum(#[serde(with = "super::statement::digits")] pub u128);

/// Whether a participant may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipantStatus {
    /// Its central bank took in its application.
    Applied,
    /// It may act.
    Authorised,
    /// It may not act for the time being; its payments wait.
    Suspended,
    /// It may not act any more; its payments are stopped.
    Revoked,
}

/// What was paid under a programme in one of its assets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidView {
    /// The asset.
    pub asset: AssetId,
    /// What was paid, open payments included, less what was returned; in minor units.
    pub paid: Sum,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgrammeView {
    /// Its number.
    pub number: ProgrammeId,
    /// The regime.
    pub programme: Programme,
    /// True once it was closed.
    pub closed: bool,
    /// What was paid, one for each of its caps.
    pub paid: Vec<PaidView>,
}

/// A licence for controlled goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LicenceView {
    /// What the authority permitted.
    pub licence: Licence,
    /// The authority.
    pub authority: ParticipantId,
    /// True once withdrawn.
    pub revoked: bool,
    /// Set aside for payments that have not settled.
    pub reserved: Money,
    /// Drawn by payments that settled, less what was returned.
    pub drawn: Money,
    /// What payments may still set aside, in minor units.
    pub left: Sum,
}

/// The screening list that a central bank requires of its banks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequiredListView {
    /// The central bank.
    pub central_bank: ParticipantId,
    /// The list.
    pub list: ListId,
    /// SHA-256 of the version in force.
    pub version: Digest,
    /// How old a screening may be at settlement, in milliseconds of block time.
    pub max_age_ms: u64,
}

/// A limit in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitView {
    /// The limit.
    pub limit: Limit,
    /// Since when its window counts, milliseconds since 1970 UTC.
    pub since: Timestamp,
    /// What counts against its window now, in minor units; absent if it has no window.
    pub counted: Option<Sum>,
}

/// What was returned of a settled payment, and whether it is asked back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundView {
    /// The settled payment.
    pub payment: Uetr,
    /// Who answers recalls.
    pub creditor_agent: ParticipantId,
    /// What was returned so far, in minor units of the payment's asset.
    pub returned: Amount,
    /// Why the debtor agent asks for it; absent if it does not, or was answered.
    pub recall: Option<Code>,
}

/// A quote that was not used yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteView {
    /// Its name.
    pub reference: Uetr,
    /// Who made it.
    pub maker: ParticipantId,
    /// The offer.
    pub quote: Quote,
    /// What the maker pays, with its currency.
    pub pays: Money,
    /// What the maker is paid, with its currency.
    pub paid: Money,
}

/// The business days and hours of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarView {
    /// The asset.
    pub asset: AssetId,
    /// Its currency.
    pub currency: CurrencyCode,
    /// The calendar; absent if payments settle at any time.
    pub calendar: Option<Calendar>,
    /// True if payments settle now.
    pub open: bool,
}

/// The rulebook of a country, for all its payments or for one corridor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RulebookView {
    /// The country.
    pub country: CountryCode,
    /// The corridor; absent if it is for all payments.
    pub corridor: Option<Corridor>,
    /// The pack in force now; absent if none is yet.
    pub in_force: Option<RulebookPack>,
    /// The pack that comes into force later; absent if none was decided on.
    pub next: Option<RulebookPack>,
}

/// A vote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotView {
    /// Whose.
    pub participant: ParticipantId,
    /// For the proposal, or against it.
    pub approve: bool,
    /// The weight of its validator now; zero if it has none.
    pub power: u64,
}

/// A proposal on which votes are taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProposalView {
    /// Its name.
    pub reference: Uetr,
    /// Who made it.
    pub proposer: ParticipantId,
    /// What is to be decided.
    pub proposal: Proposal,
    /// Until when votes count, exclusive, milliseconds since 1970 UTC.
    pub closes: Timestamp,
    /// The votes, ascending by participant.
    pub ballots: Vec<BallotView>,
    /// The power of those for it.
    pub power_for: u64,
    /// The power of those against it.
    pub power_against: u64,
    /// The least power that passes it.
    pub power_needed: u64,
    /// The central banks that must be for it too.
    pub central_banks: Vec<ParticipantId>,
}

/// What settling queued payments together saved in an asset, since genesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavingsView {
    /// The asset.
    pub asset: AssetId,
    /// Its currency.
    pub currency: CurrencyCode,
    /// How many payments settled after they waited for money.
    pub payments: u64,
    /// Their sum, in minor units.
    pub gross: Sum,
    /// What the debtor accounts needed for them together, in minor units.
    pub liquidity: Sum,
    /// What they did not need: the difference.
    pub saved: Sum,
}
