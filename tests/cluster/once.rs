//! What a newcomer sees: one command, a settled payment, a verified receipt; and again.

use std::fs;

use crate::harness::corridor;

#[test]
fn the_demonstration_settles_a_payment_and_goes_on_where_it_left_off() {
    let dir = tempfile::tempdir().unwrap();
    let network = dir.path().join("network");
    let network_text = network.to_str().unwrap();
    for run in 1..=2 {
        let output = corridor(&["testnet", "--dir", network_text, "--once"]);
        let text = String::from_utf8_lossy(&output.stdout);
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "run {run}: {text}{log}");
        let receipts: Vec<_> = fs::read_dir(network.join("receipts")).unwrap().collect();
        assert_eq!(receipts.len(), run, "one receipt per run");
    }
    check_receipts(&network);
}

/// The receipt holds offline, with no process running; changed or of another chain it does not.
fn check_receipts(network: &std::path::Path) {
    let genesis = network.join("genesis.json");
    let receipt = fs::read_dir(network.join("receipts")).unwrap().next().unwrap().unwrap().path();
    let verify = |receipt: &std::path::Path, genesis: &std::path::Path| {
        let arguments = ["receipt", "verify", receipt.to_str().unwrap(), "--genesis", genesis.to_str().unwrap()];
        let output = corridor(&arguments);
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    assert_eq!(verify(&receipt, &genesis).0, Some(0));
    let text = fs::read_to_string(&receipt).unwrap();
    let changed = network.join("changed.json");
    assert!(text.contains("\"status\": \"settled\""), "{text}");
    fs::write(&changed, text.replacen("\"status\": \"settled\"", "\"status\": \"expired\"", 1)).unwrap();
    let (code, reason) = verify(&changed, &genesis);
    assert_eq!(code, Some(1), "{reason}");
    assert!(reason.contains("not among the certified receipts"), "{reason}");
    let other = network.join("other-genesis.json");
    fs::write(&other, fs::read_to_string(&genesis).unwrap().replacen("\"chain\": \"", "\"chain\": \"x", 1)).unwrap();
    let (code, reason) = verify(&receipt, &other);
    assert_eq!(code, Some(1), "{reason}");
    assert!(reason.contains("chain"), "{reason}");
}
