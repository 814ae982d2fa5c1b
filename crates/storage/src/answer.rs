//! Answers to peers: what is held, bounded in number, nothing made up.

use corridor_crypto::Digest;
use corridor_types::limits::{MAX_BLOCKS_PER_RESPONSE, MAX_CERTIFICATES_PER_RESPONSE};
use corridor_types::{
    Block, Certificate, Decode as _, Height, Request, Response, SettlementCertificate, View, VoteKind,
};

use crate::StoreError;
use crate::column::{Column, PENDING_CERTIFICATE, batch_key, height_key, pending_block_key, pending_view_key};
use crate::database::Database;

pub(crate) fn answer(database: &Database, request: &Request) -> Result<Option<Response>, StoreError> {
    match request {
        Request::Block { digest } => Ok(block(database, digest)?.map(|block| Response::Block { block })),
        Request::Blocks { from } => blocks(database, *from),
        Request::Batch { lane, sequence, digest } => {
            let batch = database.read(Column::Batches, &batch_key(*lane, *sequence, digest))?;
            Ok(batch.map(|batch| Response::Batch { batch }))
        }
        Request::Certificates { from } => certificates(database, *from),
        Request::Settlements { from } => settlements(database, *from),
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

/// Finalized blocks without a gap, the last of which has its own finalization.
fn blocks(database: &Database, from: Height) -> Result<Option<Response>, StoreError> {
    let (mut blocks, mut expected) = (Vec::new(), from);
    for item in database.at_and_above::<Block>(Column::Blocks, from)?.take(MAX_BLOCKS_PER_RESPONSE) {
        let (height, block) = item?;
        if height != expected {
            break;
        }
        blocks.push(block);
        expected = expected.next();
    }
    let Some(last) = blocks.last().map(|block| block.height) else { return Ok(None) };
    let found = database.last_up_to::<Certificate>(Column::Finalizations, last)?;
    let Some((height, finalization)) = found.filter(|(height, _)| *height >= from) else { return Ok(None) };
    blocks.retain(|block| block.height <= height);
    Ok(Some(Response::Blocks { blocks, finalization }))
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

/// The finalization of the highest view, of a held block or of one that is still missing.
pub(crate) fn highest_finalization(database: &Database) -> Result<Option<Certificate>, StoreError> {
    let mut highest = database.last::<Certificate>(Column::Finalizations)?.map(|(_, certificate)| certificate);
    for certificate in pending_certificates(database, View(0))? {
        let certificate = certificate?;
        let higher = highest.as_ref().is_none_or(|highest| certificate.vote.view > highest.vote.view);
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
    let held = database.at_and_above::<SettlementCertificate>(Column::Settlements, from)?;
    let held = held.take(MAX_CERTIFICATES_PER_RESPONSE).map(|item| item.map(|(_, certificate)| certificate));
    let certificates = held.collect::<Result<Vec<_>, _>>()?;
    Ok((!certificates.is_empty()).then_some(Response::Settlements { certificates }))
}
