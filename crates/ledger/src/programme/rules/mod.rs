//! The steps of a programme, decided and carried out, and what it says to clients and payments.

mod content;
mod payments;
mod signatures;

use corridor_types::operations::{Programme, ProgrammeStep};
use corridor_types::{Code, EntryKind, ParticipantId, ProgrammeId, Timestamp, Uetr};

use super::ProgrammeRecord;
use crate::Halt;
use crate::journal::{Journal, Origin};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::who::signers::Signers;

pub(crate) use payments::{check, check_sponsor, count, uncount};
pub(crate) use signatures::check_supervisors;

/// What an entry about a step is called.
pub(crate) const fn kind(step: &ProgrammeStep) -> EntryKind {
    match step {
        ProgrammeStep::Open { .. } => EntryKind::OpenProgramme,
        ProgrammeStep::Amend { .. } => EntryKind::AmendProgramme,
        ProgrammeStep::Close { .. } => EntryKind::CloseProgramme,
    }
}

/// Who must sign a step.
pub(crate) const fn signers(step: &ProgrammeStep) -> Signers<'_> {
    Signers::SupervisorsOf(step)
}

/// Whether the participant may take the step on what it names, if that exists. Uses up no reference.
pub(crate) fn authority(state: &State, participant: ParticipantId, step: &ProgrammeStep) -> Result<(), Refusal> {
    let deciding = signatures::central_banks(state, step);
    ensure(deciding.is_empty() || deciding.contains(&participant), Code::NotSupervisor, "participant", || {
        format!("participant {participant} supervises no member of the programme")
    })
}

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    Open(&'a Programme),
    Amend { number: ProgrammeId, record: ProgrammeRecord },
    Close(ProgrammeId),
}

/// Decides a step.
pub(crate) fn plan<'a>(
    state: &State,
    _now: Timestamp,
    _participant: ParticipantId,
    _reference: &Uetr,
    step: &'a ProgrammeStep,
) -> Result<Planned<'a>, Refusal> {
    match step {
        ProgrammeStep::Open { programme } => {
            content::check_content(state, programme)?;
            let limit = state.bounds.programmes;
            ensure(state.programmes.slots.len() < limit, Code::CapacityExceeded, "step.programme", || {
                format!("there are {limit} programmes")
            })?;
            Ok(Planned::Open(programme))
        }
        ProgrammeStep::Amend { number, programme } => {
            let record = find_open(state, *number, "step.number")?;
            content::check_content(state, programme)?;
            Ok(Planned::Amend { number: *number, record: content::amended(record, programme)? })
        }
        ProgrammeStep::Close { number } => {
            find_open(state, *number, "step.number")?;
            Ok(Planned::Close(*number))
        }
    }
}

/// The programme with this number, if it was not closed.
fn find_open<'a>(state: &'a State, number: ProgrammeId, field: &'static str) -> Result<&'a ProgrammeRecord, Refusal> {
    let unknown = || Refusal::new(Code::UnknownProgramme, field, format!("there is no programme {number}"));
    let record = state.programmes.get(number).ok_or_else(unknown)?;
    ensure(!record.closed, Code::ProgrammeClosed, field, || format!("programme {number} was closed"))?;
    Ok(record)
}

/// Carries a step out. Nothing is refused any more.
pub(crate) fn apply(
    state: &mut State,
    _journal: &mut Journal,
    _origin: Origin,
    _reference: Uetr,
    planned: Planned<'_>,
) -> Result<(), Halt> {
    match planned {
        Planned::Open(programme) => {
            state.programmes.slots.append(ProgrammeRecord::new(programme.clone()));
            Ok(())
        }
        Planned::Amend { number, record } => edit(state, number, |kept| {
            *kept = record;
            Some(())
        }),
        Planned::Close(number) => edit(state, number, |record| {
            record.closed = true;
            Some(())
        }),
    }
}

/// Writes to a programme that must be there, and take the change.
fn edit(
    state: &mut State,
    number: ProgrammeId,
    change: impl FnOnce(&mut ProgrammeRecord) -> Option<()>,
) -> Result<(), Halt> {
    let missing = Halt::RecordMissing { table: tables::PROGRAMMES, key: number.to_string() };
    state.programmes.edit(number).and_then(change).ok_or(missing)
}
