//! Snapshots on disk: what a node offers to one that joins.
//!
//! A snapshot is a folder named by its height with a file `manifest` and files `chunk-00000` on. What
//! is in a chunk is the ledger's matter. A snapshot is written under another name, synced, and
//! renamed when it is complete, so a folder with a number for a name was complete once. Every file
//! ends in a checksum over chain, height, number and content; it is checked on each read, and a
//! snapshot with a file that does not fit is withdrawn. Nothing here is needed to go on: a lost
//! snapshot is made again.

mod disk;
mod file;
mod folder;
mod reading;
mod writing;

pub use folder::{MAX_SNAPSHOTS, SnapshotFolder};
pub use writing::{MAX_CHUNKS, SnapshotWriting};

#[cfg(test)]
pub(crate) use disk::Operation;

use std::path::PathBuf;

use corridor_types::Height;

/// Why a snapshot cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
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
    /// A file is not what was written there.
    #[error("{path} is damaged: {problem}; its snapshot is withdrawn and will be replaced by the next one")]
    Damaged {
        /// Path of the damaged file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A snapshot of this height is there, or another one is being written.
    #[error("the snapshot of height {height} cannot be begun: {problem}")]
    Refused {
        /// The height of the refused snapshot.
        height: Height,
        /// Why it cannot be begun now.
        problem: &'static str,
    },
    /// A chunk, or the number of chunks, is more than an answer to a peer can name.
    #[error("the snapshot of height {height} is too large: {what} {got} is over the limit of {limit}")]
    TooLarge {
        /// The height of the snapshot.
        height: Height,
        /// What is counted.
        what: &'static str,
        /// How much it is.
        got: usize,
        /// How much it may be.
        limit: usize,
    },
    /// The manifest is of another height than the snapshot.
    #[error("the manifest is of height {got}, the snapshot of height {height}")]
    OtherHeight {
        /// The height of the snapshot.
        height: Height,
        /// The height that the manifest names.
        got: Height,
    },
}
