//! Validators come, go and change their keys while payments flow, and a bank joins a network that has a
//! history.

use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_client::{Client, ReceiptAnswer};
use corridor_types::view::{EventId, NodeRole};
use corridor_types::{Amount, Epoch, Height, PaymentStatus, Uetr};
use futures::StreamExt as _;

use crate::audit;
use crate::harness::{Cluster, PATIENCE};
use crate::load::{Load, Payer, balance, wait_final};

/// Both central banks, of which the first acts, and both banks: together a quorum of four and of five.
const DECIDE: [&str; 8] = [
    "--profile",
    "clients/aurora-central",
    "--with",
    "clients/meridian-central",
    "--with",
    "clients/aurora",
    "--with",
    "clients/meridian",
];

/// Settles enough blocks that a snapshot is made.
async fn make_history(cluster: &mut Cluster) -> (Arc<Payer>, Amount) {
    let payer = Arc::new(Payer::new(cluster).await);
    let before = balance(cluster, &payer).await;
    (payer, before)
}

fn declare(cluster: &Cluster, node: usize, validator_key: &str, network_key: &str, profile: &str) {
    let url = format!("http://{}", cluster.api_address(node));
    cluster.command(&[
        "validator",
        "declare",
        "--validator-key",
        validator_key,
        "--network-key",
        network_key,
        "--node",
        &url,
        "--profile",
        profile,
    ]);
}

fn decide(cluster: &Cluster, changes: &[&str]) {
    let arguments: Vec<&str> = ["validator", "change"].iter().chain(changes).chain(&DECIDE).copied().collect();
    cluster.command(&arguments);
}

