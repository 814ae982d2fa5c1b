//! From a finalized block to its settlement: in order, each block once. Holds the ledger.
//!
//! What is final is not questioned here, and what it does to accounts is the ledger's to say
//! (`corridor_ledger`). Block time, and which set an epoch may end with, are judged in [`proposals`]; what
//! follows from an execution is in [`settling`].

mod execution;
mod proposals;
mod settlement;
mod settling;

use std::sync::Arc;

use corridor_consensus as consensus;
use corridor_crypto::{Digest, Verified};
use corridor_lanes as lanes;
use corridor_ledger::{BlockContext, Ledger};
use corridor_sync as sync;
use corridor_types::persist::{Executed, Seal, Write};
use corridor_types::{
    Block, EntryKind, Finality, Height, SettlementCertificate, SignRequest, SignedOutcome, Tip, ValidatorSet,
    ValidatorSets, VerifiedBatch, View,
};

use crate::event::{Event, Question};
use crate::membership::Around;
use crate::pipeline::execution::MAX_WAITING;
use crate::pipeline::proposals::Proposals;
use crate::ready::{Effect, Halt, Notice};

pub use execution::{Execution, Final};
pub use settlement::Settlement;
pub use settling::Settling;

/// Blocks between finality and settlement, and the state after the executed ones.
#[derive(Debug)]
pub struct Pipeline {
    ledger: Ledger,
    /// The highest finalized block.
    finalized: Final,
    execution: Execution,
    proposals: Proposals,
    settling: Settling,
    /// From here on our disk holds everything.
    oldest: Height,
}

/// Where a pipeline begins.
#[derive(Debug)]
pub struct Beginning {
    /// The state after the executed block.
    pub ledger: Ledger,
    /// The highest finalized block.
    pub finalized: Final,
    /// The executed block, and the finalized ones above it.
    pub execution: Execution,
    /// What waits for a certificate.
    pub settling: Settling,
    /// From here on our disk holds everything.
    pub oldest: Height,
}

/// True if a block may have changed who belongs to the network.
fn changes_membership(executed: &Executed) -> bool {
    let kinds = [EntryKind::ChangeValidators, EntryKind::Enact, EntryKind::RegisterNode, EntryKind::RemoveNode];
    executed.entries.iter().any(|entry| entry.code.is_ok() && kinds.contains(&entry.kind))
}

impl Pipeline {
    /// Goes on from what the disk held. The first block's time is later than that of `genesis`.
    pub fn new(genesis: corridor_types::Timestamp, beginning: Beginning) -> Self {
        let Beginning { ledger, finalized, execution, settling, oldest } = beginning;
        Self { ledger, finalized, execution, proposals: Proposals::new(genesis), settling, oldest }
    }

    /// The state of the ledger after the last executed block.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The highest finalized block.
    pub const fn finalized(&self) -> &Final {
        &self.finalized
    }

    /// The executed block.
    pub const fn executed(&self) -> &Final {
        self.execution.executed()
    }

    /// What waits for a certificate.
    pub const fn settling(&self) -> &Settling {
        &self.settling
    }

    /// Proposals that wait for a judgement.
    pub const fn proposals(&self) -> &Proposals {
        &self.proposals
    }

    /// From here on our disk holds everything.
    pub const fn oldest(&self) -> Height {
        self.oldest
    }

    /// True if another range of finalized blocks fits in.
    pub fn has_room(&self) -> bool {
        self.execution.waiting() < MAX_WAITING
    }

    /// True if a decided change of validators waits to be ordered, or payments whose time has come.
    pub fn has_work(&self, wall: corridor_types::Timestamp) -> bool {
        self.next_set().is_some() || self.is_due(wall)
    }

    /// True if the ledger has something to do that only a block's time can set off. Asked when all
    /// that is final is executed: a block on the way may be the one.
    fn is_due(&self, wall: corridor_types::Timestamp) -> bool {
        let is_idle = self.ledger.height() == self.finalized.height;
        is_idle && self.ledger.next_due().is_some_and(|due| due <= wall)
    }

