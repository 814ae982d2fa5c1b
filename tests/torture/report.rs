//! What a run came to.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

/// Settling must go on within this time after a fault is over, or while a minority is faulty.
pub const LIMIT: Duration = Duration::from_secs(10);

/// More are not shown: they have one cause.
const MAX_PROBLEMS: usize = 20;

/// All faults of one kind. Times are in milliseconds.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Measured {
    pub count: u64,
    /// The slowest settlement of a payment made while the fault lasted, where a quorum was left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slowest_meanwhile_ms: Option<u64>,
    /// The slowest return to settling.
    pub slowest_return_ms: u64,
    /// The slowest return of the last validator to what the others have settled.
    pub slowest_return_of_all_ms: u64,
}

/// The summary that a run ends with.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub seed: u64,
    pub validators: usize,
    pub loss_percent: u32,
    pub delay_ms: Option<u32>,
    pub seconds: u64,
    pub kills: u64,
    pub pauses: u64,
    pub partitions: u64,
    pub full_disks: u64,
    pub acknowledged: u64,
    pub settled: u64,
    pub settled_per_minute: u64,
    /// Payments that were ordered once more, from another validator, and changed nothing.
    pub repeated: u64,
    pub blocks_compared: u64,
    pub receipts_verified: u64,
    pub faults: BTreeMap<&'static str, Measured>,
    pub problems: Vec<String>,
}

/// Milliseconds of a duration.
pub fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap()
}

impl Report {
    /// Records a problem and shows it at once.
    pub fn problem(&mut self, problem: String) {
        if self.problems.len() < MAX_PROBLEMS {
            eprintln!("PROBLEM: {problem}");
            self.problems.push(problem);
        }
    }

    /// Records a time, which is a problem above the limit.
    pub fn within_limit(&mut self, what: &str, taken: Duration) {
        if taken > LIMIT {
            self.problem(format!("{what}: {} ms, allowed are {} ms", ms(taken), ms(LIMIT)));
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, seconds, kills, pauses, partitions, full_disks, .. } = self;
        writeln!(f, "seed {seed}: {seconds} s, {} validators, {}% loss", self.validators, self.loss_percent)?;
        writeln!(f, "  {kills} kills, {pauses} pauses, {partitions} partitions, {full_disks} full disks")?;
        let Self { acknowledged, settled, settled_per_minute, repeated, .. } = self;
        write!(f, "  {acknowledged} payments acknowledged, {settled} settled, {settled_per_minute} a minute")?;
        writeln!(f, ", {repeated} ordered twice")?;
        let Self { blocks_compared, receipts_verified, .. } = self;
        writeln!(f, "  {blocks_compared} blocks compared, {receipts_verified} receipts verified")?;
        writeln!(f, "  slowest settlement in ms      count   meanwhile   afterwards   on all afterwards")?;
        for (kind, measured) in &self.faults {
            let meanwhile = measured.slowest_meanwhile_ms.map_or_else(|| "-".to_owned(), |ms| ms.to_string());
            let Measured { count, slowest_return_ms, slowest_return_of_all_ms, .. } = measured;
            writeln!(f, "  {kind:28} {count:6} {meanwhile:>11} {slowest_return_ms:12} {slowest_return_of_all_ms:19}")?;
        }
        match self.problems.len() {
            0 => write!(f, "  no problem"),
            count => write!(f, "  {count} PROBLEMS, see above"),
        }
    }
}
