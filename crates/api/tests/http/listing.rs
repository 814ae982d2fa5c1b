//! The routes of the ledger's objects: pages, single ones, and what is said when there is none.

use serde_json::Value;

use crate::fake::uetr;
use crate::support::{Server, shown};

/// Every list with the path of one of its objects, and of one that does not exist.
fn routes() -> Vec<(&'static str, String, String)> {
    let (known, unknown) = (uetr(1), uetr(99));
    let offered = uetr(3);
    let handle = |byte: &str| byte.repeat(16);
    vec![
        ("programmes", "0".into(), "7".into()),
        ("licences", handle("04"), handle("05")),
        ("screening-lists", "0".into(), "7".into()),
        ("refunds", known.to_string(), unknown.to_string()),
        ("quotes", offered.to_string(), unknown.to_string()),
        ("calendars", "0".into(), "7".into()),
        ("proposals", offered.to_string(), unknown.to_string()),
        ("savings", "0".into(), "7".into()),
        ("open-payments", known.to_string(), unknown.to_string()),
    ]
}

#[tokio::test]
async fn each_kind_has_objects_with_names() {
    let server = Server::start().await;
    for (kind, known, unknown) in routes() {
        let one = shown(server.get(&format!("/v1/{kind}/{known}")).await).await;
        insta::assert_snapshot!(format!("object_of_{kind}"), one);
        let none = server.get(&format!("/v1/{kind}/{unknown}")).await;
        assert_eq!(none.status(), 404, "{kind}");
        let problem: Value = none.json().await.unwrap();
        assert!(problem["detail"].as_str().unwrap().contains(&unknown), "{kind}: {problem}");
        let malformed = server.get(&format!("/v1/{kind}/x..y")).await;
        assert_eq!(malformed.status(), 400, "{kind}");
        let problem: Value = malformed.json().await.unwrap();
        assert_eq!((&problem["errors"][0]["field"], &problem["errors"][0]["value"]), (&"id".into(), &"x..y".into()));
    }
}

#[tokio::test]
async fn lists_come_in_pages_that_follow_on_each_other() {
    let server = Server::start().await;
    let kinds = routes().into_iter().map(|(kind, ..)| kind).filter(|kind| *kind != "open-payments");
    let lists = kinds.chain(["limits", "rulebooks"]).map(|kind| format!("/v1/{kind}?"));
    for list in lists.chain(["/v1/open-payments?participant=1&".into(), "/v1/accounts/0/queue?".into()]) {
        let page = async |query: &str| -> Value { server.get(&format!("{list}{query}")).await.json().await.unwrap() };
        let (whole, first, second) = (page("").await, page("limit=1").await, page("from=1&limit=1").await);
        assert_eq!((whole["items"].as_array().unwrap().len(), &whole["next"]), (2, &Value::Null), "{list}");
        assert_eq!((first["items"].as_array().unwrap().len(), &first["next"]), (1, &1.into()), "{list}");
        assert_eq!((second["items"].as_array().unwrap().len(), &second["next"]), (1, &Value::Null), "{list}");
        assert_eq!(page("from=2").await["items"].as_array().unwrap().len(), 0, "{list}");
        for bad in ["limit=x", "from=-1", "page=2"] {
            assert_eq!(server.get(&format!("{list}{bad}")).await.status(), 400, "{list}{bad}");
        }
    }
}

#[tokio::test]
async fn participants_come_in_pages_and_open_payments_and_queues_by_their_owners() {
    let server = Server::start().await;
    let page: Value = server.get("/v1/participants?from=1&limit=1").await.json().await.unwrap();
    assert_eq!(
        (&page["items"][0]["id"], page["items"].as_array().unwrap().len(), &page["next"]),
        (&1.into(), 1, &2.into())
    );
    let last: Value = server.get("/v1/participants?from=2&limit=1").await.json().await.unwrap();
    assert_eq!((&last["items"][0]["id"], &last["next"]), (&2.into(), &Value::Null));
    let missing = server.get("/v1/open-payments").await;
    assert_eq!(missing.status(), 400);
    assert!(missing.text().await.unwrap().contains("participant"));
    let nobody: Value = server.get("/v1/open-payments?participant=9").await.json().await.unwrap();
    assert_eq!(nobody["items"].as_array().unwrap().len(), 0);
    assert_eq!(server.get("/v1/accounts/9/queue").await.status(), 404);
    assert_eq!(server.get("/v1/participants/9").await.status(), 404);
    insta::assert_snapshot!("participant", shown(server.get("/v1/participants/1").await).await);
    insta::assert_snapshot!("limits_page", shown(server.get("/v1/limits?limit=1").await).await);
    insta::assert_snapshot!("rulebooks_page", shown(server.get("/v1/rulebooks?limit=1").await).await);
}
