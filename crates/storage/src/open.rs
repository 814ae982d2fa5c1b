//! Opening: lock, schema, chain, heights, and completing what is derived.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;
use std::sync::{OnceLock, RwLock};

use corridor_crypto::Digest;
use corridor_types::{Block, Decode, Encode, Height, Outcome};
use rocksdb::{DB, Error, WriteBatch, WriteOptions};

use crate::column::{Column, meta};
use crate::database::{Database, Heights};
use crate::{OpenError, Options, StoreError, log_tail, references};

/// The layout that this program writes and the only one that it reads. 2 since headers of batches
/// name their epoch, 3 since bookings on accounts are kept and entries name rulebooks.
pub const SCHEMA: u32 = 3;

/// Beside RocksDB's own files; RocksDB has a lock too, with a message that helps nobody.
const LOCK_FILE: &str = "corridor.lock";

/// RocksDB's pointer to its list of files.
const CURRENT: &str = "CURRENT";

pub(crate) fn open(path: &Path, genesis: Digest, options: Options) -> Result<Database, OpenError> {
    let io = |action| move |source| OpenError::Io { action, path: path.to_owned(), source };
    std::fs::create_dir_all(path).map_err(io("create"))?;
    let lock = lock(path, OpenOptions::new().create(true).truncate(false).write(true))?;
    log_tail::check(path)?;
    check_columns(path)?;
    let db = DB::open_cf_descriptors(&options.database(), path, options.columns());
    let database = assemble(path, genesis, lock, db)?;
    if !check_identity(&database)? {
        write_identity(&database).map_err(damaged(path))?;
    }
    database.set_heights(read_heights(&database).map_err(damaged(path))?);
    references::complete(&database).map_err(damaged(path))?;
    Ok(database)
}

/// Opens a database that a node has left, and changes nothing. What is derived may be incomplete.
pub(crate) fn open_read_only(path: &Path, genesis: Digest, options: Options) -> Result<Database, OpenError> {
    let current = path.join(CURRENT);
    // Before anything else looks, so that a wrong folder is not called a damaged one.
    File::open(&current).map_err(|source| OpenError::Io { action: "open", path: current.clone(), source })?;
    let lock = lock(path, OpenOptions::new().read(true))?;
    log_tail::check(path)?;
    check_columns(path)?;
    let db = DB::open_cf_descriptors_read_only(&options.database(), path, options.columns(), false);
    let database = assemble(path, genesis, lock, db)?;
    if !check_identity(&database)? {
        return Err(damaged(path)(no_identity()));
    }
    database.set_heights(read_heights(&database).map_err(damaged(path))?);
    Ok(database)
}

fn damaged(path: &Path) -> impl Fn(StoreError) -> OpenError {
    move |source| OpenError::Damaged { path: path.to_owned(), source }
}

fn assemble(path: &Path, genesis: Digest, lock: File, db: Result<DB, Error>) -> Result<Database, OpenError> {
    let db = db.map_err(|source| damaged(path)(StoreError::Database { column: "opening", source }))?;
    let heights = RwLock::new(Heights::default());
    Ok(Database { db, path: path.to_owned(), genesis, heights, snapshots: OnceLock::new(), _lock: lock })
}

fn lock(path: &Path, how: &OpenOptions) -> Result<File, OpenError> {
    let io = |action| move |source: io::Error| OpenError::Io { action, path: path.join(LOCK_FILE), source };
    let lock = how.open(path.join(LOCK_FILE)).map_err(io("open"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path: path.to_owned() }),
        Err(TryLockError::Error(source)) => Err(io("lock")(source)),
    }
}

/// Refuses a database with column families of a later program, which RocksDB would not open.
fn check_columns(path: &Path) -> Result<(), OpenError> {
    if !path.join(CURRENT).exists() {
        return refuse_headless(path);
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

/// Without [`CURRENT`] RocksDB makes a new database and deletes what it does not know. That is right
/// where nothing was ever stored: a log is begun only after this file is there.
fn refuse_headless(path: &Path) -> Result<(), OpenError> {
    let io = |source| OpenError::Io { action: "list", path: path.to_owned(), source };
    for file in std::fs::read_dir(path).map_err(io)? {
        let name = file.map_err(io)?.file_name().to_string_lossy().into_owned();
        if [".log", ".sst", ".blob"].iter().any(|ending| name.ends_with(ending)) {
            let problem = format!("the file is missing, but {name} is there");
            return Err(OpenError::Damaged { path: path.to_owned(), source: StoreError::file(CURRENT, problem) });
        }
    }
    Ok(())
}

/// Checks schema and chain; false for a new database, which has none yet.
fn check_identity(database: &Database) -> Result<bool, OpenError> {
    let path = || database.path.clone();
    let damaged = damaged(&database.path);
    let schema = database.read::<u32>(Column::Meta, meta::SCHEMA).map_err(&damaged)?;
    let genesis = database.read::<Digest>(Column::Meta, meta::GENESIS).map_err(&damaged)?;
    match (schema, genesis) {
        (Some(schema), _) if schema > SCHEMA => {
            Err(OpenError::NewerSchema { path: path(), got: schema.to_string(), known: SCHEMA })
        }
        (Some(got), _) if got < SCHEMA => Err(OpenError::OlderSchema { path: path(), got, known: SCHEMA }),
        (Some(_), Some(got)) if got != database.genesis => {
            Err(OpenError::OtherChain { path: path(), got, expected: database.genesis })
        }
        (Some(_), Some(_)) => Ok(true),
        // The identity is written first of all, so a database with content and without it is not ours.
        (None, None) if is_empty(database).map_err(&damaged)? => Ok(false),
        _ => Err(damaged(no_identity())),
    }
}

fn no_identity() -> StoreError {
    StoreError::damaged(Column::Meta.name(), meta::SCHEMA, "schema or genesis is missing")
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
    let none = Heights::default();
    let settled = database.read(Column::Meta, meta::SETTLED)?.unwrap_or(none.settled);
    let oldest = database.read(Column::Meta, meta::OLDEST)?.unwrap_or(none.oldest);
    let finalized = last_height::<Block>(database, Column::Blocks)?.unwrap_or(none.finalized);
    let executed = last_height::<Outcome>(database, Column::Outcomes)?.unwrap_or(none.executed);
    Ok(Heights { finalized, executed, settled, oldest })
}

fn last_height<T: Decode>(database: &Database, column: Column) -> Result<Option<Height>, StoreError> {
    Ok(database.last::<T>(column)?.map(|(height, _)| height))
}
