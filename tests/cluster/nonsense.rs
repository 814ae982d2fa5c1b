//! Nonsense at every port: the validators stay up, say why in their logs, and honest payments settle.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::harness::{Cluster, PATIENCE};
use crate::load::Payer;

fn throw(address: &str, bytes: &[u8]) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    drop(stream.set_read_timeout(Some(Duration::from_millis(500))));
    drop(stream.write_all(bytes));
    drop(stream.read(&mut [0; 1024]));
}

fn noise(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

async fn stranger(cluster: &Cluster, genesis: [u8; 32], key: [u8; 32]) -> corridor_network::Network {
    let genesis_document = cluster.genesis();
    let peers = genesis_document.validators.iter().enumerate().map(|(n, validator)| corridor_network::Peer {
        id: corridor_network::NodeId(validator.network_key.0),
        addresses: vec![cluster.network_address(n).parse().unwrap()],
        role: corridor_network::Role::Validator,
    });
    let config = corridor_network::Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        advertise: None,
        session: [7; 16],
        secret_key: key.into(),
        genesis,
        peers: peers.collect(),
        limits: corridor_network::Limits::default(),
    };
    corridor_network::start(config).await.unwrap().0
}

fn logs(cluster: &Cluster) -> String {
    (0..cluster.len()).map(|n| fs::read_to_string(cluster.node(n).join("node.log")).unwrap()).collect()
}

async fn wait_for_log(cluster: &Cluster, word: &str) {
    let started = Instant::now();
    while !logs(cluster).to_lowercase().contains(word) {
        assert!(started.elapsed() < PATIENCE, "no log says {word:?}:\n{}", logs(cluster));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bytes_strangers_and_other_chains_harm_nobody() {
    let mut cluster = Cluster::start_all().await;
    let payer = Payer::new(&cluster).await;
    for n in 0..cluster.len() {
        for address in [cluster.network_address(n), cluster.api_address(n)] {
            throw(&address, &noise(64));
            throw(&address, &noise(200_000));
            throw(&address, &[0xff; 100_000]);
            throw(&address, b"POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999\r\n\r\n");
        }
    }
    let genesis = cluster.genesis().digest().0;
    let unknown = stranger(&cluster, genesis, [7; 32]).await;
    wait_for_log(&cluster, "unknown_key").await;
    unknown.shutdown().await;
    // A listed key with another chain's genesis: the fourth validator's key, while it is down.
    cluster.kill(3);
    let key = corridor_signer::keyfile::read(&cluster.node(3).join("network.key"), "network").unwrap();
    let other_chain = stranger(&cluster, [9; 32], *key.to_seed()).await;
    wait_for_log(&cluster, "wrong_genesis").await;
    payer.pay_and_wait(&cluster.client(0)).await;
    other_chain.shutdown().await;
    // The same key on the right chain, and what it says is noise.
    let liar = stranger(&cluster, genesis, *key.to_seed()).await;
    let started = Instant::now();
    while liar.broadcast(corridor_network::Class::Consensus, noise(300).into()).unwrap_or(0) == 0 {
        assert!(started.elapsed() < PATIENCE, "the liar could not connect");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    for class in corridor_network::Class::ALL {
        let _ = liar.broadcast(class, noise(3_000).into());
    }
    wait_for_log(&cluster, "refused a frame").await;
    payer.pay_and_wait(&cluster.client(1)).await;
    liar.shutdown().await;
    cluster.start(3);
    cluster.wait_ready(3).await;
    for n in 0..cluster.len() {
        assert!(cluster.is_alive(n), "validator {n} ended");
        payer.pay_and_wait(&cluster.client(n)).await;
    }
    assert!(!logs(&cluster).contains("panicked"), "{}", logs(&cluster));
    cluster.check_agreement().await;
}
