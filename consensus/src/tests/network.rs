//! A simulated network of engines: seeded delays, losses, duplicates, partitions, crashes at every
//! point between persisting and sending, and Byzantine twins. Checks agreement and votes as it goes.

use std::collections::BTreeMap;

use corridor_crypto::{Digest, Verified};
use corridor_types::persist::Write;
use corridor_types::{
    Block, Certificate, Message, Response, SignRequest, Signed, SignedProposal, SignedVote, Timestamp, ValidatorIndex,
    ValidatorSet, View, VoteKind, votes_conflict,
};

use super::kit::*;
use crate::{Action, Engine, Input, Ready, Recipient, Resume};

/// A small seeded generator (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(crate) fn chance(&mut self, permille: u64) -> bool {
        self.below(1_000) < permille
    }
}

/// What goes wrong, and until when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Faults {
    pub(crate) heal_at: u64,
    pub(crate) loss: u64,
    pub(crate) duplicates: u64,
    pub(crate) max_delay: u64,
    pub(crate) crashes: u64,
    pub(crate) partitions: bool,
}

#[derive(Debug, Clone)]
enum Event {
    Input(Input),
    AskBlock { from: usize, digest: Digest },
    AskChain { from: usize, above: u64 },
    Chain { blocks: Vec<Block>, finalization: Certificate },
    Tick,
    Offer(u64),
    Restart,
}

/// What survives a crash.
#[derive(Default)]
pub(crate) struct Disk {
    pub(crate) finalized: Vec<Block>,
    finalization: Option<Certificate>,
    blocks: BTreeMap<(View, Digest), Block>,
    certificates: Vec<Certificate>,
    votes: Vec<SignedVote>,
    proposals: Vec<SignedProposal>,
}

impl Disk {
    fn apply(&mut self, writes: Vec<Write>) {
        for write in writes {
            match write {
                Write::PendingBlock(block) => _ = self.blocks.insert((block.view, block.digest()), block),
                Write::PendingCertificate(certificate) => self.certificates.push(certificate),
                Write::PrunePending { below } => {
                    self.blocks.retain(|(view, _), _| *view >= below);
                    self.certificates.retain(|held| held.vote.view >= below);
                }
                other => panic!("not the engine's to write: {other:?}"),
            }
        }
    }

    fn block(&self, digest: Digest) -> Option<Block> {
        let all = self.blocks.values().chain(self.finalized.iter().rev());
        all.into_iter().find(|block| block.digest() == digest).cloned()
    }

    fn resume(&self) -> Resume {
        let tip = self.finalized.last().cloned();
        Resume {
            finalized: tip
                .map(|tip| (tip.clone(), self.finalization.clone().filter(|held| held.block() == Some(tip.digest())))),
            blocks: self.blocks.values().cloned().collect(),
            certificates: self.certificates.iter().cloned().map(Verified::assume_checked).collect(),
            votes: self.votes.iter().copied().map(Verified::assume_checked).collect(),
            proposals: self.proposals.iter().cloned().map(Verified::assume_checked).collect(),
        }
    }
}

pub(crate) struct Node {
    /// More than one: a Byzantine validator that runs twice with one key.
    engines: Vec<Engine>,
    pub(crate) disk: Disk,
    seen: u64,
    waiting: Vec<Block>,
    tick_at: Option<u64>,
    pub(crate) byzantine: bool,
}

impl Node {
    fn finalized_sequence(&self) -> u64 {
        self.disk.finalized.last().map_or(0, |block| sequence_of(&block.cut))
    }
}

pub(crate) struct World {
    set: ValidatorSet,
    pub(crate) nodes: Vec<Node>,
    queue: BTreeMap<(u64, u64), (usize, Event)>,
    random: Random,
    faults: Faults,
    pub(crate) now: u64,
    events: u64,
    /// Bit per node: on which side of the partition it is.
    sides: u64,
    pub(crate) decided: BTreeMap<u64, Digest>,
    pub(crate) trace: Option<u64>,
    /// From this sequence on leaders propose the epoch's boundary.
    pub(crate) seal: Option<u64>,
    pub(crate) recovery_ms: u64,
    pub(crate) counts: BTreeMap<&'static str, u64>,
}

