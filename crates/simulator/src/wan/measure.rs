//! Runs honest validators over fixed delays and measures when payments settle and what is sent.

use std::collections::BTreeMap;
use std::rc::Rc;

use corridor_crypto::{Digest, Verified};
use corridor_replica::{Effect, Input, Recipient};
use corridor_types::{Encode as _, Height, IdentifiedTransaction, Message, Response, Transaction, Uetr, ValidatorSets};

use super::Latency;
use super::floor::floor_ms;
use crate::economy::Economy;
use crate::node::SimulatedNode;
use crate::packet::{Packet, Verifying};
use crate::random::Chance;
use crate::roster::{Address, Roster};

/// When clients prepare: every validator votes by then, having heard from the others.
const READY_MS: u64 = 2_000;

/// When the preparation is long settled and payments begin, in milliseconds.
const FIRST_MS: u64 = READY_MS + 10_000;
/// How long after the last payment the run ends, in milliseconds.
const LAST_MS: u64 = 10_000;

/// What is submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Decides where and in what phase.
    pub seed: u64,
    /// How often a client submits.
    pub submissions: u32,
    /// Payments in each submission, one transaction each.
    pub payments: u32,
    /// The mean time between submissions, in milliseconds.
    pub gap_ms: u64,
}

/// What was measured. Times in milliseconds, one per submission.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Measured {
    /// From submission to the settlement certificate at the submitting node, ascending.
    pub latencies_ms: Vec<u64>,
    /// The floor of each, for its node and leader.
    pub floors_ms: Vec<u64>,
    /// From the batch's earliest arrival at the leader to the proposal that holds it.
    pub waits_ms: Vec<u64>,
    /// Submissions that never settled.
    pub unsettled: u64,
    /// Bytes of submitted transactions.
    pub load_bytes: u64,
    /// Bytes that each node sent after the preparation.
    pub sent_bytes: Vec<u64>,
    /// Of these, batches.
    pub batch_bytes: Vec<u64>,
}

#[derive(Debug)]
enum Event {
    Deliver { from: Address, to: Address, packet: Rc<Packet> },
    Tick { node: Address },
    Submit { node: Address, transactions: Vec<Transaction>, measured: bool },
}

struct Network<'a> {
    latency: &'a Latency,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), Event>,
    planned: u64,
    nodes: Vec<SimulatedNode>,
    ticks: Vec<Option<u64>>,
    roster: Roster,
    sets: ValidatorSets,
    verifying: Verifying,
    submitted: BTreeMap<Uetr, (Address, u64)>,
    heights: BTreeMap<Height, Vec<Uetr>>,
    proposed_ms: BTreeMap<Digest, u64>,
    measured: Measured,
}

/// Runs a load over links.
///
/// # Panics
/// If the simulated institutions cannot be made or a node does not start: a defect of the simulator.
#[allow(clippy::expect_used, reason = "a defect of the simulator, never shipped")]
pub fn measure(latency: &Latency, load: &Load) -> Measured {
    let validators = latency.validators() as u16;
    let economy =
        Economy::new(u32::from(validators), u32::from(validators)).expect("the simulated institutions are well formed");
    let set = economy.genesis.validator_set().expect("a valid set");
    let mut nodes: Vec<_> =
        (0..validators).map(|n| SimulatedNode::new(Address(n), economy.genesis.clone(), 0)).collect();
    for node in &mut nodes {
        node.start().expect("a new node starts");
    }
    let mut network = Network {
        latency,
        now_ms: 0,
        queue: BTreeMap::new(),
        planned: 0,
        ticks: vec![None; nodes.len()],
        nodes,
        verifying: Verifying::new(economy.genesis.signing_context()),
        roster: Roster::new(validators, &[]),
        sets: ValidatorSets::new(set),
        submitted: BTreeMap::new(),
        heights: BTreeMap::new(),
        proposed_ms: BTreeMap::new(),
        measured: Measured::default(),
    };
    let end_ms = network.plan_load(&economy, load);
    network.connect();
    network.play(end_ms);
    network.finish()
}

