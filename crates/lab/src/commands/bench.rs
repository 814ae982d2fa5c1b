//! `corridor bench`: measures a running test network under load.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;
use corridor_cli::failure::Failure;
use corridor_cli::output::Output;
use corridor_cli::{files, stopping};
use corridor_types::limits::MAX_BULK_PAYMENTS;

use crate::bench::machine::Machine;
use crate::bench::payers::{Payer, payers};
use crate::bench::plan::Plan;
use crate::bench::report::{HEADING, Report, StepReport};
use crate::bench::step::measure;
use crate::bench::watching::{Settled, watch};
use crate::testnet::cast::Member;
use crate::testnet::directory::Directory;

/// Measure a test network under load.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The folder of a running test network
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Offered payments per second in the first step; each step offers a quarter more
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=200_000))]
    start_rate: u64,
    /// Measure this rate only
    #[arg(long, conflicts_with = "start_rate", value_parser = clap::value_parser!(u64).range(1..=200_000))]
    rate: Option<u64>,
    /// How long each step offers payments
    #[arg(long = "duration", default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=60))]
    step_seconds: u64,
    /// Payments under one signature: 1 one by one, up to 1000 in bulk
    #[arg(long, default_value_t = 1, value_name = "PAYMENTS", value_parser = clap::value_parser!(u64).range(1..=MAX_BULK_PAYMENTS as u64))]
    bulk: u64,
    /// The whole run takes no longer than this
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    at_most_s: u64,
    /// Also write the result as JSON to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: BenchArgs, output: Output) -> Result<(), Failure> {
    let stop = stopping::requested()?;
    let directory = Directory::at(&args.dir);
    let state = directory.state()?;
    let members = directory.members(&state)?;
    let plan = Plan {
        start_rate: args.start_rate,
        fixed_rate: args.rate,
        step_seconds: args.step_seconds,
        payments_per_signature: usize::try_from(args.bulk).map_err(Failure::internal)?,
        at_most_seconds: args.at_most_s,
    };
    let run = measure_all(&directory, &members, &plan, output);
    let (payers, steps) = tokio::select! {
        result = run => result?,
        () = stop => return Err(Failure::refused("interrupted", "the measurement was interrupted")),
    };
    let report = Report {
        commit: option_env!("CORRIDOR_COMMIT"),
        version: env!("CARGO_PKG_VERSION"),
        machine: Machine::here(),
        validators: state.validators,
        payers,
        sustained_per_s: Report::sustained(&steps),
        parameters: plan,
        steps,
    };
    if let Some(out) = &args.out {
        files::write_whole(out, &serde_json::to_string_pretty(&report).map_err(Failure::internal)?)?;
    }
    output.show(&report)
}

async fn measure_all(
    directory: &Directory,
    members: &[Member],
    plan: &Plan,
    output: Output,
) -> Result<(usize, Vec<StepReport>), Failure> {
    let payers = Arc::new(payers(directory, members).await?);
    let first: &Payer = payers.first().ok_or_else(|| Failure::internal("nobody pays"))?;
    let settled = Settled::default();
    let steps = tokio::select! {
        steps = all_steps(&payers, plan, &settled, output) => steps?,
        failure = watch(&first.actor.session, settled.clone()) => return Err(failure),
    };
    Ok((payers.len(), steps))
}

async fn all_steps(
    payers: &Arc<Vec<Payer>>,
    plan: &Plan,
    settled: &Settled,
    output: Output,
) -> Result<Vec<StepReport>, Failure> {
    let end = Instant::now() + Duration::from_secs(plan.at_most_seconds);
    let mut steps = Vec::new();
    output.note(HEADING);
    while let Some(rate) = plan.next_rate(&steps).filter(|_| Instant::now() + plan.step() < end) {
        let step = measure(payers, plan, rate, settled).await?;
        output.note(&step);
        steps.push(step);
    }
    Ok(steps)
}
