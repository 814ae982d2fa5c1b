//! `corridor issue` and `corridor redeem`: a central bank makes and withdraws money.

use clap::Args;
use corridor_types::operations::AssetStep;
use corridor_types::{AccountId, Amount, KeyRole, Operation, Uetr};

use crate::actor::{Act, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::money;
use crate::output::Output;

/// Where and how much.
#[derive(Debug, Args)]
struct What {
    /// The account's number
    #[arg(long)]
    account: AccountId,
    /// How much, in the account's currency, such as 1000.00
    #[arg(long)]
    amount: String,
    /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
    #[arg(long)]
    reference: Option<Uetr>,
    #[command(flatten)]
    act: Act,
}

/// Issue money (central bank, two keys).
#[derive(Debug, Args)]
pub struct IssueArgs {
    #[command(flatten)]
    what: What,
}

/// Redeem money (central bank, two keys).
#[derive(Debug, Args)]
pub struct RedeemArgs {
    #[command(flatten)]
    what: What,
}

/// Runs `issue`.
///
/// # Errors
/// [`Failure`].
pub async fn issue(args: IssueArgs, output: Output) -> Result<(), Failure> {
    let operation =
        |reference, account, amount| Operation::Asset { reference, step: AssetStep::Issue { account, amount } };
    run(args.what, "Issued", operation, output).await
}

/// Runs `redeem`.
///
/// # Errors
/// [`Failure`].
pub async fn redeem(args: RedeemArgs, output: Output) -> Result<(), Failure> {
    let operation =
        |reference, account, amount| Operation::Asset { reference, step: AssetStep::Redeem { account, amount } };
    run(args.what, "Redeemed", operation, output).await
}

async fn run(
    what: What,
    verb: &str,
    operation: impl Fn(Uetr, AccountId, Amount) -> Operation,
    output: Output,
) -> Result<(), Failure> {
    let actor = what.act.open(KeyRole::Issuer)?;
    let account = actor.session.account(what.account).await?;
    let amount = money::parse_positive("--amount", &what.amount, account.currency)?;
    let view = actor.carry_out(operation(reference(what.reference)?, account.id, amount)).await?;
    let amount = money::readable(amount, account.currency);
    output.show(&Decision::new(format!("{verb} {amount} on account {} of {}", account.id, account.owner_bic), &view))
}
