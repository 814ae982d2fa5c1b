//! Turns a list of writes into one batch of RocksDB.

use std::collections::BTreeSet;

use corridor_crypto::{Digest, Domain};
use corridor_types::codec::encode_bytes;
use corridor_types::persist::{Change, Draft, Executed, Restored, Write};
use corridor_types::{
    Batch, Block, Certificate, Decode, Encode, Epoch, Evidence, Handover, Height, Movement, Outcome,
    SettlementCertificate, View,
};
use rocksdb::WriteBatch;

use crate::StoreError;
use crate::chunk::encode_chunks;
use crate::column::{
    Column, batch_key, epoch_key, height_key, meta, movement_key, pending_block_key, pending_certificate_key,
    record_key,
};
use crate::database::{Database, Heights};

/// Pieces of evidence kept. Each names a key and one is enough to act on it; the bound keeps a
/// validator that equivocates in every view from filling the disk.
pub const MAX_EVIDENCE: usize = 10_000;

/// What is in [`Column::Pending`]: small, as the replica prunes it.
pub(crate) type PendingKeys = BTreeSet<PendingKey>;

/// A key of [`Column::Pending`] with what it is pruned by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PendingKey {
    pub view: View,
    pub epoch: Epoch,
    pub key: Vec<u8>,
}

/// Greater than every key: none is this long.
const BEHIND_ALL: [u8; 1024] = [0xff; 1024];

/// A batch under construction. If a step fails, nothing of it is used.
pub(crate) struct Staging<'a> {
    database: &'a Database,
    pub batch: WriteBatch,
    pub heights: Heights,
    pub pending: &'a mut PendingKeys,
    pub evidence: &'a mut BTreeSet<Digest>,
    /// Settlement certificates that the batch brings.
    settlements: BTreeSet<Height>,
    /// The batch replaces what the database says about the chain: that is not to be asked any more.
    restored: bool,
}

impl<'a> Staging<'a> {
    pub fn new(database: &'a Database, pending: &'a mut PendingKeys, evidence: &'a mut BTreeSet<Digest>) -> Self {
        let (batch, heights) = (WriteBatch::default(), database.heights());
        Self { database, batch, heights, pending, evidence, settlements: BTreeSet::new(), restored: false }
    }

    fn put(&mut self, column: Column, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        self.batch.put_cf(self.database.column(column)?, key, value);
        Ok(())
    }

    fn delete(&mut self, column: Column, key: &[u8]) -> Result<(), StoreError> {
        self.batch.delete_cf(self.database.column(column)?, key);
        Ok(())
    }

    /// What the database says about the chain and the batch does not replace.
    fn held<T: Decode>(&self, column: Column, key: &[u8]) -> Result<Option<T>, StoreError> {
        if self.restored { Ok(None) } else { self.database.read(column, key) }
    }

