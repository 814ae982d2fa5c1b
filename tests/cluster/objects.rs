//! Objects of the ledger from the command line: steps written as JSON, signed by several
//! institutions, shown again; and an institution that came after genesis acts.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::Cluster;

const AURORA: [&str; 2] = ["--profile", "clients/aurora-central"];
const MERIDIAN: [&str; 2] = ["--profile", "clients/meridian-central"];

fn run(cluster: &Cluster, arguments: &[&str], profile: &[&str]) -> String {
    cluster.command(&[arguments, profile].concat())
}

fn json_of(cluster: &Cluster, arguments: &[&str], profile: &[&str]) -> Value {
    serde_json::from_str(&run(cluster, &[arguments, &["--output", "json"]].concat(), profile)).unwrap()
}

/// Runs the binary, which must fail; its exit code and its error.
fn refused(cluster: &Cluster, arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_corridor"));
    let command = command.current_dir(cluster.path()).args(arguments).args(["--output", "json"]).stdin(Stdio::null());
    let output = command.output().unwrap();
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    (output.status.code(), error["error"].clone())
}

/// Writes the example of an operation, changed, to a file of the network's folder.
fn write_operation(cluster: &Cluster, name: &str, file: &str, change: impl FnOnce(&mut Value)) {
    let mut operation: Value = serde_json::from_str(&cluster.command(&["operation", "template", name])).unwrap();
    operation.as_object_mut().unwrap().remove("reference");
    change(&mut operation);
    fs::write(cluster.path().join(file), operation.to_string()).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_programme_is_opened_from_a_file_and_a_latecomer_acts() {
    let cluster = Cluster::start_all().await;
    open_programme(&cluster);
    admit_latecomer(&cluster);
}

/// Both central banks sign a draft; with one signature the ledger says who is missing.
fn open_programme(cluster: &Cluster) {
    write_operation(cluster, "programme.open", "pilot.json", |pilot| {
        pilot["step"]["programme"]["name"] = json!("Pilot 7")
    });
    run(cluster, &["operation", "submit", "pilot.json", "--draft", "draft.json"], &AURORA);
    let unsigned = refused(cluster, &["operation", "send", "draft.json", AURORA[0], AURORA[1]]);
    assert_eq!(unsigned.0, Some(2), "{}", unsigned.1);
    run(cluster, &["operation", "sign", "draft.json"], &AURORA);
    let half = refused(cluster, &["operation", "send", "draft.json", AURORA[0], AURORA[1]]);
    assert_eq!((half.0, &half.1["code"]), (Some(1), &json!("central_bank_approval_missing")), "{}", half.1);

    let summary = json_of(cluster, &["operation", "sign", "draft.json"], &MERIDIAN);
    assert_eq!(summary["name"], "programme.open");
    let signed: Vec<_> = summary["signed"].as_array().unwrap().iter().map(|one| one["by"].as_str().unwrap()).collect();
    assert_eq!(signed.len(), 2, "{summary}");
    assert!(
        signed.contains(&"AUCBBRSPXXX as supervisor") && signed.contains(&"MECBZAJJXXX as supervisor"),
        "{summary}"
    );
    let sent = json_of(cluster, &["operation", "send", "draft.json"], &MERIDIAN);
    check_receipts(cluster, sent["reference"].as_str().unwrap());

    let shown = json_of(cluster, &["show", "programmes", "0"], &["--profile", "clients/meridian"]);
    assert_eq!((&shown["number"], &shown["closed"]), (&json!(0), &json!(false)), "{shown}");
    assert_eq!((&shown["programme"]["name"], &shown["paid"][0]["paid"]), (&json!("Pilot 7"), &json!("0")), "{shown}");
    let all = run(cluster, &["show", "programmes"], &AURORA);
    assert!(all.contains("Pilot 7") && all.contains("BR-ZA"), "{all}");
    let none = refused(cluster, &["show", "programmes", "1", AURORA[0], AURORA[1]]);
    assert_eq!((none.0, &none.1["code"]), (Some(1), &json!("not_found")), "{}", none.1);

    // A file that was changed after it was signed goes nowhere.
    let text = fs::read_to_string(cluster.path().join("draft.json")).unwrap();
    fs::write(cluster.path().join("draft.json"), text.replace("Pilot 7", "Pilot 8")).unwrap();
    let changed = refused(cluster, &["operation", "send", "draft.json", AURORA[0], AURORA[1]]);
    assert!(changed.1["message"].as_str().unwrap().contains("changed after it was signed"), "{}", changed.1);
}

/// Each entry about an operation is listed and has a receipt; what is not about it has none.
fn check_receipts(cluster: &Cluster, reference: &str) {
    let listed = json_of(cluster, &["receipt", "list", reference], &MERIDIAN);
    let entry = &listed["entries"][0];
    assert_eq!((&entry["kind"], &entry["reference"]), (&json!("open_programme"), &json!(reference)), "{listed}");
    let text = run(cluster, &["receipt", "list", reference], &MERIDIAN);
    let id = entry["id"].as_str().unwrap();
    assert!(text.starts_with(id) && text.contains("open_programme: ok"), "{text}");
    run(cluster, &["receipt", "get", reference, "--entry", id, "--out", "entry.json"], &MERIDIAN);
    let verify = ["receipt", "verify", "entry.json", "--genesis", "genesis.json", "--output", "json"];
    let verdict: Value = serde_json::from_str(&cluster.command(&verify)).unwrap();
    assert_eq!((&verdict["height"], &verdict["reference"]), (&entry["height"], &json!(reference)), "{verdict}");
    let other = refused(cluster, &["receipt", "get", reference, "--entry", "1-0", MERIDIAN[0], MERIDIAN[1]]);
    assert_eq!((other.0, &other.1["code"]), (Some(1), &json!("not_found")), "{}", other.1);
    assert!(other.1["message"].as_str().unwrap().contains("receipt list"), "{}", other.1);
}

fn generate_key(cluster: &Cluster, role: &str) -> Value {
    let file = format!("late/{role}.key");
    let made = cluster.command(&["keys", "generate", "--role", role, "--out", &file, "--output", "json"]);
    serde_json::from_str::<Value>(&made).unwrap()["public_key"].clone()
}

/// A bank that the genesis does not know applies, is authorised, and signs for itself.
fn admit_latecomer(cluster: &Cluster) {
    fs::create_dir(cluster.path().join("late")).unwrap();
    let (operator, governance) = (generate_key(cluster, "operator"), generate_key(cluster, "governance"));
    write_operation(cluster, "participant.apply", "apply.json", |apply| {
        apply["step"]["entry"]["keys"][0]["key"] = operator;
        apply["step"]["entry"]["keys"][1]["key"] = governance;
    });
    let apply = ["operation", "submit", "apply.json", "--role", "supervisor", "--key", "late/operator.key"];
    run(cluster, &apply, &AURORA);
    let number = number_of(cluster, "EXPLBRSPXXX", "applied");
    write_operation(cluster, "participant.authorise", "authorise.json", |step| step["step"]["participant"] = number);
    run(cluster, &["operation", "submit", "authorise.json"], &AURORA);
    let number = number_of(cluster, "EXPLBRSPXXX", "authorised");

    make_profile(&cluster.path());
    write_operation(cluster, "participant.set_sealing_key", "sealing.json", |step| {
        step["step"]["key"] = json!("09".repeat(32));
    });
    run(cluster, &["operation", "submit", "sealing.json"], &["--profile", "late"]);
    let shown = json_of(cluster, &["show", "participants", &number.to_string()], &AURORA);
    assert_eq!(shown["sealing_key"], json!("09".repeat(32)), "{shown}");
}

fn number_of(cluster: &Cluster, bic: &str, status: &str) -> Value {
    let all = json_of(cluster, &["show", "participants"], &AURORA);
    let found = all["items"].as_array().unwrap().iter().find(|one| one["bic"] == bic).unwrap();
    assert_eq!(found["status"], status, "{found}");
    found["id"].clone()
}

/// The node of another bank, and the latecomer's own keys.
fn make_profile(network: &Path) {
    let other = fs::read_to_string(network.join("clients/aurora/profile.toml")).unwrap();
    let url = other.lines().find(|line| line.starts_with("url")).unwrap();
    let keys = "operator = [\"operator.key\"]\ngovernance = [\"governance.key\"]\n";
    let profile = format!("{url}\ngenesis = \"../genesis.json\"\nparticipant = \"EXPLBRSPXXX\"\n[keys]\n{keys}");
    fs::write(network.join("late/profile.toml"), profile).unwrap();
}
