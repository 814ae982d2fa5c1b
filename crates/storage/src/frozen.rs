//! The ledger's records as they stood after one block, while the database goes on.

use std::sync::mpsc;
use std::thread::{self, JoinHandle};

use corridor_types::persist::{Change, Table};
use corridor_types::{Block, Decode as _, Height, Outcome};
use rocksdb::{Direction, IteratorMode, ReadOptions, Snapshot};

use crate::column::{Column, height_key, record_key};
use crate::database::{Database, Item};
use crate::{Reader, StoreError};

/// A view of all records after one executed block. While it lives, the database keeps what is
/// changed since on disk: minutes are fine, days are not.
pub struct RecordsAt<'a> {
    database: &'a Database,
    snapshot: Snapshot<'a>,
    block: Block,
    outcome: Outcome,
}

impl std::fmt::Debug for RecordsAt<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RecordsAt").field("outcome", &self.outcome).finish_non_exhaustive()
    }
}

impl Reader {
    /// The state after the highest executed block, from now on unchanged. `None` if nothing was
    /// executed.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn records_at_head(&self) -> Result<Option<RecordsAt<'_>>, StoreError> {
        let (database, snapshot) = (&*self.database, self.database.db.snapshot());
        let mut newest = ReadOptions::default();
        newest.set_total_order_seek(true);
        let column = database.column(Column::Outcomes)?;
        let failed = |column: Column| move |source| StoreError::Database { column: column.name(), source };
        let Some(item) = snapshot.iterator_cf_opt(column, newest, IteratorMode::End).next() else { return Ok(None) };
        let (key, value) = item.map_err(failed(Column::Outcomes))?;
        let outcome = Outcome::from_bytes(&value).map_err(StoreError::decode(Column::Outcomes.name(), &key))?;
        let key = height_key(outcome.height);
        let block = snapshot.get_cf(database.column(Column::Blocks)?, key).map_err(failed(Column::Blocks))?;
        let missing = || StoreError::damaged(Column::Blocks.name(), &key, "the executed block is missing");
        let block = Block::from_bytes(&block.ok_or_else(missing)?);
        let block = block.map_err(StoreError::decode(Column::Blocks.name(), &key))?;
        Ok(Some(RecordsAt { database, snapshot, block, outcome }))
    }

    /// Takes the state after the highest executed block as it is before this returns, and works on
    /// it in a thread of its own, which then returns `Some`. `None` if nothing was executed.
    ///
    /// # Errors
    /// [`StoreError`]; also if the system has no thread left.
    pub fn freeze<T: Send + 'static>(
        &self,
        work: impl FnOnce(&RecordsAt<'_>) -> T + Send + 'static,
    ) -> Result<Option<JoinHandle<Option<T>>>, StoreError> {
        let (reader, (taken, wait)) = (self.clone(), mpsc::sync_channel(1));
        let body = move || {
            let records = match reader.records_at_head() {
                Ok(Some(records)) => records,
                other => {
                    taken.send(other.map(|_| false)).unwrap_or_default();
                    return None;
                }
            };
            taken.send(Ok(true)).unwrap_or_default();
            Some(work(&records))
        };
        let failed = |error: &dyn std::fmt::Display| StoreError::Frozen { problem: error.to_string() };
        let spawned = thread::Builder::new().name("frozen-records".to_owned()).spawn(body);
        let handle = spawned.map_err(|error| failed(&error))?;
        let is_taken = wait.recv().map_err(|error| failed(&error))??;
        Ok(is_taken.then_some(handle))
    }
}

impl RecordsAt<'_> {
    /// The block after which the state stands.
    pub const fn block(&self) -> &Block {
        &self.block
    }

    /// The height of the last block that these records include.
    pub const fn height(&self) -> Height {
        self.outcome.height
    }

    /// What this node computed for the block. Its settlement certificate may arrive later.
    pub const fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// All records, ascending by table and key. Does not fill the cache.
    ///
    /// # Errors
    /// [`StoreError`], also of each item.
    pub fn records(&self) -> Result<impl Iterator<Item = Result<Change, StoreError>> + use<'_>, StoreError> {
        self.scan(&[], None)
    }

    /// The records of one table, ascending by key, behind the key `after` if one is given.
    ///
    /// # Errors
    /// [`StoreError`], also of each item.
    pub fn records_of(
        &self,
        table: Table,
        after: Option<&[u8]>,
    ) -> Result<impl Iterator<Item = Result<Change, StoreError>> + use<'_>, StoreError> {
        let mut from = record_key(table, after.unwrap_or_default());
        // The smallest key behind `after`.
        from.extend(after.map(|_| 0));
        self.scan(&from, table.0.checked_add(1).map(|next| vec![next]))
    }

    fn scan(
        &self,
        from: &[u8],
        to: Option<Vec<u8>>,
    ) -> Result<impl Iterator<Item = Result<Change, StoreError>> + use<'_>, StoreError> {
        let (column, mut options) = (self.database.column(Column::Records)?, ReadOptions::default());
        options.fill_cache(false);
        options.set_total_order_seek(true);
        if let Some(to) = to {
            options.set_iterate_upper_bound(to);
        }
        let items = self.snapshot.iterator_cf_opt(column, options, IteratorMode::From(from, Direction::Forward));
        let failed = |source| StoreError::Database { column: Column::Records.name(), source };
        Ok(items.map(move |item| item.map_err(failed).and_then(record)))
    }
}

/// A record as it is stored.
pub(crate) fn record((key, value): Item) -> Result<Change, StoreError> {
    let damaged = || StoreError::damaged(Column::Records.name(), &key, "the key is empty");
    let (table, rest) = key.split_first().ok_or_else(damaged)?;
    Ok(Change { table: Table(*table), key: rest.to_vec(), value: Some(value.into_vec()) })
}
