//! What the machines' outputs lead to: messages, questions to other machines, execution.

use std::collections::BTreeSet;
use std::sync::Arc;

use corridor_consensus as consensus;
use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{Digest, Verified};
use corridor_lanes as lanes;
use corridor_ledger::BlockContext;
use corridor_sync as sync;
use corridor_types::persist::{Seal, Write, tip_of};
use corridor_types::{
    Block, Evidence, Finality, IdentifiedTransaction, Message, ParticipantId, Request, SignRequest, Timestamp, Tip,
    ValidatorIndex, ValidatorSet, View,
};

use crate::epochs::changes_membership;
use crate::execution::MAX_WAITING;
use crate::input::{Clock, Peer};
use crate::judging::Question;
use crate::ready::{Admission, Effect, Halt, Notice, Ready, Recipient};
use crate::replica::{Final, Replica};
use crate::settlement::Step;

/// Peers asked at once for what the engine lacks: with one silent and one that lies, one answers.
const ASKED_AT_ONCE: usize = 3;

impl Replica {
    /// Steps the ordering engine and carries its output on.
    pub(crate) fn drive_engine(&mut self, clock: Clock, input: consensus::Input, ready: &mut Ready) {
        let output = self.engine.step(clock.steady_ms, input);
        ready.persist.extend(output.persist);
        ready.sign.extend(output.sign);
        for action in output.then {
            self.engine_action(clock, action, ready);
        }
    }

    fn engine_action(&mut self, clock: Clock, action: consensus::Action, ready: &mut Ready) {
        match action {
            consensus::Action::Send { to, message } => {
                let to = match to {
                    consensus::Recipient::All => Recipient::Validators,
                    consensus::Recipient::One(index) => match self.key_of(index) {
                        Some(peer) => Recipient::One(peer),
                        None => return,
                    },
                };
                let message = self.with_proofs(message);
                ready.send(to, message);
            }
            consensus::Action::Build { view, parent, parent_block } => {
                self.build(clock, view, parent, parent_block.as_ref(), ready);
            }
            consensus::Action::Judge { block, parent } => self.judge(clock, Question { block, parent }, ready),
            consensus::Action::FetchBlock { digest, holders } => {
                self.ask_some(Request::Block { digest }, &holders, ready);
            }
            consensus::Action::FetchCertificates { from_view, peers } => {
                self.ask_some(Request::Certificates { from: from_view }, &peers, ready);
            }
            consensus::Action::Finalized { blocks, stubs, finalization } => {
                self.finalized(clock, blocks, Seal { stubs, finalization }, ready);
            }
            consensus::Action::Behind { finalization, holders } => {
                // The engine holds verified certificates only.
                let finalization = Verified::assume_checked(finalization);
                let holders = holders.into_iter().filter_map(|index| self.key_of(index)).collect();
                self.drive_sync(clock, sync::Input::Behind { finalization, holders }, ready);
            }
            consensus::Action::Evidence(evidence) => self.accuse(evidence, ready),
        }
    }

    /// Proposes the longest cut that we hold. Block time is ours, and later than the parent's.
    fn build(&mut self, clock: Clock, view: View, parent: Digest, parent_block: Option<&Block>, ready: &mut Ready) {
        let parent_time = parent_block.map_or(self.config.genesis.time, |block| block.time);
        let time = clock.wall.max(parent_time.plus_ms(1));
        let cut = self.lanes.propose_cut(parent_block.map_or(&[], |block| block.cut.as_slice()));
        let next = self.next_set();
        self.drive_engine(clock, consensus::Input::Built { view, parent, cut, time, next }, ready);
    }

    /// Is this cut acceptable and held, and its time neither before its parent's nor ahead of ours?
    fn judge(&mut self, clock: Clock, question: Question, ready: &mut Ready) {
        let block = question.block.digest();
        let parent_time = question.parent.as_ref().map_or(self.config.genesis.time, |parent| parent.time);
        if question.block.time <= parent_time {
            return self.drive_engine(clock, consensus::Input::Judged { block, acceptable: false }, ready);
        }
        if question.block.time > self.latest_acceptable_time(clock) || !self.knows_next_set(&question.block) {
            return self.judging.keep(question);
        }
        let parent_cut: &[Tip] = question.parent.as_ref().map_or(&[], |parent| parent.cut.as_slice());
        match self.lanes.judge(clock.steady_ms, Some(question.block.proposer), &question.block.cut, parent_cut) {
            lanes::Judgement::Acceptable => {
                self.drive_engine(clock, consensus::Input::Judged { block, acceptable: true }, ready);
            }
            lanes::Judgement::Invalid(reason) => {
                if let Some(peer) = self.key_of(question.block.proposer) {
                    ready.then.push(Effect::Notice(Notice::Misbehaved { peer, reason: reason.to_string() }));
                }
                self.drive_engine(clock, consensus::Input::Judged { block, acceptable: false }, ready);
            }
            lanes::Judgement::Waiting(actions) => {
                self.judging.keep(question);
                actions.into_iter().for_each(|action| self.lanes_action(action, ready));
            }
        }
    }

