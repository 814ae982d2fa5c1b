//! The opened database with typed reads. Shared by the one writer and all readers.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{OnceLock, PoisonError, RwLock};

use corridor_crypto::Digest;
use corridor_types::{Decode, Height};
use rocksdb::{ColumnFamily, DB, DBPinnableSlice, Direction, IteratorMode, ReadOptions};

use crate::column::Column;
use crate::{SnapshotFolder, StoreError};

/// How far the node has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heights {
    /// The highest finalized block.
    pub finalized: Height,
    /// The highest executed block.
    pub executed: Height,
    /// Up to where settlement certificates are held without a gap.
    pub settled: Height,
    /// The lowest height from which on everything is held: 1, or the one after the snapshot with
    /// which the node began.
    pub oldest: Height,
}

impl Default for Heights {
    fn default() -> Self {
        Self { finalized: Height(0), executed: Height(0), settled: Height(0), oldest: Height(1) }
    }
}

impl Heights {
    /// True for a height whose block lies at or before the snapshot with which the node began: its
    /// entries and payments are not held.
    pub const fn is_before_snapshot(&self, height: Height) -> bool {
        height.0 > 0 && height.0 < self.oldest.0
    }

    /// The snapshot with which the node began; 0 if it began with genesis.
    pub const fn snapshot(&self) -> Height {
        Height(self.oldest.0.saturating_sub(1))
    }
}

/// A key and its value.
pub(crate) type Item = (Box<[u8]>, Box<[u8]>);

#[derive(Debug)]
pub(crate) struct Database {
    // Closed before the lock below is released.
    pub db: DB,
    pub path: PathBuf,
    pub genesis: Digest,
    pub heights: RwLock<Heights>,
    /// What is offered to nodes that join, once the node has opened it.
    pub snapshots: OnceLock<SnapshotFolder>,
    pub _lock: File,
}

impl Database {
    pub fn heights(&self) -> Heights {
        *self.heights.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_heights(&self, heights: Heights) {
        *self.heights.write().unwrap_or_else(PoisonError::into_inner) = heights;
    }

    pub fn column(&self, column: Column) -> Result<&ColumnFamily, StoreError> {
        // Every column is opened or created on opening.
        self.db.cf_handle(column.name()).ok_or_else(|| StoreError::damaged(column.name(), &[], "it does not exist"))
    }

    pub fn get(&self, column: Column, key: &[u8]) -> Result<Option<DBPinnableSlice<'_>>, StoreError> {
        let found = self.db.get_pinned_cf(self.column(column)?, key);
        found.map_err(|source| StoreError::Database { column: column.name(), source })
    }

    pub fn read<T: Decode>(&self, column: Column, key: &[u8]) -> Result<Option<T>, StoreError> {
        let value = self.get(column, key)?;
        value.map(|value| T::from_bytes(&value).map_err(StoreError::decode(column.name(), key))).transpose()
    }

    /// All items with `from <= key < to`, ascending. Does not fill the cache.
    pub fn scan(
        &self,
        column: Column,
        from: &[u8],
        to: Option<Vec<u8>>,
    ) -> Result<impl Iterator<Item = Result<Item, StoreError>> + use<'_>, StoreError> {
        let mut options = ReadOptions::default();
        options.fill_cache(false);
        options.set_total_order_seek(true);
        if let Some(to) = to {
            options.set_iterate_upper_bound(to);
        }
        self.iterate(column, options, IteratorMode::From(from, Direction::Forward))
    }

    /// Items from `from` downwards.
    pub fn scan_down(
        &self,
        column: Column,
        from: &[u8],
    ) -> Result<impl Iterator<Item = Result<Item, StoreError>> + use<'_>, StoreError> {
        let mut options = ReadOptions::default();
        options.set_total_order_seek(true);
        self.iterate(column, options, IteratorMode::From(from, Direction::Reverse))
    }

    /// Items whose key starts with the column's prefix of `from`, from `from` downwards.
    pub fn scan_prefix_down(
        &self,
        column: Column,
        from: &[u8],
    ) -> Result<impl Iterator<Item = Result<Item, StoreError>> + use<'_>, StoreError> {
        let mut options = ReadOptions::default();
        options.set_prefix_same_as_start(true);
        self.iterate(column, options, IteratorMode::From(from, Direction::Reverse))
    }

    fn iterate(
        &self,
        column: Column,
        options: ReadOptions,
        mode: IteratorMode<'_>,
    ) -> Result<impl Iterator<Item = Result<Item, StoreError>> + use<'_>, StoreError> {
        let items = self.db.iterator_cf_opt(self.column(column)?, options, mode);
        Ok(items.map(move |item| item.map_err(|source| StoreError::Database { column: column.name(), source })))
    }

    /// The item with the greatest key of a column keyed by height.
    pub fn last<T: Decode>(&self, column: Column) -> Result<Option<(Height, T)>, StoreError> {
        self.last_up_to(column, Height(u64::MAX))
    }

    /// The item with the greatest height that is not above `height`.
    pub fn last_up_to<T: Decode>(&self, column: Column, height: Height) -> Result<Option<(Height, T)>, StoreError> {
        let item = self.scan_down(column, &height.0.to_be_bytes())?.next();
        item.map(|item| decode_item(column, item)).transpose()
    }

    /// Items of a column keyed by height, ascending from `from`.
    pub fn at_and_above<T: Decode>(
        &self,
        column: Column,
        from: Height,
    ) -> Result<impl Iterator<Item = Result<(Height, T), StoreError>>, StoreError> {
        Ok(self.scan(column, &from.0.to_be_bytes(), None)?.map(move |item| decode_item(column, item)))
    }
}

/// Decodes an item of a column keyed by height.
fn decode_item<T: Decode>(column: Column, item: Result<Item, StoreError>) -> Result<(Height, T), StoreError> {
    let (key, value) = item?;
    let height = Height::from_bytes(&key).map_err(StoreError::decode(column.name(), &key))?;
    Ok((height, T::from_bytes(&value).map_err(StoreError::decode(column.name(), &key))?))
}
