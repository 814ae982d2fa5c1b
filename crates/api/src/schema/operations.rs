//! The steps of operations. Every time is in milliseconds since 1970 UTC, every amount in minor units.

use utoipa::ToSchema;

use super::transactions::{Attested, ClientAuthorisation};
use super::{
    Amount, ClientHandle, Code, Corridor, CountryCode, Date, Digest, FreezeMode, HoldReason, KeyEntry, Label,
    LicenceGap, LicenceHandle, Parameters, ParticipantEntry, Payment, Priority, PublicKey, QueuePlace, SealingKey,
    Uetr, Validator, ValidatorChange, Verdict,
};

/// The versions of the rulebook packs that a decision about a payment followed; zero: none.
#[derive(ToSchema)]
pub struct RuleVersions {
    /// Of the debtor agent's country.
    from: u32,
    /// Of the creditor agent's country.
    to: u32,
}

/// An agent's statement that it screened both parties of a payment.
#[derive(ToSchema)]
pub struct Screening {
    /// The list's number.
    list: u32,
    /// SHA-256 of the list's version.
    version: Digest,
    time: u64,
    verdict: Verdict,
}

/// The most that may be paid within a stretch of time.
#[derive(ToSchema)]
pub struct Window {
    length_ms: u64,
    cap: Amount,
}

/// A step of a payment that was initiated.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum PaymentStep {
    /// The creditor agent attests 1 to 1000 payments to it.
    Attest {
        payments: Vec<Attested>,
        /// Its own screening of the parties of all of them; null: none.
        screening: Option<Screening>,
    },
    /// The creditor agent refuses 1 to 1000 payments to it.
    Reject { payments: Vec<Uetr>, reason: Code },
    /// The debtor agent withdraws a payment that has not settled.
    Cancel { payment: Uetr },
}

/// A step of an asset's money. Two issuer keys of its central bank.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum AssetStep {
    /// The issuing central bank creates money.
    Issue { account: u32, amount: Amount },
    /// The issuing central bank destroys money.
    Redeem { account: u32, amount: Amount },
}

/// A step of an account.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum AccountStep {
    /// The issuing central bank opens an account for a participant.
    Open { owner: u32, asset: u16 },
    /// A bank attests in advance every payment to its account up to an amount; zero ends that.
    SetStandingConsent { account: u32, up_to: Amount },
}

/// A step of a client's authorisation, by the sponsor's central bank.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ClientStep {
    /// Authorises a client.
    Authorise { authorisation: ClientAuthorisation },
    /// Withdraws a client's authorisation.
    Revoke { handle: ClientHandle },
}

/// A step of a node.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum NodeStep {
    /// A participant lets a node of its own connect to the others.
    Register { network_key: PublicKey },
    /// A participant withdraws a node of its own.
    Remove { network_key: PublicKey },
}

/// A step towards other validators.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ValidatorsStep {
    /// A participant declares a validator of its own that is ready to vote. One operator key and both declared keys.
    Declare {
        validator: Validator,
        /// A block that its node has executed.
        height: u64,
        /// The state commitment after that block.
        state: Digest,
    },
    /// The central banks decide on the validators of the next epoch. A supervisor key of each that issues an asset.
    Change {
        /// The epoch that ends with the change.
        epoch: u64,
        /// Strictly ascending by participant, at least one.
        changes: Vec<ValidatorChange>,
    },
}

/// A step of a calendar.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum CalendarStep {
    /// The issuing central bank sets the business days and hours of its asset.
    Set {
        asset: u16,
        /// Null: payments settle at any time.
        calendar: Option<Calendar>,
    },
}

/// A step about sealed details.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum AccessStep {
    /// Somebody who is no agent of a payment and opened its sealed details says so.
    Record {
        payment: Uetr,
        /// The case or the legal ground.
        purpose: Label,
    },
}

/// Above an amount, payments of a participant need checkers beside the maker.
#[derive(ToSchema)]
pub struct ApprovalRule {
    asset: u16,
    /// Payments above this need them; for a bulk its sum counts.
    above: Amount,
    /// How many different checkers; zero ends the rule.
    checkers: u8,
}

