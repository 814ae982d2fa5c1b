//! Snapshots: the whole state in chunks, each verified by itself against the state commitment.
//!
//! The records of a table lie in a dense tree of slots, so an aligned run of 2^n slots is one
//! subtree. The *index* lists the root of each run; combined upwards they give the roots of the
//! tables, and these the commitment. Thus an index is right or wrong as a whole, and a chunk is
//! right or wrong given the index: a peer that lies is found out by the first chunk it sends.
//! References come as aligned runs of their log, whose leaves are whole records.
//!
//! Nothing here knows where chunks come from or go to. [`SnapshotReader`] takes any bytes from a
//! peer: it never panics, and never allocates more than a few times what it was given.

mod chunk;
mod index;
mod layout;
mod reader;
mod writer;

pub use reader::{SnapshotError, SnapshotReader, in_order};
pub use writer::{SnapshotWriter, SnapshotWriterError};
