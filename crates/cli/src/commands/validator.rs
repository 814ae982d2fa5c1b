//! `corridor validator`: who votes, and how that changes. A participant declares a validator of its
//! own that is ready; the central banks that issue an asset decide together; the next block that can
//! ends the epoch. What is allowed is the ledger's business.

mod change;
mod deciders;
mod declare;
mod handovers;
mod resolution;
mod show;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::actor::Act;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Connect;

/// Show the validators, and change who they are.
#[derive(Debug, Args)]
pub struct ValidatorArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show who votes, who is decided or declared to vote next, and who may connect
    Show {
        #[command(flatten)]
        connect: Connect,
    },
    /// Declare a validator of this institution ready: a new one, or the next keys of a running one
    Declare(Box<declare::DeclareArgs>),
    /// Decide on the validators of the next epoch (central banks)
    Change(Box<change::ChangeArgs>),
    /// Sign a decision in a file as another central bank
    Sign {
        /// The file that `change --out` wrote
        file: PathBuf,
        #[command(flatten)]
        act: Box<Act>,
    },
    /// Submit a decision that every issuing central bank and enough validators have signed
    Submit {
        /// The file with the decision
        file: PathBuf,
        /// Seconds to wait for the ledger's decision
        #[arg(long, default_value_t = 30, value_name = "SECONDS")]
        timeout_s: u64,
        #[command(flatten)]
        connect: Connect,
    },
    /// Fetch the proofs of all changes of validators, for verifying evidence offline
    Handovers {
        /// The file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        #[command(flatten)]
        connect: Connect,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: ValidatorArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::Show { connect } => show::run(&connect, output).await,
        Action::Declare(args) => declare::run(*args, output).await,
        Action::Change(args) => change::run(*args, output).await,
        Action::Sign { file, act } => change::sign(&file, &act, output).await,
        Action::Submit { file, timeout_s, connect } => change::submit(&file, timeout_s, &connect, output).await,
        Action::Handovers { out, connect } => handovers::run(&out, &connect, output).await,
    }
}
