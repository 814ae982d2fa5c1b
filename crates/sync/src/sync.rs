//! The machine: one arm per input, then what follows from where we stand.

use corridor_crypto::PublicKey;
use corridor_types::{Epoch, ValidatorSet};

use crate::around::Around;
use crate::chain::{Chain, Head};
use crate::config::{Config, Limits, Start};
use crate::peers::Peers;
use crate::ranges::Ranges;
use crate::settlements::Settlements;
use crate::snapshot::Transfer;
use crate::{Action, Input};

/// Catch-up of one node. See the crate documentation for the protocol.
#[derive(Debug)]
pub struct Sync {
    limits: Limits,
    chain: Chain,
    peers: Peers,
    ranges: Ranges,
    settlements: Settlements,
    transfer: Transfer,
    /// The time of the last step.
    now_ms: u64,
}

impl Sync {
    /// Starts where the disk ends, connected to nobody.
    pub fn new(config: Config, start: Start) -> Self {
        let Config { context, validators, prefer_snapshot, limits } = config;
        Self {
            limits,
            peers: Peers::new(limits),
            ranges: Ranges::new(),
            settlements: Settlements::new(start.settled),
            transfer: Transfer::new(context, validators.clone(), prefer_snapshot),
            chain: Chain::new(start, validators),
            now_ms: 0,
        }
    }

    /// Takes one input in.
    pub fn step(&mut self, now_ms: u64, input: Input) -> Vec<Action> {
        self.now_ms = now_ms;
        let mut actions: Vec<Action> = self.take(now_ms, input).into_iter().collect();
        self.ranges.time_out(now_ms, &mut self.peers);
        let Self { chain, peers, limits, .. } = self;
        let by_snapshot = self.transfer.step(&mut Around { now_ms, chain, peers, limits }, &mut actions);
        if by_snapshot {
            self.ranges.pause();
        } else {
            actions.extend(self.ranges.ask(now_ms, &self.chain, &mut self.peers, &self.limits));
        }
        let finalized = self.chain.head().height;
        actions.extend(self.settlements.step(now_ms, finalized, &mut self.peers, &self.limits));
        actions
    }

    fn take(&mut self, now_ms: u64, input: Input) -> Option<Action> {
        let Self { chain, peers, limits, transfer, ranges, settlements, .. } = self;
        let around = &mut Around { now_ms, chain, peers, limits };
        match input {
            Input::Tick => {}
            Input::PeerUp(peer) => peers.on_up(peer),
            Input::PeerDown(peer) => self.on_peer_down(&peer),
            Input::PeerStatus { from, status } => peers.on_status(&from, status),
            Input::Behind { finalization, holders } => ranges.on_behind(&finalization, holders, chain),
            Input::Room(room) => ranges.on_room(room),
            Input::Blocks { from, blocks, finality } => {
                return ranges.on_answer(now_ms, chain, peers, from, (blocks, finality));
            }
            Input::Handovers { from, handovers } => return transfer.on_handovers(around, from, handovers),
            Input::Manifest { from, manifest } => return transfer.on_manifest(around, from, manifest),
            Input::Chunk { from, height, number, bytes } => return transfer.on_chunk(&from, height, (number, bytes)),
            Input::SnapshotOpened { height, chunks } => transfer.on_opened(now_ms, height, chunks),
            Input::SnapshotRefused { height } => return transfer.on_refused(around, height),
            Input::ChunkAccepted { height, number } => transfer.on_chunk_accepted(around, height, number),
            Input::ChunkRefused { height, number } => return transfer.on_chunk_refused(around, height, number),
            Input::Advanced { height, digest, next_epoch } => {
                return self.on_advanced(Head { height, digest }, next_epoch);
            }
            Input::Epoch { validators } => return self.on_epoch(validators),
            Input::Settled { height } => settlements.on_settled(now_ms, height, peers),
        }
        None
    }

    /// When to step at the latest. `None` while nothing waits for time to pass.
    pub fn next_deadline(&self) -> Option<u64> {
        let transfer = self.transfer.next_deadline(self.now_ms, &self.limits);
        let returns = self.peers.next_return(self.now_ms);
        [self.ranges.next_deadline(), transfer, returns, self.settlements.next_deadline()].into_iter().flatten().min()
    }

    /// True while a range or a snapshot is being fetched or taken in.
    pub const fn is_syncing(&self) -> bool {
        self.ranges.is_asking() || self.chain.is_waiting() || self.transfer.is_running()
    }

    fn on_peer_down(&mut self, peer: &PublicKey) {
        self.peers.on_down(peer);
        self.ranges.on_peer_down(peer);
        self.settlements.on_peer_down(peer);
        self.transfer.on_peer_down(peer);
    }

    fn on_advanced(&mut self, head: Head, next_epoch: Epoch) -> Option<Action> {
        let by_itself = !self.chain.is_waiting();
        if !self.chain.advance(head, next_epoch) {
            return None;
        }
        self.ranges.on_advanced(by_itself);
        self.transfer.on_advanced(head.height)
    }

    fn on_epoch(&mut self, validators: ValidatorSet) -> Option<Action> {
        if !self.chain.begin_epoch(validators) {
            return None;
        }
        self.ranges.on_epoch();
        self.transfer.on_epoch(self.chain.validators())
    }
}
