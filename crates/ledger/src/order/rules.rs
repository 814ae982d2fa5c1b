//! The rules of legal orders.

use corridor_types::operations::{FreezeMode, OrderStep, OrderTarget};
use corridor_types::{AccountId, Amount, ClientHandle, Code, MovementKind, ParticipantId};

use crate::account::Transfer;
use crate::family::{Asked, Doing, Family};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::who::owners::{check_issuer, check_supervisor};
use crate::{Account, Client, Freezes, Halt};

const TARGET_ACCOUNT: &str = "step.target.account";
const TARGET_CLIENT: &str = "step.target.handle";
const SEIZED: (MovementKind, MovementKind) = (MovementKind::SeizedOut, MovementKind::SeizedIn);

/// The currency's central bank and the owner's central bank may both freeze.
fn check_reach(state: &State, participant: ParticipantId, id: AccountId) -> Result<(), Refusal> {
    let Some(account) = state.accounts.get(id) else { return Ok(()) };
    let issuer = state.assets.get(account.asset).map(|asset| asset.issuer);
    let supervisor = state.participant(account.owner).map(|owner| owner.supervisor);
    ensure([issuer, supervisor].contains(&Some(participant)), Code::NotIssuer, TARGET_ACCOUNT, || {
        format!("participant {participant} neither issues the asset of account {id} nor supervises its owner")
    })
}

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    /// To leave an account with these freezes.
    Account { account: AccountId, freezes: Freezes },
    /// To set or end the freeze of a client.
    Client { handle: &'a ClientHandle, frozen: bool },
    /// To move money.
    Seize { from: AccountId, to: AccountId, amount: Amount },
}

impl Family for OrderStep {
    type Planned<'a> = Planned<'a>;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            OrderStep::Freeze { target, .. } | OrderStep::Unfreeze { target, .. } => match target {
                OrderTarget::Account { account } => check_reach(state, participant, *account),
                OrderTarget::Client { handle } => state.clients.get(handle).map_or(Ok(()), |client| {
                    check_supervisor(state, participant, client.authorisation.sponsor, TARGET_CLIENT)
                }),
            },
            OrderStep::Seize { account, .. } => {
                state.accounts.get(*account).map_or(Ok(()), |account| check_issuer(state, participant, account.asset))
            }
        }
    }

    fn plan<'a>(&'a self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            OrderStep::Freeze { target: OrderTarget::Account { account: id }, mode, .. } => {
                let mut freezes = account(state, *id, TARGET_ACCOUNT)?.freezes;
                let before = own_order(state, participant, *id, &mut freezes).replace(*mode);
                ensure(before != Some(*mode), Code::AlreadyFrozen, TARGET_ACCOUNT, || {
                    format!("account {id} is frozen for {mode} by participant {participant} already")
                })?;
                Ok(Planned::Account { account: *id, freezes })
            }
            OrderStep::Unfreeze { target: OrderTarget::Account { account: id }, .. } => {
                let mut freezes = account(state, *id, TARGET_ACCOUNT)?.freezes;
                let before = own_order(state, participant, *id, &mut freezes).take();
                ensure(before.is_some(), Code::NotFrozen, TARGET_ACCOUNT, || not_frozen_by(participant, *id, freezes))?;
                Ok(Planned::Account { account: *id, freezes })
            }
            OrderStep::Freeze { target: OrderTarget::Client { handle }, mode, .. } => {
                let client = client(state, handle)?;
                ensure(*mode == FreezeMode::Debits, Code::FreezeModeInvalid, "step.mode", || {
                    format!("{mode}; a client is frozen for {}", FreezeMode::Debits)
                })?;
                ensure(!client.frozen, Code::AlreadyFrozen, TARGET_CLIENT, || format!("{handle} is frozen already"))?;
                Ok(Planned::Client { handle, frozen: true })
            }
            OrderStep::Unfreeze { target: OrderTarget::Client { handle }, .. } => {
                let client = client(state, handle)?;
                ensure(client.frozen, Code::NotFrozen, TARGET_CLIENT, || format!("{handle} is not frozen"))?;
                Ok(Planned::Client { handle, frozen: false })
            }
            OrderStep::Seize { account, amount, to, .. } => {
                check_seize(state, *account, *to, *amount)?;
                Ok(Planned::Seize { from: *account, to: *to, amount: *amount })
            }
        }
    }

    fn apply(Doing { state, journal, reference, .. }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Account { account, freezes } => state.accounts.set_freezes(account, freezes),
            Planned::Client { handle, frozen } => {
                let missing = || Halt::RecordMissing { table: tables::CLIENTS, key: handle.to_string() };
                state.clients.set_frozen(handle, frozen).ok_or_else(missing)
            }
            Planned::Seize { from, to, amount } => {
                state.accounts.transfer(journal, Transfer { from, to, amount, kinds: SEIZED, reference })
            }
        }
    }
}