    fn latest_acceptable_time(&self, clock: Clock) -> Timestamp {
        clock.wall.plus_ms(self.ledger.roots().parameters.clock_drift_max_ms)
    }

    /// An epoch ends only as our own executed ledger has decided. If we have not executed the
    /// decision yet, the question waits until we have.
    fn knows_next_set(&self, block: &Block) -> bool {
        !block.is_boundary() || self.next_set() == Some(block.next_validators)
    }

    /// Judges the waiting proposals again, after batches or time have come.
    pub(crate) fn judge_again(&mut self, clock: Clock, ready: &mut Ready) {
        for question in self.judging.take_all() {
            self.judge(clock, question, ready);
        }
    }

    /// Steps the lanes and carries their output on.
    pub(crate) fn drive_lanes(&mut self, clock: Clock, input: lanes::Input, ready: &mut Ready) {
        let output = self.lanes.step(clock.steady_ms, input);
        ready.persist.extend(output.persist);
        ready.sign.extend(output.sign);
        for action in output.then {
            self.lanes_action(action, ready);
        }
    }

    fn lanes_action(&mut self, action: lanes::Action, ready: &mut Ready) {
        match action {
            lanes::Action::Send { to, message } => {
                let to = match to {
                    lanes::Recipient::All => Recipient::Validators,
                    lanes::Recipient::One(index) => match self.key_of(index) {
                        Some(peer) => Recipient::One(peer),
                        None => return,
                    },
                    lanes::Recipient::Author(lane) => {
                        let keys = self.keys_of_author(lane);
                        return keys.into_iter().for_each(|key| ready.send(Recipient::One(key), message.clone()));
                    }
                };
                ready.send(to, message);
            }
            lanes::Action::Fetch { request, peers } => self.ask_first(request, &peers, ready),
            lanes::Action::Available => self.available = true,
            lanes::Action::Accepted { ids } => {
                ids.iter().for_each(|id| self.submissions.resolve(id, &Admission::Accepted));
            }
            lanes::Action::Refused { id, reason } => {
                let admission = match reason {
                    lanes::Refusal::NoLane => Admission::NoLane,
                    _ => Admission::Busy,
                };
                self.submissions.resolve(&id, &admission);
            }
            lanes::Action::Evidence(evidence) => self.accuse(evidence, ready),
            lanes::Action::Equivocation { lane, .. } => {
                let reason = format!("signed two batches for one position of lane {lane}, in two epochs");
                let author = self.sets.current().index_of(lane).and_then(|index| self.key_of(index));
                ready.then.extend(author.map(|peer| Effect::Notice(Notice::Misbehaved { peer, reason })));
            }
        }
    }

    fn among_connected<'a>(&'a self, peers: &'a [ValidatorIndex]) -> impl Iterator<Item = Peer> + 'a {
        peers.iter().filter_map(|index| self.key_of(*index)).filter(|peer| self.peers.contains_key(peer))
    }

    /// The network key of a validator of the current epoch.
    pub(crate) fn key_of(&self, index: ValidatorIndex) -> Option<Peer> {
        self.sets.current().get(index).map(|validator| validator.network_key)
    }

    /// The network keys of the author of a lane in this epoch and the one before: who moved to another
    /// machine between them still has its last batches to deliver from the first.
    fn keys_of_author(&self, lane: ParticipantId) -> BTreeSet<Peer> {
        let of = |set: &ValidatorSet| Some(set.get(set.index_of(lane)?)?.network_key);
        self.sets.iter().rev().take(2).filter_map(of).collect()
    }

    /// The lane whose author a peer is, in this epoch or the one before.
    pub(crate) fn lane_of(&self, peer: &Peer) -> Option<ParticipantId> {
        let of = |set: &ValidatorSet| Some(set.get(set.index_of_network_key(peer)?)?.participant);
        self.sets.iter().rev().take(2).find_map(of)
    }

