//! A fixed set of simulated runs; longer campaigns set `CORRIDOR_SIM_SEEDS`.
#![allow(clippy::unwrap_used, clippy::panic)]

use corridor_simulator::{Faults, Setup, run};

/// How many seeds each test runs.
fn seeds(default: u64) -> u64 {
    std::env::var("CORRIDOR_SIM_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn check(setup: Setup) {
    let report = run(setup);
    assert_eq!(report.violations, vec![], "seed {}: {:?} {:?}", setup.seed, setup, report.counts);
    assert!(report.counts.settled_blocks > 0, "seed {}: nothing was settled: {:?}", setup.seed, report.counts);
}

#[test]
fn honest_validators_on_a_good_network_settle_everything() {
    for seed in 0..seeds(3) {
        check(Setup::new(seed));
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let setup = Setup { faults: Faults::MIXED, ..Setup::new(11) };
    assert_eq!(run(setup), run(setup));
    assert_ne!(run(setup).trace, run(Setup { seed: 12, ..setup }).trace);
}

#[test]
fn loss_crashes_skew_and_an_equivocator_of_four() {
    for seed in 100..100 + seeds(6) {
        check(Setup { faults: Faults::MIXED, ..Setup::new(seed) });
    }
}

#[test]
fn loss_crashes_skew_and_an_equivocator_of_seven() {
    for seed in 200..200 + seeds(2) {
        check(Setup { validators: 7, faults: Faults::MIXED, ..Setup::new(seed) });
    }
}

#[test]
fn an_equivocator_leaves_evidence() {
    let faults = Faults { equivocators: 1, ..Faults::NONE };
    let report = run(Setup { faults, ..Setup::new(5) });
    assert_eq!(report.violations, vec![]);
    assert!(report.counts.evidence > 0, "{:?}", report.counts);
}
