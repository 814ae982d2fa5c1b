//! The event stream: replay, live, resume, filters, slow and sleeping readers.

use std::time::Duration;

use corridor_api::Limits;
use futures::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

use crate::fake::uetr;
use crate::support::Server;

/// Reads a stream until it holds `count` events, or to its end.
struct Reading {
    body: futures::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    text: String,
}

impl Reading {
    async fn open(server: &Server, query: &str, last_id: Option<&str>) -> Self {
        let mut request = server.http.get(format!("{}/v1/events{query}", server.base));
        if let Some(id) = last_id {
            request = request.header("Last-Event-ID", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.bytes_stream().boxed(), text: String::new() }
    }

    async fn until(&mut self, enough: impl Fn(&str) -> bool) -> &str {
        while !enough(&self.text) {
            let Some(piece) = self.body.next().await else { break };
            self.text += std::str::from_utf8(&piece.unwrap()).unwrap();
        }
        &self.text
    }

    /// The identifiers of the first `count` events.
    async fn ids(&mut self, count: usize) -> Vec<String> {
        let text = self.until(|text| text.matches("event: entry").count() >= count).await;
        ids(text)
    }
}

/// Identifiers of blocks that have data.
fn ids(text: &str) -> Vec<String> {
    let blocks = text.split("\n\n").filter(|block| block.contains("\ndata: "));
    blocks.filter_map(|block| block.lines().find_map(|line| line.strip_prefix("id: "))).map(str::to_owned).collect()
}

#[tokio::test]
async fn history_then_live_in_order_without_a_gap() {
    let server = Server::start().await;
    server.fake.run(1, 150);
    let mut reading = Reading::open(&server, "?after=0-0", None).await;
    reading.ids(150).await;
    server.fake.run(151, 2);
    let expected: Vec<_> = (1..=152).map(|height| format!("{height}-0")).collect();
    assert_eq!(reading.ids(152).await, expected);
}

#[tokio::test]
async fn without_a_position_only_later_events_come() {
    let server = Server::start().await;
    server.fake.run(1, 3);
    let mut reading = Reading::open(&server, "", None).await;
    reading.until(|text| text.contains("id: 3-4294967295")).await;
    server.fake.run(4, 1);
    assert_eq!(reading.ids(1).await, ["4-0"]);
}

#[tokio::test]
async fn the_last_event_id_resumes_and_goes_before_the_query() {
    let server = Server::start().await;
    server.fake.run(1, 5);
    let mut reading = Reading::open(&server, "?after=0-0", Some("3-0")).await;
    assert_eq!(reading.ids(2).await, ["4-0", "5-0"]);
    let bad = server.http.get(format!("{}/v1/events", server.base)).header("Last-Event-ID", "x").send().await.unwrap();
    assert_eq!(bad.status(), 400);
}

#[tokio::test]
async fn filters_leave_out_the_rest_and_still_advance() {
    let server = Server::start().await;
    server.fake.run(1, 200);
    let wanted = format!("?after=0-0&reference={}", uetr(150));
    let mut reading = Reading::open(&server, &wanted, None).await;
    let text = reading.until(|text| text.contains("id: 200-0")).await.to_owned();
    assert_eq!(ids(&text), ["150-0"]);
    let mut nobody = Reading::open(&server, "?after=0-0&participant=0", None).await;
    assert_eq!(ids(nobody.until(|text| text.contains("id: 200-0")).await), Vec::<String>::new());
    let mut all = Reading::open(&server, "?after=198-0&participant=2&account=1", None).await;
    assert_eq!(all.ids(2).await, ["199-0", "200-0"]);
}

#[tokio::test]
async fn a_silent_chain_gives_heartbeats() {
    let server = Server::with_limits(Limits { heartbeat: Duration::from_millis(20), ..Limits::default() }).await;
    let mut reading = Reading::open(&server, "?after=0-0", None).await;
    let text = reading.until(|text| text.matches("id: 0-0\n\n").count() >= 4).await;
    assert!(text.starts_with("retry: 1000\n"));
    assert_eq!(ids(text), Vec::<String>::new());
}

#[tokio::test]
async fn streams_are_limited_in_number() {
    let server = Server::with_limits(Limits { streams: 1, ..Limits::default() }).await;
    let first = Reading::open(&server, "", None).await;
    assert_eq!(server.get("/v1/events").await.status(), 503);
    assert_eq!(server.get("/v1/chain").await.status(), 200);
    drop(first);
    while server.get("/v1/events").await.status() == 503 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_node_that_fails_ends_the_stream_with_the_position() {
    let server = Server::start().await;
    server.fake.run(1, 2);
    let mut reading = Reading::open(&server, "?after=0-0", None).await;
    reading.ids(2).await;
    server.fake.memory().broken = true;
    server.fake.run(3, 1);
    let text = reading.until(|_| false).await;
    assert!(text.ends_with(": the node cannot read its history now; go on after 2-0\n\n"), "{text}");
}

/// The reader never reads: the server may hold one page for it and must let go of it.
#[tokio::test]
async fn a_sleeping_reader_is_disconnected_and_can_resume() {
    let limits = Limits { streams: 1, write_stall: Duration::from_millis(200), ..Limits::default() };
    let server = Server::with_limits(limits).await;
    server.fake.run(1, 20_000);
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let mut sleeper = socket.connect(server.address().parse().unwrap()).await.unwrap();
    sleeper.write_all(b"GET /v1/events?after=0-0 HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    sleeper.readable().await.unwrap();
    // The only place for a stream becomes free once the sleeper is let go.
    let let_go = async {
        while server.get("/v1/events").await.status() == 503 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), let_go).await.unwrap();
    let mut got = Vec::new();
    let _ = sleeper.read_to_end(&mut got).await;
    let got = String::from_utf8_lossy(&got);
    let last = ids(&got).last().cloned().unwrap();
    assert_ne!(last, "20000-0", "the whole history fitted into the socket buffers: the test shows nothing");
    let next: u64 = last.split('-').next().unwrap().parse::<u64>().unwrap() + 1;
    let mut reading = Reading::open(&server, "", Some(&last)).await;
    assert_eq!(reading.ids(1).await[0], format!("{next}-0"));
}
