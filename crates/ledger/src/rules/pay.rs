//! Payments: every rule between a submission and the reservation of its funds, in order.

use corridor_crypto::planted::{self, Bug};
use corridor_types::{
    AccountId, Amount, ClientAuthorisation, Code, Control, ParticipantId, Payment, PaymentStatus, Timestamp,
};

use super::authority::check_owner;
use crate::references::{Seen, Used};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::transition::{PaymentEvent, transition};
use crate::{Account, Halt, OpenPayment};

/// A payment that passed every rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PaymentPlan {
    event: PaymentEvent,
    debtor_agent: ParticipantId,
    creditor_agent: ParticipantId,
}

impl PaymentPlan {
    pub const fn event(&self) -> PaymentEvent {
        self.event
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
    check_client(state, now, payment, debtor.owner)?;
    check_dates(state, now, payment)?;
    check_control(payment)?;
    check_funds(payment, debtor)?;
    let (debtor_agent, creditor_agent) = (debtor.owner, creditor.owner);
    if payment.amount <= creditor.standing_consent || planted::is(Bug::ConsentTakenForGiven) {
        return Ok(PaymentPlan { event: PaymentEvent::AcceptWithConsent, debtor_agent, creditor_agent });
    }
    check_room(state, debtor_agent)?;
    Ok(PaymentPlan { event: PaymentEvent::Accept, debtor_agent, creditor_agent })
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

fn check_client(state: &State, now: Timestamp, payment: &Payment, debtor_agent: ParticipantId) -> Result<(), Refusal> {
    let handle = payment.client;
    let unknown = || Refusal::new(Code::UnknownClient, "client", format!("{handle} is not authorised"));
    let client = state.clients.get(&handle).ok_or_else(unknown)?;
    let ClientAuthorisation { sponsor, assets, corridors, payment_cap, valid_from, valid_until, .. } =
        &client.authorisation;
    ensure(!client.revoked, Code::ClientRevoked, "client", || format!("{handle} was revoked"))?;
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
    })
}

fn check_dates(state: &State, now: Timestamp, payment: &Payment) -> Result<(), Refusal> {
    let (today, last) = (now.date(), now.plus_ms(state.parameters.payment_lifetime_max_ms));
    ensure(payment.value_date <= today, Code::BadValueDate, "value_date", || {
        format!("{} is after today, {today}", payment.value_date)
    })?;
    ensure(now < payment.expiry && payment.expiry <= last, Code::BadExpiry, "expiry", || {
        format!("{} ms is not after {now} ms and at most {last} ms", payment.expiry)
    })
}

fn check_control(payment: &Payment) -> Result<(), Refusal> {
    match &payment.control {
        Control::NotControlled => Ok(()),
        // The table of licences comes with licence control; until then none is known.
        Control::Controlled { licences } => {
            let first = licences.first().map_or("none is named".to_owned(), |used| used.licence.to_string());
            Err(Refusal::new(Code::UnknownLicence, "control", format!("unknown licence: {first}")))
        }
    }
}

fn check_funds(payment: &Payment, debtor: &Account) -> Result<(), Refusal> {
    let enough = debtor.available >= payment.amount || planted::is(Bug::FundsUnchecked);
    ensure(enough, Code::InsufficientFunds, "amount", || {
        format!("{} is above the available {}", payment.amount, debtor.available)
    })
}

fn check_room(state: &State, debtor_agent: ParticipantId) -> Result<(), Refusal> {
    let (all, own) = (state.payments.count(), state.payments.count_of(debtor_agent));
    let room = all < state.limits.open_payments && own < state.limits.open_payments_per_agent;
    ensure(room, Code::CapacityExceeded, "uetr", || {
        format!("{own} payments of participant {debtor_agent} and {all} of all wait for attestation already")
    })
}

/// Reserves the funds, or settles at once where the creditor agent consented in advance.
pub(crate) fn apply_payment(state: &mut State, payment: &Payment, plan: PaymentPlan) -> Result<(), Halt> {
    let Payment { debtor_account, creditor_account, amount, .. } = *payment;
    let PaymentPlan { event, debtor_agent, creditor_agent } = plan;
    match transition(None, event) {
        Some(PaymentStatus::Settled) => state.accounts.transfer(debtor_account, creditor_account, amount),
        Some(status) => {
            state.accounts.reserve(debtor_account, amount)?;
            state.payments.open(OpenPayment { status, debtor_agent, creditor_agent, payment: payment.clone() });
            Ok(())
        }
        None => Ok(()),
    }
}

/// What a repetition of a decided reference gets: the first code and the status of today.
pub(crate) fn answer_again(seen: Seen) -> Option<(Code, Option<PaymentStatus>)> {
    match seen {
        Seen::New => None,
        Seen::Repeat(Used { code, status, .. }) => Some((code, status)),
        Seen::Conflict => Some((Code::DuplicateReference, None)),
    }
}
