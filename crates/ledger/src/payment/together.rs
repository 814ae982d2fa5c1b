//! Bulks of which all payments are accepted or none.
//!
//! Each payment is accepted after the ones before it, so that they share balances, caps and
//! licences as they would one by one. If one is refused, those before it are given back in full and
//! nothing but the rejections is reported.

use corridor_types::{Code, Payment, PaymentStatus};

use super::lifecycle::{give_back, settle};
use super::pay::{PaymentPlan, apply_together, check_room, plan_payment};
use crate::halt::invariant;
use crate::journal::Journal;
use crate::limit::rules::{has_room_for, uncount_refused};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::transition::PaymentEvent;
use crate::{Halt, OpenPayment};

/// A payment that must not wait for money. One that lacks nothing may come to wait for room on its
/// creditor account, so it needs a place in the table like the others.
pub(crate) fn plan_funded(
    state: &State,
    now: corridor_types::Timestamp,
    payment: &Payment,
) -> Result<PaymentPlan, Refusal> {
    let plan = plan_payment(state, now, payment)?;
    ensure(plan.is_funded(), Code::InsufficientFunds, "amount", || {
        format!("{} would have to wait; all payments of this bulk or none", payment.amount)
    })?;
    check_room(state, plan.debtor_agent())?;
    Ok(plan)
}

/// Accepts all, or none: then the code of each.
pub(crate) fn accept(
    state: &mut State,
    journal: &mut Journal,
    payments: &[Payment],
) -> Result<Result<Vec<PaymentEvent>, Vec<Code>>, Halt> {
    let mut accepted = Vec::with_capacity(payments.len());
    for (n, payment) in payments.iter().enumerate() {
        match plan_funded(state, journal.time, payment) {
            Ok(plan) => {
                // One above: a payment that came alone just before has the place of the log's size.
                let slot = apply_together(state, journal.time, n as u64 + 1, payment, &plan)?;
                accepted.push((slot, plan.event()));
            }
            Err(refusal) => {
                accepted.iter().try_for_each(|(slot, _)| take_back(state, *slot))?;
                let code = |m| if m == n { refusal.code } else { Code::BulkRefused };
                return Ok(Err((0..payments.len()).map(code).collect()));
            }
        }
    }
    let settle = |(slot, event)| match event {
        PaymentEvent::AcceptSettled => settle_or_queue(state, journal, slot),
        event => Ok(event),
    };
    accepted.into_iter().map(settle).collect::<Result<_, _>>().map(Ok)
}

/// Settles a payment that lacked nothing when it was accepted, unless those before it in the bulk
/// took the room on its creditor account: then it waits for room like any other.
fn settle_or_queue(state: &mut State, journal: &mut Journal, slot: u32) -> Result<PaymentEvent, Halt> {
    let payment = &state.payments.get(slot).ok_or_else(|| missing(slot))?.payment;
    if !has_room_for(state, payment.creditor_account, payment.amount) {
        let wait = |open: &mut OpenPayment| open.status = PaymentStatus::Queued;
        state.payments.update(slot, wait).ok_or_else(|| missing(slot))?;
        return Ok(PaymentEvent::AcceptQueued);
    }
    let open = state.payments.remove(slot).ok_or_else(|| missing(slot))?;
    invariant(open.funded, "what settles at the end of a bulk had its money set aside")?;
    settle(state, journal, &open)?;
    Ok(PaymentEvent::AcceptSettled)
}

fn missing(slot: u32) -> Halt {
    Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() }
}

fn take_back(state: &mut State, slot: u32) -> Result<(), Halt> {
    let open = state.payments.remove(slot).ok_or_else(|| missing(slot))?;
    give_back(state, &open)?;
    uncount_refused(state, open.accepted, &open.payment);
    Ok(())
}
