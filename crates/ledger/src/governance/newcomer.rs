//! Whom the validators may take in: the rules that genesis puts on its participants, against the
//! ledger as it is.

use corridor_types::{Code, ParticipantEntry, ParticipantKind};

use crate::participant::rules::check_active;
use crate::participant::rules::entry::check_newcomer;
use crate::refusal::{Refusal, ensure};
use crate::state::State;

/// Checks a newcomer's entry.
pub(crate) fn check(state: &State, entry: &ParticipantEntry) -> Result<(), Refusal> {
    let here = |refusal| Refusal { field: "step.proposal.entry", ..refusal };
    check_newcomer(state, entry).map_err(here)?;
    check_supervision(state, entry)
}

fn check_supervision(state: &State, entry: &ParticipantEntry) -> Result<(), Refusal> {
    let (field, own) = ("step.proposal.entry.supervisor", state.participants.next());
    let supervisor = entry.supervisor;
    if entry.kind == ParticipantKind::CentralBank {
        return ensure(supervisor == own, Code::ParticipantMalformed, field, || {
            format!("{supervisor}; a central bank supervises itself, and this one gets number {own}")
        });
    }
    let kind = state.participant(supervisor).map(|supervisor| supervisor.kind);
    ensure(kind == Some(ParticipantKind::CentralBank), Code::ParticipantMalformed, field, || {
        format!("participant {supervisor} is no central bank")
    })?;
    check_active(state, supervisor, field)
}
