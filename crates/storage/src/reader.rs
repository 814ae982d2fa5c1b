//! Reads for the API and the network, from any thread.

use std::sync::Arc;

use corridor_crypto::Digest;
use corridor_types::persist::Table;
use corridor_types::{
    Batch, Block, Certificate, Decode, Entry, Evidence, Height, Outcome, ParticipantId, Payment, Request, Response,
    Sequence, SettlementCertificate, Uetr,
};

use crate::column::{Column, batch_key, height_key, record_key};
use crate::database::{Database, Heights};
use crate::{StoreError, answer, chunk, references};

/// The most entries that [`Reader::history`] gives. A payment has a handful; more come only from
/// somebody who repeats requests about it.
pub const MAX_HISTORY: usize = 256;

/// A ledger record's key within its table, and its value.
pub type KeyAndValue = (Vec<u8>, Vec<u8>);

/// Reads what is durable. Cheap to clone; keeps the database open while it lives.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(crate) database: Arc<Database>,
}

impl Reader {
    pub(crate) const fn new(database: Arc<Database>) -> Self {
        Self { database }
    }

    /// How far the node has come.
    pub fn heights(&self) -> Heights {
        self.database.heights()
    }

    /// The answer to a peer's question, if this disk has one.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn answer(&self, request: &Request) -> Result<Option<Response>, StoreError> {
        answer::answer(&self.database, request)
    }

    /// A finalized block.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn block(&self, height: Height) -> Result<Option<Block>, StoreError> {
        self.database.read(Column::Blocks, &height_key(height))
    }

    /// A block by name, pending or finalized.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn block_by_digest(&self, digest: &Digest) -> Result<Option<Block>, StoreError> {
        answer::block(&self.database, digest)
    }

    /// A finalized block's own finalization; `None` if a descendant's finalized it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn finalization(&self, height: Height) -> Result<Option<Certificate>, StoreError> {
        self.database.read(Column::Finalizations, &height_key(height))
    }

    /// The settlement certificate of a height.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn settlement(&self, height: Height) -> Result<Option<SettlementCertificate>, StoreError> {
        self.database.read(Column::Settlements, &height_key(height))
    }

    /// What this node computed for a height.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outcome(&self, height: Height) -> Result<Option<Outcome>, StoreError> {
        self.database.read(Column::Outcomes, &height_key(height))
    }

    /// A batch of a lane.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn batch(&self, lane: ParticipantId, sequence: Sequence, digest: &Digest) -> Result<Option<Batch>, StoreError> {
        self.database.read(Column::Batches, &batch_key(lane, sequence, digest))
    }

    /// All entries of a block, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn entries(&self, height: Height) -> Result<Vec<Entry>, StoreError> {
        chunk::read_all(&self.database, Column::Entries, height)
    }

    /// One entry of a block.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn entry(&self, height: Height, position: u32) -> Result<Option<Entry>, StoreError> {
        chunk::read_element(&self.database, Column::Entries, height, position)
    }

    /// The payments first seen in a block, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn payments(&self, height: Height) -> Result<Vec<Payment>, StoreError> {
        chunk::read_all(&self.database, Column::Payments, height)
    }

    /// The entries about a payment or operation, oldest first; of a longer history, the newest
    /// [`MAX_HISTORY`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn history(&self, reference: &Uetr) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for occurrence in references::newest_first(&self.database, reference)?.take(MAX_HISTORY) {
            let occurrence = occurrence?;
            let entry = self.entry(occurrence.height, occurrence.position)?;
            let entry = entry.filter(|entry| entry.reference == *reference && entry.position == occurrence.position);
            entries.push(entry.ok_or_else(|| damaged_index(reference))?);
        }
        entries.reverse();
        Ok(entries)
    }

    /// A payment as it was first submitted.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn payment(&self, uetr: &Uetr) -> Result<Option<Payment>, StoreError> {
        let Some(occurrence) = references::first_seen(&self.database, uetr)? else { return Ok(None) };
        let Some(number) = occurrence.payment else { return Ok(None) };
        let payment: Option<Payment> =
            chunk::read_element(&self.database, Column::Payments, occurrence.height, number)?;
        let payment = payment.filter(|payment| payment.uetr == *uetr);
        Ok(Some(payment.ok_or_else(|| damaged_index(uetr))?))
    }

    /// One ledger record.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn record(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.database.get(Column::Records, &record_key(table, key))?.map(|value| value.to_vec()))
    }

    /// Up to `limit` records of a table, ascending by key, behind the key `after` if one is given:
    /// the last key of one page is the `after` of the next.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn records_of(&self, table: Table, after: Option<&[u8]>, limit: usize) -> Result<Vec<KeyAndValue>, StoreError> {
        let mut from = record_key(table, after.unwrap_or_default());
        if after.is_some() {
            // The smallest key behind `after`.
            from.push(0);
        }
        let to = table.0.checked_add(1).map(|next| vec![next]);
        let items = self.database.scan(Column::Records, &from, to)?.take(limit);
        items.map(|item| item.map(|(key, value)| (key[1..].to_vec(), value.into_vec()))).collect()
    }

    /// All evidence of misbehaviour, at most [`crate::MAX_EVIDENCE`] pieces.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn evidence(&self) -> Result<Vec<Evidence>, StoreError> {
        let items = self.database.scan(Column::Evidence, &[], None)?;
        items
            .map(|item| {
                let (key, value) = item?;
                Evidence::from_bytes(&value).map_err(StoreError::decode(Column::Evidence.name(), &key))
            })
            .collect()
    }
}

fn damaged_index(reference: &Uetr) -> StoreError {
    let key = corridor_types::Encode::to_bytes(reference);
    StoreError::damaged(Column::References.name(), &key, "it points to something else")
}
