//! `corridor audit`: the arguments of an audit, and what its results mean for the exit code. The audit itself
//! is a library.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use corridor_audit::{
    AuditError, History, Range, Regimes, ReplayScreen, Replayed, ReportScreen, Tally, compare_draft, replay as execute,
};
use corridor_cli::failure::Failure;
use corridor_cli::output::Output;
use corridor_cli::{files, genesis_file};
use corridor_types::{Height, Payment};

/// Check a stopped node's history, and report on it.
#[derive(Debug, Args)]
pub struct AuditArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Execute the whole history again and compare every decision and record; exit code 1 if one differs
    Replay {
        #[command(flatten)]
        which: Which,
        /// Also check the signatures of every batch and transaction: some ten thousand a second
        #[arg(long)]
        signatures: bool,
    },
    /// Payments, volumes and refusals of a stretch of blocks, by programme and currency, executed again; exit code 1
    /// if a decision differs
    Report {
        #[command(flatten)]
        which: Which,
    },
    /// What a draft of a rulebook pack would have decided otherwise in a stretch of blocks
    Compare {
        #[command(flatten)]
        which: Which,
        /// The draft: a rulebook pack as JSON; it is taken as in force from the first block of the stretch
        #[arg(long, value_name = "FILE")]
        draft: PathBuf,
    },
}

/// Which blocks of which history.
#[derive(Debug, Args)]
struct Which {
    /// The data folder of a stopped node
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The chain's genesis document, from a source that you trust
    #[arg(long, value_name = "FILE", env = "CORRIDOR_GENESIS")]
    genesis: PathBuf,
    /// The first height to compare and report on; execution begins with the first block all the same
    #[arg(long, value_name = "HEIGHT", default_value_t = Height(1))]
    from: Height,
    /// The last height; the highest executed block unless given
    #[arg(long, value_name = "HEIGHT")]
    to: Option<Height>,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`]; a difference is a refusal.
pub fn run(args: AuditArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::Replay { which, signatures } => replay(&which, signatures, output),
        Action::Report { which } => report(&which, output),
        Action::Compare { which, draft } => compare(&which, &draft, output),
    }
}

impl Which {
    fn open(&self) -> Result<(History, Range), Failure> {
        let history = History::open(&self.data, genesis_file::read(&self.genesis)?).map_err(failed)?;
        let range = Range::new(self.from, self.to, history.executed()).map_err(failed)?;
        Ok((history, range))
    }
}

fn replay(which: &Which, signatures: bool, output: Output) -> Result<(), Failure> {
    let (history, range) = which.open()?;
    let replayed = execute(&history, range, signatures, |_| {}).map_err(failed)?;
    output.show(&ReplayScreen::new(&history, range, &replayed))?;
    verdict(&replayed)
}

fn report(which: &Which, output: Output) -> Result<(), Failure> {
    let (history, range) = which.open()?;
    let regimes = Regimes::new(history.genesis());
    let mut tally = Tally::new(|payment: &Payment| regimes.of(payment), range);
    let replayed = execute(&history, range, false, |executed| {
        regimes.learn(executed);
        tally.see(executed);
    });
    let replayed = replayed.map_err(failed)?;
    output.show(&ReportScreen::new(&history, range, &replayed, tally.finish()))?;
    verdict(&replayed)
}

fn compare(which: &Which, draft: &Path, output: Output) -> Result<(), Failure> {
    let text = files::read_text(draft)?;
    let pack = serde_json::from_str(&text)
        .map_err(|error| Failure::usage(format!("{}: {error}; write a rulebook pack as JSON", draft.display())))?;
    let (history, range) = which.open()?;
    output.show(&compare_draft(&history, range, pack).map_err(failed)?)
}

fn failed(error: AuditError) -> Failure {
    match error {
        AuditError::Data { .. } | AuditError::Genesis(_) | AuditError::From { .. } | AuditError::To { .. } => {
            Failure::usage(error)
        }
        AuditError::NotHeld { .. } => Failure::refused("history_not_held", error),
        AuditError::History(_) | AuditError::Halted(_) => Failure::internal(error),
    }
}

/// A difference fails the command, after what was found has been shown.
fn verdict(replayed: &Replayed) -> Result<(), Failure> {
    match replayed.differences.count {
        0 => Ok(()),
        1 => Err(Failure::refused("history_differs", "one difference between the stored history and its replay")),
        many => Err(Failure::refused(
            "history_differs",
            format!("{many} differences between the stored history and its replay"),
        )),
    }
}
