//! The engine against twins, and the checks against an engine that forgets.

use std::collections::BTreeSet;

use corridor_crypto::{Digest, Signature};
use corridor_simulator::twins::{
    Config, Drops, Keyring, Kind, Options, Partitions, Scenario, ScenarioError, Scenarios, Testimony, Violation,
    campaign, replay, run, run_weakened, run_with,
};
use corridor_types::{Certificate, Epoch, ValidatorIndex, View, Vote, VoteKind};

fn options(validators: u16, twins: u16, rounds: usize, partitions: Partitions, count: u64) -> Options {
    Options { validators, twins, rounds, partitions, losses: true, count, seed: 1 }
}

/// Runs a campaign of which nothing may fail. Returns how many scenarios showed evidence.
fn all_is_well(options: &Options) -> u64 {
    let summary = campaign(options).expect("the options fit");
    assert_eq!((summary.failed, summary.failures), (0, vec![]), "of {options:?}");
    assert_eq!((summary.scenarios, summary.forks), (options.count, 0));
    assert!(summary.heights > summary.scenarios, "every scenario finalizes more than one block");
    summary.with_evidence
}

#[test]
fn one_twin_of_four_breaks_nothing() {
    let with_evidence = all_is_well(&options(4, 1, 3, Partitions::Enumerate, 1_500));
    assert!(with_evidence > 300, "the twin must have misbehaved: {with_evidence}");
    all_is_well(&options(4, 1, 4, Partitions::Enumerate, 500));
}

#[test]
fn two_twins_of_seven_break_nothing() {
    let with_evidence = all_is_well(&options(7, 2, 5, Partitions::Sample, 250));
    assert!(with_evidence > 100, "the twins must have misbehaved: {with_evidence}");
}

#[test]
fn more_than_a_third_of_twins_break_agreement_and_are_named_exactly() {
    for (validators, twins, rounds, count) in [(4, 2, 3, 400), (7, 3, 5, 150)] {
        let (mut ring, mut forks) = (Keyring::new(validators), 0);
        for scenario in Scenarios::sample(&Config::new(validators, twins, rounds), 5).take(count) {
            let outcome = run_with(&mut ring, &scenario);
            assert_eq!(outcome.violations, vec![], "replay {scenario}");
            if let Some(fork) = outcome.fork {
                let guilty: BTreeSet<u16> = scenario.twins.iter().copied().collect();
                assert_eq!(fork.named_by_certificates, guilty, "replay {scenario}");
                forks += 1;
            }
        }
        assert!(forks > 3, "{forks} forks with {twins} twins of {validators}");
    }
}

/// Leader 1 has a twin and proposes two blocks; 2 has one too. Each side is a quorum.
#[test]
fn a_split_between_two_twins_of_four_is_a_fork() {
    let scenario: Scenario = "4/1,2/aaabbb".parse().unwrap();
    let fork = run(&scenario).fork.expect("both sides finalize");
    assert_eq!((fork.height, fork.named_by_certificates), (1, BTreeSet::from([1, 2])));
    let whole: Scenario = "4/1,2/aaaaaa".parse().unwrap();
    assert_eq!(run(&whole).fork, None);
}

/// Each of these breaks an engine from which one rule was taken: parents need no nullifications
/// between (specification 5), *finalize* after *nullify* (3.4), nothing is repeated (9.1).
#[test]
fn scenarios_that_break_weaker_engines_break_nothing() {
    for text in [
        "4/3/abaaa-f.aabab-c.abbbb-fc",
        "4/2/abbba-p.aabaa.abaaa-fc.abbba-x.ababa-c/2240354187",
        "7/3,4/abbbabbaa-p.abababaaa-f.aaaaaaabb-p.abbabaaaa-c.aaaaaaaaa-fc.aaababbaa-fc/1904238607",
        "4/3/ababb-fc.abbbb.abaaa-fc",
        "4/3/aaabb.aaabb-x.abaab-fc",
    ] {
        let outcome = replay(text).unwrap();
        assert_eq!((outcome.violations, outcome.fork), (vec![], None), "replay {text}");
    }
}

fn certificate(view: u64, kind: VoteKind, voters: &[u16]) -> Certificate {
    let signatures = voters.iter().map(|voter| (ValidatorIndex(*voter), Signature([0; 64]))).collect();
    Certificate { vote: Vote { epoch: Epoch(0), view: View(view), kind }, signatures }
}

/// *Notarize* and *finalize* of different blocks are what an honest validator may sign; and votes
/// of different views never accuse.
#[test]
fn only_votes_that_exclude_each_other_accuse_and_only_who_signed_both() {
    let (one, other) = (Digest([1; 32]), Digest([2; 32]));
    let named = |certificates: &[Certificate]| {
        let mut testimony = Testimony::default();
        certificates.iter().for_each(|held| testimony.add_certificate(held));
        testimony.evidence().keys().map(|voter| voter.0).collect::<Vec<_>>()
    };
    let check = |first: VoteKind, second: VoteKind, view: u64, expected: &[u16]| {
        let pair = [certificate(1, first, &[0, 1, 2]), certificate(view, second, &[1, 2, 3])];
        assert_eq!(named(&pair), expected, "{first:?} {second:?}");
    };
    check(VoteKind::Finalize { block: one }, VoteKind::Finalize { block: other }, 1, &[1, 2]);
    check(VoteKind::Notarize { block: one }, VoteKind::Notarize { block: other }, 1, &[1, 2]);
    check(VoteKind::Nullify, VoteKind::Finalize { block: one }, 1, &[1, 2]);
    check(VoteKind::Nullify, VoteKind::Notarize { block: one }, 1, &[]);
    check(VoteKind::Notarize { block: one }, VoteKind::Finalize { block: other }, 1, &[]);
    check(VoteKind::Finalize { block: one }, VoteKind::Finalize { block: other }, 2, &[]);
}

