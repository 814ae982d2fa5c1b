//! `corridor genesis`: makes, checks and shows genesis documents.

use std::fmt;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use corridor_types::Genesis;
use serde::Serialize;

use crate::failure::Failure;
use crate::genesis_spec::Spec;
use crate::output::Output;
use crate::{clock, files, genesis_file, money};

/// Make, check and show genesis documents.
#[derive(Debug, Args)]
pub struct GenesisArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a genesis document of a specification (TOML, or JSON by the file's name)
    Create {
        /// The file with the specification
        #[arg(long, value_name = "FILE")]
        spec: PathBuf,
        /// The document to make; an existing one is never overwritten
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Check a genesis document
    Check {
        /// The genesis document
        file: PathBuf,
    },
    /// Show who and what is in a genesis document
    Show {
        /// The genesis document
        file: PathBuf,
    },
    /// Print the digest that names the chain
    Digest {
        /// The genesis document
        file: PathBuf,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`] that names file and field.
pub fn run(args: GenesisArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::Create { spec, out } => {
            let genesis = create(&spec)?;
            if out.exists() {
                return Err(Failure::usage(format!("{} exists; remove it or choose another --out", out.display())));
            }
            files::write_whole(&out, &genesis_file::to_text(&genesis)?)?;
            output.show(&Summary::new("Written.", &genesis))
        }
        Action::Check { file } => output.show(&Summary::new("The document is good.", &genesis_file::read(&file)?)),
        Action::Show { file } => output.show(&Contents(genesis_file::read(&file)?)),
        Action::Digest { file } => output.show(&Digest { genesis: genesis_file::read(&file)?.digest().to_string() }),
    }
}

fn create(file: &Path) -> Result<Genesis, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::unreadable(file, error))?;
    let genesis = Spec::parse(file, &text).and_then(|spec| spec.to_genesis(clock::now()));
    genesis.map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

#[derive(Debug, Serialize)]
struct Digest {
    genesis: String,
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.genesis)
    }
}

#[derive(Debug, Serialize)]
struct Summary {
    #[serde(skip)]
    verdict: &'static str,
    genesis: String,
    chain: String,
    participants: usize,
    validators: usize,
    assets: usize,
    accounts: usize,
}

impl Summary {
    fn new(verdict: &'static str, genesis: &Genesis) -> Self {
        Self {
            verdict,
            genesis: genesis.digest().to_string(),
            chain: genesis.chain.clone(),
            participants: genesis.participants.len(),
            validators: genesis.validators.len(),
            assets: genesis.assets.len(),
            accounts: genesis.accounts.len(),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verdict, genesis, chain, participants, validators, assets, accounts } = self;
        writeln!(f, "{verdict} Chain {chain}, genesis {genesis}")?;
        write!(f, "{participants} participants, {validators} validators, {assets} assets, {accounts} accounts")
    }
}

/// The whole document: for programs as it is, for people with names instead of numbers.
#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Contents(Genesis);

impl fmt::Display for Contents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let genesis = &self.0;
        writeln!(f, "chain   {}\ngenesis {}", genesis.chain, genesis.digest())?;
        writeln!(f, "time    {}\n\nparticipants", clock::readable(genesis.time))?;
        for (id, participant) in genesis.participants.iter().enumerate() {
            let validates = genesis.validators.iter().any(|v| usize::try_from(v.participant.0) == Ok(id));
            let role = if validates { ", validator" } else { "" };
            let (bic, name, kind, country) =
                (participant.bic, &participant.name, participant.kind, participant.country);
            writeln!(f, "{id:>6}  {bic}  {country}  {name} ({kind}{role})")?;
        }
        writeln!(f, "\nassets")?;
        for (id, asset) in genesis.assets.iter().enumerate() {
            let cap = money::readable(asset.payment_cap, asset.currency);
            writeln!(
                f,
                "{id:>6}  {}  issued by participant {}, one payment at most {cap}",
                asset.currency, asset.issuer
            )?;
        }
        write!(f, "\naccounts")?;
        for (id, account) in genesis.accounts.iter().enumerate() {
            let asset = genesis.assets.get(usize::from(account.asset.0));
            let currency = asset.map_or_else(String::new, |asset| asset.currency.to_string());
            write!(f, "\n{id:>6}  {currency}  of participant {}", account.owner)?;
        }
        Ok(())
    }
}
