//! The rules of limits, and what payments ask them.

use corridor_types::operations::{Limit, LimitScope, LimitStep, Window};
use corridor_types::{AccountId, Amount, AssetId, Code, ParticipantId, Payment, Timestamp};

use super::LimitRecord;
use crate::family::{Asked, Doing, Family};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::usage::Usage;
use crate::who::owners::{check_issuer, unknown_participant};
use crate::{Account, Halt};

const fn scope(step: &LimitStep) -> &LimitScope {
    match step {
        LimitStep::Set { limit } => &limit.scope,
        LimitStep::Remove { scope } => scope,
    }
}

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    /// To put a limit in force.
    Set(LimitRecord),
    /// To end one.
    Remove(&'a LimitScope),
}

impl Family for LimitStep {
    type Planned<'a> = Planned<'a>;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        let asset = match scope(self) {
            LimitScope::Account { account } => state.accounts.get(*account).map(|account| account.asset),
            LimitScope::Bank { asset, .. } | LimitScope::Corridor { asset, .. } | LimitScope::Asset { asset } => {
                Some(*asset)
            }
        };
        asset.map_or(Ok(()), |asset| check_issuer(state, participant, asset))
    }

    fn plan<'a>(&'a self, &Asked { state, now, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            LimitStep::Set { limit } => {
                check_scope(state, &limit.scope)?;
                check_form(limit)?;
                let (known, bound) = (state.limits.get(&limit.scope), state.bounds.limits);
                ensure(known.is_some() || state.limits.count() < bound, Code::CapacityExceeded, "step.limit", || {
                    format!("there are {bound} limits; remove one")
                })?;
                Ok(Planned::Set(successor(known, limit, now)))
            }
            LimitStep::Remove { scope } => {
                ensure(state.limits.get(scope).is_some(), Code::UnknownLimit, "step.scope", || {
                    "there is no limit with this scope".to_owned()
                })?;
                Ok(Planned::Remove(scope))
            }
        }
    }

    fn apply(Doing { state, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Set(record) => state.limits.set(record),
            Planned::Remove(scope) => state.limits.remove(scope),
        }
        Ok(())
    }
}

fn check_scope(state: &State, scope: &LimitScope) -> Result<(), Refusal> {
    match scope {
        LimitScope::Account { account } => {
            ensure(state.accounts.get(*account).is_some(), Code::UnknownAccount, "step.limit.scope.account", || {
                format!("there is no account {account}")
            })
        }
        LimitScope::Bank { participant, asset } => {
            let unknown = || unknown_participant("step.limit.scope.participant", *participant);
            state.participant(*participant).ok_or_else(unknown)?;
            check_asset(state, *asset)
        }
        LimitScope::Corridor { asset, .. } | LimitScope::Asset { asset } => check_asset(state, *asset),
    }
}

fn check_asset(state: &State, asset: AssetId) -> Result<(), Refusal> {
    ensure(state.assets.get(asset).is_some(), Code::UnknownAsset, "step.limit.scope.asset", || {
        format!("there is no asset {asset}")
    })
}

fn check_form(limit: &Limit) -> Result<(), Refusal> {
    let Limit { scope, balance_max, payment_max, window } = limit;
    let limits_something = balance_max.is_some() || payment_max.is_some() || window.is_some();
    ensure(limits_something, Code::LimitMalformed, "step.limit", || {
        "it limits nothing; set balance_max, payment_max or window, or remove the limit".to_owned()
    })?;
    ensure(
        window.is_none_or(|window| window.length_ms > 0),
        Code::LimitMalformed,
        "step.limit.window.length_ms",
        || "0; it must be above zero".to_owned(),
    )?;
    let is_account = matches!(scope, LimitScope::Account { .. });
    ensure(is_account || balance_max.is_none(), Code::LimitMalformed, "step.limit.balance_max", || {
        "only the balance of one account can be limited; leave it out".to_owned()
    })
}

/// The record of a limit that is set now. What was paid goes on counting if it can be.
fn successor(known: Option<&LimitRecord>, limit: &Limit, now: Timestamp) -> LimitRecord {
    let length = |window: Option<Window>| window.map(|window| window.length_ms);
    match known.filter(|known| limit.window.is_some() && length(known.limit.window) == length(limit.window)) {
        Some(known) => LimitRecord { limit: *limit, ..known.clone() },
        None => LimitRecord { limit: *limit, since: now, usage: Usage::default() },
    }
}

