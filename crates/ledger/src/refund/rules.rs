//! The rules of returns and recalls.

use corridor_types::operations::{RefundStep, SignerRule};
use corridor_types::{AccountId, Amount, Code, MovementKind, ParticipantId, Payment, PaymentStatus, Timestamp, Uetr};

use crate::account::Transfer;
use crate::family::{Asked, Doing, Family, Signed};
use crate::halt::invariant;
use crate::limit::rules::has_room_for;
use crate::payment::lifecycle::uncount;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::who::given::{Given, check_payers};
use crate::who::signers::no_rule;
use crate::{Account, Halt, Used, licence};

const RETURNED: (MovementKind, MovementKind) = (MovementKind::ReturnOut, MovementKind::ReturnIn);

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    /// To give money back. The payment was accepted at a time.
    Return { original: &'a Payment, creditor_agent: ParticipantId, amount: Amount, accepted: Timestamp },
    /// To ask for money.
    Recall { payment: Uetr, creditor_agent: ParticipantId, reason: Code },
    /// To answer that it is not given.
    RefuseRecall { payment: &'a Uetr },
}

impl Family for RefundStep {
    type Planned<'a> = Planned<'a>;

    fn check_signers(&self, rule: SignerRule, signed: &Signed<'_>) -> Result<(), Refusal> {
        match self {
            // Who names another asset than the payment's is refused by the rules.
            Self::Return { original, amount, .. } => {
                check_payers(signed, rule, &Given::sum([(original.asset, *amount)]))
            }
            Self::Recall { .. } | Self::RefuseRecall { .. } => Err(no_rule(rule)),
        }
    }

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        let owner = |account| state.accounts.get(account).map(|account| account.owner);
        let (agent, code, field) = match self {
            RefundStep::Return { original, .. } => {
                (owner(original.creditor_account), Code::NotCreditorAgent, "step.original.creditor_account")
            }
            RefundStep::Recall { original, .. } => {
                (owner(original.debtor_account), Code::NotDebtorAgent, "step.original.debtor_account")
            }
            RefundStep::RefuseRecall { payment, .. } => {
                let agent = state.refunds.get(payment).map(|refund| refund.creditor_agent);
                (agent, Code::NotCreditorAgent, "step.payment")
            }
        };
        let Some(agent) = agent else { return Ok(()) };
        ensure(agent == participant, code, field, || format!("that is participant {agent}, not {participant}"))
    }

    fn plan<'a>(&'a self, &Asked { state, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            RefundStep::Return { original, amount, reason } => {
                check_creditor_reason(*reason)?;
                let used = check_original(state, original)?;
                let creditor_agent = check_return(state, original, *amount)?;
                check_capacity(state, &original.uetr)?;
                Ok(Planned::Return { original, creditor_agent, amount: *amount, accepted: used.time })
            }
            RefundStep::Recall { original, reason } => {
                ensure(reason.is_officer_reason(), Code::ReasonNotAllowed, "step.reason", || {
                    format!("{reason} is not a reason of officers; choose one of the codes from 300 on")
                })?;
                check_original(state, original)?;
                check_recall(state, original)?;
                check_capacity(state, &original.uetr)?;
                let creditor_agent = account(state, original.creditor_account, "step.original.creditor_account")?.owner;
                Ok(Planned::Recall { payment: original.uetr, creditor_agent, reason: *reason })
            }
            RefundStep::RefuseRecall { payment, reason } => {
                check_creditor_reason(*reason)?;
                let recall = state.refunds.get(payment).and_then(|refund| refund.recall);
                ensure(recall.is_some(), Code::UnknownRecall, "step.payment", || {
                    format!("{payment} was not recalled, or the recall was answered")
                })?;
                Ok(Planned::RefuseRecall { payment })
            }
        }
    }

    fn apply(Doing { state, journal, reference, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Return { original, creditor_agent, amount, accepted } => {
                let (from, to) = (original.creditor_account, original.debtor_account);
                state.accounts.transfer(journal, Transfer { from, to, amount, kinds: RETURNED, reference })?;
                let (before, after) = record_return(state, original, creditor_agent, amount)?;
                licence::rules::restore(state, original, before, after)?;
                uncount(state, original, accepted, amount)
            }
            Planned::Recall { payment, creditor_agent, reason } => {
                let refund = state.refunds.begin(payment, creditor_agent).ok_or_else(|| missing(&payment))?;
                invariant(refund.recall.is_none(), "one recall of a payment waits at a time")?;
                refund.recall = Some(reason);
                Ok(())
            }
            Planned::RefuseRecall { payment } => {
                let refund = state.refunds.edit(payment).ok_or_else(|| missing(payment))?;
                invariant(refund.recall.is_some(), "what is refused was recalled")?;
                refund.recall = None;
                Ok(())
            }
        }
    }
}

