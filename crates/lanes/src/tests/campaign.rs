//! Whole networks under seeds. Prints the seed of a run that fails.

use super::network::{Attack, Faults, LIAR, Network};
use super::support::transaction;

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
        let network = run(seed, Faults { loss_percent: 0, crash_per_mille: 0, delay_ms: 3, attack: Attack::None });
        check(&network);
        assert_eq!(network.executed_transactions(&network.nodes[0]).len() as u64, network.submitted);
        assert!(network.is_quiet());
    }
}

#[test]
fn lost_doubled_and_reordered_messages_lose_nothing() {
    for seed in 100..112 {
        let network = run(seed, Faults { loss_percent: 20, crash_per_mille: 0, delay_ms: 40, attack: Attack::None });
        check(&network);
        assert_eq!(network.executed_transactions(&network.nodes[0]).len() as u64, network.submitted);
        assert!(network.is_quiet(), "seed {seed}");
    }
}

#[test]
fn crashes_at_every_point_lose_nothing_that_was_accepted() {
    let mut crashes = 0;
    for seed in 200..220 {
        let network = run(seed, Faults { loss_percent: 5, crash_per_mille: 8, delay_ms: 20, attack: Attack::None });
        check(&network);
        assert!(network.is_quiet(), "seed {seed}");
        crashes += network.crashes;
    }
    assert!(crashes > 250, "only {crashes} crashes in 20 runs");
}

#[test]
fn a_lying_author_harms_only_its_own_lane() {
    let (mut ordered, mut evidence) = (0, 0);
    for seed in 300..315 {
        let faults = Faults { loss_percent: 5, crash_per_mille: 3, delay_ms: 20, attack: Attack::Erratic };
        let network = run(seed, faults);
        check(&network);
        // Its lane ends where no quorum stood by one of its twins.
        ordered += network.ordered(LIAR);
        evidence += network.evidence;
    }
    assert!(ordered > 60, "only {ordered} lies were ordered in 15 runs: the liar was not tried");
    assert!(evidence > 15, "only {evidence} reports");
}

/// Runs an attack on a network that is otherwise in good order: everything submitted is ordered.
fn attack(seed: u64, attack: Attack) -> Network {
    let network = run(seed, Faults { loss_percent: 0, crash_per_mille: 0, delay_ms: 5, attack });
    check(&network);
    let executed = network.executed_transactions(&network.nodes[0]);
    assert!((1..=network.submitted).all(|number| executed.contains(&transaction(number).id)), "seed {seed}");
    network
}

#[test]
fn an_author_that_withholds_costs_no_view() {
    for seed in 400..405 {
        let network = attack(seed, Attack::Withhold);
        println!("slowest view {} ms, {} ordered", network.slowest_view_ms, network.ordered(LIAR));
        assert_eq!(network.failed_views, 0, "seed {seed}: what the leader holds is fetched from it");
        assert!(network.ordered(LIAR) >= 20, "seed {seed}: only {} were ordered", network.ordered(LIAR));
    }
}

#[test]
fn an_author_that_sends_to_one_more_than_may_be_faulty_is_fetched_from_them() {
    for seed in 500..505 {
        let network = attack(seed, Attack::FewOnly);
        assert_eq!(network.failed_views, 0, "seed {seed}");
        assert!(network.slowest_view_ms < 150, "seed {seed}: {} ms", network.slowest_view_ms);
        assert_eq!(network.ordered(LIAR), 150, "seed {seed}");
    }
}

#[test]
fn an_author_of_two_chains_is_proven_guilty_and_costs_a_few_views() {
    for seed in 600..605 {
        let network = attack(seed, Attack::Equivocate);
        assert!((1..=3).contains(&network.evidence), "seed {seed}: {} reports", network.evidence);
        assert_eq!(network.ordered(LIAR), 0, "seed {seed}: no quorum stands by either chain");
        let failed = network.failed_views;
        assert!((1..=3).contains(&failed), "seed {seed}: {failed} views failed, each leader should learn at once");
    }
}
