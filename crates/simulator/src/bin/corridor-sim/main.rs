//! The command `corridor-sim`: campaigns of simulated runs.

mod bugs;
mod campaign;
mod copies;
mod twins;
mod wan;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Simulates networks of validators from seeds.
#[derive(Debug, Parser)]
#[command(name = "corridor-sim", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Runs a range of seeds under faults and liars, and checks what must hold.
    Run(campaign::Options),
    /// Hunts the planted bugs, one by one, to check the checkers.
    Bugs(bugs::Options),
    /// Lets two live copies of one data folder take links from each other.
    Copies(copies::Options),
    /// Runs the ordering engine against validators that run twice.
    Twins(twins::Options),
    /// Measures latency and traffic over wide-area links, without faults.
    Wan(wan::Options),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Run(options) => campaign::run(&options),
        Command::Bugs(options) => bugs::run(&options),
        Command::Copies(options) => copies::run(&options),
        Command::Twins(options) => twins::run(&options),
        Command::Wan(options) => wan::run(&options),
    };
    result.unwrap_or_else(|problem| {
        eprintln!("corridor-sim: {problem}");
        ExitCode::from(2)
    })
}
