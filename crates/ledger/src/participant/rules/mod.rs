//! The steps of a participant's life, decided and carried out. The table in the module above says
//! which status follows which.

mod approvals;
pub(crate) mod entry;
mod governors;

use corridor_crypto::PublicKey;
use corridor_types::operations::{ApprovalRule, ParticipantStep};
use corridor_types::{
    Code, EntryKind, KeyEntry, KeyRole, ParticipantEntry, ParticipantId, ParticipantKind, SealingKey, Timestamp, Uetr,
};

use super::{Participant, ParticipantStatus, StatusEvent};
use crate::journal::{Journal, Origin};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::who::owners::{check_withdraws, unknown_participant};
use crate::who::signers::Signers;
use crate::{Halt, licence};

pub(crate) use approvals::{Given, check_applicant, check_payers};
pub(crate) use governors::check_governors;

/// What an entry about a step is called.
pub(crate) const fn kind(step: &ParticipantStep) -> EntryKind {
    match step {
        ParticipantStep::Apply { .. } => EntryKind::ApplyParticipant,
        ParticipantStep::Authorise { .. } => EntryKind::AuthoriseParticipant,
        ParticipantStep::Suspend { .. } => EntryKind::SuspendParticipant,
        ParticipantStep::Revoke { .. } => EntryKind::RevokeParticipant,
        ParticipantStep::AddKey { .. } => EntryKind::AddKey,
        ParticipantStep::RemoveKey { .. } => EntryKind::RemoveKey,
        ParticipantStep::SetApprovals { .. } => EntryKind::SetApprovals,
        ParticipantStep::SetSealingKey { .. } => EntryKind::SetSealingKey,
    }
}

/// Who must sign a step.
pub(crate) const fn signers(step: &ParticipantStep) -> Signers<'_> {
    match step {
        ParticipantStep::Apply { entry } => Signers::SupervisorAndApplicant(entry),
        ParticipantStep::Authorise { .. } | ParticipantStep::Suspend { .. } | ParticipantStep::Revoke { .. } => {
            Signers::Own(&[KeyRole::Supervisor], 1)
        }
        ParticipantStep::AddKey { .. } | ParticipantStep::RemoveKey { .. } | ParticipantStep::SetApprovals { .. } => {
            Signers::Governors(step)
        }
        ParticipantStep::SetSealingKey { .. } => Signers::Own(&[KeyRole::Governance, KeyRole::Operator], 1),
    }
}

/// Whether the participant may take the step on what it names, if that exists. Uses up no reference.
pub(crate) fn authority(state: &State, participant: ParticipantId, step: &ParticipantStep) -> Result<(), Refusal> {
    match step {
        ParticipantStep::Apply { entry } => {
            let is_central = state.participant(participant).is_some_and(|by| by.kind == ParticipantKind::CentralBank);
            ensure(is_central, Code::NotCentralBank, "participant", || {
                format!("participant {participant} is no central bank, which takes in applications")
            })?;
            let named = entry.supervisor;
            ensure(named == participant, Code::NotSupervisor, "step.entry.supervisor", || {
                format!("{named}; participant {participant} takes in applications to itself only")
            })
        }
        ParticipantStep::Authorise { participant: whose }
        | ParticipantStep::Suspend { participant: whose }
        | ParticipantStep::Revoke { participant: whose } => {
            check_withdraws(state, participant)?;
            check_supervisor(state, participant, *whose)
        }
        ParticipantStep::AddKey { participant: whose, .. } | ParticipantStep::RemoveKey { participant: whose, .. } => {
            if *whose == participant {
                Ok(())
            } else {
                check_supervisor(state, participant, *whose)
            }
        }
        ParticipantStep::SetApprovals { .. } | ParticipantStep::SetSealingKey { .. } => Ok(()),
    }
}

fn check_supervisor(state: &State, participant: ParticipantId, whose: ParticipantId) -> Result<(), Refusal> {
    let Some(supervisor) = state.participant(whose).map(|entry| entry.supervisor) else { return Ok(()) };
    ensure(supervisor == participant, Code::NotSupervisor, "step.participant", || {
        format!("participant {whose} is supervised by participant {supervisor}, not by {participant}")
    })
}

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    Add(&'a ParticipantEntry),
    Move { participant: ParticipantId, to: ParticipantStatus },
    AddKey { participant: ParticipantId, entry: KeyEntry },
    RemoveKey { participant: ParticipantId, key: PublicKey },
    SetApprovals { participant: ParticipantId, rules: Vec<ApprovalRule> },
    SetSealingKey { participant: ParticipantId, key: SealingKey },
}

