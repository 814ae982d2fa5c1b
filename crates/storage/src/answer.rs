//! Answers to peers: what is held, bounded in number, nothing made up.

use corridor_crypto::Digest;
use corridor_types::limits::{MAX_BLOCKS_PER_RESPONSE, MAX_CERTIFICATES_PER_RESPONSE, MAX_HANDOVERS_PER_RESPONSE};
use corridor_types::persist::Seal;
use corridor_types::{
    Block, Certificate, Decode as _, Encode as _, Epoch, Finality, Handover, Height, Request, Response,
    SettlementCertificate, View, VoteKind, read_run,
};

use crate::StoreError;
use crate::column::{
    Column, PENDING_CERTIFICATE, batch_key, epoch_key, height_key, meta, pending_block_key, pending_view_key,
};
use crate::database::Database;

pub(crate) fn answer(database: &Database, request: &Request) -> Result<Option<Response>, StoreError> {
    match request {
        Request::Block { digest } => Ok(block(database, digest)?.map(|block| Response::Block { block })),
        Request::Blocks { from } => blocks(database, *from),
        Request::Batches { lane, sequence, digest, above } => {
            let read = |sequence, name: &Digest| database.read(Column::Batches, &batch_key(*lane, sequence, name));
            let batches = read_run(*sequence, *digest, *above, read)?;
            Ok((!batches.is_empty()).then_some(Response::Batches { batches }))
        }
        Request::Certificates { from } => certificates(database, *from),
        Request::Settlements { from } => settlements(database, *from),
        Request::Handovers { from } => handovers(database, *from),
        Request::Snapshot { height } => {
            let Some(folder) = database.snapshots.get() else { return Ok(None) };
            Ok(folder.manifest(*height)?.map(|manifest| Response::Snapshot { manifest }))
        }
        Request::SnapshotChunk { height, chunk } => {
            let Some(folder) = database.snapshots.get() else { return Ok(None) };
            let found = folder.chunk(*height, *chunk)?;
            Ok(found.map(|bytes| Response::SnapshotChunk { height: *height, chunk: *chunk, bytes }))
        }
    }
}

/// A block by name, pending or finalized.
pub(crate) fn block(database: &Database, digest: &Digest) -> Result<Option<Block>, StoreError> {
    if let Some(block) = database.read(Column::Pending, &pending_block_key(digest))? {
        return Ok(Some(block));
    }
    match database.read::<Height>(Column::Names, digest.as_bytes())? {
        Some(height) => database.read(Column::Blocks, &height_key(height)),
        None => Ok(None),
    }
}

/// Finalized blocks of one epoch without a gap, the last of which is proven final.
fn blocks(database: &Database, from: Height) -> Result<Option<Response>, StoreError> {
    let mut blocks = run(database, from)?;
    let Some(last) = blocks.last() else { return Ok(None) };
    if let Some((height, finality)) = finality_up_to(database, from, last)? {
        blocks.retain(|block| block.height <= height);
        return Ok(Some(Response::Blocks { blocks, finality }));
    }
    let Some(Seal { stubs, finalization }) = seal_of(database, last)? else { return Ok(None) };
    blocks.extend(stubs);
    let fits = blocks.len() <= MAX_BLOCKS_PER_RESPONSE;
    Ok(fits.then_some(Response::Blocks { blocks, finality: Finality::Finalization(finalization) }))
}

/// As many blocks as an answer holds, up to the end of the epoch of the first.
fn run(database: &Database, from: Height) -> Result<Vec<Block>, StoreError> {
    let mut blocks: Vec<Block> = Vec::new();
    if from < database.heights().oldest {
        return Ok(blocks);
    }
    let mut expected = from;
    for item in database.at_and_above::<Block>(Column::Blocks, from)?.take(MAX_BLOCKS_PER_RESPONSE) {
        let (height, block) = item?;
        if height != expected {
            break;
        }
        expected = expected.next();
        let is_boundary = block.is_boundary();
        blocks.push(block);
        if is_boundary {
            break;
        }
    }
    Ok(blocks)
}

