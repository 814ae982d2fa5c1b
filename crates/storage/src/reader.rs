//! Reads for the API and the network, from any thread.

use std::sync::Arc;

use corridor_crypto::Digest;
use corridor_types::persist::Table;
use corridor_types::{
    Batch, Block, Certificate, Decode, Entry, EntryKind, Epoch, Evidence, Handover, Height, Outcome, ParticipantId,
    Payment, Request, Response, Sequence, SettlementCertificate, Uetr,
};

use crate::column::{Column, batch_key, epoch_key, height_key, record_key};
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
    /// [`StoreError`]; [`StoreError::BeforeSnapshot`] below the snapshot with which the node began.
    pub fn block(&self, height: Height) -> Result<Option<Block>, StoreError> {
        self.read_at(Column::Blocks, height)
    }

    /// An item by height; what is missing at or before the snapshot is not held, rather than not there.
    fn read_at<T: Decode>(&self, column: Column, height: Height) -> Result<Option<T>, StoreError> {
        match self.database.read(column, &height_key(height))? {
            None => self.check_held(height).map(|()| None),
            found => Ok(found),
        }
    }

    /// Refuses what happened at or before the snapshot with which the node began.
    fn check_held(&self, height: Height) -> Result<(), StoreError> {
        let heights = self.heights();
        let snapshot = heights.snapshot();
        if heights.is_before_snapshot(height) { Err(StoreError::BeforeSnapshot { snapshot }) } else { Ok(()) }
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
        self.read_at(Column::Finalizations, height)
    }

    /// The settlement certificate of a height.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn settlement(&self, height: Height) -> Result<Option<SettlementCertificate>, StoreError> {
        self.read_at(Column::Settlements, height)
    }

    /// What this node computed for a height.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outcome(&self, height: Height) -> Result<Option<Outcome>, StoreError> {
        self.read_at(Column::Outcomes, height)
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
        self.check_held(height)?;
        chunk::read_all(&self.database, Column::Entries, height)
    }

    /// One entry of a block.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn entry(&self, height: Height, position: u32) -> Result<Option<Entry>, StoreError> {
        self.check_held(height)?;
        chunk::read_element(&self.database, Column::Entries, height, position)
    }

    /// The payments first seen in a block, in order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn payments(&self, height: Height) -> Result<Vec<Payment>, StoreError> {
        self.check_held(height)?;
        chunk::read_all(&self.database, Column::Payments, height)
    }

    /// The entries about a payment or operation, oldest first; of a longer history, the newest
    /// [`MAX_HISTORY`]. A node that began with a snapshot gives those after it.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::BeforeSnapshot`] if there are none after the snapshot: whether
    /// there were any before cannot be told here.
    pub fn history(&self, reference: &Uetr) -> Result<Vec<Entry>, StoreError> {
        let mut entries = Vec::new();
        for occurrence in references::newest_first(&self.database, reference)?.take(MAX_HISTORY) {
            let occurrence = occurrence?;
            let entry = self.entry(occurrence.height, occurrence.position)?;
            let entry = entry.filter(|entry| entry.reference == *reference && entry.position == occurrence.position);
            entries.push(entry.ok_or_else(|| damaged_index(reference))?);
        }
        entries.reverse();
        if entries.is_empty() { self.check_all_held().map(|()| entries) } else { Ok(entries) }
    }

    /// Refuses to say what there is not, if it may have been before the snapshot.
    fn check_all_held(&self) -> Result<(), StoreError> {
        self.check_held(self.heights().snapshot())
    }

    /// A payment as it was first submitted.
    ///
    /// # Errors
    /// [`StoreError`]; [`StoreError::BeforeSnapshot`] if it may have been first submitted before the
    /// snapshot with which the node began.
    pub fn payment(&self, uetr: &Uetr) -> Result<Option<Payment>, StoreError> {
        let first = references::first_seen(&self.database, uetr)?;
        match first.and_then(|occurrence| occurrence.payment.map(|number| (occurrence.height, number))) {
            Some((height, number)) => self.payment_at(uetr, height, number).map(Some),
            None if self.heights().snapshot() == Height(0) => Ok(None),
            // References of other operations never have a payment.
            None => match self.history(uetr)?.iter().any(is_about_payment) {
                true => self.check_all_held().map(|()| None),
                false => Ok(None),
            },
        }
    }

    fn payment_at(&self, uetr: &Uetr, height: Height, number: u32) -> Result<Payment, StoreError> {
        let payment: Option<Payment> = chunk::read_element(&self.database, Column::Payments, height, number)?;
        let payment = payment.filter(|payment| payment.uetr == *uetr);
        payment.ok_or_else(|| damaged_index(uetr))
    }

    /// The change of the validator set that ended an epoch.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn handover(&self, epoch: Epoch) -> Result<Option<Handover>, StoreError> {
        self.database.read(Column::Handovers, &epoch_key(epoch))
    }

    /// Up to `limit` changes of the validator set, none left out, from the end of epoch `from` on.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn handovers(&self, from: Epoch, limit: usize) -> Result<Vec<Handover>, StoreError> {
        answer::handovers_from(&self.database, from, limit)
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

/// An entry about an operation has neither: it reports on the operation's own reference.
const fn is_about_payment(entry: &Entry) -> bool {
    use EntryKind::{Attest, Cancel, Expire, Pay, Reject, Settle, Stop};
    entry.status.is_some() || matches!(entry.kind, Pay | Attest | Reject | Cancel | Expire | Settle | Stop)
}

fn damaged_index(reference: &Uetr) -> StoreError {
    let key = corridor_types::Encode::to_bytes(reference);
    StoreError::damaged(Column::References.name(), &key, "it points to something else")
}