/// Decides a step.
pub(crate) fn plan<'a>(
    state: &State,
    _now: Timestamp,
    participant: ParticipantId,
    _reference: &Uetr,
    step: &'a ParticipantStep,
) -> Result<Planned<'a>, Refusal> {
    match step {
        ParticipantStep::Apply { entry } => {
            entry::check_kind(entry)?;
            entry::check_newcomer(state, entry)?;
            Ok(Planned::Add(entry))
        }
        ParticipantStep::Authorise { participant: whose } => {
            plan_move(state, participant, *whose, StatusEvent::Authorise)
        }
        ParticipantStep::Suspend { participant: whose } => plan_move(state, participant, *whose, StatusEvent::Suspend),
        ParticipantStep::Revoke { participant: whose } => plan_move(state, participant, *whose, StatusEvent::Revoke),
        ParticipantStep::AddKey { participant: whose, entry } => {
            entry::check_add_key(state, *whose, find_unrevoked(state, *whose)?, entry)?;
            Ok(Planned::AddKey { participant: *whose, entry: *entry })
        }
        ParticipantStep::RemoveKey { participant: whose, key } => {
            entry::check_remove_key(*whose, find_unrevoked(state, *whose)?, key)?;
            Ok(Planned::RemoveKey { participant: *whose, key: *key })
        }
        ParticipantStep::SetApprovals { rule } => {
            let rules = approvals::rules_with(state, find(state, participant)?, *rule)?;
            Ok(Planned::SetApprovals { participant, rules })
        }
        ParticipantStep::SetSealingKey { key } => Ok(Planned::SetSealingKey { participant, key: *key }),
    }
}

fn find(state: &State, whose: ParticipantId) -> Result<&Participant, Refusal> {
    state.participants.record(whose).ok_or_else(|| unknown_participant("step.participant", whose))
}

fn find_unrevoked(state: &State, whose: ParticipantId) -> Result<&Participant, Refusal> {
    let record = find(state, whose)?;
    ensure(record.status != ParticipantStatus::Revoked, Code::WrongParticipantStatus, "step.participant", || {
        format!("participant {whose} is revoked, and its keys sign nothing any more")
    })?;
    Ok(record)
}

fn plan_move<'a>(
    state: &State,
    participant: ParticipantId,
    whose: ParticipantId,
    event: StatusEvent,
) -> Result<Planned<'a>, Refusal> {
    let status = find(state, whose)?.status;
    ensure(whose != participant, Code::WrongParticipantStatus, "step.participant", || {
        format!("{whose} is the submitter; no central bank does this to itself")
    })?;
    let refusal = || {
        let detail = format!("participant {whose} is {}, which this step does not follow", status.as_str());
        Refusal::new(Code::WrongParticipantStatus, "step.participant", detail)
    };
    Ok(Planned::Move { participant: whose, to: status.after(event).ok_or_else(refusal)? })
}

/// Carries a step out. Nothing is refused any more.
pub(crate) fn apply(
    state: &mut State,
    _journal: &mut Journal,
    _origin: Origin,
    _reference: Uetr,
    planned: Planned<'_>,
) -> Result<(), Halt> {
    let revoked = matches!(planned, Planned::Move { to: ParticipantStatus::Revoked, .. });
    let table = &mut state.participants;
    let (id, done) = match planned {
        Planned::Add(entry) => (table.add(Participant::new(entry.clone(), ParticipantStatus::Applied)), Some(())),
        Planned::Move { participant, to } => (participant, table.set_status(participant, to)),
        Planned::AddKey { participant, entry } => (participant, table.add_key(participant, entry)),
        Planned::RemoveKey { participant, key } => (participant, table.remove_key(participant, &key)),
        Planned::SetApprovals { participant, rules } => {
            (participant, table.edit(participant).map(|record| record.approvals = rules))
        }
        Planned::SetSealingKey { participant, key } => {
            (participant, table.edit(participant).map(|record| record.sealing_key = Some(key)))
        }
    };
    if revoked {
        licence::rules::stop_licences_of(state, id);
    }
    done.ok_or_else(|| Halt::RecordMissing { table: tables::PARTICIPANTS, key: id.to_string() })
}

/// Refuses a participant that may not act now.
pub(crate) fn check_active(state: &State, id: ParticipantId, field: &'static str) -> Result<(), Refusal> {
    let status = state.participants.record(id).map(|participant| participant.status);
    ensure(status == Some(ParticipantStatus::Authorised), Code::ParticipantNotAuthorised, field, || {
        format!("participant {id} is not authorised now")
    })
}

/// Open payments of revoked participants, at most `limit`, with the reason to stop them. A payment
/// of two of them may come twice. Looks at each revoked participant once, a search each.
pub(crate) fn stopped(state: &State, limit: usize) -> Vec<(u32, Code)> {
    let slots = state.participants.revoked().flat_map(|id| state.payments.of_agent(id));
    slots.take(limit).map(|slot| (slot, Code::ParticipantRevoked)).collect()
}
