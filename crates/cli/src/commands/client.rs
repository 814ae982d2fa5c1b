//! `corridor client`: a central bank authorises companies to pay, and withdraws that. The ledger
//! learns an opaque handle, never a name.

use clap::{Args, Subcommand};
use corridor_types::operations::ClientStep;
use corridor_types::{
    Bic, ClientAuthorisation, ClientHandle, Corridor, CountryCode, CurrencyCode, Date, KeyRole, Operation, ProgrammeId,
    Timestamp, Uetr,
};

use super::account::asset_of;
use crate::actor::{Act, Actor, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::output::Output;
use crate::{clock, money};

/// One day, in milliseconds.
const DAY_MS: u64 = 86_400_000;

/// Authorise companies to pay, and withdraw that (central bank).
#[derive(Debug, Args)]
pub struct ClientArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Permit one company, through one sponsor bank, to pay
    Authorise(Box<AuthoriseArgs>),
    /// Withdraw a company's authorisation
    Revoke {
        /// The company's handle
        handle: ClientHandle,
        /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
        #[arg(long)]
        reference: Option<Uetr>,
        #[command(flatten)]
        act: Box<Act>,
    },
}

#[derive(Debug, Args)]
struct AuthoriseArgs {
    /// The sponsor bank's BIC
    #[arg(long, value_name = "BIC", value_parser = Bic::parse)]
    sponsor: Bic,
    /// A currency it may pay in; repeat it for more
    #[arg(long = "currency", required = true)]
    currencies: Vec<CurrencyCode>,
    /// A corridor it may pay over, such as BR-ZA; repeat it for more
    #[arg(long = "corridor", required = true, value_parser = parse_corridor)]
    corridors: Vec<Corridor>,
    /// The most it may pay at once, such as 50000.00
    #[arg(long, value_name = "AMOUNT")]
    cap: String,
    /// The number of the programme under which it pays
    #[arg(long, value_name = "NUMBER")]
    programme: Option<ProgrammeId>,
    /// The first day; absent: today
    #[arg(long, value_name = "YYYY-MM-DD")]
    from: Option<Date>,
    /// The last day
    #[arg(long, value_name = "YYYY-MM-DD")]
    until: Date,
    /// The handle under which it pays; absent: a random one
    #[arg(long)]
    handle: Option<ClientHandle>,
    /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
    #[arg(long)]
    reference: Option<Uetr>,
    #[command(flatten)]
    act: Act,
}

fn parse_corridor(text: &str) -> Result<Corridor, String> {
    let (from, to) = text.split_once('-').ok_or("write two countries, such as BR-ZA")?;
    let country = |code: &str| code.parse::<CountryCode>().map_err(|error| error.to_string());
    Ok(Corridor { from: country(from)?, to: country(to)? })
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: ClientArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::Authorise(args) => authorise(*args, output).await,
        Action::Revoke { handle, reference: given, act } => {
            let actor = act.open(KeyRole::Supervisor)?;
            let view = actor
                .carry_out(Operation::Client { reference: reference(given)?, step: ClientStep::Revoke { handle } })
                .await?;
            output.show(&Decision::new(format!("Withdrew the authorisation of client {handle}"), &view))
        }
    }
}

async fn authorise(args: AuthoriseArgs, output: Output) -> Result<(), Failure> {
    let actor = args.act.open(KeyRole::Supervisor)?;
    let handle = args.handle.map_or_else(|| clock::random().map(ClientHandle), Ok)?;
    let authorisation = authorisation(&args, &actor, handle)?;
    let operation =
        Operation::Client { reference: reference(args.reference)?, step: ClientStep::Authorise { authorisation } };
    let view = actor.carry_out(operation).await?;
    output.show(&Decision::new(format!("Authorised client {handle} of {}", args.sponsor), &view))
}

/// The lists are sorted because the ledger wants them so; that changes nothing they say.
fn authorisation(args: &AuthoriseArgs, actor: &Actor, handle: ClientHandle) -> Result<ClientAuthorisation, Failure> {
    let genesis = &actor.genesis;
    let mut assets = args.currencies.iter().map(|code| asset_of(genesis, *code)).collect::<Result<Vec<_>, _>>()?;
    assets.sort_unstable();
    let mut corridors = args.corridors.clone();
    corridors.sort_unstable();
    Ok(ClientAuthorisation {
        handle,
        sponsor: actor.number_of(args.sponsor)?,
        assets,
        corridors,
        payment_cap: cap(args)?,
        window: None,
        programme: args.programme,
        valid_from: args.from.map_or_else(|| start_of(clock::today()), start_of),
        valid_until: start_of(args.until).plus_ms(DAY_MS),
    })
}

/// The cap counts in minor units of every currency listed, so they must agree on the decimals.
fn cap(args: &AuthoriseArgs) -> Result<corridor_types::Amount, Failure> {
    let Some((first, others)) = args.currencies.split_first() else {
        return Err(Failure::usage("--currency: name at least one"));
    };
    match others.iter().find(|other| other.minor_units() != first.minor_units()) {
        Some(other) => {
            Err(Failure::usage(format!("--cap: {first} and {other} differ in decimals; authorise them apart")))
        }
        None => money::parse_positive("--cap", &args.cap, *first),
    }
}

fn start_of(day: Date) -> Timestamp {
    Timestamp(u64::from(day.0) * DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corridors_are_two_countries() {
        assert_eq!(parse_corridor("BR-ZA").map(|corridor| corridor.to_string()), Ok("BR-ZA".to_owned()));
        for bad in ["BRZA", "BR-XX", "BR-", "br-za"] {
            assert!(parse_corridor(bad).is_err(), "{bad} was taken");
        }
    }
}
