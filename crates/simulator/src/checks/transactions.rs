//! The clients' signatures under everything that was executed: verified here again, apart from the
//! check that a node makes when a batch arrives.

use corridor_types::{Batch, Tip, VerifiedBatch};

use super::{Checks, property};
use crate::node::SimulatedNode;

impl Checks {
    /// Every batch that a node's last executed block orders and that it holds, back to its lane's start.
    pub(super) fn transactions(&mut self, node: &SimulatedNode) {
        let store = node.store();
        let last = store.executed().keys().next_back().and_then(|height| store.blocks().get(height));
        for tip in last.into_iter().flat_map(|block| &block.cut) {
            let Tip { lane, mut sequence, mut digest } = *tip;
            while let Some(batch) = store.batch(lane, sequence, digest).filter(|_| self.signed.insert(digest)) {
                if !self.is_signed(batch) {
                    let detail = format!("batch {sequence} of lane {lane} holds a transaction that nobody signed");
                    self.broken(property::VALIDITY, detail);
                }
                (sequence, digest) = (corridor_types::Sequence(sequence.0.saturating_sub(1)), batch.header.previous);
            }
        }
    }

    fn is_signed(&self, batch: &Batch) -> bool {
        let decoded = VerifiedBatch::decode_trusted(batch.clone());
        decoded.is_ok_and(|held| {
            held.transactions().iter().all(|item| item.transaction.has_valid_signatures(&self.context))
        })
    }
}