    /// The set that a boundary may name now: the decided one, once the last boundary's outcome is
    /// certified. So at most two epochs at a time have outcomes to sign, and nobody of an older set is
    /// needed any more.
    fn next_set(&self) -> Option<Digest> {
        let decided = self.ledger.pending_validators().map(ValidatorSet::digest);
        decided.filter(|_| !self.settling.has_boundary())
    }

    /// Blocks that the engine finalized by itself.
    pub fn on_finalized(&mut self, blocks: &[Block], seal: Seal) -> Vec<Event> {
        let mut events = self.keep_finalized(blocks, Some(seal));
        events.extend([self.advanced(), Event::Execute]);
        events
    }

    /// Finalized blocks that catch-up brought.
    pub fn on_caught_up(&mut self, blocks: Vec<Block>, stubs: Vec<Block>, finality: Verified<Finality>) -> Vec<Event> {
        let (from, Some(last)) = (self.finalized.height, blocks.last().cloned()) else { return Vec::new() };
        if last.height <= from {
            return Vec::new();
        }
        let to = last.height;
        let blocks: Vec<Block> = blocks.into_iter().filter(|block| block.height > from).collect();
        let seal = match finality.into_inner() {
            Finality::Finalization(finalization) => Some(Seal { stubs, finalization }),
            Finality::Settlement(_) => None,
        };
        let own = seal.as_ref().filter(|seal| seal.stubs.is_empty()).map(|seal| seal.finalization.clone());
        let mut events = self.keep_finalized(&blocks, seal);
        let finalization = own.map(Verified::assume_checked);
        events.extend([
            Event::notice(Notice::CatchingUp { from, to }),
            self.advanced(),
            Event::Order(consensus::Input::Synced { block: last, finalization }),
            Event::Execute,
        ]);
        events
    }

    /// `seal` is what finalized the last of the blocks, unless a settlement certificate did.
    fn keep_finalized(&mut self, blocks: &[Block], seal: Option<Seal>) -> Vec<Event> {
        let own = seal.as_ref().filter(|seal| seal.stubs.is_empty()).map(|seal| &seal.finalization);
        let mut events = Vec::new();
        for block in blocks {
            let finalization = own.filter(|held| held.block() == Some(block.digest())).cloned();
            events.push(Event::Persist(Write::Finalized { block: block.clone(), finalization }));
            self.execution.push(block.clone());
            self.finalized = Final::of(block);
        }
        if let Some(boundary) = blocks.last().filter(|block| block.is_boundary()) {
            self.settling.on_boundary(boundary.clone());
            events.extend(seal.map(|seal| Event::Persist(Write::Seal(seal))));
        }
        self.proposals.prune(self.finalized.view);
        events
    }

    /// Tells catch-up how far the finalized chain goes.
    fn advanced(&self) -> Event {
        let Final { height, digest, next_epoch, .. } = self.finalized;
        Event::CatchUp(sync::Input::Advanced { height, digest, next_epoch })
    }

    /// The next finalized block is executed when all its batches are held.
    pub fn on_execute(&self) -> Vec<Event> {
        let next = self.execution.next();
        let collect = next
            .map(|block| Event::Collect { parent_cut: self.execution.executed().cut.clone(), cut: block.cut.clone() });
        collect.into_iter().collect()
    }

    /// What the next finalized blocks lack is fetched, several groups of them at once, so that catch-up does
    /// not wait for one after the other.
    pub fn on_lacking(&self) -> Vec<Event> {
        let cuts = self.execution.next_cuts().into_iter();
        cuts.map(|(parent_cut, cut)| Event::Want { parent_cut, cut }).collect()
    }

    /// Executes the next finalized block, of which these are the batches.
    pub fn on_collected(&mut self, around: Around<'_>, batches: &[VerifiedBatch]) -> Vec<Event> {
        let Some(block) = self.execution.next().cloned() else { return Vec::new() };
        let context = BlockContext {
            epoch: block.epoch,
            height: block.height,
            time: block.time,
            digest: block.digest(),
            next_validators: block.next_validators,
        };
        let transactions = batches.iter().flat_map(|batch| batch.transactions().iter());
        match self.ledger.execute(&context, transactions) {
            Ok(executed) => {
                self.execution.advance();
                self.on_executed(around, block, executed)
            }
            Err(halt) => vec![Event::Halt(Halt::Ledger { height: block.height, problem: halt.to_string() })],
        }
    }

