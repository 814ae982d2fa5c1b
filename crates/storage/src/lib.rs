//! The only user of RocksDB: what a node keeps, and what it finds again.
//!
//! **One write.** [`Storage`] implements [`corridor_types::persist::Store`]: a list of writes becomes
//! one atomic batch in the write-ahead log, synced before the call returns. Nothing is written when
//! there is nothing to write. After a failed write the storage refuses every further one.
//!
//! **Layout.** History is stored as large values: the entries and payments of a block in chunks of
//! [`CHUNK`]. The index from a reference to its entries is *derived*: it is written beside the
//! log, without sync, sorted by key, with a marker of how far it reaches, and completed from the
//! entries when the database opens. So a payment costs the log its entries, two bookings, and no random
//! key. Bookings are stored one by one, by account and number: a statement is one scan.
//!
//! **What protects the data.** Every block, blob and log record in RocksDB carries a checksum that is
//! checked on every read; damage is an error that names the file, and never data. What RocksDB does
//! with a log that does not end in a whole record is a choice of four modes:
//! - `AbsoluteConsistency` refuses it. But every crash in the middle of a write leaves such a log,
//!   and that write was never acknowledged: an ordinary power failure would need an operator.
//! - `TolerateCorruptedTailRecords`, used here, drops one record that was cut off at the end and
//!   refuses all other damage.
//! - `PointInTimeRecovery` and `SkipAnyCorruptedRecords` drop damaged records anywhere in the log,
//!   and with them what was acknowledged.
//!
//! The chosen mode alone takes a damaged length for a record that was cut off, and would drop every
//! synced record behind it. So the end of the log is looked at first (`log_tail`): a cut-off record
//! has nothing behind it. What remains is damage to the length of the very last record: that write
//! is lost, never altered, and what opens is the state before it. State that was lost is refilled by
//! peers; votes are in the signer's own record, which drops nothing, and whose last outcome tells the
//! node that its database went back.
//!
//! **Epochs.** A final block that ends an epoch takes everything pending of that epoch with it: the
//! next epoch's views go on from the boundary's, so nothing would prune it later. Its proof is in
//! the seal.
//!
//! **Snapshots.** `Write::Restored` replaces everything about the chain in one batch; history below
//! is then not held, and queries say so ([`StoreError::BeforeSnapshot`]) rather than "unknown".
//! [`Reader::freeze`] gives the records of one block to a thread that makes a snapshot of them in a
//! [`SnapshotFolder`].
//!
//! **Sealed details.** [`DetailsFolder`] holds the documents of payments to which the node's institution
//! is a party, as files beside the database: what is erased must be gone.
//!
//! No rule of the protocol or of the ledger lives here. [`Reader`] is for the API: it sees what is
//! durable and changes nothing. [`Archive`] opens what a stopped node has left, for an audit.
#![forbid(unsafe_code)]

mod answer;
mod archive;
mod chunk;
mod column;
mod database;
mod details;
mod error;
mod frozen;
mod log_tail;
mod open;
mod options;
mod reader;
mod receipts;
mod recover;
mod references;
mod snapshots;
mod staging;
mod statements;
mod storage;

/// The database's folder inside a node's data folder.
pub const DATABASE: &str = "db";

pub use archive::Archive;
pub use chunk::CHUNK;
pub use database::Heights;
pub use details::{
    DetailsError, DetailsFolder, DetailsStanding, MAX_PENDING_BYTES, MAX_PENDING_DETAILS, PendingDetails,
};
pub use error::{OpenError, StoreError};
pub use frozen::RecordsAt;
pub use open::SCHEMA;
pub use options::Options;
pub use reader::{KeyAndValue, MAX_HISTORY, Reader};
pub use snapshots::{MAX_CHUNKS, MAX_SNAPSHOTS, SnapshotError, SnapshotFolder, SnapshotWriting};
pub use staging::MAX_EVIDENCE;
pub use storage::Storage;

#[cfg(test)]
mod tests;
