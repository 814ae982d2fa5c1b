//! The bytes of one chunk, and the root that they lead to.

use corridor_crypto::merkle::node_hash;
use corridor_crypto::{Digest, merkle};
use corridor_types::codec::{Reader, decode_bytes, encode_bytes, encode_length};
use corridor_types::limits::MAX_SNAPSHOT_CHUNK_BYTES;
use corridor_types::persist::Change;
use corridor_types::{Decode, DecodeError, Encode, Uetr};

use super::layout::LOG_RUN;
use crate::Used;
use crate::slots::Layout;
use crate::tables::REFERENCES;
use crate::tree::{HEIGHT, leaf};

/// The records of a run with their slots, ascending.
pub(super) type Records = Vec<(u32, Vec<u8>)>;

/// An event of the log: the reference and its record after the event.
pub(super) type Event = (Uetr, Used);

pub(super) fn encode_run(records: &Records) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_length(records.len(), &mut bytes);
    for (slot, record) in records {
        slot.encode(&mut bytes);
        encode_bytes(record, &mut bytes);
    }
    bytes
}

/// Reads a run. Slots are ascending and inside it; whether the records are right its root tells.
pub(super) fn decode_run(layout: &Layout, run: usize, bytes: &[u8]) -> Result<Records, DecodeError> {
    let invalid = |problem: String| DecodeError::Invalid { what: "slot", problem };
    let mut reader = Reader::new(bytes);
    let count = reader.length("records", layout.slots_in_run())?;
    let (first, mut next) = (layout.first_slot(run), layout.first_slot(run));
    let mut records = Vec::with_capacity(count);
    for _ in 0..count {
        let slot = u32::decode(&mut reader)?;
        if !(next..first + layout.slots_in_run()).contains(&(slot as usize)) {
            return Err(invalid(format!("{slot} is out of order or outside the chunk")));
        }
        next = slot as usize + 1;
        records.push((slot, decode_bytes(&mut reader, "record", MAX_SNAPSHOT_CHUNK_BYTES)?.to_vec()));
    }
    reader.finish()?;
    Ok(records)
}

/// The root over a run; slots without a record have the leaf `vacant`.
pub(super) fn run_root(layout: &Layout, run: usize, records: &Records, vacant: Digest) -> Digest {
    let first = layout.first_slot(run);
    let mut nodes = vec![vacant; layout.slots_in_run()];
    for (slot, record) in records {
        if let Some(node) = (*slot as usize).checked_sub(first).and_then(|at| nodes.get_mut(at)) {
            *node = leaf(layout.table, *slot, Some(record));
        }
    }
    while nodes.len() > 1 {
        nodes = nodes.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    nodes.first().copied().unwrap_or(vacant)
}

/// The root of a table from the roots of its runs; `empty` as of
/// [`empty_nodes`](crate::tree::empty_nodes).
pub(super) fn table_root(layout: &Layout, runs: &[Digest], empty: &[Digest]) -> Digest {
    let mut nodes = runs.to_vec();
    for below in &empty[layout.run_bits as usize..HEIGHT] {
        let pair = |pair: &[Digest]| node_hash(&pair[0], pair.get(1).unwrap_or(below));
        nodes = nodes.chunks(2).map(pair).collect();
    }
    nodes.first().copied().unwrap_or(empty[HEIGHT])
}

pub(super) fn encode_events(events: &[Event]) -> Vec<u8> {
    let mut bytes = Vec::new();
    encode_length(events.len(), &mut bytes);
    for (reference, used) in events {
        reference.encode(&mut bytes);
        used.encode(&mut bytes);
    }
    bytes
}

pub(super) fn decode_events(bytes: &[u8]) -> Result<Vec<Event>, DecodeError> {
    let mut reader = Reader::new(bytes);
    let count = reader.length("events", LOG_RUN)?;
    let mut events = Vec::with_capacity(count);
    for _ in 0..count {
        events.push((Decode::decode(&mut reader)?, Decode::decode(&mut reader)?));
    }
    reader.finish()?;
    Ok(events)
}

/// The root over the events of a run of the log.
pub(super) fn events_root(events: &[Event]) -> Digest {
    merkle::root(&events.iter().map(|(reference, used)| used.leaf(reference)).collect::<Vec<_>>())
}

/// The record of an event.
pub(super) fn event_record((reference, used): &Event) -> Change {
    let (key, value) = (reference.as_bytes().to_vec(), Some(used.to_bytes()));
    Change { table: REFERENCES, key, value }
}
