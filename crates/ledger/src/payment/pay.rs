//! Payments: every rule between a submission and the reservation of its funds, in order.

use std::cmp::Reverse;

use corridor_crypto::planted::{self, Bug};
use corridor_types::{
    AccountId, Amount, ClientAuthorisation, Code, Date, ParticipantId, Payment, PaymentStatus, Shortfall, Timestamp,
    Uetr,
};

use super::lifecycle::{count, moved, pay};
use crate::halt::invariant;
use crate::journal::Journal;
use crate::payment::{FIRST_PLACE, Hold};
use crate::references::{Seen, Used};
use crate::refusal::{Refusal, ensure};
use crate::rulebook::rules::InForce;
use crate::state::State;
use crate::transition::PaymentEvent;
use crate::who::owners::check_owner;
use crate::{
    Account, Client, Halt, OpenPayment, calendar, licence, limit, participant, programme, rulebook, screening,
};

/// A payment that passed every rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PaymentPlan {
    event: PaymentEvent,
    debtor_agent: ParticipantId,
    creditor_agent: ParticipantId,
    starts: Timestamp,
    hold: Option<Hold>,
    attested: bool,
    funded: bool,
}

impl PaymentPlan {
    pub const fn event(&self) -> PaymentEvent {
        self.event
    }

    /// True if it settles now, or waits for nothing but its attestation.
    pub const fn is_funded(&self) -> bool {
        self.funded
    }

    pub const fn debtor_agent(&self) -> ParticipantId {
        self.debtor_agent
    }

    /// The record of the payment while it is open. `turn` is higher for payments that come later.
    fn open(&self, status: PaymentStatus, now: Timestamp, turn: u64, payment: &Payment) -> OpenPayment {
        OpenPayment {
            status,
            debtor_agent: self.debtor_agent,
            creditor_agent: self.creditor_agent,
            accepted: now,
            funded: self.funded,
            attested: self.attested,
            starts: self.starts,
            priority: payment.priority,
            // Saturating: the log of references never reaches 2^63 events.
            place: FIRST_PLACE.saturating_add(turn),
            hold: self.hold,
            debtor_screening: payment.screening,
            creditor_screening: None,
            doubts: Vec::new(),
            payment: payment.clone(),
        }
    }
}

/// Checks that the participant may debit the account, if there is one.
pub(crate) fn check_payer(state: &State, participant: ParticipantId, payment: &Payment) -> Result<(), Refusal> {
    check_owner(state, participant, payment.debtor_account, "debtor_account")
}

fn account<'a>(state: &'a State, id: AccountId, field: &'static str) -> Result<&'a Account, Refusal> {
    let unknown = || Refusal::new(Code::UnknownAccount, field, format!("there is no account {id}"));
    state.accounts.get(id).ok_or_else(unknown)
}

/// Decides a payment that was not seen before.
pub(crate) fn plan_payment(state: &State, now: Timestamp, payment: &Payment) -> Result<PaymentPlan, Refusal> {
    let debtor = account(state, payment.debtor_account, "debtor_account")?;
    let creditor = account(state, payment.creditor_account, "creditor_account")?;
    check_asset_and_amount(state, payment, debtor, creditor)?;
    check_corridor(state, payment, debtor.owner, creditor.owner)?;
    check_freezes(payment, debtor, creditor)?;
    participant::rules::check_active(state, creditor.owner, "creditor_account")?;
    let book = rulebook::rules::in_force(state, now, payment.corridor);
    let client = check_client(state, now, payment, debtor.owner)?;
    programme::rules::check(state, now, payment, client, [debtor.owner, creditor.owner], &book)?;
    limit::rules::check(state, now, payment, debtor.owner)?;
    let starts = check_dates(state, now, payment, &book)?;
    let licence = licence::rules::check(state, now, payment, debtor.owner, &book)?;
    let screened = screening::rules::check_debtor(state, now, payment, &book)?;
    let reason = licence.or(screened);
    let hold = reason.map(|reason| book.ledger_hold(reason, debtor.owner, now, payment));
    let attested = is_attested_ahead(payment, creditor, &book);
    let funded = check_funds(state, now, payment, debtor, starts)?;
    let plan = PaymentPlan {
        event: PaymentEvent::Accept,
        debtor_agent: debtor.owner,
        creditor_agent: creditor.owner,
        starts,
        hold,
        attested,
        funded,
    };
    let event = event_of(state, now, payment, &plan);
    if event != PaymentEvent::AcceptSettled {
        check_room(state, debtor.owner)?;
    }
    Ok(PaymentPlan { event, ..plan })
}

/// Where an accepted payment begins.
fn event_of(state: &State, now: Timestamp, payment: &Payment, plan: &PaymentPlan) -> PaymentEvent {
    let is_open = || now >= plan.starts && calendar::rules::is_open(state, now, payment.asset);
    let has_room = || limit::rules::has_room_for(state, payment.creditor_account, payment.amount);
    match plan {
        PaymentPlan { hold: Some(_), .. } => PaymentEvent::AcceptHeld,
        PaymentPlan { attested: false, .. } => PaymentEvent::Accept,
        PaymentPlan { funded: true, .. } if is_open() && has_room() => PaymentEvent::AcceptSettled,
        _ => PaymentEvent::AcceptQueued,
    }
}

