//! Cutting a state into chunks.

use corridor_crypto::Digest;
use corridor_types::limits::MAX_SNAPSHOT_INDEX_BYTES;
use corridor_types::persist::{Change, Table};
use corridor_types::{Decode as _, Encode as _, Genesis, GenesisError, Uetr};

use super::chunk::{Event, Records, encode_events, encode_run, events_root, run_root};
use super::index::Index;
use super::layout::LOG_RUN;
use crate::meta::Meta;
use crate::slots::Layout;
use crate::tables::{LAYOUTS, META, REFERENCES};
use crate::tree::empty_nodes;
use crate::{Ledger, Used};

/// Why records cannot be made a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotWriterError {
    /// The genesis is unusable.
    #[error("the genesis is unusable: {0}")]
    Genesis(#[from] GenesisError),
    /// A record came after one that it must come before.
    #[error("table {}: a record came out of order; give them ascending by table and key", table.0)]
    OutOfOrder {
        /// Number of the table.
        table: Table,
    },
    /// A record of a table that this version does not know, with an impossible key, or that does
    /// not decode.
    #[error("table {}: a record has no place in a ledger; the records are damaged", table.0)]
    BadRecord {
        /// Number of the table.
        table: Table,
    },
    /// An event is missing from the log of references, or stands in it twice.
    #[error("the log of references has no event {sequence}, or two; the records are damaged")]
    BadLog {
        /// The event's position.
        sequence: u64,
    },
    /// The ledger is too large for an index.
    #[error("the index has {bytes} bytes where {MAX_SNAPSHOT_INDEX_BYTES} are allowed")]
    TooLarge {
        /// How many bytes it would take.
        bytes: usize,
    },
}

/// Takes every record of a ledger and gives out chunks as they are full. It holds one chunk, the
/// records of genesis, and all references (about 160 bytes each), which have to be brought into
/// the order of their log.
#[derive(Debug)]
pub struct SnapshotWriter<F> {
    /// Records of genesis that may not have been written since, the next one last.
    genesis: Vec<Change>,
    last: Option<(Table, Vec<u8>)>,
    /// The run that is being filled, of the table with this layout.
    open: Records,
    layout: &'static Layout,
    references: Vec<Event>,
    index: Index,
    vacant: Digest,
    chunks: u32,
    emit: F,
}

impl<F: FnMut(u32, Vec<u8>)> SnapshotWriter<F> {
    /// A snapshot of a ledger of this chain. `emit` gets each chunk with its number, ascending from
    /// zero without gaps.
    ///
    /// # Errors
    /// [`SnapshotWriterError::Genesis`].
    pub fn new(genesis: &Genesis, emit: F) -> Result<Self, SnapshotWriterError> {
        let mut records: Vec<_> = Ledger::genesis(genesis)?.records().collect();
        records.reverse();
        let (genesis, meta) = (genesis.digest(), Meta::genesis(genesis));
        let runs = LAYOUTS.map(|_, _| Vec::new());
        let index = Index { genesis, meta, runs, references: 0, log: Vec::new() };
        let (open, layout) = (Vec::new(), &LAYOUTS.participants);
        let (references, vacant) = (Vec::new(), empty_nodes()[0]);
        Ok(Self { genesis: records, last: None, open, layout, references, index, vacant, chunks: 0, emit })
    }

    /// Takes the next record, ascending by table and key: those of
    /// [`Ledger::records`](crate::Ledger::records), or those that blocks have written since genesis.
    ///
    /// # Errors
    /// [`SnapshotWriterError`]. The writer is of no use any more.
    pub fn push(&mut self, record: Change) -> Result<(), SnapshotWriterError> {
        let key = (record.table, record.key.clone());
        if self.last.as_ref().is_some_and(|last| *last >= key) {
            return Err(SnapshotWriterError::OutOfOrder { table: record.table });
        }
        let is_before = |genesis: &mut Change| (genesis.table, &genesis.key) < (key.0, &key.1);
        while let Some(before) = self.genesis.pop_if(is_before) {
            self.take(before)?;
        }
        self.genesis.pop_if(|genesis| (genesis.table, &genesis.key) == (key.0, &key.1));
        self.last = Some(key);
        self.take(record)
    }

