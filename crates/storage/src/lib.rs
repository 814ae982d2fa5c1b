//! The only user of RocksDB: what a node keeps, and what it finds again.
//!
//! **One write.** [`Storage`] implements [`corridor_types::persist::Store`]: a list of writes becomes
//! one atomic batch in the write-ahead log, synced before the call returns. Nothing is written when
//! there is nothing to write. After a failed write the storage refuses every further one.
//!
//! **Layout.** History is stored as large values: the entries and payments of a block in chunks of
//! [`CHUNK`]. The index from a reference to its entries is *derived*: it is written beside the
//! log, without sync, sorted by key, with a marker of how far it reaches, and completed from the
//! entries when the database opens. So a payment costs the log its entries and no random key.
//!
//! **What protects the data.** Every block, blob and log record in RocksDB carries a checksum that is
//! checked on every read; damage is an error that names the file, and never data. A log record that
//! was cut off by a crash is dropped when the database opens (`TolerateCorruptedTailRecords`): the
//! stricter mode would refuse to open after an ordinary power failure, and the looser ones would
//! drop damaged records in the middle. What remains possible is that a damaged length makes synced
//! records at the end of the log look cut off. They are lost then, never altered: what opens is
//! always the state after some earlier write. State that was lost is refilled by peers; votes are
//! in the signer's own record, which drops nothing, and whose last outcome tells the node that its
//! database went back.
//!
//! No rule of the protocol or of the ledger lives here. [`Reader`] is for the API: it sees what is
//! durable and changes nothing.
#![forbid(unsafe_code)]

mod answer;
mod chunk;
mod column;
mod database;
mod error;
mod open;
mod options;
mod reader;
mod receipts;
mod recover;
mod references;
mod staging;
mod storage;

pub use chunk::CHUNK;
pub use database::Heights;
pub use error::{OpenError, StoreError};
pub use open::SCHEMA;
pub use options::Options;
pub use reader::{KeyAndValue, MAX_HISTORY, Reader};
pub use staging::MAX_EVIDENCE;
pub use storage::Storage;

#[cfg(test)]
mod tests;
