//! What ends the waiting of a payment: attestation, refusal, withdrawal.

use corridor_crypto::planted::{self, Bug};
use corridor_types::{Code, EntryKind, ParticipantId, PaymentStatus, Timestamp, Uetr};

use crate::journal::{Journal, Line, Origin};
use crate::refusal::{Refusal, ensure};
use crate::slots::tables;
use crate::state::State;
use crate::transition::{PaymentEvent, transition};
use crate::{Halt, OpenPayment};

/// What a creditor agent says to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    Attest,
    Reject(Code),
}

impl Answer {
    pub const fn kind(self) -> EntryKind {
        match self {
            Self::Attest => EntryKind::Attest,
            Self::Reject(_) => EntryKind::Reject,
        }
    }

    pub const fn ending(self) -> Ending {
        match self {
            Self::Attest => Ending { kind: EntryKind::Attest, event: PaymentEvent::Attest, code: Code::Ok },
            Self::Reject(reason) => Ending { kind: EntryKind::Reject, event: PaymentEvent::Reject, code: reason },
        }
    }
}

/// How a payment's waiting ends, and what the entry says about it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ending {
    pub kind: EntryKind,
    pub event: PaymentEvent,
    pub code: Code,
}

impl Ending {
    pub const CANCEL: Self =
        Self { kind: EntryKind::Cancel, event: PaymentEvent::Cancel, code: Code::CancelledByDebtorAgent };
    pub const EXPIRE: Self = Self { kind: EntryKind::Expire, event: PaymentEvent::Expire, code: Code::PaymentExpired };
}

/// Checks that a reason is one that a creditor agent may give.
pub(crate) fn check_reason(reason: Code) -> Result<(), Refusal> {
    ensure(reason.is_creditor_reason(), Code::ReasonNotAllowed, "reason", || {
        format!("{reason} is not a reason of a creditor agent")
    })
}

/// Checks that the participant may answer the payment now.
pub(crate) fn check_answer(
    state: &State,
    now: Timestamp,
    participant: ParticipantId,
    uetr: &Uetr,
    answer: Answer,
) -> Result<u32, Refusal> {
    let (slot, open) = find(state, uetr)?;
    let is_asked = open.creditor_agent == participant || planted::is(Bug::AnyoneAttests);
    ensure(is_asked, Code::NotCreditorAgent, "payments", || {
        format!("the creditor agent of {uetr} is participant {}, not {participant}", open.creditor_agent)
    })?;
    check_waiting(now, open, answer.ending().event)?;
    Ok(slot)
}

/// Checks that a payment may be withdrawn now. Who may was checked as authority.
pub(crate) fn check_cancel(state: &State, now: Timestamp, uetr: &Uetr) -> Result<u32, Refusal> {
    let (slot, open) = find(state, uetr)?;
    check_waiting(now, open, PaymentEvent::Cancel)?;
    Ok(slot)
}

fn find<'a>(state: &'a State, uetr: &Uetr) -> Result<(u32, &'a OpenPayment), Refusal> {
    let slot = state.payments.slot_of(uetr);
    let open = slot.and_then(|slot| Some((slot, state.payments.get(slot)?)));
    open.ok_or_else(|| match state.references.get(uetr).and_then(|used| used.status) {
        None => Refusal::new(Code::UnknownPayment, "payments", format!("there is no payment {uetr}")),
        Some(PaymentStatus::Expired) => Refusal::new(Code::PaymentExpired, "payments", format!("{uetr} has lapsed")),
        Some(status) => Refusal::new(Code::WrongPaymentStatus, "payments", format!("{uetr} is {status}")),
    })
}

/// A payment whose time has come is nobody's to answer, even if the sweep has not reached it.
fn check_waiting(now: Timestamp, open: &OpenPayment, event: PaymentEvent) -> Result<(), Refusal> {
    let OpenPayment { status, payment, .. } = open;
    ensure(now < payment.expiry, Code::PaymentExpired, "payments", || {
        format!("{} lapsed at {} ms; it is {now} ms", payment.uetr, payment.expiry)
    })?;
    ensure(transition(Some(*status), event).is_some(), Code::WrongPaymentStatus, "payments", || {
        format!("{} is {status}", payment.uetr)
    })
}

/// Answers the payments of a list, each on its own.
pub(crate) fn apply_answers(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    payments: &[Uetr],
    answer: Answer,
) -> Result<(), Halt> {
    for uetr in payments {
        match check_answer(state, journal.time, origin.participant, uetr, answer) {
            Ok(slot) => apply_ending(state, journal, origin, slot, answer.ending())?,
            Err(refusal) => {
                let used = state.references.get(uetr).filter(|used| used.status.is_some());
                let content = used.map(|used| used.content).unwrap_or_default();
                let (status, code) = (used.and_then(|used| used.status), refusal.code);
                journal.add(origin, Line { kind: answer.kind(), reference: *uetr, content, status, code });
            }
        }
    }
    Ok(())
}

/// Moves the money, frees the slot, reports, and records the final status.
pub(crate) fn apply_ending(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    slot: u32,
    ending: Ending,
) -> Result<(), Halt> {
    let missing = || Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() };
    let stays = planted::is(Bug::AttestedPaymentStaysOpen).then(|| state.payments.get(slot).cloned()).flatten();
    let OpenPayment { status, payment, .. } = stays.or_else(|| state.payments.remove(slot)).ok_or_else(missing)?;
    let status = transition(Some(status), ending.event).ok_or_else(missing)?;
    let (uetr, debtor, amount) = (payment.uetr, payment.debtor_account, payment.amount);
    match status {
        PaymentStatus::Settled => state.accounts.transfer_reserved(debtor, payment.creditor_account, amount)?,
        _ if planted::is(Bug::ReserveKept) => {}
        _ => state.accounts.release(debtor, amount)?,
    }
    let unknown = || Halt::RecordMissing { table: tables::REFERENCES, key: uetr.to_string() };
    let content = state.references.get(&uetr).ok_or_else(unknown)?.content;
    let Ending { kind, code, .. } = ending;
    let position = journal.add(origin, Line { kind, reference: uetr, content, status: Some(status), code });
    state.references.close(uetr, status, journal.height, position).ok_or_else(unknown)
}
