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
use corridor_lanes as lanes;
use corridor_ledger::Ledger;
use corridor_ledger::snapshot::{SnapshotReader, in_order};
use corridor_sync as sync;
use corridor_types::persist::{Change, Restored, Write};
use corridor_types::{Handover, Height, SnapshotChunk, SnapshotManifest, View};

use crate::execution::Execution;
use crate::input::Clock;
use crate::ready::{Admission, Effect, Notice, Ready};
use crate::replica::{Final, Replica};
use crate::settlement::Settlement;
use crate::start::previous_set;

/// A snapshot that is being fetched.
#[derive(Debug)]
pub struct Joining {
    height: Height,
    reader: SnapshotReader,
    /// By chunk, since the order of chunks is the order of the ledger's log.
    records: BTreeMap<u32, Vec<Change>>,
}

impl Joining {
    fn progress(&self) -> SnapshotProgress {
        let held = u32::try_from(self.records.len()).unwrap_or(u32::MAX);
        SnapshotProgress { height: self.height, held, chunks: self.reader.chunks() }
    }
}

/// How far a snapshot has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotProgress {
    /// Its height.
    pub height: Height,
    /// Chunks held.
    pub held: u32,
    /// All chunks.
    pub chunks: u32,
}

impl Replica {
    /// How far the snapshot has come that is being fetched; `None` if none is, or the last was given up.
    pub fn snapshot_progress(&self) -> Option<SnapshotProgress> {
        self.joining.as_ref().map(Joining::progress)
    }

    /// Catch-up found a certified snapshot: does its index belong to the certified state?
    pub(crate) fn open_snapshot(&mut self, clock: Clock, manifest: &SnapshotManifest, ready: &mut Ready) {
        let (height, state) = (manifest.block.height, manifest.certificate.outcome.state);
        let opened = SnapshotReader::new(&self.config.genesis, &manifest.index, state);
        let input = match opened {
            Ok(reader) => {
                let chunks = reader.chunks();
                self.joining = Some(Joining { height, reader, records: BTreeMap::new() });
                sync::Input::SnapshotOpened { height, chunks }
            }
            Err(_) => sync::Input::SnapshotRefused { height },
        };
        self.drive_sync(clock, input, ready);
    }

    /// One chunk: verified by itself, so that a lie costs one question.
    pub(crate) fn take_chunk(&mut self, clock: Clock, number: u32, bytes: &SnapshotChunk, ready: &mut Ready) {
        let Some(joining) = &mut self.joining else { return };
        let height = joining.height;
        let input = match joining.reader.verify(number, &bytes.0) {
            Ok(records) => {
                joining.records.insert(number, records);
                sync::Input::ChunkAccepted { height, number }
            }
            Err(_) => sync::Input::ChunkRefused { height, number },
        };
        self.drive_sync(clock, input, ready);
    }

    /// All chunks are there. If they do not give the certified state, our own code is wrong about
    /// them, and we go on as we are.
    pub(crate) fn take_snapshot(
        &mut self,
        clock: Clock,
        manifest: SnapshotManifest,
        handovers: Vec<Handover>,
        ready: &mut Ready,
    ) {
        let Some(joining) = self.joining.take() else { return };
        let records = in_order(joining.records.into_values().flatten().collect());
        let restored = Ledger::restore(&self.config.genesis, records.clone());
        let certified = manifest.certificate.outcome.state;
        let Some(ledger) = restored.ok().filter(|ledger| ledger.state() == certified) else {
            let height = manifest.block.height;
            return self.drive_sync(clock, sync::Input::SnapshotRefused { height }, ready);
        };
        let height = manifest.block.height;
        ready.persist.push(Write::Restored(Box::new(Restored {
            block: manifest.block.clone(),
            certificate: manifest.certificate.clone(),
            records,
        })));
        self.move_to(ledger, &manifest, ready);
        self.leave_lane(clock, ready);
        ready.then.push(Effect::Notice(Notice::SnapshotTaken { height }));
        ready.persist.extend(handovers.into_iter().map(|handover| Write::Handover(Box::new(handover))));
        let validators = self.sets.current().clone();
        self.drive_sync(clock, sync::Input::Epoch { validators }, ready);
        self.advanced(clock, ready);
        self.drive_sync(clock, sync::Input::Settled { height }, ready);
        self.drive_engine(clock, consensus::Input::Tick, ready);
    }

    /// Every machine goes on from the snapshot's block.
    pub(crate) fn move_to(&mut self, ledger: Ledger, manifest: &SnapshotManifest, ready: &mut Ready) {
        let block = &manifest.block;
        self.leave_what_was(block.view);
        let sets = ledger.validator_sets();
        self.ledger = ledger;
        self.finalized = Final::of(block);
        self.execution = Execution::new(Final::of(block), Vec::new());
        self.settlement = Settlement::new(sets.clone(), block.height, block.height, &[]);
        self.oldest = block.height.next();
        self.boundaries.clear();
        self.unsettled.clear();
        self.sets = sets;
        ready.enter.extend(self.sets.iter().rev().skip(1).take(1).cloned());
        self.enter_set(self.ledger.validators().clone(), ready);
        self.start_engine(block.clone());
        self.start_lanes(block.cut.clone());
    }

    /// Our votes below the snapshot are of no use any more, and voting begins as after a start. What is in
    /// no batch yet is given back; a draft is completed when voting begins.
    fn leave_what_was(&mut self, view: View) {
        let (draft, waiting) = self.lanes.stand_aside();
        self.draft = draft.or(self.draft.take());
        waiting.iter().for_each(|id| self.submissions.resolve(id, &Admission::Busy));
        if self.guard.is_open() {
            let signed = self.me.map_or(View(0), |me| self.engine.highest_signed_by(me));
            self.guard.close(view.max(signed));
        }
    }

    /// Lanes above a cut, with the batches that were held before: what is missing is fetched.
    fn start_lanes(&mut self, cut: Vec<corridor_types::Tip>) {
        let config = lanes::Config {
            validators: self.sets.current().clone(),
            previous: previous_set(&self.sets),
            me: self.me,
            limits: self.config.timings.lanes,
        };
        let resume = lanes::Resume { finalized_cut: cut, batches: self.lanes.held(), draft: None };
        // Only a damaged draft is refused, and there is none.
        if let Ok(lanes) = lanes::Lanes::new(config, resume) {
            self.lanes = lanes;
        }
    }
}
