//! The steps of a programme, decided and carried out, and what it says to clients and payments.

mod content;
mod payments;
mod signatures;

use corridor_types::operations::{Programme, ProgrammeStep, SignerRule};
use corridor_types::{Code, ProgrammeId};

use super::ProgrammeRecord;
use crate::Halt;
use crate::family::{Asked, Doing, Family, Signed};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;

pub(crate) use payments::{check, check_sponsor, count, uncount};
use signatures::check_supervisors;

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    Open(&'a Programme),
    Amend { number: ProgrammeId, record: ProgrammeRecord },
    Close(ProgrammeId),
}

impl Family for ProgrammeStep {
    type Planned<'a> = Planned<'a>;

    fn check_signers(&self, _rule: SignerRule, signed: &Signed<'_>) -> Result<(), Refusal> {
        check_supervisors(signed, self)
    }

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        let deciding = signatures::central_banks(state, self);
        ensure(deciding.is_empty() || deciding.contains(&participant), Code::NotSupervisor, "participant", || {
            format!("participant {participant} supervises no member of the programme")
        })
    }

    fn plan<'a>(&'a self, &Asked { state, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
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

    fn apply(Doing { state, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
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
}

/// The programme with this number, if it was not closed.
fn find_open<'a>(state: &'a State, number: ProgrammeId, field: &'static str) -> Result<&'a ProgrammeRecord, Refusal> {
    let unknown = || Refusal::new(Code::UnknownProgramme, field, format!("there is no programme {number}"));
    let record = state.programmes.get(number).ok_or_else(unknown)?;
    ensure(!record.closed, Code::ProgrammeClosed, field, || format!("programme {number} was closed"))?;
    Ok(record)
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
