//! `corridor consent`: a bank attests in advance.

use clap::{Args, Subcommand};
use corridor_types::operations::AccountStep;
use corridor_types::{AccountId, KeyRole, Operation, Uetr};

use crate::actor::{Act, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::money;
use crate::output::Output;

/// Attest in advance all payments to an account up to an amount.
#[derive(Debug, Args)]
pub struct ConsentArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Set the amount; 0 ends the consent
    Set {
        /// The account's number; it must be the acting bank's
        #[arg(long)]
        account: AccountId,
        /// The largest payment that needs no attestation of its own, such as 1000.00
        #[arg(long, value_name = "AMOUNT")]
        up_to: String,
        /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
        #[arg(long)]
        reference: Option<Uetr>,
        #[command(flatten)]
        act: Box<Act>,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: ConsentArgs, output: Output) -> Result<(), Failure> {
    let Action::Set { account, up_to, reference: given, act } = args.action;
    let actor = act.open(KeyRole::Operator)?;
    let account = actor.session.account(account).await?;
    let limit = money::parse("--up-to", &up_to, account.currency)?;
    let operation = Operation::Account {
        reference: reference(given)?,
        step: AccountStep::SetStandingConsent { account: account.id, up_to: limit },
    };
    let view = actor.carry_out(operation).await?;
    let limit = money::readable(limit, account.currency);
    output.show(&Decision::new(format!("Payments to account {} up to {limit} need no attestation", account.id), &view))
}