    /// Gives out what is left and tells the index.
    ///
    /// # Errors
    /// [`SnapshotWriterError`].
    pub fn finish(mut self) -> Result<Vec<u8>, SnapshotWriterError> {
        while let Some(rest) = self.genesis.pop() {
            self.take(rest)?;
        }
        if !self.open.is_empty() {
            self.close_run()?;
        }
        self.write_log()?;
        let index = self.index.to_bytes();
        let bytes = index.len();
        if bytes > MAX_SNAPSHOT_INDEX_BYTES { Err(SnapshotWriterError::TooLarge { bytes }) } else { Ok(index) }
    }

    fn give(&mut self, bytes: Vec<u8>) {
        (self.emit)(self.chunks, bytes);
        self.chunks += 1;
    }

    fn take(&mut self, Change { table, key, value }: Change) -> Result<(), SnapshotWriterError> {
        let bad = || SnapshotWriterError::BadRecord { table };
        let value = value.ok_or_else(bad)?;
        if table == META {
            self.index.meta = Meta::from_bytes(&value).map_err(|_| bad())?;
            self.give(value);
        } else if table == REFERENCES {
            let reference = Uetr::from_bytes(&key).map_err(|_| bad())?;
            self.references.push((reference, Used::from_bytes(&value).map_err(|_| bad())?));
        } else {
            let layout = LAYOUTS.get(table).ok_or_else(bad)?;
            let slot = u32::from_bytes(&key).ok().filter(|slot| *slot < layout.in_all).ok_or_else(bad)?;
            self.add(layout, slot, value)?;
        }
        Ok(())
    }

    fn add(&mut self, layout: &'static Layout, slot: u32, record: Vec<u8>) -> Result<(), SnapshotWriterError> {
        if self.layout.table != layout.table && !self.open.is_empty() {
            self.close_run()?;
        }
        self.layout = layout;
        // A run in which nothing is left, of payments, is a chunk without records.
        while self.runs()?.len() < (slot >> layout.run_bits) as usize {
            self.close_run()?;
        }
        self.open.push((slot, record));
        Ok(())
    }

    /// The roots of the table that is being filled.
    fn runs(&mut self) -> Result<&mut Vec<Digest>, SnapshotWriterError> {
        let table = self.layout.table;
        self.index.runs.get_mut(table).ok_or(SnapshotWriterError::BadRecord { table })
    }

    fn close_run(&mut self) -> Result<(), SnapshotWriterError> {
        let (layout, records, vacant) = (self.layout, std::mem::take(&mut self.open), self.vacant);
        let runs = self.runs()?;
        runs.push(run_root(layout, runs.len(), &records, vacant));
        self.give(encode_run(&records));
        Ok(())
    }

    /// Brings the references into the order of the log and gives out its runs.
    fn write_log(&mut self) -> Result<(), SnapshotWriterError> {
        let references = std::mem::take(&mut self.references);
        let mut order = Vec::with_capacity(references.len() * 2);
        for (position, (_, used)) in references.iter().enumerate() {
            order.extend(used.events().map(|(sequence, _)| (sequence, position)));
        }
        order.sort_unstable();
        let wrong = (0u64..).zip(&order).find(|(expected, (sequence, _))| expected != sequence);
        if let Some((sequence, _)) = wrong {
            return Err(SnapshotWriterError::BadLog { sequence });
        }
        self.index.references = order.len() as u64;
        for run in order.chunks(LOG_RUN) {
            let events: Vec<_> = run.iter().map(|(sequence, at)| event_at(&references[*at], *sequence)).collect();
            self.index.log.push(events_root(&events));
            self.give(encode_events(&events));
        }
        Ok(())
    }
}

/// The record as it stood after the event.
fn event_at((reference, used): &Event, sequence: u64) -> Event {
    let is_first = sequence == used.sequence;
    (*reference, if is_first { used.at_first() } else { *used })
}
