//! The replica itself: which input goes to which machine, and what their outputs lead to.
//!
//! Each method is one row of that table. Rules live in the machines, never here.

use std::collections::BTreeMap;

use corridor_consensus as consensus;
use corridor_crypto::{Digest, SigningContext};
use corridor_lanes as lanes;
use corridor_ledger::{Ledger, RestoreError};
use corridor_sync as sync;
use corridor_types::persist::{Change, Recovered, tip_of};
use corridor_types::{
    Block, Genesis, GenesisError, Height, Message, Outcome, ParticipantId, Request, Sequence, SignRequest, Signed,
    Status, Tip, ValidatorIndex, ValidatorSet, VerifiedBatch, View,
};

use crate::answers::AnswerBudget;
use crate::execution::{Execution, MAX_WAITING};
use crate::input::{Clock, Input, VerifiedMessage, VerifiedResponse};
use crate::judging::Judging;
use crate::ready::{Effect, Ready, Recipient};
use crate::settlement::Settlement;
use crate::submission::Submissions;

/// Times of the replica's own; the machines have theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timings {
    /// Timeouts of the ordering protocol.
    pub consensus: consensus::Timeouts,
    /// Limits and times of the lanes.
    pub lanes: lanes::Limits,
    /// Times of catch-up.
    pub sync: sync::Limits,
    /// How often a node says where it is, in milliseconds.
    pub status_ms: u64,
    /// How often an uncertified outcome is sent again, in milliseconds.
    pub outcome_retransmit_ms: u64,
}

impl Timings {
    /// The defaults for a set of this many validators.
    pub fn for_validators(validators: usize) -> Self {
        Self {
            consensus: consensus::Timeouts::default(),
            lanes: lanes::Limits::for_validators(validators),
            sync: sync::Limits::default(),
            status_ms: 1_000,
            outcome_retransmit_ms: 300,
        }
    }
}

/// What a replica is told once.
#[derive(Debug, Clone)]
pub struct Config {
    /// The chain.
    pub genesis: Genesis,
    /// The participant whose validator this is; `None` or a participant without one: an observer.
    pub participant: Option<ParticipantId>,
    /// Position of the last batch that our signer's record knows; `None` if it knows none.
    pub last_batch: Option<Sequence>,
    /// Times.
    pub timings: Timings,
}

