//! The index of a snapshot: what the commitment hashes to, one level further down.

use corridor_crypto::{Digest, merkle};
use corridor_types::codec::{Reader, decode_list, encode_list};
use corridor_types::limits::MAX_SNAPSHOT_INDEX_BYTES;
use corridor_types::{Decode, DecodeError, Encode};

use super::chunk::table_root;
use super::layout::LOG_RUN;
use crate::StateRoots;
use crate::meta::Meta;
use crate::slots::Layout;
use crate::tables::PerTable;
use crate::tree::empty_nodes;

/// Digests under the state commitment. A state has one index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Index {
    pub genesis: Digest,
    pub meta: Meta,
    /// Per table, the roots of its runs up to the last one with a record.
    pub runs: PerTable<Vec<Digest>>,
    /// How many events the log of references has.
    pub references: u64,
    /// The roots of its runs; the last may be shorter.
    pub log: Vec<Digest>,
}

/// How many runs a log of `events` has.
fn log_runs(events: u64) -> u64 {
    events.div_ceil(LOG_RUN as u64)
}

impl Index {
    /// What the commitment is the digest of.
    pub fn roots(&self) -> StateRoots {
        let empty = empty_nodes();
        let tables = self.runs.as_ref().map(|layout, runs| table_root(layout, runs, &empty));
        // A tree over aligned runs is the tree over what is in them (RFC 9162 splits at the largest
        // power of two).
        let log = (self.references, merkle::root(&self.log));
        StateRoots::new(self.genesis, self.meta, tables, log)
    }

    /// How many events the run of the log has at this position.
    pub fn events_in(&self, run: usize) -> usize {
        let before = (run as u64) * (LOG_RUN as u64);
        match self.references.checked_sub(before) {
            None => 0,
            Some(left) => usize::try_from(left).map_or(LOG_RUN, |left| left.min(LOG_RUN)),
        }
    }
}

/// The roots of a table's runs. None is there for an empty run at the end, or one state would have
/// many indexes, and two honest peers number chunks differently.
fn decode_runs(layout: &Layout, empty: &[Digest], reader: &mut Reader<'_>) -> Result<Vec<Digest>, DecodeError> {
    let runs: Vec<Digest> = decode_list(reader, "runs", layout.runs())?;
    if runs.last() == Some(&empty[layout.run_bits as usize]) {
        let problem = "the last one is empty".to_owned();
        return Err(DecodeError::Invalid { what: "runs", problem });
    }
    Ok(runs)
}

impl Encode for Index {
    fn encode(&self, out: &mut Vec<u8>) {
        self.genesis.encode(out);
        self.meta.encode(out);
        self.runs.as_ref().into_iter().for_each(|(_, runs)| encode_list(runs, out));
        self.references.encode(out);
        encode_list(&self.log, out);
    }
}

impl Decode for Index {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (genesis, meta) = (Decode::decode(reader)?, Decode::decode(reader)?);
        let empty = empty_nodes();
        let runs = PerTable::try_build(|layout| decode_runs(layout, &empty, reader))?;
        let references = Decode::decode(reader)?;
        let log: Vec<Digest> = decode_list(reader, "log", MAX_SNAPSHOT_INDEX_BYTES / 32)?;
        if log.len() as u64 != log_runs(references) {
            let problem = format!("{} where {references} events have {}", log.len(), log_runs(references));
            return Err(DecodeError::Invalid { what: "log", problem });
        }
        Ok(Self { genesis, meta, runs, references, log })
    }
}
