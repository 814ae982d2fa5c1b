//! Strangers, wrong ledgers, garbage and lies: each is refused by its name, and honest traffic goes
//! on.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::attacker::{Attacker, GREETER};
use super::*;

/// The attackers' seed; node 1 and 2 are honest, and list it.
const MALLORY: u8 = 66;

/// Two connected honest nodes that also list the attacker, who never listens.
async fn honest_pair() -> (Node, Node) {
    let (a, b) = (Node::start(1).await, Node::start(2).await);
    mesh(&[&a, &b]).await;
    let mallory = Peer { id: id(MALLORY), ..a.silent_peer() };
    let peers = [a.peer(), b.peer(), mallory];
    a.network.set_peers(&peers).unwrap();
    b.network.set_peers(&peers).unwrap();
    (a, b)
}

/// The honest pair still talks, over the connection that it had.
async fn assert_unharmed(a: &mut Node, b: &mut Node) {
    for class in Class::ALL {
        a.send(b, class, "still here");
        b.expect(a, class, "still here").await;
        b.send(a, class, "me too");
        a.expect(b, class, "me too").await;
    }
    assert_eq!(a.peer_event().await, PeerEvent::Connected(b.id()));
    assert_eq!(a.network.connected(), [b.id()]);
}

#[tokio::test]
async fn another_ledger_is_refused() {
    let (mut a, mut b) = (Node::start(1).await, Node::start(2).await);
    let stranger = Node::with(Config { genesis: OTHER_GENESIS, ..config(3, quick_limits()) }).await;
    let peers = [a.peer(), b.peer(), stranger.peer()];
    for node in [&a, &b, &stranger] {
        node.network.set_peers(&peers).unwrap();
    }
    a.until_connected(&b).await;
    for node in [&a, &b, &stranger] {
        node.until_ended(Reason::WrongGenesis).await;
    }
    b.until_connected(&a).await;
    assert_unharmed(&mut a, &mut b).await;
    assert_eq!(stranger.network.connected(), []);
}

#[tokio::test]
async fn an_unlisted_key_is_refused() {
    let (mut a, mut b) = honest_pair().await;
    let stranger = Node::start(3).await;
    stranger.network.set_peers(&[a.peer()]).unwrap();
    a.until_ended(Reason::UnknownKey).await;
    eventually(|| a.endings(Reason::UnknownKey) > 2).await;
    assert_eq!(stranger.network.connected(), []);
    assert_unharmed(&mut a, &mut b).await;
}

#[tokio::test]
async fn an_address_with_another_key_is_named() {
    let (a, b) = (Node::start(1).await, Node::start(2).await);
    a.network.set_peers(&[Peer { id: id(9), ..b.peer() }]).unwrap();
    a.until_ended(Reason::WrongKey).await;
    let own_address = Peer { id: id(9), ..a.peer() };
    a.network.set_peers(&[own_address]).unwrap();
    a.until_ended(Reason::OwnKey).await;
}

#[tokio::test]
async fn random_bytes_at_the_port_harm_nobody() {
    let (mut a, mut b) = honest_pair().await;
    for length in [1, 100, 10_000, 100_000] {
        let mut garbage = vec![0; length];
        getrandom::fill(&mut garbage).unwrap();
        let mut socket = TcpStream::connect(a.network.local_addr()).await.unwrap();
        let _ = socket.write_all(&garbage).await;
        let _ = socket.shutdown().await;
        // The victim hangs up.
        let _ = within(socket.read_to_end(&mut Vec::new())).await;
    }
    a.until_ended(Reason::Handshake).await;
    assert_unharmed(&mut a, &mut b).await;
}

#[tokio::test]
async fn silent_sockets_are_hung_up_and_crowds_refused() {
    let limits = Limits { handshake_timeout_ms: 300, pending_per_ip: 5, ..quick_limits() };
    let a = Node::with(config(1, limits)).await;
    let mut sockets = Vec::new();
    for _ in 0..8 {
        sockets.push(TcpStream::connect(a.network.local_addr()).await.unwrap());
    }
    for mut socket in sockets {
        let _ = within(socket.read_to_end(&mut Vec::new())).await;
    }
    eventually(|| a.endings(Reason::Crowded) == 3 && a.endings(Reason::Handshake) == 5).await;
}

