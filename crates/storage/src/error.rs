//! Why the database does not open, read or write.

use std::path::PathBuf;

use corridor_crypto::Digest;
use corridor_types::{DecodeError, Height};

use crate::SnapshotError;

/// Why the database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("another process holds the database {path}; stop it, or give this node its own data directory")]
    Locked {
        /// Path of the database.
        path: PathBuf,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Path of the file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The database of another chain.
    #[error("{path} is the database of chain {got}, not of chain {expected}; check the data directory and the genesis")]
    OtherChain {
        /// Path of the database.
        path: PathBuf,
        /// The chain in the database.
        got: Digest,
        /// The chain of the genesis given.
        expected: Digest,
    },
    /// Written by a newer program.
    #[error("the database {path} has schema {got}, this program knows up to {known}; run the program that wrote it")]
    NewerSchema {
        /// Path of the database.
        path: PathBuf,
        /// What the database says: its schema's number, or a column family that is not known here.
        got: String,
        /// The newest schema known here.
        known: u32,
    },
    /// Written by a program that is too old.
    #[error(
        "the database {path} has schema {got}, this program reads {known}; move the directory away and start again: \
         peers refill it. Keep the signing record where it is"
    )]
    OlderSchema {
        /// Path of the database.
        path: PathBuf,
        /// What the database says.
        got: u32,
        /// The schema known here.
        known: u32,
    },
    /// RocksDB refused, or damage was found.
    #[error(
        "cannot open the database {path}: {source}. If it is damaged, move the directory away and start again: peers \
         refill it. Keep the signing record where it is"
    )]
    Damaged {
        /// Path of the database.
        path: PathBuf,
        /// What was found.
        source: StoreError,
    },
}

/// Why a read or a write failed. After a failed write the process ends.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// RocksDB's own error: the disk, or a checksum.
    #[error("the database failed in {column}: {source}")]
    Database {
        /// The column family, or the operation.
        column: &'static str,
        /// What RocksDB says.
        source: rocksdb::Error,
    },
    /// A value is not what was written there.
    #[error("{column} holds a damaged value under key {key}: {problem}")]
    Damaged {
        /// The column family.
        column: &'static str,
        /// The key in hexadecimal digits.
        key: String,
        /// What is wrong.
        problem: String,
    },
    /// One of RocksDB's files is not as it was left.
    #[error("{file} is damaged: {problem}")]
    DamagedFile {
        /// Its name in the directory of the database.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// A finalized block or an outcome would be replaced by another one: consensus or execution
    /// broke its promise. Nothing was written.
    #[error("{what} of height {height} is to be written over a different one; stop and keep the data for analysis")]
    Contradiction {
        /// Block or outcome.
        what: &'static str,
        /// The height of both blocks or outcomes.
        height: Height,
    },
    /// A snapshot would put the node back behind what it has executed, or its certificate is not of
    /// its block. Nothing was written.
    #[error("the snapshot of height {height} is refused: {problem}")]
    UnfitSnapshot {
        /// The height that the snapshot is of.
        height: Height,
        /// What is wrong.
        problem: &'static str,
    },
    /// Nothing is broken: what was asked for happened before this node began.
    #[error(
        "not held here: it lies before this node's snapshot at height {snapshot}; ask a node that holds the history \
         from genesis"
    )]
    BeforeSnapshot {
        /// The snapshot's height.
        snapshot: Height,
    },
    /// The thread that was to work on a frozen state did not start.
    #[error("cannot work on a frozen state: {problem}")]
    Frozen {
        /// What the system says.
        problem: String,
    },
    /// A snapshot on offer cannot be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// An earlier write failed.
    #[error("an earlier write failed; restart the process")]
    Poisoned,
}

impl StoreError {
    pub(crate) fn damaged(column: &'static str, key: &[u8], problem: impl Into<String>) -> Self {
        let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
        Self::Damaged { column, key, problem: problem.into() }
    }

    pub(crate) fn file(file: &str, problem: String) -> Self {
        Self::DamagedFile { file: file.to_owned(), problem }
    }

    pub(crate) fn decode(column: &'static str, key: &[u8]) -> impl FnOnce(DecodeError) -> Self {
        move |error| Self::damaged(column, key, error.to_string())
    }
}
