//! Turns a list of writes into one batch of RocksDB.

use std::collections::BTreeSet;

use corridor_crypto::{Digest, Domain};
use corridor_types::codec::encode_bytes;
use corridor_types::persist::{Draft, Executed, Write};
use corridor_types::{Batch, Block, Certificate, Encode, Evidence, Height, Outcome, SettlementCertificate, View};
use rocksdb::WriteBatch;

use crate::StoreError;
use crate::chunk::encode_chunks;
use crate::column::{Column, batch_key, height_key, meta, pending_block_key, pending_certificate_key, record_key};
use crate::database::{Database, Heights};

/// Pieces of evidence kept. Each names a key and one is enough to act on it; the bound keeps a
/// validator that equivocates in every view from filling the disk.
pub const MAX_EVIDENCE: usize = 10_000;

/// What is in [`Column::Pending`], by view: small, as the replica prunes it.
pub(crate) type PendingKeys = BTreeSet<(View, Vec<u8>)>;

/// A batch under construction. If a step fails, nothing of it is used.
pub(crate) struct Staging<'a> {
    database: &'a Database,
    pub batch: WriteBatch,
    pub heights: Heights,
    pub pending: &'a mut PendingKeys,
    pub evidence: &'a mut BTreeSet<Digest>,
    /// Settlement certificates that the batch brings.
    settlements: BTreeSet<Height>,
}

impl<'a> Staging<'a> {
    pub fn new(database: &'a Database, pending: &'a mut PendingKeys, evidence: &'a mut BTreeSet<Digest>) -> Self {
        let (batch, heights) = (WriteBatch::default(), database.heights());
        Self { database, batch, heights, pending, evidence, settlements: BTreeSet::new() }
    }

    fn put(&mut self, column: Column, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.batch.put_cf(self.database.column(column)?, key, value);
        Ok(())
    }

    fn delete(&mut self, column: Column, key: &[u8]) -> Result<(), StoreError> {
        self.batch.delete_cf(self.database.column(column)?, key);
        Ok(())
    }

    pub fn add(&mut self, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Batch(batch) => self.add_batch(batch),
            Write::Draft(draft) => self.add_draft(draft),
            Write::PendingBlock(block) => self.add_pending(block.view, pending_block_key(&block.digest()), block),
            Write::PendingCertificate(certificate) => {
                self.add_pending(certificate.vote.view, pending_certificate_key(certificate), certificate)
            }
            Write::Finalized { block, finalization } => self.add_finalized(block, finalization.as_ref()),
            Write::PrunePending { below } => self.prune_pending(*below),
            Write::Executed(executed) => self.add_executed(executed),
            Write::Settlement(certificate) => self.add_settlement(certificate),
            Write::Evidence(evidence) => self.add_evidence(evidence),
        }
    }

    fn add_batch(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let header = &batch.header;
        self.put(Column::Batches, &batch_key(header.lane, header.sequence, &header.digest()), &batch.to_bytes())
    }

    fn add_draft(&mut self, draft: &Draft) -> Result<(), StoreError> {
        let mut value = draft.header.to_bytes();
        encode_bytes(&draft.payload, &mut value);
        self.put(Column::Meta, meta::DRAFT, &value)
    }

    fn add_pending(&mut self, view: View, key: Vec<u8>, value: &impl Encode) -> Result<(), StoreError> {
        self.put(Column::Pending, &key, &value.to_bytes())?;
        self.pending.insert((view, key));
        Ok(())
    }

    fn prune_pending(&mut self, below: View) -> Result<(), StoreError> {
        let kept = self.pending.split_off(&(below, Vec::new()));
        for (_, key) in std::mem::replace(self.pending, kept) {
            self.delete(Column::Pending, &key)?;
        }
        Ok(())
    }

    fn add_finalized(&mut self, block: &Block, finalization: Option<&Certificate>) -> Result<(), StoreError> {
        let (height, key) = (block.height, height_key(block.height));
        let held = if height > self.heights.finalized { None } else { self.database.read(Column::Blocks, &key)? };
        if held.is_some_and(|held: Block| held != *block) {
            return Err(StoreError::Contradiction { what: "the block", height });
        }
        self.put(Column::Blocks, &key, &block.to_bytes())?;
        self.put(Column::Names, block.digest().as_bytes(), &key)?;
        if let Some(finalization) = finalization {
            self.put(Column::Finalizations, &key, &finalization.to_bytes())?;
        }
        self.heights.finalized = self.heights.finalized.max(height);
        Ok(())
    }

    fn add_executed(&mut self, executed: &Executed) -> Result<(), StoreError> {
        let (height, key) = (executed.outcome.height, height_key(executed.outcome.height));
        let held = if height > self.heights.executed { None } else { self.database.read(Column::Outcomes, &key)? };
        if held.is_some_and(|held: Outcome| held != executed.outcome) {
            return Err(StoreError::Contradiction { what: "the outcome", height });
        }
        self.put(Column::Outcomes, &key, &executed.outcome.to_bytes())?;
        for (key, value) in encode_chunks(height, &executed.entries) {
            self.put(Column::Entries, &key, &value)?;
        }
        for (key, value) in encode_chunks(height, &executed.payments) {
            self.put(Column::Payments, &key, &value)?;
        }
        for change in &executed.changes {
            let key = record_key(change.table, &change.key);
            match &change.value {
                Some(value) => self.put(Column::Records, &key, value)?,
                None => self.delete(Column::Records, &key)?,
            }
        }
        self.heights.executed = self.heights.executed.max(height);
        Ok(())
    }

    fn add_settlement(&mut self, certificate: &SettlementCertificate) -> Result<(), StoreError> {
        let height = certificate.outcome.height;
        self.put(Column::Settlements, &height_key(height), &certificate.to_bytes())?;
        self.settlements.insert(height);
        let before = self.heights.settled;
        while self.holds_settlement(self.heights.settled.next())? {
            self.heights.settled = self.heights.settled.next();
        }
        if self.heights.settled == before {
            return Ok(());
        }
        self.put(Column::Meta, meta::SETTLED, &self.heights.settled.to_bytes())
    }

    fn holds_settlement(&self, height: Height) -> Result<bool, StoreError> {
        let staged = self.settlements.contains(&height);
        Ok(staged || self.database.get(Column::Settlements, &height_key(height))?.is_some())
    }

    fn add_evidence(&mut self, evidence: &Evidence) -> Result<(), StoreError> {
        let bytes = evidence.to_bytes();
        let name = Digest::of(Domain::Evidence, &bytes);
        if self.evidence.len() >= MAX_EVIDENCE || !self.evidence.insert(name) {
            return Ok(());
        }
        self.put(Column::Evidence, name.as_bytes(), &bytes)
    }
}
