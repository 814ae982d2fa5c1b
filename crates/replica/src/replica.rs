//! The replica itself: which input goes to which machine, and what their outputs lead to.
//!
//! Each method is one row of that table. Rules live in the machines, never here.

use std::collections::BTreeMap;

use corridor_consensus as consensus;
use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{Digest, SigningContext};
use corridor_lanes as lanes;
use corridor_ledger::Ledger;
use corridor_sync as sync;
use corridor_types::persist::Draft;
use corridor_types::{
    Block, Epoch, Height, Message, Outcome, Request, Seen, Sequence, SignRequest, Signed, Status, Timestamp, Tip,
    ValidatorIndex, ValidatorSet, ValidatorSets, View,
};

use crate::answers::AnswerBudget;
use crate::execution::Execution;
use crate::guard::Guard;
use crate::input::{Clock, Input, Peer, VerifiedMessage, VerifiedResponse};
use crate::joining::Joining;
use crate::judging::Judging;
use crate::ready::{Effect, Ready, Recipient};
use crate::settlement::Settlement;
use crate::start::{Config, Parts, place_of};
use crate::submission::Submissions;

/// The machine. See the crate documentation.
#[derive(Debug)]
pub struct Replica {
    pub(crate) config: Config,
    pub(crate) context: SigningContext,
    /// The validators of every epoch so far.
    pub(crate) sets: ValidatorSets,
    /// Our position in the current set, once the guard is open.
    pub(crate) me: Option<ValidatorIndex>,
    pub(crate) guard: Guard,
    /// What our record knows of the current epoch, until voting begins.
    pub(crate) own: Vec<Signed>,
    /// Our own batch that lacks its signature, until voting begins.
    pub(crate) draft: Option<Draft>,
    /// The highest position of our lane that our signer has signed.
    pub(crate) signed_batch: Sequence,
    pub(crate) engine: consensus::Engine,
    pub(crate) lanes: lanes::Lanes,
    pub(crate) sync: sync::Sync,
    pub(crate) ledger: Ledger,
    pub(crate) execution: Execution,
    pub(crate) judging: Judging,
    pub(crate) settlement: Settlement,
    pub(crate) submissions: Submissions,
    answers: AnswerBudget,
    /// A snapshot that is being fetched.
    pub(crate) joining: Option<Joining>,
    /// Outcomes executed before the last restart and not certified: signed again once.
    pub(crate) unsettled: Vec<Outcome>,
    /// Last blocks of epochs whose outcomes are not certified yet.
    pub(crate) boundaries: BTreeMap<Height, Block>,
    /// From here on our disk holds everything.
    pub(crate) oldest: Height,
    /// The snapshot that we offer; 0 for none.
    snapshot: Height,
    /// The highest finalized block: height, view, digest, cut.
    pub(crate) finalized: Final,
    /// Where each connected peer said it is.
    pub(crate) peers: BTreeMap<Peer, Option<Status>>,
    next_status_ms: u64,
    /// When observers are told of what settled.
    next_follow_ms: Option<u64>,
    next_outcome_ms: u64,
    started: bool,
    pub(crate) had_work: bool,
    /// Catch-up was told that another range fits in.
    pub(crate) had_room: bool,
    /// Something came that waiting proposals or finalized blocks may need.
    pub(crate) available: bool,
    /// How often peers were asked, to ask others the next time.
    pub(crate) asked: usize,
    /// Nothing is accepted until our lane is executed up to here; see `lane_is_behind`.
    pub(crate) lane_floor: Option<Sequence>,
    pub(crate) halted: bool,
}

/// A finalized block, as far as the replica needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Final {
    pub height: Height,
    pub view: View,
    pub digest: Digest,
    pub cut: Vec<Tip>,
    /// The epoch of the block after it.
    pub next_epoch: Epoch,
}

impl Final {
    pub fn genesis(digest: Digest) -> Self {
        Self { height: Height(0), view: View(0), digest, cut: Vec::new(), next_epoch: Epoch(0) }
    }

    pub fn of(block: &Block) -> Self {
        Self {
            height: block.height,
            view: block.view,
            digest: block.digest(),
            cut: block.cut.clone(),
            next_epoch: block.next_epoch(),
        }
    }
}

