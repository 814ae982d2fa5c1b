//! What all runs of a campaign gave together.

use std::time::Duration;

use corridor_simulator::{Report, Setup, Tally};

use super::options::{Options, Output};

/// A run that broke something.
#[derive(Debug)]
struct Failure {
    seed: u64,
    checker: &'static str,
    detail: String,
    at_ms: u64,
    replay: String,
}

/// Sums over all runs.
#[derive(Debug, Default)]
pub struct Summary {
    runs: u64,
    events: u64,
    messages: u64,
    refused_messages: u64,
    simulated_ms: u64,
    settled_blocks: u64,
    epochs: u64,
    races: u64,
    accepted: u64,
    evidence: u64,
    slowest_recovery_ms: u64,
    faults: Tally,
    attacks: Tally,
    failures: Vec<Failure>,
}

impl Summary {
    /// Adds one run.
    pub fn add(&mut self, options: &Options, setup: &Setup, report: &Report) {
        let counts = &report.counts;
        self.runs += 1;
        self.events += counts.events;
        self.messages += counts.sent;
        self.refused_messages += counts.refused_messages;
        self.simulated_ms += counts.simulated_ms;
        self.settled_blocks += counts.settled_blocks;
        self.epochs += counts.epochs;
        self.races += counts.races;
        self.accepted += counts.accepted;
        self.evidence += counts.evidence;
        self.slowest_recovery_ms = self.slowest_recovery_ms.max(counts.recovered_ms);
        self.faults.add(&report.faults);
        self.attacks.add(&report.attacks);
        self.failures.extend(report.violations.iter().map(|violation| Failure {
            seed: setup.seed,
            checker: violation.checker,
            detail: violation.detail.clone(),
            at_ms: violation.at_ms,
            replay: options.replay(setup),
        }));
    }

    /// True if no run broke anything.
    pub const fn is_clean(&self) -> bool {
        self.failures.is_empty()
    }

    /// Prints everything.
    ///
    /// # Errors
    /// The JSON cannot be written.
    pub fn print(&self, options: &Options, took: Duration) -> Result<(), String> {
        match options.output {
            Output::Text => self.print_text(took),
            Output::Json => {
                let text = serde_json::to_string_pretty(&self.json(took)).map_err(|error| error.to_string())?;
                println!("{text}");
            }
        }
        Ok(())
    }

    fn per_second(total: u64, took: Duration) -> u64 {
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX).max(1);
        total.saturating_mul(1_000) / took_ms
    }

    fn print_text(&self, took: Duration) {
        println!("runs                 {}", self.runs);
        println!("violations           {}", self.failures.len());
        println!("events               {} ({} a second)", self.events, Self::per_second(self.events, took));
        println!("messages             {} ({} refused)", self.messages, self.refused_messages);
        println!(
            "simulated            {} s ({} hours an hour)",
            self.simulated_ms / 1_000,
            Self::per_second(self.simulated_ms, took) / 1_000
        );
        println!("settled blocks       {}", self.settled_blocks);
        println!("epochs ended         {}", self.epochs);
        println!("races of copies      {}", self.races);
        println!("accepted references  {}", self.accepted);
        println!("evidence             {}", self.evidence);
        println!("slowest recovery     {} ms", self.slowest_recovery_ms);
        println!("took                 {} ms", took.as_millis());
        for (title, tally) in [("faults that fired", &self.faults), ("what liars did", &self.attacks)] {
            println!("{title}:");
            tally.iter().for_each(|(what, count)| println!("  {count:>10}  {what}"));
        }
        for Failure { seed, checker, detail, at_ms, replay } in &self.failures {
            println!("VIOLATION of {checker}, seed {seed}, at {at_ms} ms: {detail}\n  {replay}");
        }
    }

    fn json(&self, took: Duration) -> serde_json::Value {
        let tally = |tally: &Tally| tally.iter().map(|(what, count)| (what.to_owned(), count.into())).collect();
        let tally = |of| serde_json::Value::Object(tally(of));
        let failure = |failure: &Failure| {
            serde_json::json!({
                "seed": failure.seed, "checker": failure.checker, "detail": failure.detail,
                "at_ms": failure.at_ms, "replay": failure.replay,
            })
        };
        serde_json::json!({
            "runs": self.runs,
            "violations": self.failures.iter().map(failure).collect::<Vec<_>>(),
            "events": self.events,
            "events_per_second": Self::per_second(self.events, took),
            "messages": self.messages,
            "refused_messages": self.refused_messages,
            "simulated_ms": self.simulated_ms,
            "simulated_hours_per_hour": Self::per_second(self.simulated_ms, took) / 1_000,
            "settled_blocks": self.settled_blocks,
            "epochs_ended": self.epochs,
            "races_of_copies": self.races,
            "accepted_references": self.accepted,
            "evidence": self.evidence,
            "slowest_recovery_ms": self.slowest_recovery_ms,
            "took_ms": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "faults": tally(&self.faults),
            "attacks": tally(&self.attacks),
        })
    }
}
