//! Whether a screening is what the central bank requires, and what it found. Only reads.

use corridor_types::operations::{HoldReason, Screening, Verdict};
use corridor_types::{Code, ParticipantId, Payment, Timestamp};

use crate::refusal::{Refusal, ensure};
use crate::rulebook::rules::{InForce, in_force};
use crate::state::State;
use crate::{OpenPayment, RequiredList};

const FIELD: &str = "screening";

/// What the central bank of an agent requires, if it has published anything.
fn requirement(state: &State, agent: ParticipantId) -> Option<&RequiredList> {
    state.lists.get(state.participant(agent)?.supervisor)
}

/// Checks that a screening by an agent meets the requirement of its central bank, if there is one,
/// and does not come from the future.
pub(super) fn check_evidence(
    state: &State,
    now: Timestamp,
    agent: ParticipantId,
    screening: &Screening,
) -> Result<(), Refusal> {
    let required = requirement(state, agent);
    if let Some(required) = required {
        ensure(required.is_of(screening), Code::ScreeningOutdated, FIELD, || {
            format!("screen by list {} in version {}", required.list, required.version)
        })?;
    }
    check_time(now, screening)?;
    required.map_or(Ok(()), |required| {
        ensure(required.is_young(screening, now), Code::ScreeningTooOld, FIELD, || {
            format!("of {} ms; it is {now} ms, and {} ms is the limit", screening.time, required.max_age_ms)
        })
    })
}

fn check_time(now: Timestamp, screening: &Screening) -> Result<(), Refusal> {
    ensure(screening.time <= now, Code::ScreeningInFuture, FIELD, || {
        format!("of {} ms; it is {now} ms", screening.time)
    })
}

/// Checks the debtor agent's screening in a payment; what it found may demand a hold.
pub(crate) fn check_debtor(
    state: &State,
    now: Timestamp,
    payment: &Payment,
    book: &InForce,
) -> Result<Option<HoldReason>, Refusal> {
    let unknown = || Refusal::new(Code::UnknownAccount, "debtor_account", "there is no such account");
    let agent = state.accounts.get(payment.debtor_account).ok_or_else(unknown)?.owner;
    judge(state, now, agent, payment.screening.as_ref(), book.from.screening_required)
}

/// Checks the creditor agent's screening in an attestation; what it found may demand a hold.
pub(crate) fn check_creditor(
    state: &State,
    now: Timestamp,
    open: &OpenPayment,
    screening: Option<&Screening>,
    book: &InForce,
) -> Result<Option<HoldReason>, Refusal> {
    judge(state, now, open.creditor_agent, screening, book.to.screening_required)
}

fn judge(
    state: &State,
    now: Timestamp,
    agent: ParticipantId,
    screening: Option<&Screening>,
    is_required: bool,
) -> Result<Option<HoldReason>, Refusal> {
    let Some(screening) = screening else {
        ensure(!is_required, Code::ScreeningMissing, FIELD, || {
            format!("the rulebook demands a screening by participant {agent}; screen the parties and add it")
        })?;
        return Ok(None);
    };
    if is_required {
        check_evidence(state, now, agent, screening)?;
    } else {
        check_time(now, screening)?;
    }
    match screening.verdict {
        Verdict::Clear => Ok(None),
        Verdict::PossibleMatch => Ok(Some(HoldReason::Screening)),
        Verdict::Match => Err(Refusal::new(Code::ScreeningMatch, FIELD, "a sanctioned party; refuse the payment")),
    }
}

/// True if both agents' screenings are young enough and of the required version, where screening is
/// required.
pub(crate) fn are_fresh(state: &State, now: Timestamp, open: &OpenPayment) -> bool {
    let book = in_force(state, now, open.payment.corridor);
    let is_fresh = |agent, screening: Option<Screening>| {
        let Some(screening) = screening else { return false };
        let meets = |required: &RequiredList| required.is_of(&screening) && required.is_young(&screening, now);
        requirement(state, agent).is_none_or(meets)
    };
    (!book.from.screening_required || is_fresh(open.debtor_agent, open.debtor_screening))
        && (!book.to.screening_required || is_fresh(open.creditor_agent, open.creditor_screening))
}
