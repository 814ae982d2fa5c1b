//! Stopping: open requests finish, streams end with their position, nothing hangs.

use std::time::{Duration, Instant};

use corridor_api::Limits;

use crate::support::Server;

#[tokio::test]
async fn stopping_ends_streams_and_refuses_new_connections() {
    let server = Server::start().await;
    let (http, base) = (server.http.clone(), server.base.clone());
    let stream = http.get(format!("{base}/v1/events?after=0-0")).send().await.unwrap();
    server.stop().await;
    let text = stream.text().await.unwrap();
    assert!(text.ends_with(": the node is stopping; go on after 0-0\n\n"), "{text}");
    assert!(http.get(format!("{base}/livez")).send().await.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_hold_the_server_up() {
    let limits =
        Limits { drain: Duration::from_millis(50), request_timeout: Duration::from_secs(600), ..Limits::default() };
    let server = Server::with_limits(limits).await;
    server.fake.memory().stuck = true;
    let (http, url) = (server.http.clone(), format!("{}/v1/chain", server.base));
    let stuck = tokio::spawn(async move { http.get(url).send().await });
    tokio::time::sleep(Duration::from_millis(50)).await;
    let started = Instant::now();
    server.stop().await;
    assert!(started.elapsed() < Duration::from_secs(60), "it waited for the request");
    assert!(stuck.await.unwrap().is_err());
}
