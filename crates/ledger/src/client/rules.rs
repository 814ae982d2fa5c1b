//! Authorising clients, and withdrawing that.

use corridor_types::limits::MAX_SCOPE;
use corridor_types::operations::ClientStep;
use corridor_types::{AssetId, ClientAuthorisation, ClientHandle, Code};

use crate::family::{Asked, Doing, Family};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::who::owners::{check_supervisor, check_withdraws, unknown_participant};
use crate::{Halt, programme};

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    Authorise(&'a ClientAuthorisation),
    /// To withdraw what is in a slot.
    Revoke {
        slot: u32,
    },
}

impl Family for ClientStep {
    type Planned<'a> = Planned<'a>;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            Self::Authorise { authorisation } => {
                check_supervisor(state, participant, authorisation.sponsor, "authorisation.sponsor")
            }
            Self::Revoke { handle } => {
                check_withdraws(state, participant)?;
                let sponsor = state.clients.get(handle).map(|client| client.authorisation.sponsor);
                sponsor.map_or(Ok(()), |sponsor| check_supervisor(state, participant, sponsor, "handle"))
            }
        }
    }

    fn plan<'a>(&'a self, &Asked { state, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            Self::Authorise { authorisation } => {
                check_authorise(state, authorisation)?;
                Ok(Planned::Authorise(authorisation))
            }
            Self::Revoke { handle } => Ok(Planned::Revoke { slot: check_revoke(state, handle)? }),
        }
    }

    fn apply(Doing { state, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Authorise(authorisation) => {
                state.clients.authorise(authorisation.clone());
                Ok(())
            }
            Planned::Revoke { slot } => {
                let missing = Halt::RecordMissing { table: tables::CLIENTS, key: slot.to_string() };
                state.clients.revoke(slot).ok_or(missing)
            }
        }
    }
}

fn check_asset(state: &State, asset: AssetId, field: &'static str) -> Result<(), Refusal> {
    ensure(state.assets.get(asset).is_some(), Code::UnknownAsset, field, || format!("there is no asset {asset}"))
}

fn check_authorise(state: &State, authorisation: &ClientAuthorisation) -> Result<(), Refusal> {
    let ClientAuthorisation { handle, sponsor, assets, corridors, window, programme, valid_from, valid_until, .. } =
        authorisation;
    state.participant(*sponsor).ok_or_else(|| unknown_participant("authorisation.sponsor", *sponsor))?;
    check_scope(assets, "authorisation.assets")?;
    check_scope(corridors, "authorisation.corridors")?;
    ensure(valid_from < valid_until, Code::AuthorisationMalformed, "authorisation.valid_until", || {
        format!("{valid_until} ms is not after valid_from, {valid_from} ms")
    })?;
    let has_length = window.is_none_or(|window| window.length_ms > 0);
    ensure(has_length, Code::AuthorisationMalformed, "authorisation.window.length_ms", || {
        "0; give the window a length, or none".to_owned()
    })?;
    programme.map_or(Ok(()), |number| programme::rules::check_sponsor(state, number, *sponsor))?;
    assets.iter().try_for_each(|asset| check_asset(state, *asset, "authorisation.assets"))?;
    ensure(state.clients.get(handle).is_none(), Code::ClientExists, "authorisation.handle", || {
        format!("{handle} was used before; choose a new random handle")
    })?;
    let limit = state.bounds.clients;
    ensure(state.clients.slots.len() < limit, Code::CapacityExceeded, "authorisation", || {
        format!("there are {limit} authorisations")
    })
}

fn check_scope<T: Ord>(list: &[T], field: &'static str) -> Result<(), Refusal> {
    let fits = (1..=MAX_SCOPE).contains(&list.len());
    ensure(fits && list.windows(2).all(|pair| pair[0] < pair[1]), Code::AuthorisationMalformed, field, || {
        format!("list 1 to {MAX_SCOPE}, ascending, none twice")
    })
}

/// The slot of a client whose authorisation may be withdrawn.
fn check_revoke(state: &State, handle: &ClientHandle) -> Result<u32, Refusal> {
    let unknown = || Refusal::new(Code::UnknownClient, "handle", format!("{handle} is not authorised"));
    let slot = state.clients.slot_of(handle).ok_or_else(unknown)?;
    let client = state.clients.slots.get(slot).ok_or_else(unknown)?;
    ensure(!client.revoked, Code::ClientRevoked, "handle", || format!("{handle} was revoked before"))?;
    Ok(slot)
}
