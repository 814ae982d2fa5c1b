//! The rules of holds.

use corridor_types::operations::{HoldReason, HoldStep};
use corridor_types::{Code, EntryKind, ParticipantId, ParticipantKind, Timestamp, Uetr};

use crate::family::{Asked, Doing, Family};
use crate::limits::HOLD_MIN_MS;
use crate::payment::Hold;
use crate::payment::answer;
use crate::payment::lifecycle::{Ending, advance, end, report};
use crate::refusal::{Refusal, ensure};
use crate::rulebook::rules::in_force;
use crate::state::State;
use crate::tables;
use crate::transition::{PaymentEvent, transition};
use crate::{Halt, OpenPayment};

/// Where a refusal points for the payment that a step names.
const PAYMENT: &str = "step.payment";

fn open<'a>(state: &'a State, payment: &Uetr) -> Option<&'a OpenPayment> {
    state.payments.get(state.payments.slot_of(payment)?)
}

fn is_party(state: &State, participant: ParticipantId, open: &OpenPayment) -> bool {
    [open.debtor_agent, open.creditor_agent].contains(&participant) || supervises_agent(state, participant, open)
}

fn supervises_agent(state: &State, participant: ParticipantId, open: &OpenPayment) -> bool {
    let supervisor = |agent| state.participant(agent).map(|entry| entry.supervisor);
    [open.debtor_agent, open.creditor_agent].into_iter().any(|agent| supervisor(agent) == Some(participant))
}

/// What a central bank holds, nobody else lets go.
fn check_holder(state: &State, participant: ParticipantId, open: &OpenPayment, hold: &Hold) -> Result<(), Refusal> {
    let by_central_bank =
        state.participant(hold.holder).is_some_and(|entry| entry.kind == ParticipantKind::CentralBank);
    let may = participant == hold.holder || (!by_central_bank && supervises_agent(state, participant, open));
    ensure(may, Code::NotHolder, PAYMENT, || {
        let or_who = if by_central_bank { "" } else { ", or a central bank of an agent," };
        format!("it is held by participant {}, who{or_who} decides; not by {participant}", hold.holder)
    })
}

/// A permitted step on the payment in a slot.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    /// To hold it.
    Hold { slot: u32, hold: Hold },
    /// To let it go on.
    Release { slot: u32 },
    /// To end it.
    Reject { slot: u32, reason: &'a Code },
}

impl Family for HoldStep {
    type Planned<'a> = Planned<'a>;

    /// Whether the participant may take the step on the payment, if it is open. Uses up no reference.
    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            HoldStep::Hold { payment, .. } => open(state, payment).map_or(Ok(()), |open| {
                ensure(is_party(state, participant, open), Code::NotParty, PAYMENT, || {
                    format!("participant {participant} is neither an agent of {payment} nor the central bank of one")
                })
            }),
            HoldStep::Release { payment } | HoldStep::Reject { payment, .. } => {
                let held = open(state, payment).and_then(|open| Some((open, open.hold?)));
                held.map_or(Ok(()), |(open, hold)| check_holder(state, participant, open, &hold))
            }
        }
    }

    fn plan<'a>(&'a self, &Asked { state, now, participant, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            HoldStep::Hold { payment, reason, deadline } => {
                let (slot, open) = find(state, now, payment)?;
                check_not_held(open)?;
                check_reason(*reason)?;
                check_deadline(state, now, open, *deadline)?;
                Ok(Planned::Hold { slot, hold: Hold { reason: *reason, holder: participant, deadline: *deadline } })
            }
            HoldStep::Release { payment } => {
                let (slot, open) = find(state, now, payment)?;
                let hold = check_held(now, open)?;
                ensure(hold.reason != HoldReason::LicenceMissing, Code::LicenceMissing, PAYMENT, || {
                    format!("{payment} names no licence; reject it and submit a payment that does")
                })?;
                Ok(Planned::Release { slot })
            }
            HoldStep::Reject { payment, reason } => {
                ensure(reason.is_officer_reason(), Code::ReasonNotAllowed, "step.reason", || {
                    format!("{reason} is not a reason of officers after a hold; choose one of the codes from 300 on")
                })?;
                let (slot, open) = find(state, now, payment)?;
                check_held(now, open)?;
                Ok(Planned::Reject { slot, reason })
            }
        }
    }

    fn apply(Doing { state, journal, origin, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Hold { slot, hold } => {
                set_hold(state, slot, hold)?;
                let status =
                    state.payments.get(slot).and_then(|open| transition(Some(open.status), PaymentEvent::Hold));
                report(state, journal, origin, slot, EntryKind::Hold, status.ok_or_else(|| missing(slot))?)
            }
            Planned::Release { slot } => {
                release(state, journal.time, slot)?;
                advance(state, journal, origin, slot, EntryKind::Release)
            }
            Planned::Reject { slot, reason } => {
                let ending = Ending { kind: EntryKind::RejectHeld, event: PaymentEvent::RejectHeld, code: *reason };
                end(state, journal, origin, slot, ending)
            }
        }
    }
}

