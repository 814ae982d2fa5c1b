//! `corridor-sim twins`: the ordering engine against validators that run twice.

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use corridor_simulator::twins::{self, Partitions};

/// Where scenarios come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// The whole space, or as many of it as are asked for, spread evenly.
    Enumerate,
    /// By chance, with varying delays.
    Sample,
}

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Validators of equal weight, 4 or more.
    #[arg(long, default_value_t = 4)]
    validators: u16,
    /// How many of them run twice.
    #[arg(long, default_value_t = 1)]
    twins: u16,
    /// Rounds before the network heals.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Where scenarios come from.
    #[arg(long, value_enum, default_value = "sample")]
    partitions: From,
    /// Rounds may also lose kinds of messages within a group.
    #[arg(long)]
    losses: bool,
    /// Scenarios at most.
    #[arg(long, default_value_t = 1_000)]
    count: u64,
    /// Of the chance, or where in the space to begin.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Plays one scenario from its text instead.
    #[arg(long)]
    replay: Option<String>,
}

/// Runs the campaign, or one scenario, and prints JSON. Exit code 1 if a property was broken.
///
/// # Errors
/// The options or the scenario's text do not hold.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let (text, clean) = match &options.replay {
        Some(scenario) => {
            let outcome = twins::replay(scenario).map_err(|error| format!("--replay: {error}"))?;
            (serde_json::to_string_pretty(&outcome), outcome.violations.is_empty())
        }
        None => {
            let summary = twins::campaign(&options.campaign()).map_err(|error| error.to_string())?;
            (serde_json::to_string_pretty(&summary), summary.failed == 0)
        }
    };
    println!("{}", text.map_err(|error| error.to_string())?);
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl Options {
    const fn campaign(&self) -> twins::Options {
        let Self { validators, twins, rounds, losses, count, seed, .. } = *self;
        let partitions = match self.partitions {
            From::Enumerate => Partitions::Enumerate,
            From::Sample => Partitions::Sample,
        };
        twins::Options { validators, twins, rounds, partitions, losses, count, seed }
    }
}
