//! What a node keeps, in memory: the simulated counterpart of its database. Nothing fails here; see
//! `failing_disk`. Answers follow the same rules as the database's.

mod answer;
mod recover;

use std::collections::BTreeMap;
use std::sync::Arc;

use corridor_crypto::Digest;
use corridor_types::persist::{Change, Draft, Executed, Restored, Seal, Table, Write};
use corridor_types::{
    Batch, Block, Certificate, Epoch, Evidence, Handover, Height, Outcome, ParticipantId, Sequence,
    SettlementCertificate, SnapshotChunk, SnapshotManifest, View,
};

/// Snapshots kept, as the node keeps them.
const MAX_SNAPSHOTS: usize = 2;

/// Everything a node has made durable.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    batches: BTreeMap<(ParticipantId, Sequence, Digest), Arc<Batch>>,
    pending_blocks: BTreeMap<Digest, Block>,
    pending_certificates: BTreeMap<View, Vec<Certificate>>,
    blocks: BTreeMap<Height, Block>,
    heights: BTreeMap<Digest, Height>,
    finalizations: BTreeMap<Height, Certificate>,
    executed: BTreeMap<Height, Executed>,
    /// Of every executed block, and of a snapshot's.
    outcomes: BTreeMap<Height, Outcome>,
    settlements: BTreeMap<Height, SettlementCertificate>,
    handovers: BTreeMap<Epoch, Handover>,
    records: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    evidence: Vec<Evidence>,
    draft: Option<Draft>,
    seal: Option<Seal>,
    /// The height of the snapshot that this node began with; zero: none.
    restored: Height,
    /// The newest one, and the one before it for who is still fetching that.
    snapshots: Vec<Snapshot>,
    contradictions: Vec<String>,
}

/// A snapshot that peers may fetch.
#[derive(Debug, Clone)]
struct Snapshot {
    manifest: SnapshotManifest,
    chunks: Vec<SnapshotChunk>,
}

impl MemoryStore {
    /// Finalized blocks by height.
    pub const fn blocks(&self) -> &BTreeMap<Height, Block> {
        &self.blocks
    }

    /// What executing each block gave.
    pub const fn executed(&self) -> &BTreeMap<Height, Executed> {
        &self.executed
    }

    /// The outcome of every block that was executed, and of a snapshot's.
    pub const fn outcomes(&self) -> &BTreeMap<Height, Outcome> {
        &self.outcomes
    }

    /// Settlement certificates by height.
    pub const fn settlements(&self) -> &BTreeMap<Height, SettlementCertificate> {
        &self.settlements
    }

    /// Finalizations by the height of the block that each finalizes.
    pub const fn finalizations(&self) -> &BTreeMap<Height, Certificate> {
        &self.finalizations
    }

    /// Changes of validators, ascending by epoch.
    pub const fn handovers(&self) -> &BTreeMap<Epoch, Handover> {
        &self.handovers
    }

    /// The lowest height from which on everything is held.
    pub const fn oldest(&self) -> Height {
        self.restored.next()
    }

    /// The epoch of the block after the last executed one.
    pub fn epoch(&self) -> Epoch {
        let last = self.outcomes.keys().next_back().and_then(|height| self.blocks.get(height));
        last.map_or(Epoch(0), Block::next_epoch)
    }

    /// True if this very batch is held.
    pub fn holds(&self, lane: ParticipantId, sequence: Sequence, digest: Digest) -> bool {
        self.batches.contains_key(&(lane, sequence, digest))
    }

    /// This very batch, if it is held.
    pub fn batch(&self, lane: ParticipantId, sequence: Sequence, digest: Digest) -> Option<&Batch> {
        self.batches.get(&(lane, sequence, digest)).map(Arc::as_ref)
    }

    /// How many blocks and certificates of views that are not final are held.
    pub fn pending(&self) -> (usize, usize) {
        (self.pending_blocks.len(), self.pending_certificates.values().map(Vec::len).sum())
    }

    /// Evidence that was stored, oldest first.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    /// Writes that contradicted what was held: a database refuses them.
    pub fn contradictions(&self) -> &[String] {
        &self.contradictions
    }

    /// Applies all writes, in order.
    pub fn keep(&mut self, writes: &[Write]) {
        writes.iter().for_each(|write| self.apply(write));
    }

