//! Issue, Amend and Revoke: who may, when, and what they change. The table is in the module above.

use corridor_types::limits::MAX_SCOPE;
use corridor_types::operations::{Licence, LicenceStep};
use corridor_types::{Amount, Code, LicenceHandle, ParticipantId, ParticipantKind, Timestamp};

use crate::family::{Asked, Doing, Family};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::{Halt, LicenceRecord};

/// A permitted step.
#[derive(Debug)]
pub(crate) struct Planned<'a>(&'a LicenceStep);

impl Family for LicenceStep {
    type Planned<'a> = Planned<'a>;

    /// Whether the participant, which is a licensing authority, may take the step: a licence is changed
    /// by who issued it.
    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        let (LicenceStep::Amend { handle, .. } | LicenceStep::Revoke { handle }) = self else { return Ok(()) };
        let Some(issuer) = state.licences.get(handle).map(|record| record.authority) else { return Ok(()) };
        ensure(issuer == participant, Code::NotLicensingAuthority, "participant", || {
            format!("licence {handle} was issued by participant {issuer}, not by {participant}")
        })
    }

    fn plan<'a>(&'a self, &Asked { state, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            LicenceStep::Issue { licence } => check_issue(state, licence)?,
            LicenceStep::Amend { handle, value, valid_until } => check_amend(state, handle, *value, *valid_until)?,
            LicenceStep::Revoke { handle } => {
                unrevoked(state, handle)?;
            }
        }
        Ok(Planned(self))
    }

    fn apply(Doing { state, origin, .. }: Doing<'_>, Planned(step): Planned<'_>) -> Result<(), Halt> {
        let missing = |handle: &LicenceHandle| Halt::RecordMissing { table: tables::LICENCES, key: handle.to_string() };
        match step {
            LicenceStep::Issue { licence } => {
                state.licences.add(LicenceRecord::new(licence.clone(), origin.participant));
                Ok(())
            }
            LicenceStep::Amend { handle, value, valid_until } => {
                let licence = &mut state.licences.edit(handle).ok_or_else(|| missing(handle))?.licence;
                (licence.value, licence.valid_until) = (*value, *valid_until);
                Ok(())
            }
            LicenceStep::Revoke { handle } => {
                let is_drawn_on = state.payments.drawing_on(*handle).next().is_some();
                state.licences.revoke(handle, is_drawn_on).ok_or_else(|| missing(handle))
            }
        }
    }
}

fn check_issue(state: &State, licence: &Licence) -> Result<(), Refusal> {
    let Licence { handle, asset, value, banks, valid_from, valid_until, .. } = licence;
    check_value(*value, "licence.value")?;
    let ascending = banks.windows(2).all(|pair| pair[0] < pair[1]);
    ensure((1..=MAX_SCOPE).contains(&banks.len()) && ascending, Code::LicenceMalformed, "licence.banks", || {
        format!("list 1 to {MAX_SCOPE}, ascending, none twice")
    })?;
    check_validity(*valid_from, *valid_until, "licence.valid_until")?;
    ensure(state.assets.get(*asset).is_some(), Code::UnknownAsset, "licence.asset", || {
        format!("there is no asset {asset}")
    })?;
    banks.iter().try_for_each(|bank| check_bank(state, *bank))?;
    ensure(state.licences.get(handle).is_none(), Code::LicenceExists, "licence.handle", || {
        format!("{handle} was used before; choose a new random handle")
    })?;
    let limit = state.bounds.licences;
    ensure(state.licences.slots.len() < limit, Code::CapacityExceeded, "licence", || {
        format!("there are {limit} licences")
    })
}

fn check_value(value: Amount, field: &'static str) -> Result<(), Refusal> {
    ensure(value > Amount::ZERO, Code::LicenceMalformed, field, || "0; it must be above zero".to_owned())
}

fn check_validity(from: Timestamp, until: Timestamp, field: &'static str) -> Result<(), Refusal> {
    ensure(from < until, Code::LicenceMalformed, field, || format!("{until} ms is not after valid_from, {from} ms"))
}

fn check_bank(state: &State, id: ParticipantId) -> Result<(), Refusal> {
    let unknown = || Refusal::new(Code::UnknownParticipant, "licence.banks", format!("there is no participant {id}"));
    let entry = state.participant(id).ok_or_else(unknown)?;
    ensure(entry.kind == ParticipantKind::Bank, Code::LicenceMalformed, "licence.banks", || {
        format!("participant {id} is a {}; name the banks through which the licence may be used", entry.kind)
    })
}

fn check_amend(state: &State, handle: &LicenceHandle, value: Amount, valid_until: Timestamp) -> Result<(), Refusal> {
    let record = unrevoked(state, handle)?;
    check_value(value, "value")?;
    check_validity(record.licence.valid_from, valid_until, "valid_until")?;
    ensure(u128::from(value.0) >= record.in_use(), Code::LicenceBelowUse, "value", || {
        format!("{value} is below {} drawn and {} reserved", record.drawn, record.reserved)
    })
}

fn unrevoked<'a>(state: &'a State, handle: &LicenceHandle) -> Result<&'a LicenceRecord, Refusal> {
    let unknown = || Refusal::new(Code::UnknownLicence, "handle", format!("there is no licence {handle}"));
    let record = state.licences.get(handle).ok_or_else(unknown)?;
    ensure(!record.revoked, Code::LicenceRevoked, "handle", || format!("{handle} was revoked; issue another one"))?;
    Ok(record)
}

/// Makes the sweep stop what waits for licences of an authority that was revoked. Looks at every
/// licence once; an authority is revoked once.
pub(crate) fn stop_licences_of(state: &mut State, authority: ParticipantId) {
    let issued = state.licences.slots.iter().filter(|(_, record)| record.authority == authority);
    let handles = issued.map(|(_, record)| record.licence.handle);
    let drawn_on: Vec<_> = handles.filter(|handle| state.payments.drawing_on(*handle).next().is_some()).collect();
    state.licences.must_stop(drawn_on);
}
