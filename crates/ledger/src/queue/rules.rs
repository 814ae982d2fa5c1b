//! The rules of a queue's order, which is the debtor agent's to change.

use corridor_types::operations::{QueuePlace, QueueStep};
use corridor_types::{EntryKind, KeyRole, ParticipantId, Timestamp, Uetr};

pub(crate) use super::settle::settle_queues;
use crate::journal::{Journal, Origin};
use crate::payment::FIRST_PLACE;
use crate::payment::answer::{check_alive, find};
use crate::payment::lifecycle::report;
use crate::refusal::Refusal;
use crate::state::State;
use crate::tables;
use crate::who::owners::check_debtor_agent;
use crate::who::signers::Signers;
use crate::{Halt, OpenPayment};

/// What an entry about a step is called.
pub(crate) const fn kind(step: &QueueStep) -> EntryKind {
    match step {
        QueueStep::Reprioritise { .. } => EntryKind::Reprioritise,
        QueueStep::Move { .. } => EntryKind::MoveInQueue,
    }
}

/// Who must sign a step: the bank's systems, or an officer.
pub(crate) const fn signers(_step: &QueueStep) -> Signers<'_> {
    Signers::Own(&[KeyRole::Operator, KeyRole::Maker, KeyRole::Compliance], 1)
}

const fn payment(step: &QueueStep) -> &Uetr {
    match step {
        QueueStep::Reprioritise { payment, .. } | QueueStep::Move { payment, .. } => payment,
    }
}

/// Whether the participant may take the step on what it names, if that exists. Uses up no reference.
pub(crate) fn authority(state: &State, participant: ParticipantId, step: &QueueStep) -> Result<(), Refusal> {
    check_debtor_agent(state, participant, payment(step))
}

/// A permitted step.
#[derive(Debug)]
pub(crate) struct Planned<'a> {
    slot: u32,
    step: &'a QueueStep,
}

/// Decides a step.
pub(crate) fn plan<'a>(
    state: &State,
    now: Timestamp,
    _participant: ParticipantId,
    _reference: &Uetr,
    step: &'a QueueStep,
) -> Result<Planned<'a>, Refusal> {
    let (slot, open) = find(state, payment(step))?;
    check_alive(now, open)?;
    Ok(Planned { slot, step })
}

/// Carries a step out. Nothing is refused any more.
pub(crate) fn apply(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    _reference: Uetr,
    Planned { slot, step }: Planned<'_>,
) -> Result<(), Halt> {
    // The log only grows, and grew by this operation: before or behind all places given so far.
    let turn = state.references.log_size();
    // Saturating: the log of references never reaches 2^62 events.
    let (front, back) = (FIRST_PLACE.saturating_sub(turn), FIRST_PLACE.saturating_add(turn));
    let change = |open: &mut OpenPayment| match step {
        QueueStep::Reprioritise { priority, .. } => (open.priority, open.place) = (*priority, back),
        QueueStep::Move { place: QueuePlace::Front, .. } => open.place = front,
        QueueStep::Move { place: QueuePlace::Back, .. } => open.place = back,
    };
    let missing = || Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() };
    state.payments.update(slot, change).ok_or_else(missing)?;
    let status = state.payments.get(slot).ok_or_else(missing)?.status;
    report(state, journal, origin, slot, kind(step), status)
}