/// The scopes whose limits a payment is under, the narrowest first.
const fn scopes(payment: &Payment, debtor_agent: ParticipantId) -> [LimitScope; 4] {
    let Payment { debtor_account: account, asset, corridor, .. } = *payment;
    [
        LimitScope::Account { account },
        LimitScope::Bank { participant: debtor_agent, asset },
        LimitScope::Corridor { corridor, asset },
        LimitScope::Asset { asset },
    ]
}

/// Checks a payment against the limits per payment and over stretches of time, and that the
/// creditor account could ever take it.
pub(crate) fn check(
    state: &State,
    now: Timestamp,
    payment: &Payment,
    debtor_agent: ParticipantId,
) -> Result<(), Refusal> {
    if state.limits.is_empty() {
        return Ok(());
    }
    let records = scopes(payment, debtor_agent).map(|scope| state.limits.get(&scope));
    records.into_iter().flatten().try_for_each(|record| check_one(record, now, payment.amount))?;
    let Some(max) = balance_max(state, payment.creditor_account) else { return Ok(()) };
    ensure(payment.amount <= max, Code::BalanceLimitExceeded, "amount", || {
        format!("{} is above {max}, the most that account {} may hold", payment.amount, payment.creditor_account)
    })
}

fn check_one(LimitRecord { limit, usage, .. }: &LimitRecord, now: Timestamp, amount: Amount) -> Result<(), Refusal> {
    let scope = limit.scope;
    if let Some(max) = limit.payment_max {
        ensure(amount <= max, Code::PaymentLimitExceeded, "amount", || {
            format!("{amount} is above {max} per payment, the limit of {scope:?}")
        })?;
    }
    let Some(window) = limit.window else { return Ok(()) };
    ensure(usage.has_room(&window, now, amount), Code::WindowLimitExceeded, "amount", || {
        let (cap, length, used) = (window.cap, window.length_ms, usage.at(&window, now));
        format!("{amount} on top of {used} paid lately exceeds {cap} in {length} ms, the limit of {scope:?}; pay later")
    })
}

/// Counts an accepted payment.
pub(crate) fn count(state: &mut State, now: Timestamp, payment: &Payment) {
    edit_windows(state, payment, |record, window| record.usage.count(&window, now, payment.amount));
}

/// Takes `amount` of a payment that was accepted at `then` back, where it was counted.
pub(crate) fn uncount(state: &mut State, then: Timestamp, payment: &Payment, amount: Amount) {
    edit_windows(state, payment, |record, window| {
        if record.since < then {
            record.usage.uncount(&window, then, amount);
        }
    });
}

/// Takes back all of a payment that was counted in this block and is refused after all, where the
/// limit began in this very block. The others are [`uncount`]'s.
pub(crate) fn uncount_refused(state: &mut State, now: Timestamp, payment: &Payment) {
    edit_windows(state, payment, |record, window| {
        if record.since == now {
            record.usage.uncount(&window, now, payment.amount);
        }
    });
}

/// Changes the limits over stretches of time that a payment is under.
fn edit_windows(state: &mut State, payment: &Payment, change: impl Fn(&mut LimitRecord, Window)) {
    if state.limits.is_empty() {
        return;
    }
    let Some(debtor_agent) = state.accounts.get(payment.debtor_account).map(|account| account.owner) else { return };
    for scope in scopes(payment, debtor_agent) {
        let Some(window) = state.limits.get(&scope).and_then(|record| record.limit.window) else { continue };
        if let Some(record) = state.limits.edit(&scope) {
            change(record, window);
        }
    }
}

fn balance_max(state: &State, account: AccountId) -> Option<Amount> {
    state.limits.get(&LimitScope::Account { account })?.limit.balance_max
}

/// How much more the account may hold, in minor units; `None` if that is not limited.
pub(crate) fn room(state: &State, account: AccountId) -> Option<u128> {
    let max = u128::from(balance_max(state, account)?.0);
    // Saturating: a limit may be set below what the account holds, and then there is no room.
    Some(max.saturating_sub(state.accounts.get(account).map_or(0, Account::held)))
}

/// True if the account may hold `amount` more.
pub(crate) fn has_room_for(state: &State, account: AccountId, amount: Amount) -> bool {
    room(state, account).is_none_or(|room| u128::from(amount.0) <= room)
}