    /// A proposal travels with proofs for the tips that others may not hold.
    fn with_proofs(&self, message: Message) -> Message {
        let Message::Proposal { proposal, .. } = message else { return message };
        let proofs = self.lanes.proofs_for(&proposal.block.cut, &self.finalized.cut);
        Message::Proposal { proposal, proofs }
    }

    /// Evidence is kept, and told. Against ourselves it is not kept: one half may never have left our
    /// disk, signed before a crash while a copy of us went on. Whoever was sent both halves has the evidence.
    pub(crate) fn accuse(&self, evidence: Evidence, ready: &mut Ready) {
        let set = evidence.epoch().and_then(|epoch| self.sets.get(epoch));
        let accused = set.and_then(|set| evidence.culprit(set)).map(|(_, validator)| validator.key);
        if let Some(key) = accused.filter(|key| self.config.keys.contains(key)) {
            return ready.then.push(Effect::Notice(Notice::SignedTwice { key }));
        }
        ready.persist.push(Write::Evidence(evidence.clone()));
        ready.then.push(Effect::Evidence(evidence));
    }

    /// Asks the first of `peers` that is connected: the lanes rotate them from one try to the next.
    fn ask_first(&self, request: Request, peers: &[ValidatorIndex], ready: &mut Ready) {
        if let Some(peer) = self.among_connected(peers).next() {
            ready.send(Recipient::One(peer), Message::Request(request));
        }
    }

    /// Asks some of `peers` at once, others at every call, so that a peer that stays silent costs
    /// nothing: the engine names whom it may ask and leaves the choice to us.
    fn ask_some(&mut self, request: Request, peers: &[ValidatorIndex], ready: &mut Ready) {
        let connected: Vec<Peer> = self.among_connected(peers).collect();
        self.asked = self.asked.wrapping_add(1);
        let turn = self.asked % connected.len().max(1);
        for peer in connected.iter().cycle().skip(turn).take(connected.len().min(ASKED_AT_ONCE)) {
            ready.send(Recipient::One(*peer), Message::Request(request));
        }
    }

    /// What became available during a step is used before the step ends: one round after the
    /// other, never nested, however long the backlog is.
    pub(crate) fn use_what_came(&mut self, clock: Clock, ready: &mut Ready) {
        while std::mem::take(&mut self.available) && !self.halted {
            let work = self.has_work(clock);
            if work || self.had_work {
                self.had_work = work;
                // Said again though nothing changed: a leader that waited for work asks anew.
                self.drive_engine(clock, consensus::Input::Work(work), ready);
            }
            self.judge_again(clock, ready);
            self.execute(clock, ready);
        }
    }

    /// Steps catch-up and carries its output on.
    pub(crate) fn drive_sync(&mut self, clock: Clock, input: sync::Input, ready: &mut Ready) {
        for action in self.sync.step(clock.steady_ms, input) {
            match action {
                sync::Action::Ask { to, request } => ready.send(Recipient::One(to), Message::Request(request)),
                sync::Action::Accept { blocks, stubs, finality } => {
                    self.caught_up(clock, blocks, stubs, finality, ready);
                }
                sync::Action::Misbehaved { peer, reason } => {
                    ready.then.push(Effect::Notice(Notice::Misbehaved { peer, reason: reason.to_string() }));
                }
                sync::Action::OpenSnapshot { manifest } => self.open_snapshot(clock, &manifest, ready),
                sync::Action::Chunk { number, bytes, .. } => self.take_chunk(clock, number, &bytes, ready),
                sync::Action::CloseSnapshot { .. } => self.joining = None,
                sync::Action::SnapshotComplete { manifest, handovers, .. } => {
                    self.take_snapshot(clock, *manifest, handovers, ready);
                }
            }
        }
    }

    /// Blocks that the engine finalized by itself.
    fn finalized(&mut self, clock: Clock, blocks: Vec<Block>, seal: Seal, ready: &mut Ready) {
        self.keep_finalized(&blocks, Some(seal), ready);
        self.advanced(clock, ready);
        self.execute(clock, ready);
    }

    /// Finalized blocks that catch-up brought.
    fn caught_up(
        &mut self,
        clock: Clock,
        blocks: Vec<Block>,
        stubs: Vec<Block>,
        finality: Verified<Finality>,
        ready: &mut Ready,
    ) {
        let Some(last) = blocks.last().cloned() else { return };
        if last.height <= self.finalized.height {
            return;
        }
        let (from, to) = (self.finalized.height, last.height);
        let blocks: Vec<Block> = blocks.into_iter().filter(|block| block.height > from).collect();
        let seal = match finality.into_inner() {
            Finality::Finalization(finalization) => Some(Seal { stubs, finalization }),
            Finality::Settlement(_) => None,
        };
        let own = seal.as_ref().filter(|seal| seal.stubs.is_empty()).map(|seal| seal.finalization.clone());
        self.keep_finalized(&blocks, seal, ready);
        ready.then.push(Effect::Notice(Notice::CatchingUp { from, to }));
        self.advanced(clock, ready);
        let finalization = own.map(Verified::assume_checked);
        self.drive_engine(clock, consensus::Input::Synced { block: last, finalization }, ready);
        self.execute(clock, ready);
    }

