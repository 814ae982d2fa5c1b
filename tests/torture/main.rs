//! Torture of real processes: validators in network namespaces of their own are killed, paused, cut
//! off, slowed down and starved of disk while payments flow; then the outside history is checked.
//!
//! ```text
//! outer process                 owns namespaces and folder, removes both however the run ends
//!   +- inner process            in the bridge's namespace: load, faults, measurements, checks
//!        +- corridor node ...   one in each validator's namespace
//! ```
//!
//! Nothing here touches the host's own network. Without root or without what the kernel must offer,
//! the short form says so and passes; the long form fails.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

mod campaign;
mod disk;
mod faults;
mod filter;
mod history;
mod links;
mod load;
mod namespaces;
mod options;
mod outer;
mod payer;
mod plan;
mod probe;
mod random;
mod report;
mod tools;
mod validators;

use std::process::ExitCode;

use clap::Parser as _;

use crate::options::{CommandLine, Options};

/// The only test as the test runner sees it; the long form is no test.
const SHORT: &str = "real_processes_survive_a_short_torture";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("run") => outer::run_long(CommandLine::parse_from(&arguments).into_options()),
        Some("inside") => campaign::inside(&arguments[1]),
        _ => as_test(&arguments),
    }
}

/// What the test runners ask: to list the tests, or to run those that match.
fn as_test(arguments: &[String]) -> ExitCode {
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let mut names = arguments.iter().filter(|argument| !argument.starts_with('-') && *argument != "terse");
    let chosen = names.clone().next().is_none() || names.any(|name| SHORT.contains(name.as_str()));
    if has("--ignored") || !chosen {
        return ExitCode::SUCCESS;
    }
    if has("--list") {
        println!("{SHORT}: test");
        return ExitCode::SUCCESS;
    }
    outer::run_short(Options::short())
}
