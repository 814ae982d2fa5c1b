//! What is measured: the rates, how long each, and when to stop.

use std::time::Duration;

use serde::Serialize;

use super::report::StepReport;

/// The most steps of one run: 50/s grows to 40,000/s in 30 steps of a quarter more.
const MAX_STEPS: usize = 30;

/// How much of what was offered must settle in time, in percent.
const SETTLED_AT_LEAST_PERCENT: u64 = 97;

/// The latest that 99 of 100 payments may settle, in milliseconds.
pub const P99_AT_MOST_MS: u64 = 2_000;

/// The parameters of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Plan {
    /// Offered payments per second in the first step.
    pub start_rate: u64,
    /// Only this rate, once.
    pub fixed_rate: Option<u64>,
    /// How long one step offers payments, in seconds.
    pub step_seconds: u64,
    /// How many payments one signature covers; 1 sends them one by one.
    pub payments_per_signature: usize,
    /// How long the whole run may take, in seconds.
    pub at_most_seconds: u64,
}

impl Plan {
    /// How long one step offers payments.
    pub const fn step(&self) -> Duration {
        Duration::from_secs(self.step_seconds)
    }

    /// The rate after the steps so far; `None` when the run is over.
    pub fn next_rate(&self, steps: &[StepReport]) -> Option<u64> {
        let Some(last) = steps.last() else { return Some(self.fixed_rate.unwrap_or(self.start_rate)) };
        let over = self.fixed_rate.is_some() || steps.len() >= MAX_STEPS || !holds(last);
        // A quarter more each time, and at least one.
        (!over).then(|| last.offered_per_s.saturating_add((last.offered_per_s / 4).max(1)))
    }
}

/// Whether the network kept up with a step.
pub fn holds(step: &StepReport) -> bool {
    let enough = step.settled_in_time.saturating_mul(100) >= step.offered.saturating_mul(SETTLED_AT_LEAST_PERCENT);
    enough && step.latency.p99_ms.is_some_and(|p99| p99 <= P99_AT_MOST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::report::Latency;

    fn step(offered: u64, settled: u64, p99: Option<u64>) -> StepReport {
        StepReport {
            offered_per_s: offered / 10,
            offered,
            settled_in_time: settled,
            latency: Latency { p99_ms: p99, ..Latency::default() },
            ..StepReport::default()
        }
    }

    fn plan(fixed: Option<u64>) -> Plan {
        Plan { start_rate: 100, fixed_rate: fixed, step_seconds: 10, payments_per_signature: 1, at_most_seconds: 300 }
    }

    #[test]
    fn rates_grow_by_a_quarter_until_the_network_does_not_keep_up() {
        let check = |steps: &[StepReport], expected| assert_eq!(plan(None).next_rate(steps), expected);
        check(&[], Some(100));
        check(&[step(1_000, 1_000, Some(300))], Some(125));
        check(&[step(1_000, 970, Some(2_000))], Some(125));
        check(&[step(1_000, 969, Some(300))], None);
        check(&[step(1_000, 1_000, Some(2_001))], None);
        check(&[step(1_000, 0, None)], None);
        check(&vec![step(1_000, 1_000, Some(1)); MAX_STEPS], None);
        check(&[step(10, 10, Some(1))], Some(2));
    }

    #[test]
    fn a_fixed_rate_is_measured_once() {
        assert_eq!(plan(Some(7)).next_rate(&[]), Some(7));
        assert_eq!(plan(Some(7)).next_rate(&[step(70, 70, Some(1))]), None);
    }
}
