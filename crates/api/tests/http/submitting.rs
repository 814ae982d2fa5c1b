//! Submitting transactions: each fate, alone and in lists, in both forms.

use corridor_types::codec::encode_list;
use corridor_types::limits::MAX_BULK_PAYMENTS;
use corridor_types::operations::PaymentStep;
use corridor_types::{Operation, Transaction};
use serde_json::Value;

use crate::fake::{Fake, uetr};
use crate::steps;
use crate::support::{Server, shown};

const JSON: &str = "application/json";
const BINARY: &str = "application/octet-stream";

fn binary(transactions: &[Transaction]) -> Vec<u8> {
    let mut body = Vec::new();
    encode_list(transactions, &mut body);
    body
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[tokio::test]
async fn a_payment_is_accepted_once_and_known_afterwards() {
    let server = Server::start().await;
    let transaction = server.fake.pay(1, 500);
    insta::assert_snapshot!("accepted", shown(server.post(JSON, json(&transaction)).await).await);
    insta::assert_snapshot!("known", shown(server.post(BINARY, binary(&[transaction])).await).await);
    assert_eq!(server.fake.memory().payments.len(), 1);
}

#[tokio::test]
async fn one_refused_transaction_is_a_problem() {
    let server = Server::start().await;
    server.post(JSON, json(&server.fake.pay(1, 500))).await;
    let mut all = String::new();
    let mut unsigned = server.fake.pay(2, 5);
    unsigned.valid_until = unsigned.valid_until.plus_ms(1);
    let cancel = Operation::Payment { reference: uetr(3), step: PaymentStep::Cancel { payment: uetr(1) } };
    for transaction in [server.fake.pay(1, 501), server.fake.pay(2, 0), unsigned, server.fake.sign(cancel)] {
        all += &shown(server.post(JSON, json(&transaction)).await).await;
        all.push('\n');
    }
    server.fake.memory().busy = true;
    all += &shown(server.post(JSON, json(&server.fake.pay(4, 1))).await).await;
    insta::assert_snapshot!("single_problems", all);
}

#[tokio::test]
async fn an_observer_says_where_to_go() {
    let server = Server::start().await;
    server.fake.memory().observer = true;
    let one = server.post(JSON, json(&server.fake.pay(1, 1))).await;
    assert_eq!(one.status(), 421);
    insta::assert_snapshot!("observer", shown(one).await);
    let list = [server.fake.pay(1, 1), server.fake.pay(2, 1)];
    assert_eq!(server.post(BINARY, binary(&list)).await.status(), 421);
}

#[tokio::test]
async fn a_mixed_list_is_answered_one_by_one() {
    let server = Server::start().await;
    let list = [server.fake.pay(1, 1), server.fake.pay(2, 0), server.fake.pay(1, 1), server.fake.pay(1, 2)];
    let response = server.post(BINARY, binary(&list)).await;
    assert_eq!(response.status(), 200);
    let report: Value = response.json().await.unwrap();
    let results: Vec<_> = report["results"].as_array().unwrap().iter().map(|result| &result["result"]).collect();
    assert_eq!(results, ["accepted", "refused", "known", "refused"]);
    assert_eq!(report["results"][3]["errors"][0]["code"], "duplicate_reference");
}

#[tokio::test]
async fn the_status_of_a_list_is_the_fate_that_all_share() {
    let server = Server::start().await;
    let list = [server.fake.pay(1, 1), server.fake.pay(2, 1)];
    assert_eq!(server.post(JSON, json(&list)).await.status(), 202);
    assert_eq!(server.post(JSON, json(&list)).await.status(), 200);
    server.fake.memory().busy = true;
    let response = server.post(JSON, json(&list)).await;
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"]), (503, &"2".parse().unwrap()));
}

#[tokio::test]
async fn bodies_that_do_not_fit_are_refused_with_stable_codes() {
    let server = Server::start().await;
    let good: Value = serde_json::from_str(&json(&server.fake.pay(1, 5))).unwrap();
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut value = good.clone();
        change(&mut value);
        value.to_string()
    };
    let mut trailing = binary(&[server.fake.pay(1, 5)]);
    trailing.push(0);
    let bodies: Vec<(&str, &str, Vec<u8>)> = vec![
        ("no json", JSON, b"{".to_vec()),
        ("two values", JSON, format!("{good} {good}").into_bytes()),
        ("empty", JSON, vec![]),
        ("empty list", JSON, b"[]".to_vec()),
        ("unknown field", JSON, changed(&|value| value["memo"] = "x".into()).into()),
        ("missing field", JSON, changed(&|value| drop(value.as_object_mut().unwrap().remove("participant"))).into()),
        ("amount as a number", JSON, changed(&|value| value["operation"]["payment"]["amount"] = 5.into()).into()),
        (
            "a licence in a list",
            JSON,
            format!(
                "[{}]",
                changed(&|value| value["operation"]["payment"]["control"]["licences"][0]["amount"] = "1.5".into())
            )
            .into(),
        ),
        ("unknown field inside", JSON, changed(&|value| value["operation"]["payment"]["memo"] = "x".into()).into()),
        ("in a list", JSON, format!("[{good},{}]", changed(&|value| value["valid_until"] = (-1).into())).into()),
        ("unknown operation", JSON, changed(&|value| value["operation"]["operation"] = "mint".into()).into()),
        ("trailing byte", BINARY, trailing),
        ("lying length", BINARY, vec![255; 4]),
        ("form", "application/x-www-form-urlencoded", b"a=b".to_vec()),
    ];
    let mut all = String::new();
    for (name, content_type, body) in bodies {
        all += &format!("{name}: {}\n\n", shown(server.post(content_type, body).await).await);
    }
    insta::assert_snapshot!("bad_bodies", all);
    assert_eq!(server.fake.memory().submissions, 0, "none of them may reach the node");
}

