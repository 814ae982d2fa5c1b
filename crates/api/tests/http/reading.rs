//! Every route that reads: what it answers, and what it says when it cannot.

use corridor_types::Receipt;

use crate::fake::uetr;
use crate::support::{Server, shown};

/// A server with one settled and one pending payment.
async fn server() -> Server {
    let server = Server::start().await;
    server.fake.run(1, 1);
    let pending = server.fake.payment_record(2, 70);
    server.fake.memory().payments.insert(uetr(2), pending);
    server
}

#[tokio::test]
async fn each_route_answers() {
    let server = server().await;
    let settled = uetr(1);
    let routes = [
        ("payment", format!("/v1/payments/{settled}")),
        ("payment_pending", format!("/v1/payments/{}", uetr(2))),
        ("accounts", "/v1/accounts?bic=BANKBRBR".to_owned()),
        ("accounts_page", "/v1/accounts?limit=1".to_owned()),
        ("account", "/v1/accounts/0".to_owned()),
        ("statement", "/v1/accounts/0/statement?from=2&limit=2".to_owned()),
        ("statement_end", "/v1/accounts/0/statement?from=6".to_owned()),
        ("participants", "/v1/participants".to_owned()),
        ("assets", "/v1/assets".to_owned()),
        ("client", format!("/v1/clients/{}", "09".repeat(16))),
        ("block", "/v1/blocks/1".to_owned()),
        ("chain", "/v1/chain".to_owned()),
        ("consensus", "/v1/consensus".to_owned()),
        ("validators", "/v1/validators".to_owned()),
        ("handovers", "/v1/handovers?from=0".to_owned()),
        ("no_handovers", "/v1/handovers?from=1".to_owned()),
        ("evidence", "/v1/evidence".to_owned()),
        ("genesis", "/v1/genesis".to_owned()),
        ("livez", "/livez".to_owned()),
        ("readyz", "/readyz".to_owned()),
    ];
    for (name, path) in routes {
        insta::assert_snapshot!(name, shown(server.get(&path).await).await);
    }
}

#[tokio::test]
async fn each_unhappy_path_is_a_problem_that_names_the_field() {
    let server = server().await;
    let paths = [
        format!("/v1/payments/{}", uetr(99)),
        "/v1/payments/EB6305C9-1F7F-49DE-AED0-16487C27B42D".to_owned(),
        "/v1/payments/%ff%fe".to_owned(),
        format!("/v1/payments/{}/receipt", uetr(2)),
        format!("/v1/payments/{}/receipt", uetr(99)),
        format!("/v1/payments/{}/receipt?entry=1-1", uetr(1)),
        format!("/v1/payments/{}/receipt?entry=1", uetr(1)),
        "/v1/accounts/7".to_owned(),
        "/v1/accounts/-1".to_owned(),
        "/v1/accounts?owner=x".to_owned(),
        "/v1/accounts/7/statement".to_owned(),
        "/v1/accounts/0/statement?from=-1".to_owned(),
        "/v1/accounts/0/statement?to=9".to_owned(),
        "/v1/accounts?bic=nonsense".to_owned(),
        "/v1/accounts?owners=1".to_owned(),
        "/v1/clients/12".to_owned(),
        format!("/v1/clients/{}", "00".repeat(16)),
        "/v1/blocks/9".to_owned(),
        "/v1/blocks/18446744073709551616".to_owned(),
        "/v1/handovers?from=x".to_owned(),
        "/v1/events?after=7".to_owned(),
        "/v1/nothing".to_owned(),
        "/v1/transactions".to_owned(),
    ];
    let mut all = String::new();
    for path in paths {
        all += &format!("GET {path}\n{}\n\n", shown(server.get(&path).await).await);
    }
    insta::assert_snapshot!(all);
}

#[tokio::test]
async fn what_lies_before_the_snapshot_is_not_called_unknown() {
    let server = server().await;
    server.fake.memory().snapshot = corridor_types::Height(1);
    insta::assert_snapshot!("before_snapshot", shown(server.get("/v1/blocks/1").await).await);
    assert_eq!(server.get("/v1/blocks/9").await.status(), 404);
}

#[tokio::test]
async fn handovers_arrive_as_they_are_proven() {
    let server = server().await;
    let handovers: Vec<corridor_types::Handover> = server.get("/v1/handovers").await.json().await.unwrap();
    let first = server.fake.genesis.validator_set().unwrap();
    let sets = corridor_types::walk_handovers(&server.fake.context(), first, &handovers).unwrap();
    assert_eq!(sets.current().epoch(), corridor_types::Epoch(1));
}

#[tokio::test]
async fn a_receipt_arrives_byte_by_byte_and_verifies() {
    let server = server().await;
    let response = server.get(&format!("/v1/payments/{}/receipt", uetr(1))).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    let receipt = Receipt::from_json(&response.text().await.unwrap()).unwrap();
    receipt.verify(&server.fake.genesis).unwrap();
}

#[tokio::test]
async fn each_entry_about_a_payment_has_a_receipt_of_its_own() {
    let server = server().await;
    server.fake.settle(uetr(1));
    let read = async |query: &str| {
        let response = server.get(&format!("/v1/payments/{}/receipt{query}", uetr(1))).await;
        Receipt::from_json(&response.text().await.unwrap()).unwrap().entry.height.0
    };
    assert_eq!((read("").await, read("?entry=1-0").await, read("?entry=2-0").await), (2, 1, 2));
    server.fake.run(7, 1);
    let of_another = server.get(&format!("/v1/payments/{}/receipt?entry=3-0", uetr(1))).await;
    assert_eq!(of_another.status(), 404);
}

#[tokio::test]
async fn a_node_that_cannot_answer_is_unavailable_everywhere() {
    let server = server().await;
    server.fake.memory().broken = true;
    for path in ["/v1/chain", "/v1/accounts", "/v1/evidence", "/v1/blocks/1"] {
        let response = server.get(path).await;
        assert_eq!(response.status(), 503, "{path}");
        assert_eq!(response.headers()["retry-after"], "1");
    }
    insta::assert_snapshot!("not_ready", shown(server.get("/readyz").await).await);
    assert_eq!(server.get("/livez").await.status(), 200);
}

#[tokio::test]
async fn metrics_are_one_text_with_bounded_labels() {
    let server = server().await;
    for number in 0..5 {
        server.get(&format!("/v1/payments/{}", uetr(number))).await;
        server.get(&format!("/made/up/{number}")).await;
    }
    let text = server.get("/metrics").await.text().await.unwrap();
    assert_eq!(text.matches("# EOF").count(), 1);
    assert!(text.ends_with("# EOF\n") && text.contains("corridor_height 3\n"));
    let series = |labels: &str| text.lines().filter(|line| line.contains(labels)).count();
    assert_eq!(series(r#"requests_total{method="GET",route="none",status="404"} 5"#), 1, "{text}");
    assert_eq!(series(r#"requests_total{method="GET",route="/v1/payments/{uetr}",status="200"} 2"#), 1, "{text}");
}
