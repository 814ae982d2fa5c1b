//! `corridor-sim copies`: many small runs in which a copied data folder runs twice, until its two
//! machines have taken links from each other so many times.

use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use corridor_simulator::faults::{FaultKind, Faults};
use corridor_simulator::{Setup, run as run_one};

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// How many races to run: links that go from one machine of a copied data folder to the other.
    #[arg(long, default_value_t = 10_000)]
    races: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many validators.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(4..=100))]
    validators: u16,
    /// What goes wrong besides: names of faults separated by commas.
    #[arg(long, default_value = "none")]
    faults: Faults,
}

/// How long the two machines run beside each other, in milliseconds.
const RACING_MS: u64 = 12_000;

/// Runs until there were enough races. Exit code 1 if a property was broken.
///
/// # Errors
/// Runs that race nothing.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let (started, mut races, mut runs, mut signed, mut seed) = (Instant::now(), 0, 0, 0, options.seed);
    let mut kinds = match &options.faults {
        Faults::Only(kinds) => kinds.clone(),
        Faults::Mixed => return Err("--faults: name the faults; mixed has runs without copies".to_owned()),
    };
    kinds.insert(FaultKind::SecondCopy);
    while races < options.races {
        let faults = Faults::Only(kinds.clone());
        let setup =
            Setup { validators: options.validators, payments: 8, faulty_ms: RACING_MS, faults, ..Setup::new(seed) };
        let report = run_one(&setup);
        if let Some(violation) = report.violations.first() {
            println!(
                "VIOLATION of {}, seed {seed}, at {} ms: {}",
                violation.checker, violation.at_ms, violation.detail
            );
            return Ok(ExitCode::FAILURE);
        }
        (races, signed) = (races + report.counts.races, signed + report.counts.votes_of_copies);
        (runs, seed) = (runs + 1, seed + 1);
        if runs > options.races {
            return Err(format!("{runs} runs had {races} races only"));
        }
    }
    println!("races                {races}");
    println!("runs                 {runs}");
    println!("votes by second copies {signed}");
    println!("conflicts            0");
    println!("took                 {} ms", started.elapsed().as_millis());
    Ok(ExitCode::SUCCESS)
}
