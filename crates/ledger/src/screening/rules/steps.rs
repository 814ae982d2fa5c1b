//! Require and Rescreen: who may, when, and what they change. The table is in the module above.

use corridor_types::operations::{HoldReason, Screening, ScreeningStep, Verdict};
use corridor_types::{Code, EntryKind, ParticipantId, ParticipantKind, Timestamp, Uetr};

use super::evidence::check_evidence;
use crate::family::{Asked, Doing, Family};
use crate::journal::{Journal, Origin};
use crate::payment::Hold;
use crate::payment::answer::{check_alive, find};
use crate::payment::lifecycle::{Ending, advance, end};
use crate::refusal::{Refusal, ensure};
use crate::rulebook::rules::in_force;
use crate::state::State;
use crate::tables;
use crate::transition::PaymentEvent;
use crate::{Halt, OpenPayment, RequiredList};

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    /// The list version that is required from now on.
    Require(RequiredList),
    /// A screening of the payment in a slot that lets it go on.
    Clear(u32, &'a Screening),
    /// One that demands this hold.
    Possible(u32, &'a Screening, Hold),
    /// One that ends it for this reason.
    Match(u32, Code),
}

impl Family for ScreeningStep {
    type Planned<'a> = Planned<'a>;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            ScreeningStep::Require { .. } => {
                let kind = state.participant(participant).map(|entry| entry.kind);
                ensure(kind == Some(ParticipantKind::CentralBank), Code::NotCentralBank, "participant", || {
                    format!("participant {participant} is no central bank")
                })
            }
            ScreeningStep::Rescreen { payment, .. } => {
                let open = state.payments.slot_of(payment).and_then(|slot| state.payments.get(slot));
                let is_agent = open.is_none_or(|open| [open.debtor_agent, open.creditor_agent].contains(&participant));
                ensure(is_agent, Code::NotParty, "participant", || {
                    format!("participant {participant} is no agent of {payment}")
                })
            }
        }
    }

    fn plan<'a>(&'a self, &Asked { state, now, participant, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            ScreeningStep::Require { list, version, max_age_ms } => {
                let (list, version, max_age_ms) = (*list, *version, *max_age_ms);
                ensure(max_age_ms > 0, Code::RequirementMalformed, "max_age_ms", || {
                    "0 ms; no screening could be young enough".to_owned()
                })?;
                Ok(Planned::Require(RequiredList { list, version, max_age_ms }))
            }
            ScreeningStep::Rescreen { payment, screening } => {
                plan_rescreen(state, now, participant, payment, screening)
            }
        }
    }

    fn apply(Doing { state, journal, origin, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Require(list) => {
                state.lists.require(origin.participant, list);
                Ok(())
            }
            Planned::Clear(slot, screening) => keep(state, journal, origin, slot, *screening, None),
            Planned::Possible(slot, screening, hold) => keep(state, journal, origin, slot, *screening, Some(hold)),
            Planned::Match(slot, code) => {
                let ending = Ending { kind: EntryKind::Rescreen, event: PaymentEvent::Stop, code };
                end(state, journal, origin, slot, ending)
            }
        }
    }
}

fn plan_rescreen<'a>(
    state: &State,
    now: Timestamp,
    participant: ParticipantId,
    payment: &Uetr,
    screening: &'a Screening,
) -> Result<Planned<'a>, Refusal> {
    let (slot, open) = find(state, payment)?;
    check_alive(now, open)?;
    check_evidence(state, now, participant, screening)?;
    Ok(match screening.verdict {
        Verdict::Clear => Planned::Clear(slot, screening),
        Verdict::PossibleMatch => {
            let book = in_force(state, now, open.payment.corridor);
            Planned::Possible(slot, screening, book.ledger_hold(HoldReason::Screening, participant, now, &open.payment))
        }
        Verdict::Match if open.debtor_agent == participant => Planned::Match(slot, Code::ScreeningMatch),
        Verdict::Match => Planned::Match(slot, Code::CreditorScreeningMatch),
    })
}

/// Keeps an agent's screening and the hold that it demands, and lets the payment go on if it can.
fn keep(
    state: &mut State,
    journal: &mut Journal,
    origin: Origin,
    slot: u32,
    screening: Screening,
    hold: Option<Hold>,
) -> Result<(), Halt> {
    let change = |open: &mut OpenPayment| {
        // A bank may be both agents.
        if open.debtor_agent == origin.participant {
            open.debtor_screening = Some(screening);
        }
        if open.creditor_agent == origin.participant {
            open.creditor_screening = Some(screening);
        }
        hold.into_iter().for_each(|hold| open.doubt(hold));
    };
    let missing = || Halt::RecordMissing { table: tables::PAYMENTS, key: slot.to_string() };
    state.payments.update(slot, change).ok_or_else(missing)?;
    advance(state, journal, origin, slot, EntryKind::Rescreen)
}
