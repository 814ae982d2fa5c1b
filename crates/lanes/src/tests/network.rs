//! A seeded network of nodes with lossy, reordering links, crashes, one author that attacks, and an
//! oracle in place of the ordering protocol: it proposes a live node's cut with its proofs and makes it
//! final when a quorum has judged it acceptable. What is not acceptable to a quorum in time is a
//! failed view. It knows all batches, and checks that each lane's tips lie on one chain.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use corridor_crypto::{Digest, Verified};
use corridor_types::{
    AvailabilityProof, Evidence, Message, Request, Response, Tip, ValidatorIndex, ValidatorSets, VerifiedBatch,
    read_run,
};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::node::{CrashPoint, Node};
use super::support::{batch, context, lane, reverify, tip, transaction, validators};
use crate::chain::{Place, place_before, place_of};
use crate::{Action, Input, Judgement, Recipient};

pub const COUNT: u16 = 4;
/// The validator that attacks in networks that have an attacker. It runs no lanes.
pub const LIAR: u16 = 3;
const QUORUM: usize = 3;
/// How long a proposal may wait for votes.
const VIEW_MS: u64 = 300;

/// How the attacker writes its lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attack {
    /// Nobody attacks; the author writes one chain.
    None,
    /// Now and then twins or forks; each batch is kept from some nodes, and fetches are sometimes
    /// answered.
    Erratic,
    /// One chain, of which each batch goes to one node only, another one each time, and no fetch is
    /// answered.
    Withhold,
    /// Two chains from the start, one for the first node and one for the others; all fetches are
    /// answered.
    Equivocate,
    /// One chain, sent to the two first nodes only (one more than may be faulty); no fetch is answered.
    FewOnly,
}

#[allow(clippy::large_enum_variant, reason = "there are few events at a time")]
enum Event {
    Deliver { from: u16, to: u16, message: Message },
    Submit { to: u16, number: u64 },
    Restart { node: u16 },
    Wake { node: u16 },
    Finality { node: u16 },
    Propose,
    Lie,
}

/// What goes wrong while it goes wrong.
#[derive(Debug, Clone, Copy)]
pub struct Faults {
    pub loss_percent: u64,
    pub crash_per_mille: u64,
    pub delay_ms: u64,
    pub attack: Attack,
}

pub struct Network {
    pub now_ms: u64,
    pub nodes: Vec<Node>,
    /// The cuts of finalized blocks.
    pub chain: Vec<Vec<Tip>>,
    pub submitted: u64,
    pub crashes: u64,
    /// Proposals that got no quorum in time.
    pub failed_views: u64,
    /// Of the final blocks, the longest that one waited for its quorum, from its proposal on.
    pub slowest_view_ms: u64,
    pub evidence: u64,
    faults: Faults,
    rng: ChaCha8Rng,
    events: BTreeMap<(u64, u64), Event>,
    counter: u64,
    proposal: Option<Proposal>,
    lies: Vec<VerifiedBatch>,
}

struct Proposal {
    leader: u16,
    cut: Vec<Tip>,
    proofs: Vec<AvailabilityProof>,
    told: BTreeSet<u16>,
    votes: BTreeSet<u16>,
    since_ms: u64,
}

impl Network {
    pub fn new(seed: u64, faults: Faults) -> Self {
        let honest = if faults.attack == Attack::None { COUNT } else { LIAR };
        let mut network = Self {
            now_ms: 0,
            nodes: (0..honest).map(|me| Node::new(COUNT, me)).collect(),
            chain: Vec::new(),
            submitted: 0,
            crashes: 0,
            failed_views: 0,
            slowest_view_ms: 0,
            evidence: 0,
            faults,
            rng: ChaCha8Rng::seed_from_u64(seed),
            events: BTreeMap::new(),
            counter: 0,
            proposal: None,
            lies: Vec::new(),
        };
        network.schedule(5, Event::Propose);
        if faults.attack != Attack::None {
            network.schedule(3, Event::Lie);
        }
        network
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.rng.next_u64() % bound.max(1)
    }

