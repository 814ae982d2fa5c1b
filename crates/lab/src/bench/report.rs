//! What a run found, in whole numbers: for programs as JSON, for people as a table.

use std::fmt;

use serde::Serialize;

use super::machine::Machine;
use super::plan::{Plan, holds};

/// Latencies of a sample of one step, in milliseconds from scheduled sending to settlement certificate.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Latency {
    /// Half of the payments were faster.
    pub p50_ms: Option<u64>,
    /// 90 of 100 were faster.
    pub p90_ms: Option<u64>,
    /// 99 of 100 were faster.
    pub p99_ms: Option<u64>,
    /// The slowest one, in milliseconds.
    pub max_ms: Option<u64>,
}

impl Latency {
    /// The order statistics of `millis`; a payment that never settled counts as slower than all.
    pub fn of(mut millis: Vec<u64>, never: u64) -> Self {
        millis.sort_unstable();
        let total = (millis.len() as u64).saturating_add(never);
        let rank = |percent: u64| total.saturating_mul(percent).div_ceil(100).saturating_sub(1);
        let at = |percent| usize::try_from(rank(percent)).ok().and_then(|rank| millis.get(rank).copied());
        Self { p50_ms: at(50), p90_ms: at(90), p99_ms: at(99), max_ms: at(100) }
    }
}

/// One step of the measurement, at one rate.
#[derive(Debug, Clone, Default, Serialize)]
pub struct StepReport {
    /// Payments offered per second.
    pub offered_per_s: u64,
    /// Payments that were offered in the step.
    pub offered: u64,
    /// Payments that settled before the step's end and two seconds more.
    pub settled_in_time: u64,
    /// The same per second of the step.
    pub settled_per_s: u64,
    /// Payments that had not settled when the measurement ended, or that the ledger refused.
    pub unsettled: u64,
    /// Payments that a node refused or had no room for.
    pub refused: u64,
    /// How late the generator sent at worst, in milliseconds; a large number blames the generator.
    pub generator_lag_max_ms: u64,
    /// The generator's own use of processors during the step, in percent of one.
    pub generator_cpu_percent: u64,
    /// From scheduled submission to settlement certificate.
    pub latency: Latency,
}

/// A whole run.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The source that was built, if the build knew it.
    pub commit: Option<&'static str>,
    /// The program's version.
    pub version: &'static str,
    /// Where everything ran: generator and nodes share the machine.
    pub machine: Machine,
    /// Validators of the network.
    pub validators: usize,
    /// Banks that paid, each through its own node.
    pub payers: usize,
    /// What was measured.
    pub parameters: Plan,
    /// The highest rate at which the network kept up, in settled payments per second.
    pub sustained_per_s: Option<u64>,
    /// Every step, in the order of the rates.
    pub steps: Vec<StepReport>,
}

impl Report {
    /// The best step that held.
    pub fn sustained(steps: &[StepReport]) -> Option<u64> {
        steps.iter().filter(|step| holds(step)).map(|step| step.settled_per_s).max()
    }
}

impl fmt::Display for StepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |value: Option<u64>| value.map_or_else(|| "-".to_owned(), |value| value.to_string());
        let Latency { p50_ms, p90_ms, p99_ms, max_ms } = &self.latency;
        let (p50, p90, p99, max) = (ms(*p50_ms), ms(*p90_ms), ms(*p99_ms), ms(*max_ms));
        write!(f, "{:>9} {:>9} {p50:>7} {p90:>7} {p99:>7} {max:>7}", self.offered_per_s, self.settled_per_s)?;
        let lag = self.generator_lag_max_ms;
        write!(f, " {:>9} {:>8} {lag:>7} {:>6}", self.unsettled, self.refused, self.generator_cpu_percent)
    }
}

/// The heading over steps.
pub const HEADING: &str = "  offered   settled     p50     p90     p99     max unsettled  refused     lag    cpu\n\
                              per s     per s      ms      ms      ms      ms                        ms      %";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Plan { payments_per_signature, step_seconds, .. } = self.parameters;
        writeln!(f, "\n{}", self.machine)?;
        let (validators, payers) = (self.validators, self.payers);
        writeln!(
            f,
            "{validators} validators, {payers} paying banks, {payments_per_signature} payments per signature,"
        )?;
        writeln!(f, "steps of {step_seconds} s, generator on the same machine\n\n{HEADING}")?;
        self.steps.iter().try_for_each(|step| writeln!(f, "{step}"))?;
        match self.sustained_per_s {
            Some(rate) => write!(f, "\nsustained: {rate} settled payments per second"),
            None => write!(f, "\nsustained: none of these rates"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_statistics_count_what_never_settled() {
        let check = |millis: Vec<u64>, never, expected: [Option<u64>; 4]| {
            let Latency { p50_ms, p90_ms, p99_ms, max_ms } = Latency::of(millis, never);
            assert_eq!([p50_ms, p90_ms, p99_ms, max_ms], expected);
        };
        check((1..=100).rev().collect(), 0, [Some(50), Some(90), Some(99), Some(100)]);
        check((1..=99).collect(), 1, [Some(50), Some(90), Some(99), None]);
        check((1..=50).collect(), 50, [Some(50), None, None, None]);
        check(vec![7], 0, [Some(7); 4]);
        check(vec![], 0, [None; 4]);
        check(vec![], 3, [None; 4]);
    }
}
