//! Who can read the details of a payment: its agents and their central banks, each with its own key.
//! Nobody else's disk holds them, sealed or not, and nobody's disk holds them in the clear.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use corridor_client::DetailsAnswer;
use corridor_crypto::Digest;
use corridor_network::{Class, NodeId};
use corridor_types::view::EventId;
use corridor_types::{Decode as _, DetailsMessage, Encode as _, Message, Uetr};
use serde_json::json;

use crate::harness::{Cluster, PATIENCE};

const UETR: &str = "7c1f8a52-3b0e-4d6a-9f21-5e8d0c4b7a19";

/// Names, goods, an invoice, a document and its hash: what only the readers may see.
const MARKED: [&str; 7] = [
    "Zephyrine Importadora",
    "Quixeramobim",
    "Umkhathi Instruments",
    "INV-QZX-88121",
    "Cryogenic gyroscope",
    "DOC-QZX-77",
    "5ca1ab1edeadbeef5ca1ab1edeadbeef5ca1ab1edeadbeef5ca1ab1edeadbeef",
];

/// The nodes in the order of their folders.
const READERS: [&str; 4] = ["aurora-central", "meridian-central", "aurora", "meridian"];
const DEBTOR: usize = 2;
const CREDITOR: usize = 3;
const STRANGER: usize = 4;

fn details() -> String {
    let value = json!({"currency": "ZAR", "amount": "12500000"});
    json!({
        "debtor": {
            "name": "Zephyrine Importadora Ltda", "identity": {"lei": "CORRIDORTESTDEBTOR72"},
            "account": {"iban": "BR1800360305000010009795493C1"},
            "address": {"town": "Quixeramobim", "country": "BR"},
        },
        "creditor": {
            "name": "Umkhathi Instruments Pty",
            "identity": {"national": {"country": "ZA", "scheme": "TXID", "number": "9012345678"}},
            "account": {"other": "62001234567"}, "address": {"town": "Cape Town", "country": "ZA"},
        },
        "purpose": "GDDS",
        "invoices": [{"number": "INV-QZX-88121", "date": "2026-11-03", "amount": value}],
        "goods": [{
            "hs_code": "90278990", "description": "Cryogenic gyroscope assemblies",
            "quantity": {"value": "3", "unit": "H87"}, "value": value,
        }],
        "documents": [{"kind": "CINV", "number": "DOC-QZX-77", "sha256": MARKED[6]}],
    })
    .to_string()
}

/// Files below a folder that hold one of `words`.
fn files_with(folder: &Path, words: &[Vec<u8>]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, words));
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let holds = |word: &Vec<u8>| bytes.windows(word.len()).any(|window| window == word.as_slice());
        found.extend(words.iter().any(holds).then(|| path.display().to_string()));
    }
    found
}

fn marked() -> Vec<Vec<u8>> {
    MARKED.iter().map(|word| word.as_bytes().to_vec()).collect()
}

fn assert_unmarked(text: &str) {
    assert!(!MARKED.iter().any(|word| text.contains(word)), "{text}");
}

/// Runs a command that must fail, and returns what it says.
fn refused(cluster: &Cluster, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_corridor"));
    let output = command.current_dir(cluster.path()).args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success(), "{arguments:?} was not refused");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Makes a sealing key and puts it on the ledger.
fn register(cluster: &Cluster, who: &str) {
    let (key, profile) = (format!("clients/{who}/sealing.key"), format!("clients/{who}"));
    cluster.command(&["keys", "generate", "--role", "sealing", "--out", &key]);
    cluster.command(&["details", "register", "--sealing-key", &key, "--profile", &profile]);
}

fn pay(details: &str) -> Vec<&str> {
    let mut arguments = vec!["pay", "--profile", "clients/aurora", "--to", "MERDZAJJXXX", "--amount", "12.50"];
    arguments.extend(["--currency", "BRL", "--details", details, "--uetr", UETR]);
    arguments
}

fn show<'a>(key: &'a str, profile: &'a str) -> Vec<&'a str> {
    vec!["details", "show", UETR, "--sealing-key", key, "--profile", profile]
}

/// Each reader opens the details with its own key; the central banks say why.
fn read_as(cluster: &Cluster, who: &str) {
    let (key, profile) = (format!("clients/{who}/sealing.key"), format!("clients/{who}"));
    let mut arguments = show(&key, &profile);
    if who.ends_with("central") {
        assert!(refused(cluster, &arguments).contains("--purpose"), "{who} reads without a purpose");
        arguments.extend(["--purpose", "case 2026/17"]);
    }
    let text = cluster.command(&arguments);
    assert!(MARKED.iter().all(|word| text.contains(word)), "{who}: {text}");
    assert_eq!(text.contains("on the ledger under reference"), who.ends_with("central"), "{text}");
}

/// A settled payment with details; returns the sealed document.
async fn settle_with_details(cluster: &mut Cluster) -> Vec<u8> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), details()).unwrap();
    let file = file.path().to_str().unwrap();
    READERS.iter().filter(|who| **who != "meridian-central").for_each(|who| register(cluster, who));
    assert!(refused(cluster, &pay(file)).contains("Central Bank of Meridian"));
    register(cluster, "meridian-central");
    let uetr: Uetr = UETR.parse().unwrap();
    cluster.command(&pay(file));
    cluster.command(&pay(file)); // The same payment: the node's document is used again.
    read_as(cluster, "meridian");
    cluster.command(&["attest", UETR, "--profile", "clients/meridian"]);
    crate::load::wait_final(&cluster.client(CREDITOR), uetr).await;
    READERS.iter().for_each(|who| read_as(cluster, who));
    let DetailsAnswer::Here(document) = cluster.client(DEBTOR).details(uetr).await.unwrap() else {
        panic!("no document")
    };
    document.to_vec()
}