impl Replica {
    /// Joins the machines at the start.
    pub(crate) fn assemble(config: Config, context: SigningContext, parts: Parts) -> Self {
        let Parts { engine, lanes, sync, ledger, execution, settlement, sets, guard, finalized, lane_floor } = parts;
        Self {
            context,
            sets,
            me: None,
            guard,
            own: Vec::new(),
            draft: None,
            signed_batch: Sequence(0),
            had_room: true,
            engine,
            lanes,
            sync,
            ledger,
            execution,
            judging: Judging::default(),
            settlement,
            submissions: Submissions::default(),
            answers: AnswerBudget::default(),
            joining: None,
            unsettled: Vec::new(),
            boundaries: BTreeMap::new(),
            oldest: Height(1),
            snapshot: Height(0),
            finalized,
            peers: BTreeMap::new(),
            next_status_ms: 0,
            next_follow_ms: None,
            next_outcome_ms: 0,
            started: false,
            had_work: false,
            available: false,
            asked: 0,
            lane_floor,
            halted: false,
            config,
        }
    }

    /// The state of the ledger after the last executed block.
    pub const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The ordering engine, for inspection.
    pub const fn engine(&self) -> &consensus::Engine {
        &self.engine
    }

    /// The validators of the current epoch.
    pub fn validators(&self) -> &ValidatorSet {
        self.sets.current()
    }

    /// The validators of every epoch so far.
    pub const fn validator_sets(&self) -> &ValidatorSets {
        &self.sets
    }

    /// Our position among them; `None` for an observer and before voting begins.
    pub const fn me(&self) -> Option<ValidatorIndex> {
        self.me
    }

    /// What everything on this chain is signed for.
    pub const fn context(&self) -> &SigningContext {
        &self.context
    }

    /// How far this node is: finalized, executed and settled heights.
    pub fn heights(&self) -> Heights {
        Heights {
            finalized: self.finalized.height,
            executed: self.execution.executed().height,
            settled: self.settlement.settled(),
        }
    }

    /// The view of the highest finalized block.
    pub const fn finalized_view(&self) -> View {
        self.finalized.view
    }

    /// Who has sent an outcome for the lowest unsettled height.
    pub fn outcome_voters(&self) -> Vec<ValidatorIndex> {
        self.settlement.voters()
    }

    /// The lowest height at which validators computed different outcomes and none has a quorum.
    pub fn differing_outcomes(&self) -> Option<Height> {
        self.settlement.differing()
    }

    /// True if an executed block waits for its certificate.
    pub fn is_settling(&self) -> bool {
        self.settlement.is_waiting()
    }

    /// True if something waits to be ordered.
    pub const fn is_working(&self) -> bool {
        self.had_work
    }

    /// What the lanes hold and lack.
    pub fn load(&self) -> lanes::Load {
        self.lanes.load()
    }

    /// The latest time of a proposal that waits for a judgement.
    pub fn latest_proposed_time(&self) -> Option<Timestamp> {
        self.judging.latest_time()
    }

    /// Why this node does not vote though the validator set names its participant; `None` if it
    /// votes, and for observers.
    pub fn silence(&self) -> Option<Silence> {
        let set = self.sets.current();
        if self.position().is_none() {
            let named = self.config.participant.and_then(|participant| set.index_of(participant));
            return named.map(|_| Silence::KeyMissing);
        }
        match (self.guard.is_open(), self.guard.named()) {
            (true, _) => None,
            (false, Some(named)) => Some(Silence::RecordIsOld(named)),
            (false, None) if self.guard.is_watching() => Some(Silence::Watching),
            (false, None) => Some(Silence::WaitingForQuorum),
        }
    }

    /// Connected peers, and where each said it is.
    pub const fn peers(&self) -> &BTreeMap<Peer, Option<Status>> {
        &self.peers
    }

    /// True while finalized blocks are fetched from peers.
    pub fn is_catching_up(&self) -> bool {
        self.sync.is_syncing()
    }

    /// True once a halt was reported; every later input is ignored.
    pub const fn is_halted(&self) -> bool {
        self.halted
    }