/// A step of a participant's life.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ParticipantStep {
    /// The central bank takes in an application.
    Apply { entry: ParticipantEntry },
    /// The central bank authorises an applicant, or a suspended participant again.
    Authorise { participant: u32 },
    /// The central bank suspends a participant.
    Suspend { participant: u32 },
    /// The central bank ends a participant's authorisation for good.
    Revoke { participant: u32 },
    /// A key is registered.
    AddKey { participant: u32, entry: KeyEntry },
    /// A key is withdrawn.
    RemoveKey { participant: u32, key: PublicKey },
    /// From which amount on the participant's payments need checkers.
    SetApprovals { rule: ApprovalRule },
    /// To which key details are sealed for the participant.
    SetSealingKey { key: SealingKey },
}

/// What may be paid in one asset under a programme.
#[derive(ToSchema)]
pub struct AssetCap {
    asset: u16,
    /// The most that one payment may move.
    payment: Amount,
    /// The most that all payments together may move.
    total: Amount,
}

/// A regime with its dates, members and caps. Lists are strictly ascending.
#[derive(ToSchema)]
pub struct Programme {
    name: Label,
    /// Inclusive.
    starts: u64,
    /// Exclusive.
    ends: u64,
    /// Participants, at least two.
    members: Vec<u32>,
    corridors: Vec<Corridor>,
    caps: Vec<AssetCap>,
}

/// A step of a programme.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ProgrammeStep {
    /// Opens it; it gets the next number.
    Open { programme: Programme },
    /// Replaces its content.
    Amend { number: u32, programme: Programme },
    /// Ends it for good.
    Close { number: u32 },
}

/// An authority's permission to trade controlled goods up to a value.
#[derive(ToSchema)]
pub struct Licence {
    handle: LicenceHandle,
    /// The control regime.
    regime: Label,
    asset: u16,
    value: Amount,
    /// The debtor agents through which it may be used, strictly ascending.
    banks: Vec<u32>,
    /// Digest of the sealed list of the parties that it permits.
    parties: Digest,
    /// Inclusive.
    valid_from: u64,
    /// Exclusive.
    valid_until: u64,
}

/// A step of a licence.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum LicenceStep {
    /// Grants it.
    Issue { licence: Licence },
    /// Changes its value and its end.
    Amend { handle: LicenceHandle, value: Amount, valid_until: u64 },
    /// Withdraws it.
    Revoke { handle: LicenceHandle },
}

/// A step of screening.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ScreeningStep {
    /// A central bank says which version of which list its banks must use from now on.
    Require {
        list: u32,
        /// SHA-256 of the version.
        version: Digest,
        /// How old a screening may be at settlement.
        max_age_ms: u64,
    },
    /// An agent of a payment that has not settled screens it again.
    Rescreen { payment: Uetr, screening: Screening },
}

/// A step of a hold.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum HoldStep {
    /// Holds a payment that has not settled; at the deadline it is rejected.
    Hold { payment: Uetr, reason: HoldReason, deadline: u64 },
    /// The payment goes on.
    Release { payment: Uetr },
    /// The payment ends.
    Reject { payment: Uetr, reason: Code },
}

/// What an order is about.
#[derive(ToSchema)]
#[serde(tag = "target", rename_all = "snake_case")]
pub enum OrderTarget {
    /// An account of a bank.
    Account { account: u32 },
    /// A client's authorisation.
    Client { handle: ClientHandle },
}

/// A step of a legal order.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum OrderStep {
    /// Stops the money of an account or a client.
    Freeze { target: OrderTarget, mode: FreezeMode, order: Label },
    /// Ends a freeze.
    Unfreeze { target: OrderTarget, order: Label },
    /// Moves available money out of a frozen account.
    Seize { account: u32, amount: Amount, to: u32, order: Label },
}

/// What a limit is about.
#[derive(ToSchema)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum LimitScope {
    /// One account.
    Account { account: u32 },
    /// All accounts of a bank in an asset.
    Bank { participant: u32, asset: u16 },
    /// All payments over a corridor in an asset.
    Corridor { corridor: Corridor, asset: u16 },
    /// All payments in an asset.
    Asset { asset: u16 },
}