/// True if the rulebook asks for no attestation, or the creditor agent gave it ahead of time. Where
/// it must screen, it must attest: nobody screens ahead of time.
fn is_attested_ahead(payment: &Payment, creditor: &Account, book: &InForce) -> bool {
    let consented = payment.amount <= creditor.standing_consent || planted::is(Bug::ConsentTakenForGiven);
    (consented || !book.needs_attestation(payment.amount)) && !book.to.screening_required
}

fn check_freezes(payment: &Payment, debtor: &Account, creditor: &Account) -> Result<(), Refusal> {
    let frozen = |id| format!("account {id} is frozen on a legal order");
    ensure(debtor.may_pay(), Code::AccountFrozen, "debtor_account", || frozen(payment.debtor_account))?;
    ensure(creditor.may_receive(), Code::AccountFrozen, "creditor_account", || frozen(payment.creditor_account))
}

fn check_asset_and_amount(
    state: &State,
    payment: &Payment,
    debtor: &Account,
    creditor: &Account,
) -> Result<(), Refusal> {
    let Payment { asset: id, amount, .. } = payment;
    let unknown = || Refusal::new(Code::UnknownAsset, "asset", format!("there is no asset {id}"));
    let asset = state.assets.get(*id).ok_or_else(unknown)?;
    for (account, field) in [(debtor, "debtor_account"), (creditor, "creditor_account")] {
        ensure(account.asset == *id, Code::AssetMismatch, field, || {
            format!("the account is in asset {}, the payment in {id}", account.asset)
        })?;
    }
    ensure(*amount > Amount::ZERO, Code::AmountZero, "amount", || "0; it must be above zero".to_owned())?;
    ensure(*amount <= asset.payment_cap, Code::AssetCapExceeded, "amount", || {
        format!("{amount} is above the asset's cap of {}", asset.payment_cap)
    })?;
    ensure(payment.debtor_account != payment.creditor_account, Code::SameAccount, "creditor_account", || {
        format!("account {} cannot pay itself", payment.creditor_account)
    })
}

fn check_corridor(
    state: &State,
    payment: &Payment,
    debtor_agent: ParticipantId,
    creditor_agent: ParticipantId,
) -> Result<(), Refusal> {
    let country = |id| state.participant(id).map(|entry| entry.country);
    let (from, to) = (country(debtor_agent), country(creditor_agent));
    let corridor = payment.corridor;
    ensure(Some(corridor.from) == from && Some(corridor.to) == to, Code::CorridorMismatch, "corridor", || {
        let text = |country: Option<corridor_types::CountryCode>| country.map_or(String::new(), |c| c.to_string());
        format!("{corridor} where the agents are in {} and {}", text(from), text(to))
    })
}

fn check_client<'a>(
    state: &'a State,
    now: Timestamp,
    payment: &Payment,
    debtor_agent: ParticipantId,
) -> Result<&'a Client, Refusal> {
    let handle = payment.client;
    let unknown = || Refusal::new(Code::UnknownClient, "client", format!("{handle} is not authorised"));
    let client = state.clients.get(&handle).ok_or_else(unknown)?;
    let ClientAuthorisation { sponsor, assets, corridors, payment_cap, window, valid_from, valid_until, .. } =
        &client.authorisation;
    ensure(!client.revoked, Code::ClientRevoked, "client", || format!("{handle} was revoked"))?;
    ensure(!client.frozen, Code::ClientFrozen, "client", || format!("{handle} is frozen on a legal order"))?;
    ensure(*sponsor == debtor_agent, Code::ClientOfOtherBank, "client", || {
        format!("{handle} pays through participant {sponsor}, not through {debtor_agent}")
    })?;
    ensure(*valid_from <= now && now < *valid_until, Code::ClientNotValidNow, "client", || {
        format!("{handle} is valid from {valid_from} ms until before {valid_until} ms; it is {now} ms")
    })?;
    ensure(assets.contains(&payment.asset), Code::ClientAssetNotCovered, "asset", || {
        format!("{handle} may not pay in asset {}", payment.asset)
    })?;
    ensure(corridors.contains(&payment.corridor), Code::ClientCorridorNotCovered, "corridor", || {
        format!("{handle} may not pay over {}", payment.corridor)
    })?;
    let covered = payment.amount <= *payment_cap || planted::is(Bug::ClientCapIgnored);
    ensure(covered, Code::ClientCapExceeded, "amount", || {
        format!("{} is above the client's cap of {payment_cap}", payment.amount)
    })?;
    let within = window.is_none_or(|window| client.usage.has_room(&window, now, payment.amount));
    ensure(within, Code::ClientWindowExceeded, "amount", || {
        let (cap, used) = window.map_or((Amount::ZERO, 0), |window| (window.cap, client.usage.at(&window, now)));
        format!("{} on top of {used} paid lately exceeds the client's cap of {cap}", payment.amount)
    })?;
    Ok(client)
}

