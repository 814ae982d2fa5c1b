//! The steps of a participant's life, decided and carried out. The table in the module above says
//! which status follows which.

mod approvals;
pub(crate) mod entry;
mod governors;

use corridor_crypto::PublicKey;
use corridor_types::operations::{ApprovalRule, ParticipantStep, SignerRule};
use corridor_types::{Code, KeyEntry, ParticipantEntry, ParticipantId, ParticipantKind, SealingKey};

use approvals::check_applicant;
use governors::check_governors;

use super::{Participant, ParticipantStatus, StatusEvent};
use crate::family::{Asked, Doing, Family, Signed};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::who::owners::{check_withdraws, unknown_participant};
use crate::who::signers::no_rule;
use crate::{Halt, licence};

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

impl Family for ParticipantStep {
    type Planned<'a> = Planned<'a>;

    fn check_signers(&self, rule: SignerRule, signed: &Signed<'_>) -> Result<(), Refusal> {
        match self {
            Self::Apply { entry } => check_applicant(signed, entry),
            Self::AddKey { .. } | Self::RemoveKey { .. } | Self::SetApprovals { .. } => check_governors(signed, self),
            Self::Authorise { .. } | Self::Suspend { .. } | Self::Revoke { .. } | Self::SetSealingKey { .. } => {
                Err(no_rule(rule))
            }
        }
    }

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            ParticipantStep::Apply { entry } => {
                let is_central =
                    state.participant(participant).is_some_and(|by| by.kind == ParticipantKind::CentralBank);
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
            ParticipantStep::AddKey { participant: whose, .. }
            | ParticipantStep::RemoveKey { participant: whose, .. } => {
                if *whose == participant {
                    Ok(())
                } else {
                    check_supervisor(state, participant, *whose)
                }
            }
            ParticipantStep::SetApprovals { .. } | ParticipantStep::SetSealingKey { .. } => Ok(()),
        }
    }

    fn plan<'a>(&'a self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            ParticipantStep::Apply { entry } => {
                entry::check_kind(entry)?;
                entry::check_newcomer(state, entry)?;
                Ok(Planned::Add(entry))
            }
            ParticipantStep::Authorise { participant: whose } => {
                plan_move(state, participant, *whose, StatusEvent::Authorise)
            }
            ParticipantStep::Suspend { participant: whose } => {
                plan_move(state, participant, *whose, StatusEvent::Suspend)
            }
            ParticipantStep::Revoke { participant: whose } => {
                plan_move(state, participant, *whose, StatusEvent::Revoke)
            }
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

    fn apply(Doing { state, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
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
