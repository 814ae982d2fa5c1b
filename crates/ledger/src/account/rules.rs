//! Opening accounts, and consent that is given ahead of time.

use corridor_types::operations::AccountStep;
use corridor_types::{AccountId, AssetId, Code, ParticipantId};

use crate::Halt;
use crate::family::{Asked, Doing, Family};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::owners::{check_issuer, check_owner, unknown_participant};

fn check_open_account(state: &State, owner: ParticipantId, asset: AssetId) -> Result<(), Refusal> {
    ensure(state.assets.get(asset).is_some(), Code::UnknownAsset, "asset", || format!("there is no asset {asset}"))?;
    state.participant(owner).ok_or_else(|| unknown_participant("owner", owner))?;
    let limit = state.bounds.accounts;
    ensure(state.accounts.slots.len() < limit, Code::CapacityExceeded, "owner", || {
        format!("there are {limit} accounts")
    })
}

fn check_consent(state: &State, account: AccountId) -> Result<(), Refusal> {
    ensure(state.accounts.get(account).is_some(), Code::UnknownAccount, "account", || {
        format!("there is no account {account}")
    })
}

impl Family for AccountStep {
    type Planned<'a> = &'a Self;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            Self::Open { asset, .. } => check_issuer(state, participant, *asset),
            Self::SetStandingConsent { account, .. } => check_owner(state, participant, *account, "account"),
        }
    }

    fn plan<'a>(&'a self, &Asked { state, .. }: &Asked<'_>) -> Result<&'a Self, Refusal> {
        match self {
            Self::Open { owner, asset } => check_open_account(state, *owner, *asset)?,
            Self::SetStandingConsent { account, .. } => check_consent(state, *account)?,
        }
        Ok(self)
    }

    fn apply(Doing { state, .. }: Doing<'_>, planned: &Self) -> Result<(), Halt> {
        match planned {
            Self::Open { owner, asset } => {
                state.accounts.open(*owner, *asset);
                Ok(())
            }
            Self::SetStandingConsent { account, up_to } => state.accounts.set_consent(*account, *up_to),
        }
    }
}