async fn wait_role(node: &Client, role: NodeRole) {
    let started = Instant::now();
    while node.consensus().await.map_or(true, |view| view.role != role) {
        assert!(started.elapsed() < PATIENCE, "the node is not a {role:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Fetches a receipt and verifies it with the command, offline; returns over how many changes.
fn verify_receipt(cluster: &Cluster, n: usize, uetr: Uetr) -> u64 {
    let (file, url) = (format!("receipts/{uetr}-{n}.json"), format!("http://{}", cluster.api_address(n)));
    cluster.command(&["receipt", "get", &uetr.to_string(), "--out", &file, "--url", &url]);
    let verdict = cluster.command(&["receipt", "verify", &file, "--genesis", "genesis.json", "--output", "json"]);
    let verdict: serde_json::Value = serde_json::from_str(&verdict).unwrap();
    verdict["handovers"].as_u64().unwrap()
}

/// Every payment that was acknowledged is settled, and the money that moved is theirs, at each node.
async fn check_payments(cluster: &mut Cluster, payer: &Payer, before: Amount, acknowledged: &[Uetr], nodes: &[usize]) {
    for uetr in acknowledged {
        wait_final(&cluster.client(0), *uetr).await;
        let view = cluster.client(0).payment(*uetr).await.unwrap().unwrap();
        assert_eq!(view.status, Some(PaymentStatus::Settled), "{uetr}");
    }
    let top = cluster.settled(0).await;
    let outcome = cluster.client(0).block(top).await.unwrap().unwrap().outcome.unwrap();
    for n in nodes {
        cluster.wait_settled(*n, top).await;
        assert_eq!(cluster.client(*n).block(top).await.unwrap().unwrap().outcome, Some(outcome), "node {n}");
        let after = cluster.client(*n).account(payer.debtor_account).await.unwrap().unwrap().available.minor;
        assert_eq!(before.0 - after.0, u64::try_from(acknowledged.len()).unwrap(), "node {n}: each paid one cent");
    }
}

/// A bank joins from a snapshot as an observer, becomes a validator, another one leaves and a third
/// changes its key; not one payment fails.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validators_come_and_go_while_payments_flow() {
    let mut cluster = Cluster::prepare();
    cluster.snapshot_every(20);
    cluster.restart_all().await;
    let (payer, before) = make_history(&mut cluster).await;
    let load = Load::start(&cluster, payer.clone());
    cluster.wait_for_log(0, "a snapshot for joining nodes is ready");
    cluster.wait_for_log(1, "a snapshot for joining nodes is ready");
    let joiner = cluster.join(&["--snapshot-gap", "10"]);
    cluster.wait_ready(joiner).await;
    assert!(cluster.log(joiner).contains("took a snapshot from peers"), "it fetched every block");
    check_observer(&cluster, joiner, &payer).await;

    declare(&cluster, joiner, "nodes/4-bank-e/validator.key", "nodes/4-bank-e/network.key", "clients/bank-e");
    decide(&cluster, &["--put", "TBKEBRSPXXX"]);
    for n in 0..cluster.len() {
        cluster.wait_epoch(n, Epoch(1)).await;
    }
    wait_role(&cluster.client(joiner), NodeRole::Validator).await;

    // A new voting key, known to the node before the validator set names it.
    cluster.command(&["keys", "generate", "--role", "validator", "--out", "nodes/3-meridian/next.key"]);
    let node = cluster.node(3).to_owned();
    cluster.edit_config(&node, "[keys]\n", "[keys]\nmore_validators = [\"next.key\"]\n");
    cluster.kill(3);
    cluster.start(3);
    cluster.wait_ready(3).await;
    declare(&cluster, 3, "nodes/3-meridian/next.key", "nodes/3-meridian/network.key", "clients/meridian");
    decide(&cluster, &["--put", "MERDZAJJXXX", "--remove", "AURABRSPXXX"]);
    for n in 0..cluster.len() {
        cluster.wait_epoch(n, Epoch(2)).await;
    }
    wait_role(&cluster.client(3), NodeRole::Validator).await;
    wait_role(&cluster.client(2), NodeRole::Observer).await;
    let height = cluster.settled(joiner).await;
    cluster.wait_settled(joiner, Height(height.0 + 10)).await;
    let acknowledged = load.finish().await;
    let late = payer.pay_and_wait(&cluster.client(joiner)).await;
    let all: Vec<Uetr> = acknowledged.iter().copied().chain([late]).collect();
    println!("{} payments", all.len());
    check_payments(&mut cluster, &payer, before, &all, &[0, 1, 2, 3, joiner]).await;

    check_statements(&cluster, joiner, &payer);
    assert_eq!(verify_receipt(&cluster, 0, all[0]), 0);
    assert_eq!(verify_receipt(&cluster, 0, late), 2);
    assert_eq!(verify_receipt(&cluster, joiner, late), 2);
    let sets = cluster.client(joiner).validators().await.unwrap();
    let bics: Vec<String> = sets.current.iter().map(|validator| validator.bic.to_string()).collect();
    assert_eq!(bics, ["AUCBBRSPXXX", "MECBZAJJXXX", "MERDZAJJXXX", "TBKEBRSPXXX"]);
    for n in 0..cluster.len() {
        assert!(cluster.client(n).evidence().await.unwrap().is_empty(), "node {n} holds evidence");
    }
    (0..cluster.len()).for_each(|n| cluster.kill(n));
    audit::check_same(&cluster, 3);
    audit::check_not_held(&cluster, joiner);
}

/// A node with all the history proves the payer's statement; the one that joined with a snapshot has
/// its end, and says where that begins.
fn check_statements(cluster: &Cluster, joiner: usize, payer: &Payer) {
    let account = payer.debtor_account.to_string();
    let show = |n: usize, option: &[&str]| -> serde_json::Value {
        let url = format!("http://{}", cluster.api_address(n));
        let command = ["account", "statement", &account, "--url", &url, "--output", "json"];
        serde_json::from_str(&cluster.command(&[&command[..], option].concat())).unwrap()
    };
    let whole = show(0, &["--verify"]);
    let end = show(joiner, &[]);
    assert_eq!((&whole["lines"], &whole["digest"]), (&end["account"]["movements"], &end["account"]["statement"]));
    let (first, last) = (end["first"].as_u64().unwrap(), whole["lines"].as_u64().unwrap());
    assert!(1 < first && first <= last, "{first} of {last}");
    let all = show(joiner, &["--from", "1", "--limit", "100000"]);
    let numbers: Vec<u64> =
        all["lines"].as_array().unwrap().iter().map(|line| line["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (first..=last).collect::<Vec<_>>());
}

/// What an observer answers, and what it does not do.
async fn check_observer(cluster: &Cluster, joiner: usize, payer: &Payer) {
    let node = cluster.client(joiner);
    assert!(node.account(payer.debtor_account).await.unwrap().is_some());
    assert_eq!(node.consensus().await.unwrap().role, NodeRole::Observer);
    assert_eq!(node.block(Height(1)).await.unwrap_err().code(), Some("before_snapshot"));
    let refused = node.submit(&[payer.payment().1]).await.unwrap_err();
    assert_eq!(refused.code(), Some("not_a_validator"));
    let unknown = payer.payment().0;
    assert_eq!(node.payment(unknown).await.unwrap(), None, "what nobody ever used is unknown, not lost");
    assert_eq!(node.receipt(unknown).await.unwrap(), ReceiptAnswer::Unknown);
}

/// A bank that wants the whole history fetches it, and sees what happened before it came.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_observer_from_genesis_holds_everything() {
    let mut cluster = Cluster::start_all().await;
    let (payer, before) = make_history(&mut cluster).await;
    let first = payer.pay_and_wait(&cluster.client(0)).await;
    let joiner = cluster.join(&["--from-genesis"]);
    cluster.wait_ready(joiner).await;
    let second = payer.pay_and_wait(&cluster.client(1)).await;
    check_payments(&mut cluster, &payer, before, &[first, second], &[0, joiner]).await;
    assert_eq!(verify_receipt(&cluster, joiner, first), 0);
    let node = cluster.client(joiner);
    let filter = corridor_client::EventFilter { after: Some(EventId::START), ..Default::default() };
    let event = Box::pin(node.events(filter)).next().await.unwrap().unwrap();
    assert_eq!(event.entry.height, Height(1));
    // A validator that had not executed its registration yet refused it at first; it dials again.
    let deadline = Instant::now() + PATIENCE;
    loop {
        let nodes = cluster.client(0).validators().await.unwrap().nodes;
        assert_eq!(nodes.len(), 1);
        if nodes[0].connected == Some(true) {
            break;
        }
        assert!(Instant::now() < deadline, "{nodes:?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Withdrawn, it is cut off.
    let arguments =
        ["node", "unregister", "--network-key", "nodes/4-bank-e/network.key", "--profile", "clients/bank-e"];
    cluster.command(&arguments);
    cluster.wait_for_log(0, "not on the allow-list");
}
