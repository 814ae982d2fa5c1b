//! Payments that are initiated, alone or in bulk: each is recognised and decided on its own.

use corridor_crypto::planted::{self, Bug};
use corridor_types::operations::SignerRule;
use corridor_types::{Code, EntryKind, IdentifiedTransaction, ParticipantId, Payment};

use super::report::{line_of_whole, report_first};
use crate::Halt;
use crate::family::Signed;
use crate::journal::{Journal, Line, Origin};
use crate::payment::pay::{answer_again, apply_payment, check_payer, plan_payment};
use crate::payment::together::accept;
use crate::references::Seen;
use crate::refusal::{Refusal, ensure};
use crate::rulebook::rules::in_force;
use crate::state::State;
use crate::transition::{PaymentEvent, transition};
use crate::who::given::{Given, check_payers};
use crate::who::list::check_list;

/// Checks that those signed who may give so much away.
pub(super) fn check_signers(payments: &[Payment], rule: SignerRule, signed: &Signed<'_>) -> Result<(), Refusal> {
    let given = Given::sum(payments.iter().map(|payment| (payment.asset, payment.amount)));
    check_payers(signed, rule, &given)
}

pub(super) fn decide_payment(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    payment: &Payment,
) -> Result<(), Halt> {
    let (kind, reference, content) = (EntryKind::Pay, payment.uetr, payment.content());
    let rules = in_force(state, journal.time, payment.corridor).versions;
    let line = |code, status| Line { kind, reference, content, status, code, rules };
    if let Err(refusal) = check_payer(state, origin.participant, payment) {
        journal.add(origin, line(refusal.code, None));
        return Ok(());
    }
    let seen = state.references.find(&reference, &content);
    if let Some((code, status)) =
        answer_again(state, &reference, seen).filter(|_| !planted::is(Bug::PaymentSettlesAgain))
    {
        journal.add(origin, line(code, status));
        return Ok(());
    }
    let plan = plan_payment(state, journal.time, payment);
    // From here on nothing is refused.
    let (code, event) = match &plan {
        Ok(plan) => (Code::Ok, plan.event()),
        Err(refusal) => (refusal.code, PaymentEvent::Refuse),
    };
    report_first(state, journal, origin, line(code, transition(None, event)));
    journal.payments.push(payment.clone());
    plan.map_or(Ok(()), |plan| apply_payment(state, journal, payment, &plan))
}

/// Decides the payments of a bulk, each on its own.
pub(super) fn decide_bulk(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    item: &IdentifiedTransaction,
    payments: &[Payment],
) -> Result<(), Halt> {
    match check_list(payments.iter().map(|payment| payment.uetr)) {
        Ok(()) => payments.iter().try_for_each(|payment| decide_payment(state, journal, origin, payment)),
        Err(refusal) => {
            journal.add(origin, line_of_whole(item, refusal.code));
            Ok(())
        }
    }
}

/// Decides a bulk of which all payments are accepted or none. It is new, or repeated, as a whole.
pub(super) fn decide_together(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    item: &IdentifiedTransaction,
    payments: &[Payment],
) -> Result<(), Halt> {
    let newness = check_together(state, origin.participant, payments);
    match newness {
        Err(refusal) => {
            journal.add(origin, line_of_whole(item, refusal.code));
            return Ok(());
        }
        // A repetition: each payment gets its answer again.
        Ok(false) => return payments.iter().try_for_each(|payment| decide_payment(state, journal, origin, payment)),
        Ok(true) => {}
    }
    let decided = match accept(state, journal, payments)? {
        Ok(events) => events.into_iter().map(|event| (Code::Ok, event)).collect(),
        Err(codes) => codes.into_iter().map(|code| (code, PaymentEvent::Refuse)).collect::<Vec<_>>(),
    };
    for (payment, (code, event)) in payments.iter().zip(decided) {
        let (kind, reference, content) = (EntryKind::Pay, payment.uetr, payment.content());
        let (rules, status) = (in_force(state, journal.time, payment.corridor).versions, transition(None, event));
        report_first(state, journal, origin, Line { kind, reference, content, status, code, rules });
        journal.payments.push(payment.clone());
    }
    Ok(())
}

/// True if no payment of the bulk was seen before, false if all were, with the same content.
pub(super) fn check_together(state: &State, participant: ParticipantId, payments: &[Payment]) -> Result<bool, Refusal> {
    check_list(payments.iter().map(|payment| payment.uetr))?;
    payments.iter().try_for_each(|payment| check_payer(state, participant, payment))?;
    let seen = |payment: &&Payment| state.references.find(&payment.uetr, &payment.content());
    let new = payments.iter().filter(|payment| seen(payment) == Seen::New).count();
    let repeated = payments.iter().filter(|payment| matches!(seen(payment), Seen::Repeat(_))).count();
    ensure(new == payments.len() || repeated == payments.len(), Code::DuplicateReference, "payments", || {
        format!("{} of {} references were used before; choose new ones", payments.len() - new, payments.len())
    })?;
    Ok(repeated == 0)
}
