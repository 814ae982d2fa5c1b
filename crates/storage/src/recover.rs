//! What a replica needs after a restart, read and checked against itself.

use std::sync::Arc;

use corridor_types::codec::{Reader, decode_bytes};
use corridor_types::limits::MAX_BATCH_BYTES;
use corridor_types::persist::{Change, Draft, Recovered, tip_of};
use corridor_types::{
    Batch, Block, Certificate, Decode, DecodeError, Epoch, Height, Outcome, ParticipantId, Sequence,
    SettlementCertificate, Tip, View,
};

use crate::StoreError;
use crate::answer::{highest_finalization, pending_certificates};
use crate::column::{Column, PENDING_BLOCK, PENDING_CERTIFICATE, height_key, meta};
use crate::database::Database;
use crate::frozen::record;

pub(crate) fn recover(database: &Database) -> Result<Recovered, StoreError> {
    let heights = database.heights();
    let executed = executed(database)?;
    let finalized = finalized_above(database, heights.executed)?;
    let last_block = finalized.last().or(executed.as_ref().map(|(block, _)| block));
    let floor = last_block.map_or((Epoch(0), View(0)), pending_floor);
    let cut = executed.as_ref().map_or(&[][..], |(block, _)| &block.cut);
    Ok(Recovered {
        finalization: highest_finalization(database)?,
        pending_blocks: pending_blocks(database, floor)?,
        pending_certificates: certificates_from(database, floor)?,
        batches: batches_above(database, cut)?,
        draft: draft(database)?,
        settled: settled(database, heights.settled)?,
        unsettled: outcomes_above(database, heights.settled)?,
        boundaries: boundaries_above(database, heights.settled)?,
        seal: database.read(Column::Meta, meta::SEAL)?,
        oldest: heights.oldest,
        executed,
        finalized,
    })
}

/// The highest executed block. Its block was finalized before it was executed.
fn executed(database: &Database) -> Result<Option<(Block, Outcome)>, StoreError> {
    let Some((height, outcome)) = database.last::<Outcome>(Column::Outcomes)? else { return Ok(None) };
    let key = height_key(height);
    let block = database.read::<Block>(Column::Blocks, &key)?;
    let block = block.filter(|block| block.height == height && block.digest() == outcome.block);
    let missing = || StoreError::damaged(Column::Blocks.name(), &key, "it is not the block that was executed");
    Ok(Some((block.ok_or_else(missing)?, outcome)))
}

fn finalized_above(database: &Database, height: Height) -> Result<Vec<Block>, StoreError> {
    let (mut blocks, mut expected) = (Vec::new(), height.next());
    for item in database.at_and_above::<Block>(Column::Blocks, expected)? {
        let (height, block) = item?;
        if height != expected || block.height != height {
            return Err(StoreError::damaged(Column::Blocks.name(), &height_key(expected), "it is missing"));
        }
        expected = height.next();
        blocks.push(block);
    }
    Ok(blocks)
}

/// The first epoch and view of which pending records mean anything after a finalized block.
fn pending_floor(block: &Block) -> (Epoch, View) {
    if block.is_boundary() { (block.next_epoch(), View(0)) } else { (block.epoch, block.view.next()) }
}

fn certificates_from(database: &Database, floor: (Epoch, View)) -> Result<Vec<Certificate>, StoreError> {
    let mut held = pending_certificates(database, View(0))?.collect::<Result<Vec<_>, _>>()?;
    held.retain(|certificate| (certificate.vote.epoch, certificate.vote.view) >= floor);
    Ok(held)
}

fn pending_blocks(database: &Database, floor: (Epoch, View)) -> Result<Vec<Block>, StoreError> {
    let mut blocks = Vec::new();
    for item in database.scan(Column::Pending, &[PENDING_BLOCK], Some(vec![PENDING_CERTIFICATE]))? {
        let (key, value) = item?;
        let block = Block::from_bytes(&value).map_err(StoreError::decode(Column::Pending.name(), &key))?;
        blocks.push(block);
    }
    blocks.retain(|block| (block.epoch, block.view) >= floor);
    blocks.sort_by_key(|block| block.view);
    Ok(blocks)
}

