//! `corridor-sim bugs`: hunts the planted bugs and prints who found each, and how soon.

use std::collections::VecDeque;
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Args;
use corridor_crypto::planted::Bug;
use corridor_simulator::bugs::{Catch, Hunt, HuntError, hunt};

use crate::campaign::Output;

/// What to hunt.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Names of bugs, separated by commas; all by default.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Bug>,
    /// Seeds on each ground before a bug counts as not found.
    #[arg(long, default_value_t = 100)]
    max_seeds: u64,
    /// Threads that run seeds at once.
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// How the result is printed.
    #[arg(long, value_enum, default_value = "text")]
    output: Output,
}

/// Hunts. Exit code 1 if a bug was not found, or a checker spoke without one.
///
/// # Errors
/// The build has no planted bugs, or the result cannot be printed.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let started = Instant::now();
    // A panic is a finding; its text is in the table.
    std::panic::set_hook(Box::new(|_| {}));
    let bugs = if options.only.is_empty() { Bug::ALL } else { &options.only };
    let queue = Mutex::new(bugs.iter().copied().collect::<VecDeque<_>>());
    let (shared, catches) = (Hunt::default(), Mutex::new(Vec::new()));
    let work = || -> Result<(), HuntError> {
        while let Some(bug) = queue.lock().ok().and_then(|mut queue| queue.pop_front()) {
            let catch = hunt(&shared, bug, options.max_seeds)?;
            if options.output == Output::Text {
                print_row(&catch);
            }
            if let Ok(mut catches) = catches.lock() {
                catches.push(catch);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..options.jobs.max(1)).map(|_| scope.spawn(work)).collect();
        let joined = workers
            .into_iter()
            .map(|worker| worker.join().map_err(|_| "a hunt panicked".to_owned())?.map_err(|error| error.to_string()));
        joined.collect::<Result<(), String>>()
    })?;
    let mut catches = catches.into_inner().map_err(|_| "a hunt panicked".to_owned())?;
    catches.sort_by_key(|catch| catch.bug);
    print_end(options, &catches, started.elapsed())?;
    let is_good = |catch: &Catch| catch.found.is_some() && catch.false_alarm.is_none();
    let good = catches.iter().all(is_good);
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn print_row(catch: &Catch) {
    let by = match &catch.found {
        Some((ground, found)) => format!("{} ({ground})", found.checker),
        None => "NOT FOUND".to_owned(),
    };
    let (runs, seconds) = (catch.runs, catch.took.as_secs_f64());
    println!("{:<32} {runs:>5} runs {seconds:>8.2} s  {by}", catch.bug.name());
    if let Some((ground, seed, found)) = &catch.false_alarm {
        println!("  FALSE ALARM without the bug: {ground}, seed {seed}: {}: {}", found.checker, found.detail);
    }
}

fn print_end(options: &Options, catches: &[Catch], took: Duration) -> Result<(), String> {
    let found = catches.iter().filter(|catch| catch.found.is_some()).count();
    let alarms = catches.iter().filter(|catch| catch.false_alarm.is_some()).count();
    if options.output == Output::Text {
        println!("{found} of {} planted bugs found, {alarms} false alarms, {} s", catches.len(), took.as_secs());
        return Ok(());
    }
    let rows: Vec<_> = catches.iter().map(json).collect();
    let document = serde_json::json!({
        "bugs": rows, "found": found, "false_alarms": alarms, "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
    });
    println!("{}", serde_json::to_string_pretty(&document).map_err(|error| error.to_string())?);
    Ok(())
}

fn json(catch: &Catch) -> serde_json::Value {
    let found = catch.found.as_ref().map(|(ground, found)| {
        serde_json::json!({
            "ground": ground.to_string(), "checker": found.checker, "detail": found.detail, "seed": catch.seed,
        })
    });
    let alarm = catch.false_alarm.as_ref().map(|(ground, seed, found)| {
        serde_json::json!({ "ground": ground.to_string(), "seed": seed, "checker": found.checker, "detail": found.detail })
    });
    serde_json::json!({
        "bug": catch.bug.name(), "what": catch.bug.what(), "runs": catch.runs,
        "took_ms": u64::try_from(catch.took.as_millis()).unwrap_or(u64::MAX), "found": found, "false_alarm": alarm,
    })
}
