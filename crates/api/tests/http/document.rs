//! The OpenAPI document: equal to the committed one, and true to what the server answers.

use std::collections::BTreeSet;
use std::path::Path;

use corridor_api::openapi;
use corridor_types::view::EventId;
use serde_json::Value;

use crate::fake::{Fake, uetr};
use crate::steps;
use crate::support::Server;

#[test]
fn the_committed_document_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api/openapi.json");
    let current = openapi();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == current, "docs/api/openapi.json is out of date; run this test with UPDATE=1");
}

fn document() -> Value {
    serde_json::from_str(&openapi()).unwrap()
}

#[test]
fn it_is_openapi_3_1_and_every_reference_leads_somewhere() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 50);
    for reference in references {
        assert!(!resolve(&document, reference).is_null(), "{reference} leads nowhere");
    }
}

fn collect_references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str));
            map.values().for_each(|value| collect_references(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| collect_references(value, found)),
        _ => {}
    }
}

fn resolve<'a>(document: &'a Value, reference: &str) -> &'a Value {
    document.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn every_documented_route_exists() {
    let server = Server::start().await;
    for (path, item) in document()["paths"].as_object().unwrap() {
        let path = path.replace(['{', '}'], "");
        let response = server.get(&path).await;
        let (status, body) =
            (response.status(), if path == "/v1/events" { String::new() } else { response.text().await.unwrap() });
        assert!(!body.contains("there is no route"), "{path} is documented and missing");
        assert_eq!(status == 405, item.get("get").is_none(), "{path} by GET is {status}");
    }
}

#[tokio::test]
async fn every_answer_fits_its_schema_and_every_documented_field_occurs() {
    let server = Server::start().await;
    server.fake.run(1, 1);
    let document = document();
    let mut seen = BTreeSet::new();
    let samples = [
        ("/v1/payments/{uetr}", format!("/v1/payments/{}", uetr(1))),
        ("/v1/payments/{uetr}/receipt", format!("/v1/payments/{}/receipt", uetr(1))),
        ("/v1/accounts", "/v1/accounts".to_owned()),
        ("/v1/accounts/{id}", "/v1/accounts/0".to_owned()),
        ("/v1/accounts/{id}/statement", "/v1/accounts/0/statement?limit=2".to_owned()),
        ("/v1/participants", "/v1/participants".to_owned()),
        ("/v1/assets", "/v1/assets".to_owned()),
        ("/v1/clients/{handle}", format!("/v1/clients/{}", "09".repeat(16))),
        ("/v1/programmes", "/v1/programmes".to_owned()),
        ("/v1/licences", "/v1/licences".to_owned()),
        ("/v1/screening-lists", "/v1/screening-lists".to_owned()),
        ("/v1/limits", "/v1/limits".to_owned()),
        ("/v1/refunds", "/v1/refunds".to_owned()),
        ("/v1/quotes", "/v1/quotes".to_owned()),
        ("/v1/calendars", "/v1/calendars".to_owned()),
        ("/v1/rulebooks", "/v1/rulebooks".to_owned()),
        ("/v1/proposals", "/v1/proposals".to_owned()),
        ("/v1/savings", "/v1/savings".to_owned()),
        ("/v1/accounts/{id}/queue", "/v1/accounts/0/queue".to_owned()),
        ("/v1/open-payments", "/v1/open-payments?participant=1".to_owned()),
        ("/v1/open-payments/{id}", format!("/v1/open-payments/{}", uetr(1))),
        ("/v1/participants/{id}", "/v1/participants/1".to_owned()),
        ("/v1/programmes/{id}", "/v1/programmes/0".to_owned()),
        ("/v1/licences/{id}", format!("/v1/licences/{}", "04".repeat(16))),
        ("/v1/screening-lists/{id}", "/v1/screening-lists/0".to_owned()),
        ("/v1/refunds/{id}", format!("/v1/refunds/{}", uetr(1))),
        ("/v1/quotes/{id}", format!("/v1/quotes/{}", uetr(3))),
        ("/v1/calendars/{id}", "/v1/calendars/0".to_owned()),
        ("/v1/proposals/{id}", format!("/v1/proposals/{}", uetr(3))),
        ("/v1/savings/{id}", "/v1/savings/0".to_owned()),
        ("/v1/blocks/{height}", "/v1/blocks/1".to_owned()),
        ("/v1/chain", "/v1/chain".to_owned()),
        ("/v1/consensus", "/v1/consensus".to_owned()),
        ("/v1/validators", "/v1/validators".to_owned()),
        ("/v1/handovers", "/v1/handovers".to_owned()),
        ("/v1/evidence", "/v1/evidence".to_owned()),
        ("/v1/genesis", "/v1/genesis".to_owned()),
        ("/readyz", "/readyz".to_owned()),
    ];
    for (route, path) in samples {
        let answer: Value = server.get(&path).await.json().await.unwrap();
        let schema = &document["paths"][route]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        fits(&document, schema, &answer, route, &mut seen);
    }
    let event = corridor_api::Node::events(&*server.fake, EventId::START, 1).await.unwrap().remove(0);
    fits(&document, &component("EventView"), &serde_json::to_value(event).unwrap(), "EventView", &mut seen);
    check_submitting(&server, &document, &mut seen).await;
    check_operations(&server.fake, &document, &mut seen);
    let problem: Value = server.get("/v1/accounts/x").await.json().await.unwrap();
    fits(&document, &component("Problem"), &problem, "Problem", &mut seen);
    let problem: Value = server.get(&format!("/v1/payments/{}/receipt", uetr(77))).await.json().await.unwrap();
    fits(&document, &component("Problem"), &problem, "Problem", &mut seen);
    let never: Vec<_> = documented(&document).into_iter().filter(|field| !seen.contains(field)).collect();
    assert_eq!(never, Vec::<String>::new(), "documented and never seen");
}

