//! Two processes with one key: the first stays, the second is told, the node hears of both. A
//! process that lost its link is no rival of itself.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::*;
use crate::Refusal;

/// The next event that is neither a coming nor a going.
async fn incident(node: &mut Node) -> PeerEvent {
    loop {
        match node.peer_event().await {
            PeerEvent::Connected(_) | PeerEvent::Disconnected(_) => {}
            incident => return incident,
        }
    }
}

#[tokio::test]
async fn a_second_process_with_the_same_key_is_refused_and_named() {
    let (mut a, mut first) = (Node::start(1).await, Node::start(2).await);
    a.network.set_peers(&[first.silent_peer()]).unwrap();
    first.network.set_peers(&[a.peer()]).unwrap();
    a.until_connected(&first).await;
    let mut second = Node::start(2).await;
    second.network.set_peers(&[a.peer()]).unwrap();

    let PeerEvent::Refused { by, refusal: Refusal::Duplicate { address: told } } = incident(&mut second).await else {
        panic!("the second one was not told");
    };
    assert_eq!(by, a.id());
    let PeerEvent::Duplicate { key, addresses: [kept, refused] } = incident(&mut a).await else {
        panic!("the node was not told");
    };
    assert_eq!((key, kept), (first.id(), told));
    assert_ne!(kept, refused);
    assert_eq!(second.network.connected(), []);

    // The first one never lost its link, and what both ends say arrives.
    assert_eq!(first.peer_event().await, PeerEvent::Connected(a.id()));
    first.send(&a, Class::Consensus, "one vote");
    a.expect(&first, Class::Consensus, "one vote").await;
    a.send(&first, Class::Lanes, "for the first");
    first.expect(&a, Class::Lanes, "for the first").await;
    assert_eq!(first.endings(Reason::Ended) + first.endings(Reason::Redundant), 0);
    assert_eq!(second.events.lanes.try_recv(), None);

    // Once the first one stopped, the second one takes its place.
    first.network.shutdown().await;
    second.until_connected(&a).await;
    say_and_hear(&second, &mut a).await;
}

async fn say_and_hear(from: &Node, to: &mut Node) {
    to.until_connected(from).await;
    from.until_connected(to).await;
    from.send(to, Class::Sync, "here");
    to.expect(from, Class::Sync, "here").await;
}

/// A relay whose far half can be cut: the near end sees its connection close, the far end nothing.
async fn half_cut_relay(target: SocketAddr, cut: watch::Receiver<bool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = TcpStream::connect(target).await.unwrap();
            let mut cut = cut.clone();
            tokio::spawn(async move {
                tokio::select! {
                    _ = cut.wait_for(|cut| *cut) => drop(near),
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
                }
                std::future::pending::<()>().await;
            });
        }
    });
    address
}

/// Node 2 loses its link to node 1 without node 1 noticing, and dials again from `session`.
async fn reconnect_unnoticed(same_process: bool) -> Node {
    let patient = Limits { silence_timeout_ms: 60_000, ..quick_limits() };
    let mut a = Node::with(config(1, patient)).await;
    let (cutter, cut) = watch::channel(false);
    let through = half_cut_relay(a.network.local_addr(), cut).await;
    let b = Node::start(2).await;
    a.network.set_peers(&[b.silent_peer()]).unwrap();
    b.network.set_peers(&[Peer { addresses: vec![through], ..a.peer() }]).unwrap();
    a.until_connected(&b).await;
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    let b = if same_process {
        b.network.set_peers(&[Peer { addresses: vec![through, a.network.local_addr()], ..a.peer() }]).unwrap();
        cutter.send_replace(true);
        b
    } else {
        cutter.send_replace(true);
        b.network.shutdown().await;
        let restarted = Node::start(2).await;
        restarted.network.set_peers(&[a.peer()]).unwrap();
        restarted
    };
    assert_eq!(a.peer_event().await, PeerEvent::Disconnected(b.id()));
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    say_and_hear(&b, &mut a).await;
    assert_eq!((a.endings(Reason::Duplicate), a.endings(Reason::Silent)), (0, 0));
    a
}

#[tokio::test]
async fn a_process_that_lost_its_link_replaces_it_at_once() {
    let a = reconnect_unnoticed(true).await;
    assert!(a.endings(Reason::Redundant) >= 1);
}

#[tokio::test]
async fn a_restarted_process_replaces_a_link_that_does_not_answer() {
    reconnect_unnoticed(false).await;
}