    /// When the next tick is wanted, in milliseconds of the steady clock.
    pub fn next_deadline(&self) -> u64 {
        let outcome = self.settlement.is_waiting().then_some(self.next_outcome_ms);
        let deadlines = [self.engine.next_deadline(), self.lanes.next_deadline(), self.sync.next_deadline(), outcome];
        let others = [self.next_follow_ms, self.guard.next_deadline().filter(|_| self.position().is_some())];
        deadlines.into_iter().chain(others).flatten().fold(self.next_status_ms, u64::min)
    }

    /// Takes one input and says what to keep, what to sign and what to do.
    pub fn step(&mut self, clock: Clock, input: Input) -> Ready {
        let mut ready = Ready::default();
        if self.halted {
            return ready;
        }
        if !std::mem::replace(&mut self.started, true) {
            self.begin(clock, &mut ready);
        }
        match input {
            Input::Tick => self.tick(clock, &mut ready),
            Input::Message { from, message } => self.message(clock, from, message, &mut ready),
            Input::Connected(peer) => self.connected(clock, peer, &mut ready),
            Input::Disconnected(peer) => self.disconnected(clock, peer, &mut ready),
            Input::Submit { ticket, transactions } => self.submit(clock, ticket, transactions, &mut ready),
            Input::Signed(signed) => self.signed(clock, signed, &mut ready),
            Input::SnapshotReady(height) => self.snapshot = height,
        }
        self.use_what_came(clock, &mut ready);
        self.report_room(clock, &mut ready);
        self.report_work(clock, &mut ready);
        self.report_submissions(&mut ready);
        ready
    }

    fn tick(&mut self, clock: Clock, ready: &mut Ready) {
        let now = clock.steady_ms;
        self.drive_engine(clock, consensus::Input::Tick, ready);
        self.drive_lanes(clock, lanes::Input::Tick, ready);
        if self.me.is_some() && !self.lane_is_behind() {
            self.drive_lanes(clock, lanes::Input::Carry, ready);
        }
        self.drive_sync(clock, sync::Input::Tick, ready);
        self.look_again(clock, ready);
        // Also what a restart or a full table of wants left unasked is asked for again.
        self.judge_again(clock, ready);
        self.execute(clock, ready);
        if now >= self.next_status_ms {
            self.next_status_ms = now.saturating_add(self.config.timings.status_ms);
            ready.send(Recipient::Everyone, Message::Status(self.status()));
        }
        self.tell_observers(now, ready);
        if self.settlement.is_waiting() && now >= self.next_outcome_ms {
            self.next_outcome_ms = now.saturating_add(self.config.timings.outcome_retransmit_ms);
            self.settlement
                .to_retransmit()
                .filter(|_| !planted::is(Bug::OutcomesSentOnce))
                .for_each(|outcome| ready.send(Recipient::Validators, Message::Outcome(outcome)));
            // What was executed before the last restart is not signed yet in this run.
            if !planted::is(Bug::OutcomesUnsignedAfterRestart) {
                let ours = std::mem::take(&mut self.unsettled);
                let ours = ours.into_iter().filter(|outcome| self.is_named_in(outcome.epoch));
                ready.sign.extend(ours.map(SignRequest::Outcome));
            }
        }
    }

    fn message(&mut self, clock: Clock, from: Peer, message: VerifiedMessage, ready: &mut Ready) {
        self.note_own_signature(&message);
        match message {
            VerifiedMessage::Proposal { proposal, proofs } => {
                for proof in proofs {
                    self.drive_lanes(clock, lanes::Input::Proof(proof), ready);
                }
                self.drive_engine(clock, consensus::Input::Proposal((*proposal).clone()), ready);
            }
            VerifiedMessage::Vote(vote) => self.drive_engine(clock, consensus::Input::Vote(vote), ready),
            VerifiedMessage::Certificate(certificate) => {
                self.drive_engine(clock, consensus::Input::Certificate(certificate), ready);
            }
            VerifiedMessage::Outcome(outcome) => {
                let steps = self.settlement.vote(outcome);
                self.settle(clock, steps, ready);
            }
            VerifiedMessage::Status(status) => self.peer_status(clock, from, status, ready),
            VerifiedMessage::Batch(batch) => {
                self.drive_lanes(clock, lanes::Input::Batch { from: self.lane_of(&from), batch }, ready);
            }
            VerifiedMessage::Acknowledgement(signed) => {
                self.drive_lanes(clock, lanes::Input::Acknowledgement(signed), ready);
            }
            VerifiedMessage::Seen(seen) => self.hear_seen(clock, from, seen, ready),
            VerifiedMessage::Request(request) => self.answer(clock, from, request, ready),
            VerifiedMessage::Response(response) => self.response(clock, from, response, ready),
        }
    }

