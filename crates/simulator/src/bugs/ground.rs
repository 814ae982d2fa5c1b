//! Where a bug may show: whole networks, engines against twins, the ledger beside books kept by
//! hand. Each ground plays one seed and says what a checker found.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::books;
use crate::Setup;
use crate::twins::{Config, Keyring, Scenarios, Violation, run_with};

/// Scenarios of twins that one seed gives: together they take as long as a run of a network.
const SCENARIOS_PER_SEED: u64 = 25;

/// What a checker found in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The property that does not hold.
    pub checker: String,
    /// Where and how.
    pub detail: String,
}

/// A way to play a seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// Whole replicas in a simulated network, with the setup of this name.
    Network(super::table::Setting),
    /// Engines alone, some of them twice.
    Twins {
        /// Validators, without their twins.
        validators: u16,
        /// How many of them run twice.
        twins: u16,
        /// Rounds before the network heals.
        rounds: usize,
    },
    /// A ledger alone.
    Books,
}

impl std::fmt::Display for Ground {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Network(setting) => write!(f, "network: {}", setting.name()),
            Self::Twins { validators, twins, rounds } => write!(f, "twins: {twins} of {validators}, {rounds} rounds"),
            Self::Books => f.write_str("books"),
        }
    }
}

impl Ground {
    /// Plays a seed. A panic of the code under test is a finding like any other.
    pub fn play(self, seed: u64) -> Option<Found> {
        let play = || match self {
            Self::Network(setting) => network(&setting.setup(seed), setting.counts_refusals()),
            Self::Twins { validators, twins, rounds } => {
                engines(&Config::new(validators, twins, rounds).with_losses(), seed)
            }
            Self::Books => books::play(seed).map(|detail| Found { checker: "books kept by hand".to_owned(), detail }),
        };
        catch_unwind(AssertUnwindSafe(play)).unwrap_or_else(|cause| {
            let text = cause.downcast_ref::<String>().cloned();
            let text = text.or_else(|| cause.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            Some(Found { checker: "a panic".to_owned(), detail: text.unwrap_or_default() })
        })
    }
}

fn network(setup: &Setup, counts_refusals: bool) -> Option<Found> {
    let report = crate::run(setup);
    let violation = report.violations.into_iter().next();
    let found = violation.map(|violation| Found { checker: violation.checker.to_owned(), detail: violation.detail });
    let refused = report.counts.refused_signatures;
    let asked_wrongly = (counts_refusals && refused > 0).then(|| Found {
        checker: "the signer need not refuse".to_owned(),
        detail: format!("honest signers refused {refused} requests"),
    });
    found.or(asked_wrongly)
}

fn engines(config: &Config, seed: u64) -> Option<Found> {
    let mut ring = Keyring::new(config.validators);
    let first = seed.saturating_mul(SCENARIOS_PER_SEED);
    let scenarios =
        (first..).take(SCENARIOS_PER_SEED as usize).filter_map(|seed| Scenarios::sample(config, seed).next());
    scenarios.into_iter().find_map(|scenario| {
        let outcome = run_with(&mut ring, &scenario);
        let violation = outcome.violations.first()?;
        Some(Found { checker: property(violation).to_owned(), detail: format!("{violation}; replay {scenario}") })
    })
}

const fn property(violation: &Violation) -> &'static str {
    match violation {
        Violation::Disagreement { .. } | Violation::BrokenChain { .. } | Violation::UnprovenFork { .. } => "agreement",
        Violation::Stopped { .. } => "an engine's own invariants",
        Violation::ContradictsItself { .. } => "no conflicting honest signatures",
        Violation::NoProgress { .. } => "progress",
        Violation::FalseEvidence { .. } | Violation::UnverifiableEvidence { .. } => "evidence only against the guilty",
    }
}
