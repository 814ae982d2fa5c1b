//! `corridor demo trade`: a fresh network, a story with a receipt for each step, the books at the
//! end, and an exit code that says whether everything came out as it should.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use corridor_cli::failure::Failure;
use corridor_cli::output::Output;
use corridor_cli::{clock, stopping};

use crate::demo::books::Books;
use crate::demo::joining::Joining;
use crate::demo::play::Play;
use crate::demo::report::{Report, Summary};
use crate::demo::stage::Stage;
use crate::demo::trade::{self, Told};
use crate::testnet::cast::{self, DEFAULT_VALIDATORS, MAX_VALIDATORS, Member};
use crate::testnet::children::Children;
use crate::testnet::create;
use crate::testnet::directory::{Directory, State};
use crate::testnet::plan::Plan;
use crate::testnet::ports::{BasePort, Ports};
use crate::testnet::prepare::prepare;
use crate::testnet::readiness::all_ready;

/// How long the nodes may take to be ready, on a busy machine.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// Play a story on a fresh network, with a receipt for each step.
#[derive(Debug, Args)]
pub struct DemoArgs {
    #[command(subcommand)]
    story: StoryName,
}

#[derive(Debug, Subcommand)]
enum StoryName {
    /// Trade payments between two countries: pilot, licences, legal orders, exchange, gridlock, a new validator
    Trade(TradeArgs),
}

/// Where and how large.
#[derive(Debug, Args)]
struct TradeArgs {
    /// The network's folder, which must be new or empty
    #[arg(long, value_name = "DIR", default_value = "demo-trade")]
    dir: PathBuf,
    /// How many validators at the beginning; one more joins
    #[arg(long, default_value_t = DEFAULT_VALIDATORS, value_parser = validators)]
    validators: usize,
}

fn validators(text: &str) -> Result<usize, String> {
    let range = DEFAULT_VALIDATORS..MAX_VALIDATORS;
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("write a number from {} to {}", range.start, range.end - 1))
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]; a refusal if a step did not come out as expected.
pub async fn run(args: DemoArgs, output: Output) -> Result<(), Failure> {
    let StoryName::Trade(args) = args.story;
    let directory = Directory::at(&args.dir);
    let (members, state, joining) = create_network(&directory, args.validators)?;
    let _running = directory.lock()?;
    let stop = stopping::requested()?;
    let mut play = Play::new(Stage::open(&directory, &members, &state, joining)?, output);
    let mut children = Children::start(&directory, &members, &state)?;
    let work = async {
        let arguments = play.stage.joining.arguments(&directory, &members, &state);
        let joining = members.get(state.validators).ok_or_else(|| Failure::internal("no bank is left to join"))?;
        children.join(&directory, state.validators, joining, &arguments)?;
        children.guard(perform(&mut play, &directory, &members, &state, output)).await
    };
    // Whatever happens, the nodes are stopped in order before this ends.
    let told = tokio::select! {
        told = work => told,
        () = stop => Err(Failure::refused("interrupted", "the story was interrupted")),
    };
    children.stop().await;
    conclude(&directory, &members, &play, told, output)
}

/// A new network; the ports of the node that joins come with those of the others.
fn create_network(directory: &Directory, validators: usize) -> Result<(Vec<Member>, State, Joining), Failure> {
    if directory.is_complete()? {
        let folder = directory.root().display();
        return Err(Failure::usage(format!("{folder} holds a network already; remove it or choose another --dir")));
    }
    let mut ports = Ports::choose(BasePort::Auto, validators + 1)?;
    let missing = || Failure::internal("no ports were chosen");
    let joining = [ports.api.pop().ok_or_else(missing)?, ports.network.pop().ok_or_else(missing)?];
    let plan = Plan::new(validators, ports, clock::now(), &mut clock::random)?;
    create::create(directory.root(), &plan)?;
    let members = cast::members(validators).map_err(Failure::internal)?;
    let joining = Joining::plan(directory, &members, validators, joining)?;
    Ok((members, directory.state()?, joining))
}

async fn perform(
    play: &mut Play,
    directory: &Directory,
    members: &[Member],
    state: &State,
    output: Output,
) -> Result<Told, Failure> {
    output.note(format!("Started {} validators in {}.", state.validators, directory.root().display()));
    all_ready(state, READY_WITHIN).await?;
    output.note("The nodes are ready. The central banks issue money to the banks. The story begins.\n");
    prepare(directory, members, state).await?;
    trade::play(play).await
}

/// Reads the books of the first validator, which is stopped, and shows everything.
fn conclude(
    directory: &Directory,
    members: &[Member],
    play: &Play,
    told: Result<Told, Failure>,
    output: Output,
) -> Result<(), Failure> {
    let (told, failure) = match told {
        Ok(told) => (Some(told), None),
        Err(failure) => (None, Some(failure)),
    };
    let summary = told.map(|told| summary(directory, members, play, &told)).transpose()?;
    let is_right = summary.as_ref().is_some_and(Summary::is_ok) && play.steps.iter().all(|step| step.ok);
    let report =
        Report { directory: directory.root().display().to_string(), ok: is_right, steps: play.steps.clone(), summary };
    output.show(&report)?;
    match failure {
        Some(failure) => Err(failure),
        None if is_right => Ok(()),
        None => Err(Failure::refused("unexpected_outcome", "the books do not agree with the receipts")),
    }
}

fn summary(directory: &Directory, members: &[Member], play: &Play, told: &Told) -> Result<Summary, Failure> {
    let first = members.first().ok_or_else(|| Failure::internal("the network has no members"))?;
    let database = directory.node(0, first).join("data").join("db");
    let books = Books::read(&database, &play.stage.genesis)?;
    Ok(Summary::new(&books, &play.tally, told))
}
