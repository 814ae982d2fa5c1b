//! The world: an ordered queue of events, the machines, the links, and the schedule of faults.
//!
//! Events of one millisecond happen in the order in which they were planned, so that the run
//! depends on nothing but the setup.

mod boundary;
mod calamities;
mod cast;
mod churn;
mod clients;
mod copies;
mod leaving;
mod linking;
mod machine;
mod traffic;

use std::collections::BTreeMap;
use std::rc::Rc;

use corridor_crypto::{Digest, SigningContext};
use corridor_replica::{Effect, Input};
use corridor_types::{Genesis, Transaction, ValidatorSets};

use crate::attackers::WAKE_EVERY_MS;
use crate::checks::{Checks, fingerprint, property};
use crate::economy::Economy;
use crate::links::Links;
use crate::node::SimulatedNode;
use crate::packet::{Packet, Verifying};
use crate::random::Chance;
use crate::roster::{Address, NodeId, Roster};
use crate::schedule::{Calamity, Schedule};
use crate::setup::{Counts, Report, Setup};
use crate::tally::Tally;
use crate::trace::Trace;
use boundary::Boundary;
use cast::Cast;
use churn::Churn;
use clients::Clients;
use copies::Copies;
use leaving::Leaving;
use linking::Linking;
use machine::Machine;

/// How often the world looks whether everything is settled, in milliseconds.
const LOOK_EVERY_MS: u64 = 100;
/// How soon a snapshot is tried again whose block is not certified, in milliseconds.
const SNAPSHOT_AGAIN_MS: u64 = 7;

#[derive(Debug)]
enum Event {
    Deliver {
        from: NodeId,
        to: NodeId,
        packet: Rc<Packet>,
    },
    Tick {
        node: NodeId,
    },
    /// A machine that was busy or paused takes up what came meanwhile.
    Resume {
        node: NodeId,
    },
    /// What a slow drive led to; void after a crash.
    Perform {
        node: NodeId,
        life: u64,
        effects: Vec<Effect>,
    },
    Start {
        node: NodeId,
    },
    Calamity(Calamity),
    Submit {
        transactions: Vec<Transaction>,
        honest_only: bool,
    },
    /// A client of one bank's node.
    SubmitTo {
        node: NodeId,
        transaction: Box<Transaction>,
    },
    AttackerWakes {
        address: Address,
    },
    /// Links that were kept down may come up again.
    Relink,
    /// A node makes a snapshot for others to fetch, if it can now.
    MakeSnapshot {
        node: NodeId,
    },
    /// The central bank thinks about its validators.
    Churn,
    Look,
}

impl Event {
    /// For the trace: a number, the machine, and what tells this event from others of its kind.
    fn parts(&self) -> (u8, NodeId, Digest) {
        match self {
            Self::Deliver { to, packet, .. } => (0, *to, packet.digest),
            Self::Tick { node } => (1, *node, Digest::ZERO),
            Self::Resume { node } => (2, *node, Digest::ZERO),
            Self::Perform { node, .. } => (3, *node, Digest::ZERO),
            Self::Start { node } => (4, *node, Digest::ZERO),
            Self::Calamity(_) => (5, NodeId(0), Digest::ZERO),
            Self::Submit { .. } => (6, NodeId(0), Digest::ZERO),
            Self::AttackerWakes { address } => (7, NodeId(address.0), Digest::ZERO),
            Self::Look => (8, NodeId(0), Digest::ZERO),
            Self::Relink => (9, NodeId(0), Digest::ZERO),
            Self::MakeSnapshot { node } => (10, *node, Digest::ZERO),
            Self::Churn => (11, NodeId(0), Digest::ZERO),
            Self::SubmitTo { node, .. } => (12, *node, Digest::ZERO),
        }
    }
}

struct World {
    setup: Setup,
    chance: Chance,
    now_ms: u64,
    heal_ms: u64,
    queue: BTreeMap<(u64, u64), Event>,
    planned: u64,
    roster: Roster,
    nodes: Vec<SimulatedNode>,
    machines: Vec<Machine>,
    cast: Cast,
    links: Links,
    boundary: Boundary,
    linking: Linking,
    copies: Copies,
    churn: Churn,
    leaving: Leaving,
    verifying: Verifying,
    context: SigningContext,
    checks: Checks,
    clients: Clients,
    counts: Counts,
    faults: Tally,
    trace: Trace,
    over: bool,
}

