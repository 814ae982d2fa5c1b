//! `corridor node register` and `unregister`: a participant says which nodes of its own may connect.

use std::path::Path;

use crate::actor::{Act, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::keyring::{self, Purpose};
use crate::output::Output;
use clap::Args;
use corridor_crypto::PublicKey;
use corridor_types::operations::NodeStep;
use corridor_types::{KeyRole, Operation, Uetr};

/// Which node it is, and of whom.
#[derive(Debug, Args)]
pub struct RegisterArgs {
    /// The node's network key: its public half, or the key file
    #[arg(long, value_name = "KEY|FILE")]
    network_key: String,
    /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
    #[arg(long)]
    reference: Option<Uetr>,
    #[command(flatten)]
    act: Act,
}

/// Runs `register`.
///
/// # Errors
/// [`Failure`].
pub async fn register(args: RegisterArgs, output: Output) -> Result<(), Failure> {
    let operation = |reference, network_key| Operation::Node { reference, step: NodeStep::Register { network_key } };
    run(args, "may connect", operation, output).await
}

/// Runs `unregister`.
///
/// # Errors
/// [`Failure`].
pub async fn unregister(args: RegisterArgs, output: Output) -> Result<(), Failure> {
    let operation = |reference, network_key| Operation::Node { reference, step: NodeStep::Remove { network_key } };
    run(args, "may connect no more", operation, output).await
}

async fn run(
    args: RegisterArgs,
    done: &str,
    operation: impl Fn(Uetr, PublicKey) -> Operation,
    output: Output,
) -> Result<(), Failure> {
    let actor = args.act.open(KeyRole::Operator)?;
    let key = public_key(&args.network_key)?;
    let view = actor.carry_out(operation(reference(args.reference)?, key)).await?;
    output.show(&Decision::new(format!("The node {key} of {} {done}", actor.bic), &view))
}

/// A public key as text, or of a key file.
fn public_key(text: &str) -> Result<PublicKey, Failure> {
    match text.parse() {
        Ok(key) => Ok(key),
        Err(_) => keyring::read(Path::new(text), Purpose::Network).map(|key| key.public_key()),
    }
}
