//! The index from a reference to the entries about it. Derived from the entries, so it is written
//! without the log and completed on opening.

use corridor_types::{Decode, Encode, Entry, EntryKind, Height, Outcome, Payment, Uetr};
use rocksdb::{WriteBatch, WriteOptions};

use crate::column::Column;
use crate::database::Database;
use crate::{StoreError, chunk};

/// The height up to which the index is complete. Shorter than any key of the index. It is written
/// with each block's part, to the same column family, so that a flush keeps both or neither.
const COMPLETE: &[u8] = b"complete";

/// One entry about a reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Occurrence {
    pub reference: Uetr,
    pub height: Height,
    /// Among the block's entries.
    pub position: u32,
    /// Among the block's payments, if the payment was first seen here.
    pub payment: Option<u32>,
}

impl Occurrence {
    fn key(&self) -> Vec<u8> {
        (self.reference, (self.height, self.position)).to_bytes()
    }

    fn value(&self) -> Vec<u8> {
        self.payment.map(|position| position.to_bytes()).unwrap_or_default()
    }

    fn read(key: &[u8], value: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::decode(Column::References.name(), key);
        let (reference, (height, position)) = Decode::from_bytes(key).map_err(damaged())?;
        let payment = if value.is_empty() { None } else { Some(u32::from_bytes(value).map_err(damaged())?) };
        Ok(Self { reference, height, position, payment })
    }
}

/// What a block adds to the index, ascending: RocksDB takes sorted keys faster.
fn of_block(height: Height, entries: &[Entry], payments: &[Payment]) -> Vec<Occurrence> {
    let mut new_payments = payments.iter().zip(0u32..).peekable();
    let mut list: Vec<_> = (0u32..)
        .zip(entries)
        .map(|(position, entry)| {
            // Payments stand in the order of the entries that brought them.
            let brings = entry.kind == EntryKind::Pay;
            let payment = new_payments.next_if(|(payment, _)| brings && payment.uetr == entry.reference);
            let payment = payment.map(|(_, number)| number);
            Occurrence { reference: entry.reference, height, position, payment }
        })
        .collect();
    list.sort_unstable();
    list
}

/// Adds a block whose entries are durable.
pub(crate) fn add(
    database: &Database,
    height: Height,
    entries: &[Entry],
    payments: &[Payment],
) -> Result<(), StoreError> {
    let column = database.column(Column::References)?;
    let mut batch = WriteBatch::default();
    for occurrence in of_block(height, entries, payments) {
        batch.put_cf(column, occurrence.key(), occurrence.value());
    }
    batch.put_cf(column, COMPLETE, height.to_bytes());
    let mut options = WriteOptions::default();
    options.disable_wal(true);
    let written = database.db.write_opt(batch, &options);
    written.map_err(|source| StoreError::Database { column: Column::References.name(), source })
}

/// Adds every executed block that the index lacks.
pub(crate) fn complete(database: &Database) -> Result<(), StoreError> {
    let complete: Height = database.read(Column::References, COMPLETE)?.unwrap_or_default();
    for item in database.at_and_above::<Outcome>(Column::Outcomes, complete.next())? {
        let (height, _) = item?;
        let entries = chunk::read_all(database, Column::Entries, height)?;
        let payments = chunk::read_all(database, Column::Payments, height)?;
        add(database, height, &entries, &payments)?;
    }
    Ok(())
}

/// The newest occurrences of a reference, newest first.
pub(crate) fn newest_first(
    database: &Database,
    reference: &Uetr,
) -> Result<impl Iterator<Item = Result<Occurrence, StoreError>>, StoreError> {
    let from = (*reference, (Height(u64::MAX), u32::MAX)).to_bytes();
    let items = database.scan_prefix_down(Column::References, &from)?;
    Ok(items.map(|item| item.and_then(|(key, value)| Occurrence::read(&key, &value))))
}

/// The occurrence that brought the payment.
pub(crate) fn first_seen(database: &Database, reference: &Uetr) -> Result<Option<Occurrence>, StoreError> {
    let (from, to) = (reference.to_bytes(), (*reference, (Height(u64::MAX), u32::MAX)).to_bytes());
    for item in database.scan(Column::References, &from, Some(to))? {
        let (key, value) = item?;
        let occurrence = Occurrence::read(&key, &value)?;
        if occurrence.payment.is_some() {
            return Ok(Some(occurrence));
        }
    }
    Ok(None)
}
