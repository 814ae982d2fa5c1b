//! Coming and going: restarts, cut cables, changes of the list, shutdown.

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::*;
use crate::{PeersError, SendError, StartError};

#[tokio::test]
async fn a_restarted_peer_is_found_on_its_old_port() {
    let (mut a, b) = (Node::start(1).await, Node::start(2).await);
    mesh(&[&a, &b]).await;
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    let listen = b.network.local_addr();
    b.network.shutdown().await;
    assert_eq!(a.peer_event().await, PeerEvent::Disconnected(b.id()));
    assert_eq!(
        a.network.try_send(b.id(), Class::Lanes, Bytes::from_static(b"x")),
        Err(SendError::NotConnected { to: b.id() })
    );
    a.until_ended(Reason::Unreachable).await;

    let mut b = Node::with(Config { listen, peers: vec![a.peer()], ..config(2, quick_limits()) }).await;
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    b.until_connected(&a).await;
    a.send(&b, Class::Consensus, "welcome back");
    b.expect(&a, Class::Consensus, "welcome back").await;
}

#[tokio::test]
async fn shutdown_ends_the_receivers_after_what_was_accepted() {
    let (a, mut b) = (Node::start(1).await, Node::start(2).await);
    mesh(&[&a, &b]).await;
    a.send(&b, Class::Lanes, "last");
    eventually(|| b.network.stats().peers[0].classes.lanes.frames_in == 1).await;
    within(b.network.shutdown()).await;
    b.expect(&a, Class::Lanes, "last").await;
    assert_eq!(within(b.events.lanes.recv()).await, None);
    while let Some(event) = within(b.events.peers.recv()).await {
        assert!(matches!(event, PeerEvent::Connected(_) | PeerEvent::Disconnected(_)));
    }
    assert_eq!(b.network.connected(), []);
    within(b.network.shutdown()).await;
}

#[tokio::test]
async fn dropping_every_handle_stops_the_network() {
    let Node { network, mut events } = Node::start(1).await;
    let address = network.local_addr();
    drop(network);
    assert_eq!(within(events.sync.recv()).await, None);
    eventually(|| std::net::TcpListener::bind(address).is_ok()).await;
}

#[tokio::test]
async fn a_removed_peer_is_disconnected_and_may_return() {
    let (mut a, mut b) = (Node::start(1).await, Node::start(2).await);
    mesh(&[&a, &b]).await;
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    assert_eq!(b.peer_event().await, PeerEvent::Connected(a.id()));
    a.network.set_peers(&[]).unwrap();
    let unknown = Err(SendError::UnknownPeer { to: b.id() });
    assert_eq!(a.network.try_send(b.id(), Class::Sync, Bytes::from_static(b"x")), unknown);
    assert_eq!(a.peer_event().await, PeerEvent::Disconnected(b.id()));
    assert_eq!(b.peer_event().await, PeerEvent::Disconnected(a.id()));
    a.until_ended(Reason::UnknownKey).await;

    a.network.set_peers(&[b.peer()]).unwrap();
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    b.until_connected(&a).await;
    // Removed and listed again before the service could look: a new session, not a dead entry.
    a.network.set_peers(&[]).unwrap();
    a.network.set_peers(&[b.peer()]).unwrap();
    assert_eq!(a.peer_event().await, PeerEvent::Disconnected(b.id()));
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    a.send(&b, Class::Sync, "again");
    b.expect(&a, Class::Sync, "again").await;
}

/// A relay that can be frozen: it keeps its sockets open and passes nothing on, as a cut cable does.
async fn relay(target: SocketAddr, frozen: watch::Receiver<bool>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (near, _) = listener.accept().await.unwrap();
            let (mut near, mut far) = (near, TcpStream::connect(target).await.unwrap());
            let mut frozen = frozen.clone();
            tokio::spawn(async move {
                let cut = async { frozen.wait_for(|frozen| *frozen).await.is_ok() };
                tokio::select! {
                    cut = cut => assert!(cut),
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
                }
                std::future::pending::<()>().await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_cut_cable_is_noticed_by_both_ends_and_healed() {
    let (mut a, mut b) = (Node::start(1).await, Node::start(2).await);
    let (freeze, frozen) = watch::channel(false);
    let address = relay(b.network.local_addr(), frozen).await;
    a.network.set_peers(&[Peer { addresses: vec![address], ..b.peer() }]).unwrap();
    b.network.set_peers(&[a.silent_peer()]).unwrap();
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    assert_eq!(b.peer_event().await, PeerEvent::Connected(a.id()));
    // Idle for longer than the silence that kills: keep-alives hold the connection.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(a.network.connected(), [b.id()]);
    assert_eq!((a.endings(Reason::Silent), b.endings(Reason::Silent)), (0, 0));

    freeze.send_replace(true);
    let cut = std::time::Instant::now();
    assert_eq!(a.peer_event().await, PeerEvent::Disconnected(b.id()));
    assert_eq!(b.peer_event().await, PeerEvent::Disconnected(a.id()));
    assert!(cut.elapsed() < Duration::from_secs(3), "{:?}", cut.elapsed());
    assert_eq!((a.endings(Reason::Silent), b.endings(Reason::Silent)), (1, 1));

    freeze.send_replace(false);
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    b.until_connected(&a).await;
    a.send(&b, Class::Lanes, "healed");
    b.expect(&a, Class::Lanes, "healed").await;
}

#[tokio::test]
async fn unusable_configurations_are_refused_by_name() {
    let a = Node::start(1).await;
    let started = |config: Config| async { start(config).await.map(|_| ()).unwrap_err() };
    let taken = Config { listen: a.network.local_addr(), ..config(2, quick_limits()) };
    assert!(matches!(started(taken).await, StartError::Listen { address, .. } if address == a.network.local_addr()));
    let hasty = Limits { keepalive_ms: 600, ..quick_limits() };
    let refused = started(config(2, hasty)).await;
    assert!(matches!(refused, StartError::Limit { field: "silence_timeout_ms", value: 1_000, .. }), "{refused}");
    let twice = Config { peers: vec![a.peer(), a.peer()], ..config(2, quick_limits()) };
    let duplicate = PeersError::Duplicate { id: a.id() };
    assert!(matches!(started(twice).await, StartError::Peers { source } if source == duplicate));
    // y = 2 is on no point of the curve.
    let mut off_curve = [0; 32];
    off_curve[0] = 2;
    let no_key = Peer { id: NodeId(off_curve), ..a.peer() };
    let refused = |peer: Peer| a.network.set_peers(&[peer]).unwrap_err();
    assert_eq!(refused(no_key), PeersError::InvalidKey { id: NodeId(off_curve) });
    let (id, address) = (id(7), SocketAddr::from(([0, 0, 0, 0], 7001)));
    let nowhere = Peer { id, addresses: vec![address], role: Role::Observer };
    assert_eq!(refused(nowhere), PeersError::UnusableAddress { id, address });
    let everywhere = Peer { id, addresses: vec![a.network.local_addr(); 5], role: Role::Observer };
    assert_eq!(refused(everywhere), PeersError::TooManyAddresses { id, count: 5, limit: 4 });
}
