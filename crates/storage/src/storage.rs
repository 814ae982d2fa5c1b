//! The one writer.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use corridor_crypto::Digest;
use corridor_types::persist::{Change, Recovered, Store, Write};
use corridor_types::{Block, Certificate, Decode, Request, Response};
use rocksdb::WriteOptions;

use crate::column::{Column, PENDING_BLOCK};
use crate::database::{Database, Item};
use crate::staging::{PendingKey, PendingKeys, Staging};
use crate::{OpenError, Options, Reader, SnapshotFolder, StoreError, open, recover, references};

/// The database of one node, held by the one thread that writes.
#[derive(Debug)]
pub struct Storage {
    database: Arc<Database>,
    pending: PendingKeys,
    evidence: BTreeSet<Digest>,
    poisoned: bool,
}

impl Storage {
    /// Opens the database in the directory `path`, or creates it for the chain of `genesis`.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open(path: &Path, genesis: Digest, options: Options) -> Result<Self, OpenError> {
        let database = Arc::new(open::open(path, genesis, options)?);
        let damaged = |source| OpenError::Damaged { path: path.to_owned(), source };
        let pending = pending_keys(&database).map_err(damaged)?;
        let evidence = evidence_names(&database).map_err(damaged)?;
        Ok(Self { database, pending, evidence, poisoned: false })
    }

    /// A handle for other threads.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.database))
    }

    /// Lets [`Store::answer`] and all readers give the snapshots of a folder to peers. Only the
    /// first folder counts.
    pub fn offer(&self, snapshots: SnapshotFolder) {
        self.database.snapshots.get_or_init(|| snapshots);
    }

    fn try_write(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        let mut staging = Staging::new(&self.database, &mut self.pending, &mut self.evidence);
        writes.iter().try_for_each(|write| staging.add(write))?;
        let Staging { batch, heights, .. } = staging;
        if batch.is_empty() {
            return Ok(());
        }
        let mut options = WriteOptions::default();
        options.set_sync(true);
        let written = self.database.db.write_opt(batch, &options);
        written.map_err(|source| StoreError::Database { column: "writing", source })?;
        // What a snapshot replaced has no place in the index any more.
        let kept = writes.iter().rposition(|write| matches!(write, Write::Restored(_)));
        for write in &writes[kept.unwrap_or_default()..] {
            if let Write::Executed(executed) = write {
                references::add(&self.database, executed.outcome.height, &executed.entries, &executed.payments)?;
            }
        }
        self.database.set_heights(heights);
        Ok(())
    }
}

impl Store for Storage {
    type Error = StoreError;

    fn write(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        let written = self.try_write(writes);
        self.poisoned = written.is_err();
        written
    }

    fn answer(&self, request: &Request) -> Result<Option<Response>, StoreError> {
        self.reader().answer(request)
    }

    fn recover(&self) -> Result<Recovered, StoreError> {
        recover::recover(&self.database)
    }

    fn records(&self) -> Result<Vec<Change>, StoreError> {
        recover::records(&self.database)
    }
}

/// What a pending item is pruned by.
fn pending_key((key, value): Item) -> Result<PendingKey, StoreError> {
    let damaged = StoreError::decode(Column::Pending.name(), &key);
    let (view, epoch) = if key.first() == Some(&PENDING_BLOCK) {
        Block::from_bytes(&value).map(|block| (block.view, block.epoch)).map_err(damaged)?
    } else {
        Certificate::from_bytes(&value).map(|held| (held.vote.view, held.vote.epoch)).map_err(damaged)?
    };
    Ok(PendingKey { view, epoch, key: key.into_vec() })
}

fn pending_keys(database: &Database) -> Result<PendingKeys, StoreError> {
    let items = database.scan(Column::Pending, &[], None)?;
    items.map(|item| item.and_then(pending_key)).collect()
}

fn evidence_names(database: &Database) -> Result<BTreeSet<Digest>, StoreError> {
    let name = |key: Box<[u8]>| Digest::from_bytes(&key).map_err(StoreError::decode(Column::Evidence.name(), &key));
    database.scan(Column::Evidence, &[], None)?.map(|item| item.and_then(|(key, _)| name(key))).collect()
}
