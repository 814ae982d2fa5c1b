//! Validators are killed while payments flow.

use std::sync::Arc;

use corridor_types::Height;

use crate::harness::Cluster;
use crate::load::{Load, Payer, balance, check_history};

/// Any one validator may die: payments go on, and it catches up and votes when it is back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_one_validator_is_killed_and_comes_back() {
    let mut cluster = Cluster::start_all().await;
    let payer = Arc::new(Payer::new(&cluster).await);
    let before = balance(&cluster, &payer).await;
    let load = Load::start(&cluster, payer.clone());
    for victim in 0..cluster.len() {
        let witness = (victim + 1) % cluster.len();
        cluster.kill(victim);
        let height = cluster.settled(witness).await;
        cluster.wait_settled(witness, Height(height.0 + 10)).await;
        cluster.start(victim);
        cluster.wait_ready(victim).await;
        let height = cluster.settled(witness).await;
        cluster.wait_settled(victim, height).await;
        wait_for_its_vote(&cluster, witness, victim).await;
    }
    let acknowledged = load.finish().await;
    assert!(!acknowledged.is_empty());
    check_history(&mut cluster, &payer, before, &acknowledged).await;
}

/// The validator that came back is heard: another one shows a vote of it.
async fn wait_for_its_vote(cluster: &Cluster, witness: usize, victim: usize) {
    let started = std::time::Instant::now();
    loop {
        let view = cluster.client(witness).consensus().await.unwrap();
        let vote = &view.votes[victim];
        if vote.notarize.is_some() || vote.finalize.is_some() || vote.nullify {
            return;
        }
        assert!(started.elapsed() < crate::harness::PATIENCE, "validator {victim} does not vote");
    }
}

/// All four are killed at once: nothing that was acknowledged is lost, nothing is doubled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_validators_are_killed_and_come_back() {
    let mut cluster = Cluster::start_all().await;
    let payer = Arc::new(Payer::new(&cluster).await);
    let before = balance(&cluster, &payer).await;
    let load = Load::start(&cluster, payer.clone());
    for _ in 0..2 {
        let height = cluster.settled(0).await;
        cluster.wait_settled(0, Height(height.0 + 10)).await;
        (0..cluster.len()).for_each(|n| cluster.kill(n));
        cluster.restart_all().await;
    }
    let height = cluster.settled(0).await;
    cluster.wait_settled(0, Height(height.0 + 5)).await;
    let acknowledged = load.finish().await;
    assert!(!acknowledged.is_empty());
    check_history(&mut cluster, &payer, before, &acknowledged).await;
}