/// A node of no party tells nothing, holds nothing, and takes nothing.
async fn check_stranger(cluster: &mut Cluster, document: &[u8]) {
    let (node, uetr) = (cluster.client(STRANGER), UETR.parse::<Uetr>().unwrap());
    let height = cluster.settled(0).await;
    cluster.wait_settled(STRANGER, height).await;
    assert_eq!(node.details(uetr).await.unwrap(), DetailsAnswer::Unknown);
    let refusal = node.put_details(uetr, document.to_vec()).await.unwrap_err();
    assert_eq!(refusal.code(), Some("details_refused"));
    let payment = node.payment(uetr).await.unwrap().unwrap();
    assert!(payment.is_final() && payment.payment.is_some());
    assert_unmarked(&serde_json::to_string(&payment).unwrap());
    let settled = node.receipt(uetr).await.unwrap();
    assert_unmarked(&format!("{settled:?}"));
    let events = cluster.command(&["events", "--profile", "clients/bank-e", "--after", &EventId::START.to_string()]);
    assert!(events.contains(UETR));
    assert_unmarked(&events);
}

/// The key of a node that is down asks the debtor agent's node for the document.
async fn ask_with_key_of(cluster: &Cluster, n: usize, digest: Digest, patience: Duration) -> bool {
    let key = corridor_signer::keyfile::read(&cluster.node(n).join("network.key"), "network").unwrap();
    let holder = NodeId(cluster.genesis().validators[DEBTOR].network_key.0);
    let addresses = vec![cluster.network_address(DEBTOR).parse().unwrap()];
    let config = corridor_network::Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        advertise: None,
        session: [7; 16],
        secret_key: key.to_seed(),
        genesis: cluster.genesis().digest().0,
        peers: vec![corridor_network::Peer { id: holder, addresses, role: corridor_network::Role::Validator }],
        limits: corridor_network::Limits::default(),
    };
    let (network, mut events) = corridor_network::start(config).await.unwrap();
    let question = Message::Details(DetailsMessage::Wanted { digest }).to_bytes();
    let started = Instant::now();
    let (mut answered, mut asked) = (false, None);
    while !answered && asked.is_none_or(|asked: Instant| asked.elapsed() < patience) {
        assert!(started.elapsed() < PATIENCE, "the key of node {n} could not ask");
        let sent = network.try_send(holder, Class::Sync, question.clone().into()).is_ok();
        asked = asked.or_else(|| sent.then(Instant::now));
        let frame = tokio::time::timeout(Duration::from_millis(100), events.sync.recv()).await;
        let message = frame.ok().flatten().map(|frame| Message::from_bytes(&frame.bytes).unwrap());
        answered = matches!(message, Some(Message::Details(DetailsMessage::Here { .. })));
    }
    network.shutdown().await;
    answered
}

/// The debtor agent's node gives the document to a reader's node, and not to the stranger's.
async fn check_answers(cluster: &mut Cluster) {
    let view = cluster.client(DEBTOR).payment(UETR.parse().unwrap()).await.unwrap().unwrap();
    let digest = view.payment.unwrap().details;
    for (n, expected, patience) in [(STRANGER, false, Duration::from_secs(3)), (1, true, PATIENCE)] {
        cluster.kill(n);
        assert_eq!(ask_with_key_of(cluster, n, digest, patience).await, expected, "node {n}");
        cluster.start(n);
        cluster.wait_ready(n).await;
    }
}

/// The creditor agent erases its copy; what proves the payment stays.
async fn check_erasure(cluster: &Cluster) {
    cluster.command(&["details", "erase", UETR, "--profile", "clients/meridian"]);
    let again = show("clients/meridian/sealing.key", "clients/meridian");
    assert!(refused(cluster, &again).contains("details_erased"));
    cluster.command(&["receipt", "get", UETR, "--profile", "clients/meridian", "--out", "receipt.json"]);
    cluster.command(&["receipt", "verify", "receipt.json", "--genesis", "genesis.json"]);
    assert_unmarked(&fs::read_to_string(cluster.path().join("receipt.json")).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_readers_hold_the_details_and_nobody_in_the_clear() {
    let started = Instant::now();
    let mut cluster = Cluster::prepare_with(&["--validators", "5"]);
    cluster.restart_all().await;
    let document = settle_with_details(&mut cluster).await;
    check_stranger(&mut cluster, &document).await;
    check_answers(&mut cluster).await;
    check_erasure(&cluster).await;
    (0..cluster.len()).for_each(|n| cluster.kill(n));
    // Parts of the document that no other one shares: the commitment, and the end of the body.
    let sealed = [document[1..33].to_vec(), document[document.len() - 64..].to_vec()];
    for n in 0..cluster.len() {
        assert_eq!(files_with(cluster.node(n), &marked()), Vec::<String>::new(), "cleartext on node {n}");
        let copies = files_with(cluster.node(n), &sealed).len();
        assert_eq!(copies, usize::from(n < CREDITOR), "copies of the sealed document on node {n}");
    }
    assert_eq!(files_with(&cluster.path(), &marked()), Vec::<String>::new(), "cleartext in the network's folder");
    assert!(started.elapsed() < 4 * PATIENCE);
}
