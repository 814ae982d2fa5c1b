//! `corridor account`: a central bank opens accounts in its currency, and everybody reads statements.

mod statement;

use clap::{Args, Subcommand};
use corridor_types::operations::AccountStep;
use corridor_types::{AssetId, Bic, CurrencyCode, Genesis, KeyRole, Operation, Uetr};

use crate::actor::{Act, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::output::Output;

/// Open accounts (central bank), and show the bookings on them.
#[derive(Debug, Args)]
pub struct AccountArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Open an account for an institution, in a currency of the acting central bank
    Open {
        /// The institution's BIC
        #[arg(long, value_name = "BIC", value_parser = Bic::parse)]
        owner: Bic,
        /// The currency, such as BRL
        #[arg(long)]
        currency: CurrencyCode,
        /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
        #[arg(long)]
        reference: Option<Uetr>,
        #[command(flatten)]
        act: Box<Act>,
    },
    /// Show the bookings on an account, with the balance after each
    Statement(statement::StatementArgs),
}

/// An account to open.
struct Opening {
    owner: Bic,
    currency: CurrencyCode,
    reference: Option<Uetr>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: AccountArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::Open { owner, currency, reference, act } => {
            open(Opening { owner, currency, reference }, &act, output).await
        }
        Action::Statement(args) => statement::run(args, output).await,
    }
}

async fn open(opening: Opening, act: &Act, output: Output) -> Result<(), Failure> {
    let Opening { owner, currency, reference: given } = opening;
    let actor = act.open(KeyRole::Issuer)?;
    let operation = Operation::Account {
        reference: reference(given)?,
        step: AccountStep::Open { owner: actor.number_of(owner)?, asset: asset_of(&actor.genesis, currency)? },
    };
    let view = actor.carry_out(operation).await?;
    output.show(&Decision::new(format!("Opened an account in {currency} for {owner}"), &view))
}

/// The number of a currency's asset.
///
/// # Errors
/// A usage failure if the genesis has none.
pub fn asset_of(genesis: &Genesis, currency: CurrencyCode) -> Result<AssetId, Failure> {
    let found = (0u16..).zip(&genesis.assets).find(|(_, asset)| asset.currency == currency);
    found.map(|(id, _)| AssetId(id)).ok_or_else(|| Failure::usage(format!("the genesis has no asset in {currency}")))
}
