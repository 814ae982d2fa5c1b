//! Beginning with a snapshot: chunks come in any order, each is verified by the ledger's index, and
//! when all are there the whole replica moves to the snapshot's height in one step.
//!
//! A snapshot replaces what is known about the chain, not what this node has said. By what it acknowledged
//! it stands by one line per lane (`corridor_lanes`), and what it accepted from clients may be in no other
//! node's hands. So the batches held above the snapshot's cut, and our own draft, stay, as they do on disk:
//! a restart right after the snapshot would find just these. Without them an author could have a second
//! batch acknowledged at a place where ours are counted already, and two proofs that exclude each other
//! would stop execution everywhere; and our own next batch would take a place that is taken.

use std::collections::BTreeMap;

use corridor_consensus as consensus;
use corridor_ledger::Ledger;
use corridor_ledger::snapshot::{SnapshotReader, in_order};
use corridor_sync as sync;
use corridor_types::persist::{Change, Restored, Write};
use corridor_types::{Genesis, Handover, Height, SnapshotChunk, SnapshotManifest};

use crate::event::Event;
use crate::ready::Notice;

/// The snapshot that is being fetched, if one is.
#[derive(Debug)]
pub struct Joining {
    genesis: Genesis,
    open: Option<Open>,
}

/// A snapshot whose index is the certified one.
#[derive(Debug)]
struct Open {
    height: Height,
    reader: SnapshotReader,
    /// By chunk, since the order of chunks is the order of the ledger's log.
    records: BTreeMap<u32, Vec<Change>>,
}

/// How far a snapshot has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotProgress {
    /// The height of its block.
    pub height: Height,
    /// Chunks that are held and verified.
    pub held: u32,
    /// How many chunks it has.
    pub chunks: u32,
}

impl Joining {
    /// Nothing is being fetched.
    pub const fn new(genesis: Genesis) -> Self {
        Self { genesis, open: None }
    }

    /// How far the snapshot has come that is being fetched; `None` if none is, or the last was given up.
    pub fn progress(&self) -> Option<SnapshotProgress> {
        let open = self.open.as_ref()?;
        let chunks = open.reader.chunks();
        // Each chunk is kept once and its number is below `chunks`, so the count fits.
        let held = u32::try_from(open.records.len()).unwrap_or(chunks);
        Some(SnapshotProgress { height: open.height, held, chunks })
    }

    /// Catch-up found a certified snapshot: does its index belong to the certified state?
    pub fn on_open(&mut self, manifest: &SnapshotManifest) -> Vec<Event> {
        let (height, state) = (manifest.block.height, manifest.certificate.outcome.state);
        let input = match SnapshotReader::new(&self.genesis, &manifest.index, state) {
            Ok(reader) => {
                let chunks = reader.chunks();
                self.open = Some(Open { height, reader, records: BTreeMap::new() });
                sync::Input::SnapshotOpened { height, chunks }
            }
            Err(_) => sync::Input::SnapshotRefused { height },
        };
        vec![Event::CatchUp(input)]
    }

    /// One chunk: verified by itself, so that a lie costs one question.
    pub fn on_chunk(&mut self, number: u32, bytes: &SnapshotChunk) -> Vec<Event> {
        let Some(open) = &mut self.open else { return Vec::new() };
        let height = open.height;
        let input = match open.reader.verify(number, &bytes.0) {
            Ok(records) => {
                open.records.insert(number, records);
                sync::Input::ChunkAccepted { height, number }
            }
            Err(_) => sync::Input::ChunkRefused { height, number },
        };
        vec![Event::CatchUp(input)]
    }

    /// Nobody has the rest.
    pub fn on_close(&mut self) {
        self.open = None;
    }

    /// All chunks are there. If they do not give the certified state, our own code is wrong about
    /// them, and we go on as we are.
    pub fn on_complete(&mut self, manifest: SnapshotManifest, handovers: Vec<Handover>) -> Vec<Event> {
        let Some(open) = self.open.take() else { return Vec::new() };
        let SnapshotManifest { block, certificate, .. } = manifest;
        let height = block.height;
        let records = in_order(open.records.into_values().flatten().collect());
        let restored = Ledger::restore(&self.genesis, records.clone()).ok();
        let Some(ledger) = restored.filter(|ledger| ledger.state() == certificate.outcome.state) else {
            return vec![Event::CatchUp(sync::Input::SnapshotRefused { height })];
        };
        let (digest, next_epoch) = (block.digest(), block.next_epoch());
        let validators = ledger.validators().clone();
        let restored = Restored { block: block.clone(), certificate, records };
        let mut events = vec![
            Event::Persist(Write::Restored(Box::new(restored))),
            Event::MoveTo { ledger: Box::new(ledger), block },
            Event::LeaveLane,
            Event::notice(Notice::SnapshotTaken { height }),
        ];
        let handovers = handovers.into_iter().map(|handover| Write::Handover(Box::new(handover)));
        events.extend(handovers.map(Event::Persist));
        events.extend([
            Event::CatchUp(sync::Input::Epoch { validators }),
            Event::CatchUp(sync::Input::Advanced { height, digest, next_epoch }),
            Event::CatchUp(sync::Input::Settled { height }),
            Event::Order(consensus::Input::Tick),
        ]);
        events
    }
}
