//! A network of engines in virtual time: delivers within groups, answers for the replica, round
//! after round, then heals. One thread; the scenario decides everything.

use std::collections::{BTreeMap, VecDeque};

use corridor_consensus::{Action, Input, Ready, Recipient};
use corridor_crypto::{Digest, Domain, Verified};
use corridor_types::{
    Block, Certificate, Message, ParticipantId, Response, Sequence, SignRequest, Timestamp, Tip, ValidatorIndex, View,
    VoteKind,
};

use super::checks::{Judged, Outcome, Violation};
use super::instance::{Instance, TIMEOUTS, sequence_of};
use super::keys::Keyring;
use super::scenario::{Kind, Round, Scenario};

/// A round: a view that began before it can run out in it and a message cross afterwards.
const ROUND_MS: u64 = TIMEOUTS.max_ms + 10;

/// Rounds of leaders after which progress is demanded. With less than a third of twins one round
/// has an honest leader whose predecessor's view ended in time (specification, section 14); the
/// others are for certificates to be pulled and patience to grow.
const LEADER_ROUNDS: u64 = 3;

/// Views' time in which the halves of a broken agreement hear of each other.
const VIEWS_AFTER_FORK: u64 = 3;

/// Runs a scenario that was parsed or came from [`super::Scenarios`].
pub fn run(scenario: &Scenario) -> Outcome {
    run_with(&mut Keyring::new(scenario.validators), scenario)
}

/// Runs a scenario with keys, and signatures, of earlier ones. The keyring must be for as many
/// validators; the outcome is the same as with a new one.
pub fn run_with(ring: &mut Keyring, scenario: &Scenario) -> Outcome {
    World::new(ring, scenario, None).finish()
}

/// Runs a scenario in which a validator restarts before every round with neither disk nor record, and
/// with its old key. The checks hold it for honest: they must find it.
pub fn run_weakened(ring: &mut Keyring, scenario: &Scenario, forgetful: u16) -> Outcome {
    World::new(ring, scenario, Some(forgetful)).finish()
}

#[derive(Clone)]
enum Event {
    Input(Input),
    AskBlock { from: usize, digest: Digest },
    AskChain { from: usize, above: usize },
    Chain { blocks: Vec<Block>, finalization: Certificate },
}

struct World<'a> {
    ring: &'a mut Keyring,
    scenario: &'a Scenario,
    instances: Vec<Instance>,
    /// By time and order of sending.
    queue: BTreeMap<(u64, u64), (usize, Event)>,
    now: u64,
    sent: u64,
    /// `None` after healing.
    round: Option<&'a Round>,
    forgetful: Option<u16>,
    noticed: Vec<Violation>,
    messages: u64,
    trace: u64,
}

/// One round of mixing (SplitMix64).
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// What a block orders: one lane up to a batch.
fn cut(sequence: u64) -> Vec<Tip> {
    let digest = Digest::of(Domain::Batch, &sequence.to_be_bytes());
    vec![Tip { lane: ParticipantId(0), sequence: Sequence(sequence), digest }]
}

fn kind_of(input: &Input) -> Option<Kind> {
    match input {
        Input::Proposal(_) => Some(Kind::Proposal),
        Input::Certificate(_) => Some(Kind::Certificate),
        Input::Vote(vote) => Some(match vote.vote.kind {
            VoteKind::Notarize { .. } => Kind::Notarize,
            VoteKind::Nullify => Kind::Nullify,
            VoteKind::Finalize { .. } => Kind::Finalize,
        }),
        _ => None,
    }
}

fn view_of(input: &Input) -> View {
    match input {
        Input::Proposal(proposal) => proposal.block.view,
        Input::Certificate(certificate) => certificate.vote.view,
        Input::Vote(vote) => vote.vote.view,
        _ => View(0),
    }
}

/// A message as the receiver's engine takes it. Signatures are not checked: nobody here forges.
fn inputs_of(message: Message) -> Vec<Input> {
    let certificate = |held| Input::Certificate(Verified::assume_checked(held));
    match message {
        Message::Vote(vote) => vec![Input::Vote(Verified::assume_checked(vote))],
        Message::Proposal { proposal, .. } => vec![Input::Proposal(Verified::assume_checked(proposal))],
        Message::Certificate(held) => vec![certificate(held)],
        Message::Response(Response::Certificates { certificates }) => {
            certificates.into_iter().map(certificate).collect()
        }
        _ => vec![],
    }
}

impl<'a> World<'a> {
    fn new(ring: &'a mut Keyring, scenario: &'a Scenario, forgetful: Option<u16>) -> Self {
        let first = usize::from(scenario.validators);
        let instance =
            |at: usize| Instance::new(ring.validators(), ValidatorIndex(scenario.validator_of(at)), at >= first);
        Self {
            instances: (0..scenario.instances()).map(instance).collect(),
            ring,
            scenario,
            queue: BTreeMap::new(),
            now: 0,
            sent: 0,
            round: None,
            forgetful,
            noticed: Vec::new(),
            messages: 0,
            trace: scenario.delays,
        }
    }