/// A limit. What is null is not limited.
#[derive(ToSchema)]
pub struct Limit {
    scope: LimitScope,
    /// The most that the account may hold; only for accounts.
    balance_max: Option<Amount>,
    /// The most that one payment may move.
    payment_max: Option<Amount>,
    window: Option<Window>,
}

/// A step of a limit.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum LimitStep {
    /// Sets or replaces it.
    Set { limit: Limit },
    /// Ends it.
    Remove { scope: LimitScope },
}

/// A step of a return.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum RefundStep {
    /// The creditor agent gives back all or a part of a settled payment.
    Return {
        /// As it was submitted.
        original: Payment,
        amount: Amount,
        reason: Code,
    },
    /// The debtor agent asks for a settled payment back.
    Recall {
        /// As it was submitted.
        original: Payment,
        reason: Code,
    },
    /// The creditor agent refuses a recall.
    RefuseRecall { payment: Uetr, reason: Code },
}

/// An offer to exchange money.
#[derive(ToSchema)]
pub struct Quote {
    /// Who may take it; null: everybody.
    taker: Option<u32>,
    /// The maker's account that pays.
    pays_from: u32,
    pays: Amount,
    /// The maker's account that is paid, in another asset.
    paid_to: u32,
    paid: Amount,
    /// Exclusive.
    valid_until: u64,
}

/// A step of an exchange.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ExchangeStep {
    /// The maker offers; the operation's reference names the quote.
    Quote { quote: Quote },
    /// The maker takes the offer back.
    Withdraw { quote: Uetr },
    /// The taker accepts: both legs settle, or neither.
    Take { quote: Uetr, pays_from: u32, paid_to: u32 },
}

/// A change of the order of waiting payments.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum QueueStep {
    /// Gives a payment another priority; it goes to the back of that.
    Reprioritise { payment: Uetr, priority: Priority },
    /// Moves a payment within its priority.
    Move { payment: Uetr, place: QueuePlace },
}

/// When the creditor agent must attest a payment.
#[derive(ToSchema)]
#[serde(tag = "required", rename_all = "snake_case")]
pub enum TravelRule {
    /// Each payment.
    Always,
    /// Payments above an amount.
    Above { amount: Amount },
    /// None.
    Never,
}

/// What a jurisdiction demands of payments.
#[derive(ToSchema)]
pub struct Rules {
    travel_rule: TravelRule,
    programme_required: bool,
    screening_required: bool,
    licence_gap: LicenceGap,
    hold_max_ms: u64,
    value_date_days_max: u16,
}

/// A version of a jurisdiction's rules.
#[derive(ToSchema)]
pub struct RulebookPack {
    country: CountryCode,
    /// Only for payments over this corridor; null: for all.
    corridor: Option<Corridor>,
    /// One above the last version of the same country and corridor, from 1.
    version: u32,
    effective_from: u64,
    rules: Rules,
}

/// What is to be decided.
#[derive(ToSchema)]
#[serde(tag = "proposal", rename_all = "snake_case")]
pub enum Proposal {
    /// The validators of the next epoch.
    Validators { epoch: u64, changes: Vec<ValidatorChange> },
    /// A jurisdiction's rules.
    Rulebook { pack: RulebookPack },
    /// The rules with a number in them.
    Parameters { parameters: Parameters },
    /// A version of the protocol from a height on.
    Upgrade { version: u32, height: u64 },
    /// A newcomer, authorised at once.
    Participant { entry: ParticipantEntry },
}

/// A step of a decision.
#[derive(ToSchema)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum GovernanceStep {
    /// Puts a proposal to the vote under the operation's reference, and votes for it.
    Propose { proposal: Proposal, closes: u64 },
    /// Votes; a participant votes once on a proposal.
    Vote { proposal: Uetr, approve: bool },
}

/// When payments of a currency settle. Days and minutes are UTC.
#[derive(ToSchema)]
pub struct Calendar {
    /// Days of the week on which nothing settles, one bit each, Monday is bit 0.
    weekend: u8,
    /// Other days on which nothing settles, strictly ascending.
    holidays: Vec<Date>,
    /// The minute of the day from which payments settle.
    opens: u16,
    /// The minute of the day until which payments settle.
    closes: u16,
}