/// The earliest time at which the payment may settle.
fn check_dates(state: &State, now: Timestamp, payment: &Payment, book: &InForce) -> Result<Timestamp, Refusal> {
    let last = now.plus_ms(state.meta.parameters.payment_lifetime_max_ms);
    // Saturating: the end of the calendar is the last day that may be named.
    let last_day = Date(now.date().0.saturating_add(u32::from(book.value_date_days_max())));
    ensure(payment.value_date <= last_day, Code::BadValueDate, "value_date", || {
        format!("{} is after {last_day}, the last day that the rulebook allows today", payment.value_date)
    })?;
    let starts = calendar::rules::check_value_date(state, now, payment)?;
    let ends = starts < payment.expiry && now < payment.expiry && payment.expiry <= last;
    ensure(ends, Code::BadExpiry, "expiry", || {
        format!("{} ms is not after {now} ms and {starts} ms and at most {last} ms", payment.expiry)
    })?;
    Ok(starts)
}

/// True if the money is there now. A payment of a later day takes its money on that day.
fn check_funds(
    state: &State,
    now: Timestamp,
    payment: &Payment,
    debtor: &Account,
    starts: Timestamp,
) -> Result<bool, Refusal> {
    if starts > now {
        return Ok(false);
    }
    let enough = debtor.available >= payment.amount || planted::is(Bug::FundsUnchecked);
    let waits = payment.shortfall == Shortfall::Queue;
    // Who queues does not overtake those of its account that queue already.
    let queue = state.payments.queue_of(payment.debtor_account).next();
    let is_first = queue.is_none_or(|(Reverse(priority), ..)| payment.priority > *priority);
    ensure(enough || waits, Code::InsufficientFunds, "amount", || {
        format!("{} is above the available {}", payment.amount, debtor.available)
    })?;
    Ok(enough && (is_first || !waits))
}

/// Checks that there is room for one more payment that waits.
pub(crate) fn check_room(state: &State, debtor_agent: ParticipantId) -> Result<(), Refusal> {
    let (all, own) = (state.payments.count(), state.payments.count_of(debtor_agent));
    let room = all < state.bounds.open_payments && own < state.bounds.open_payments_per_agent;
    ensure(room, Code::CapacityExceeded, "uetr", || {
        format!("{own} payments of participant {debtor_agent} and {all} of all wait for attestation already")
    })
}

/// Counts the payment and sets aside what it needs, or settles it at once where nothing is missing.
pub(crate) fn apply_payment(
    state: &mut State,
    journal: &mut Journal,
    payment: &Payment,
    plan: &PaymentPlan,
) -> Result<(), Halt> {
    let status = moved(payment.uetr, None, plan.event)?;
    count(state, journal.time, payment)?;
    licence::rules::reserve(state, payment)?;
    if status == PaymentStatus::Settled {
        return pay(state, journal, payment);
    }
    invariant(!status.is_final(), "an accepted payment is open or settled")?;
    if plan.funded {
        state.accounts.reserve(payment.debtor_account, payment.amount)?;
    }
    state.payments.open(plan.open(status, journal.time, state.references.log_size(), payment));
    Ok(())
}

/// The same for the `turn`th payment, from 1, of a bulk of which all are accepted or none: opens it
/// in any case, and tells its slot.
pub(crate) fn apply_together(
    state: &mut State,
    now: Timestamp,
    turn: u64,
    payment: &Payment,
    plan: &PaymentPlan,
) -> Result<u32, Halt> {
    count(state, now, payment)?;
    licence::rules::reserve(state, payment)?;
    state.accounts.reserve(payment.debtor_account, payment.amount)?;
    invariant(plan.funded, "a payment of a bulk has its money")?;
    // What settles at the end of the bulk stands in no queue, so nothing of the bulk waits behind it.
    let status = match moved(payment.uetr, None, plan.event)? {
        PaymentStatus::Settled => PaymentStatus::AwaitingAttestation,
        status => status,
    };
    invariant(!status.is_final(), "a payment of a bulk is open until all are accepted")?;
    let open = plan.open(status, now, state.references.log_size() + turn, payment);
    Ok(state.payments.open(open))
}

/// What a repetition of a decided reference gets: the first code and the status of today.
pub(crate) fn answer_again(state: &State, reference: &Uetr, seen: Seen) -> Option<(Code, Option<PaymentStatus>)> {
    match seen {
        Seen::New => None,
        Seen::Repeat(used) => Some((used.code, status_of(state, reference, &used))),
        Seen::Conflict => Some((Code::DuplicateReference, None)),
    }
}

/// A payment's status of today; `None` for what is no payment.
pub(crate) fn status_of(state: &State, reference: &Uetr, used: &Used) -> Option<PaymentStatus> {
    let open = || state.payments.slot_of(reference).and_then(|slot| state.payments.get(slot)).map(|open| open.status);
    used.final_status().or_else(open)
}
