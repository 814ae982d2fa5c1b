//! From a transaction to its entries: authenticate, recognise repetitions, decide, write.

use corridor_crypto::planted::{self, Bug};
use corridor_types::{Code, EntryKind, IdentifiedTransaction, Operation, ParticipantId, Payment, RuleVersions, Uetr};

use crate::journal::{Journal, Line, Origin};
use crate::operation::plan::{apply, plan};
use crate::payment::pay::{answer_again, apply_payment, check_payer, plan_payment};
use crate::payment::together::accept;
use crate::references::{Seen, Used};
use crate::refusal::{Refusal, ensure};
use crate::rulebook::rules::in_force;
use crate::state::State;
use crate::transition::{PaymentEvent, transition};
use crate::who::list::check_list;
use crate::who::owners::{authenticate, check_authority};
use crate::{
    Halt, exchange, governance, hold, licence, limit, order, participant, programme, queue, refund, screening,
};

/// Executes one transaction.
pub(crate) fn decide(state: &mut State, journal: &mut Journal, item: &IdentifiedTransaction) -> Result<(), Halt> {
    let transaction = &item.transaction;
    let origin = Origin { transaction: item.id, participant: transaction.participant };
    if let Err(refusal) = authenticate(state, journal.time, transaction) {
        journal.add(origin, line_of_whole(item, refusal.code));
        return Ok(());
    }
    match &transaction.operation {
        Operation::Pay { payment } => decide_payment(state, journal, origin, payment),
        Operation::PayBulk { payments } => match check_list(payments.iter().map(|payment| payment.uetr)) {
            Ok(()) => payments.iter().try_for_each(|payment| decide_payment(state, journal, origin, payment)),
            Err(refusal) => {
                journal.add(origin, line_of_whole(item, refusal.code));
                Ok(())
            }
        },
        Operation::PayTogether { payments } => decide_together(state, journal, origin, item, payments),
        operation => decide_operation(state, journal, origin, item, operation),
    }
}

pub(crate) const fn kind(operation: &Operation) -> EntryKind {
    match operation {
        Operation::Issue { .. } => EntryKind::Issue,
        Operation::Redeem { .. } => EntryKind::Redeem,
        Operation::OpenAccount { .. } => EntryKind::OpenAccount,
        Operation::AuthoriseClient { .. } => EntryKind::AuthoriseClient,
        Operation::RevokeClient { .. } => EntryKind::RevokeClient,
        Operation::SetStandingConsent { .. } => EntryKind::SetStandingConsent,
        Operation::Pay { .. } | Operation::PayBulk { .. } | Operation::PayTogether { .. } => EntryKind::Pay,
        Operation::Attest { .. } => EntryKind::Attest,
        Operation::Reject { .. } => EntryKind::Reject,
        Operation::Cancel { .. } => EntryKind::Cancel,
        Operation::DeclareCandidate { .. } => EntryKind::DeclareCandidate,
        Operation::ChangeValidators { .. } => EntryKind::ChangeValidators,
        Operation::RegisterNode { .. } => EntryKind::RegisterNode,
        Operation::RemoveNode { .. } => EntryKind::RemoveNode,
        Operation::Participant { step, .. } => participant::rules::kind(step),
        Operation::Programme { step, .. } => programme::rules::kind(step),
        Operation::Licence { step, .. } => licence::rules::kind(step),
        Operation::Screening { step, .. } => screening::rules::kind(step),
        Operation::Hold { step, .. } => hold::rules::kind(step),
        Operation::Order { step, .. } => order::rules::kind(step),
        Operation::Limit { step, .. } => limit::rules::kind(step),
        Operation::Refund { step, .. } => refund::rules::kind(step),
        Operation::Exchange { step, .. } => exchange::rules::kind(step),
        Operation::Queue { step, .. } => queue::rules::kind(step),
        Operation::Governance { step, .. } => governance::rules::kind(step),
        Operation::SetCalendar { .. } => EntryKind::SetCalendar,
        Operation::RecordAccess { .. } => EntryKind::RecordAccess,
    }
}

/// The reference of an operation; an empty bulk has none and gets one made of its identifier.
fn reference(item: &IdentifiedTransaction) -> Uetr {
    item.transaction.operation.reference().unwrap_or_else(|| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&item.id.as_bytes()[..16]);
        Uetr::from_random(bytes)
    })
}

/// The entry about a transaction as a whole. It has no payment status, not even for a payment:
/// what it refuses was never looked at.
fn line_of_whole(item: &IdentifiedTransaction, code: Code) -> Line {
    let operation = &item.transaction.operation;
    let content = operation.content(item.transaction.participant);
    Line {
        kind: kind(operation),
        reference: reference(item),
        content,
        status: None,
        code,
        rules: RuleVersions::default(),
    }
}

fn decide_operation(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    item: &IdentifiedTransaction,
    operation: &Operation,
) -> Result<(), Halt> {
    let line = line_of_whole(item, Code::Ok);
    if let Err(refusal) = check_authority(state, origin.participant, operation) {
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
    let plan = plan(state, journal.time, origin.participant, operation);
    // From here on nothing is refused.
    let code = plan.as_ref().map_or_else(|refusal| refusal.code, |_| Code::Ok);
    report_first(state, journal, origin, Line { code, ..line });
    plan.map_or(Ok(()), |plan| apply(state, journal, origin, line.reference, plan))
}

fn decide_payment(state: &mut State, journal: &mut Journal, origin: Origin, payment: &Payment) -> Result<(), Halt> {
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

/// Decides a bulk of which all payments are accepted or none. It is new, or repeated, as a whole.
fn decide_together(
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
pub(crate) fn check_together(state: &State, participant: ParticipantId, payments: &[Payment]) -> Result<bool, Refusal> {
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

/// Reports a first decision and uses up the reference.
fn report_first(state: &mut State, journal: &mut Journal, origin: Origin, line: Line) {
    let position = journal.add(origin, line);
    let Line { reference, content, status, code, .. } = line;
    let (height, time, sequence) = (journal.height, journal.time, state.references.log_size());
    let used = Used { content, height, time, position, code, status, sequence, closing: None };
    state.references.consume(reference, used);
}
