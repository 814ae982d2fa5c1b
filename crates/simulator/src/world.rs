//! The world: an ordered queue of events, the nodes, the links, and the plan of faults.
//!
//! Events of one millisecond happen in the order in which they were planned, so that the run
//! depends on nothing but the setup.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::{Digest, Domain, SigningContext, Verified};
use corridor_replica::{Admission, Effect, Input, Recipient, verify};
use corridor_types::{
    Decode as _, Encode as _, IdentifiedTransaction, Message, Transaction, Uetr, ValidatorIndex, ValidatorSet,
};

use crate::attackers::Equivocator;
use crate::checks::{Checks, Violation, fingerprint};
use crate::economy::{Economy, validator_key};
use crate::links::LinkFaults;
use crate::node::SimulatedNode;
use crate::random::Chance;

/// What goes wrong, and how often, until the network heals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faults {
    /// On all links.
    pub links: LinkFaults,
    /// A node crashes about this often, in milliseconds; 0 means never.
    pub crash_every_ms: u64,
    /// How many validators equivocate and answer nobody. They hold the highest positions, or with an
    /// odd seed the lowest, which others ask first.
    pub equivocators: u32,
    /// Calendars differ by up to this much, in milliseconds.
    pub skew_max_ms: u64,
}

impl Faults {
    /// A good network of honest nodes.
    pub const NONE: Self = Self { links: LinkFaults::GOOD, crash_every_ms: 0, equivocators: 0, skew_max_ms: 0 };

    /// Loss, reordering and duplication, crashes, skewed calendars and one equivocator.
    pub const MIXED: Self = Self {
        links: LinkFaults { loss_per_mille: 50, duplicate_per_mille: 20, delay_min_ms: 1, delay_max_ms: 60 },
        crash_every_ms: 900,
        equivocators: 1,
        skew_max_ms: 80,
    };
}

/// One run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setup {
    /// Decides everything that chance decides.
    pub seed: u64,
    /// How many validators.
    pub validators: u32,
    /// How many payments are submitted.
    pub payments: u32,
    /// Until when faults happen, in milliseconds.
    pub heal_ms: u64,
    /// How long after that everything must be settled, in milliseconds.
    pub recover_ms: u64,
    /// What goes wrong before.
    pub faults: Faults,
}

impl Setup {
    /// A short run of four validators.
    pub const fn new(seed: u64) -> Self {
        Self { seed, validators: 4, payments: 40, heal_ms: 5_000, recover_ms: 10_000, faults: Faults::NONE }
    }
}

/// How often what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages sent.
    pub sent: u64,
    /// Messages lost.
    pub lost: u64,
    /// Messages delivered twice.
    pub duplicated: u64,
    /// Crashes.
    pub crashes: u64,
    /// Crashes after a durable write and before the sends that follow it.
    pub crashes_before_sending: u64,
    /// Messages that an attacker changed.
    pub twisted: u64,
    /// Questions that an attacker left unanswered.
    pub unanswered: u64,
    /// Requests that a signer refused.
    pub refused_signatures: u64,
    /// Transactions that a node accepted.
    pub accepted: u64,
    /// Pieces of evidence that honest nodes hold.
    pub evidence: u64,
    /// Settled blocks.
    pub settled_blocks: u64,
    /// Events handled.
    pub events: u64,
}

/// What a run gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Empty if all is well.
    pub violations: Vec<Violation>,
    /// How often what happened.
    pub counts: Counts,
    /// Digest over every event and everything held at the end: equal for equal setups.
    pub trace: Digest,
}

#[derive(Debug, Clone)]
enum Event {
    Deliver { from: ValidatorIndex, to: ValidatorIndex, bytes: Vec<u8> },
    Tick { node: ValidatorIndex },
    Crash,
    Restart { node: ValidatorIndex },
    Submit { transaction: Box<Transaction> },
}