    fn schedule(&mut self, after_ms: u64, event: Event) {
        self.counter += 1;
        self.events.insert((self.now_ms + after_ms, self.counter), event);
    }

    /// Submits `count` transactions at random moments of the next `within_ms`.
    pub fn submit(&mut self, count: u64, within_ms: u64) {
        for _ in 0..count {
            self.submitted += 1;
            let (to, number) = (self.below(self.nodes.len() as u64) as u16, self.submitted);
            let after_ms = self.below(within_ms);
            self.schedule(after_ms, Event::Submit { to, number });
        }
    }

    /// Ends all faults, as a network heals.
    pub fn heal(&mut self) {
        self.faults = Faults { loss_percent: 0, crash_per_mille: 0, ..self.faults };
    }

    pub fn run_until(&mut self, end_ms: u64) {
        while let Some(entry) = self.events.first_entry().filter(|entry| entry.key().0 <= end_ms) {
            let ((at_ms, _), event) = entry.remove_entry();
            self.now_ms = at_ms;
            self.handle(event);
        }
        self.now_ms = end_ms;
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Deliver { from, to, message } => self.on_deliver(from, to, message),
            Event::Submit { to, number } => self.step(to, Input::Submit(vec![transaction(number)])),
            Event::Restart { node } => self.on_restart(node),
            Event::Wake { node } => {
                let due = |node: &Node| node.lanes.as_ref().and_then(crate::Lanes::next_deadline);
                if due(&self.nodes[usize::from(node)]).is_some_and(|at| at <= self.now_ms) {
                    self.step(node, Input::Tick);
                }
            }
            Event::Finality { node } => self.step(node, Input::Tick),
            Event::Propose => self.on_propose(),
            Event::Lie => self.on_lie(),
        }
    }

    fn send(&mut self, from: u16, to: u16, message: &Message) {
        let lost = self.below(100) < self.faults.loss_percent;
        let copies = if lost { 0 } else { 1 + u64::from(self.below(50) == 0) };
        for _ in 0..copies {
            let after_ms = 1 + self.below(self.faults.delay_ms);
            self.schedule(after_ms, Event::Deliver { from, to, message: message.clone() });
        }
    }

    fn on_deliver(&mut self, from: u16, to: u16, message: Message) {
        if usize::from(to) >= self.nodes.len() {
            return self.on_question_to_liar(from, &message);
        }
        match message {
            Message::Batch(batch) => {
                let input = Input::Batch { from: Some(lane(from)), batch: reverify(&batch) };
                self.step(to, input);
            }
            Message::Acknowledgement(signed) => {
                let input = Input::Acknowledgement(Verified::assume_checked(signed));
                self.step(to, input);
            }
            Message::Request(Request::Batches { lane, sequence, digest, above }) => {
                self.step(to, Input::Asked { from: ValidatorIndex(from), lane, sequence });
                let node = &self.nodes[usize::from(to)];
                let read = |sequence, name: &Digest| -> Result<_, Infallible> {
                    let held = node.disk.batches.get(&(lane, Place { sequence, digest: *name }));
                    Ok(held.filter(|_| node.lanes.is_some()).map(|held| (**held.batch()).clone()))
                };
                let Ok(batches) = read_run(sequence, digest, above, read);
                if !batches.is_empty() {
                    self.send(to, from, &Message::Response(Response::Batches { batches }));
                }
            }
            Message::Response(Response::Batches { batches }) => {
                let batches = batches.iter().map(reverify).collect();
                self.step(to, Input::Run { from: Some(lane(from)), batches });
            }
            other => panic!("lanes do not send {other:?}"),
        }
    }

    fn on_restart(&mut self, node: u16) {
        let executed = self.nodes[usize::from(node)].disk.executed;
        let cut = self.cut_before(executed);
        self.nodes[usize::from(node)].start(COUNT, &cut);
        for other in (0..self.nodes.len() as u16).filter(|other| *other != node) {
            self.step(node, Input::PeerUp(ValidatorIndex(other)));
            self.step(other, Input::PeerUp(ValidatorIndex(node)));
        }
    }

    /// The cut of the block before the one at `index`.
    fn cut_before(&self, index: usize) -> Vec<Tip> {
        index.checked_sub(1).map(|before| self.chain[before].clone()).unwrap_or_default()
    }

    /// One step of one node with everything that follows from it.
    fn step(&mut self, index: u16, input: Input) {
        let (now_ms, crash) = (self.now_ms, self.faults.crash_per_mille);
        let rng = &mut self.rng;
        let mut dies = || match rng.next_u64() % 1_000 {
            roll if roll >= crash => None,
            roll if roll % 3 == 0 => Some(CrashPoint::Keeping),
            roll if roll % 3 == 1 => Some(CrashPoint::Signing),
            _ => Some(CrashPoint::Doing),
        };
        let node = &mut self.nodes[usize::from(index)];
        if node.lanes.is_none() {
            return;
        }
        let actions = node.drive(now_ms, input, &mut dies);
        let died = node.lanes.is_none();
        self.carry_out(index, actions);
        if died {
            self.crashes += 1;
            let after_ms = 1 + self.below(400);
            return self.schedule(after_ms, Event::Restart { node: index });
        }
        self.check_bounds(index);
        self.vote(index);
        self.execute(index);
        self.wake_later(index);
    }

    fn wake_later(&mut self, index: u16) {
        let deadline = self.nodes[usize::from(index)].lanes.as_ref().and_then(crate::Lanes::next_deadline);
        if let Some(at_ms) = deadline {
            let after_ms = at_ms.saturating_sub(self.now_ms).max(1);
            self.schedule(after_ms, Event::Wake { node: index });
        }
    }

    fn carry_out(&mut self, from: u16, actions: Vec<Action>) {
        for action in actions {
            match action {
                Action::Send { to: Recipient::All, message } => {
                    (0..COUNT).filter(|to| *to != from).for_each(|to| self.send(from, to, &message));
                }
                Action::Send { to: Recipient::One(to), message } => self.send(from, to.0, &message),
                Action::Send { to: Recipient::Author(of), message } => {
                    let to = (0..COUNT).find(|to| lane(*to) == of).unwrap();
                    self.send(from, to, &message);
                }
                Action::Fetch { request, peers } => self.send(from, peers[0].0, &Message::Request(request)),
                Action::Evidence(evidence) => self.on_evidence(evidence),
                _ => {}
            }
        }
    }

    fn check_bounds(&self, index: u16) {
        let lanes = self.nodes[usize::from(index)].lanes.as_ref().unwrap();
        let (load, limits) = (lanes.load(), lanes.limits());
        assert!(load.held_bytes <= 2 * usize::from(COUNT) * limits.window_bytes);
        assert!(load.pending_bytes <= limits.pending_max_bytes);
        assert!(load.wanted_batches <= crate::MAX_TENTATIVE_WANTS + crate::MAX_EXECUTION_WANTS);
    }

    fn on_evidence(&mut self, evidence: Evidence) {
        let sets = ValidatorSets::new(validators(COUNT));
        assert!(evidence.verify(&context(), &sets).is_some(), "evidence that proves nothing");
        self.evidence += 1;
    }

    fn on_propose(&mut self) {
        self.schedule(10, Event::Propose);
        if self.proposal.as_ref().is_some_and(|proposal| proposal.since_ms + VIEW_MS > self.now_ms) {
            return;
        }
        self.failed_views += u64::from(self.proposal.take().is_some());
        let leader = self.below(self.nodes.len() as u64) as u16;
        let Some(lanes) = &self.nodes[usize::from(leader)].lanes else { return };
        let parent = self.cut_before(self.chain.len());
        if lanes.has_work(&parent) {
            let cut = lanes.propose_cut(&parent);
            let proofs = lanes.proofs_for(&cut, &parent);
            let (told, votes, since_ms) = (BTreeSet::new(), BTreeSet::new(), self.now_ms);
            self.proposal = Some(Proposal { leader, cut, proofs, told, votes, since_ms });
            (0..self.nodes.len() as u16).for_each(|node| self.step(node, Input::Tick));
        }
    }

    fn vote(&mut self, index: u16) {
        let (parent, now_ms) = (self.cut_before(self.chain.len()), self.now_ms);
        let Some(proposal) = self.proposal.as_mut().filter(|proposal| !proposal.votes.contains(&index)) else { return };
        let (leader, cut) = (proposal.leader, proposal.cut.clone());
        if proposal.told.insert(index) {
            let proofs: Vec<_> = proposal.proofs.iter().map(|proof| Input::Proof(checked(proof))).collect();
            for input in proofs {
                let actions = self.nodes[usize::from(index)].drive(now_ms, input, &mut || None);
                self.carry_out(index, actions);
            }
        }
        let lanes = self.nodes[usize::from(index)].lanes.as_mut().unwrap();
        let actions = match lanes.judge(now_ms, Some(ValidatorIndex(leader)), &cut, &parent) {
            Judgement::Acceptable => {
                self.proposal.as_mut().unwrap().votes.insert(index);
                Vec::new()
            }
            Judgement::Waiting(actions) => actions,
            Judgement::Invalid(error) => panic!("an honest proposal was refused: {error}"),
        };
        self.carry_out(index, actions);
        if self.proposal.as_ref().is_some_and(|proposal| proposal.votes.len() >= QUORUM) {
            self.finalize(&parent);
        }
    }

    fn finalize(&mut self, parent: &[Tip]) {
        let Proposal { cut, since_ms, .. } = self.proposal.take().unwrap();
        self.slowest_view_ms = self.slowest_view_ms.max(self.now_ms - since_ms);
        cut.iter().for_each(|tip| self.check_descends(Place::of_tip(tip), crate::lanes::place_in(parent, tip.lane)));
        self.chain.push(cut);
        (0..self.nodes.len() as u16).for_each(|node| self.schedule(1, Event::Finality { node }));
    }

    /// Everything between is held by somebody, and a lane's new tip descends from the one before.
    fn check_descends(&self, mut place: Place, from: Place) {
        let disks = self.nodes.iter().flat_map(|node| node.disk.batches.values());
        let all: BTreeMap<Place, &VerifiedBatch> = disks.map(|batch| (place_of(batch), batch)).collect();
        while place.sequence > from.sequence {
            place = place_before(all.get(&place).unwrap_or_else(|| panic!("nobody holds {place:?}")));
        }
        assert_eq!(place, from, "a lane left its chain");
    }

    /// Executes finalized blocks as far as their batches are held, and asks for what is missing.
    fn execute(&mut self, index: u16) {
        let now_ms = self.now_ms;
        loop {
            let done = self.nodes[usize::from(index)].disk.executed;
            let Some(cut) = self.chain.get(done).cloned() else { return };
            let parent = self.cut_before(done);
            let node = &mut self.nodes[usize::from(index)];
            let lanes = node.lanes.as_mut().unwrap();
            let Some(batches) = lanes.collect(&parent, &cut) else {
                let actions = lanes.want(now_ms, &parent, &cut);
                return self.carry_out(index, actions);
            };
            node.disk.history.extend(batches.iter().map(VerifiedBatch::digest));
            node.disk.executed = done + 1;
            let actions = node.drive(now_ms, Input::Finalized { cut }, &mut || None);
            self.carry_out(index, actions);
        }
    }

    /// The attacker extends its lane.
    fn on_lie(&mut self) {
        let after_ms = 5 + self.below(40);
        self.schedule(after_ms, Event::Lie);
        if self.lies.len() >= 150 {
            return;
        }
        let number = 1_000_000 + self.counter + self.lies.len() as u64;
        match self.faults.attack {
            Attack::None => {}
            Attack::Erratic => self.lie_erratically(number),
            Attack::Withhold => {
                let to = self.below(u64::from(LIAR)) as u16;
                self.lie(1, number, |node| node == to);
            }
            Attack::FewOnly => self.lie(1, number, |node| node < 2),
            Attack::Equivocate => {
                self.lie(2, number, |node| node == 0);
                self.lie(2, number + 1, |node| node != 0);
            }
        }
    }

    /// Appends to the chain whose last batch is `back` lies ago, and sends it to some.
    fn lie(&mut self, back: usize, number: u64, to: impl Fn(u16) -> bool) {
        let previous = self.lies.len().checked_sub(back).map(|index| self.lies[index].clone());
        let lie = batch(LIAR, previous.as_ref(), number);
        (0..LIAR).filter(|node| to(*node)).for_each(|node| self.send(LIAR, node, &crate::lanes::message_of(&lie)));
        self.lies.push(lie);
    }

    fn lie_erratically(&mut self, number: u64) {
        let twins = 1 + usize::from(self.below(8) == 0);
        let back = 1 + usize::from(self.below(20) == 0);
        for twin in 0..twins {
            let some = self.below(8);
            self.lie(back + twin, number + twin as u64, |node| some & (1 << node) != 0 || some == 0);
        }
    }

    fn on_question_to_liar(&mut self, from: u16, message: &Message) {
        let Message::Request(Request::Batches { digest, .. }) = message else { return };
        let answers = match self.faults.attack {
            Attack::None | Attack::Withhold | Attack::FewOnly => false,
            Attack::Erratic => self.below(2) == 0,
            Attack::Equivocate => true,
        };
        let known = self.lies.iter().find(|lie| lie.digest() == *digest).cloned();
        if let Some(lie) = known.filter(|_| answers) {
            self.send(LIAR, from, &crate::lanes::message_of(&lie));
        }
    }

    /// How far a lane is final.
    pub fn ordered(&self, author: u16) -> u64 {
        let cut = self.chain.last().map_or(&[][..], Vec::as_slice);
        crate::lanes::place_in(cut, lane(author)).sequence.0
    }

    /// Every transaction in the batches of a node's history.
    pub fn executed_transactions(&self, node: &Node) -> BTreeSet<Digest> {
        let by_digest: BTreeMap<_, _> = node.disk.batches.values().map(|batch| (batch.digest(), batch)).collect();
        let batches = node.disk.history.iter().map(|digest| by_digest[digest]);
        batches.flat_map(|batch| batch.transactions().iter().map(|item| item.id)).collect()
    }

    /// True if nothing is left to happen but the oracle's own turns.
    pub fn is_quiet(&self) -> bool {
        let asleep = |node: &Node| node.lanes.as_ref().is_some_and(|lanes| lanes.next_deadline().is_none());
        let idle = |event: &Event| matches!(event, Event::Propose | Event::Lie | Event::Wake { .. });
        self.nodes.iter().all(asleep) && self.events.values().all(idle)
    }

    /// The lanes' finalized tips name batches that every node holds.
    pub fn assert_all_hold_the_last_cut(&self) {
        for tip_held in self.chain.last().into_iter().flatten() {
            for node in &self.nodes {
                let held = node.disk.batches.values().find(|batch| tip(batch) == *tip_held);
                assert!(held.is_some_and(|batch| place_of(batch).sequence == tip_held.sequence));
            }
        }
        assert!(self.chain.last().is_some_and(|cut| cut.iter().any(|tip| tip.lane == lane(0))));
    }
}

/// A proof as it arrives with a proposal.
fn checked(proof: &AvailabilityProof) -> Verified<AvailabilityProof> {
    proof.clone().verify(&context(), &validators(COUNT)).expect("an honest leader's proof holds")
}
