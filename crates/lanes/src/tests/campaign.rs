//! Whole networks under seeds. Prints the seed of a run that fails.

use super::network::{Faults, LIAR, Network};
use super::support::lane;

const FAULTY_MS: u64 = 3_000;
const HEALED_MS: u64 = 20_000;

fn run(seed: u64, faults: Faults) -> Network {
    println!("seed {seed} with {faults:?}");
    let mut network = Network::new(seed, faults);
    network.submit(200, FAULTY_MS);
    network.run_until(FAULTY_MS);
    network.heal();
    network.submit(20, 500);
    network.run_until(HEALED_MS);
    network
}

/// Everybody executed the same, and nothing that was accepted is missing.
fn check(network: &Network) {
    let first = &network.nodes[0];
    for node in &network.nodes {
        assert_eq!(node.disk.executed, network.chain.len(), "node {} is behind", node.me);
        assert_eq!(node.disk.history, first.disk.history, "node {} executed something else", node.me);
    }
    let executed = network.executed_transactions(first);
    for node in &network.nodes {
        let lost: Vec<_> = node.accepted.difference(&executed).collect();
        assert!(lost.is_empty(), "node {} lost {} accepted transactions", node.me, lost.len());
    }
    network.assert_all_hold_the_last_cut();
}

#[test]
fn a_calm_network_orders_everything_and_falls_silent() {
    for seed in 0..5 {
        let network = run(seed, Faults { loss_percent: 0, crash_per_mille: 0, delay_ms: 3, liar: false });
        check(&network);
        assert_eq!(network.executed_transactions(&network.nodes[0]).len() as u64, network.submitted);
        assert!(network.is_quiet());
    }
}

#[test]
fn lost_doubled_and_reordered_messages_lose_nothing() {
    for seed in 100..112 {
        let network = run(seed, Faults { loss_percent: 20, crash_per_mille: 0, delay_ms: 40, liar: false });
        check(&network);
        assert_eq!(network.executed_transactions(&network.nodes[0]).len() as u64, network.submitted);
        assert!(network.is_quiet(), "seed {seed}");
    }
}

#[test]
fn crashes_at_every_point_lose_nothing_that_was_accepted() {
    let mut crashes = 0;
    for seed in 200..220 {
        let network = run(seed, Faults { loss_percent: 5, crash_per_mille: 8, delay_ms: 20, liar: false });
        check(&network);
        assert!(network.is_quiet(), "seed {seed}");
        crashes += network.crashes;
    }
    assert!(crashes > 250, "only {crashes} crashes in 20 runs");
}

#[test]
fn a_lying_author_harms_only_its_own_lane() {
    let mut ordered = 0;
    for seed in 300..315 {
        let network = run(seed, Faults { loss_percent: 5, crash_per_mille: 3, delay_ms: 20, liar: true });
        check(&network);
        // Its lane ends where a block chose a twin that it then abandoned.
        let lies = network.chain.last().unwrap().iter().find(|tip| tip.lane == lane(LIAR));
        ordered += lies.map_or(0, |tip| tip.sequence.0);
    }
    assert!(ordered > 60, "only {ordered} lies were ordered in 15 runs: the liar was not tried");
}
