//! Accounts, client authorisations and standing consents.

use corridor_types::limits::MAX_SCOPE;
use corridor_types::{AccountId, AssetId, ClientAuthorisation, ClientHandle, Code, ParticipantId};

use crate::programme;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::owners::unknown_participant;

fn check_asset(state: &State, asset: AssetId, field: &'static str) -> Result<(), Refusal> {
    ensure(state.assets.get(asset).is_some(), Code::UnknownAsset, field, || format!("there is no asset {asset}"))
}

pub(crate) fn check_open_account(state: &State, owner: ParticipantId, asset: AssetId) -> Result<(), Refusal> {
    check_asset(state, asset, "asset")?;
    state.participant(owner).ok_or_else(|| unknown_participant("owner", owner))?;
    let limit = state.bounds.accounts;
    ensure(state.accounts.slots.len() < limit, Code::CapacityExceeded, "owner", || {
        format!("there are {limit} accounts")
    })
}

pub(crate) fn check_authorise(state: &State, authorisation: &ClientAuthorisation) -> Result<(), Refusal> {
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
pub(crate) fn check_revoke(state: &State, handle: &ClientHandle) -> Result<u32, Refusal> {
    let unknown = || Refusal::new(Code::UnknownClient, "handle", format!("{handle} is not authorised"));
    let slot = state.clients.slot_of(handle).ok_or_else(unknown)?;
    let client = state.clients.slots.get(slot).ok_or_else(unknown)?;
    ensure(!client.revoked, Code::ClientRevoked, "handle", || format!("{handle} was revoked before"))?;
    Ok(slot)
}

pub(crate) fn check_consent(state: &State, account: AccountId) -> Result<(), Refusal> {
    ensure(state.accounts.get(account).is_some(), Code::UnknownAccount, "account", || {
        format!("there is no account {account}")
    })
}
