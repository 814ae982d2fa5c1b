//! Sealed details over HTTP: bytes in, the same bytes out, and problems that say what to do.

use crate::fake::uetr;
use crate::support::Server;

async fn put(server: &Server, path: &str, content_type: &str, body: &'static [u8]) -> (u16, String) {
    let request = server.http.put(format!("{}{path}", server.base)).header("content-type", content_type);
    let response = request.body(body).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

const BINARY: &str = "application/octet-stream";

#[tokio::test]
async fn details_are_put_given_and_erased() {
    let server = Server::start().await;
    let path = format!("/v1/payments/{}/details", uetr(1));
    let missing = server.get(&path).await;
    assert_eq!((missing.status().as_u16(), missing.text().await.unwrap().contains("not_found")), (404, true));
    assert_eq!(put(&server, &path, BINARY, b"\x00sealed\xff").await, (204, String::new()));
    let given = server.get(&path).await;
    assert_eq!((given.status().as_u16(), given.headers()["content-type"].to_str().unwrap()), (200, BINARY));
    assert_eq!(given.headers()["cache-control"], "no-store");
    assert_eq!(&given.bytes().await.unwrap()[..], b"\x00sealed\xff");
    let delete = || server.http.delete(format!("{}{path}", server.base)).send();
    assert_eq!(delete().await.unwrap().status(), 204);
    let erased = server.get(&path).await;
    assert_eq!((erased.status().as_u16(), erased.text().await.unwrap().contains("details_erased")), (404, true));
    let path = format!("{}/v1/payments/{}/details", server.base, uetr(2));
    assert_eq!(server.http.delete(path).send().await.unwrap().status(), 404);
}

#[tokio::test]
async fn what_is_not_taken_says_why() {
    let server = Server::start().await;
    let path = format!("/v1/payments/{}/details", uetr(1));
    let check = |(status, body): (u16, String), expected: u16, code: &str| {
        assert_eq!(status, expected, "{body}");
        assert!(body.contains(&format!("problem:{code}\"")), "{body}");
    };
    check(put(&server, &path, "application/json", b"{}").await, 415, "unsupported_media_type");
    check(put(&server, &path, BINARY, b"").await, 400, "malformed");
    check(put(&server, &path, BINARY, b"for others").await, 422, "details_refused");
    check(put(&server, "/v1/payments/1/details", BINARY, b"x").await, 400, "invalid_parameter");
    server.fake.memory().busy = true;
    check(put(&server, &path, BINARY, b"x").await, 503, "busy");
}

#[tokio::test]
async fn details_on_their_way_are_worth_another_question() {
    let server = Server::start().await;
    server.fake.run(1, 1);
    let response = server.get(&format!("/v1/payments/{}/details", uetr(1))).await;
    assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (404, "1"));
    assert!(response.text().await.unwrap().contains("details_pending"));
}