    /// Tells catch-up how far the finalized chain goes.
    pub(crate) fn advanced(&mut self, clock: Clock, ready: &mut Ready) {
        let Final { height, digest, next_epoch, .. } = self.finalized;
        self.drive_sync(clock, sync::Input::Advanced { height, digest, next_epoch }, ready);
    }

    /// Tells catch-up when there starts or ceases to be room for another range.
    pub(crate) fn report_room(&mut self, clock: Clock, ready: &mut Ready) {
        let room = self.execution.waiting() < MAX_WAITING;
        if std::mem::replace(&mut self.had_room, room) != room {
            self.drive_sync(clock, sync::Input::Room(room), ready);
        }
    }

    /// `seal` is what finalized the last of the blocks, unless a settlement certificate did.
    fn keep_finalized(&mut self, blocks: &[Block], seal: Option<Seal>, ready: &mut Ready) {
        let own = seal.as_ref().filter(|seal| seal.stubs.is_empty()).map(|seal| &seal.finalization);
        for block in blocks {
            let finalization = own.filter(|held| held.block() == Some(block.digest())).cloned();
            ready.persist.push(Write::Finalized { block: block.clone(), finalization });
            self.execution.push(block.clone());
            self.finalized = Final::of(block);
        }
        if let Some(boundary) = blocks.last().filter(|block| block.is_boundary()) {
            self.boundaries.insert(boundary.height, boundary.clone());
            ready.persist.extend(seal.map(Write::Seal));
        }
        self.judging.prune(self.finalized.view);
    }

    /// Executes finalized blocks in order, as far as their batches are held.
    pub(crate) fn execute(&mut self, clock: Clock, ready: &mut Ready) {
        while let Some(block) = self.execution.next().cloned() {
            let parent_cut = self.execution.executed().cut.clone();
            let Some(batches) = self.lanes.collect(&parent_cut, &block.cut) else {
                return self.want_batches(clock, ready);
            };
            let context = BlockContext {
                epoch: block.epoch,
                height: block.height,
                time: block.time,
                digest: block.digest(),
                next_validators: block.next_validators,
            };
            let transactions = batches.iter().flat_map(|batch| batch.transactions().iter());
            match self.ledger.execute(&context, transactions) {
                Ok(executed) => self.executed(clock, &block, executed, ready),
                Err(halt) => {
                    self.halted = true;
                    let halt = Halt::Ledger { height: block.height, problem: halt.to_string() };
                    return ready.then.push(Effect::Halt(halt));
                }
            }
            if self.halted {
                return;
            }
        }
    }

    /// Fetches what the next finalized blocks lack, several groups of them at once, so that catch-up does
    /// not wait for one after the other.
    fn want_batches(&mut self, clock: Clock, ready: &mut Ready) {
        for (parent_cut, cut) in self.execution.next_cuts() {
            let wanted = self.lanes.want(clock.steady_ms, &parent_cut, &cut);
            wanted.into_iter().for_each(|action| self.lanes_action(action, ready));
        }
    }

    fn executed(
        &mut self,
        clock: Clock,
        block: &Block,
        executed: corridor_types::persist::Executed,
        ready: &mut Ready,
    ) {
        let outcome = executed.outcome;
        let members_changed = changes_membership(&executed);
        // One value for the disk and for whoever looks at it afterwards: a block may be megabytes.
        let executed = Arc::new(executed);
        ready.persist.push(Write::Executed(executed.clone()));
        ready.then.push(Effect::Executed(executed));
        // Whether we vote or not: an outcome follows from what is final, so a copy of us signs the same,
        // and who has just left the set is still needed for the last blocks of its epoch.
        if self.is_named_in(outcome.epoch) {
            ready.sign.push(SignRequest::Outcome(outcome));
        }
        let steps = self.settlement.executed(outcome);
        self.settle(clock, steps, ready);
        if let Some(cut) = self.execution.advance() {
            self.drive_lanes(clock, lanes::Input::Finalized { cut }, ready);
        }
        if block.is_boundary() && !(planted::is(Bug::OldSetAfterCatchUp) && self.sync.is_syncing()) {
            self.begin_epoch(clock, block, ready);
        } else if members_changed {
            ready.then.push(Effect::Membership(self.membership()));
        }
        // A proposal may wait for what this block decided.
        self.available = true;
    }