    fn finish(mut self) -> Outcome {
        for (at, round) in (1..).zip(&self.scenario.rounds) {
            self.round = Some(round);
            self.restart_forgetful();
            self.offer(at);
            self.run_until(at * ROUND_MS, None);
        }
        self.round = None;
        let goal = self.scenario.rounds.len() as u64 + 1;
        self.offer(goal);
        let views = if self.scenario.is_tolerated() {
            LEADER_ROUNDS * u64::from(self.scenario.validators)
        } else {
            VIEWS_AFTER_FORK
        };
        self.run_until(self.now + views * TIMEOUTS.max_ms, Some(goal));
        let Self { ring, scenario, instances, noticed, messages, trace, .. } = self;
        let tips = instances.iter().flat_map(|instance| instance.tip().0);
        let trace = tips.fold(trace, |trace, byte| mix(trace ^ u64::from(byte)));
        let validators = ring.validators().clone();
        Judged { scenario, validators, instances: &instances, goal, noticed }.outcome(ring, messages, trace)
    }

    fn restart_forgetful(&mut self) {
        let forgetful = self.forgetful;
        for instance in self.instances.iter_mut().filter(|instance| Some(instance.validator.0) == forgetful) {
            instance.forget(self.ring.validators());
        }
    }

    /// One more unit of work, known to everybody.
    fn offer(&mut self, sequence: u64) {
        for at in 0..self.instances.len() {
            self.instances[at].offered = sequence;
            self.tell_work(at);
        }
    }

    /// Runs until then, or until every validator that runs once has finalized `goal`.
    fn run_until(&mut self, until: u64, goal: Option<u64>) {
        while let Some(at) = self.next_time().filter(|at| *at < until) {
            self.now = self.now.max(at);
            self.happen();
            if goal.is_some_and(|goal| self.is_reached(goal)) {
                return;
            }
        }
        self.now = until;
    }

    fn is_reached(&self, goal: u64) -> bool {
        let singles = self.instances.iter().filter(|instance| self.scenario.is_single(instance.validator.0));
        singles.into_iter().all(|instance| instance.finalized_work() >= goal)
    }

    fn next_time(&self) -> Option<u64> {
        let wake = self.instances.iter().filter_map(|instance| instance.wake_at).min();
        self.queue.keys().next().map(|(at, _)| *at).into_iter().chain(wake).min()
    }