struct World {
    setup: Setup,
    chance: Chance,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), Event>,
    planned: u64,
    nodes: Vec<SimulatedNode>,
    ticks: BTreeMap<ValidatorIndex, u64>,
    attackers: BTreeMap<ValidatorIndex, Equivocator>,
    /// Crashes at its next sends.
    dying: BTreeSet<ValidatorIndex>,
    context: SigningContext,
    validators: ValidatorSet,
    checks: Checks,
    counts: Counts,
    trace: Digest,
    submitted: BTreeMap<u64, Uetr>,
    accepted: BTreeSet<Uetr>,
}

/// Runs a setup to its end.
///
/// # Panics
/// If the simulated institutions cannot be made, which is a defect of the simulator.
#[allow(clippy::expect_used, reason = "a defect of the simulator, never shipped")]
pub fn run(setup: Setup) -> Report {
    let economy = Economy::new(setup.validators).expect("the simulated institutions are well formed");
    let validators = economy.genesis.validator_set().expect("a valid set");
    let mut chance = Chance::new(setup.seed);
    let context = economy.genesis.signing_context();
    let first_attacker = if setup.seed.is_multiple_of(2) { setup.validators - setup.faults.equivocators } else { 0 };
    let attackers = first_attacker..first_attacker + setup.faults.equivocators;
    let attacker = |n: u32| (ValidatorIndex(n as u16), Equivocator::new(context, validator_key(n)));
    let skews: Vec<u64> = (0..setup.validators).map(|_| chance.below(setup.faults.skew_max_ms + 1)).collect();
    let node = |(n, skew): (u32, &u64)| SimulatedNode::new(ValidatorIndex(n as u16), economy.genesis.clone(), *skew);
    let mut world = World {
        nodes: (0..setup.validators).zip(&skews).map(node).collect(),
        attackers: attackers.map(attacker).collect(),
        setup,
        now_ms: 0,
        queue: BTreeMap::new(),
        planned: 0,
        ticks: BTreeMap::new(),
        dying: BTreeSet::new(),
        context,
        validators,
        checks: Checks::default(),
        counts: Counts::default(),
        trace: Digest::ZERO,
        submitted: BTreeMap::new(),
        accepted: BTreeSet::new(),
        chance,
    };
    let transactions = economy.transactions(setup.payments, &mut world.chance);
    world.plan_everything(transactions);
    world.play();
    world.report()
}

impl World {
    fn plan(&mut self, at_ms: u64, event: Event) {
        self.planned += 1;
        self.queue.insert((at_ms, self.planned), event);
    }

    fn plan_everything(&mut self, transactions: Vec<Transaction>) {
        for node in 0..self.setup.validators {
            self.plan(0, Event::Restart { node: ValidatorIndex(node as u16) });
        }
        let step = (self.setup.heal_ms / (transactions.len() as u64 + 1)).max(1);
        for (position, transaction) in (1..).zip(transactions) {
            self.plan(100 + position * step, Event::Submit { transaction: Box::new(transaction) });
        }
        if self.setup.faults.crash_every_ms > 0 {
            self.plan(self.setup.faults.crash_every_ms, Event::Crash);
        }
    }

    fn faulty(&self) -> bool {
        self.now_ms < self.setup.heal_ms
    }

    fn play(&mut self) {
        let end = self.setup.heal_ms + self.setup.recover_ms;
        while let Some(((at_ms, number), event)) = self.queue.pop_first() {
            if at_ms > end || !self.checks.violations.is_empty() {
                return;
            }
            self.now_ms = at_ms;
            self.counts.events += 1;
            self.record(number, &event);
            self.happen(event);
        }
    }

