#![allow(clippy::unwrap_used)]
use std::collections::BTreeSet;

use corridor_types::operations::*;
use corridor_types::{Amount, Decode as _, DecodeError, Encode as _, Operation, Timestamp, Uetr};
use serde_json::{Value, json};

use super::{example, read, template};

fn reference() -> Uetr {
    Uetr::from_random([1; 16])
}

fn example(name: &str) -> Value {
    serde_json::to_value(template::find(name).unwrap()).unwrap()
}

#[test]
fn every_template_parses_and_is_accepted_by_the_codec() {
    let operations = example::operations(Timestamp(1_790_000_000_000)).unwrap();
    for operation in &operations {
        let name = template::name_of(operation).unwrap();
        assert!(name.starts_with(&operation.name()), "{name} is {} in the table", operation.name());
    }
    for operation in operations {
        let text = serde_json::to_string_pretty(&operation).unwrap();
        assert_eq!(read::operation(&text, reference()), Ok(operation.clone()), "{text}");
        assert_eq!(Operation::from_bytes(&operation.to_bytes()), Ok(operation));
        assert!(!text.contains("null"), "an optional field is left out: {text}");
    }
}

#[test]
fn no_row_of_the_table_is_without_example() {
    let operations = example::operations(Timestamp(1_790_000_000_000)).unwrap();
    let shown: BTreeSet<_> = operations.iter().map(Operation::name).collect();
    let rows = OPERATIONS.iter().flat_map(|family| family.steps.iter().map(|row| family.name_of(row)));
    assert_eq!(shown, rows.collect());
    let proposals = operations.iter().filter(|operation| operation.name() == "governance.propose").count();
    let is_known = |tag: &u8| !matches!(Proposal::from_bytes(&[*tag]), Err(DecodeError::UnknownTag { .. }));
    assert_eq!(proposals, (0..=u8::MAX).filter(is_known).count());
}

#[test]
fn the_names_and_who_signs() {
    insta::assert_snapshot!(template::list().to_string());
}

#[test]
fn a_reference_may_be_left_out_and_amounts_may_be_integers() {
    let mut value = example("limit.set");
    value.as_object_mut().unwrap().remove("reference");
    value["step"]["limit"]["payment_max"] = json!(500);
    value["step"]["limit"]["window"]["cap"] = json!(900);
    let read = read::operation(&value.to_string(), reference()).unwrap();
    assert_eq!(read.reference(), Some(reference()));
    let Operation::Limit { step: LimitStep::Set { limit }, .. } = read else { panic!("{read:?}") };
    assert_eq!(limit.payment_max, Some(Amount(500)));
    assert_eq!(limit.window.map(|window| window.cap), Some(Amount(900)));
}

#[test]
fn a_fault_names_field_value_and_remedy() {
    let check = |name: &str, pointer: &str, wrong: Value, path: &str, problem: &str| {
        let mut value = example(name);
        *value.pointer_mut(pointer).unwrap() = wrong;
        let fault = read::operation(&value.to_string(), reference()).unwrap_err();
        assert_eq!(fault.path, path, "{fault}");
        assert!(fault.problem.contains(problem), "{fault}");
        assert!(fault.remedy.contains("corridor operation"), "{fault}");
    };
    check("programme.open", "/operation", json!("programm"), "operation", "programm");
    check("programme.open", "/step/step", json!("close_down"), "step.step", "programme.close_down");
    check("programme.open", "/step/programme/caps/0/asset", json!("BRL"), "step.programme.caps[0].asset", "\"BRL\"");
    check(
        "programme.open",
        "/step/programme/corridors",
        json!([{"from": "BR", "to": "ZA"}, {"from": "BR", "to": "XX"}]),
        "step.programme.corridors[1].to",
        "XX",
    );
    check(
        "programme.open",
        "/step/programme/caps/0",
        json!({"asset": 0, "payment": 5}),
        "step.programme.caps[0]",
        "missing field `total`",
    );
    check("pay", "/payment/amount", json!("1.5"), "payment.amount", "1.5");
    check(
        "pay",
        "/payment/control",
        json!({"kind": "controlled", "licences": [{"licence": "22", "amount": 5}]}),
        "payment.control.licences[0].licence",
        "22",
    );
    check("order.freeze", "/step/target", json!({"target": "client", "account": 1}), "step.target", "handle");
    check("hold.reject", "/step/reason", json!("fraud"), "step.reason", "fraud");
    check(
        "governance.propose.participant",
        "/step/proposal/entry/lei",
        json!("TEST"),
        "step.proposal.entry.lei",
        "TEST",
    );
    check("asset.issue", "/step/amount", json!(-5), "step.amount", "-5");
    check("asset.issue", "/step/account", json!({}), "step.account", "map");
}

#[test]
fn what_is_no_operation_at_all_is_refused() {
    for (text, said) in [
        ("", "not one JSON value"),
        ("[]", "missing or no text"),
        ("{\"operation\": 5}", "missing or no text"),
        (
            "{\"operation\": \"asset\", \"step\": {\"step\": \"issue\", \"account\": 1, \"amount\": 1, \"to\": 2}}",
            "unknown field `to`",
        ),
        ("{\"operation\": \"asset\", \"step\": {\"step\": \"issue\", \"amount\": 1}}", "missing field `account`"),
    ] {
        let fault = read::operation(text, reference()).unwrap_err();
        assert!(fault.problem.contains(said), "{text}: {fault}");
    }
}

#[test]
fn a_list_that_no_node_decodes_is_refused() {
    let mut value = example("licence.issue");
    value["step"]["licence"]["banks"] = json!((0..65).collect::<Vec<u32>>());
    let fault = read::operation(&value.to_string(), reference()).unwrap_err();
    assert!(fault.problem.contains("banks") && fault.problem.contains("65"), "{fault}");
}
