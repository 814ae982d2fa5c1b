//! Epochs: one validator set per height on every path, and every change of it proven from genesis on.

use std::collections::BTreeMap;

use corridor_crypto::{Digest, merkle};
use corridor_types::persist::Executed;
use corridor_types::{Block, Entry, Epoch, Handover, Height, Payment, Receipt, ValidatorSets, walk_handovers};

use super::{Checks, property};
use crate::node::SimulatedNode;
use crate::roster::Address;

impl Checks {
    /// All validator sets that any honest node knows.
    pub const fn sets(&self) -> &ValidatorSets {
        &self.sets
    }

    /// An honest node learned validator sets: all know the same one for an epoch.
    pub fn learned(&mut self, by: Address, sets: &ValidatorSets) {
        for set in sets.iter() {
            match self.sets.get(set.epoch()) {
                None => self.sets.insert(set.clone()),
                Some(known) if known != set => {
                    let detail = format!("node {by} has another set of epoch {} than others", set.epoch());
                    self.broken(property::EPOCHS, detail);
                }
                Some(_) => {}
            }
        }
    }

    /// An honest node stands after a height with this set in force: all do at that height.
    pub fn stands(&mut self, by: Address, height: Height, set: Digest) {
        let known = *self.sets_after.entry(height).or_insert(set);
        if known != set {
            self.broken(property::EPOCHS, format!("node {by} has another set after height {height} than others"));
        }
    }

    /// The proofs that a node can give lead from genesis to where it stands.
    pub(super) fn handovers(&mut self, node: &SimulatedNode) {
        let Some(replica) = node.replica() else { return };
        let Ok(first) = self.genesis.validator_set() else { return };
        let handovers: Vec<Handover> = node.store().handovers().values().cloned().collect();
        match walk_handovers(&self.context, first, &handovers) {
            Err(error) => self.broken(property::EPOCHS, format!("handovers of node {}: {error}", node.address())),
            Ok(sets) => {
                // The last boundary may wait for its certificate.
                let settled = node.store().blocks().get(&replica.heights().settled);
                let expected = settled.map_or(Epoch(0), Block::next_epoch);
                let got = sets.current().epoch();
                if got != expected || self.sets.get(got) != Some(sets.current()) {
                    let detail = format!("node {} can prove epoch {got} and has settled {expected}", node.address());
                    self.broken(property::EPOCHS, detail);
                }
            }
        }
    }

    /// A receipt of each epoch, as a node that holds everything gives it.
    pub(super) fn receipts(&mut self, node: &SimulatedNode) {
        let store = node.store();
        let mut newest: BTreeMap<Epoch, (&Executed, &Entry, Option<Payment>)> = BTreeMap::new();
        let mut payments: BTreeMap<_, &Payment> = BTreeMap::new();
        for executed in store.executed().values() {
            payments.extend(executed.payments.iter().map(|payment| (payment.uetr, payment)));
            for entry in &executed.entries {
                let payment = payments.get(&entry.reference).filter(|payment| payment.content() == entry.content);
                let payment = payment.map(|payment| (*payment).clone());
                if payment.is_some() || entry.status.is_none() {
                    newest.insert(executed.outcome.epoch, (executed, entry, payment));
                }
            }
        }
        for (epoch, (executed, entry, payment)) in newest {
            let Some(certificate) = store.settlements().get(&entry.height).cloned() else { continue };
            let leaves: Vec<Digest> = executed.entries.iter().map(Entry::leaf).collect();
            let path = merkle::inclusion_proof(&leaves, entry.position as usize).unwrap_or_default();
            let handovers = store.handovers().range(..epoch).map(|(_, handover)| handover.clone()).collect();
            let genesis = self.genesis.digest();
            let receipt = Receipt { genesis, entry: entry.clone(), payment, path, certificate, handovers };
            if let Err(error) = receipt.verify(&self.genesis) {
                self.broken(property::RECEIPTS, format!("receipt of height {}: {error}", entry.height));
            }
        }
    }
}