    fn record(&mut self, number: u64, event: &Event) {
        let (kind, node, payload): (u8, u16, &[u8]) = match event {
            Event::Deliver { to, bytes, .. } => (0, to.0, bytes),
            Event::Tick { node } => (1, node.0, &[]),
            Event::Crash => (2, 0, &[]),
            Event::Restart { node } => (3, node.0, &[]),
            Event::Submit { .. } => (4, 0, &[]),
        };
        let place = [self.now_ms.to_be_bytes(), number.to_be_bytes()].concat();
        let parts = [self.trace.as_bytes().as_slice(), &place, &[kind], &node.to_be_bytes(), payload];
        self.trace = Digest::of_parts(Domain::State, &parts);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, bytes } => self.deliver(from, to, &bytes),
            Event::Tick { node } => {
                if self.ticks.get(&node) == Some(&self.now_ms) {
                    self.ticks.remove(&node);
                    self.drive(node, vec![Input::Tick]);
                }
            }
            Event::Crash => self.crash_somebody(),
            Event::Restart { node } => self.restart(node),
            Event::Submit { transaction } => self.submit(*transaction),
        }
    }

    fn node(&mut self, index: ValidatorIndex) -> &mut SimulatedNode {
        &mut self.nodes[usize::from(index.0)]
    }

    fn up(&self) -> Vec<ValidatorIndex> {
        self.nodes.iter().filter(|node| node.is_up()).map(SimulatedNode::index).collect()
    }

    fn deliver(&mut self, from: ValidatorIndex, to: ValidatorIndex, bytes: &[u8]) {
        let verified = Message::from_bytes(bytes)
            .map_err(|error| error.to_string())
            .and_then(|message| verify(message, &self.context, &self.validators).map_err(|error| error.to_string()));
        match verified {
            Ok(message) => self.drive(to, vec![Input::Message { from, message }]),
            Err(problem) if self.attackers.contains_key(&from) => drop(problem),
            Err(problem) => self.checks.broken(from, &format!("sent what does not verify: {problem}")),
        }
    }

    fn drive(&mut self, index: ValidatorIndex, inputs: Vec<Input>) {
        let now = self.now_ms;
        let driven = self.node(index).drive(now, inputs).map_err(|error| error.to_string());
        let (effects, refused) = match driven {
            Ok(driven) => driven,
            Err(problem) => return self.checks.broken(index, &problem),
        };
        self.counts.refused_signatures += refused.len() as u64;
        if !effects.is_empty() && self.dying.remove(&index) {
            self.counts.crashes_before_sending += 1;
            return self.crash(index);
        }
        for effect in effects {
            self.perform(index, effect);
        }
        self.plan_tick(index);
    }

    fn plan_tick(&mut self, index: ValidatorIndex) {
        let Some(deadline) = self.node(index).next_deadline() else { return };
        let deadline = deadline.max(self.now_ms + 1);
        if self.ticks.get(&index).is_none_or(|planned| *planned > deadline || *planned <= self.now_ms) {
            self.ticks.insert(index, deadline);
            self.plan(deadline, Event::Tick { node: index });
        }
    }

    fn perform(&mut self, from: ValidatorIndex, effect: Effect) {
        match effect {
            Effect::Send { to: Recipient::One(to), message } => self.send(from, to, &message),
            Effect::Send { to: Recipient::All, message } => {
                let others = (0..self.setup.validators as u16).map(ValidatorIndex).filter(|to| *to != from);
                others.collect::<Vec<_>>().into_iter().for_each(|to| self.send(from, to, &message));
            }
            Effect::Answer { to, request } => {
                if let Some(response) = self.node(from).answer(&request) {
                    self.send(from, to, &Message::Response(response));
                }
            }
            Effect::Submitted { ticket, admissions } => {
                let reference = self.submitted.remove(&ticket);
                if admissions.contains(&Admission::Accepted) && !self.attackers.contains_key(&from) {
                    self.counts.accepted += 1;
                    self.accepted.extend(reference);
                }
            }
            Effect::Executed(executed) if !self.attackers.contains_key(&from) => {
                self.checks.executed(from, &executed.outcome);
            }
            Effect::Halt(halt) => self.checks.broken(from, &halt.to_string()),
            Effect::Evidence(evidence) => {
                if evidence.culprit().is_none_or(|culprit| !self.attackers.contains_key(&culprit)) {
                    self.checks.broken(from, "holds evidence against an honest validator");
                }
            }
            Effect::Executed(_) | Effect::Settled(_) | Effect::Notice(_) => {}
        }
    }

    fn send(&mut self, from: ValidatorIndex, to: ValidatorIndex, message: &Message) {
        if self.attackers.contains_key(&from) && matches!(message, Message::Response(_)) {
            self.counts.unanswered += 1;
            return;
        }
        let message = match self.attackers.get_mut(&from) {
            Some(attacker) => {
                let twisted = attacker.twist(to, message);
                self.counts.twisted += u64::from(twisted != *message);
                twisted
            }
            None => {
                self.checks.sent(from, message);
                message.clone()
            }
        };
        let links = if self.faulty() { self.setup.faults.links } else { LinkFaults::GOOD };
        let delays = links.delays(&mut self.chance);
        self.counts.sent += 1;
        self.counts.lost += u64::from(delays.is_empty());
        self.counts.duplicated += u64::from(delays.len() > 1);
        let bytes = message.to_bytes();
        for delay in delays {
            self.plan(self.now_ms + delay, Event::Deliver { from, to, bytes: bytes.clone() });
        }
    }

    fn submit(&mut self, transaction: Transaction) {
        let up: Vec<_> = self.up().into_iter().filter(|index| !self.attackers.contains_key(index)).collect();
        if up.is_empty() {
            let later = self.now_ms + 50;
            return self.plan(later, Event::Submit { transaction: Box::new(transaction) });
        }
        let node = up[self.chance.below(up.len() as u64) as usize];
        let ticket = self.planned;
        if let Some(reference) = transaction.operation.reference() {
            self.submitted.insert(ticket, reference);
        }
        let item = Verified::assume_checked(IdentifiedTransaction::new(transaction));
        self.drive(node, vec![Input::Submit { ticket, transactions: vec![item] }]);
    }

    fn crash_somebody(&mut self) {
        if !self.faulty() {
            return;
        }
        let next = self.now_ms + self.chance.between(1, 2 * self.setup.faults.crash_every_ms);
        self.plan(next, Event::Crash);
        let up = self.up();
        if up.is_empty() {
            return;
        }
        let victim = up[self.chance.below(up.len() as u64) as usize];
        if self.chance.happens(500) {
            self.dying.insert(victim);
        } else {
            self.crash(victim);
        }
    }

    fn crash(&mut self, victim: ValidatorIndex) {
        self.counts.crashes += 1;
        self.node(victim).crash();
        self.ticks.remove(&victim);
        for peer in self.up() {
            self.drive(peer, vec![Input::Disconnected(victim)]);
        }
        let back = self.now_ms + self.chance.between(10, 1_500);
        self.plan(back, Event::Restart { node: victim });
    }

    fn restart(&mut self, index: ValidatorIndex) {
        if let Err(problem) = self.node(index).start().map_err(|error| error.to_string()) {
            return self.checks.broken(index, &format!("does not start again: {problem}"));
        }
        self.drive(index, vec![Input::Tick]);
        for peer in self.up().into_iter().filter(|peer| *peer != index) {
            self.drive(index, vec![Input::Connected(peer)]);
            self.drive(peer, vec![Input::Connected(index)]);
        }
    }

    fn report(mut self) -> Report {
        let honest = |node: &&SimulatedNode| !self.attackers.contains_key(&node.index());
        let nodes: Vec<&SimulatedNode> = self.nodes.iter().filter(honest).collect();
        if self.checks.violations.is_empty() {
            self.checks.at_end(&nodes, &self.accepted);
        }
        self.counts.evidence = nodes.iter().map(|node| node.store().evidence().len() as u64).sum();
        self.counts.settled_blocks = nodes.first().map_or(0, |node| node.store().settlements().len() as u64);
        let trace = Digest::of_parts(Domain::State, &[self.trace.as_bytes(), fingerprint(&nodes).as_bytes()]);
        Report { violations: self.checks.violations, counts: self.counts, trace }
    }
}