/// Batches behind the cut, lane by lane, ascending. Skips over the history of each lane.
fn batches_above(database: &Database, cut: &[Tip]) -> Result<Vec<Arc<Batch>>, StoreError> {
    let (mut batches, mut lane) = (Vec::new(), first_lane_from(database, ParticipantId(0))?);
    while let Some(current) = lane {
        let done = tip_of(cut, current).map_or(Sequence(0), |tip| tip.sequence);
        let from = [&current.0.to_be_bytes()[..], &done.next().0.to_be_bytes()].concat();
        for item in database.scan(Column::Batches, &from, after_lane(current))? {
            let (key, value) = item?;
            let batch = Batch::from_bytes(&value).map_err(StoreError::decode(Column::Batches.name(), &key))?;
            batches.push(Arc::new(batch));
        }
        lane = if current.0 == u32::MAX { None } else { first_lane_from(database, current.next())? };
    }
    Ok(batches)
}

/// Where the next lane's keys begin; `None` behind the last possible lane.
fn after_lane(lane: ParticipantId) -> Option<Vec<u8>> {
    lane.0.checked_add(1).map(|next| next.to_be_bytes().to_vec())
}

fn first_lane_from(database: &Database, lane: ParticipantId) -> Result<Option<ParticipantId>, StoreError> {
    let Some(item) = database.scan(Column::Batches, &lane.0.to_be_bytes(), None)?.next() else { return Ok(None) };
    let (key, _) = item?;
    let lane =
        ParticipantId::decode(&mut Reader::new(&key)).map_err(StoreError::decode(Column::Batches.name(), &key))?;
    Ok(Some(lane))
}

fn draft(database: &Database) -> Result<Option<Draft>, StoreError> {
    let decode = |value: &[u8]| -> Result<Draft, DecodeError> {
        let mut reader = Reader::new(value);
        let header = Decode::decode(&mut reader)?;
        let payload = decode_bytes(&mut reader, "draft payload", MAX_BATCH_BYTES)?.into();
        reader.finish()?;
        Ok(Draft { header, payload })
    };
    let value = database.get(Column::Meta, meta::DRAFT)?;
    value.map(|value| decode(&value).map_err(StoreError::decode(Column::Meta.name(), meta::DRAFT))).transpose()
}

fn settled(database: &Database, height: Height) -> Result<Option<SettlementCertificate>, StoreError> {
    let certificate = database.read(Column::Settlements, &height_key(height))?;
    if certificate.is_none() && height > Height(0) {
        let (column, key) = (Column::Settlements.name(), height_key(height));
        return Err(StoreError::damaged(column, &key, "the highest settled one is missing"));
    }
    Ok(certificate)
}

/// Outcomes above the settled height, also those whose certificate arrived early: the replica
/// learns of that one again, and of no other.
fn outcomes_above(database: &Database, height: Height) -> Result<Vec<Outcome>, StoreError> {
    let items = database.at_and_above(Column::Outcomes, height.next())?;
    items.map(|item| item.map(|(_, outcome)| outcome)).collect()
}

/// Last blocks of epochs above the settled height, ascending.
fn boundaries_above(database: &Database, height: Height) -> Result<Vec<Block>, StoreError> {
    let blocks = database.at_and_above(Column::Blocks, height.next())?.map(|item| item.map(|(_, block)| block));
    blocks.filter(|block| block.as_ref().map_or(true, Block::is_boundary)).collect()
}

/// Every ledger record. Takes as much memory as the whole state.
pub(crate) fn records(database: &Database) -> Result<Vec<Change>, StoreError> {
    database.scan(Column::Records, &[], None)?.map(|item| item.and_then(record)).collect()
}