async fn check_submitting(server: &Server, document: &Value, seen: &mut BTreeSet<String>) {
    let schema = &component("SubmissionReport");
    let list = [server.fake.pay(5, 1), server.fake.pay(5, 1), server.fake.pay(6, 0)];
    let report = server.post("application/json", serde_json::to_string(&list).unwrap()).await;
    fits(document, schema, &report.json().await.unwrap(), "SubmissionReport", seen);
    let busy = serde_json::json!({"results": [{"result": "busy", "retry_after_ms": 5}]});
    assert!(serde_json::from_value::<corridor_types::view::SubmissionReport>(busy.clone()).is_ok());
    fits(document, schema, &busy, "SubmissionReport", seen);
    server.fake.memory().busy = true;
    let problem = server.post("application/json", serde_json::to_string(&list[0]).unwrap()).await;
    fits(document, &component("Problem"), &problem.json().await.unwrap(), "Problem", seen);
}

/// Every operation there is, as the types themselves write it.
fn check_operations(fake: &Fake, document: &Value, seen: &mut BTreeSet<String>) {
    let operations = steps::plain(fake).into_iter().chain(steps::operations(fake));
    let schema = &component("Transactions");
    for operation in operations {
        let value = serde_json::to_value(fake.sign(operation)).unwrap();
        fits(document, schema, &value, "Transactions", seen);
        fits(document, schema, &Value::Array(vec![value]), "Transactions", seen);
    }
}

/// Every property that the document names, as `Schema.property`.
fn documented(document: &Value) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let variants = schema["oneOf"].as_array().into_iter().flatten();
        for part in std::iter::once(schema).chain(variants) {
            let properties = part["properties"].as_object().into_iter().flatten();
            all.extend(properties.map(|(property, _)| format!("{name}.{property}")));
        }
    }
    all
}

/// A reference to one of the named schemas.
fn component(name: &str) -> Value {
    serde_json::json!({"$ref": format!("#/components/schemas/{name}")})
}