/// The highest finalization of a block from `from` to `last`, or else the highest settlement
/// certificate: a long run may be finalized only by a descendant.
fn finality_up_to(database: &Database, from: Height, last: &Block) -> Result<Option<(Height, Finality)>, StoreError> {
    let found = database.last_up_to(Column::Finalizations, last.height)?;
    if let Some((height, certificate)) = found.filter(|(height, _)| *height >= from) {
        return Ok(Some((height, Finality::Finalization(certificate))));
    }
    let found = database.last_up_to(Column::Settlements, last.height)?;
    let found = found.filter(|(height, _)| *height >= from);
    Ok(found.map(|(height, certificate)| (height, Finality::Settlement(certificate))))
}

/// The seal, if it is what proves that `boundary` is final.
fn seal_of(database: &Database, boundary: &Block) -> Result<Option<Seal>, StoreError> {
    let seal: Option<Seal> = database.read(Column::Meta, meta::SEAL)?;
    let digest = boundary.digest();
    Ok(seal.filter(|seal| boundary.is_boundary() && seal.stubs.first().is_some_and(|stub| stub.parent == digest)))
}

fn handovers(database: &Database, from: Epoch) -> Result<Option<Response>, StoreError> {
    let handovers = handovers_from(database, from, MAX_HANDOVERS_PER_RESPONSE)?;
    Ok((!handovers.is_empty()).then_some(Response::Handovers { handovers }))
}

/// Handovers from the end of `from` on, none left out.
pub(crate) fn handovers_from(database: &Database, from: Epoch, limit: usize) -> Result<Vec<Handover>, StoreError> {
    let (mut handovers, mut expected) = (Vec::new(), from);
    for item in database.scan(Column::Handovers, &epoch_key(from), None)?.take(limit) {
        let (key, value) = item?;
        if key[..] != expected.to_bytes() {
            break;
        }
        let damaged = StoreError::decode(Column::Handovers.name(), &key);
        handovers.push(Handover::from_bytes(&value).map_err(damaged)?);
        expected = expected.next();
    }
    Ok(handovers)
}

/// Pending certificates of views from `from` on, ascending.
pub(crate) fn pending_certificates(
    database: &Database,
    from: View,
) -> Result<impl Iterator<Item = Result<Certificate, StoreError>>, StoreError> {
    let items = database.scan(Column::Pending, &pending_view_key(from), Some(vec![PENDING_CERTIFICATE + 1]))?;
    Ok(items.map(|item| {
        let (key, value) = item?;
        Certificate::from_bytes(&value).map_err(StoreError::decode(Column::Pending.name(), &key))
    }))
}

/// The finalization of the highest epoch and view, of a held block or of one that is still missing.
pub(crate) fn highest_finalization(database: &Database) -> Result<Option<Certificate>, StoreError> {
    let mut highest = database.last::<Certificate>(Column::Finalizations)?.map(|(_, certificate)| certificate);
    for certificate in pending_certificates(database, View(0))? {
        let certificate = certificate?;
        let place = |certificate: &Certificate| (certificate.vote.epoch, certificate.vote.view);
        let higher = highest.as_ref().is_none_or(|highest| place(&certificate) > place(highest));
        if higher && matches!(certificate.vote.kind, VoteKind::Finalize { .. }) {
            highest = Some(certificate);
        }
    }
    Ok(highest)
}

fn certificates(database: &Database, from: View) -> Result<Option<Response>, StoreError> {
    let pending = pending_certificates(database, from)?.take(MAX_CERTIFICATES_PER_RESPONSE - 1);
    let mut certificates = pending.collect::<Result<Vec<_>, _>>()?;
    if let Some(highest) = highest_finalization(database)?
        && !certificates.contains(&highest)
    {
        // Stable, so the kinds within a view keep the order of their keys.
        let position = certificates.partition_point(|certificate| certificate.vote.view <= highest.vote.view);
        certificates.insert(position, highest);
    }
    Ok((!certificates.is_empty()).then_some(Response::Certificates { certificates }))
}

fn settlements(database: &Database, from: Height) -> Result<Option<Response>, StoreError> {
    if from < database.heights().snapshot() {
        return Ok(None);
    }
    let held = database.at_and_above::<SettlementCertificate>(Column::Settlements, from)?;
    let held = held.take(MAX_CERTIFICATES_PER_RESPONSE).map(|item| item.map(|(_, certificate)| certificate));
    let certificates = held.collect::<Result<Vec<_>, _>>()?;
    Ok((!certificates.is_empty()).then_some(Response::Settlements { certificates }))
}