/// Runs an attack after the handshake; the victim must end the connection for `reason`.
async fn attack(reason: Reason, script: impl AsyncFnOnce(&mut Attacker)) {
    let (mut a, mut b) = honest_pair().await;
    let mut attacker = Attacker::connect(MALLORY, &a).await;
    script(&mut attacker).await;
    attacker.until_closed().await;
    assert_eq!(a.endings(reason), 1, "{:?}", a.network.stats().endings);
    assert_unharmed(&mut a, &mut b).await;
}

fn oversized(class: Class) -> [u8; 4] {
    (*quick_limits().frame_bytes.of(class) + 1).to_be_bytes()
}

#[tokio::test]
async fn a_wrong_magic_ends_the_connection() {
    attack(Reason::WrongProtocol, async |attacker| {
        attacker.write_frame(Class::Lanes, &[0x55; 43]).await;
    })
    .await;
}

#[tokio::test]
async fn a_long_hello_ends_the_connection() {
    attack(Reason::WrongProtocol, async |attacker| attacker.write(Class::Sync, &[0xff; 4]).await).await;
}

#[tokio::test]
async fn a_wrong_version_ends_the_connection() {
    attack(Reason::WrongProtocol, async |attacker| {
        let mut hello = GREETER.encode(Class::Consensus);
        hello[9] = 9;
        attacker.write_frame(Class::Consensus, &hello).await;
    })
    .await;
}

#[tokio::test]
async fn a_class_twice_ends_the_connection() {
    attack(Reason::WrongClass, async |attacker| {
        for stream in [Class::Lanes, Class::Sync] {
            attacker.write_frame(stream, &GREETER.encode(Class::Sync)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_fourth_stream_ends_the_connection() {
    let (mut a, mut b) = honest_pair().await;
    let opens = [Class::Consensus, Class::Lanes, Class::Sync, Class::Sync];
    let attacker = Attacker::connect_opening(MALLORY, &a, &opens).await;
    attacker.until_closed().await;
    a.until_ended(Reason::WrongClass).await;
    assert_unharmed(&mut a, &mut b).await;
}

#[tokio::test]
async fn missing_hellos_end_the_connection() {
    let limits = Limits { handshake_timeout_ms: 300, ..quick_limits() };
    let a = Node::with(config(1, limits)).await;
    a.network.set_peers(&[Peer { id: id(MALLORY), ..a.silent_peer() }]).unwrap();
    let mut attacker = Attacker::connect(MALLORY, &a).await;
    attacker.write_frame(Class::Lanes, &GREETER.encode(Class::Lanes)).await;
    attacker.until_closed().await;
    assert_eq!(a.endings(Reason::Silent), 1);
}

#[tokio::test]
async fn an_oversized_frame_ends_the_connection() {
    for class in Class::ALL {
        attack(Reason::Oversized, async |attacker| {
            attacker.greet().await;
            attacker.write(class, &oversized(class)).await;
        })
        .await;
    }
}

#[tokio::test]
async fn a_peer_that_greets_and_then_keeps_still_is_dead() {
    attack(Reason::Silent, async |attacker| attacker.greet().await).await;
}

/// A header that promises 16 MiB and delivers little, and a frame of which a byte comes now and
/// then: neither ends an honest connection, nor delivers anything.
#[tokio::test]
async fn a_lying_header_delivers_nothing() {
    attack(Reason::Ended, async |attacker| {
        attacker.greet().await;
        attacker.write(Class::Sync, &(16u32 << 20).to_be_bytes()).await;
        attacker.write(Class::Sync, &[1; 1000]).await;
        attacker.streams.clear();
    })
    .await;
}
