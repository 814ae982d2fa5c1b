//! A data folder that runs twice: the second copy is refused and stays silent, and may take over when
//! the first is gone, without ever contradicting it.

use std::sync::Arc;
use std::time::Duration;

use corridor_types::Height;
use corridor_types::view::NodeRole;

use crate::harness::{Cluster, PATIENCE};
use crate::load::{Load, Payer};

const VOTES: &str = "this validator votes from now on";

/// Up to the moment at which the copy has taken over; returns which node it is.
async fn take_over() -> (Cluster, Arc<Payer>, usize) {
    let mut cluster = Cluster::prepare();
    let copy = cluster.copy(3);
    // The last one dials the others, as the copy will.
    for n in 0..copy {
        cluster.start(n);
        if n >= 2 {
            cluster.wait_ready(n).await;
        }
    }
    let payer = Arc::new(Payer::new(&cluster).await);
    // What the first one signs from here on, the copy does not know.
    let load = Load::over((0..3).map(|n| cluster.client(n)).collect(), payer.clone());
    payer.pay_and_wait(&cluster.client(3)).await;
    cluster.start(copy);
    cluster.wait_for_log(copy, "another node with this key is connected");
    let height = cluster.settled(0).await;
    cluster.wait_settled(0, Height(height.0 + 20)).await;
    assert!(!cluster.log(copy).contains(VOTES), "both copies vote");
    assert_eq!(cluster.client(copy).consensus().await.unwrap().role, NodeRole::Silent);
    assert!((0..3).any(|n| cluster.log(n).contains("two live nodes have the same network key")));
    assert_eq!(cluster.client(3).consensus().await.unwrap().role, NodeRole::Validator, "the first one goes on");

    cluster.kill(3);
    wait_for_role(&cluster, copy, NodeRole::Validator).await;
    load.finish().await;
    cluster.wait_ready(copy).await;
    (cluster, payer, copy)
}

async fn check_no_evidence(cluster: &Cluster, copy: usize) {
    for n in [0, 1, 2, copy] {
        assert!(cluster.client(n).evidence().await.unwrap().is_empty(), "node {n} holds evidence");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copied_data_folder_never_votes_beside_the_first() {
    let (cluster, payer, copy) = take_over().await;
    payer.pay_and_wait(&cluster.client(0)).await;
    check_no_evidence(&cluster, copy).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_that_took_over_takes_payments() {
    let (cluster, payer, copy) = take_over().await;
    payer.pay_and_wait(&cluster.client(copy)).await;
    check_no_evidence(&cluster, copy).await;
}

async fn wait_for_role(cluster: &Cluster, n: usize, role: NodeRole) {
    let started = std::time::Instant::now();
    loop {
        let view = cluster.client(n).consensus().await.unwrap();
        if view.role == role {
            return;
        }
        assert!(started.elapsed() < PATIENCE, "node {n} is {:?} because {:?}", view.role, view.silence);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