    fn response(&mut self, clock: Clock, from: Peer, response: VerifiedResponse, ready: &mut Ready) {
        match response {
            VerifiedResponse::Block(block) => self.drive_engine(clock, consensus::Input::Block(block), ready),
            VerifiedResponse::Blocks { blocks, finality } => {
                self.drive_sync(clock, sync::Input::Blocks { from, blocks, finality }, ready);
            }
            VerifiedResponse::Handovers(handovers) => {
                self.drive_sync(clock, sync::Input::Handovers { from, handovers }, ready);
            }
            VerifiedResponse::Snapshot(manifest) => {
                self.drive_sync(clock, sync::Input::Manifest { from, manifest }, ready);
            }
            VerifiedResponse::SnapshotChunk { height, chunk, bytes } => {
                self.drive_sync(clock, sync::Input::Chunk { from, height, number: chunk, bytes }, ready);
            }
            VerifiedResponse::Batches(batches) => {
                self.drive_lanes(clock, lanes::Input::Run { from: self.lane_of(&from), batches }, ready);
                // It may be what a silent validator waits for.
                self.look_again(clock, ready);
            }
            VerifiedResponse::Certificates(certificates) => {
                for certificate in certificates {
                    self.drive_engine(clock, consensus::Input::Certificate(certificate), ready);
                }
            }
            VerifiedResponse::Settlements(certificates) => {
                for certificate in certificates {
                    let steps = self.settlement.certificate(certificate);
                    self.settle(clock, steps, ready);
                }
            }
        }
    }

    fn answer(&mut self, clock: Clock, to: Peer, request: Request, ready: &mut Ready) {
        if !self.answers.take(clock.steady_ms, to) {
            return;
        }
        match (request, self.validator(&to)) {
            (Request::Certificates { from: view }, Some(from)) => {
                self.drive_engine(clock, consensus::Input::Wanted { from, view }, ready);
            }
            // Observers follow finalized blocks only.
            (Request::Certificates { .. }, None) => {}
            (request, from) => {
                if let (Request::Batches { lane, sequence, .. }, Some(from)) = (request, from) {
                    self.drive_lanes(clock, lanes::Input::Asked { from, lane, sequence }, ready);
                }
                ready.then.push(Effect::Answer { to, request });
            }
        }
    }

    fn connected(&mut self, clock: Clock, peer: Peer, ready: &mut Ready) {
        self.peers.insert(peer, None);
        ready.send(Recipient::One(peer), Message::Status(self.status()));
        self.drive_sync(clock, sync::Input::PeerUp(peer), ready);
        if let Some(index) = self.validator(&peer) {
            self.drive_lanes(clock, lanes::Input::PeerUp(index), ready);
        }
    }

    fn disconnected(&mut self, clock: Clock, peer: Peer, ready: &mut Ready) {
        self.peers.remove(&peer);
        self.guard.lost(&peer);
        self.stand_aside_without_quorum(ready);
        self.look_again(clock, ready);
        self.drive_sync(clock, sync::Input::PeerDown(peer), ready);
    }

    fn peer_status(&mut self, clock: Clock, from: Peer, status: Status, ready: &mut Ready) {
        // A link's last frames may be taken after the news that it is down, and do not bring it back: links
        // to a quorum are what gives us the right to sign.
        if let Some(known) = self.peers.get_mut(&from) {
            *known = Some(status);
        }
        if status.asks_seen {
            self.tell_seen(from, status, ready);
        }
        // Views of two epochs cannot be compared.
        if let Some(index) = self.validator(&from).filter(|_| status.epoch == self.sets.current().epoch()) {
            self.drive_engine(clock, consensus::Input::PeerStatus { from: index, status }, ready);
        }
        self.drive_sync(clock, sync::Input::PeerStatus { from, status }, ready);
    }

