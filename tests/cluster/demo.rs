//! The story of `corridor demo trade`: every step comes out as it says, every receipt holds for
//! somebody who has nothing but the genesis, and a changed one does not.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::harness::corridor;

/// What the story is about: if one of these is left out, it is another story.
const KINDS: [&str; 22] = [
    "propose",
    "enact",
    "open_programme",
    "authorise_client",
    "pay",
    "attest",
    "apply_participant",
    "authorise_participant",
    "reject_held",
    "issue_licence",
    "revoke_licence",
    "stop",
    "freeze",
    "unfreeze",
    "settle",
    "hold",
    "release",
    "quote",
    "take_quote",
    "return",
    "declare_candidate",
    "change_validators",
];

#[test]
fn the_story_of_the_pilot_comes_out_as_told() {
    let dir = tempfile::tempdir().unwrap();
    let network = dir.path().join("story");
    let output = corridor(&["demo", "trade", "--dir", network.to_str().unwrap(), "--output", "json"]);
    let log = String::from_utf8_lossy(&output.stderr);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {log}"));
    assert!(output.status.success() && report["ok"] == true, "{report:#}{log}");
    let steps = report["steps"].as_array().unwrap();
    let kinds: BTreeSet<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert!(KINDS.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    let receipts = fs::read_dir(network.join("receipts")).unwrap().count();
    assert_eq!(receipts, steps.len());
    for step in steps {
        check_step(step, &network.join("genesis.json"));
    }
    check_summary(&report["summary"]);
    check_a_changed_receipt(&steps[0], &network);
    // The folder is somebody's work now.
    let again = corridor(&["demo", "trade", "--dir", network.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(2), "{}", String::from_utf8_lossy(&again.stderr));
}

fn verify(receipt: &Path, genesis: &Path) -> (Option<i32>, Value) {
    let arguments = ["receipt", "verify", receipt.to_str().unwrap(), "--genesis", genesis.to_str().unwrap()];
    let output = corridor(&[&arguments[..], &["--output", "json"]].concat());
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

/// The step is right, and its receipt says the same as the story.
fn check_step(step: &Value, genesis: &Path) {
    assert_eq!(step["ok"], true, "{step:#}");
    let (code, verdict) = verify(Path::new(step["receipt"].as_str().unwrap()), genesis);
    assert_eq!((code, &verdict["valid"]), (Some(0), &Value::Bool(true)), "{step:#}");
    for field in ["reference", "kind", "code", "status", "height"] {
        assert_eq!(verdict[field], step[field], "{field} of {step:#}");
    }
    assert!(verdict["signers"].as_array().unwrap().len() >= 3, "{verdict:#}");
}

fn check_summary(summary: &Value) {
    let all = |list: &str, field: &str| summary[list].as_array().unwrap().iter().all(|line| line[field] == true);
    assert!(all("currencies", "adds_up") && all("savings", "saved"), "{summary:#}");
    assert!(all("licences", "agrees_with_receipts") && all("programmes", "agrees_with_receipts"), "{summary:#}");
    // 240,000.00 and 100,000.00 were paid under the first licence, and 120,000.00 came back.
    let drawn: Vec<_> = summary["licences"].as_array().unwrap().iter().map(|line| &line["drawn"]).collect();
    assert_eq!(drawn, ["220,000.00 BRL", "0.00 BRL"], "{summary:#}");
    assert_eq!(summary["savings"][0]["gross"], "59,500,000.00 BRL", "{summary:#}");
}

fn check_a_changed_receipt(step: &Value, network: &Path) {
    let text = fs::read_to_string(step["receipt"].as_str().unwrap()).unwrap();
    let changed = network.join("changed.json");
    assert!(text.contains("\"code\": \"ok\""), "{text}");
    fs::write(&changed, text.replacen("\"code\": \"ok\"", "\"code\": \"not_issuer\"", 1)).unwrap();
    assert_eq!(verify(&changed, &network.join("genesis.json")).0, Some(1));
}
