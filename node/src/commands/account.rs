//! `corridor account`: a central bank opens accounts in its currency.

use clap::{Args, Subcommand};
use corridor_types::{AssetId, Bic, CurrencyCode, Genesis, KeyRole, Operation, Uetr};

use crate::actor::{Act, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::participant_by_bic;

/// Open accounts (central bank).
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
        /// The currency
        #[arg(long)]
        currency: CurrencyCode,
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
pub async fn run(args: AccountArgs, output: Output) -> Result<(), Failure> {
    let Action::Open { owner, currency, reference: given, act } = args.action;
    let actor = act.open(KeyRole::Issuer)?;
    let operation = Operation::OpenAccount {
        reference: reference(given)?,
        owner: participant_by_bic(&actor.genesis, owner)?.0,
        asset: asset_of(&actor.genesis, currency)?,
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
