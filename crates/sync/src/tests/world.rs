//! Peers of every manner, and a replica that takes what catch-up gives it: what a campaign runs in.

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::{Block, Epoch, Height, Request, SnapshotChunk, SnapshotManifest};

use super::support::*;
use crate::{Action, Input, Sync};

/// What a peer does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    Honest,
    Silent,
    /// Claims the highest of everything and answers nothing.
    Boaster,
    Empty,
    OtherChain,
    Gap,
    WrongCertificate,
    WrongStub,
    OneAtATime,
    ForgedHandover,
    ForgedManifest,
    OtherManifest,
    WrongIndex,
    WrongChunk,
    NoChunks,
}

pub const BAD: [Manner; 14] = [
    Manner::Silent,
    Manner::Boaster,
    Manner::Empty,
    Manner::OtherChain,
    Manner::Gap,
    Manner::WrongCertificate,
    Manner::WrongStub,
    Manner::OneAtATime,
    Manner::ForgedHandover,
    Manner::ForgedManifest,
    Manner::OtherManifest,
    Manner::WrongIndex,
    Manner::WrongChunk,
    Manner::NoChunks,
];

impl Manner {
    pub const fn is_blameless(self) -> bool {
        matches!(self, Self::Honest | Self::Silent | Self::Boaster | Self::OneAtATime | Self::NoChunks)
    }
}

/// A chain over epochs and the three peers that have it.
pub struct World {
    pub chain: Vec<Block>,
    pub other: Vec<Block>,
    /// The lowest block that the peers have, and their snapshot.
    pub oldest: u64,
    pub snapshot: u64,
    pub chunks: u32,
    pub manners: [Manner; 3],
    pub loss_percent: u64,
    pub random: u64,
}

impl World {
    pub fn roll(&mut self, bound: u64) -> u64 {
        // A small congruential generator (Knuth, MMIX): the seed is all there is to replay.
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % bound
    }

    pub fn manner(&self, number: u8) -> Manner {
        self.manners[usize::from(number) - 1]
    }

    pub fn status(&self, by: u8) -> Input {
        match self.manner(by) {
            Manner::Boaster => offer(by, u64::MAX, 1, u64::MAX),
            _ => offer(by, self.chain.len() as u64, self.oldest, self.snapshot),
        }
    }

    /// What a peer answers, if it does and nothing is lost.
    pub fn answer(&mut self, by: u8, request: Request) -> Option<Input> {
        let manner = self.manner(by);
        if self.roll(100) < self.loss_percent || matches!(manner, Manner::Silent | Manner::Boaster) {
            return None;
        }
        match request {
            Request::Blocks { from } => self.blocks(by, manner, from),
            Request::Snapshot { height } if height.0 == self.snapshot => Some(self.manifest(by, manner)),
            Request::Handovers { from } => Some(self.handovers(by, manner, from)),
            Request::SnapshotChunk { height, chunk } => self.chunk(by, manner, height, chunk),
            _ => None,
        }
    }

    fn blocks(&self, by: u8, manner: Manner, from: Height) -> Option<Input> {
        let at = from.0 as usize;
        let block = &self.chain[at - 1];
        let following = self.chain.get(at).filter(|following| following.epoch == block.epoch);
        match (manner, following, self.chain.get(at + 1)) {
            (Manner::Empty, ..) => Some(answer_of(by, vec![], finalized(block))),
            // Forged blocks under a finalized one: its certificate is all that a liar can get.
            (Manner::OtherChain, Some(following), _) => {
                let blocks = vec![self.other[at - 1].clone(), following.clone()];
                Some(answer_of(by, blocks, finalized(following)))
            }
            (Manner::Gap, Some(_), Some(third)) => {
                Some(answer_of(by, vec![block.clone(), third.clone()], finalized(third)))
            }
            (Manner::Gap | Manner::OtherChain | Manner::WrongCertificate, ..) => {
                Some(answer_of(by, vec![self.other[at - 1].clone()], finalized(block)))
            }
            (Manner::WrongStub, ..) => {
                let mut blocks = self.range(at);
                let last = blocks.last()?.clone();
                let mut tail = stubs(&last, 2);
                tail[1].cut.clear();
                blocks.append(&mut tail);
                // No quorum finalizes a wrong stub; here, where the stub itself must give the lie
                // away, one does.
                let finality = if last.is_boundary() { finalized(blocks.last()?) } else { settled(&last) };
                Some(answer_of(by, blocks, finality))
            }
            (Manner::OneAtATime, ..) => Some(answer_of(by, vec![block.clone()], settled(block))),
            _ => Some(self.honest(by, at)),
        }
    }

