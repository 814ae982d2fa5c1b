//! Clients that mean no good: garbage, floods, oversize, silence. None may cause a 5xx that the
//! node did not ask for, or stop the server.

use std::time::Duration;

use corridor_api::Limits;
use corridor_types::codec::encode_list;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::Server;

/// Everything that the server answers to raw bytes until it closes.
async fn raw(server: &Server, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn random_bodies_are_client_errors() {
    let server = Server::start().await;
    let mut runner = TestRunner::deterministic();
    let garbage = prop::collection::vec(any::<u8>(), 0..300);
    for round in 0..300 {
        let body = garbage.new_tree(&mut runner).unwrap().current();
        let form = if round % 2 == 0 { "application/json" } else { "application/octet-stream" };
        let status = server.post(form, body.clone()).await.status();
        assert!(status.is_client_error(), "{status} for {body:?}");
    }
}

#[tokio::test]
async fn damaged_transactions_never_reach_the_ledger() {
    let server = Server::start().await;
    let transaction = server.fake.pay(1, 5);
    let mut binary = Vec::new();
    encode_list(std::slice::from_ref(&transaction), &mut binary);
    let json = serde_json::to_vec(&transaction).unwrap();
    for (form, good) in [("application/octet-stream", binary), ("application/json", json)] {
        for position in 0..good.len() {
            let mut bad = good.clone();
            bad[position] ^= 1 << (position % 5); // bit 5 would only turn hexadecimal digits into capitals
            let status = server.post(form, bad).await.status();
            assert!(status.is_client_error(), "{status} with byte {position} of {form} changed");
        }
    }
    assert!(server.fake.memory().payments.is_empty());
}

#[tokio::test]
async fn nested_json_is_refused_without_a_crash() {
    let server = Server::start().await;
    assert_eq!(server.post("application/json", "[".repeat(1_000_000)).await.status(), 400);
    assert_eq!(server.post("application/json", "{\"operation\":".repeat(100_000)).await.status(), 400);
    assert_eq!(server.get("/livez").await.status(), 200);
}

#[tokio::test]
async fn a_body_above_the_limit_is_refused_however_it_comes() {
    let server = Server::start().await;
    let limit = 2 * 1024 * 1024;
    assert_eq!(server.post("application/json", vec![b' '; limit]).await.status(), 400, "at the limit it is read");
    assert_eq!(server.post("application/json", vec![b' '; limit + 1]).await.status(), 413);
    let pieces = futures::stream::iter((0..33).map(|_| Ok::<_, std::io::Error>(vec![b' '; 65_536])));
    let chunked = reqwest::Body::wrap_stream(pieces);
    assert_eq!(server.post("application/json", chunked).await.status(), 413);
}

#[tokio::test]
async fn headers_are_bounded_in_number_and_size() {
    let server = Server::start().await;
    let request = |headers: String| format!("GET /livez HTTP/1.1\r\nhost: x\r\nconnection: close\r\n{headers}\r\n");
    assert!(raw(&server, request(String::new()).as_bytes()).await.starts_with("HTTP/1.1 200"));
    let many: String = (0..100).map(|n| format!("x-{n}: 1\r\n")).collect();
    assert!(raw(&server, request(many).as_bytes()).await.starts_with("HTTP/1.1 431"));
    let large = format!("x: {}\r\n", "a".repeat(20_000));
    assert!(raw(&server, request(large).as_bytes()).await.starts_with("HTTP/1.1 431"));
    assert!(raw(&server, b"\x16\x03\x01\x02\x00garbage\r\n\r\n").await.starts_with("HTTP/1.1 400"));
}

#[tokio::test]
async fn headers_that_never_end_and_bodies_that_never_come_time_out() {
    let limits = Limits {
        header_timeout: Duration::from_millis(100),
        request_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let server = Server::with_limits(limits).await;
    assert_eq!(raw(&server, b"GET /livez HTTP/1.1\r\nhost:").await.split(' ').nth(1).unwrap_or("closed"), "closed");
    let half =
        b"POST /v1/transactions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n[";
    let answer = raw(&server, half).await;
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("problem:timeout"), "{answer}");
    server.fake.memory().stuck = true;
    assert_eq!(server.get("/v1/chain").await.status(), 503);
}

#[tokio::test]
async fn a_full_server_says_busy_and_keeps_its_probes() {
    let server = Server::with_limits(Limits { requests: 1, ..Limits::default() }).await;
    server.fake.memory().stuck = true;
    let (http, url) = (server.http.clone(), format!("{}/v1/chain", server.base));
    let stuck = tokio::spawn(async move { http.get(url).send().await });
    // The first of the two takes the only place; the other, whichever it is, sees it taken.
    while server.get("/v1/assets").await.status() == 200 {
        tokio::task::yield_now().await;
    }
    let response = server.get("/v1/assets").await;
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"1".parse().unwrap()));
    assert_eq!(server.get("/livez").await.status(), 200);
    assert_eq!(server.get("/metrics").await.status(), 200);
    stuck.abort();
}