/// Asserts that a value fits a schema.
fn fits(document: &Value, schema: &Value, value: &Value, at: &str, seen: &mut BTreeSet<String>) {
    let mut found = BTreeSet::new();
    let problem = mismatch(document, schema, value, at, "", &mut found);
    assert_eq!(problem, None, "in {value:#}");
    seen.extend(found);
}

/// The first thing in which a value differs from a schema: enough of JSON Schema for this document.
fn mismatch(
    document: &Value,
    schema: &Value,
    value: &Value,
    at: &str,
    name: &str,
    seen: &mut BTreeSet<String>,
) -> Option<String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return mismatch(document, resolve(document, reference), value, at, name, seen);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        return one_of(document, choices, value, at, name, seen);
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return (!allowed.contains(value)).then(|| format!("{at}: {value} is not among {allowed:?}"));
    }
    let types: Vec<_> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Some(format!("{at}: the schema has no type: {schema}")),
    };
    let actual = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !types.contains(&actual) {
        return Some(format!("{at}: {actual} where {types:?} is documented"));
    }
    match value {
        Value::String(text) => {
            let pattern = regex::Regex::new(schema["pattern"].as_str()?).unwrap();
            (!pattern.is_match(text)).then(|| format!("{at}: {text} does not match {pattern}"))
        }
        Value::Array(list) => list.iter().enumerate().find_map(|(position, element)| {
            let schema = schema["prefixItems"].get(position).unwrap_or(&schema["items"]);
            mismatch(document, schema, element, &format!("{at}[{position}]"), "", seen)
        }),
        Value::Object(map) => {
            let missing = |required: &&Value| !map.contains_key(required.as_str().unwrap());
            if let Some(required) = schema["required"].as_array().and_then(|required| required.iter().find(missing)) {
                return Some(format!("{at}: {required} is documented as always there"));
            }
            map.iter().find_map(|(property, value)| {
                let at = format!("{at}.{property}");
                let Some(schema) = schema["properties"].get(property) else {
                    return Some(format!("{at} is not documented"));
                };
                seen.insert(format!("{name}.{property}"));
                mismatch(document, schema, value, &at, "", seen)
            })
        }
        _ => None,
    }
}

fn one_of(
    document: &Value,
    choices: &[Value],
    value: &Value,
    at: &str,
    name: &str,
    seen: &mut BTreeSet<String>,
) -> Option<String> {
    let mut problems = Vec::new();
    for choice in choices {
        let mut found = BTreeSet::new();
        match mismatch(document, choice, value, at, name, &mut found) {
            None => {
                seen.extend(found);
                return None;
            }
            Some(problem) => problems.push(problem),
        }
    }
    Some(format!("{at} fits none of: {problems:?}"))
}

/// The names that tell the variants of a schema apart, in their order.
fn names_of(schema: &Value, tag: &str) -> Vec<String> {
    let variants = schema["oneOf"].as_array().unwrap().iter();
    variants.map(|variant| variant["properties"][tag]["enum"][0].as_str().unwrap().to_owned()).collect()
}

#[test]
fn operations_and_steps_are_those_of_the_table() {
    let schemas = &document()["components"]["schemas"];
    let families = corridor_types::operations::OPERATIONS;
    let operation = &schemas["Operation"];
    assert_eq!(names_of(operation, "operation"), families.iter().map(|family| family.name).collect::<Vec<_>>());
    for (position, family) in families.iter().enumerate() {
        let Some(step) = operation["oneOf"][position]["properties"]["step"]["$ref"].as_str() else {
            assert_eq!(family.steps.len(), 1, "{}", family.name);
            continue;
        };
        let schema = &schemas[step.rsplit('/').next().unwrap()];
        assert_eq!(names_of(schema, "step"), family.steps.iter().map(|row| row.name).collect::<Vec<_>>(), "{step}");
    }
}