/// The digest of the next epoch's set.
const NEXT_SET: Digest = Digest([0xee; 32]);

struct Crashed;

impl World {
    pub(crate) fn new(seed: u64, powers: &[u64], byzantine: &[usize], faults: Faults) -> Self {
        let set = set(powers);
        let node = |index: usize| {
            let copies = if byzantine.contains(&index) { 2 } else { 1 };
            let engine = || Engine::new(config(&set, Some(index as u16)), Resume::default());
            Node {
                engines: (0..copies).map(|_| engine()).collect(),
                disk: Disk::default(),
                seen: 0,
                waiting: vec![],
                tick_at: None,
                byzantine: byzantine.contains(&index),
            }
        };
        let mut world = Self {
            nodes: (0..powers.len()).map(node).collect(),
            set,
            queue: BTreeMap::new(),
            random: Random(seed),
            faults,
            now: 0,
            events: 0,
            sides: 0,
            decided: BTreeMap::new(),
            trace: None,
            seal: None,
            recovery_ms: 0,
            counts: BTreeMap::new(),
        };
        for index in 0..world.nodes.len() {
            world.push(0, index, Event::Tick);
        }
        world
    }

    fn push(&mut self, at: u64, node: usize, event: Event) {
        self.events += 1;
        self.queue.insert((at, self.events), (node, event));
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn healed(&self) -> bool {
        self.now >= self.faults.heal_at
    }

    /// Over the network: late, lost, doubled.
    fn carry(&mut self, from: usize, to: usize, event: &Event) {
        if from == to {
            return;
        }
        let apart = (self.sides >> from ^ self.sides >> to) & 1 == 1;
        if !self.healed() && ((self.faults.partitions && apart) || self.random.chance(self.faults.loss)) {
            return self.count("lost");
        }
        let copies = if !self.healed() && self.random.chance(self.faults.duplicates) { 2 } else { 1 };
        for _ in 0..copies {
            let longest = if self.healed() { 50 } else { self.faults.max_delay };
            let at = self.now + 1 + self.random.below(longest);
            self.push(at, to, event.clone());
        }
    }

    /// One more unit of work, which reaches every node soon.
    pub(crate) fn offer(&mut self, sequence: u64) {
        for node in 0..self.nodes.len() {
            let at = self.now + self.random.below(30);
            self.push(at, node, Event::Offer(sequence));
        }
    }

    /// Runs until `until` or until nothing is left to happen. Returns whether something is.
    pub(crate) fn run(&mut self, until: u64) -> bool {
        while let Some((&(at, order), _)) = self.queue.first_key_value() {
            if at > until {
                self.now = until;
                return true;
            }
            self.now = self.now.max(at);
            if let Some((node, event)) = self.queue.remove(&(at, order)) {
                self.handle(node, event);
            }
            if !self.healed() && self.random.chance(2) {
                self.sides = self.random.next();
            }
        }
        self.now = until;
        false
    }

    fn handle(&mut self, node: usize, event: Event) {
        if self.nodes[node].engines.is_empty() {
            match event {
                Event::Restart => self.restart(node),
                Event::Offer(sequence) => self.nodes[node].seen = self.nodes[node].seen.max(sequence),
                _ => {}
            }
            return;
        }
        if let Some(hash) = &mut self.trace {
            for byte in format!("{} {node} {event:?}", self.now).bytes() {
                *hash = (*hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        match event {
            Event::Input(input) => self.input(node, input),
            Event::Tick => {
                self.nodes[node].tick_at = None;
                self.input(node, Input::Tick);
            }
            Event::Offer(sequence) => {
                self.nodes[node].seen = self.nodes[node].seen.max(sequence);
                for block in std::mem::take(&mut self.nodes[node].waiting) {
                    self.judge(node, block, 0);
                }
                self.tell_work(node);
            }
            Event::AskBlock { from, digest } => {
                if let Some(block) = self.nodes[node].disk.block(digest) {
                    self.carry(node, from, &Event::Input(Input::Block(block)));
                }
            }
            Event::AskChain { from, above } => {
                let disk = &self.nodes[node].disk;
                let blocks: Vec<_> = disk.finalized.iter().filter(|block| block.height.0 > above).cloned().collect();
                if let (false, Some(finalization)) = (blocks.is_empty(), disk.finalization.clone()) {
                    self.carry(node, from, &Event::Chain { blocks, finalization });
                }
            }
            Event::Chain { blocks, finalization } => self.catch_up(node, blocks, finalization),
            Event::Restart => {}
        }
        self.schedule_tick(node);
    }

    fn schedule_tick(&mut self, node: usize) {
        let wanted = self.nodes[node].engines.iter().filter_map(Engine::next_deadline).min();
        let Some(at) = wanted.map(|at| at.max(self.now)) else { return };
        let asked = self.nodes[node].engines.iter().all(|engine| engine.now() == self.now);
        assert!(!asked || at > self.now, "a deadline that does not move is a busy loop");
        let at = at.max(self.now + 1);
        if self.nodes[node].tick_at.is_none_or(|planned| planned > at || planned <= self.now) {
            self.nodes[node].tick_at = Some(at);
            self.push(at, node, Event::Tick);
        }
    }

    fn input(&mut self, node: usize, input: Input) {
        let from_network = matches!(input, Input::Vote(_) | Input::Proposal(_) | Input::Certificate(_));
        for twin in 0..self.nodes[node].engines.len() {
            // Each twin hears its own half of the world.
            let deaf = self.nodes[node].byzantine && from_network && self.random.chance(300);
            if !deaf && self.step(node, twin, input.clone()).is_err() {
                return;
            }
        }
        if let (true, Input::Vote(vote)) = (self.nodes[node].byzantine, &input) {
            self.babble(node, vote);
        }
    }

    /// A Byzantine validator votes anything for what it heard, to anyone.
    fn babble(&mut self, node: usize, heard: &SignedVote) {
        if !self.random.chance(200) {
            return;
        }
        let block = match heard.vote.kind {
            VoteKind::Notarize { block } | VoteKind::Finalize { block } => block,
            VoteKind::Nullify => Digest([self.random.below(3) as u8; 32]),
        };
        let kinds = [VoteKind::Notarize { block }, VoteKind::Finalize { block }, VoteKind::Nullify];
        let kind = kinds[self.random.below(3) as usize];
        let to = self.random.below(self.nodes.len() as u64) as usize;
        let lie = vote(node as u16, heard.vote.view.0, kind);
        self.count("lies");
        self.carry(node, to, &Event::Input(Input::Vote(lie)));
    }

    /// A crash may come between any two lines here.
    fn step(&mut self, node: usize, twin: usize, input: Input) -> Result<(), Crashed> {
        let Ready { persist, sign: requests, then } = self.nodes[node].engines[twin].step(self.now, input);
        self.maybe_crash(node)?;
        self.nodes[node].disk.apply(persist);
        for request in requests {
            self.maybe_crash(node)?;
            let signed = sign(ValidatorIndex(node as u16), &request);
            self.record(node, &request, &signed);
            self.maybe_crash(node)?;
            self.step(node, twin, Input::Signed(signed))?;
        }
        for action in then {
            self.maybe_crash(node)?;
            self.act(node, twin, action)?;
        }
        Ok(())
    }

    fn maybe_crash(&mut self, node: usize) -> Result<(), Crashed> {
        if self.healed() || self.nodes[node].byzantine || !self.random.chance(self.faults.crashes) {
            return Ok(());
        }
        self.count("crashes");
        self.nodes[node].engines.clear();
        self.nodes[node].waiting.clear();
        self.nodes[node].tick_at = None;
        let at = self.now + 1 + self.random.below(3_000);
        self.push(at.min(self.faults.heal_at), node, Event::Restart);
        Err(Crashed)
    }

    fn restart(&mut self, node: usize) {
        self.count("restarts");
        let resume = self.nodes[node].disk.resume();
        self.nodes[node].engines = vec![Engine::new(config(&self.set, Some(node as u16)), resume)];
        self.tell_work(node);
        self.input(node, Input::Tick);
        if !self.nodes[node].engines.is_empty() {
            self.schedule_tick(node);
        }
    }

    /// The signer's record, which fails the test instead of refusing.
    fn record(&mut self, node: usize, request: &SignRequest, signed: &Signed) {
        if self.nodes[node].byzantine {
            return;
        }
        let disk = &mut self.nodes[node].disk;
        match (request, signed) {
            (SignRequest::Vote(vote), Signed::Vote(signed)) => {
                let conflict =
                    |old: &&SignedVote| old.vote.view == vote.view && votes_conflict(&old.vote.kind, &vote.kind);
                let old = disk.votes.iter().find(conflict);
                assert!(old.is_none(), "validator {node} signs {vote:?} after {old:?}");
                disk.votes.push(**signed);
            }
            (SignRequest::Proposal(block), Signed::Proposal(signed)) => {
                let old = disk.proposals.iter().find(|old| old.block.view == block.view);
                assert!(old.is_none(), "validator {node} proposes {block:?} after {old:?}");
                disk.proposals.push((***signed).clone());
            }
            other => panic!("unexpected {other:?}"),
        }
    }

    fn act(&mut self, node: usize, twin: usize, action: Action) -> Result<(), Crashed> {
        match action {
            Action::Send { to, message } => self.send(node, to, message),
            Action::Build { view, parent, parent_block } => {
                let below = parent_block.as_ref().map_or(0, |block| sequence_of(&block.cut));
                let time = Timestamp(self.now * 4 + twin as u64 + 1);
                let cut = cut(self.nodes[node].seen.max(below));
                let next = self.seal.filter(|from| sequence_of(&cut) >= *from).map(|_| NEXT_SET);
                self.step(node, twin, Input::Built { view, parent, cut, time, next })?;
            }
            Action::Judge { block, parent } => {
                let below = parent.as_ref().map_or(0, |block| sequence_of(&block.cut));
                self.judge(node, block, below);
            }
            Action::FetchBlock { digest, holders } => {
                for holder in holders {
                    self.carry(node, usize::from(holder.0), &Event::AskBlock { from: node, digest });
                }
            }
            Action::FetchCertificates { from_view, peers } => {
                let wanted = Event::Input(Input::Wanted { from: ValidatorIndex(node as u16), view: from_view });
                for peer in peers {
                    self.carry(node, usize::from(peer.0), &wanted);
                }
            }
            Action::Finalized { blocks, finalization, .. } => self.finalized(node, twin, blocks, finalization)?,
            Action::Behind { holders, .. } => {
                self.count("behind");
                let holder = usize::from(holders[self.random.below(holders.len() as u64) as usize].0);
                let above = self.nodes[node].disk.finalized.len() as u64;
                self.carry(node, holder, &Event::AskChain { from: node, above });
            }
            Action::Halt { rule } => panic!("node {node} stopped: {rule} does not hold"),
            Action::Evidence(evidence) => {
                self.count("evidence");
                let culprit = culprit(&evidence).unwrap();
                assert!(self.nodes[usize::from(culprit.0)].byzantine, "an honest validator is accused: {evidence:?}");
            }
        }
        Ok(())
    }

    fn send(&mut self, node: usize, to: Recipient, message: Message) {
        self.count("messages");
        let inputs = match message {
            Message::Vote(vote) => vec![Input::Vote(Verified::assume_checked(vote))],
            Message::Proposal { proposal, .. } => vec![Input::Proposal(Verified::assume_checked(proposal))],
            Message::Certificate(certificate) => vec![Input::Certificate(Verified::assume_checked(certificate))],
            Message::Response(Response::Certificates { certificates }) => {
                certificates.into_iter().map(|held| Input::Certificate(Verified::assume_checked(held))).collect()
            }
            other => panic!("unexpected {other:?}"),
        };
        for input in inputs {
            match to {
                Recipient::All => {
                    (0..self.nodes.len()).for_each(|peer| self.carry(node, peer, &Event::Input(input.clone())))
                }
                Recipient::One(peer) => self.carry(node, usize::from(peer.0), &Event::Input(input)),
            }
        }
    }

    /// The replica's answer: at once, late, or when the content arrives.
    fn judge(&mut self, node: usize, block: Block, below: u64) {
        let sequence = sequence_of(&block.cut);
        if sequence > self.nodes[node].seen {
            return self.nodes[node].waiting.push(block);
        }
        let at = self.now + self.random.below(5);
        let acceptable = sequence >= below;
        self.push(at, node, Event::Input(Input::Judged { block: block.digest(), acceptable }));
    }

    fn finalized(
        &mut self,
        node: usize,
        twin: usize,
        blocks: Vec<Block>,
        finalization: Certificate,
    ) -> Result<(), Crashed> {
        if self.nodes[node].byzantine {
            let done = self.nodes[node].seen <= blocks.last().map_or(0, |block| sequence_of(&block.cut));
            if twin == 0 {
                self.nodes[node].disk.finalized.extend(blocks);
            }
            return self.step(node, twin, Input::Work(!done));
        }
        self.extend(node, blocks, Some(finalization));
        let work = self.nodes[node].seen > self.nodes[node].finalized_sequence();
        self.step(node, twin, Input::Work(work))
    }

    /// Appends to the finalized chain. Agreement is checked here.
    fn extend(&mut self, node: usize, blocks: Vec<Block>, finalization: Option<Certificate>) {
        for block in blocks {
            let disk = &mut self.nodes[node].disk;
            let closed = disk.finalized.last().is_some_and(Block::is_boundary);
            assert!(!closed, "node {node}: a block became final after the boundary");
            let parent = disk.finalized.last().map_or(GENESIS, Block::digest);
            assert_eq!((block.parent, block.height.0), (parent, disk.finalized.len() as u64 + 1), "node {node}");
            let digest = block.digest();
            let agreed = *self.decided.entry(block.height.0).or_insert(digest);
            assert_eq!(agreed, digest, "two blocks are final at height {}", block.height);
            disk.finalized.push(block);
        }
        if finalization.is_some() {
            self.nodes[node].disk.finalization = finalization;
        }
    }

    fn catch_up(&mut self, node: usize, blocks: Vec<Block>, finalization: Certificate) {
        let height = self.nodes[node].disk.finalized.len() as u64;
        let blocks: Vec<_> = blocks.into_iter().filter(|block| block.height.0 > height).collect();
        // A boundary may be final by a stub; the replica has another proof then.
        let proven = |block: &Block| finalization.block() == Some(block.digest()) || block.is_boundary();
        let Some(block) = blocks.last().cloned().filter(proven) else { return };
        let finalization = Some(finalization).filter(|held| held.block() == Some(block.digest()));
        if self.nodes[node].byzantine {
            return;
        }
        self.count("caught up");
        self.extend(node, blocks, finalization.clone());
        self.input(node, Input::Synced { block, finalization: finalization.map(Verified::assume_checked) });
        self.tell_work(node);
    }

    fn tell_work(&mut self, node: usize) {
        if !self.nodes[node].engines.is_empty() {
            let work = self.nodes[node].seen > self.nodes[node].finalized_sequence();
            self.input(node, Input::Work(work));
        }
    }

    /// True if every honest node has finalized the epoch's boundary.
    pub(crate) fn is_sealed(&self) -> bool {
        let mut honest = self.nodes.iter().filter(|node| !node.byzantine);
        honest.all(|node| node.disk.finalized.last().is_some_and(Block::is_boundary))
    }

    /// The lowest finalized sequence among honest nodes.
    pub(crate) fn progress(&self) -> u64 {
        let honest = self.nodes.iter().filter(|node| !node.byzantine);
        honest.map(Node::finalized_sequence).min().unwrap_or(0)
    }

    pub(crate) fn describe(&self) -> String {
        let engines = self.nodes.iter().flat_map(|node| &node.engines);
        engines.map(|engine| format!("{:#?}\n", engine.status())).collect()
    }
}
