//! Issuing and redeeming money.

use corridor_crypto::planted::{self, Bug};
use corridor_types::operations::AssetStep;
use corridor_types::{AccountId, Amount, Code, MovementKind};

use crate::account::Booking;
use crate::family::{Asked, Doing, Family};
use crate::halt::invariant;
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::who::owners::check_issuer;
use crate::{Account, Asset, Halt, limit};

fn account_and_asset(state: &State, id: AccountId) -> Result<(&Account, &Asset), Refusal> {
    let unknown = || Refusal::new(Code::UnknownAccount, "account", format!("there is no account {id}"));
    let account = state.accounts.get(id).ok_or_else(unknown)?;
    let no_asset = || Refusal::new(Code::UnknownAsset, "account", format!("there is no asset {}", account.asset));
    Ok((account, state.assets.get(account.asset).ok_or_else(no_asset)?))
}

fn check_amount(amount: Amount) -> Result<(), Refusal> {
    ensure(amount > Amount::ZERO, Code::AmountZero, "amount", || "0; it must be above zero".to_owned())
}

fn check_issue(state: &State, account: AccountId, amount: Amount) -> Result<(), Refusal> {
    let (holder, asset) = account_and_asset(state, account)?;
    check_amount(amount)?;
    ensure(asset.has_room_for(amount), Code::AmountOverflow, "amount", || {
        format!("{amount} on top of {} in circulation exceeds {}", asset.circulating(), u64::MAX)
    })?;
    ensure(holder.may_receive(), Code::AccountFrozen, "account", || frozen(account))?;
    ensure(limit::rules::has_room_for(state, account, amount), Code::BalanceLimitExceeded, "amount", || {
        format!("{amount} on top of {} exceeds the balance limit of account {account}", holder.held())
    })
}

fn frozen(account: AccountId) -> String {
    format!("account {account} is frozen on a legal order; end the freeze, or seize")
}

fn check_redeem(state: &State, account: AccountId, amount: Amount) -> Result<(), Refusal> {
    let (holder, _) = account_and_asset(state, account)?;
    check_amount(amount)?;
    ensure(holder.may_pay(), Code::AccountFrozen, "account", || frozen(account))?;
    ensure(holder.available >= amount, Code::InsufficientFunds, "amount", || {
        format!("{amount} is above the available {}", holder.available)
    })
}

fn edit_asset(state: &mut State, account: AccountId) -> Result<&mut Asset, Halt> {
    let halt = || Halt::BalanceImpossible { account, action: "be found with its asset" };
    let asset = state.accounts.get(account).ok_or_else(halt)?.asset;
    state.assets.edit(asset).ok_or_else(halt)
}

fn apply_issue(
    Doing { state, journal, reference, .. }: Doing<'_>,
    account: AccountId,
    amount: Amount,
) -> Result<(), Halt> {
    let asset = edit_asset(state, account)?;
    asset.issued += u128::from(amount.0);
    invariant(asset.circulating() <= u128::from(u64::MAX), "what circulates of an asset fits an account")?;
    let booking = Booking { kind: MovementKind::Issued, reference, amount };
    if planted::is(Bug::CreditedTwice) {
        state.accounts.book(journal, account, booking)?;
    }
    state.accounts.book(journal, account, booking)
}

fn apply_redeem(
    Doing { state, journal, reference, .. }: Doing<'_>,
    account: AccountId,
    amount: Amount,
) -> Result<(), Halt> {
    let asset = edit_asset(state, account)?;
    asset.redeemed += u128::from(amount.0);
    invariant(asset.redeemed <= asset.issued, "no more of an asset is redeemed than was issued")?;
    state.accounts.book(journal, account, Booking { kind: MovementKind::Redeemed, reference, amount })
}

impl Family for AssetStep {
    type Planned<'a> = &'a Self;

    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        let (Self::Issue { account, .. } | Self::Redeem { account, .. }) = self;
        state.accounts.get(*account).map_or(Ok(()), |account| check_issuer(state, participant, account.asset))
    }

    fn plan<'a>(&'a self, &Asked { state, .. }: &Asked<'_>) -> Result<&'a Self, Refusal> {
        match self {
            Self::Issue { account, amount } => check_issue(state, *account, *amount)?,
            Self::Redeem { account, amount } => check_redeem(state, *account, *amount)?,
        }
        Ok(self)
    }

    fn apply(doing: Doing<'_>, planned: &Self) -> Result<(), Halt> {
        match planned {
            Self::Issue { account, amount } => apply_issue(doing, *account, *amount),
            Self::Redeem { account, amount } => apply_redeem(doing, *account, *amount),
        }
    }
}
