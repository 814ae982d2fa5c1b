//! A node that catches up over epochs, by blocks or by a snapshot, over lossy links among lying and
//! silent peers. Prints the seed of a run that fails.

use proptest::prelude::*;

use super::support::*;
use super::world::{BAD, Manner, Outcome, World, run};
use crate::{Config, Limits};

/// A chain of some epochs, 900 blocks at most.
fn world(length: u64, boundaries: &[u64], manners: [Manner; 3]) -> World {
    let (chain, other) = (chain_over(length, 0, boundaries), chain_over(length, 5, boundaries));
    World { chain, other, oldest: 1, snapshot: 0, chunks: 0, manners, loss_percent: 0, random: 1 }
}

fn manners(first: usize, second: usize, honest: usize) -> [Manner; 3] {
    let mut manners = [BAD[first], BAD[second], BAD[first]];
    manners[honest] = Manner::Honest;
    manners
}

fn boundaries(first: u64, second: u64, length: u64) -> Vec<u64> {
    [first % length, second % length].into_iter().filter(|height| *height > 0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_two_bad_peers_only_cost_time(
        first in 0..BAD.len(), second in 0..BAD.len(), honest in 0..3usize, follower: bool,
        length in 17..400u64, ends in (0..400u64, 0..400u64), loss_percent in 0..30u64, random: u64,
    ) {
        let world = world(length, &boundaries(ends.0, ends.1, length), manners(first, second, honest));
        let limits = if follower { Limits::follower() } else { Limits::default() };
        let outcome = run(World { loss_percent, random, ..world }, new_sync(Config { limits, ..config() }));
        prop_assert!(outcome.took_ms < 120_000, "took {} ms", outcome.took_ms);
        prop_assert!(!outcome.rebased, "blocks were offered");
    }

    #[test]
    fn a_snapshot_is_fetched_among_any_two_bad_peers(
        first in 0..BAD.len(), second in 0..BAD.len(), honest in 0..3usize, prefer_snapshot: bool,
        length in 100..400u64, ends in (0..400u64, 0..400u64), chunks in 0..40u32,
        loss_percent in 0..30u64, random: u64,
    ) {
        let world = world(length, &boundaries(ends.0, ends.1, length), manners(first, second, honest));
        // Blocks from genesis on are to be had only if they are not wanted.
        let (snapshot, oldest) = (length - 20, if prefer_snapshot { 1 } else { length - 50 });
        let limits = Limits { snapshot_gap: 70, ..Limits::default() };
        let sync = new_sync(Config { prefer_snapshot, limits, ..config() });
        let outcome = run(World { snapshot, oldest, chunks, loss_percent, random, ..world }, sync);
        prop_assert!(outcome.took_ms < 180_000, "took {} ms", outcome.took_ms);
        prop_assert!(outcome.rebased || prefer_snapshot, "there was no other way");
    }
}

/// How often a peer was asked for anything.
fn asked_of(outcome: &Outcome, number: u8) -> u64 {
    outcome.questions.iter().filter(|((to, _), _)| *to == number).map(|(_, count)| count).sum()
}

#[test]
fn a_liar_is_asked_once_a_minute_and_a_silent_peer_ever_more_rarely() {
    let manners = [Manner::OtherChain, Manner::Silent, Manner::Honest];
    let outcome = run(world(900, &[100, 101, 700], manners), default_sync());
    assert_eq!(asked_of(&outcome, 1), 1, "{:?} in {} ms", outcome.questions, outcome.took_ms);
    assert!(asked_of(&outcome, 2) <= 2, "{:?} in {} ms", outcome.questions, outcome.took_ms);
    assert!(asked_of(&outcome, 3) >= 900 / 64);
}

#[test]
fn each_kind_of_lie_about_a_snapshot_costs_one_retry() {
    for manner in BAD {
        let manners = [manner, Manner::Honest, Manner::Honest];
        let world = World { snapshot: 180, oldest: 150, chunks: 30, ..world(200, &[50, 120], manners) };
        let outcome = run(world, default_sync());
        assert!(outcome.rebased, "{manner:?}");
        let count = |number: u8, kind| outcome.questions.get(&(number, kind)).copied().unwrap_or_default();
        let manifests: u64 = (1..4).map(|number| count(number, "manifest")).sum();
        let chunks: u64 = (1..4).map(|number| count(number, "chunk")).sum();
        assert!(manifests <= 2, "{manner:?}: {:?}", outcome.questions);
        assert!(chunks <= 32, "{manner:?}: {:?}", outcome.questions);
        assert!(outcome.took_ms < 15_000, "{manner:?} took {} ms: {:?}", outcome.took_ms, outcome.questions);
    }
}
