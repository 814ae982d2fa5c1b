//! The ledger's objects. Every time is in milliseconds since 1970 UTC.

use utoipa::ToSchema;

use super::payments::PaymentTerms;
use super::registry::ParticipantView;
use super::{
    Amount, Balance, Calendar, Code, Corridor, CountryCode, CurrencyCode, Digest, HoldReason, Licence, Limit, Money,
    PaymentStatus, Priority, Programme, Proposal, Quote, RulebookPack, Screening, Uetr, WaitingFor,
};

macro_rules! pages {
    ($($name:ident, $view:ident;)*) => {$(
        /// Some objects of one kind, ascending, all as of one block.
        #[derive(ToSchema)]
        pub struct $name {
            /// The block after which they stand like this.
            height: u64,
            /// Its time, which is "now" for everything in the page.
            time: u64,
            items: Vec<$view>,
            /// Where the next page begins (`from`); null on the last one.
            next: Option<u32>,
        }
    )*};
}

pages! {
    ParticipantPage, ParticipantView;
    ProgrammePage, ProgrammeView;
    LicencePage, LicenceView;
    RequiredListPage, RequiredListView;
    LimitPage, LimitView;
    RefundPage, RefundView;
    QuotePage, QuoteView;
    CalendarPage, CalendarView;
    RulebookPage, RulebookView;
    ProposalPage, ProposalView;
    SavingsPage, SavingsView;
    OpenPaymentPage, OpenPaymentView;
}

/// What was paid under a programme in one of its assets.
#[derive(ToSchema)]
pub struct PaidView {
    asset: u16,
    /// Open payments included, less what was returned; in minor units.
    paid: Balance,
}

/// A programme.
#[derive(ToSchema)]
pub struct ProgrammeView {
    number: u32,
    programme: Programme,
    /// True once it was closed.
    closed: bool,
    /// One for each of its caps.
    paid: Vec<PaidView>,
}

/// A licence for controlled goods.
#[derive(ToSchema)]
pub struct LicenceView {
    licence: Licence,
    /// Who issued it.
    authority: u32,
    /// True once withdrawn.
    revoked: bool,
    /// Set aside for payments that have not settled.
    reserved: Money,
    /// Drawn by payments that settled, less what was returned.
    drawn: Money,
    /// What payments may still set aside, in minor units.
    left: Balance,
}

/// The screening list that a central bank requires of its banks.
#[derive(ToSchema)]
pub struct RequiredListView {
    central_bank: u32,
    /// The list's number.
    list: u32,
    /// SHA-256 of the version in force.
    version: Digest,
    /// How old a screening may be at settlement.
    max_age_ms: u64,
}

/// A limit in force.
#[derive(ToSchema)]
pub struct LimitView {
    limit: Limit,
    /// Since when its window counts.
    since: u64,
    /// What counts against its window now, in minor units; null if it has none.
    counted: Option<Balance>,
}

/// What was returned of a settled payment, and whether it is asked back.
#[derive(ToSchema)]
pub struct RefundView {
    /// The settled payment.
    payment: Uetr,
    /// Who answers recalls.
    creditor_agent: u32,
    /// What was returned so far, in minor units of the payment's asset.
    returned: Amount,
    /// Why the debtor agent asks for it; null if it does not, or was answered.
    recall: Option<Code>,
}

/// A quote that was not used yet.
#[derive(ToSchema)]
pub struct QuoteView {
    /// Its name.
    reference: Uetr,
    maker: u32,
    quote: Quote,
    /// What the maker pays, with its currency.
    pays: Money,
    /// What the maker is paid, with its currency.
    paid: Money,
}

/// The business days and hours of an asset.
#[derive(ToSchema)]
pub struct CalendarView {
    asset: u16,
    currency: CurrencyCode,
    /// Null if payments settle at any time.
    calendar: Option<Calendar>,
    /// True if payments settle now.
    open: bool,
}

/// The rulebook of a country.
#[derive(ToSchema)]
pub struct RulebookView {
    country: CountryCode,
    /// Null if it is for all payments.
    corridor: Option<Corridor>,
    /// Null if none is in force yet.
    in_force: Option<RulebookPack>,
    /// The pack that comes into force later; null if none was decided on.
    next: Option<RulebookPack>,
}

/// A vote.
#[derive(ToSchema)]
pub struct BallotView {
    participant: u32,
    /// For the proposal, or against it.
    approve: bool,
    /// The weight of its validator now; zero if it has none.
    power: u64,
}

/// A proposal on which votes are taken.
#[derive(ToSchema)]
pub struct ProposalView {
    /// Its name.
    reference: Uetr,
    proposer: u32,
    proposal: Proposal,
    /// Until when votes count, exclusive.
    closes: u64,
    /// Ascending by participant.
    ballots: Vec<BallotView>,
    power_for: u64,
    power_against: u64,
    /// The least power that passes it.
    power_needed: u64,
    /// The central banks that must be for it too.
    central_banks: Vec<u32>,
}

/// What settling queued payments together saved in an asset, since genesis.
#[derive(ToSchema)]
pub struct SavingsView {
    asset: u16,
    currency: CurrencyCode,
    /// How many payments settled after they waited for money.
    payments: u64,
    /// Their sum, in minor units.
    gross: Balance,
    /// What the debtor accounts needed for them together, in minor units.
    liquidity: Balance,
    /// The difference.
    saved: Balance,
}

/// Why and until when a payment is held.
#[derive(ToSchema)]
pub struct HoldView {
    reason: HoldReason,
    /// Whose officers decide.
    holder: u32,
    /// Blocks at this time or later reject the payment.
    deadline: u64,
}

/// A payment that is not final.
#[derive(ToSchema)]
pub struct OpenPaymentView {
    payment: PaymentTerms,
    /// `held`, `awaiting_attestation` or `queued`.
    status: PaymentStatus,
    /// What it lacks; null if the next block settles or stops it.
    waiting_for: Option<WaitingFor>,
    /// Why the next block stops it; null if it does not.
    stopped_by: Option<Code>,
    accepted: u64,
    /// True if its amount is set aside on the debtor account.
    funded: bool,
    /// True if no attestation is missing.
    attested: bool,
    /// The earliest time of its settlement.
    starts: u64,
    /// Its priority now.
    priority: Priority,
    /// Null if it is not held.
    hold: Option<HoldView>,
    /// The debtor agent's last screening; null: none.
    debtor_screening: Option<Screening>,
    /// The creditor agent's last screening; null: none.
    creditor_screening: Option<Screening>,
}
