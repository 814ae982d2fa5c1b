//! Opening: lock, schema, chain, heights, and completing what is derived.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::RwLock;

use corridor_crypto::Digest;
use corridor_types::{Block, Encode, Height, Outcome};
use rocksdb::{DB, WriteBatch, WriteOptions};

use crate::column::{Column, meta};
use crate::database::{Database, Heights};
use crate::{OpenError, Options, StoreError, references};

/// The layout that this program writes and the newest that it reads.
pub const SCHEMA: u32 = 1;

/// Beside RocksDB's own files; RocksDB has a lock too, with a message that helps nobody.
const LOCK_FILE: &str = "corridor.lock";

pub(crate) fn open(path: &Path, genesis: Digest, options: Options) -> Result<Database, OpenError> {
    let io = |action| move |source| OpenError::Io { action, path: path.to_owned(), source };
    std::fs::create_dir_all(path).map_err(io("create"))?;
    let lock = lock(path)?;
    check_columns(path)?;
    let db = DB::open_cf_descriptors(&options.database(), path, options.columns());
    let damaged = |source| OpenError::Damaged { path: path.to_owned(), source };
    let db = db.map_err(|source| damaged(StoreError::Database { column: "opening", source }))?;
    let heights = RwLock::new(Heights::default());
    let database = Database { db, path: path.to_owned(), genesis, heights, _lock: lock };
    check_identity(&database)?;
    database.set_heights(read_heights(&database).map_err(damaged)?);
    references::complete(&database).map_err(damaged)?;
    Ok(database)
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let file = path.join(LOCK_FILE);
    let io = |action| move |source: io::Error| OpenError::Io { action, path: path.join(LOCK_FILE), source };
    let lock = OpenOptions::new().create(true).truncate(false).write(true).open(&file).map_err(io("open"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io("lock")(source)),
    }
}

/// Refuses a database with column families of a later program, which RocksDB would not open.
fn check_columns(path: &Path) -> Result<(), OpenError> {
    // Without this file nothing was ever stored here.
    if !path.join("CURRENT").exists() {
        return Ok(());
    }
    let names = DB::list_cf(&rocksdb::Options::default(), path).map_err(|source| {
        let source = StoreError::Database { column: "opening", source };
        OpenError::Damaged { path: path.to_owned(), source }
    })?;
    let known = |name: &String| name == "default" || Column::ALL.iter().any(|column| column.name() == name);
    match names.into_iter().find(|name| !known(name)) {
        Some(got) => Err(OpenError::NewerSchema { path: path.to_owned(), got, known: SCHEMA }),
        None => Ok(()),
    }
}

/// Checks schema and chain, or writes them into a new database.
fn check_identity(database: &Database) -> Result<(), OpenError> {
    let path = || database.path.clone();
    let damaged = |source| OpenError::Damaged { path: path(), source };
    let schema = database.read::<u32>(Column::Meta, meta::SCHEMA).map_err(damaged)?;
    let genesis = database.read::<Digest>(Column::Meta, meta::GENESIS).map_err(damaged)?;
    match (schema, genesis) {
        (Some(schema), _) if schema > SCHEMA => {
            Err(OpenError::NewerSchema { path: path(), got: schema.to_string(), known: SCHEMA })
        }
        (Some(_), Some(got)) if got != database.genesis => {
            Err(OpenError::OtherChain { path: path(), got, expected: database.genesis })
        }
        (Some(_), Some(_)) => Ok(()),
        // The identity is written first of all, so a database with content and without it is not ours.
        (None, None) if is_empty(database).map_err(damaged)? => write_identity(database).map_err(damaged),
        _ => Err(damaged(StoreError::damaged(Column::Meta.name(), meta::SCHEMA, "schema or genesis is missing"))),
    }
}

fn is_empty(database: &Database) -> Result<bool, StoreError> {
    for column in Column::ALL {
        if let Some(item) = database.scan(column, &[], None)?.next() {
            return item.map(|_| false);
        }
    }
    Ok(true)
}

fn write_identity(database: &Database) -> Result<(), StoreError> {
    let column = database.column(Column::Meta)?;
    let mut batch = WriteBatch::default();
    batch.put_cf(column, meta::SCHEMA, SCHEMA.to_bytes());
    batch.put_cf(column, meta::GENESIS, database.genesis.to_bytes());
    let mut options = WriteOptions::default();
    options.set_sync(true);
    let written = database.db.write_opt(batch, &options);
    written.map_err(|source| StoreError::Database { column: Column::Meta.name(), source })
}

fn read_heights(database: &Database) -> Result<Heights, StoreError> {
    let height_of = |item: Option<Height>| item.unwrap_or_default();
    let finalized = height_of(database.last::<Block>(Column::Blocks)?.map(|(height, _)| height));
    let executed = height_of(database.last::<Outcome>(Column::Outcomes)?.map(|(height, _)| height));
    let settled = height_of(database.read(Column::Meta, meta::SETTLED)?);
    Ok(Heights { finalized, executed, settled })
}
