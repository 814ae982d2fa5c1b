//! Whether an answer continues our chain, and whether a manifest fits together. Changes nothing.

use corridor_crypto::planted::{self, Bug};
use corridor_types::limits::MAX_HANDOVERS;
use corridor_types::{Block, Epoch, Finality, Height, SnapshotManifest, ValidatorSet};

use crate::Misbehaviour;
use crate::chain::{Chain, Head};

/// A range that continues our chain.
#[derive(Debug)]
pub(crate) struct Range {
    /// Above our head; none if all of them were finalized here since.
    pub blocks: Vec<Block>,
    /// Blocks after the epoch's boundary.
    pub stubs: Vec<Block>,
}

/// Checks an answer that starts at most one above our head.
pub(crate) fn continuation(mut blocks: Vec<Block>, finality: &Finality, chain: &Chain) -> Result<Range, Misbehaviour> {
    let last = check_links(&blocks, chain.head())?;
    let end = check_sets(&blocks, chain)?;
    check_finality(finality, last, chain.validators().epoch())?;
    let stubs = blocks.split_off(end);
    blocks.retain(|block| block.height > chain.head().height);
    Ok(Range { blocks, stubs })
}

/// Checks heights and parents, our own head included, and returns the last block's.
fn check_links(blocks: &[Block], head: Head) -> Result<Head, Misbehaviour> {
    let mut previous: Option<Head> = None;
    for block in blocks {
        let ours = (block.height == head.height.next()).then_some(head);
        if let Some(previous) = previous.or(ours) {
            check_link(block, previous)?;
        }
        let here = Head { height: block.height, digest: block.digest() };
        // A block that we finalized ourselves must be that block.
        if here.height == head.height && here.digest != head.digest {
            return Err(Misbehaviour::WrongParent { height: here.height.next() });
        }
        previous = Some(here);
    }
    previous.ok_or(Misbehaviour::Empty)
}

fn check_link(block: &Block, previous: Head) -> Result<(), Misbehaviour> {
    if planted::is(Bug::LinksUnchecked) {
        return Ok(());
    }
    let expected = previous.height.next();
    if block.height != expected {
        return Err(Misbehaviour::Gap { got: block.height, expected });
    }
    if block.parent == previous.digest { Ok(()) } else { Err(Misbehaviour::WrongParent { height: block.height }) }
}

/// Checks that all are of the current epoch and returns how many belong to the chain: those up to
/// the boundary, if there is one.
fn check_sets(blocks: &[Block], chain: &Chain) -> Result<usize, Misbehaviour> {
    let (epoch, set) = (chain.validators().epoch(), chain.set());
    if let Some(stranger) = blocks.iter().find(|block| block.epoch != epoch || block.validators != set) {
        return Err(Misbehaviour::WrongValidators { height: stranger.height });
    }
    let boundary = blocks.iter().position(Block::is_boundary).filter(|_| !planted::is(Bug::RangePastBoundary));
    let Some(position) = boundary else { return Ok(blocks.len()) };
    let (ours, stubs) = blocks.split_at(position.saturating_add(1));
    let Some(boundary) = ours.last() else { return Ok(0) };
    let is_stub = |block: &Block| block.cut == boundary.cut && block.next_validators == boundary.next_validators;
    match stubs.iter().find(|block| !is_stub(block)) {
        Some(wrong) => Err(Misbehaviour::WrongStub { height: wrong.height }),
        None => Ok(ours.len()),
    }
}

/// Checks that a certificate of `epoch` makes `last` final.
fn check_finality(finality: &Finality, last: Head, epoch: Epoch) -> Result<(), Misbehaviour> {
    let height = match finality {
        Finality::Finalization(_) => last.height,
        Finality::Settlement(certificate) => certificate.outcome.height,
    };
    let proves = finality.block() == Some(last.digest) && finality.epoch() == epoch && height == last.height;
    let proves = proves || planted::is(Bug::FinalityUnchecked);
    if proves { Ok(()) } else { Err(Misbehaviour::WrongCertificate { height: last.height }) }
}

/// Checks that a manifest's certificate is of its block, and that its epoch can be reached by a
/// path of at most [`MAX_HANDOVERS`] from ours.
pub(crate) fn manifest(manifest: &SnapshotManifest, known: Epoch) -> Result<(), Misbehaviour> {
    let (block, outcome) = (&manifest.block, &manifest.certificate.outcome);
    if outcome.block != block.digest() || outcome.height != block.height || outcome.epoch != block.epoch {
        return Err(Misbehaviour::WrongManifest { height: block.height });
    }
    let steps = block.next_epoch().0.checked_sub(known.0);
    if block.epoch < known || steps.is_none_or(|steps| steps > MAX_HANDOVERS as u64) {
        return Err(Misbehaviour::WrongEpoch { got: block.epoch, known });
    }
    Ok(())
}

/// Checks that the manifest's block names `validators` and that they signed its certificate.
pub(crate) fn certified(
    manifest: &SnapshotManifest,
    validators: &ValidatorSet,
    context: &corridor_crypto::SigningContext,
) -> Result<(), Misbehaviour> {
    let height: Height = manifest.block.height;
    if manifest.block.validators != validators.digest() {
        return Err(Misbehaviour::WrongManifest { height });
    }
    manifest.certificate.clone().verify(context, validators)?;
    Ok(())
}
