//! The chain: one block per height everywhere, each the parent of the next, each finalized and
//! settled by certificates that verify, holding only what was submitted.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::persist::Executed;
use corridor_types::{Block, Height, VoteKind};

use super::{Checks, property};
use crate::node::SimulatedNode;

impl Checks {
    pub(super) fn one_chain(&mut self, honest: &[&SimulatedNode]) {
        let mut chain: BTreeMap<Height, (Digest, &Block)> = BTreeMap::new();
        for block in honest.iter().flat_map(|node| node.store().blocks().values()) {
            let (digest, _) = *chain.entry(block.height).or_insert_with(|| (block.digest(), block));
            if digest != block.digest() {
                self.broken(property::AGREEMENT, format!("two blocks are final at height {}", block.height));
            }
        }
        for (height, (_, block)) in &chain {
            let parent = height.0.checked_sub(1).and_then(|below| chain.get(&Height(below)));
            if parent.is_some_and(|(digest, _)| *digest != block.parent) {
                self.broken(property::AGREEMENT, format!("the block at height {height} has another parent"));
            }
        }
    }

    /// Every finalization and settlement certificate on one node's disk.
    pub(super) fn certificates(&mut self, node: &SimulatedNode) {
        let store = node.store();
        for (height, certificate) in store.finalizations() {
            let digest = store.blocks().get(height).map(Block::digest);
            let names_it = digest.is_some_and(|block| certificate.vote.kind == VoteKind::Finalize { block });
            let set = self.sets.get(certificate.vote.epoch);
            let holds = set.is_some_and(|set| certificate.clone().verify(&self.context, set).is_ok());
            if !names_it || !holds {
                self.broken(property::VALIDITY, format!("height {height} is final without a valid certificate"));
            }
        }
        for (height, certificate) in store.settlements() {
            let ours = store.outcomes().get(height) == Some(&certificate.outcome);
            let set = self.sets.get(certificate.outcome.epoch);
            let holds = set.is_some_and(|set| certificate.clone().verify(&self.context, set).is_ok());
            if !ours || !holds {
                self.broken(property::VALIDITY, format!("height {height} is settled without a valid certificate"));
            }
        }
    }

    pub(super) fn entries_were_submitted(&mut self, executed: &Executed) {
        let unknown = |transaction: &Digest| *transaction != Digest::ZERO && !self.submitted.contains(transaction);
        let unknown = executed.entries.iter().map(|entry| entry.transaction).find(|id| unknown(id));
        if let Some(id) = unknown {
            let detail = format!("height {}: transaction {id} was never submitted", executed.outcome.height);
            self.broken(property::VALIDITY, detail);
        }
    }
}
