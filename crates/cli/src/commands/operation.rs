//! `corridor operation`: every step of every object, from a file of JSON. For steps that have no
//! command of their own, and for those that several institutions sign.
//!
//! What is allowed is the ledger's business; here a file becomes an operation, gets signatures, and
//! is sent.

mod draft;
mod example;
mod read;
mod signing;
mod submit;
mod template;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use corridor_types::KeyRole;

use crate::actor::Act;
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Connect;

/// Take any step of any object, from a file of JSON.
#[derive(Debug, Args)]
pub struct OperationArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the names of all operations, with who signs them
    List,
    /// Print a complete example of an operation as JSON
    Template {
        /// Its name, such as programme.open; see `corridor operation list`
        name: String,
    },
    /// Sign an operation and submit it, or write it to a file for others to sign
    Submit(Box<SubmitArgs>),
    /// Show what is in a file that `submit --draft` wrote, and sign it as this institution
    Sign {
        /// The file with the transaction
        file: PathBuf,
        #[command(flatten)]
        with: With,
        #[command(flatten)]
        act: Box<Act>,
    },
    /// Send a file that everybody has signed
    Send {
        /// The file with the transaction
        file: PathBuf,
        /// Seconds to wait for the ledger's decision
        #[arg(long, default_value_t = 30, value_name = "SECONDS")]
        timeout_s: u64,
        #[command(flatten)]
        connect: Connect,
    },
}

/// Sign an operation and submit it.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// The operation as JSON; - reads standard input. `reference` may be left out: a new one
    file: PathBuf,
    #[command(flatten)]
    with: With,
    /// Write the unsigned transaction to a file, for each institution to sign, instead of submitting it
    #[arg(long, value_name = "FILE", conflicts_with = "roles")]
    draft: Option<PathBuf>,
    /// For how many hours the draft can be sent
    #[arg(long, default_value_t = 24, value_name = "HOURS", requires = "draft")]
    valid_h: u32,
    #[command(flatten)]
    act: Act,
}

/// With which keys of the profile.
#[derive(Debug, Args)]
pub struct With {
    /// Sign with all keys of this role; repeat it for more. Absent: the role that the operation needs, unless --key
    /// names other keys
    #[arg(long = "role", value_name = "ROLE", help_heading = "Signing")]
    roles: Vec<KeyRole>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: OperationArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::List => output.show(&template::list()),
        Action::Template { name } => template::print(&name),
        Action::Submit(args) => submit::run(*args, output).await,
        Action::Sign { file, with, act } => draft::sign(&file, &with.roles, &act, output).await,
        Action::Send { file, timeout_s, connect } => draft::send(&file, timeout_s, &connect, output).await,
    }
}