/// Why a replica does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The genesis is unusable.
    #[error("genesis: {0}")]
    Genesis(#[from] GenesisError),
    /// The ledger's records are damaged.
    #[error("ledger records: {0}")]
    Restore(#[from] RestoreError),
    /// The ledger's records do not give the state that was signed.
    #[error(
        "ledger records give state {found} at height {height} where this node signed {signed}; \
         the database is damaged: restore this node from its peers"
    )]
    StateMismatch {
        /// Where.
        height: Height,
        /// What was signed.
        signed: Digest,
        /// What the records give.
        found: Digest,
    },
    /// A certificate on disk does not verify.
    #[error("a certificate on disk is invalid: {0}; the database is damaged: restore this node from its peers")]
    Certificate(#[from] corridor_types::CertificateError),
    /// Our own lane cannot be resumed.
    #[error("{0}")]
    Lanes(#[from] lanes::ResumeError),
    /// A batch on disk does not decode.
    #[error("a batch on disk is invalid: {0}; the database is damaged: restore this node from its peers")]
    Batch(#[from] corridor_types::BatchError),
}

/// The machine. See the crate documentation.
#[derive(Debug)]
pub struct Replica {
    pub(crate) context: SigningContext,
    pub(crate) genesis: Genesis,
    pub(crate) validators: ValidatorSet,
    pub(crate) me: Option<ValidatorIndex>,
    pub(crate) timings: Timings,
    pub(crate) engine: consensus::Engine,
    pub(crate) lanes: lanes::Lanes,
    pub(crate) sync: sync::Sync,
    pub(crate) ledger: Ledger,
    pub(crate) execution: Execution,
    pub(crate) judging: Judging,
    pub(crate) settlement: Settlement,
    pub(crate) submissions: Submissions,
    answers: AnswerBudget,
    /// Outcomes executed before the last restart and not certified: signed again once.
    unsettled: Vec<Outcome>,
    /// The highest finalized block: height, view, digest, cut.
    pub(crate) finalized: Final,
    /// Where each connected peer said it is.
    pub(crate) peers: BTreeMap<ValidatorIndex, Option<Status>>,
    next_status_ms: u64,
    next_outcome_ms: u64,
    pub(crate) had_work: bool,
    /// Something came that waiting proposals or finalized blocks may need.
    pub(crate) available: bool,
    /// How often peers were asked, to ask others the next time.
    pub(crate) asked: usize,
    /// Nothing is accepted until our lane is final up to here; see `lane_is_behind`.
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
}

impl Final {
    pub fn genesis(digest: Digest) -> Self {
        Self { height: Height(0), view: View(0), digest, cut: Vec::new() }
    }

    pub fn of(block: &Block) -> Self {
        Self { height: block.height, view: block.view, digest: block.digest(), cut: block.cut.clone() }
    }
}

impl Replica {
    /// Builds a replica from what a disk and a signing record held. `own` are our own votes and
    /// proposals above the highest finalized view, signed again by the signer.
    ///
    /// # Errors
    /// [`StartError`]: the node must not start.
    pub fn new(
        config: Config,
        recovered: Recovered,
        records: Vec<Change>,
        own: Vec<Signed>,
    ) -> Result<Self, StartError> {
        config.genesis.validate()?;
        let validators = config.genesis.validator_set()?;
        let context = config.genesis.signing_context();
        let me = config.participant.and_then(|participant| validators.index_of(participant));
        let ledger = restore_ledger(&config.genesis, records, &recovered)?;
        let executed =
            recovered.executed.as_ref().map_or_else(|| Final::genesis(context.genesis()), |(b, _)| Final::of(b));
        let top = recovered.finalized.last().or(recovered.executed.as_ref().map(|(block, _)| block)).cloned();
        let finalized = top.as_ref().map_or_else(|| Final::genesis(context.genesis()), Final::of);
        let batches = recovered.batches.iter().map(|batch| VerifiedBatch::decode_trusted((**batch).clone()));
        let batches = batches.collect::<Result<Vec<_>, _>>()?;
        let settled = recovered.settled.as_ref().map_or(Height(0), |certificate| certificate.outcome.height);
        let engine_config = consensus::Config {
            validators: validators.clone(),
            me,
            genesis: context.genesis(),
            timeouts: config.timings.consensus,
        };
        let engine = consensus::Engine::new(engine_config, resume(&recovered, top, own, &context, &validators)?);
        let lane_floor = config.last_batch.filter(|last| own_tip(&config, &recovered, &executed.cut) < *last);
        let lanes_config = lanes::Config { validators: validators.clone(), me, limits: config.timings.lanes };
        let lanes_resume =
            lanes::Resume { finalized_cut: executed.cut.clone(), batches, draft: recovered.draft.clone() };
        let sync_config = sync::Config { validators: validators.clone(), me, limits: config.timings.sync };
        Ok(Self {
            sync: sync::Sync::new(sync_config, finalized.height, finalized.digest, settled),
            settlement: Settlement::new(validators.clone(), settled, executed.height, &recovered.unsettled),
            execution: Execution::new(executed, recovered.finalized),
            lanes: lanes::Lanes::new(lanes_config, lanes_resume)?,
            judging: Judging::default(),
            submissions: Submissions::default(),
            answers: AnswerBudget::default(),
            unsettled: recovered.unsettled,
            peers: BTreeMap::new(),
            next_status_ms: 0,
            next_outcome_ms: 0,
            had_work: false,
            available: false,
            asked: 0,
            lane_floor,
            halted: false,
            genesis: config.genesis,
            timings: config.timings,
            context,
            validators,
            me,
            engine,
            ledger,
            finalized,
        })
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
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// Our position among them; `None` for an observer.
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

    /// Connected peers, and where each said it is.
    pub const fn peers(&self) -> &BTreeMap<ValidatorIndex, Option<Status>> {
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
        deadlines.into_iter().flatten().fold(self.next_status_ms, u64::min)
    }

    /// Takes one input and says what to keep, what to sign and what to do.
    pub fn step(&mut self, clock: Clock, input: Input) -> Ready {
        let mut ready = Ready::default();
        if self.halted {
            return ready;
        }
        match input {
            Input::Tick => self.tick(clock, &mut ready),
            Input::Message { from, message } => self.message(clock, from, message, &mut ready),
            Input::Connected(peer) => self.connected(clock, peer, &mut ready),
            Input::Disconnected(peer) => self.disconnected(clock, peer, &mut ready),
            Input::Submit { ticket, transactions } => self.submit(clock, ticket, transactions, &mut ready),
            Input::Signed(signed) => self.signed(clock, signed, &mut ready),
        }
        self.use_what_came(clock, &mut ready);
        self.report_work(clock, &mut ready);
        self.report_submissions(&mut ready);
        ready
    }

    fn tick(&mut self, clock: Clock, ready: &mut Ready) {
        let now = clock.steady_ms;
        self.drive_engine(clock, consensus::Input::Tick, ready);
        self.drive_lanes(clock, lanes::Input::Tick, ready);
        self.drive_sync(clock, sync::Input::Tick, ready);
        // Also what a restart or a full table of wants left unasked is asked for again.
        self.judge_again(clock, ready);
        self.execute(clock, ready);
        if now >= self.next_status_ms {
            self.next_status_ms = now.saturating_add(self.timings.status_ms);
            ready.send(Recipient::All, Message::Status(self.status()));
        }
        if self.settlement.is_waiting() && now >= self.next_outcome_ms {
            self.next_outcome_ms = now.saturating_add(self.timings.outcome_retransmit_ms);
            self.settlement.to_retransmit().for_each(|outcome| ready.send(Recipient::All, Message::Outcome(outcome)));
            // After a restart our own outcomes are not signed yet in this run.
            ready.sign.extend(std::mem::take(&mut self.unsettled).into_iter().map(SignRequest::Outcome));
        }
    }

    fn message(&mut self, clock: Clock, from: ValidatorIndex, message: VerifiedMessage, ready: &mut Ready) {
        match message {
            VerifiedMessage::Proposal(proposal) => {
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
                self.drive_lanes(clock, lanes::Input::Batch { from: Some(from), batch }, ready);
            }
            VerifiedMessage::Acknowledgement(signed) => {
                self.drive_lanes(clock, lanes::Input::Acknowledgement(signed), ready);
            }
            VerifiedMessage::Request(request) => self.answer(clock, from, request, ready),
            VerifiedMessage::Response(response) => self.response(clock, from, response, ready),
        }
    }

    fn response(&mut self, clock: Clock, from: ValidatorIndex, response: VerifiedResponse, ready: &mut Ready) {
        match response {
            VerifiedResponse::Block(block) => self.drive_engine(clock, consensus::Input::Block(block), ready),
            VerifiedResponse::Blocks { blocks, finalization } => {
                if self.execution.waiting() < MAX_WAITING {
                    self.drive_sync(clock, sync::Input::Blocks { from, blocks, finalization }, ready);
                }
            }
            VerifiedResponse::Batch(batch) => {
                self.drive_lanes(clock, lanes::Input::Batch { from: Some(from), batch }, ready);
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

    fn answer(&mut self, clock: Clock, to: ValidatorIndex, request: Request, ready: &mut Ready) {
        if !self.answers.take(clock.steady_ms, to) {
            return;
        }
        if let Request::Certificates { from: view } = request {
            self.drive_engine(clock, consensus::Input::Wanted { from: to, view }, ready);
        } else {
            ready.then.push(Effect::Answer { to, request });
        }
    }

    fn connected(&mut self, clock: Clock, peer: ValidatorIndex, ready: &mut Ready) {
        self.peers.insert(peer, None);
        ready.send(Recipient::One(peer), Message::Status(self.status()));
        self.drive_lanes(clock, lanes::Input::PeerUp(peer), ready);
    }

    fn disconnected(&mut self, clock: Clock, peer: ValidatorIndex, ready: &mut Ready) {
        self.peers.remove(&peer);
        self.drive_sync(clock, sync::Input::PeerDown(peer), ready);
    }

    fn peer_status(&mut self, clock: Clock, from: ValidatorIndex, status: Status, ready: &mut Ready) {
        self.peers.insert(from, Some(status));
        self.drive_engine(clock, consensus::Input::PeerStatus { from, status }, ready);
        self.drive_sync(clock, sync::Input::PeerStatus { from, status }, ready);
    }

    fn signed(&mut self, clock: Clock, signed: Signed, ready: &mut Ready) {
        match signed {
            Signed::Proposal(_) | Signed::Vote(_) => self.drive_engine(clock, consensus::Input::Signed(signed), ready),
            Signed::Batch(..) | Signed::Acknowledgement(_) => {
                self.drive_lanes(clock, lanes::Input::Signed(signed), ready);
            }
            Signed::Outcome(outcome) => {
                ready.send(Recipient::All, Message::Outcome(*outcome.get()));
                let steps = self.settlement.signed(outcome);
                self.settle(clock, steps, ready);
            }
        }
    }

    fn status(&self) -> Status {
        Status {
            view: self.engine.status().view,
            finalized: self.finalized.height,
            finalized_view: self.finalized.view,
            settled: self.settlement.settled(),
        }
    }

    /// Tells the engine when there starts or ceases to be something to order.
    pub(crate) fn report_work(&mut self, clock: Clock, ready: &mut Ready) {
        let work = self.lanes.has_work(&self.finalized.cut);
        if work != self.had_work {
            self.had_work = work;
            self.drive_engine(clock, consensus::Input::Work(work), ready);
        }
    }
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

/// The newest batch of our own lane that the disk holds, as a batch, a draft or part of a block.
fn own_tip(config: &Config, recovered: &Recovered, executed_cut: &[Tip]) -> Sequence {
    let Some(lane) = config.participant else { return Sequence(0) };
    let headers = recovered.batches.iter().map(|batch| batch.header);
    let headers = headers.chain(recovered.draft.iter().map(|draft| draft.header));
    let own = headers.filter(|header| header.lane == lane).map(|header| header.sequence);
    own.chain(tip_of(executed_cut, lane).map(|tip| tip.sequence)).max().unwrap_or_default()
}

fn restore_ledger(genesis: &Genesis, records: Vec<Change>, recovered: &Recovered) -> Result<Ledger, StartError> {
    let ledger = Ledger::restore(genesis, records)?;
    match &recovered.executed {
        Some((_, outcome)) if outcome.state != ledger.state() => {
            Err(StartError::StateMismatch { height: outcome.height, signed: outcome.state, found: ledger.state() })
        }
        _ => Ok(ledger),
    }
}

/// What the engine goes on from: the disk's certificates are checked again, our own votes are ours.
fn resume(
    recovered: &Recovered,
    top: Option<Block>,
    own: Vec<Signed>,
    context: &SigningContext,
    validators: &ValidatorSet,
) -> Result<consensus::Resume, StartError> {
    let certificates = recovered.pending_certificates.iter().map(|c| c.clone().verify(context, validators));
    let mut resume = consensus::Resume {
        finalized: top.zip(recovered.finalization.clone()),
        blocks: recovered.pending_blocks.clone(),
        certificates: certificates.collect::<Result<_, _>>()?,
        ..Default::default()
    };
    for signed in own {
        match signed {
            Signed::Vote(vote) => resume.votes.push(vote),
            Signed::Proposal(proposal) => resume.proposals.push((*proposal).clone()),
            _ => {}
        }
    }
    Ok(resume)
}