    pub fn add(&mut self, write: &Write) -> Result<(), StoreError> {
        match write {
            Write::Batch(batch) => self.add_batch(batch),
            Write::Draft(draft) => self.add_draft(draft),
            Write::PendingBlock(block) => {
                let (view, epoch, key) = (block.view, block.epoch, pending_block_key(&block.digest()));
                self.add_pending(PendingKey { view, epoch, key }, block)
            }
            Write::PendingCertificate(certificate) => {
                let (view, epoch) = (certificate.vote.view, certificate.vote.epoch);
                let key = pending_certificate_key(certificate);
                self.add_pending(PendingKey { view, epoch, key }, certificate)
            }
            Write::Finalized { block, finalization } => self.add_finalized(block, finalization.as_ref()),
            Write::PrunePending { below } => self.prune_pending(*below),
            Write::Executed(executed) => self.add_executed(executed),
            Write::Settlement(certificate) => self.add_settlement(certificate),
            Write::Evidence(evidence) => self.add_evidence(evidence),
            Write::Seal(seal) => self.put(Column::Meta, meta::SEAL, &seal.to_bytes()),
            Write::Handover(handover) => self.add_handover(handover),
            Write::Restored(restored) => self.restore(restored),
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

    fn add_pending(&mut self, key: PendingKey, value: &impl Encode) -> Result<(), StoreError> {
        self.put(Column::Pending, &key.key, &value.to_bytes())?;
        self.pending.insert(key);
        Ok(())
    }

    fn prune_pending(&mut self, below: View) -> Result<(), StoreError> {
        self.drop_pending(|pending| pending.view < below)
    }

    fn drop_pending(&mut self, is_done: impl Fn(&PendingKey) -> bool) -> Result<(), StoreError> {
        let done: Vec<_> = self.pending.extract_if(.., |pending| is_done(pending)).collect();
        done.iter().try_for_each(|pending| self.delete(Column::Pending, &pending.key))
    }

    fn add_finalized(&mut self, block: &Block, finalization: Option<&Certificate>) -> Result<(), StoreError> {
        let (height, key) = (block.height, height_key(block.height));
        let held = if height > self.heights.finalized { None } else { self.held(Column::Blocks, &key)? };
        if held.is_some_and(|held: Block| held != *block) {
            return Err(StoreError::Contradiction { what: "the block", height });
        }
        self.put(Column::Blocks, &key, &block.to_bytes())?;
        self.put(Column::Names, block.digest().as_bytes(), &key)?;
        if let Some(finalization) = finalization {
            self.put(Column::Finalizations, &key, &finalization.to_bytes())?;
        }
        self.heights.finalized = self.heights.finalized.max(height);
        if block.is_boundary() {
            // The epoch is over. What is pending of views above the boundary would outlive every
            // pruning by view, as the next epoch counts on from the boundary's.
            self.drop_pending(|pending| pending.epoch <= block.epoch)?;
        }
        Ok(())
    }

    fn add_executed(&mut self, executed: &Executed) -> Result<(), StoreError> {
        let (height, key) = (executed.outcome.height, height_key(executed.outcome.height));
        let held = if height > self.heights.executed { None } else { self.held(Column::Outcomes, &key)? };
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
        self.add_movements(&executed.movements)?;
        self.change_records(&executed.changes)?;
        self.heights.executed = self.heights.executed.max(height);
        Ok(())
    }

    /// Sorted, as RocksDB takes neighbouring keys faster.
    fn add_movements(&mut self, movements: &[Movement]) -> Result<(), StoreError> {
        let mut sorted: Vec<&Movement> = movements.iter().collect();
        sorted.sort_unstable_by_key(|movement| (movement.account, movement.number));
        sorted.into_iter().try_for_each(|movement| {
            let key = movement_key(movement.account, movement.number);
            self.put(Column::Movements, &key, &movement.to_bytes())
        })
    }

    fn change_records(&mut self, changes: &[Change]) -> Result<(), StoreError> {
        for change in changes {
            let key = record_key(change.table, &change.key);
            match &change.value {
                Some(value) => self.put(Column::Records, &key, value)?,
                None => self.delete(Column::Records, &key)?,
            }
        }
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
        let held = || Ok(self.database.get(Column::Settlements, &height_key(height))?.is_some());
        if staged || self.restored { Ok(staged) } else { held() }
    }

    fn add_handover(&mut self, handover: &Handover) -> Result<(), StoreError> {
        let (key, height) = (epoch_key(handover.boundary.epoch), handover.boundary.height);
        let held: Option<Handover> = self.database.read(Column::Handovers, &key)?;
        if held.is_some_and(|held| (held.boundary, held.next) != (handover.boundary.clone(), handover.next.clone())) {
            return Err(StoreError::Contradiction { what: "the handover", height });
        }
        self.put(Column::Handovers, &key, &handover.to_bytes())
    }

    fn restore(&mut self, restored: &Restored) -> Result<(), StoreError> {
        let Restored { block, certificate, records } = restored;
        let (outcome, height, key) = (&certificate.outcome, block.height, height_key(block.height));
        let unfit = |problem| Err(StoreError::UnfitSnapshot { height, problem });
        if (outcome.height, outcome.block) != (height, block.digest()) {
            return unfit("its certificate is of another block");
        }
        if height <= self.heights.executed {
            return unfit("this node has executed that block");
        }
        self.clear_chain()?;
        self.put(Column::Blocks, &key, &block.to_bytes())?;
        self.put(Column::Names, block.digest().as_bytes(), &key)?;
        self.put(Column::Settlements, &key, &certificate.to_bytes())?;
        self.put(Column::Outcomes, &key, &outcome.to_bytes())?;
        self.change_records(records)?;
        self.heights = Heights { finalized: height, executed: height, settled: height, oldest: height.next() };
        self.put(Column::Meta, meta::SETTLED, &height.to_bytes())?;
        self.put(Column::Meta, meta::OLDEST, &height.next().to_bytes())
    }

    /// Removes all that is known about the chain, in the database and earlier in the batch.
    fn clear_chain(&mut self) -> Result<(), StoreError> {
        for column in Column::RESTORED {
            self.batch.delete_range_cf(self.database.column(column)?, &[][..], &BEHIND_ALL[..]);
        }
        self.delete(Column::Meta, meta::SEAL)?;
        self.pending.clear();
        self.settlements.clear();
        self.restored = true;
        Ok(())
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
