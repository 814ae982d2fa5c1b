//! From a transaction to its entries: authenticate, recognise repetitions, decide, write.

use corridor_crypto::planted::{self, Bug};
use corridor_types::{Code, IdentifiedTransaction};

use super::authority::authenticate;
use super::families::{self, Shape};
use super::payments::{decide_bulk, decide_payment, decide_together};
use super::report::{line_of_whole, report_first};
use crate::Halt;
use crate::family::{Asked, Doing};
use crate::journal::{Journal, Line, Origin};
use crate::payment::pay::answer_again;
use crate::state::State;

/// Executes one transaction.
pub(crate) fn decide(state: &mut State, journal: &mut Journal, item: &IdentifiedTransaction) -> Result<(), Halt> {
    let transaction = &item.transaction;
    let origin = Origin { transaction: item.id, participant: transaction.participant };
    if let Err(refusal) = authenticate(state, journal.time, transaction) {
        journal.add(origin, line_of_whole(item, refusal.code));
        return Ok(());
    }
    match families::shape(&transaction.operation) {
        Shape::One(payment) => decide_payment(state, journal, origin, payment),
        Shape::Bulk(payments) => decide_bulk(state, journal, origin, item, payments),
        Shape::Together(payments) => decide_together(state, journal, origin, item, payments),
        Shape::Step => decide_step(state, journal, origin, item),
    }
}

fn decide_step(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    item: &IdentifiedTransaction,
) -> Result<(), Halt> {
    let operation = &item.transaction.operation;
    let line = line_of_whole(item, Code::Ok);
    let asked = Asked { state, now: journal.time, participant: origin.participant, reference: line.reference };
    if let Err(refusal) = families::check_authority(operation, &asked) {
        journal.add(origin, Line { code: refusal.code, ..line });
        return Ok(());
    }
    let seen = state.references.find(&line.reference, &line.content);
    if let Some((code, status)) =
        answer_again(state, &line.reference, seen).filter(|_| !planted::is(Bug::IssueRepeated))
    {
        journal.add(origin, Line { code, status, ..line });
        return Ok(());
    }
    let plan = families::plan(operation, &asked);
    // From here on nothing is refused.
    let code = plan.as_ref().map_or_else(|refusal| refusal.code, |_| Code::Ok);
    report_first(state, journal, origin, Line { code, ..line });
    let doing = Doing { state, journal, origin, reference: line.reference };
    plan.map_or(Ok(()), |plan| families::apply(doing, plan))
}
