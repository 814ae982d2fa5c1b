//! What a node finds on its disk when it starts.

use corridor_types::persist::{Change, Recovered, Table, tip_of};
use corridor_types::{Block, Epoch, Height, ParticipantId, Sequence, SettlementCertificate, View};

use super::MemoryStore;

/// The first epoch and view of which pending records mean anything after a finalized block.
fn pending_floor(block: &Block) -> (Epoch, View) {
    if block.is_boundary() { (block.next_epoch(), View(0)) } else { (block.epoch, block.view.next()) }
}

impl MemoryStore {
    /// The highest certificate such that all below it are held too.
    fn settled(&self) -> Option<&SettlementCertificate> {
        let first = self.restored.0.max(1);
        (first..).map(Height).map_while(|height| self.settlements.get(&height)).last()
    }

    /// Everything that a replica needs to go on.
    pub fn recovered(&self) -> Recovered {
        let executed = self.outcomes.values().next_back().copied();
        let executed_height = executed.map_or(Height(0), |outcome| outcome.height);
        let executed_block = self.blocks.get(&executed_height).cloned();
        let cut = executed_block.as_ref().map(|block| block.cut.clone()).unwrap_or_default();
        let above = |key: &(ParticipantId, Sequence, corridor_crypto::Digest)| {
            tip_of(&cut, key.0).is_none_or(|tip| key.1 > tip.sequence)
        };
        let settled = self.settled().cloned();
        let settled_height = settled.as_ref().map_or(Height(0), |certificate| certificate.outcome.height);
        let finalized: Vec<Block> =
            self.blocks.range(executed_height.next()..).map(|(_, block)| block.clone()).collect();
        let floor = finalized.last().or(executed_block.as_ref()).map_or((Epoch(0), View(0)), pending_floor);
        let certificates = self.pending_certificates.values().flatten();
        let mut pending_blocks: Vec<_> =
            self.pending_blocks.values().filter(|block| (block.epoch, block.view) >= floor).cloned().collect();
        pending_blocks.sort_by_key(|block| block.view);
        Recovered {
            executed: executed_block.zip(executed),
            finalized,
            finalization: self.highest_finalization(),
            pending_blocks,
            pending_certificates: certificates
                .filter(|held| (held.vote.epoch, held.vote.view) >= floor)
                .cloned()
                .collect(),
            batches: self.batches.iter().filter(|(key, _)| above(key)).map(|(_, batch)| batch.clone()).collect(),
            settled,
            unsettled: self.outcomes.range(settled_height.next()..).map(|(_, outcome)| *outcome).collect(),
            draft: self.draft.clone(),
            boundaries: self
                .blocks
                .range(settled_height.next()..)
                .map(|(_, block)| block)
                .filter(|block| block.is_boundary())
                .cloned()
                .collect(),
            seal: self.seal.clone(),
            oldest: self.oldest(),
        }
    }

    /// Every ledger record, ascending by table and key.
    pub fn ledger_records(&self) -> Vec<Change> {
        let change = |((table, key), value): (&(Table, Vec<u8>), &Vec<u8>)| Change {
            table: *table,
            key: key.clone(),
            value: Some(value.clone()),
        };
        self.records.iter().map(change).collect()
    }
}
