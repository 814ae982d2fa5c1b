//! `corridor testnet`: one command to a running network and a first payment.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use corridor_cli::failure::Failure;
use corridor_cli::output::Output;
use corridor_cli::{clock, stopping};

use crate::testnet::cast::{DEFAULT_VALIDATORS, MAX_VALIDATORS, Member};
use crate::testnet::children::Children;
use crate::testnet::demonstration::demonstrate;
use crate::testnet::directory::{Directory, State};
use crate::testnet::plan::Plan;
use crate::testnet::ports::{BasePort, Ports};
use crate::testnet::prepare::prepare;
use crate::testnet::readiness::all_ready;
use crate::testnet::story::Story;
use crate::testnet::{cast, create};

/// How long the nodes may take to be ready. Opening a database and connecting takes a second; the
/// rest is for a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Run a whole network on this machine and make a first payment.
#[derive(Debug, Args)]
pub struct TestnetArgs {
    /// The network's folder; made on the first start, continued on later ones
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// How many validators, on the first start; with four, one may fail
    #[arg(long, value_parser = validators)]
    validators: Option<usize>,
    /// Exit after the payment, with its status
    #[arg(long)]
    once: bool,
    /// First of the ports, or `auto` for the first free ones; later starts keep theirs unless told
    #[arg(long, value_name = "PORT|auto")]
    base_port: Option<BasePort>,
}

fn validators(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=MAX_VALIDATORS).contains(number));
    number.ok_or_else(|| format!("write a number from 1 to {MAX_VALIDATORS}"))
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]; after `--once`, also one of the demonstration.
pub async fn run(args: TestnetArgs, output: Output) -> Result<(), Failure> {
    let directory = Directory::at(&args.dir);
    create_if_absent(&directory, &args, output)?;
    let _running = directory.lock()?;
    let state = reopen(&directory, &args)?;
    let members = cast::members(state.validators).map_err(Failure::internal)?;
    let stop = stopping::requested()?;
    let mut children = Children::start(&directory, &members, &state)?;
    let work = operate(&mut children, &directory, &members, &state, args.once, output);
    // Whatever happens, the nodes are stopped in order before this ends.
    let result = tokio::select! {
        result = work => result,
        () = stop => {
            output.note("Stopping the nodes.");
            Ok(())
        }
    };
    children.stop().await;
    result
}

fn create_if_absent(directory: &Directory, args: &TestnetArgs, output: Output) -> Result<(), Failure> {
    if directory.is_complete()? {
        return Ok(());
    }
    let validators = args.validators.unwrap_or(DEFAULT_VALIDATORS);
    let ports = Ports::choose(args.base_port.unwrap_or(BasePort::Auto), validators)?;
    let plan = Plan::new(validators, ports, clock::now(), &mut clock::random)?;
    create::create(directory.root(), &plan)?;
    output.note(format!("Made a network of {validators} validators in {}.", directory.root().display()));
    Ok(())
}

/// The state of a complete folder, with other ports if that was asked for. Only its holder of the
/// lock may call it.
fn reopen(directory: &Directory, args: &TestnetArgs) -> Result<State, Failure> {
    let mut state = directory.state()?;
    if let Some(asked) = args.validators.filter(|asked| *asked != state.validators) {
        let (there, folder) = (state.validators, directory.root().display());
        return Err(Failure::usage(format!(
            "--validators {asked}: the network in {folder} has {there}; leave the option out or choose another --dir"
        )));
    }
    match args.base_port {
        None => state.ports.require_free()?,
        Some(base) => {
            state.ports = Ports::choose(base, state.validators)?;
            let members = cast::members(state.validators).map_err(Failure::internal)?;
            create::write_configurations(directory, &members, &state)?;
            create::write_state(directory, &state)?;
        }
    }
    Ok(state)
}

async fn operate(
    children: &mut Children,
    directory: &Directory,
    members: &[Member],
    state: &State,
    once: bool,
    output: Output,
) -> Result<(), Failure> {
    output.note("Starting the nodes.");
    let story = children.guard(async {
        all_ready(state, READY_WITHIN).await?;
        output.note("The nodes are ready. Issuing money and authorising companies, if that was not done.");
        prepare(directory, members, state).await?;
        output.note("Making a payment from the sample message.");
        let payment = demonstrate(directory, members).await?;
        Ok(Story::new(directory, members, state, payment, once))
    });
    output.show(&story.await?)?;
    if once {
        return Ok(());
    }
    output.note("\nThe network runs until you press Ctrl-C.");
    Err(children.first_death().await)
}
