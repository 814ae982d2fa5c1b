//! What a payment's agents say to it: attestation, refusal, withdrawal.

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::operations::Screening;
use corridor_types::{Attested, Code, EntryKind, ParticipantId, PaymentStatus, Timestamp, Uetr};

use super::lifecycle::{Ending, advance, end};
use super::pay::status_of;
use crate::journal::{Journal, Line, Origin};
use crate::payment::Hold;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::transition::{PaymentEvent, transition};
use crate::{Halt, OpenPayment, rulebook, screening};

/// Checks that a reason is one that a creditor agent may give.
pub(crate) fn check_reason(reason: Code) -> Result<(), Refusal> {
    ensure(reason.is_creditor_reason(), Code::ReasonNotAllowed, "reason", || {
        format!("{reason} is not a reason of a creditor agent")
    })
}

/// A payment that its creditor agent may attest, and the hold that its screening demands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Attestable {
    slot: u32,
    hold: Option<Hold>,
}

/// Checks that the participant may attest the payment now.
pub(crate) fn check_attest(
    state: &State,
    now: Timestamp,
    participant: ParticipantId,
    Attested { payment, content }: &Attested,
    screened: Option<&Screening>,
) -> Result<Attestable, Refusal> {
    let (slot, open) = find(state, payment)?;
    check_creditor_agent(open, participant)?;
    check_alive(now, open)?;
    ensure(!open.attested, Code::WrongPaymentStatus, "payments", || {
        format!("{payment} is {} and needs no attestation", open.status)
    })?;
    // An open payment without a reference is no matter of the creditor agent's: it halts the ledger later.
    let known = state.references.get(payment).is_none_or(|used| used.content == *content);
    ensure(known, Code::AttestationMismatch, "payments", || {
        format!("{content} is not the content of {payment}; look at the payment again before you attest")
    })?;
    let book = rulebook::rules::in_force(state, now, open.payment.corridor);
    let reason = screening::rules::check_creditor(state, now, open, screened, &book)?;
    let hold = reason.map(|reason| book.ledger_hold(reason, open.creditor_agent, now, &open.payment));
    Ok(Attestable { slot, hold })
}

/// Checks that the participant may refuse the payment as its creditor agent now.
pub(crate) fn check_reject(
    state: &State,
    now: Timestamp,
    participant: ParticipantId,
    payment: &Uetr,
) -> Result<u32, Refusal> {
    let (slot, open) = find(state, payment)?;
    check_creditor_agent(open, participant)?;
    check_waiting(now, open, PaymentEvent::Reject)?;
    Ok(slot)
}

/// Checks that a payment may be withdrawn now. Who may was checked as authority.
pub(crate) fn check_cancel(state: &State, now: Timestamp, uetr: &Uetr) -> Result<u32, Refusal> {
    let (slot, open) = find(state, uetr)?;
    check_waiting(now, open, PaymentEvent::Cancel)?;
    Ok(slot)
}

fn check_creditor_agent(open: &OpenPayment, participant: ParticipantId) -> Result<(), Refusal> {
    let is_asked = open.creditor_agent == participant || planted::is(Bug::AnyoneAttests);
    ensure(is_asked, Code::NotCreditorAgent, "payments", || {
        format!("the creditor agent of {} is participant {}", open.payment.uetr, open.creditor_agent)
    })
}

/// The open payment with this reference.
pub(crate) fn find<'a>(state: &'a State, uetr: &Uetr) -> Result<(u32, &'a OpenPayment), Refusal> {
    let slot = state.payments.slot_of(uetr);
    let open = slot.and_then(|slot| Some((slot, state.payments.get(slot)?)));
    open.ok_or_else(|| match state.references.get(uetr).and_then(crate::Used::final_status) {
        None => Refusal::new(Code::UnknownPayment, "payments", format!("there is no payment {uetr}")),
        Some(PaymentStatus::Expired) => Refusal::new(Code::PaymentExpired, "payments", format!("{uetr} has lapsed")),
        Some(status) => Refusal::new(Code::WrongPaymentStatus, "payments", format!("{uetr} is {status}")),
    })
}

/// A payment whose time has come is nobody's to change, even if the sweep has not reached it.
pub(crate) fn check_alive(now: Timestamp, open: &OpenPayment) -> Result<(), Refusal> {
    let payment = &open.payment;
    ensure(now < payment.expiry, Code::PaymentExpired, "payments", || {
        format!("{} lapsed at {} ms; it is {now} ms", payment.uetr, payment.expiry)
    })
}

/// Checks that the payment is alive and that the event is legal where it stands.
pub(crate) fn check_waiting(now: Timestamp, open: &OpenPayment, event: PaymentEvent) -> Result<(), Refusal> {
    check_alive(now, open)?;
    ensure(transition(Some(open.status), event).is_some(), Code::WrongPaymentStatus, "payments", || {
        format!("{} is {}", open.payment.uetr, open.status)
    })
}

/// Attests the payments of a list, each on its own.
pub(crate) fn apply_attest(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    payments: &[Attested],
    screened: Option<&Screening>,
) -> Result<(), Halt> {
    for attested in payments {
        match check_attest(state, journal.time, origin.participant, attested, screened) {
            Ok(Attestable { slot, hold }) => {
                let missing = || Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() };
                let change = |open: &mut OpenPayment| {
                    open.attested = true;
                    open.creditor_screening = screened.copied().or(open.creditor_screening);
                    hold.into_iter().for_each(|hold| open.doubt(hold));
                };
                state.payments.update(slot, change).ok_or_else(missing)?;
                advance(state, journal, origin, slot, EntryKind::Attest)?;
            }
            Err(refusal) => report_refusal(state, journal, origin, EntryKind::Attest, attested.payment, refusal.code),
        }
    }
    Ok(())
}

/// Refuses the payments of a list, each on its own.
pub(crate) fn apply_reject(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    payments: &[Uetr],
    reason: Code,
) -> Result<(), Halt> {
    for uetr in payments {
        match check_reject(state, journal.time, origin.participant, uetr) {
            Ok(slot) => {
                let ending = Ending { kind: EntryKind::Reject, event: PaymentEvent::Reject, code: reason };
                end(state, journal, origin, slot, ending)?;
            }
            Err(refusal) => report_refusal(state, journal, origin, EntryKind::Reject, *uetr, refusal.code),
        }
    }
    Ok(())
}

/// Reports that nothing happened to a payment, and where it is.
fn report_refusal(state: &State, journal: &mut Journal, origin: Origin, kind: EntryKind, reference: Uetr, code: Code) {
    let used = state.references.get(&reference).filter(|used| used.status.is_some());
    // A reference that nobody used has no content: the zero digest says so in the entry.
    let content = used.map_or(Digest::ZERO, |used| used.content);
    let status = used.and_then(|used| status_of(state, &reference, used));
    journal
        .add(origin, Line { kind, reference, content, status, code, rules: corridor_types::RuleVersions::default() });
}
