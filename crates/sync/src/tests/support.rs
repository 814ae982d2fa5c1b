//! Fixtures: validator sets, a finalized chain over epochs, answers cut from it, and what a step asked.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use corridor_crypto::{Digest, PublicKey, SecretKey, SigningContext, Verified};
use corridor_types::limits::MAX_BLOCKS_PER_RESPONSE;
use corridor_types::{
    Block, Certificate, Epoch, Finality, Handover, Height, Outcome, ParticipantId, Request, Sequence,
    SettlementCertificate, SnapshotManifest, Status, Timestamp, Tip, Validator, ValidatorIndex, ValidatorSet, View,
    Vote, VoteKind, VotingPower,
};

use crate::{Action, Config, Input, Limits, Start, Sync};

pub const GENESIS: Digest = Digest([9; 32]);

/// A peer's name.
pub const fn peer(number: u8) -> PublicKey {
    PublicKey([number; 32])
}

pub const fn context() -> SigningContext {
    SigningContext::new(GENESIS)
}

fn secret(epoch: u64, index: u16) -> SecretKey {
    SecretKey::from_seed(&[(epoch * 4) as u8 + index as u8 + 1; 32])
}

fn make_set(epoch: u64) -> ValidatorSet {
    let validator = |index: u16| Validator {
        participant: ParticipantId(u32::from(index)),
        key: secret(epoch, index).public_key(),
        network_key: SecretKey::from_seed(&[index as u8 + 200; 32]).public_key(),
        power: VotingPower(1),
    };
    ValidatorSet::new(Epoch(epoch), (0..4).map(validator).collect()).unwrap()
}

static SETS: LazyLock<Vec<ValidatorSet>> = LazyLock::new(|| (0..8).map(make_set).collect());

/// The four validators of an epoch below 8; each epoch has its own keys.
pub fn validators(epoch: u64) -> ValidatorSet {
    SETS[epoch as usize].clone()
}

/// Blocks 1 to `count` of one epoch; other salts make other chains.
pub fn chain(count: u64, salt: u64) -> Vec<Block> {
    chain_over(count, salt, &[])
}

/// Blocks 1 to `count`, an epoch ending with each of `boundaries`.
pub fn chain_over(count: u64, salt: u64, boundaries: &[u64]) -> Vec<Block> {
    let digests: BTreeMap<u64, Digest> = (0..8).map(|epoch| (epoch, validators(epoch).digest())).collect();
    let (mut blocks, mut epoch): (Vec<Block>, u64) = (Vec::new(), 0);
    for height in 1..=count {
        let next = epoch + u64::from(boundaries.contains(&height));
        let tip = Tip { lane: ParticipantId(0), sequence: Sequence(height), digest: Digest([salt as u8; 32]) };
        blocks.push(Block {
            epoch: Epoch(epoch),
            view: View(height),
            height: Height(height),
            parent: blocks.last().map_or(GENESIS, Block::digest),
            parent_view: View(height - 1),
            proposer: ValidatorIndex(0),
            time: Timestamp(height + salt),
            cut: vec![tip],
            validators: digests[&epoch],
            next_validators: digests[&next],
        });
        epoch = next;
    }
    blocks
}

/// Blocks of the epoch after its boundary, up to `count` of them.
pub fn stubs(boundary: &Block, count: u64) -> Vec<Block> {
    let mut last = boundary.clone();
    let mut next = || {
        let (parent, parent_view, view) = (last.digest(), last.view, last.view.next());
        last = Block { height: last.height.next(), parent, parent_view, view, ..last.clone() };
        last.clone()
    };
    (0..count).map(|_| next()).collect()
}

pub fn finalization(block: &Block) -> Verified<Certificate> {
    let kind = VoteKind::Finalize { block: block.digest() };
    let vote = Vote { epoch: block.epoch, view: block.view, kind };
    Verified::assume_checked(Certificate { vote, signatures: vec![] })
}

pub fn finalized(block: &Block) -> Verified<Finality> {
    Verified::assume_checked(Finality::Finalization(finalization(block).into_inner()))
}

pub fn outcome(block: &Block) -> Outcome {
    let (epoch, height, digest) = (block.epoch, block.height, block.digest());
    Outcome { epoch, height, block: digest, receipts: Digest([1; 32]), entries: 0, state: Digest([2; 32]) }
}

/// The block's outcome, signed by three of four.
pub fn certificate(block: &Block) -> SettlementCertificate {
    let outcome = outcome(block);
    let message = outcome.signed_message(&context());
    let sign = |index| (ValidatorIndex(index), secret(block.epoch.0, index).sign(&message));
    SettlementCertificate { outcome, signatures: (0..3).map(sign).collect() }
}

