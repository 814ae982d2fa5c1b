//! Taking a quote: two legs in two currencies that settle in one step. Everything that could stop
//! either leg is checked before the first booking, so no leg ever settles alone.

use corridor_types::{AccountId, Code, MovementKind, ParticipantId, Timestamp, Uetr};

use super::OpenQuote;
use crate::account::Transfer;
use crate::journal::Journal;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::{Account, Halt, limit, participant};

/// A leg's two sides.
const EXCHANGE: (MovementKind, MovementKind) = (MovementKind::ExchangeOut, MovementKind::ExchangeIn);

/// One leg with both of its accounts and their names in the operation.
struct Leg<'a> {
    transfer: Transfer,
    payer: &'a Account,
    payee: &'a Account,
    from: &'static str,
    to: &'static str,
}

/// Decides whether a quote can be taken with these accounts of the taker: that which pays, and that
/// which is paid. Gives the maker's leg and the taker's.
pub(super) fn plan_take(
    state: &State,
    now: Timestamp,
    taker: ParticipantId,
    open: &OpenQuote,
    accounts: [AccountId; 2],
    reference: Uetr,
) -> Result<[Transfer; 2], Refusal> {
    check_open_to(now, taker, open)?;
    let legs = legs(state, open, accounts, reference)?;
    legs.iter().try_for_each(check_assets)?;
    participant::rules::check_active(state, open.maker, "quote")?;
    legs.iter().try_for_each(check_freezes)?;
    legs.iter().try_for_each(check_funds)?;
    legs.iter().try_for_each(|leg| check_balance_limit(state, leg))?;
    Ok(legs.map(|leg| leg.transfer))
}

fn check_open_to(now: Timestamp, taker: ParticipantId, open: &OpenQuote) -> Result<(), Refusal> {
    let (end, reference) = (open.quote.valid_until, open.reference);
    ensure(now < end, Code::QuoteLapsed, "quote", || {
        format!("{reference} lapsed at {end} ms; it is {now} ms; ask for a new one")
    })?;
    let for_taker = open.quote.taker.is_none_or(|named| named == taker);
    ensure(for_taker && taker != open.maker, Code::QuoteForOther, "quote", || match open.quote.taker {
        Some(named) if named != taker => format!("{reference} is for participant {named}, not for {taker}"),
        _ => format!("{reference} was made by participant {taker} itself"),
    })
}

fn legs<'a>(
    state: &'a State,
    OpenQuote { quote, .. }: &OpenQuote,
    [pays_from, paid_to]: [AccountId; 2],
    reference: Uetr,
) -> Result<[Leg<'a>; 2], Refusal> {
    let leg = |(from, from_field), (to, to_field), amount| {
        let transfer = Transfer { from, to, amount, kinds: EXCHANGE, reference };
        let (payer, payee) = (account(state, from, from_field)?, account(state, to, to_field)?);
        Ok(Leg { transfer, payer, payee, from: from_field, to: to_field })
    };
    Ok([
        leg((quote.pays_from, "quote.pays_from"), (paid_to, "paid_to"), quote.pays)?,
        leg((pays_from, "pays_from"), (quote.paid_to, "quote.paid_to"), quote.paid)?,
    ])
}

/// The field is the taker's account: the maker's is what was offered.
fn check_assets(leg: &Leg<'_>) -> Result<(), Refusal> {
    let (from, to) = (leg.payer.asset, leg.payee.asset);
    let field = if leg.from.starts_with("quote") { leg.to } else { leg.from };
    ensure(from == to, Code::AssetMismatch, field, || {
        format!("account {} is in asset {from}, account {} in {to}", leg.transfer.from, leg.transfer.to)
    })
}

fn check_freezes(leg: &Leg<'_>) -> Result<(), Refusal> {
    let frozen = |id| format!("account {id} is frozen on a legal order");
    ensure(leg.payer.may_pay(), Code::AccountFrozen, leg.from, || frozen(leg.transfer.from))?;
    ensure(leg.payee.may_receive(), Code::AccountFrozen, leg.to, || frozen(leg.transfer.to))
}

fn check_funds(leg: &Leg<'_>) -> Result<(), Refusal> {
    let (amount, available) = (leg.transfer.amount, leg.payer.available);
    ensure(available >= amount, Code::InsufficientFunds, leg.from, || {
        format!("{amount} is above the available {available}")
    })
}

fn check_balance_limit(state: &State, leg: &Leg<'_>) -> Result<(), Refusal> {
    let Transfer { to, amount, .. } = leg.transfer;
    ensure(limit::rules::has_room_for(state, to, amount), Code::BalanceLimitExceeded, leg.to, || {
        format!("{amount} on top of {} exceeds what account {to} may hold", leg.payee.held())
    })
}

/// Books both legs and ends the quote.
pub(super) fn apply_take(
    state: &mut State,
    journal: &mut Journal,
    quote: &Uetr,
    legs: [Transfer; 2],
) -> Result<(), Halt> {
    let missing = || Halt::RecordMissing { table: tables::QUOTES, key: quote.to_string() };
    state.quotes.remove(quote).ok_or_else(missing)?;
    legs.into_iter().try_for_each(|leg| state.accounts.transfer(journal, leg))
}

pub(super) fn account<'a>(state: &'a State, id: AccountId, field: &'static str) -> Result<&'a Account, Refusal> {
    let unknown = || Refusal::new(Code::UnknownAccount, field, format!("there is no account {id}"));
    state.accounts.get(id).ok_or_else(unknown)
}