    fn range(&self, at: usize) -> Vec<Block> {
        let rest = &self.chain[at - 1..];
        let end = rest.iter().position(Block::is_boundary).map_or(rest.len(), |boundary| boundary + 1);
        rest[..end.min(62)].to_vec()
    }

    /// A range of the epoch: a boundary is proven by stubs or by its outcome, others either way.
    fn honest(&self, by: u8, at: usize) -> Input {
        let mut blocks = self.range(at);
        let last = blocks.last().unwrap().clone();
        if at.is_multiple_of(2) {
            return answer_of(by, blocks, settled(&last));
        }
        if last.is_boundary() {
            blocks.extend(stubs(&last, 2));
        }
        let finality = finalized(blocks.last().unwrap());
        answer_of(by, blocks, finality)
    }

    fn manifest(&self, by: u8, manner: Manner) -> Input {
        let block = &self.chain[self.snapshot as usize - 1];
        let mut manifest = manifest(block);
        match manner {
            Manner::ForgedManifest => manifest.certificate.outcome.state = GENESIS,
            Manner::OtherManifest => manifest.block = self.other[self.snapshot as usize - 1].clone(),
            Manner::WrongIndex => manifest.index = index(Height(1)),
            _ => {}
        }
        Input::Manifest { from: peer(by), manifest }
    }

    fn handovers(&self, by: u8, manner: Manner, from: Epoch) -> Input {
        let mut handovers = handovers(&self.chain, from.0);
        match manner {
            Manner::OneAtATime => handovers.truncate(1),
            Manner::Empty => handovers.clear(),
            Manner::ForgedHandover => {
                for handover in &mut handovers {
                    handover.next = validators(7);
                }
            }
            _ => {}
        }
        Input::Handovers { from: peer(by), handovers }
    }

    fn chunk(&self, by: u8, manner: Manner, height: Height, number: u32) -> Option<Input> {
        let wrong = u32::from(manner == Manner::WrongChunk);
        let bytes = chunk_bytes(height, number + wrong);
        let given = manner != Manner::NoChunks && height.0 == self.snapshot;
        given.then_some(Input::Chunk { from: peer(by), height, number, bytes })
    }
}

/// The one right chunk.
fn chunk_bytes(height: Height, number: u32) -> SnapshotChunk {
    SnapshotChunk(format!("{height}/{number}").into_bytes().into())
}

/// A replica: it believes nothing that is not the one chain.
#[derive(Default)]
pub struct Replica {
    pub height: u64,
    pub rebased: bool,
    open: Option<(SnapshotManifest, BTreeSet<u32>)>,
}

impl Replica {
    /// Takes an action that is no question, and reports.
    pub fn take(&mut self, world: &World, action: Action) -> Vec<Input> {
        match action {
            Action::Accept { blocks, stubs, .. } => {
                let expected = &world.chain[self.height as usize..][..blocks.len()];
                assert!(blocks == expected, "only the one chain is accepted, without a gap");
                assert!(stubs.is_empty() || expected.last().unwrap().is_boundary());
                self.moved(world, self.height + blocks.len() as u64)
            }
            Action::OpenSnapshot { manifest } => {
                assert_eq!(manifest.block, world.chain[manifest.block.height.0 as usize - 1]);
                let (height, chunks) = (manifest.block.height, world.chunks);
                let is_right = manifest.index == index(height);
                self.open = is_right.then_some((manifest, BTreeSet::new()));
                vec![if is_right {
                    Input::SnapshotOpened { height, chunks }
                } else {
                    Input::SnapshotRefused { height }
                }]
            }
            Action::Chunk { height, number, bytes } => {
                let (manifest, chunks) = self.open.as_mut().expect("a snapshot is open");
                assert_eq!(manifest.block.height, height);
                if bytes != chunk_bytes(height, number) {
                    return vec![Input::ChunkRefused { height, number }];
                }
                assert!(chunks.insert(number), "each chunk once");
                vec![Input::ChunkAccepted { height, number }]
            }
            Action::CloseSnapshot { .. } => {
                self.open.take().expect("a snapshot is open");
                vec![]
            }
            Action::SnapshotComplete { manifest, sets, handovers } => {
                let (open, chunks) = self.open.take().expect("a snapshot is open");
                assert_eq!((&open, chunks.len()), (manifest.as_ref(), world.chunks as usize));
                assert_eq!(sets.current(), &validators(open.block.next_epoch().0));
                assert_eq!(handovers.len(), sets.iter().count() - 1);
                self.rebased = true;
                self.moved(world, open.block.height.0)
            }
            Action::Misbehaved { peer, reason } => {
                let manner = world.manner(peer.0[0]);
                assert!(!manner.is_blameless(), "{manner:?} was blamed: {reason}");
                vec![]
            }
            Action::Ask { .. } => panic!("a question is for a peer"),
        }
    }

