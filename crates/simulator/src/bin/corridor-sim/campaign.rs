//! `corridor-sim run`: seeds over several threads, and the report of all of them.

mod options;
mod summary;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use corridor_simulator::{Report, Setup, run as run_one};

pub use options::{Options, Output};
use summary::Summary;

/// Runs the campaign and prints it. Exit code 1 if a run broke a property.
///
/// # Errors
/// Nothing could be run or printed.
pub fn run(options: &Options) -> Result<ExitCode, String> {
    let started = Instant::now();
    let summary = Mutex::new(Summary::default());
    let next = AtomicU64::new(options.seeds.start);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| work(options, &next, &stop, &summary));
        }
    });
    let summary = summary.into_inner().map_err(|_| "a run panicked; see above".to_owned())?;
    summary.print(options, started.elapsed())?;
    Ok(if summary.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn work(options: &Options, next: &AtomicU64, stop: &AtomicBool, summary: &Mutex<Summary>) {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= options.seeds.end || stop.load(Ordering::Relaxed) {
            return;
        }
        let setup = options.setup(seed);
        let report = run_one(&setup);
        finish(options, &setup, report, stop, summary);
    }
}

fn finish(options: &Options, setup: &Setup, report: Report, stop: &AtomicBool, summary: &Mutex<Summary>) {
    if options.trace {
        report.lines.iter().for_each(|line| println!("{line}"));
    }
    if !report.violations.is_empty() && !options.keep_going {
        stop.store(true, Ordering::Relaxed);
    }
    if let Ok(mut summary) = summary.lock() {
        summary.add(options, setup, &report);
    }
}
