//! The history of a stopped validator, executed again: the same; and not the same once something in
//! it was changed.

use std::path::PathBuf;
use std::sync::Arc;

use corridor_ledger::tables;
use corridor_storage::{Options, Storage};
use corridor_types::operations::{RulebookPack, Rules};
use corridor_types::persist::{Executed, Store as _, Write};
use corridor_types::{Code, EntryKind, Height, Timestamp};
use serde_json::Value;

use crate::harness::{Cluster, corridor};

/// Exit code, result and error of an audit.
struct Audited {
    exit: Option<i32>,
    result: Value,
    error: Value,
}

fn audit(cluster: &Cluster, what: &str, n: usize, options: &[&str]) -> Audited {
    let (data, genesis) = (cluster.node(n).join("data"), cluster.path().join("genesis.json"));
    let (data, genesis) = (data.to_str().unwrap(), genesis.to_str().unwrap());
    let arguments = ["audit", what, "--data", data, "--genesis", genesis, "--output", "json"];
    let output = corridor(&[&arguments[..], options].concat());
    let value = |text: &[u8]| serde_json::from_slice(text).unwrap_or_default();
    Audited { exit: output.status.code(), result: value(&output.stdout), error: value(&output.stderr) }
}

fn number(result: &Value, field: &str) -> u64 {
    result[field].as_u64().unwrap_or_else(|| panic!("{field} in {result}"))
}

/// Writes over what a stopped node stored for the block with the first payment, or its records.
fn change(cluster: &Cluster, n: usize, change: impl FnOnce(&mut Executed, &Storage)) -> Height {
    let database: PathBuf = cluster.node(n).join("data/db");
    let mut storage = Storage::open(&database, cluster.genesis().digest(), Options::default()).unwrap();
    let reader = storage.reader();
    let mut heights = (1..=reader.heights().executed.0).map(Height);
    let height = heights.find(|height| !reader.payments(*height).unwrap().is_empty()).unwrap();
    let mut executed = Executed {
        outcome: reader.outcome(height).unwrap().unwrap(),
        entries: reader.entries(height).unwrap(),
        payments: reader.payments(height).unwrap(),
        movements: Vec::new(),
        changes: Vec::new(),
    };
    change(&mut executed, &storage);
    storage.write(&[Write::Executed(Arc::new(executed))]).unwrap();
    height
}

#[test]
fn a_history_is_the_same_when_it_is_executed_again_and_a_change_in_it_is_named() {
    let mut cluster = Cluster::prepare();
    (0..cluster.len()).for_each(|n| check_same(&cluster, n));
    check_report(&cluster);
    check_drafts(&cluster);
    check_refusals(&mut cluster);
    check_changed_entry(&cluster);
    check_changed_record(&cluster);
}

/// A stopped node's whole history is what execution gives again, signatures included.
pub fn check_same(cluster: &Cluster, n: usize) {
    let Audited { exit, result, error } = audit(cluster, "replay", n, &["--signatures"]);
    assert_eq!(exit, Some(0), "node {n}: {result} {error}");
    assert_eq!(number(&result["differences"], "count"), 0);
    for counted in ["blocks", "transactions", "payments", "entries", "certified", "records"] {
        assert!(number(&result, counted) > 0, "{counted} of node {n}");
    }
}

/// A node that began with a snapshot says that it cannot be audited.
pub fn check_not_held(cluster: &Cluster, n: usize) {
    let Audited { exit, error, .. } = audit(cluster, "replay", n, &[]);
    assert_eq!((exit, &error["error"]["code"]), (Some(1), &Value::from("history_not_held")), "{error}");
}

/// The demonstration's payment is in it, and every amount is a string of digits.
fn check_report(cluster: &Cluster) {
    let Audited { exit, result, error } = audit(cluster, "report", 0, &[]);
    assert_eq!(exit, Some(0), "{error}");
    let group = &result["groups"][0];
    let settled = &group["reached"]["settled"];
    assert_eq!(settled["payments"], group["seen"]["payments"], "{result}");
    assert!(number(settled, "payments") > 0, "{result}");
    assert!(settled["minor"].as_str().unwrap().parse::<u128>().unwrap() > 0, "{result}");
    // Nothing happens in the first block of all.
    let Audited { result, .. } = audit(cluster, "report", 0, &["--to", "1"]);
    assert_eq!(result["groups"], Value::Array(Vec::new()), "{result}");
}