    fn moved(&mut self, world: &World, height: u64) -> Vec<Input> {
        let before = self.height.checked_sub(1).map_or(Epoch(0), |at| world.chain[at as usize].next_epoch());
        self.height = height;
        let now = world.chain[height as usize - 1].next_epoch();
        let mut reports = vec![advanced(&world.chain, height)];
        if now > before {
            reports.push(Input::Epoch { validators: validators(now.0) });
        }
        reports
    }
}

/// What came of a run: the time it took, and how often each peer was asked for what.
pub struct Outcome {
    pub took_ms: u64,
    pub rebased: bool,
    pub questions: BTreeMap<(u8, &'static str), u64>,
}

const fn kind(request: &Request) -> &'static str {
    match request {
        Request::Blocks { .. } => "blocks",
        Request::Snapshot { .. } => "manifest",
        Request::Handovers { .. } => "handovers",
        Request::SnapshotChunk { .. } => "chunk",
        _ => "other",
    }
}

/// Runs until the node has the whole chain.
pub fn run(mut world: World, mut sync: Sync) -> Outcome {
    let length = world.chain.len() as u64;
    let (mut replica, mut questions) = (Replica::default(), BTreeMap::new());
    let mut events: BTreeMap<(u64, u64), Input> = BTreeMap::new();
    let mut counter = 0;
    for beacon in 0..400 {
        for number in 1..4 {
            counter += 1;
            events.insert((beacon * 500 + u64::from(number), counter), world.status(number));
        }
        // Some links go down and up again; the beacons above say the rest.
        let flapping = world.roll(100) as u8;
        if (1..4).contains(&flapping) {
            counter += 2;
            events.insert((beacon * 500 + 300, counter), Input::PeerDown(peer(flapping)));
            events.insert((beacon * 500 + 310, counter), Input::PeerUp(peer(flapping)));
        }
    }
    let (mut now_ms, mut room, mut steps) = (0, true, 0);
    let mut blamed: BTreeMap<u8, u64> = BTreeMap::new();
    while replica.height < length {
        steps += 1;
        assert!(steps < 20_000, "turning in circles at {} of {length}, {now_ms} ms", replica.height);
        let due_ms = sync.next_deadline().unwrap_or(u64::MAX).max(now_ms);
        let next = events.first_entry().filter(|entry| entry.key().0 <= due_ms);
        let input = match next {
            Some(entry) => {
                now_ms = entry.key().0.max(now_ms);
                entry.remove()
            }
            None => {
                assert!(due_ms < u64::MAX, "stuck at {} of {length} with nothing to wait for", replica.height);
                now_ms = due_ms;
                Input::Tick
            }
        };
        if let Input::Room(value) = input {
            room = value;
        }
        for action in sync.step(now_ms, input) {
            if let Action::Ask { to, request } = action {
                assert!(room || !matches!(request, Request::Blocks { .. }), "asked without room");
                *questions.entry((to.0[0], kind(&request))).or_insert(0) += 1;
                let lied_ms = blamed.get(&to.0[0]).copied();
                assert!(lied_ms.is_none_or(|at| at + 60_000 <= now_ms), "a liar was asked {request:?} too soon");
                counter += 1;
                let later = now_ms + 1 + world.roll(50);
                if let Some(answer) = world.answer(to.0[0], request) {
                    events.insert((later, counter), answer);
                }
                continue;
            }
            if let Action::Misbehaved { peer, .. } = &action {
                blamed.insert(peer.0[0], now_ms);
            }
            let mut reports = replica.take(&world, action);
            if world.roll(2) == 0 {
                reports.reverse();
            }
            if world.roll(8) == 0 {
                counter += 2;
                events.insert((now_ms + 1, counter), Input::Room(false));
                events.insert((now_ms + 40, counter), Input::Room(true));
            }
            for report in reports {
                counter += 1;
                events.insert((now_ms + 1 + world.roll(20) * u64::from(counter % 2 == 0), counter), report);
            }
        }
    }
    Outcome { took_ms: now_ms, rebased: replica.rebased, questions }
}