/// Runs a setup to its end.
///
/// # Panics
/// If the simulated institutions cannot be made, which is a defect of the simulator.
#[allow(clippy::expect_used, reason = "a defect of the simulator, never shipped")]
pub fn run(setup: &Setup) -> Report {
    let institutions = setup.validators + setup.observers();
    let economy = Economy::new(u32::from(institutions), u32::from(setup.validators));
    let economy = economy.expect("the simulated institutions are well formed");
    let validators = economy.genesis.validator_set().expect("a valid set");
    let context = economy.genesis.signing_context();
    let mut chance = Chance::new(setup.seed);
    let cast = Cast::draw(setup, &mut chance);
    let roster = Roster::new(institutions, &cast.twins());
    let schedule = cast.schedule(setup, &roster, &mut chance);
    let node =
        |(node, skew): (NodeId, &i64)| SimulatedNode::new(roster.address_of(node), economy.genesis.clone(), *skew);
    let mut world = World {
        nodes: roster.nodes().zip(&schedule.skews_ms).map(node).collect(),
        machines: roster.nodes().map(|_| Machine::default()).collect(),
        links: Links::new(schedule.links),
        boundary: Boundary::new(schedule.loses_boundary_votes),
        linking: Linking::default(),
        copies: Copies::default(),
        churn: Churn::default(),
        leaving: Leaving::default(),
        verifying: Verifying::new(context),
        checks: Checks::new(economy.genesis.clone(), ValidatorSets::new(validators), cast.guilty()),
        clients: Clients::new(economy),
        trace: Trace::new(setup.readable),
        heal_ms: schedule.heal_ms,
        setup: setup.clone(),
        now_ms: 0,
        queue: BTreeMap::new(),
        planned: 0,
        counts: Counts::default(),
        faults: Tally::default(),
        over: false,
        context,
        roster,
        cast,
        chance,
    };
    world.plan_everything(schedule);
    world.play();
    world.report()
}

impl World {
    fn plan(&mut self, at_ms: u64, event: Event) {
        self.planned += 1;
        self.queue.insert((at_ms, self.planned), event);
    }

    fn plan_everything(&mut self, schedule: Schedule) {
        for (node, late_ms) in self.roster.nodes().zip(&schedule.late_ms) {
            self.machine(node).off_until_ms = *late_ms;
            self.plan(*late_ms, Event::Start { node });
        }
        for (at_ms, node) in schedule.snapshots {
            self.plan(at_ms, Event::MakeSnapshot { node });
        }
        self.plan_churn(schedule.decisions, schedule.cuts_off_leavers, schedule.impaired.into_iter());
        for node in schedule.from_snapshot {
            self.node(node).set_prefer_snapshot(true);
        }
        self.count_skews(&schedule.skews_ms);
        for (at_ms, calamity) in schedule.calamities {
            self.plan(at_ms, Event::Calamity(calamity));
        }
        for address in self.cast.guilty() {
            self.plan(WAKE_EVERY_MS, Event::AttackerWakes { address });
        }
        self.plan_submissions();
    }

