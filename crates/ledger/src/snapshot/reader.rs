//! Verifying a snapshot, chunk by chunk and in any order.

use corridor_crypto::Digest;
use corridor_types::limits::{MAX_SNAPSHOT_CHUNK_BYTES, MAX_SNAPSHOT_INDEX_BYTES};
use corridor_types::persist::Change;
use corridor_types::{Decode, DecodeError, Encode, Genesis};

use super::chunk::{Records, decode_events, decode_run, event_record, events_root, run_root};
use super::index::Index;
use crate::slots::Layout;
use crate::tree::empty_nodes;

/// Why bytes are not the index or the chunk that they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// More bytes than an index or a chunk may have.
    #[error("{bytes} bytes where {limit} are allowed; ask another peer")]
    TooLarge {
        /// Bytes that came.
        bytes: usize,
        /// The most allowed.
        limit: usize,
    },
    /// The index does not decode.
    #[error("the index does not decode: {0}; ask another peer")]
    BadIndex(DecodeError),
    /// The index is of another chain.
    #[error("the index is of the chain with genesis {got}, this one has {expected}")]
    OtherChain {
        /// The genesis in the index.
        got: Digest,
        /// The genesis here.
        expected: Digest,
    },
    /// The index does not lead to the commitment.
    #[error("the index leads to state {got} where {expected} is certified; ask another peer")]
    OtherState {
        /// What the index leads to.
        got: Digest,
        /// What is wanted.
        expected: Digest,
    },
    /// There is no chunk with this number.
    #[error("there is no chunk {chunk}; the snapshot has {chunks}, from 0")]
    UnknownChunk {
        /// The number given.
        chunk: u32,
        /// How many there are.
        chunks: u32,
    },
    /// The chunk does not decode.
    #[error("chunk {chunk} does not decode: {source}; ask another peer")]
    BadChunk {
        /// The chunk's place in the index, from 0.
        chunk: u32,
        /// What is wrong with it.
        source: DecodeError,
    },
    /// The chunk holds something else than the index says.
    #[error("chunk {chunk} is not the one in the index; ask another peer")]
    WrongChunk {
        /// The chunk's place in the index, from 0.
        chunk: u32,
    },
}

/// Where a chunk belongs.
enum Place<'a> {
    Meta,
    Run { layout: &'static Layout, run: usize, root: &'a Digest },
    Log { run: usize, root: &'a Digest },
}

/// An index that leads to a commitment, against which chunks are verified.
#[derive(Debug, Clone)]
pub struct SnapshotReader {
    index: Index,
    vacant: Digest,
    chunks: u32,
}

fn check_size(bytes: &[u8], limit: usize) -> Result<(), SnapshotError> {
    let bytes = bytes.len();
    if bytes > limit { Err(SnapshotError::TooLarge { bytes, limit }) } else { Ok(()) }
}

impl SnapshotReader {
    /// Takes an index that leads to `state`, the commitment of a certified outcome.
    ///
    /// # Errors
    /// [`SnapshotError`]: too large, malformed, of another chain or another state.
    pub fn new(genesis: &Genesis, index: &[u8], state: Digest) -> Result<Self, SnapshotError> {
        check_size(index, MAX_SNAPSHOT_INDEX_BYTES)?;
        let index_bytes = index.len();
        let index = Index::from_bytes(index).map_err(SnapshotError::BadIndex)?;
        let (got, expected) = (index.genesis, genesis.digest());
        if got != expected {
            return Err(SnapshotError::OtherChain { got, expected });
        }
        let (got, expected) = (index.roots().digest(), state);
        if got != expected {
            return Err(SnapshotError::OtherState { got, expected });
        }
        let of_tables: usize = index.runs.as_ref().into_iter().map(|(_, runs)| runs.len()).sum();
        let chunks = 1 + of_tables + index.log.len();
        let chunks = u32::try_from(chunks)
            .map_err(|_| SnapshotError::TooLarge { bytes: index_bytes, limit: MAX_SNAPSHOT_INDEX_BYTES })?;
        Ok(Self { index, vacant: empty_nodes()[0], chunks })
    }

    /// How many chunks there are, at least one. They are numbered from 0.
    pub const fn chunks(&self) -> u32 {
        self.chunks
    }

    fn place(&self, chunk: u32) -> Option<Place<'_>> {
        let Some(mut rest) = (chunk as usize).checked_sub(1) else { return Some(Place::Meta) };
        for (layout, runs) in self.index.runs.as_ref().into_iter() {
            if let Some(root) = runs.get(rest) {
                return Some(Place::Run { layout, run: rest, root });
            }
            rest -= runs.len();
        }
        self.index.log.get(rest).map(|root| Place::Log { run: rest, root })
    }

    /// The records of a chunk. Those of all chunks, in the order of the chunks, are what
    /// [`Ledger::restore`](crate::Ledger::restore) takes: a reference may come twice, and the later
    /// record counts ([`in_order`] leaves only that one).
    ///
    /// # Errors
    /// [`SnapshotError`]: the bytes are not the chunk. Then the peer that sent them is at fault.
    pub fn verify(&self, chunk: u32, bytes: &[u8]) -> Result<Vec<Change>, SnapshotError> {
        let place = self.place(chunk).ok_or(SnapshotError::UnknownChunk { chunk, chunks: self.chunks })?;
        check_size(bytes, MAX_SNAPSHOT_CHUNK_BYTES)?;
        let records = match place {
            Place::Meta => Ok(self.verify_meta(bytes)),
            Place::Run { layout, run, root } => self.verify_run(layout, run, root, bytes),
            Place::Log { run, root } => self.verify_log(run, root, bytes),
        };
        records.map_err(|source| SnapshotError::BadChunk { chunk, source })?.ok_or(SnapshotError::WrongChunk { chunk })
    }

    fn verify_meta(&self, bytes: &[u8]) -> Option<Vec<Change>> {
        (bytes == self.index.meta.to_bytes()).then(|| vec![self.index.meta.record()])
    }

    fn verify_run(
        &self,
        layout: &Layout,
        run: usize,
        root: &Digest,
        bytes: &[u8],
    ) -> Result<Option<Vec<Change>>, DecodeError> {
        let records = decode_run(layout, run, bytes)?;
        let right = run_root(layout, run, &records, self.vacant) == *root;
        Ok(right.then(|| changes(layout, records)))
    }

    fn verify_log(&self, run: usize, root: &Digest, bytes: &[u8]) -> Result<Option<Vec<Change>>, DecodeError> {
        let events = decode_events(bytes)?;
        let right = events.len() == self.index.events_in(run) && events_root(&events) == *root;
        Ok(right.then(|| events.iter().map(event_record).collect()))
    }
}

fn changes(layout: &Layout, records: Records) -> Vec<Change> {
    let change =
        |(slot, record): (u32, Vec<u8>)| Change { table: layout.table, key: slot.to_bytes(), value: Some(record) };
    records.into_iter().map(change).collect()
}

/// The records of all chunks, given in the order of the chunks, as a disk keeps them: ascending by
/// table and key, each once.
pub fn in_order(mut records: Vec<Change>) -> Vec<Change> {
    // Stable, so that the last of equals is the latest.
    records.sort_by(|a, b| (a.table, &a.key).cmp(&(b.table, &b.key)));
    records.reverse();
    records.dedup_by(|a, b| (a.table, &a.key) == (b.table, &b.key));
    records.reverse();
    records
}