/// A draft that demands a programme would have refused the demonstration's payment, which has none;
/// one that says what held anyway changes nothing, and what is no pack is named.
fn check_drafts(cluster: &Cluster) {
    let compare = |text: String| {
        let file = cluster.path().join("draft.json");
        std::fs::write(&file, text).unwrap();
        audit(cluster, "compare", 0, &["--draft", file.to_str().unwrap()])
    };
    let rules = |programme_required: bool| {
        let rules = Rules { programme_required, ..Rules::default() };
        let (country, effective_from) = ("BR".parse().unwrap(), Timestamp(0));
        serde_json::to_value(RulebookPack { country, corridor: None, version: 1, effective_from, rules }).unwrap()
    };
    let Audited { exit, result, error } = compare(rules(false).to_string());
    assert_eq!((exit, number(&result, "different")), (Some(0), 0), "{result} {error}");
    assert!(number(&result, "decisions") > 0, "{result}");
    let Audited { exit, result, .. } = compare(rules(true).to_string());
    assert!(exit == Some(0) && number(&result, "different") > 0, "{result}");
    let first = &result["changed"][0];
    assert_eq!((&first["kind"], &first["after"]["status"]), (&Value::from("pay"), &Value::from("rejected")));
    let mut wrong = rules(true);
    wrong["rules"]["hold_max_ms"] = "long".into();
    let Audited { exit, error, .. } = compare(wrong.to_string());
    assert_eq!(exit, Some(2), "{error}");
}

fn check_refusals(cluster: &mut Cluster) {
    cluster.start(0);
    let ready = tokio::runtime::Runtime::new().unwrap();
    cluster.start(1);
    cluster.start(2);
    ready.block_on(cluster.wait_ready(0));
    let running = audit(cluster, "replay", 0, &[]);
    (0..3).for_each(|n| cluster.kill(n));
    let message = running.error["error"]["message"].as_str().unwrap().to_owned();
    assert!(running.exit == Some(2) && message.contains("stop the node first"), "{message}");
    let output = corridor(&[
        "audit",
        "replay",
        "--data",
        cluster.path().to_str().unwrap(),
        "--genesis",
        cluster.path().join("genesis.json").to_str().unwrap(),
    ]);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && message.contains("no node's data folder"), "{message}");
    let after = audit(cluster, "replay", 0, &["--from", "100000"]);
    assert_eq!(after.exit, Some(2), "{}", after.error);
    // After kills the history is whole all the same.
    let Audited { exit, result, error } = audit(cluster, "replay", 0, &[]);
    assert_eq!(exit, Some(0), "{result} {error}");
}

fn check_changed_entry(cluster: &Cluster) {
    let height = change(cluster, 1, |executed, _| {
        let entry = executed.entries.iter_mut().find(|entry| entry.kind == EntryKind::Pay).unwrap();
        entry.code = Code::AmountZero;
    });
    let Audited { exit, result, error } = audit(cluster, "replay", 1, &[]);
    assert_eq!((exit, &error["error"]["code"]), (Some(1), &Value::from("history_differs")));
    let found = &result["differences"];
    let first = &found["first"][0];
    assert_eq!((number(found, "count"), number(found, "decisions")), (1, 1), "{result}");
    assert_eq!((&first["item"], number(first, "height")), (&Value::from("entry"), height.0), "{first}");
    assert_eq!((&first["field"], &first["stored"]), (&Value::from("code"), &Value::from("amount_zero")));
    assert_eq!(first["replayed"], "ok");
    let later = (height.0 + 1).to_string();
    assert_eq!(audit(cluster, "replay", 1, &["--from", &later]).exit, Some(0), "it lies before the range");
    let report = audit(cluster, "report", 1, &[]);
    assert_eq!(report.exit, Some(1), "no report without its differences");
}

fn check_changed_record(cluster: &Cluster) {
    change(cluster, 2, |executed, storage| {
        let mut records = storage.records().unwrap();
        records.retain(|record| record.table == tables::ACCOUNTS);
        let mut account = records.swap_remove(0);
        account.value.as_mut().unwrap()[8] ^= 1;
        executed.changes.push(account);
    });
    let Audited { exit, result, .. } = audit(cluster, "replay", 2, &[]);
    assert_eq!((exit, number(&result["differences"], "count")), (Some(1), 1), "{result}");
    let first = &result["differences"]["first"][0];
    assert_eq!(first["item"], "record");
    assert!(first["which"].as_str().unwrap().starts_with("table 3 key"), "{first}");
    assert_ne!(first["stored"], first["replayed"]);
}