/// The open payment, which has not lapsed.
fn find<'a>(state: &'a State, now: Timestamp, payment: &Uetr) -> Result<(u32, &'a OpenPayment), Refusal> {
    let found = answer::find(state, payment);
    let alive = found.and_then(|(slot, open)| answer::check_alive(now, open).map(|()| (slot, open)));
    alive.map_err(|refusal| Refusal { field: PAYMENT, ..refusal })
}

fn check_not_held(open: &OpenPayment) -> Result<(), Refusal> {
    let Some(hold) = open.hold else { return Ok(()) };
    let detail = format!("{} is held by participant {} already", open.payment.uetr, hold.holder);
    Err(Refusal::new(Code::AlreadyHeld, PAYMENT, detail))
}

fn check_reason(reason: HoldReason) -> Result<(), Refusal> {
    ensure(reason != HoldReason::LicenceMissing, Code::ReasonNotAllowed, "step.reason", || {
        format!("{reason} is the ledger's own reason; name documents instead")
    })
}

fn check_deadline(state: &State, now: Timestamp, open: &OpenPayment, deadline: Timestamp) -> Result<(), Refusal> {
    let (book, expiry) = (in_force(state, now, open.payment.corridor), open.payment.expiry);
    let last = now.plus_ms(book.hold_max_ms()).min(expiry);
    // What lapses sooner would be rejected by the one officer who held it.
    let first = now.plus_ms(HOLD_MIN_MS).min(last);
    ensure(now < deadline && first <= deadline && deadline <= last, Code::BadDeadline, "step.deadline", || {
        format!(
            "{deadline} ms is not after {now} ms, or not from {first} ms to {last} ms; hold for {HOLD_MIN_MS} ms at \
             least, unless rulebook and expiry end it sooner"
        )
    })
}

/// The hold, whose deadline has not passed.
fn check_held(now: Timestamp, open: &OpenPayment) -> Result<Hold, Refusal> {
    let uetr = &open.payment.uetr;
    let not_held = || Refusal::new(Code::NotHeld, PAYMENT, format!("{uetr} is {}, not held", open.status));
    let hold = open.hold.ok_or_else(not_held)?;
    ensure(now < hold.deadline, Code::HoldLapsed, PAYMENT, || {
        format!("the hold of {uetr} lapsed at {} ms; it is {now} ms", hold.deadline)
    })?;
    Ok(hold)
}

/// Ends a hold. Where an agent found a possible match meanwhile, the payment is its officers' next.
fn release(state: &mut State, now: Timestamp, slot: u32) -> Result<(), Halt> {
    let open = state.payments.get(slot).ok_or_else(|| missing(slot))?;
    let book = in_force(state, now, open.payment.corridor);
    let next = open.doubts.first().map(|agent| book.ledger_hold(HoldReason::Screening, *agent, now, &open.payment));
    let change = |open: &mut OpenPayment| {
        open.hold = next;
        open.doubts.drain(..usize::from(next.is_some()));
    };
    state.payments.update(slot, change).ok_or_else(|| missing(slot))
}

fn set_hold(state: &mut State, slot: u32, hold: Hold) -> Result<(), Halt> {
    state.payments.update(slot, |open| open.hold = Some(hold)).ok_or_else(|| missing(slot))
}

fn missing(slot: u32) -> Halt {
    Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() }
}
