//! Honest nodes: exchange, order, broadcast, simultaneous dials.

use super::*;
use crate::SendError;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_nodes_exchange_every_class_in_order() {
    const FRAMES: u32 = 200;
    let mut nodes = Vec::new();
    for seed in 1..=4 {
        nodes.push(Node::start(seed).await);
    }
    mesh(&nodes.iter().collect::<Vec<_>>()).await;
    for number in 0..FRAMES {
        for (index, node) in nodes.iter().enumerate() {
            for class in Class::ALL {
                // Lengths from one byte to above every buffer and window step.
                let length = 5 + (number as usize * 97 + index) % 700 * usize::from(class != Class::Consensus);
                let mut frame = number.to_be_bytes().to_vec();
                frame.resize(length, class.code());
                assert_eq!(node.network.broadcast(class, frame.into()), Ok(3), "{class} {number}");
            }
            tokio::task::yield_now().await;
        }
    }
    for node in &mut nodes {
        for class in Class::ALL {
            let mut next = std::collections::BTreeMap::<NodeId, u32>::new();
            for _ in 0..FRAMES * 3 {
                let message = node.recv(class).await;
                let number = next.entry(message.from).or_default();
                assert_eq!(message.bytes[..4], number.to_be_bytes(), "{class} from {}", message.from);
                assert!(message.bytes[4..].iter().all(|byte| *byte == class.code()));
                *number += 1;
            }
            assert_eq!(next.into_values().collect::<Vec<_>>(), [FRAMES; 3]);
            assert_eq!(node.receiver(class).try_recv(), None);
        }
    }
    let stats = nodes[0].network.stats();
    let frames_in: u64 = stats.peers.iter().map(|peer| peer.classes.lanes.frames_in).sum();
    assert_eq!(frames_in, u64::from(FRAMES) * 3);
    assert!(stats.peers.iter().all(|peer| peer.connected && peer.classes.sync.frames_dropped == 0));
}

#[tokio::test]
async fn the_longest_frames_arrive_whole() {
    let (a, mut b) = (Node::start(1).await, Node::start(2).await);
    mesh(&[&a, &b]).await;
    for class in Class::ALL {
        let limit = *quick_limits().frame_bytes.of(class) as usize;
        let frame: Bytes = (0..limit).map(|index| (index % 251).to_le_bytes()[0]).collect();
        assert_eq!(
            a.network.try_send(b.id(), class, vec![0; limit + 1].into()),
            Err(SendError::TooLarge { class, bytes: limit + 1, limit: u32::try_from(limit).unwrap() })
        );
        a.network.try_send(b.id(), class, frame.clone()).unwrap();
        assert!(b.recv(class).await.bytes == frame, "{class}");
    }
    assert_eq!(a.network.try_send(b.id(), Class::Sync, Bytes::new()), Err(SendError::Empty));
}

/// Both ends dial at about the same time, in many ways: in the end each pair is connected, and
/// messages flow both ways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn crossing_dials_end_in_one_connection() {
    let pair = async |seed: u8, lead_ms: u64| {
        let (mut a, mut b) = (Node::start(seed).await, Node::start(seed + 1).await);
        if a.id() < b.id() {
            std::mem::swap(&mut a, &mut b);
        }
        // The larger key waits 200 ms before it dials; the smaller one hears of its peer then.
        a.network.set_peers(&[b.peer()]).unwrap();
        b.network.set_peers(&[a.silent_peer()]).unwrap();
        tokio::time::sleep(Duration::from_millis(lead_ms)).await;
        b.network.set_peers(&[a.peer()]).unwrap();
        a.until_connected(&b).await;
        b.until_connected(&a).await;
        say_until_heard(&mut a, &mut b).await;
        say_until_heard(&mut b, &mut a).await;
    };
    let pairs = (0..12).map(|number| pair(10 + 2 * number, 194 + u64::from(number)));
    futures::future::join_all(pairs).await;
}

/// A connection may still be replaced by the other end's choice; what is said thereafter arrives.
async fn say_until_heard(from: &mut Node, to: &mut Node) {
    within(async {
        loop {
            let _ = from.network.try_send(to.id(), Class::Consensus, Bytes::from_static(b"here"));
            let heard = tokio::time::timeout(Duration::from_millis(100), to.events.consensus.recv()).await;
            if heard.is_ok() {
                break;
            }
        }
    })
    .await;
}
