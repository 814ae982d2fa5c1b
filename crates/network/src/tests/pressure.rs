//! Slow consumers, full queues, floods.

use super::*;
use crate::{QueueLimit, SendError};

/// Frames of this many bytes fill queues and windows soon.
const CHUNK: usize = 64 * 1024;

fn chunk(number: u32) -> Bytes {
    let mut frame = number.to_be_bytes().to_vec();
    frame.resize(CHUNK, 7);
    frame.into()
}

/// Sends until the queue stays full, and says how many frames were accepted.
async fn fill(from: &Node, to: &Node, class: Class) -> u32 {
    let mut accepted = 0;
    let mut refusals_in_a_row = 0;
    within(async {
        while refusals_in_a_row < 40 {
            match from.network.try_send(to.id(), class, chunk(accepted)) {
                Ok(()) => (accepted, refusals_in_a_row) = (accepted + 1, 0),
                Err(error) => {
                    assert_eq!(error, SendError::QueueFull { to: to.id(), class });
                    refusals_in_a_row += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
    })
    .await;
    accepted
}

fn small_queues() -> Limits {
    let mut limits = quick_limits();
    limits.frame_bytes.sync = 1 << 20;
    limits.outgoing.sync = QueueLimit { frames: 32, bytes: 2 << 20 };
    limits.incoming.sync = QueueLimit { frames: 8, bytes: 1 << 20 };
    limits
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_consumer_of_sync_delays_sync_only_and_loses_nothing() {
    let a = Node::with(config(1, small_queues())).await;
    let mut b = Node::with(config(2, small_queues())).await;
    mesh(&[&a, &b]).await;
    let accepted = fill(&a, &b, Class::Sync).await;
    // Queues of 32 and 8, the stream's window and what the sockets hold: bounded, and not by luck.
    assert!((40..1_000).contains(&accepted), "{accepted}");
    assert!(a.network.stats().peers[0].classes.sync.frames_dropped >= 40);

    let started = std::time::Instant::now();
    for class in [Class::Consensus, Class::Lanes] {
        for number in 0..50 {
            a.send(&b, class, &format!("urgent {number}"));
            b.expect(&a, class, &format!("urgent {number}")).await;
        }
    }
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
    // Far longer than a silent peer would live: back-pressure is not silence.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(b.endings(Reason::Silent) + a.endings(Reason::Silent), 0);

    for number in 0..accepted {
        assert_eq!(b.recv(Class::Sync).await.bytes[..4], number.to_be_bytes());
    }
    assert_eq!(b.events.sync.try_recv(), None);
    a.send(&b, Class::Sync, "after");
    b.expect(&a, Class::Sync, "after").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flooder_does_not_starve_another_peer() {
    let mut victim = Node::start(1).await;
    let (flooder, honest) = (Node::start(2).await, Node::start(3).await);
    mesh(&[&victim, &flooder, &honest]).await;
    fill(&flooder, &victim, Class::Consensus).await;
    honest.send(&victim, Class::Consensus, "one vote");
    let received = |node: &Node, from: NodeId| {
        let stats = node.network.stats();
        stats.peers.into_iter().find(|peer| peer.id == from).unwrap().classes.consensus.frames_in
    };
    eventually(|| received(&victim, honest.id()) == 1).await;
    let first_two = [victim.recv(Class::Consensus).await.from, victim.recv(Class::Consensus).await.from];
    assert!(first_two.contains(&honest.id()), "the vote waited behind the flood");
}

#[tokio::test]
async fn one_dead_end_does_not_stop_a_broadcast() {
    let (a, b) = (Node::with(config(1, small_queues())).await, Node::with(config(2, small_queues())).await);
    let mut c = Node::with(config(3, small_queues())).await;
    mesh(&[&a, &b, &c]).await;
    fill(&a, &b, Class::Sync).await;
    assert_eq!(a.network.broadcast(Class::Sync, Bytes::from_static(b"for all")), Ok(1));
    c.expect(&a, Class::Sync, "for all").await;
}