    /// The next message that is due, or else everybody's clock.
    fn happen(&mut self) {
        if let Some(entry) = self.queue.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let (at, event) = entry.remove();
            return self.handle(at, event);
        }
        for at in 0..self.instances.len() {
            if self.instances[at].wake_at.is_some_and(|wake| wake <= self.now) {
                self.step(at, Input::Tick);
            }
        }
    }

    fn handle(&mut self, at: usize, event: Event) {
        self.messages += 1;
        match event {
            Event::Input(input) => {
                let kind = kind_of(&input).map_or(0, |kind| kind as u64 + 1);
                self.trace = mix(self.trace ^ self.now ^ (at as u64) << 32 ^ kind << 40 ^ view_of(&input).0 << 48);
                self.step(at, input);
            }
            Event::AskBlock { from, digest } => {
                if let Some(block) = self.instances[at].blocks.get(&digest).cloned() {
                    self.carry(at, from, Event::Input(Input::Block(block)));
                }
            }
            Event::AskChain { from, above } => {
                let instance = &self.instances[at];
                let blocks: Vec<_> = instance.chain.iter().skip(above).map(|(_, block)| block.clone()).collect();
                if let (false, Some(finalization)) = (blocks.is_empty(), instance.finalization().cloned()) {
                    self.carry(at, from, Event::Chain { blocks, finalization });
                }
            }
            Event::Chain { blocks, finalization } => self.catch_up(at, blocks, finalization),
        }
    }

    /// What a peer finalized above the own tip. A chain that does not continue it is no help.
    fn catch_up(&mut self, at: usize, blocks: Vec<Block>, finalization: Certificate) {
        let held = self.instances[at].chain.len() as u64;
        let blocks: Vec<_> = blocks.into_iter().filter(|block| block.height.0 > held).collect();
        let Some(block) = blocks.last().cloned() else { return };
        if self.instances[at].extend(blocks, finalization.clone()) {
            self.step(at, Input::Synced { block, finalization: Some(Verified::assume_checked(finalization)) });
            self.tell_work(at);
        }
    }

    fn tell_work(&mut self, at: usize) {
        let work = self.instances[at].offered > self.instances[at].finalized_work();
        self.step(at, Input::Work(work));
    }

    /// Steps an engine, and again with every answer that its own replica and signer give at once.
    fn step(&mut self, at: usize, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let Ready { persist, sign, then } = self.instances[at].engine.step(self.now, input);
            self.instances[at].keep(persist);
            for request in sign {
                inputs.extend(self.sign(at, request));
            }
            for action in then {
                inputs.extend(self.act(at, action));
            }
        }
        let deadline = self.instances[at].engine.next_deadline();
        self.instances[at].wake_at = deadline.map(|deadline| deadline.max(self.now + 1));
    }

    /// A signer without refusals: what an engine asks for is judged, not prevented.
    fn sign(&mut self, at: usize, request: SignRequest) -> Option<Input> {
        let instance = &mut self.instances[at];
        if let Some(view) = instance.record.admit(&request)
            && self.scenario.is_single(instance.validator.0)
        {
            self.noticed.push(Violation::ContradictsItself { instance: instance.name(), view: view.0 });
        }
        self.ring.sign(instance.validator, request).map(Input::Signed)
    }

    fn act(&mut self, at: usize, action: Action) -> Option<Input> {
        match action {
            Action::Send { to, message } => self.send(at, to, message),
            Action::Build { view, parent, parent_block } => {
                return Some(self.build(at, view, parent, parent_block.as_ref()));
            }
            Action::Judge { block, parent } => return Some(self.judge(at, &block, parent.as_ref())),
            Action::FetchBlock { digest, holders } => {
                self.ask(at, &holders, &Event::AskBlock { from: at, digest });
            }
            Action::FetchCertificates { from_view, peers } => {
                let from = self.instances[at].validator;
                self.ask(at, &peers, &Event::Input(Input::Wanted { from, view: from_view }));
            }
            Action::Behind { holders, .. } => {
                let above = self.instances[at].chain.len();
                self.ask(at, &holders, &Event::AskChain { from: at, above });
            }
            Action::Finalized { blocks, finalization, .. } => return Some(self.finalized(at, blocks, finalization)),
            Action::Evidence(evidence) => self.instances[at].evidence.push(evidence),
            Action::Halt { rule } => {
                let instance = self.instances[at].name();
                self.noticed.push(Violation::Stopped { instance, rule });
            }
        }
        None
    }

    /// Everything offered so far. The two instances of a validator never build the same block.
    fn build(&self, at: usize, view: View, parent: Digest, parent_block: Option<&Block>) -> Input {
        let instance = &self.instances[at];
        let (ordered, time) = parent_block.map_or((0, 0), |block| (sequence_of(&block.cut), block.time.0));
        let time = Timestamp(time + 1 + u64::from(instance.second));
        // Validators do not change here.
        Input::Built { view, parent, cut: cut(instance.offered.max(ordered)), time, next: None }
    }

    /// The replica's rules about a block: later than its parent, and no cut that goes back.
    fn judge(&self, at: usize, block: &Block, parent: Option<&Block>) -> Input {
        let (ordered, time) = parent.map_or((0, 0), |parent| (sequence_of(&parent.cut), parent.time.0));
        let range = ordered..=self.instances[at].offered.max(ordered);
        let acceptable = block.time.0 > time && range.contains(&sequence_of(&block.cut));
        Input::Judged { block: block.digest(), acceptable }
    }

    fn finalized(&mut self, at: usize, blocks: Vec<Block>, finalization: Certificate) -> Input {
        let instance = &mut self.instances[at];
        if !instance.extend(blocks, finalization) {
            self.noticed.push(Violation::BrokenChain { instance: instance.name() });
        }
        Input::Work(instance.offered > instance.finalized_work())
    }

    fn send(&mut self, at: usize, to: Recipient, message: Message) {
        for input in inputs_of(message) {
            let event = Event::Input(input);
            match to {
                Recipient::One(peer) => self.ask(at, &[peer], &event),
                Recipient::All => (0..self.instances.len()).for_each(|peer| self.carry(at, peer, event.clone())),
            }
        }
    }

    /// To every instance of these validators.
    fn ask(&mut self, at: usize, peers: &[ValidatorIndex], event: &Event) {
        for peer in 0..self.instances.len() {
            if peers.contains(&self.instances[peer].validator) {
                self.carry(at, peer, event.clone());
            }
        }
    }

    /// Over the network, if the round lets it through. A node has no link to itself.
    fn carry(&mut self, from: usize, to: usize, event: Event) {
        let itself = self.instances[from].validator == self.instances[to].validator;
        if itself || !self.crosses(from, to, &event) {
            return;
        }
        self.sent += 1;
        let varied = mix(self.scenario.delays ^ self.sent) & 3;
        let delay = 1 + if self.scenario.delays == 0 { 0 } else { varied };
        self.queue.insert((self.now + delay, self.sent), (to, event));
    }

    fn crosses(&self, from: usize, to: usize, event: &Event) -> bool {
        let Some(round) = self.round else { return true };
        let lost = match event {
            Event::Input(input) => kind_of(input).is_some_and(|kind| round.drops.contains(kind)),
            _ => false,
        };
        !lost && round.groups.get(from) == round.groups.get(to)
    }
}
