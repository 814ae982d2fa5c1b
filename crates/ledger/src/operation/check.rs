//! The rules, asked ahead of time for one transaction against the state as it is.

use corridor_types::{Code, Operation, ParticipantId, Payment, Timestamp, Transaction, Uetr};

use super::authority::authenticate;
use super::families::{self, Shape};
use super::payments::check_together;
use crate::FieldRefusal;
use crate::family::Asked;
use crate::payment::pay::{check_payer, plan_payment};
use crate::payment::together::plan_funded;
use crate::references::Seen;
use crate::refusal::Refusal;
use crate::state::State;
use crate::who::list::check_list;

/// Refuses with the first rule that would refuse the transaction, or anything in it, now. A
/// repetition of what was decided passes: it will get its first answer again.
pub(crate) fn check(state: &State, transaction: &Transaction, now: Timestamp) -> Result<(), FieldRefusal> {
    let here = |refusal: Refusal| refusal.under("");
    authenticate(state, now, transaction).map_err(here)?;
    let (participant, operation) = (transaction.participant, &transaction.operation);
    match families::shape(operation) {
        Shape::One(payment) => {
            check_payment(state, now, participant, payment).map_err(|refusal| refusal.under("payment."))
        }
        Shape::Bulk(payments) => {
            check_list(payments.iter().map(|payment| payment.uetr)).map_err(here)?;
            payments.iter().enumerate().try_for_each(|(n, payment)| {
                let there = |refusal: Refusal| refusal.under(&format!("payments[{n}]."));
                check_payment(state, now, participant, payment).map_err(there)
            })
        }
        Shape::Together(payments) => {
            let is_new = check_together(state, participant, payments).map_err(here)?;
            payments.iter().enumerate().filter(|_| is_new).try_for_each(|(n, payment)| {
                let there = |refusal: Refusal| refusal.under(&format!("payments[{n}]."));
                plan_funded(state, now, payment).map(|_| ()).map_err(there)
            })
        }
        Shape::Step => operation.reference().map_or(Ok(()), |reference| {
            check_step(&Asked { state, now, participant, reference }, operation).map_err(here)
        }),
    }
}

/// What the index says: true to go on with the rules, false for a repetition.
fn is_new(seen: Seen, field: &'static str, reference: &Uetr) -> Result<bool, Refusal> {
    match seen {
        Seen::New => Ok(true),
        Seen::Repeat(_) => Ok(false),
        Seen::Conflict => {
            let detail = format!("{reference} was used with other content; choose a new one");
            Err(Refusal::new(Code::DuplicateReference, field, detail))
        }
    }
}

fn check_payment(state: &State, now: Timestamp, participant: ParticipantId, payment: &Payment) -> Result<(), Refusal> {
    check_payer(state, participant, payment)?;
    if is_new(state.references.find(&payment.uetr, &payment.content()), "uetr", &payment.uetr)? {
        plan_payment(state, now, payment)?;
    }
    Ok(())
}

fn check_step(asked: &Asked<'_>, operation: &Operation) -> Result<(), Refusal> {
    families::check_authority(operation, asked)?;
    let content = operation.content(asked.participant);
    if is_new(asked.state.references.find(&asked.reference, &content), "reference", &asked.reference)? {
        families::plan(operation, asked)?;
        families::check_parts(operation, asked)?;
    }
    Ok(())
}