/// The order on an account that is a central bank's own: it is given and ended by nobody else.
/// Whether the bank may give one at all was checked as authority.
fn own_order<'a>(
    state: &State,
    participant: ParticipantId,
    id: AccountId,
    freezes: &'a mut Freezes,
) -> &'a mut Option<FreezeMode> {
    let asset = state.accounts.get(id).and_then(|account| state.assets.get(account.asset));
    let is_issuer = asset.is_some_and(|asset| asset.issuer == participant);
    if is_issuer { &mut freezes.issuer } else { &mut freezes.supervisor }
}

fn not_frozen_by(participant: ParticipantId, id: AccountId, others: Freezes) -> String {
    let freeze = others.together();
    let other =
        freeze.map_or_else(String::new, |_| "; the other central bank froze it, which alone ends that".to_owned());
    format!("account {id} is not frozen on an order of participant {participant}{other}")
}

fn account<'a>(state: &'a State, id: AccountId, field: &'static str) -> Result<&'a Account, Refusal> {
    let unknown = || Refusal::new(Code::UnknownAccount, field, format!("there is no account {id}"));
    state.accounts.get(id).ok_or_else(unknown)
}

fn client<'a>(state: &'a State, handle: &ClientHandle) -> Result<&'a Client, Refusal> {
    let unknown = || Refusal::new(Code::UnknownClient, TARGET_CLIENT, format!("{handle} is not authorised"));
    state.clients.get(handle).ok_or_else(unknown)
}

fn check_frozen(account: &Account, id: AccountId, field: &'static str) -> Result<(), Refusal> {
    ensure(account.freeze().is_some(), Code::NotFrozen, field, || format!("account {id} is not frozen"))
}

fn check_seize(state: &State, from_id: AccountId, to_id: AccountId, amount: Amount) -> Result<(), Refusal> {
    let (from, to) = (account(state, from_id, "step.account")?, account(state, to_id, "step.to")?);
    ensure(from_id != to_id, Code::SameAccount, "step.to", || {
        format!("{to_id} is the seized account; name another one")
    })?;
    ensure(from.asset == to.asset, Code::AssetMismatch, "step.to", || {
        format!("account {to_id} is in asset {}, the seized one in {}", to.asset, from.asset)
    })?;
    ensure(amount > Amount::ZERO, Code::AmountZero, "step.amount", || "0; it must be above zero".to_owned())?;
    check_frozen(from, from_id, "step.account")?;
    ensure(to.may_receive(), Code::AccountFrozen, "step.to", || {
        format!("account {to_id} is frozen on a legal order; name another one")
    })?;
    ensure(from.available >= amount, Code::InsufficientFunds, "step.amount", || {
        let (available, reserved) = (from.available, from.reserved);
        format!(
            "{amount} is above the available {available}; {reserved} more are set aside for open payments and \
             become available when these are rejected"
        )
    })
}
