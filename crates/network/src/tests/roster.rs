//! The list changes while traffic flows: joiners, leavers, learnt addresses, places for observers.

use super::attacker::Attacker;
use super::*;
use crate::address;
use crate::introduction::{INTRODUCTION_BYTES, Introduction, MAX_INTRODUCED};
use crate::{Refusal, SendError};

/// A node that tells its peers where it listens.
async fn telling(seed: u8) -> Node {
    let advertise = Some(SocketAddr::from(([0, 0, 0, 0], 0)));
    Node::with(Config { advertise, ..config(seed, quick_limits()) }).await
}

fn observer(node: &Node) -> Peer {
    Peer { role: Role::Observer, ..node.silent_peer() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_come_and_go_without_a_hiccup_for_those_who_stay() {
    const FRAMES: u32 = 600;
    let (a, mut b) = (Node::start(1).await, Node::start(2).await);
    mesh(&[&a, &b]).await;
    assert_eq!(b.peer_event().await, PeerEvent::Connected(a.id()));
    for number in 0..FRAMES {
        if number % 100 == 0 {
            let c = Node::start(3 + u8::try_from(number / 100).unwrap()).await;
            c.network.set_peers(&[a.peer(), b.peer()]).unwrap();
            for node in [&a, &b] {
                node.network.set_peers(&[a.peer(), b.peer(), c.peer()]).unwrap();
                node.until_connected(&c).await;
            }
            a.network.set_peers(&[b.peer()]).unwrap();
            b.network.set_peers(&[Peer { role: Role::Observer, ..a.peer() }]).unwrap();
        }
        while let Err(error) = a.network.try_send(b.id(), Class::Sync, Bytes::copy_from_slice(&number.to_be_bytes())) {
            assert_eq!(error, SendError::QueueFull { to: b.id(), class: Class::Sync });
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        if number % 100 == 50 {
            b.network.set_peers(&[a.peer()]).unwrap();
        }
    }
    for number in 0..FRAMES {
        assert_eq!(b.recv(Class::Sync).await.bytes, number.to_be_bytes());
    }
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(50), b.events.peers.recv()).await {
        assert_ne!(event, PeerEvent::Disconnected(a.id()));
    }
}

#[tokio::test]
async fn a_removed_peer_cannot_send_any_more_and_learns_why() {
    let (mut a, mut b) = (Node::start(1).await, Node::start(2).await);
    mesh(&[&a, &b]).await;
    a.network.set_peers(&[]).unwrap();
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    assert_eq!(a.peer_event().await, PeerEvent::Disconnected(b.id()));
    while a.events.lanes.try_recv().is_some() {}
    let refused = PeerEvent::Refused { by: a.id(), refusal: Refusal::UnknownKey };
    within(async {
        while b.peer_event().await != refused {
            let _ = b.network.try_send(a.id(), Class::Lanes, Bytes::from_static(b"still here?"));
        }
    })
    .await;
    assert!(Refusal::UnknownKey.explain(b.id()).contains(&format!("network key {}; register it", b.id())));
    assert_eq!(a.events.lanes.try_recv(), None);
    assert_eq!(b.network.connected(), []);
}

/// The joiner knows one peer's address, and nobody knows the joiner's.
#[tokio::test]
async fn a_joiner_with_one_address_finds_the_mesh() {
    let (a, b, c) = (telling(1).await, telling(2).await, telling(3).await);
    let validators = [a.peer(), b.peer(), c.peer()];
    mesh(&[&a, &b, &c]).await;
    let mut joiner = telling(4).await;
    for node in [&a, &b, &c] {
        node.network.set_peers(&[&validators[..], &[observer(&joiner)]].concat()).unwrap();
    }
    // At first it knows of one validator only; the others it reads in the ledger later.
    joiner.network.set_peers(&[a.peer()]).unwrap();
    joiner.until_connected(&a).await;
    joiner.network.set_peers(&[a.peer(), b.silent_peer(), c.silent_peer()]).unwrap();
    for node in [&b, &c] {
        joiner.until_connected(node).await;
        node.until_connected(&joiner).await;
    }
    c.send(&joiner, Class::Sync, "a block");
    joiner.expect(&c, Class::Sync, "a block").await;

    // A second joiner is introduced to the first by the validator, although neither is configured.
    let second = telling(5).await;
    a.network.set_peers(&[&validators[..], &[observer(&joiner), observer(&second)]].concat()).unwrap();
    joiner.network.set_peers(&[a.peer(), b.silent_peer(), c.silent_peer(), observer(&second)]).unwrap();
    second.network.set_peers(&[a.peer(), observer(&joiner)]).unwrap();
    second.until_connected(&joiner).await;
}

/// The joiner is listening and was told of; after a loss the other end finds it.
#[tokio::test]
async fn a_node_that_told_its_address_is_dialled_again() {
    let (a, b) = (Node::start(1).await, telling(2).await);
    a.network.set_peers(&[b.silent_peer()]).unwrap();
    b.network.set_peers(&[a.peer()]).unwrap();
    a.until_connected(&b).await;
    // From now on only the other end can dial.
    b.network.set_peers(&[]).unwrap();
    eventually(|| a.network.connected().is_empty()).await;
    b.network.set_peers(&[a.silent_peer()]).unwrap();
    a.until_connected(&b).await;
}

#[tokio::test]
async fn observers_have_few_places_and_validators_always_one() {
    let limits = Limits { others_connected: 2, ..quick_limits() };
    let a = Node::with(config(1, limits)).await;
    let mut nodes = Vec::new();
    for seed in 2..=7 {
        nodes.push(Node::start(seed).await);
    }
    let (observers, validators) = nodes.split_at_mut(4);
    let listed = observers.iter().map(observer).chain(validators.iter().map(Node::silent_peer));
    a.network.set_peers(&listed.collect::<Vec<_>>()).unwrap();
    for node in observers.iter() {
        node.network.set_peers(&[a.peer()]).unwrap();
    }
    eventually(|| a.network.connected().len() == 2 && a.endings(Reason::Full) > 4).await;
    for node in validators.iter() {
        node.network.set_peers(&[a.peer()]).unwrap();
        a.until_connected(node).await;
    }
    let connected = a.network.connected();
    assert_eq!(connected.len(), 4);
    let (served, refused): (Vec<&mut Node>, _) = observers.iter_mut().partition(|node| connected.contains(&node.id()));
    for node in refused {
        assert_eq!(node.peer_event().await, PeerEvent::Refused { by: a.id(), refusal: Refusal::Full });
    }
    // A place that becomes free is taken.
    served[0].network.shutdown().await;
    eventually(|| a.network.connected().len() == 4 && !a.network.connected().contains(&served[0].id())).await;
}

/// A listed peer lies about every address it can: nothing grows, nobody else is harmed, and the one
/// lied about is reached.
#[tokio::test]
async fn hostile_hearsay_is_bounded_and_harmless() {
    const MALLORY: u8 = 66;
    let mut a = Node::start(1).await;
    let b = telling(2).await;
    let mallory = Peer { id: id(MALLORY), ..a.silent_peer() };
    a.network.set_peers(&[mallory, b.silent_peer()]).unwrap();
    let lies = |number: u16| (b.id(), SocketAddr::from(([127, 0, 0, 1], 1 + number)));
    let others = (0..u16::try_from(MAX_INTRODUCED).unwrap()).map(lies).collect();
    let own = Some(a.network.local_addr());
    let mut liar = Attacker::connect(MALLORY, &a).await;
    liar.greet_with(&Introduction { own, others }.encode()).await;
    eventually(|| a.network.connected() == [id(MALLORY)]).await;
    // The lies are dialled, one after the other, and fail.
    a.until_ended(Reason::Unreachable).await;
    b.network.set_peers(&[a.peer()]).unwrap();
    a.until_connected(&b).await;
    b.send(&a, Class::Consensus, "the truth");
    a.expect(&b, Class::Consensus, "the truth").await;
    drop(liar);

    for bytes in [INTRODUCTION_BYTES as usize + 1, address::ADDRESS_BYTES - 1, 0] {
        let before = a.endings(Reason::WrongProtocol);
        let mut liar = Attacker::connect(MALLORY, &a).await;
        liar.greet_with(&vec![1; bytes]).await;
        liar.until_closed().await;
        assert_eq!(a.endings(Reason::WrongProtocol), before + 1, "{bytes}");
    }
    assert!(a.network.connected().contains(&b.id()));
}