    fn apply(&mut self, write: &Write) {
        match write {
            Write::Batch(batch) => {
                let header = &batch.header;
                self.batches.insert((header.lane, header.sequence, header.digest()), batch.clone());
            }
            Write::Draft(draft) => self.draft = Some(draft.clone()),
            Write::PendingBlock(block) => {
                self.pending_blocks.insert(block.digest(), block.clone());
            }
            Write::PendingCertificate(certificate) => {
                let known = self.pending_certificates.entry(certificate.vote.view).or_default();
                if !known.iter().any(|other| other.vote == certificate.vote) {
                    known.push(certificate.clone());
                }
            }
            Write::Finalized { block, finalization } => self.finalized(block, finalization.as_ref()),
            Write::PrunePending { below } => {
                self.pending_certificates.retain(|view, _| view >= below);
                self.pending_blocks.retain(|_, block| block.view >= *below);
            }
            Write::Executed(executed) => self.apply_executed(executed),
            Write::Settlement(certificate) => {
                self.settlements.insert(certificate.outcome.height, certificate.clone());
            }
            Write::Evidence(evidence) => self.evidence.push(evidence.clone()),
            Write::Seal(seal) => self.seal = Some(seal.clone()),
            Write::Handover(handover) => {
                self.handovers.insert(handover.boundary.epoch, (**handover).clone());
            }
            Write::Restored(restored) => self.restore(restored),
        }
    }

    fn finalized(&mut self, block: &Block, finalization: Option<&Certificate>) {
        let held = self.blocks.insert(block.height, block.clone());
        if held.is_some_and(|held| held != *block) {
            self.contradictions.push(format!("another block was final at height {}", block.height));
        }
        self.heights.insert(block.digest(), block.height);
        if let Some(certificate) = finalization {
            self.finalizations.insert(block.height, certificate.clone());
        }
        if block.is_boundary() {
            self.pending_blocks.retain(|_, pending| pending.epoch > block.epoch);
            self.pending_certificates.values_mut().for_each(|list| list.retain(|held| held.vote.epoch > block.epoch));
            self.pending_certificates.retain(|_, list| !list.is_empty());
        }
    }

    fn apply_executed(&mut self, executed: &Executed) {
        self.change_records(&executed.changes);
        let outcome = executed.outcome;
        let held = self.outcomes.insert(outcome.height, outcome);
        if held.is_some_and(|held| held != outcome) {
            self.contradictions.push(format!("height {} had another outcome", outcome.height));
        }
        self.executed.insert(outcome.height, executed.clone());
    }

    fn change_records(&mut self, changes: &[Change]) {
        for Change { table, key, value } in changes {
            let key = (*table, key.clone());
            match value {
                Some(value) => self.records.insert(key, value.clone()),
                None => self.records.remove(&key),
            };
        }
    }

    fn restore(&mut self, restored: &Restored) {
        let Restored { block, certificate, records } = restored;
        if self.outcomes.keys().next_back().is_some_and(|height| *height >= block.height) {
            self.contradictions.push(format!("a snapshot of height {} came after that block", block.height));
        }
        let kept = std::mem::take(self);
        let (batches, evidence, handovers) = (kept.batches, kept.evidence, kept.handovers);
        let (draft, contradictions) = (kept.draft, kept.contradictions);
        *self = Self { batches, evidence, handovers, draft, contradictions, ..Self::default() };
        self.blocks.insert(block.height, block.clone());
        self.heights.insert(block.digest(), block.height);
        self.settlements.insert(block.height, certificate.clone());
        self.outcomes.insert(block.height, certificate.outcome);
        self.change_records(records);
        self.restored = block.height;
    }

    /// Offers a snapshot to peers; the one before stays.
    pub fn offer(&mut self, manifest: SnapshotManifest, chunks: Vec<SnapshotChunk>) {
        let older = self.snapshots.len().saturating_sub(MAX_SNAPSHOTS - 1);
        self.snapshots.drain(..older);
        self.snapshots.push(Snapshot { manifest, chunks });
    }

    /// The newest snapshot on offer.
    pub fn newest_snapshot(&self) -> Option<Height> {
        self.snapshots.last().map(|held| held.manifest.block.height)
    }

    /// Another state of the database; snapshots have a folder of their own.
    pub fn put_back(&mut self, copy: Self) {
        let snapshots = std::mem::take(&mut self.snapshots);
        *self = Self { snapshots, ..copy };
    }

    fn snapshot(&self, height: Height) -> Option<&Snapshot> {
        self.snapshots.iter().find(|held| held.manifest.block.height == height)
    }
}
