//! Money: the ledger's own audit, and payments that settle once.

use std::collections::BTreeSet;

use corridor_types::{Entry, EntryKind, PaymentStatus, Uetr};

use super::{Checks, property};
use crate::node::SimulatedNode;

impl Checks {
    pub(super) fn money(&mut self, node: &SimulatedNode) {
        if let Some(Err(halt)) = node.replica().map(|replica| replica.ledger().audit()) {
            self.broken(property::CONSERVATION, halt.to_string());
        }
        let (mut settled, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for entry in node.store().executed().values().flat_map(|executed| &executed.entries) {
            let newly = entry.status == Some(PaymentStatus::Settled) && entry.code.is_ok();
            // A repetition reports the first decision and moves nothing; the clients never repeat
            // an attestation, but a liar may, in two batches.
            let moves = first(&mut seen, entry);
            if newly && moves && !settled.insert(entry.reference) {
                self.broken(property::DOUBLE_SETTLEMENT, format!("payment {}", entry.reference));
            }
        }
    }
}

/// True for the first entry of a kind and a transaction on a reference.
fn first(seen: &mut BTreeSet<(Uetr, bool, corridor_crypto::Digest)>, entry: &Entry) -> bool {
    let initiates = entry.kind == EntryKind::Pay;
    let transaction = if initiates { corridor_crypto::Digest::ZERO } else { entry.transaction };
    seen.insert((entry.reference, initiates, transaction))
}
