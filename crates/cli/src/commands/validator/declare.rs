//! `corridor validator declare`: a participant says that a validator of its own is ready.

use std::path::PathBuf;

use clap::Args;
use corridor_client::Client;
use corridor_crypto::Digest;
use corridor_types::operations::ValidatorsStep;
use corridor_types::{Height, KeyRole, Operation, Uetr, Validator, VotingPower};

use crate::actor::{Act, Actor, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::keyring::{self, Purpose};
use crate::output::Output;
use crate::session::failed;

/// Declare a validator of this institution ready.
#[derive(Debug, Args)]
pub struct DeclareArgs {
    /// Key file of the validator: what will sign its votes
    #[arg(long, value_name = "FILE")]
    validator_key: PathBuf,
    /// Key file of its links
    #[arg(long, value_name = "FILE")]
    network_key: PathBuf,
    /// The weight that it proposes; absent: that of the running validator, or 1
    #[arg(long)]
    power: Option<u64>,
    /// Address of the node that is to vote, whose executed state is the sign that it is ready; absent: the node of
    /// the profile. A node that is no validator yet takes no transaction, so the profile names another one
    #[arg(long, value_name = "URL")]
    node: Option<String>,
    /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
    #[arg(long)]
    reference: Option<Uetr>,
    #[command(flatten)]
    act: Act,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: DeclareArgs, output: Output) -> Result<(), Failure> {
    let actor = args.act.open(KeyRole::Operator)?;
    let key = keyring::read(&args.validator_key, Purpose::Validator)?;
    let network_key = keyring::read(&args.network_key, Purpose::Network)?;
    let own = args.node.as_deref().map(Client::new).transpose().map_err(failed)?;
    let (height, state) = newest_state(own.as_ref().unwrap_or(&actor.session.client)).await?;
    let validator = Validator {
        participant: actor.participant,
        key: key.public_key(),
        network_key: network_key.public_key(),
        power: power(&args, &actor).await?,
    };
    let operation = Operation::Validators {
        reference: reference(args.reference)?,
        step: ValidatorsStep::Declare { validator, height, state },
    };
    let view = actor.carry_out_with(operation, &[key, network_key]).await?;
    let done = format!("Declared a validator of {} ready; the central banks have 24 hours to decide", actor.bic);
    output.show(&Decision::new(done, &view))
}

async fn power(args: &DeclareArgs, actor: &Actor) -> Result<VotingPower, Failure> {
    if let Some(power) = args.power {
        return Ok(VotingPower(power));
    }
    let sets = actor.session.client.validators().await.map_err(failed)?;
    let running = sets.current.iter().find(|validator| validator.participant == actor.participant);
    Ok(running.map_or(VotingPower(1), |validator| validator.power))
}

/// The commitment after the newest block that a node has executed and holds a certificate for.
async fn newest_state(node: &Client) -> Result<(Height, Digest), Failure> {
    let height = node.chain().await.map_err(failed)?.settled;
    let block = if height > Height(0) { node.block(height).await.map_err(failed)? } else { None };
    let outcome = block.and_then(|block| block.outcome);
    let none = || Failure::refused("not_ready", "the node has settled no block yet; wait until it has caught up");
    outcome.map(|outcome| (height, outcome.state)).ok_or_else(none)
}