pub fn settled(block: &Block) -> Verified<Finality> {
    let certificate = SettlementCertificate { outcome: outcome(block), signatures: vec![] };
    Verified::assume_checked(Finality::Settlement(certificate))
}

/// The handovers of a chain, from an epoch on.
pub fn handovers(chain: &[Block], from: u64) -> Vec<Handover> {
    let boundaries = chain.iter().filter(|block| block.is_boundary() && block.epoch >= Epoch(from));
    let handover = |block: &Block| {
        let next = validators(block.epoch.0 + 1);
        Handover { boundary: block.clone(), certificate: certificate(block), next }
    };
    boundaries.map(handover).collect()
}

pub fn manifest(block: &Block) -> SnapshotManifest {
    SnapshotManifest { block: block.clone(), certificate: certificate(block), index: index(block.height) }
}

/// What the ledger would recognise as the index of the snapshot at a height.
pub fn index(height: Height) -> Arc<[u8]> {
    height.0.to_be_bytes().into()
}

pub fn config() -> Config {
    Config { context: context(), validators: validators(0), prefer_snapshot: false, limits: Limits::default() }
}

/// A node at genesis.
pub fn start() -> Start {
    Start { finalized: Height(0), digest: GENESIS, next_epoch: Epoch(0), settled: Height(0) }
}

/// A machine at genesis, connected to peers 1 to 3.
pub fn new_sync(config: Config) -> Sync {
    let mut sync = Sync::new(config, start());
    (1..4).for_each(|number| drop(sync.step(0, Input::PeerUp(peer(number)))));
    sync
}

pub fn default_sync() -> Sync {
    new_sync(config())
}

/// What a peer with all blocks and no snapshot says.
pub fn status_of(finalized: u64, settled: u64) -> Status {
    Status {
        epoch: Epoch(0),
        view: View(finalized.saturating_add(1)),
        finalized: Height(finalized),
        finalized_view: View(finalized),
        settled: Height(settled),
        oldest: Height(1),
        snapshot: Height(0),
        asks_seen: false,
    }
}

pub fn status(from: u8, finalized: u64, settled: u64) -> Input {
    Input::PeerStatus { from: peer(from), status: status_of(finalized, settled) }
}

/// What a peer says that holds blocks from `oldest` to `finalized` and the snapshot at `snapshot`.
pub fn offer(from: u8, finalized: u64, oldest: u64, snapshot: u64) -> Input {
    let (oldest, snapshot) = (Height(oldest), Height(snapshot));
    Input::PeerStatus { from: peer(from), status: Status { oldest, snapshot, ..status_of(finalized, 0) } }
}

/// An honest answer to the question for blocks from `from` on: to the end of the epoch at most.
pub fn answer(by: u8, chain: &[Block], from: u64) -> Input {
    let rest = &chain[from as usize - 1..];
    let end = rest.iter().position(Block::is_boundary).map_or(rest.len(), |boundary| boundary + 1);
    let blocks = &rest[..end.min(MAX_BLOCKS_PER_RESPONSE)];
    answer_of(by, blocks.to_vec(), finalized(blocks.last().unwrap()))
}

pub fn answer_of(by: u8, blocks: Vec<Block>, finality: Verified<Finality>) -> Input {
    Input::Blocks { from: peer(by), blocks, finality }
}

pub fn advanced(chain: &[Block], height: u64) -> Input {
    let block = &chain[height as usize - 1];
    Input::Advanced { height: block.height, digest: block.digest(), next_epoch: block.next_epoch() }
}

/// Every question: whom and what.
pub fn questions(actions: &[Action]) -> Vec<(u8, Request)> {
    let ask = |action: &Action| match action {
        Action::Ask { to, request } => Some((to.0[0], *request)),
        _ => None,
    };
    actions.iter().filter_map(ask).collect()
}

/// Questions for blocks: whom and from where.
pub fn asked(actions: &[Action]) -> Vec<(u8, u64)> {
    let from = |(to, request)| match request {
        Request::Blocks { from } => Some((to, from.0)),
        _ => None,
    };
    questions(actions).into_iter().filter_map(from).collect()
}

/// Questions for settlement certificates: whom and from where.
pub fn asked_settlements(actions: &[Action]) -> Vec<(u8, u64)> {
    let from = |(to, request)| match request {
        Request::Settlements { from } => Some((to, from.0)),
        _ => None,
    };
    questions(actions).into_iter().filter_map(from).collect()
}

/// Accepted ranges: first and last height.
pub fn accepted(actions: &[Action]) -> Vec<(u64, u64)> {
    let accept = |action: &Action| match action {
        Action::Accept { blocks, .. } => Some((blocks.first().unwrap().height.0, blocks.last().unwrap().height.0)),
        _ => None,
    };
    actions.iter().filter_map(accept).collect()
}

/// Nobody at all.
pub const NONE: [(u8, u64); 0] = [];
