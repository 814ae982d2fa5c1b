//! Fixtures: a validator set, a finalized chain, and answers cut from it.

use corridor_crypto::{Digest, SecretKey, Verified};
use corridor_types::limits::MAX_BLOCKS_PER_RESPONSE;
use corridor_types::{
    Block, Certificate, Epoch, Height, ParticipantId, Request, Status, Timestamp, Validator, ValidatorIndex,
    ValidatorSet, View, Vote, VoteKind, VotingPower,
};

use crate::{Action, Config, Input, Limits, Sync};

pub const GENESIS: Digest = Digest([9; 32]);

pub fn validators(count: u16) -> ValidatorSet {
    let validator = |index: u16| Validator {
        participant: ParticipantId(u32::from(index)),
        key: SecretKey::from_seed(&[index as u8 + 1; 32]).public_key(),
        network_key: SecretKey::from_seed(&[index as u8 + 100; 32]).public_key(),
        power: VotingPower(1),
    };
    ValidatorSet::new(Epoch(0), (0..count).map(validator).collect()).unwrap()
}

/// Blocks 1 to `count`; other salts make other chains.
pub fn chain(count: u64, salt: u64) -> Vec<Block> {
    let set = validators(4).digest();
    let mut blocks: Vec<Block> = Vec::new();
    for height in 1..=count {
        blocks.push(Block {
            epoch: Epoch(0),
            view: View(height),
            height: Height(height),
            parent: blocks.last().map_or(GENESIS, Block::digest),
            parent_view: View(height - 1),
            proposer: ValidatorIndex(0),
            time: Timestamp(height + salt),
            cut: vec![],
            validators: set,
            next_validators: set,
        });
    }
    blocks
}

pub fn finalization(block: &Block) -> Verified<Certificate> {
    let kind = VoteKind::Finalize { block: block.digest() };
    let vote = Vote { epoch: Epoch(0), view: block.view, kind };
    Verified::assume_checked(Certificate { vote, signatures: vec![] })
}

/// The node under test is validator 0 of four and stands at genesis.
pub fn new_sync() -> Sync {
    let config = Config { validators: validators(4), me: Some(ValidatorIndex(0)), limits: Limits::default() };
    Sync::new(config, Height(0), GENESIS, Height(0))
}

pub fn status(from: u16, finalized: u64, settled: u64) -> Input {
    let (finalized, settled) = (Height(finalized), Height(settled));
    let status = Status { view: View(finalized.0 + 1), finalized, finalized_view: View(finalized.0), settled };
    Input::PeerStatus { from: ValidatorIndex(from), status }
}

/// An honest answer to the question for blocks from `from` on.
pub fn answer(by: u16, chain: &[Block], from: u64) -> Input {
    let start = from as usize - 1;
    let end = chain.len().min(start + MAX_BLOCKS_PER_RESPONSE);
    answer_of(by, chain[start..end].to_vec(), &chain[end - 1])
}

pub fn answer_of(by: u16, blocks: Vec<Block>, finalized: &Block) -> Input {
    Input::Blocks { from: ValidatorIndex(by), blocks, finalization: finalization(finalized) }
}

pub fn advanced(chain: &[Block], height: u64) -> Input {
    let block = &chain[height as usize - 1];
    Input::Advanced { height: block.height, digest: block.digest() }
}

/// Questions for blocks: whom and from where.
pub fn asked(actions: &[Action]) -> Vec<(u16, u64)> {
    let ask = |action: &Action| match action {
        Action::Ask { to, request: Request::Blocks { from } } => Some((to.0, from.0)),
        _ => None,
    };
    actions.iter().filter_map(ask).collect()
}

/// Questions for settlement certificates: whom and from where.
pub fn asked_settlements(actions: &[Action]) -> Vec<(u16, u64)> {
    let ask = |action: &Action| match action {
        Action::Ask { to, request: Request::Settlements { from } } => Some((to.0, from.0)),
        _ => None,
    };
    actions.iter().filter_map(ask).collect()
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
pub const NONE: [(u16, u64); 0] = [];
