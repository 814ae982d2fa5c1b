//! The network inside a process keeps the promises of the real one.
#![allow(clippy::unwrap_used)]
use bytes::Bytes;
use zeroize::Zeroizing;

use crate::*;

fn id(seed: u8) -> NodeId {
    NodeId::from_secret_key(&Zeroizing::new([seed; 32]))
}

fn peers(seeds: &[u8]) -> Vec<Peer> {
    seeds.iter().map(|seed| Peer { id: id(*seed), addresses: Vec::new(), role: Role::Validator }).collect()
}

fn frame(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[tokio::test]
async fn frames_arrive_by_class_in_order_with_their_senders_key() {
    let hub = Hub::default();
    let (one, _events) = hub.join(id(1), &peers(&[2])).unwrap();
    let (_two, mut events) = hub.join(id(2), &peers(&[1])).unwrap();
    for text in ["a", "b"] {
        one.try_send(id(2), Class::Lanes, frame(text)).unwrap();
    }
    assert_eq!(one.broadcast(Class::Consensus, frame("c")), Ok(1));
    assert_eq!(events.lanes.recv().await, Some(Message { from: id(1), bytes: b"a".to_vec() }));
    assert_eq!(events.lanes.recv().await, Some(Message { from: id(1), bytes: b"b".to_vec() }));
    assert_eq!(events.consensus.recv().await, Some(Message { from: id(1), bytes: b"c".to_vec() }));
    assert_eq!(events.sync.try_recv(), None);
}

#[tokio::test]
async fn a_link_needs_both_lists_and_both_ends_hear_of_it() {
    let hub = Hub::default();
    let (one, mut of_one) = hub.join(id(1), &peers(&[2])).unwrap();
    let (two, mut of_two) = hub.join(id(2), &peers(&[3])).unwrap();
    assert_eq!(one.try_send(id(2), Class::Sync, frame("x")), Err(SendError::NotConnected { to: id(2) }));
    assert_eq!(two.try_send(id(1), Class::Sync, frame("x")), Err(SendError::UnknownPeer { to: id(1) }));
    two.set_peers(&peers(&[1])).unwrap();
    assert_eq!(of_one.peers.recv().await, Some(PeerEvent::Connected(id(2))));
    assert_eq!(of_two.peers.recv().await, Some(PeerEvent::Connected(id(1))));
    one.try_send(id(2), Class::Sync, frame("x")).unwrap();
    // Whoever takes a peer off its list sends it nothing more, from the return of the call on.
    one.set_peers(&[]).unwrap();
    assert_eq!(one.try_send(id(2), Class::Sync, frame("y")), Err(SendError::UnknownPeer { to: id(2) }));
    assert_eq!(of_two.peers.recv().await, Some(PeerEvent::Disconnected(id(1))));
    assert_eq!(of_two.sync.recv().await.map(|message| message.bytes), Some(b"x".to_vec()));
}

#[tokio::test]
async fn frames_are_bounded_in_length_and_number() {
    let hub = Hub::default();
    let (one, _of_one) = hub.join(id(1), &peers(&[2])).unwrap();
    let (_two, _of_two) = hub.join(id(2), &peers(&[1])).unwrap();
    assert_eq!(one.try_send(id(2), Class::Consensus, Bytes::new()), Err(SendError::Empty));
    let limit = Limits::default().frame_bytes.consensus;
    let long = Bytes::from(vec![0; limit as usize + 1]);
    let refused = one.broadcast(Class::Consensus, long).unwrap_err();
    assert_eq!(refused, SendError::TooLarge { class: Class::Consensus, bytes: limit as usize + 1, limit });
    let room = Limits::default().incoming.consensus.frames;
    let queued = (0..room + 5).filter(|_| one.try_send(id(2), Class::Consensus, frame("x")).is_ok()).count();
    assert_eq!(queued, room);
    let full = SendError::QueueFull { to: id(2), class: Class::Consensus };
    assert_eq!(one.try_send(id(2), Class::Consensus, frame("x")), Err(full));
}

#[tokio::test]
async fn a_node_that_leaves_ends_its_own_streams_and_its_peers_links() {
    let hub = Hub::default();
    let (one, mut of_one) = hub.join(id(1), &peers(&[2])).unwrap();
    let (two, mut of_two) = hub.join(id(2), &peers(&[1])).unwrap();
    assert_eq!(of_two.peers.recv().await, Some(PeerEvent::Connected(id(1))));
    one.shutdown().await;
    assert_eq!(of_two.peers.recv().await, Some(PeerEvent::Disconnected(id(1))));
    assert_eq!(of_one.consensus.recv().await, None);
    while of_one.peers.recv().await.is_some() {}
    assert_eq!(two.try_send(id(1), Class::Lanes, frame("x")), Err(SendError::NotConnected { to: id(1) }));
}