fn check_creditor_reason(reason: Code) -> Result<(), Refusal> {
    ensure(reason.is_creditor_reason(), Code::ReasonNotAllowed, "step.reason", || {
        format!("{reason} is not a reason of a creditor agent; choose one of the codes from 200 to 299")
    })
}

/// The reference under which exactly this payment settled.
fn check_original<'a>(state: &'a State, original: &Payment) -> Result<&'a Used, Refusal> {
    let uetr = &original.uetr;
    let unknown = || Refusal::new(Code::UnknownPayment, "step.original.uetr", format!("there is no payment {uetr}"));
    let used = state.references.get(uetr).filter(|used| used.status.is_some()).ok_or_else(unknown)?;
    ensure(used.content == original.content(), Code::OriginalMismatch, "step.original", || {
        format!("its content is not that of {uetr}, {}; hand in the payment as it was submitted", used.content)
    })?;
    let status = used.final_status();
    ensure(status == Some(PaymentStatus::Settled), Code::NotSettled, "step.original.uetr", || {
        format!("{uetr} {}", status.map_or_else(|| "is still open".to_owned(), |status| format!("is {status}")))
    })?;
    Ok(used)
}

/// What was returned of a payment so far.
fn returned(state: &State, uetr: &Uetr) -> Amount {
    state.refunds.get(uetr).map_or(Amount::ZERO, |refund| refund.returned)
}

fn account<'a>(state: &'a State, id: AccountId, field: &'static str) -> Result<&'a Account, Refusal> {
    let unknown = || Refusal::new(Code::UnknownAccount, field, format!("there is no account {id}"));
    state.accounts.get(id).ok_or_else(unknown)
}

/// Checks the money of a return, and tells whose it is.
fn check_return(state: &State, original: &Payment, amount: Amount) -> Result<ParticipantId, Refusal> {
    ensure(amount > Amount::ZERO, Code::AmountZero, "step.amount", || "0; it must be above zero".to_owned())?;
    let before = returned(state, &original.uetr);
    let within = before.checked_add(amount).is_some_and(|after| after <= original.amount);
    ensure(within, Code::ReturnAboveOriginal, "step.amount", || {
        format!("{amount} on top of {before} returned already exceeds the original {}", original.amount)
    })?;
    let (from_field, to_field) = ("step.original.creditor_account", "step.original.debtor_account");
    let from = account(state, original.creditor_account, from_field)?;
    let to = account(state, original.debtor_account, to_field)?;
    let frozen = |id| format!("account {id} is frozen on a legal order");
    ensure(from.may_pay(), Code::AccountFrozen, from_field, || frozen(original.creditor_account))?;
    ensure(to.may_receive(), Code::AccountFrozen, to_field, || frozen(original.debtor_account))?;
    ensure(from.available >= amount, Code::InsufficientFunds, "step.amount", || {
        format!("{amount} is above the available {}", from.available)
    })?;
    ensure(has_room_for(state, original.debtor_account, amount), Code::BalanceLimitExceeded, "step.amount", || {
        let (id, held) = (original.debtor_account, to.held());
        format!("{amount} on top of {held} exceeds the balance limit of account {id}; return less, or later")
    })?;
    Ok(from.owner)
}

fn check_recall(state: &State, original: &Payment) -> Result<(), Refusal> {
    let uetr = &original.uetr;
    let waiting = state.refunds.get(uetr).and_then(|refund| refund.recall);
    ensure(waiting.is_none(), Code::AlreadyRecalled, "step.original.uetr", || {
        format!("{uetr} was recalled, and the creditor agent has not answered yet")
    })?;
    ensure(returned(state, uetr) < original.amount, Code::ReturnAboveOriginal, "step.original.uetr", || {
        format!("all {} of {uetr} were returned already", original.amount)
    })
}

fn check_capacity(state: &State, uetr: &Uetr) -> Result<(), Refusal> {
    let (known, bound) = (state.refunds.get(uetr).is_some(), state.bounds.refunds);
    ensure(known || state.refunds.slots.len() < bound, Code::CapacityExceeded, "step.original.uetr", || {
        format!("{bound} payments were returned or recalled already")
    })
}

/// Writes a return down, and tells the sum of all before it and with it. It answers a recall.
fn record_return(
    state: &mut State,
    original: &Payment,
    creditor_agent: ParticipantId,
    amount: Amount,
) -> Result<(Amount, Amount), Halt> {
    let missing = || missing(&original.uetr);
    let refund = state.refunds.begin(original.uetr, creditor_agent).ok_or_else(missing)?;
    let before = refund.returned;
    refund.returned = before.checked_add(amount).ok_or_else(missing)?;
    invariant(refund.returned <= original.amount, "no more is returned than was paid")?;
    refund.recall = None;
    Ok((before, refund.returned))
}

fn missing(payment: &Uetr) -> Halt {
    Halt::RecordMissing { table: tables::REFUNDS, key: payment.to_string() }
}
