//! `corridor balance`: accounts with their balances.

use std::fmt;

use clap::Args;
use corridor_types::view::AccountView;
use corridor_types::{AccountId, Bic};
use serde::Serialize;

use crate::failure::Failure;
use crate::money;
use crate::output::Output;
use crate::session::{Connect, Session};

/// Show accounts with their balances.
#[derive(Debug, Args)]
pub struct BalanceArgs {
    /// Only accounts of this institution; absent: the profile's
    #[arg(long, value_name = "BIC", value_parser = Bic::parse, conflicts_with = "account")]
    bic: Option<Bic>,
    /// Only this account
    #[arg(long)]
    account: Option<AccountId>,
    #[command(flatten)]
    connect: Connect,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: BalanceArgs, output: Output) -> Result<(), Failure> {
    let session = args.connect.open()?;
    let accounts = find(&session, args.account, args.bic).await?;
    output.show(&Accounts { accounts })
}

async fn find(session: &Session, account: Option<AccountId>, bic: Option<Bic>) -> Result<Vec<AccountView>, Failure> {
    if let Some(account) = account {
        return Ok(vec![session.account(account).await?]);
    }
    let missing = || Failure::usage("whose accounts? use --bic or --account, or a profile that names a participant");
    session.accounts_of(bic.or(session.profile.participant).ok_or_else(missing)?).await
}

#[derive(Debug, Serialize)]
struct Accounts {
    accounts: Vec<AccountView>,
}

impl fmt::Display for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>7}  {:<11}  {:>24}  {:>24}", "account", "owner", "available", "reserved")?;
        for account in &self.accounts {
            let available = money::readable(account.available.minor, account.currency);
            let reserved = money::readable(account.reserved.minor, account.currency);
            write!(f, "\n{:>7}  {:<11}  {available:>24}  {reserved:>24}", account.id.0, account.owner_bic)?;
        }
        Ok(())
    }
}
