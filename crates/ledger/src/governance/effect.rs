//! What a proposal does when it takes effect. It is checked when it is made, and again when it has
//! passed: meanwhile the state may have changed.

use corridor_types::operations::Proposal;
use corridor_types::{Code, Height, Parameters, ParticipantEntry, Timestamp, ValidatorSet};

use super::newcomer;
use crate::limits::{CLOCK_DRIFT_BOUNDS_MS, MIN_UPGRADE_NOTICE_BLOCKS, PAYMENT_LIFETIME_BOUNDS_MS};
use crate::meta::Upgrade;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::validators::rules::check_change;
use crate::{Participant, Rulebook, rulebook};

/// A proposal that may take effect.
#[derive(Debug)]
pub(crate) enum Effect<'a> {
    Validators(ValidatorSet),
    Rulebook(Rulebook),
    Parameters(Parameters),
    Upgrade(Upgrade),
    Participant(&'a ParticipantEntry),
}

/// Checks a proposal against the state as it is.
pub(crate) fn check<'a>(state: &State, now: Timestamp, proposal: &'a Proposal) -> Result<Effect<'a>, Refusal> {
    Ok(match proposal {
        Proposal::Validators { epoch, changes } => Effect::Validators(check_change(state, now, *epoch, changes)?),
        Proposal::Rulebook { pack } => Effect::Rulebook(rulebook::publish::check(state, now, pack)?),
        Proposal::Parameters { parameters } => {
            check_parameters(parameters)?;
            Effect::Parameters(*parameters)
        }
        Proposal::Upgrade { version, height } => {
            let upgrade = Upgrade { version: *version, height: *height };
            check_upgrade(state, upgrade)?;
            Effect::Upgrade(upgrade)
        }
        Proposal::Participant { entry } => {
            newcomer::check(state, entry)?;
            Effect::Participant(entry)
        }
    })
}

/// Writes it. Nothing is refused any more.
pub(crate) fn take(state: &mut State, effect: Effect<'_>) {
    match effect {
        Effect::Validators(next) => state.epochs.decide(next),
        Effect::Rulebook(book) => state.rulebooks.publish(book),
        Effect::Parameters(parameters) => state.meta.parameters = parameters,
        Effect::Upgrade(upgrade) => state.meta.upgrade = Some(upgrade),
        Effect::Participant(entry) => {
            state.participants.add(Participant::of_genesis(entry.clone()));
        }
    }
}

fn check_parameters(parameters: &Parameters) -> Result<(), Refusal> {
    let Parameters { payment_lifetime_max_ms, clock_drift_max_ms } = *parameters;
    let bounded = |value: u64, (least, most): (u64, u64), field| {
        ensure((least..=most).contains(&value), Code::ProposalMalformed, field, || {
            format!("{value} ms; choose {least} to {most} ms")
        })
    };
    bounded(payment_lifetime_max_ms, PAYMENT_LIFETIME_BOUNDS_MS, "step.proposal.parameters.payment_lifetime_max_ms")?;
    bounded(clock_drift_max_ms, CLOCK_DRIFT_BOUNDS_MS, "step.proposal.parameters.clock_drift_max_ms")
}

fn check_upgrade(state: &State, upgrade: Upgrade) -> Result<(), Refusal> {
    let malformed = |holds, field, detail: String| ensure(holds, Code::UpgradeMalformed, field, || detail);
    let pending = state.meta.upgrade.map(|pending| pending.version);
    malformed(
        pending.is_none(),
        "step.proposal.version",
        format!("version {pending:?} is decided already; wait for it"),
    )?;
    let next = state.meta.protocol.checked_add(1);
    malformed(
        Some(upgrade.version) == next,
        "step.proposal.version",
        format!("{}; the version is {}, decide on the one after it", upgrade.version, state.meta.protocol),
    )?;
    let current = state.meta.height.next();
    // Saturating: at the end of all heights nothing can be decided any more.
    let first = Height(current.0.saturating_add(MIN_UPGRADE_NOTICE_BLOCKS));
    malformed(
        upgrade.height >= first,
        "step.proposal.height",
        format!("{}; at block {current} choose {first} or later", upgrade.height),
    )
}