    /// Carries on what followed from an outcome or a settlement certificate.
    pub(crate) fn settle(&mut self, clock: Clock, steps: Vec<Step>, ready: &mut Ready) {
        for step in steps {
            match step {
                Step::Keep(certificate) => ready.persist.push(Write::Settlement(certificate)),
                Step::Settled(certificate) => {
                    let height = certificate.outcome.height;
                    self.keep_handover(&certificate, ready);
                    // The end of an epoch may have waited for this.
                    self.available = true;
                    ready.then.push(Effect::Settled(Arc::new(certificate)));
                    self.follow_soon(clock.steady_ms);
                    self.drive_sync(clock, sync::Input::Settled { height }, ready);
                }
                Step::Differ(height) => ready.then.push(Effect::Notice(Notice::OutcomesDiffer { height })),
                Step::Contradiction { first, second } => {
                    self.accuse(Evidence::ConflictingOutcomes { first, second }, ready);
                }
                Step::Diverged { ours, theirs } => {
                    self.halted = true;
                    let (height, ours, theirs) = (ours.height, Box::new(ours), Box::new(theirs));
                    ready.then.push(Effect::Halt(Halt::Diverged { height, ours, theirs }));
                }
            }
        }
    }

    /// Admits clients' transactions: what the ledger knows or refuses is answered at once, the rest
    /// goes into our lane and is answered when it is durable there.
    pub(crate) fn submit(
        &mut self,
        clock: Clock,
        ticket: u64,
        transactions: Vec<Verified<IdentifiedTransaction>>,
        ready: &mut Ready,
    ) {
        let is_urgent = transactions.iter().all(|item| item.transaction.operation.is_urgent());
        if !self.submissions.has_room(transactions.len(), is_urgent) || self.lane_is_behind() {
            let admissions = vec![Admission::Busy; transactions.len()];
            return ready.then.push(Effect::Submitted { ticket, admissions });
        }
        self.submissions.open(ticket, transactions.len());
        let mut fresh = Vec::new();
        for (position, item) in transactions.into_iter().enumerate() {
            match self.admit(clock, &item) {
                Some(admission) => self.submissions.answer(ticket, position, admission),
                None if self.submissions.wait(item.id, ticket, position) => fresh.push(item),
                None => {}
            }
        }
        if !fresh.is_empty() {
            self.drive_lanes(clock, lanes::Input::Submit(fresh), ready);
        }
    }

    /// True while our lane is shorter than what our signer's record says we signed: the database
    /// was lost or lost its tail. Whatever we batched now the signer would refuse, so nothing is
    /// accepted until the peers have given our lane back.
    pub(crate) fn lane_is_behind(&self) -> bool {
        let lane = self.me.and_then(|me| self.sets.current().get(me)).map(|validator| validator.participant);
        // Executed, not only finalized: until then our lane does not go on from its true end, and what
        // it signed next would take a position that is taken.
        let held = lane.and_then(|lane| tip_of(&self.execution.executed().cut, lane)).map(|tip| tip.sequence);
        let floor = self.lane_floor.filter(|_| !planted::is(Bug::LaneFloorIgnored));
        floor.is_some_and(|floor| held.is_none_or(|held| held < floor))
    }

    fn admit(&self, clock: Clock, item: &IdentifiedTransaction) -> Option<Admission> {
        let transaction = &item.transaction;
        match self.me {
            // Soon: the guard lets nothing be signed yet.
            None if self.position().is_some() => return Some(Admission::Busy),
            Some(_) if !self.is_leaving() => {}
            _ => return Some(Admission::NoLane),
        }
        let known = transaction.operation.reference().and_then(|reference| self.ledger.lookup(&reference));
        if known.is_some_and(|used| used.content == transaction.operation.content(transaction.participant)) {
            return Some(Admission::Known);
        }
        let refusal = self.ledger.check(transaction, clock.wall).err()?;
        Some(Admission::Refused { field: refusal.field, code: refusal.code, detail: refusal.detail })
    }

    pub(crate) fn report_submissions(&mut self, ready: &mut Ready) {
        for (ticket, admissions) in self.submissions.take_complete() {
            ready.then.push(Effect::Submitted { ticket, admissions });
        }
    }
}