    fn play(&mut self) {
        while let Some(((at_ms, number), event)) = self.queue.pop_first() {
            self.now_ms = at_ms;
            self.checks.at(at_ms);
            self.counts.events += 1;
            let (kind, node, payload) = event.parts();
            self.trace.hash(at_ms, number, kind, node, &payload);
            self.happen(event);
            if self.over || !self.checks.violations().is_empty() {
                return;
            }
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, packet } => self.deliver(from, to, &packet),
            Event::Tick { node } => self.tick(node),
            Event::Resume { node } => self.resume(node),
            Event::Perform { node, life, effects } => self.perform_late(node, life, effects),
            Event::Start { node } => self.start(node),
            Event::Calamity(calamity) => self.strike(calamity),
            Event::Submit { transactions, honest_only } => self.submit(transactions, honest_only),
            Event::SubmitTo { node, transaction } => self.submit_to(node, *transaction),
            Event::AttackerWakes { address } => self.attacker_wakes(address),
            Event::Look => self.look(),
            Event::Relink => self.relink(),
            Event::Churn => self.churn(),
            Event::MakeSnapshot { node } => self.make_snapshot(node),
        }
    }

    fn node(&mut self, node: NodeId) -> &mut SimulatedNode {
        &mut self.nodes[usize::from(node.0)]
    }

    fn machine(&mut self, node: NodeId) -> &mut Machine {
        &mut self.machines[usize::from(node.0)]
    }

    const fn genesis(&self) -> &Genesis {
        self.clients.genesis()
    }

    fn is_up(&self, node: NodeId) -> bool {
        self.nodes[usize::from(node.0)].is_up()
    }

    fn is_honest(&self, node: NodeId) -> bool {
        !self.cast.is_guilty(self.roster.address_of(node))
    }

    fn honest(&self) -> Vec<&SimulatedNode> {
        let honest = |node: &&NodeId| self.is_honest(**node) && !self.roster.is_copy(**node);
        let nodes: Vec<NodeId> = self.roster.nodes().collect();
        nodes.iter().filter(honest).map(|node| &self.nodes[usize::from(node.0)]).collect()
    }

    fn say(&mut self, node: NodeId, what: impl FnOnce() -> String) {
        self.trace.say(self.now_ms, node, what);
    }

    /// Looks whether all honest nodes have settled all that there was at the last look.
    fn look(&mut self) {
        let heights: Vec<_> = self.honest().iter().filter_map(|n| n.replica()).map(|r| r.heights()).collect();
        let settled = heights.iter().map(|heights| heights.settled).min();
        let up = heights.len() == self.honest().len();
        if up
            && settled >= self.clients.top_before
            && self.clients.probe_is_decided(&self.checks)
            && self.checks.nothing_is_open()
            && self.not_accepting().is_empty()
        {
            self.counts.recovered_ms = self.now_ms - self.heal_ms;
            self.over = true;
            return;
        }
        self.clients.top_before = heights.iter().map(|heights| heights.finalized).max();
        if self.now_ms >= self.heal_ms + self.setup.recover_ms {
            let probe = self.clients.probe_is_decided(&self.checks);
            let open = self.checks.open();
            let places: Vec<String> = self.honest().iter().map(|node| describe(node)).collect();
            let detail = format!(
                "{} ms after healing: probe decided {probe}, accepted and undecided {open:?}, accept no payment {:?}; {}",
                self.setup.recover_ms,
                self.not_accepting(),
                places.join("; ")
            );
            return self.checks.broken(property::PROGRESS, detail);
        }
        self.probe();
        self.probe_each();
        self.plan(self.now_ms + LOOK_EVERY_MS, Event::Look);
    }

    fn report(mut self) -> Report {
        let originals = self.nodes.len() - self.copies.count();
        let honest: Vec<&SimulatedNode> =
            self.nodes[..originals].iter().filter(|n| !self.cast.is_guilty(n.address())).collect();
        if self.checks.violations().is_empty() {
            self.checks.at_end(&honest);
        }
        self.counts.epochs = self.checks.sets().current().epoch().0;
        self.counts.evidence = honest.iter().map(|node| node.store().evidence().len() as u64).sum();
        self.counts.settled_blocks = honest.first().map_or(0, |node| node.store().settlements().len() as u64);
        self.counts.simulated_ms = self.now_ms;
        let (trace, lines) = self.trace.finish(fingerprint(&honest));
        Report {
            violations: self.checks.into_violations(),
            counts: self.counts,
            faults: self.faults,
            attacks: self.cast.into_did(),
            trace,
            lines,
        }
    }
}

fn describe(node: &SimulatedNode) -> String {
    match node.replica().map(|replica| replica.heights()) {
        Some(heights) => format!(
            "{}: epoch {} finalized {} executed {} settled {}{}",
            node.address(),
            node.store().epoch(),
            heights.finalized,
            heights.executed,
            heights.settled,
            if node.replica().is_some_and(|replica| replica.me().is_some()) { " votes" } else { "" }
        ),
        None => format!("{}: down", node.address()),
    }
}

/// Inputs that wait for a machine.
type Waiting = Vec<Input>;
