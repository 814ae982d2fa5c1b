//! Many scenarios and one summary. What the command line calls; it prints nothing itself.

use std::time::Instant;

use serde::Serialize;

use super::checks::{Outcome, Violation};
use super::keys::Keyring;
use super::scenario::{MAX_INSTANCES, MAX_ROUNDS, MIN_VALIDATORS, Scenario, ScenarioError};
use super::scenarios::{Config, Scenarios};
use super::world::{run, run_with};

/// Failing scenarios kept in a summary. The first few say what is wrong; all are counted.
const MAX_FAILURES: usize = 10;

/// Where scenarios come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitions {
    /// The whole space, or as many of it as are asked for, spread evenly.
    Enumerate,
    /// By chance, with varying delays.
    Sample,
}

/// What to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Validators of equal weight, 4 or more.
    pub validators: u16,
    /// How many of them run twice.
    pub twins: u16,
    /// Rounds before the network heals.
    pub rounds: usize,
    /// Where scenarios come from.
    pub partitions: Partitions,
    /// Whether rounds may also lose kinds of messages within a group.
    pub losses: bool,
    /// Scenarios at most.
    pub count: u64,
    /// Of the chance, or where in the space to begin.
    pub seed: u64,
}

/// Why a campaign cannot run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Too few validators, or too many instances.
    #[error(
        "{validators} validators with {twins} twins cannot run; give {MIN_VALIDATORS} or more validators, no more \
         twins than validators, {MAX_INSTANCES} in all at most"
    )]
    BadCount {
        /// Validators asked for.
        validators: u16,
        /// Twins asked for.
        twins: u16,
    },
    /// None, or too many.
    #[error("{rounds} rounds cannot run; give 1 to {MAX_ROUNDS}")]
    BadRounds {
        /// Rounds asked for.
        rounds: usize,
    },
    /// Too many partitions to list.
    #[error("{instances} instances have too many partitions to list; give at most {limit}, or take a sample")]
    TooManyPartitions {
        /// Validators and twins asked for.
        instances: usize,
        /// How many can be listed.
        limit: usize,
    },
}

/// Instances whose partitions are listed: 12 have 2,048 partitions into at most two groups.
const MAX_ENUMERATED: usize = 12;

impl Options {
    fn check(&self) -> Result<(), OptionsError> {
        let Self { validators, twins, rounds, .. } = *self;
        let instances = usize::from(validators) + usize::from(twins);
        if validators < MIN_VALIDATORS || twins > validators || instances > MAX_INSTANCES {
            return Err(OptionsError::BadCount { validators, twins });
        }
        if rounds == 0 || rounds > MAX_ROUNDS {
            return Err(OptionsError::BadRounds { rounds });
        }
        if self.partitions == Partitions::Enumerate && instances > MAX_ENUMERATED {
            return Err(OptionsError::TooManyPartitions { instances, limit: MAX_ENUMERATED });
        }
        Ok(())
    }

    /// The scenarios of this campaign.
    ///
    /// # Errors
    /// [`OptionsError`].
    pub fn scenarios(&self) -> Result<Box<dyn Iterator<Item = Scenario>>, OptionsError> {
        self.check()?;
        let config = Config::new(self.validators, self.twins, self.rounds);
        let config = if self.losses { config.with_losses() } else { config };
        let count = usize::try_from(self.count).unwrap_or(usize::MAX);
        Ok(match self.partitions {
            Partitions::Enumerate => Box::new(Scenarios::enumerate(&config).spread(self.seed).take(count)),
            Partitions::Sample => Box::new(Scenarios::sample(&config, self.seed).take(count)),
        })
    }
}

/// A scenario that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// To be given to [`replay`].
    pub scenario: String,
    /// What went wrong.
    pub violations: Vec<Violation>,
}

/// What a campaign found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Scenarios that were run.
    pub scenarios: u64,
    /// Scenarios with a violation.
    pub failed: u64,
    /// The first of them.
    pub failures: Vec<Failure>,
    /// Scenarios in which some validator was accused of equivocation.
    pub with_evidence: u64,
    /// Scenarios in which agreement broke. More than a third of twins can do that.
    pub forks: u64,
    /// Forks whose certificates, as they were written, name more than a third of the power.
    pub forks_proven_by_certificates: u64,
    /// Forks for which what is left on disk, evidence included, names as many.
    pub forks_proven_by_disks: u64,
    /// Forks for which the engines' own evidence names as many.
    pub forks_proven_by_engines: u64,
    /// One scenario with a fork, to be given to [`replay`].
    pub example_fork: Option<String>,
    /// Heights finalized, over all scenarios.
    pub heights: u64,
    /// Views entered, over all scenarios.
    pub views: u64,
    /// Messages that were delivered, over all scenarios.
    pub messages: u64,
    /// Time taken, in microseconds.
    pub elapsed_us: u64,
    /// Scenarios in a second, on one core.
    pub scenarios_per_second: u64,
}

impl Summary {
    /// Counts one more scenario.
    pub fn add(&mut self, scenario: &Scenario, outcome: &Outcome) {
        self.scenarios += 1;
        self.heights += outcome.height;
        self.views += outcome.view;
        self.messages += outcome.messages;
        self.with_evidence += u64::from(!outcome.accused.is_empty());
        self.add_fork(scenario, outcome);
        if outcome.violations.is_empty() {
            return;
        }
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            let violations = outcome.violations.clone();
            self.failures.push(Failure { scenario: scenario.to_string(), violations });
        }
    }

    fn add_fork(&mut self, scenario: &Scenario, outcome: &Outcome) {
        let Some(fork) = &outcome.fork else { return };
        let more_than_a_third = |named: usize| u64::from(3 * named > usize::from(scenario.validators));
        self.forks += 1;
        self.forks_proven_by_certificates += more_than_a_third(fork.named_by_certificates.len());
        self.forks_proven_by_disks += more_than_a_third(fork.named_by_disks.len());
        self.forks_proven_by_engines += more_than_a_third(fork.named_by_engines.len());
        self.example_fork.get_or_insert_with(|| scenario.to_string());
    }

    fn clock(&mut self, since: Instant) {
        self.elapsed_us = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX).max(1);
        self.scenarios_per_second = self.scenarios.saturating_mul(1_000_000) / self.elapsed_us;
    }
}

/// Runs a campaign on one core.
///
/// # Errors
/// [`OptionsError`].
pub fn campaign(options: &Options) -> Result<Summary, OptionsError> {
    let scenarios = options.scenarios()?;
    let mut ring = Keyring::new(options.validators);
    let (mut summary, start) = (Summary::default(), Instant::now());
    for scenario in scenarios {
        summary.add(&scenario, &run_with(&mut ring, &scenario));
    }
    summary.clock(start);
    Ok(summary)
}

/// Runs one scenario from its text.
///
/// # Errors
/// [`ScenarioError`].
pub fn replay(text: &str) -> Result<Outcome, ScenarioError> {
    Ok(run(&text.parse()?))
}
