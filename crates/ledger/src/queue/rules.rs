//! The rules of a queue's order, which is the debtor agent's to change.

use corridor_types::Uetr;
use corridor_types::operations::{QueuePlace, QueueStep, Steps as _};

pub(crate) use super::settle::settle_queues;
use crate::family::{Asked, Doing, Family};
use crate::payment::FIRST_PLACE;
use crate::payment::answer::{check_alive, find};
use crate::payment::lifecycle::report;
use crate::refusal::Refusal;
use crate::tables;
use crate::who::owners::check_debtor_agent;
use crate::{Halt, OpenPayment};

const fn payment(step: &QueueStep) -> &Uetr {
    match step {
        QueueStep::Reprioritise { payment, .. } | QueueStep::Move { payment, .. } => payment,
    }
}

/// A permitted step.
#[derive(Debug)]
pub(crate) struct Planned<'a> {
    slot: u32,
    step: &'a QueueStep,
}

impl Family for QueueStep {
    type Planned<'a> = Planned<'a>;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        check_debtor_agent(state, participant, payment(self))
    }

    fn plan<'a>(&'a self, &Asked { state, now, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        let (slot, open) = find(state, payment(self))?;
        check_alive(now, open)?;
        Ok(Planned { slot, step: self })
    }

    fn apply(Doing { state, journal, origin, .. }: Doing<'_>, Planned { slot, step }: Planned<'_>) -> Result<(), Halt> {
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
        report(state, journal, origin, slot, step.row().entry, status)
    }
}