/// JSON does not bound lists; the canonical encoding does. What is beyond it is answered here, for itself.
#[tokio::test]
async fn a_bulk_beyond_the_codecs_bound_never_reaches_the_node() {
    let server = Server::start().await;
    let Operation::Pay { payment } = server.fake.pay(1, 1).operation else { panic!("it pays") };
    let long = server.fake.sign(Operation::PayBulk { payments: vec![payment; MAX_BULK_PAYMENTS + 1] });
    let alone = server.post(JSON, json(&long)).await;
    assert_eq!(alone.status(), 400);
    let problem: Value = alone.json().await.unwrap();
    assert_eq!(
        (&problem["errors"][0]["field"], &problem["errors"][0]["code"]),
        (&"operation".into(), &"malformed".into())
    );
    assert_eq!(server.fake.memory().submissions, 0);
    let report: Value = server.post(JSON, json(&[long, server.fake.pay(2, 1)])).await.json().await.unwrap();
    let results: Vec<_> = report["results"].as_array().unwrap().iter().map(|result| &result["result"]).collect();
    assert_eq!(results, ["refused", "accepted"]);
    assert_eq!(server.fake.memory().submissions, 1);
}

/// One of every operation, as JSON.
fn every_operation(fake: &Fake) -> Vec<Value> {
    let operations = steps::plain(fake).into_iter().chain(steps::operations(fake));
    operations.map(|operation| serde_json::to_value(fake.sign(operation)).unwrap()).collect()
}

/// The path and the pointer of everything inside a value, parents first.
fn places(value: &Value, path: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    let mut go = |path: String, pointer: String, value: &Value| {
        found.push((path.clone(), pointer.clone()));
        places(value, &path, &pointer, found);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            go(format!("{path}.{name}"), format!("{pointer}/{name}"), value);
        }),
        Value::Array(list) => list.iter().enumerate().for_each(|(position, value)| {
            go(format!("{path}[{position}]"), format!("{pointer}/{position}"), value);
        }),
        _ => {}
    }
}

/// Field, code and value of the first error about a body.
async fn blamed(server: &Server, body: &Value) -> (String, String, Value) {
    let problem: Value = server.post(JSON, body.to_string()).await.json().await.unwrap();
    let error = &problem["errors"][0];
    assert!(error["remedy"].as_str().is_none_or(|remedy| !remedy.is_empty()), "{problem}");
    let text = |field: &str| error[field].as_str().unwrap_or_default().to_owned();
    (text("field"), text("code"), error["value"].clone())
}

#[tokio::test]
async fn a_wrong_value_anywhere_in_an_operation_is_named_with_its_path() {
    let server = Server::start().await;
    let mut looked_at = 0;
    for good in every_operation(&server.fake) {
        let mut all = Vec::new();
        places(&good["operation"], "operation", "/operation", &mut all);
        let is_leaf =
            |pointer: &str| !good.pointer(pointer).unwrap().is_object() && !good.pointer(pointer).unwrap().is_array();
        for (path, pointer) in all.iter().filter(|(_, pointer)| is_leaf(pointer)) {
            let mut body = good.clone();
            let place = body.pointer_mut(pointer).unwrap();
            *place = if place.is_boolean() { "x".into() } else { true.into() };
            let value = if *place == Value::Bool(true) { "true" } else { "x" };
            let (field, _, shown) = blamed(&server, &body).await;
            assert_eq!((&field, &shown), (path, &Value::from(value)), "{body:#}");
            let (field, ..) = blamed(&server, &Value::Array(vec![good.clone(), body])).await;
            assert_eq!(field, format!("[1].{path}"));
            looked_at += 1;
        }
    }
    assert!(looked_at > 300, "{looked_at}");
    assert_eq!(server.fake.memory().submissions, 0, "none of them may reach the node");
}

/// Fields that may be null.
const OPTIONAL: [&str; 8] =
    ["balance_max", "calendar", "corridor", "payment_max", "programme", "screening", "taker", "window"];

#[tokio::test]
async fn a_field_too_many_or_too_few_is_named_with_its_path() {
    let server = Server::start().await;
    let (mut strange, mut missing) = (0, 0);
    for good in every_operation(&server.fake) {
        let mut all = vec![("operation".to_owned(), "/operation".to_owned())];
        places(&good["operation"], "operation", "/operation", &mut all);
        for (path, pointer) in &all {
            let mut body = good.clone();
            // Serde takes anything beside the tag of a variant that has no fields.
            let object = body.pointer_mut(pointer).unwrap().as_object_mut();
            if let Some(object) = object.filter(|object| object.len() > 1) {
                object.insert("memo".to_owned(), "x".into());
                let expected = (format!("{path}.memo"), "unknown_field".to_owned(), Value::from("x"));
                assert_eq!(blamed(&server, &body).await, expected, "{body:#}");
                strange += 1;
            }
            let (outside, name) = pointer.rsplit_once('/').unwrap();
            let mut body = good.clone();
            if body.pointer_mut(outside).unwrap().as_object_mut().is_some_and(|object| object.remove(name).is_some()) {
                let (field, code, _) = blamed(&server, &body).await;
                let is_named = code == "missing_field" && field == *path;
                // What may be null may be left out.
                let is_read = OPTIONAL.contains(&name) && !code.ends_with("_field") && code != "invalid_value";
                assert!(is_named || is_read, "{path}: {field} is {code}: {body:#}");
                missing += u32::from(is_named);
            }
        }
    }
    assert!(strange > 80 && missing > 200, "{strange} {missing}");
}
