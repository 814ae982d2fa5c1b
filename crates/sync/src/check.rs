//! The one question whether an answer continues our chain. Changes nothing.

use corridor_crypto::Digest;
use corridor_types::{Block, Certificate, Height, ValidatorSet, VoteKind};

use crate::Misbehaviour;

/// Where a chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub height: Height,
    pub digest: Digest,
}

/// Checks an answer to the question for blocks from `asked` on, and returns the blocks above
/// `head`: none if all of them were finalized here since.
pub(crate) fn continuation(
    blocks: Vec<Block>,
    finalization: &Certificate,
    asked: Height,
    head: Head,
    validators: &ValidatorSet,
) -> Result<Vec<Block>, Misbehaviour> {
    let first = blocks.first().ok_or(Misbehaviour::Empty)?;
    if first.height != asked {
        return Err(Misbehaviour::WrongStart { got: first.height, asked });
    }
    let set = validators.digest();
    let mut previous: Option<Head> = None;
    for block in &blocks {
        check_validators(block, validators, set)?;
        if let Some(previous) = previous.or_else(|| (block.height == head.height.next()).then_some(head)) {
            check_link(block, previous)?;
        }
        let here = Head { height: block.height, digest: block.digest() };
        // A block that we finalized ourselves must be that block.
        if here.height == head.height && here.digest != head.digest {
            return Err(Misbehaviour::WrongParent { height: here.height.next() });
        }
        previous = Some(here);
    }
    if let Some(last) = previous.filter(|last| finalization.vote.kind != VoteKind::Finalize { block: last.digest }) {
        return Err(Misbehaviour::WrongCertificate { height: last.height });
    }
    Ok(blocks.into_iter().filter(|block| block.height > head.height).collect())
}

fn check_link(block: &Block, previous: Head) -> Result<(), Misbehaviour> {
    let expected = previous.height.next();
    if block.height != expected {
        return Err(Misbehaviour::Gap { got: block.height, expected });
    }
    if block.parent == previous.digest { Ok(()) } else { Err(Misbehaviour::WrongParent { height: block.height }) }
}

fn check_validators(block: &Block, validators: &ValidatorSet, set: Digest) -> Result<(), Misbehaviour> {
    let known = block.epoch == validators.epoch() && block.validators == set && block.next_validators == set;
    if known { Ok(()) } else { Err(Misbehaviour::WrongValidators { height: block.height }) }
}