/// The check of the checks: a validator that restarts without disk and record is a twin in time.
#[test]
fn an_engine_that_forgets_its_votes_is_found() {
    let (mut ring, mut contradictions, mut disagreements) = (Keyring::new(4), 0, 0);
    for scenario in Scenarios::enumerate(&Config::new(4, 1, 3).with_losses()).spread(7).take(800) {
        let forgetful = (scenario.twins[0] + 1) % 4;
        let outcome = run_weakened(&mut ring, &scenario, forgetful);
        let contradicts = |violation: &&Violation| matches!(violation, Violation::ContradictsItself { .. });
        let disagrees = |violation: &&Violation| matches!(violation, Violation::Disagreement { .. });
        contradictions += outcome.violations.iter().filter(contradicts).count().min(1);
        disagreements += outcome.violations.iter().filter(disagrees).count();
        for violation in outcome.violations.iter().filter(contradicts) {
            let Violation::ContradictsItself { instance, .. } = violation else { continue };
            assert_eq!(*instance, forgetful.to_string(), "replay {scenario}");
        }
    }
    assert!(contradictions > 20, "found in {contradictions} scenarios");
    assert!(disagreements > 0, "agreement must break somewhere: two of four are faulty");
}

#[test]
fn the_same_scenario_gives_the_same_run() {
    let mut ring = Keyring::new(7);
    let mut traces = BTreeSet::new();
    for scenario in Scenarios::sample(&Config::new(7, 2, 4).with_losses(), 11).take(20) {
        let outcome = run_with(&mut ring, &scenario);
        assert_eq!(outcome, replay(&scenario.to_string()).unwrap(), "replay {scenario}");
        traces.insert(outcome.trace);
    }
    assert_eq!(traces.len(), 20, "different scenarios give different runs");
}

#[test]
fn an_enumeration_is_whole_and_without_duplicates() {
    let config = Config::new(4, 1, 2);
    let space = Scenarios::enumerate(&config);
    assert_eq!(space.total(), 16 * 16 * 4, "five instances have 16 partitions into at most two groups");
    let all: Vec<Scenario> = space.collect();
    let canonical: BTreeSet<Scenario> = all.iter().map(Scenario::canonical).collect();
    assert_eq!((all.len(), canonical.len()), (canonical.len(), all.len()));
    // Every scenario of the space is one of these or one of these with the instances exchanged.
    // By Burnside: half of all, plus half of those where both instances are always together (8 * 8).
    assert_eq!(all.len(), (16 * 16 + 8 * 8) / 2 * 4);
    let spread: BTreeSet<Scenario> = Scenarios::enumerate(&config).spread(9).collect();
    assert_eq!(spread, all.into_iter().collect());
}

#[test]
fn a_scenario_survives_its_text() {
    let text = "4/1,2/aabbab.aaaaaa-pf.abcdef/77";
    let scenario: Scenario = text.parse().unwrap();
    assert_eq!(scenario.to_string(), text);
    assert!(scenario.rounds[1].drops.contains(Kind::Finalize) && scenario.rounds[0].drops == Drops::NONE);
    assert_eq!("4/1/bbaab".parse::<Scenario>().unwrap().to_string(), "4/1/aabba");
    for scenario in Scenarios::sample(&Config::new(5, 2, 3).with_losses(), 3).take(50) {
        assert_eq!(scenario.to_string().parse(), Ok(scenario));
    }
}

#[test]
fn bad_texts_are_refused_by_name() {
    let check = |text: &str, expected| assert_eq!(text.parse::<Scenario>(), Err(expected), "{text}");
    check("4/1", ScenarioError::BadShape { got: "4/1".into() });
    check("3/1/aaaa", ScenarioError::BadCount { validators: 3, twins: 1 });
    check("65535/0,1/aaaa", ScenarioError::BadCount { validators: 65_535, twins: 2 });
    check("4/4/aaaaa", ScenarioError::BadTwin { twin: 4 });
    check("4/2,1/aaaaaa", ScenarioError::BadTwin { twin: 1 });
    check("4/1/aaaaa.aaaa", ScenarioError::BadRound { round: 2, instances: 5 });
    check("4/1/aaaaa-z", ScenarioError::BadRound { round: 1, instances: 5 });
    check("4/1/", ScenarioError::BadRound { round: 1, instances: 5 });
    let rounds = vec!["aaaaa"; 65].join(".");
    check(&format!("4/1/{rounds}"), ScenarioError::BadRounds { rounds: 65 });
}