impl Network<'_> {
    fn plan(&mut self, at_ms: u64, event: Event) {
        self.planned += 1;
        self.queue.insert((at_ms, self.planned), event);
    }

    /// Plans everything that clients do; returns when the run ends.
    fn plan_load(&mut self, economy: &Economy, load: &Load) -> u64 {
        let mut chance = Chance::new(load.seed);
        let transactions = economy.preparation(&mut chance);
        self.plan(READY_MS, Event::Submit { node: Address(0), transactions, measured: false });
        let mut at_ms = FIRST_MS;
        for _ in 0..load.submissions {
            let node = Address(chance.below(self.nodes.len() as u64) as u16);
            let mut payment = || {
                let payer = chance.between(1, u64::from(economy.banks())) as u32;
                // Everybody pays bank 2, which pays nobody.
                economy.probe(if payer == 2 { 1 } else { payer }, &mut chance)
            };
            let transactions = (0..load.payments).map(|_| payment()).collect();
            self.plan(at_ms, Event::Submit { node, transactions, measured: true });
            at_ms += chance.between(1, 2 * load.gap_ms);
        }
        at_ms + LAST_MS
    }

    fn all(&self) -> impl Iterator<Item = Address> + use<> {
        (0..self.nodes.len() as u16).map(Address)
    }

    fn connect(&mut self) {
        for one in self.all() {
            self.drive(one, Input::Tick);
            for other in self.all().filter(|other| *other != one) {
                if let Some(key) = self.roster.peer(other) {
                    self.drive(one, Input::Connected(key));
                }
            }
        }
    }

    fn play(&mut self, end_ms: u64) {
        while let Some(((at_ms, _), event)) = self.queue.pop_first().filter(|((at_ms, _), _)| *at_ms <= end_ms) {
            self.now_ms = at_ms;
            match event {
                Event::Deliver { from, to, packet } => {
                    let message = self.verifying.check(&packet, &self.sets);
                    if let (Ok(message), Some(from)) = (message, self.roster.peer(from)) {
                        self.drive(to, Input::Message { from, message });
                    }
                }
                Event::Tick { node } => {
                    if self.ticks[usize::from(node.0)] == Some(at_ms) {
                        self.ticks[usize::from(node.0)] = None;
                        self.drive(node, Input::Tick);
                    }
                }
                Event::Submit { node, transactions, measured } => self.submit(node, transactions, measured),
            }
        }
    }

    fn submit(&mut self, node: Address, transactions: Vec<Transaction>, measured: bool) {
        if measured {
            let bytes: usize = transactions.iter().map(|transaction| transaction.to_bytes().len()).sum();
            self.measured.load_bytes += bytes as u64;
            let first = transactions.first().and_then(|transaction| transaction.operation.reference());
            self.submitted.extend(first.map(|reference| (reference, (node, self.now_ms))));
        }
        let items = transactions.into_iter().map(IdentifiedTransaction::new);
        let transactions = items.map(Verified::assume_checked).collect();
        self.drive(node, Input::Submit { ticket: self.planned, transactions });
    }

    fn drive(&mut self, node: Address, input: Input) {
        let place = usize::from(node.0);
        let Ok((effects, _)) = self.nodes[place].drive(self.now_ms, vec![input]) else { return };
        effects.into_iter().for_each(|effect| self.perform(node, effect));
        let deadline = self.nodes[place].next_deadline().unwrap_or(u64::MAX).max(self.now_ms + 1);
        if self.ticks[place].is_none_or(|planned| planned > deadline || planned <= self.now_ms) {
            self.ticks[place] = Some(deadline);
            self.plan(deadline, Event::Tick { node });
        }
    }

    fn perform(&mut self, node: Address, effect: Effect) {
        match effect {
            Effect::Send { to, message } => self.send(node, to, message),
            Effect::Answer { to, request } => {
                if let Some(response) = self.nodes[usize::from(node.0)].answer(&request) {
                    self.send(node, Recipient::One(to), Message::Response(response));
                }
            }
            Effect::Executed(executed) => {
                let references = executed.entries.iter().map(|entry| entry.reference);
                self.heights.entry(executed.outcome.height).or_insert_with(|| references.collect());
            }
            Effect::Settled(certificate) => self.settled(node, certificate.outcome.height),
            _ => {}
        }
    }

    fn send(&mut self, from: Address, to: Recipient, message: Message) {
        if let Message::Proposal { proposal, .. } = &message {
            self.proposed_ms.entry(proposal.block.digest()).or_insert(self.now_ms);
        }
        let is_batch = matches!(message, Message::Batch(_) | Message::Response(Response::Batches { .. }));
        let packet = Packet::of(message);
        let receivers: Vec<_> = match to {
            Recipient::One(to) => self.roster.owner(&to).into_iter().collect(),
            Recipient::Validators | Recipient::Everyone => self.all().filter(|to| *to != from).collect(),
        };
        self.count(from, packet.bytes.len() * receivers.len(), is_batch);
        for to in receivers {
            let at_ms = self.now_ms + self.latency.one_way_ms(usize::from(from.0), usize::from(to.0));
            self.plan(at_ms, Event::Deliver { from, to, packet: packet.clone() });
        }
    }

    fn count(&mut self, from: Address, bytes: usize, is_batch: bool) {
        if self.now_ms < FIRST_MS {
            return;
        }
        let place = usize::from(from.0);
        let Measured { sent_bytes, batch_bytes, .. } = &mut self.measured;
        sent_bytes.resize(self.nodes.len(), 0);
        batch_bytes.resize(self.nodes.len(), 0);
        sent_bytes[place] += bytes as u64;
        batch_bytes[place] += if is_batch { bytes as u64 } else { 0 };
    }

    /// A node holds the settlement certificate of a height: payments submitted there are settled.
    fn settled(&mut self, node: Address, height: Height) {
        let block = self.nodes[usize::from(node.0)].store().blocks().get(&height).cloned();
        let Some((block, references)) = block.zip(self.heights.get(&height)) else { return };
        for reference in references {
            let Some((_, at_ms)) = self.submitted.get(reference).filter(|(by, _)| *by == node).copied() else {
                continue;
            };
            self.submitted.remove(reference);
            let (submitter, leader) = (usize::from(node.0), usize::from(block.proposer.0));
            let arrived = at_ms + self.latency.one_way_ms(submitter, leader);
            let proposed = self.proposed_ms.get(&block.digest()).copied().unwrap_or(arrived);
            self.measured.latencies_ms.push(self.now_ms - at_ms);
            self.measured.floors_ms.push(floor_ms(self.latency, submitter, leader));
            self.measured.waits_ms.push(proposed.saturating_sub(arrived));
        }
    }

    fn finish(mut self) -> Measured {
        self.measured.unsettled = self.submitted.len() as u64;
        self.measured.latencies_ms.sort_unstable();
        self.measured
    }
}