    fn on_executed(&mut self, around: Around<'_>, block: Block, executed: Executed) -> Vec<Event> {
        let outcome = executed.outcome;
        let members_changed = changes_membership(&executed);
        // One value for the disk and for whoever looks at it afterwards: a block may be megabytes.
        let executed = Arc::new(executed);
        let mut events = vec![Event::Persist(Write::Executed(executed.clone())), Event::Do(Effect::Executed(executed))];
        // Whether we vote or not: an outcome follows from what is final, so a copy of us signs the same,
        // and who has just left the set is still needed for the last blocks of its epoch.
        if around.roster.is_named_in(outcome.epoch) {
            events.push(Event::Sign(SignRequest::Outcome(outcome)));
        }
        events.extend(self.settling.on_executed(around.roster, &self.ledger, outcome));
        events.push(Event::Carry(lanes::Input::Finalized { cut: block.cut.clone() }));
        if block.is_boundary() {
            events.push(Event::EpochEnded(block));
        } else if members_changed {
            events.push(Event::TellMembership);
        }
        // A proposal may wait for what this block decided.
        events.extend([Event::Available, Event::Execute]);
        events
    }

    /// A validator's outcome.
    pub fn on_outcome(&mut self, around: Around<'_>, outcome: Verified<SignedOutcome>) -> Vec<Event> {
        self.settling.on_outcome(around.roster, &self.ledger, outcome)
    }

    /// Our own outcome, signed.
    pub fn on_outcome_signed(&mut self, around: Around<'_>, outcome: Verified<SignedOutcome>) -> Vec<Event> {
        self.settling.on_signed(around.roster, &self.ledger, outcome)
    }

    /// A settlement certificate from a peer.
    pub fn on_certificate(&mut self, around: Around<'_>, certificate: Verified<SettlementCertificate>) -> Vec<Event> {
        self.settling.on_certificate(around.roster, &self.ledger, certificate)
    }

    /// What was not certified in time is sent again.
    pub fn on_repeat_outcomes(&mut self, around: Around<'_>) -> Vec<Event> {
        self.settling.on_tick(around)
    }

    /// The leader's block: its time, and the set that it ends the epoch with.
    pub fn on_build(
        &self,
        around: Around<'_>,
        view: View,
        parent: Digest,
        parent_block: Option<&Block>,
        cut: Vec<Tip>,
    ) -> Vec<Event> {
        let time = self.proposals.time_of_own(around.clock.wall, parent_block);
        vec![Event::Order(consensus::Input::Built { view, parent, cut, time, next: self.next_set() })]
    }

    /// May this block be voted for? Its time and its set are judged here, its cut by the lanes.
    pub fn on_judge(&mut self, around: Around<'_>, question: Question) -> Vec<Event> {
        let drift_ms = self.ledger.roots().parameters.clock_drift_max_ms;
        let next_set = self.next_set();
        self.proposals.judge(around.clock.wall.plus_ms(drift_ms), next_set, question)
    }

    /// It cannot be judged yet.
    pub fn on_postpone(&mut self, question: Question) {
        self.proposals.keep(question);
    }

    /// Judges the waiting proposals again, after batches or time have come.
    pub fn on_judge_again(&mut self) -> Vec<Event> {
        self.proposals.take_all().into_iter().map(Event::Judge).collect()
    }

    /// The engine begins anew and will ask again.
    pub fn on_engine_started(&mut self) {
        self.proposals.clear();
    }

    /// Another set took over.
    pub fn on_epoch(&mut self, sets: &ValidatorSets) {
        self.settling.on_epoch(sets.clone());
    }

    /// Goes on from a snapshot's block.
    pub fn move_to(&mut self, ledger: Ledger, block: &Block) {
        self.settling.move_to(ledger.validator_sets(), block.height);
        self.ledger = ledger;
        self.finalized = Final::of(block);
        self.execution = Execution::new(Final::of(block), Vec::new());
        self.oldest = block.height.next();
    }
}

#[cfg(test)]
mod tests;
