//! What an operator reads: who was refused and why, and not a line per attempt.

use std::io::Write;
use std::sync::{Arc, Mutex};

use super::*;

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Captured {
    fn lines_with(&self, part: &str) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        text.lines().filter(|line| line.contains(part)).map(str::to_owned).collect()
    }
}

#[tokio::test]
async fn a_refusal_names_the_peer_and_the_reason_once_at_both_ends() {
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let a = Node::start(1).await;
    let other_ledger = Node::with(Config { genesis: OTHER_GENESIS, ..config(2, quick_limits()) }).await;
    let unlisted = Node::start(3).await;
    mesh_without_waiting(&a, &other_ledger);
    unlisted.network.set_peers(&[a.peer()]).unwrap();
    eventually(|| a.endings(Reason::WrongGenesis) > 3 && a.endings(Reason::UnknownKey) > 3).await;

    let about_genesis = captured.lines_with(&format!("peer=\"{}\"", other_ledger.id()));
    let [line] = about_genesis.as_slice() else { panic!("{about_genesis:?}") };
    assert!(line.contains("WARN") && line.contains("6161") && line.contains("6060"), "{line}");
    let about_unlisted = captured.lines_with(&format!("peer=\"{}\"", unlisted.id()));
    let [line] = about_unlisted.as_slice() else { panic!("{about_unlisted:?}") };
    assert!(line.contains("allow-list") && line.contains("/ip4/127.0.0.1/"), "{line}");
    let told = captured.lines_with("refused by a peer");
    let [line] = told.as_slice() else { panic!("{told:?}") };
    let advice = format!("does not know this node's network key {}; register it", unlisted.id());
    assert!(line.contains("WARN") && line.contains(&advice) && line.contains(&a.id().to_string()), "{line}");
}

fn mesh_without_waiting(a: &Node, b: &Node) {
    for node in [a, b] {
        node.network.set_peers(&[a.peer(), b.peer()]).unwrap();
    }
}
