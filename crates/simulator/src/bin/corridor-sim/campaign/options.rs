//! The command line of `corridor-sim run`, and the command line that replays one seed.

use std::ops::Range;

use clap::{Args, ValueEnum};
use corridor_simulator::attackers::AttackerKind;
use corridor_simulator::faults::Faults;
use corridor_simulator::{Byzantine, Setup};

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// Lines for people to read.
    Text,
    /// One JSON document.
    Json,
}

/// What to run.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Seeds, as FIRST..END (END not included), or one seed.
    #[arg(long, default_value = "0..100", value_parser = seeds)]
    pub seeds: Range<u64>,
    /// Numbers of validators, separated by commas; each seed takes one of them in turn.
    #[arg(long, value_delimiter = ',', default_value = "4,4,4,7,4,4,4,10", value_parser = clap::value_parser!(u16).range(4..=100))]
    pub validators: Vec<u16>,
    /// How many validators lie: a number, or `max` for as many as the protocol tolerates or fewer.
    #[arg(long, default_value = "max", value_parser = byzantine)]
    pub byzantine: Byzantine,
    /// `mixed`, `none`, or names of faults separated by commas.
    #[arg(long, default_value = "mixed")]
    pub faults: Faults,
    /// Names of attackers to draw from; all by default.
    #[arg(long, value_delimiter = ',')]
    pub attackers: Vec<AttackerKind>,
    /// Payments per run.
    #[arg(long, default_value_t = 32)]
    pub payments: u32,
    /// How the result is printed.
    #[arg(long, value_enum, default_value = "text")]
    pub output: Output,
    /// Print one line per event: time in milliseconds, node, what.
    #[arg(long)]
    pub trace: bool,
    /// Go on after a violation.
    #[arg(long)]
    pub keep_going: bool,
    /// Threads that run seeds at once.
    #[arg(long, default_value_t = 1)]
    pub jobs: usize,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}"));
    match text.split_once("..") {
        Some((first, end)) => Ok(number(first)?..number(end)?),
        None => number(text).map(|seed| seed..seed.saturating_add(1)),
    }
}

fn byzantine(text: &str) -> Result<Byzantine, String> {
    match text {
        "max" => Ok(Byzantine::UpToMost),
        _ => text
            .parse()
            .map(Byzantine::Exactly)
            .map_err(|error| format!("{text:?} is neither a number nor max: {error}")),
    }
}

impl Options {
    /// The run of one seed.
    pub fn setup(&self, seed: u64) -> Setup {
        let turn = seed.checked_rem(self.validators.len() as u64).unwrap_or(0);
        let validators = usize::try_from(turn).ok().and_then(|turn| self.validators.get(turn)).copied().unwrap_or(4);
        Setup {
            validators,
            payments: self.payments,
            faults: self.faults.clone(),
            byzantine: self.byzantine,
            attackers: self.attackers.clone(),
            readable: self.trace,
            ..Setup::new(seed)
        }
    }

    /// The command that plays one seed again with its trace.
    pub fn replay(&self, setup: &Setup) -> String {
        let byzantine = match self.byzantine {
            Byzantine::UpToMost => "max".to_owned(),
            Byzantine::Exactly(count) => count.to_string(),
        };
        let names: Vec<_> = self.attackers.iter().map(|kind| kind.name()).collect();
        let attackers = if names.is_empty() { String::new() } else { format!(" --attackers {}", names.join(",")) };
        format!(
            "corridor-sim run --seeds {} --validators {} --byzantine {byzantine} --faults {}{attackers} --payments {} --trace",
            setup.seed, setup.validators, self.faults, self.payments
        )
    }
}