    fn signed(&mut self, clock: Clock, signed: Signed, ready: &mut Ready) {
        match signed {
            // Recorded when we stood aside already, or before our database begins: it is sent once we take
            // part again.
            Signed::Proposal(_) | Signed::Vote(_) if self.me.is_none() => {
                if let Some((_, view)) = place_of(&signed).filter(|(epoch, _)| *epoch == self.sets.current().epoch()) {
                    self.guard.knows(view);
                }
                self.own.push(signed);
            }
            Signed::Proposal(_) | Signed::Vote(_) => self.drive_engine(clock, consensus::Input::Signed(signed), ready),
            Signed::Batch(..) | Signed::Acknowledgement(_) => {
                if let Signed::Batch(header, _) = &signed {
                    self.signed_batch = self.signed_batch.max(header.sequence);
                }
                self.drive_lanes(clock, lanes::Input::Signed(signed), ready);
            }
            Signed::Outcome(outcome) => {
                ready.send(Recipient::Validators, Message::Outcome(*outcome.get()));
                let steps = self.settlement.signed(outcome);
                self.settle(clock, steps, ready);
            }
        }
    }

    pub(crate) fn status(&self) -> Status {
        Status {
            epoch: self.sets.current().epoch(),
            oldest: self.oldest,
            snapshot: self.snapshot,
            asks_seen: !self.guard.is_open() && self.position().is_some(),
            view: self.engine.status().view,
            finalized: self.finalized.height,
            finalized_view: self.finalized.view,
            settled: self.settlement.settled(),
        }
    }

    /// The position of a peer in the current set.
    pub(crate) fn validator(&self, peer: &Peer) -> Option<ValidatorIndex> {
        self.sets.current().index_of_network_key(peer)
    }

    /// True if one of our keys is in the set of an epoch.
    pub(crate) fn is_named_in(&self, epoch: Epoch) -> bool {
        self.sets.get(epoch).is_some_and(|set| crate::start::position(set, &self.config.keys).is_some())
    }

    /// Observers get no votes: they are told soon after something settled.
    pub(crate) fn follow_soon(&mut self, now_ms: u64) {
        let has_observers = self.peers.keys().any(|peer| self.validator(peer).is_none());
        if has_observers && self.next_follow_ms.is_none() {
            self.next_follow_ms = Some(now_ms.saturating_add(self.config.timings.follow_ms));
        }
    }

    fn tell_observers(&mut self, now_ms: u64, ready: &mut Ready) {
        if self.next_follow_ms.take_if(|at| *at <= now_ms).is_none() {
            return;
        }
        for peer in self.peers.keys().filter(|peer| self.validator(peer).is_none()) {
            ready.send(Recipient::One(*peer), Message::Status(self.status()));
        }
    }

    /// True if something waits to be ordered: batches, a decided change of validators, or payments
    /// whose time has come.
    pub(crate) fn has_work(&self, clock: Clock) -> bool {
        self.lanes.has_work(&self.finalized.cut) || self.next_set().is_some() || self.is_due(clock)
    }

    /// True if the ledger has something to do that only a block's time can set off. Asked when all
    /// that is final is executed: a block on the way may be the one.
    fn is_due(&self, clock: Clock) -> bool {
        let is_idle = self.ledger.height() == self.finalized.height;
        is_idle && self.ledger.next_due().is_some_and(|due| due <= clock.wall)
    }

    /// Tells the engine when there starts or ceases to be something to order.
    pub(crate) fn report_work(&mut self, clock: Clock, ready: &mut Ready) {
        let work = self.has_work(clock);
        if work != self.had_work {
            self.had_work = work;
            self.drive_engine(clock, consensus::Input::Work(work), ready);
        }
    }
}

/// Why a validator does not vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The validators that are linked and have said what they hold of us form no quorum with us.
    WaitingForQuorum,
    /// They do, and the watch period runs.
    Watching,
    /// They hold more of us than our record knows.
    RecordIsOld(Seen),
    /// The set names our participant with a key that our signer does not hold.
    KeyMissing,
}

/// How far a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heights {
    /// The highest finalized block.
    pub finalized: Height,
    /// The highest executed block.
    pub executed: Height,
    /// The highest block such that all up to it are certified.
    pub settled: Height,
}
