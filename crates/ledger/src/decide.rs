//! From a transaction to its entries: authenticate, recognise repetitions, decide, write.

use corridor_crypto::planted::{self, Bug};
use corridor_types::{Code, EntryKind, IdentifiedTransaction, Operation, Payment, Uetr};

use crate::Halt;
use crate::journal::{Journal, Line, Origin};
use crate::references::Used;
use crate::rules::authority::{authenticate, check_authority};
use crate::rules::list::check_list;
use crate::rules::pay::{answer_again, apply_payment, check_payer, plan_payment};
use crate::rules::plan::{apply, plan};
use crate::state::State;
use crate::transition::{PaymentEvent, transition};

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
        operation => decide_operation(state, journal, origin, item, operation),
    }
}

const fn kind(operation: &Operation) -> EntryKind {
    match operation {
        Operation::Issue { .. } => EntryKind::Issue,
        Operation::Redeem { .. } => EntryKind::Redeem,
        Operation::OpenAccount { .. } => EntryKind::OpenAccount,
        Operation::AuthoriseClient { .. } => EntryKind::AuthoriseClient,
        Operation::RevokeClient { .. } => EntryKind::RevokeClient,
        Operation::SetStandingConsent { .. } => EntryKind::SetStandingConsent,
        Operation::Pay { .. } | Operation::PayBulk { .. } => EntryKind::Pay,
        Operation::Attest { .. } => EntryKind::Attest,
        Operation::Reject { .. } => EntryKind::Reject,
        Operation::Cancel { .. } => EntryKind::Cancel,
        Operation::DeclareCandidate { .. } => EntryKind::DeclareCandidate,
        Operation::ChangeValidators { .. } => EntryKind::ChangeValidators,
        Operation::RegisterNode { .. } => EntryKind::RegisterNode,
        Operation::RemoveNode { .. } => EntryKind::RemoveNode,
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
    Line { kind: kind(operation), reference: reference(item), content, status: None, code }
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
    if let Some((code, status)) = answer_again(seen).filter(|_| !planted::is(Bug::IssueRepeated)) {
        journal.add(origin, Line { code, status, ..line });
        return Ok(());
    }
    let plan = plan(state, journal.time, origin.participant, operation);
    // From here on nothing is refused.
    let code = plan.as_ref().map_or_else(|refusal| refusal.code, |_| Code::Ok);
    report_first(state, journal, origin, Line { code, ..line });
    plan.map_or(Ok(()), |plan| apply(state, journal, origin, plan))
}

fn decide_payment(state: &mut State, journal: &mut Journal, origin: Origin, payment: &Payment) -> Result<(), Halt> {
    let (kind, reference, content) = (EntryKind::Pay, payment.uetr, payment.content());
    let line = |code, status| Line { kind, reference, content, status, code };
    if let Err(refusal) = check_payer(state, origin.participant, payment) {
        journal.add(origin, line(refusal.code, None));
        return Ok(());
    }
    let seen = state.references.find(&reference, &content);
    if let Some((code, status)) = answer_again(seen).filter(|_| !planted::is(Bug::PaymentSettlesAgain)) {
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
    plan.map_or(Ok(()), |plan| apply_payment(state, payment, plan))
}

/// Reports a first decision and uses up the reference.
fn report_first(state: &mut State, journal: &mut Journal, origin: Origin, line: Line) {
    let position = journal.add(origin, line);
    let Line { reference, content, status, code, .. } = line;
    let (height, sequence) = (journal.height, state.references.log_size());
    state.references.consume(reference, Used { content, height, position, code, status, sequence, closing: None });
}
