//! A disk in memory that forgets nothing that was written and nothing else: the simulated
//! counterpart of the node's database.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use corridor_crypto::Digest;
use corridor_types::limits::{MAX_BLOCKS_PER_RESPONSE, MAX_CERTIFICATES_PER_RESPONSE};
use corridor_types::persist::{Change, Draft, Executed, Recovered, Store, Table, Write, tip_of};
use corridor_types::{
    Batch, Block, Certificate, Evidence, Height, ParticipantId, Request, Response, Sequence, SettlementCertificate,
    View,
};

/// Everything a validator has made durable.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    batches: BTreeMap<(ParticipantId, Sequence, Digest), Arc<Batch>>,
    pending_blocks: BTreeMap<Digest, Block>,
    pending_certificates: BTreeMap<View, Vec<Certificate>>,
    blocks: BTreeMap<Height, Block>,
    finalizations: BTreeMap<Height, Certificate>,
    executed: BTreeMap<Height, Executed>,
    settlements: BTreeMap<Height, SettlementCertificate>,
    records: BTreeMap<(Table, Vec<u8>), Vec<u8>>,
    evidence: Vec<Evidence>,
    draft: Option<Draft>,
}

impl MemoryStore {
    /// Finalized blocks by height.
    pub const fn blocks(&self) -> &BTreeMap<Height, Block> {
        &self.blocks
    }

    /// What executing each block gave.
    pub const fn executed(&self) -> &BTreeMap<Height, Executed> {
        &self.executed
    }

    /// Settlement certificates by height.
    pub const fn settlements(&self) -> &BTreeMap<Height, SettlementCertificate> {
        &self.settlements
    }

    /// Evidence found.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }

    fn apply(&mut self, write: &Write) {
        match write {
            Write::Batch(batch) => {
                let header = &batch.header;
                self.batches.insert((header.lane, header.sequence, header.digest()), batch.clone());
            }
            Write::Draft(draft) => self.draft = Some(draft.clone()),
            Write::PendingBlock(block) => {
                self.pending_blocks.insert(block.digest(), block.clone());
            }
            Write::PendingCertificate(certificate) => {
                let known = self.pending_certificates.entry(certificate.vote.view).or_default();
                if !known.iter().any(|other| other.vote == certificate.vote) {
                    known.push(certificate.clone());
                }
            }
            Write::Finalized { block, finalization } => {
                self.blocks.insert(block.height, block.clone());
                if let Some(certificate) = finalization {
                    self.finalizations.insert(block.height, certificate.clone());
                }
            }
            Write::PrunePending { below } => {
                self.pending_certificates.retain(|view, _| view >= below);
                self.pending_blocks.retain(|_, block| block.view >= *below);
            }
            Write::Executed(executed) => self.apply_executed(executed),
            Write::Settlement(certificate) => {
                self.settlements.insert(certificate.outcome.height, certificate.clone());
            }
            Write::Evidence(evidence) => self.evidence.push(evidence.clone()),
        }
    }

    fn apply_executed(&mut self, executed: &Executed) {
        for Change { table, key, value } in &executed.changes {
            let key = (*table, key.clone());
            match value {
                Some(value) => self.records.insert(key, value.clone()),
                None => self.records.remove(&key),
            };
        }
        self.executed.insert(executed.outcome.height, executed.clone());
    }

    fn settled(&self) -> Option<&SettlementCertificate> {
        let contiguous = (1..).map(Height).map_while(|height| self.settlements.get(&height));
        contiguous.last()
    }

    fn blocks_from(&self, from: Height) -> Option<Response> {
        let last = Height(from.0.saturating_add(MAX_BLOCKS_PER_RESPONSE as u64 - 1));
        let (height, finalization) = self.finalizations.range(from..=last).next_back()?;
        let blocks: Vec<Block> = self.blocks.range(from..=*height).map(|(_, block)| block.clone()).collect();
        Some(Response::Blocks { blocks, finalization: finalization.clone() })
    }

    fn certificates_from(&self, from: View) -> Option<Response> {
        let pending = self.pending_certificates.range(from..).flat_map(|(_, list)| list).cloned();
        let highest = self.finalizations.values().next_back().cloned();
        let certificates: Vec<_> = highest.into_iter().chain(pending).take(MAX_CERTIFICATES_PER_RESPONSE).collect();
        (!certificates.is_empty()).then_some(Response::Certificates { certificates })
    }
}

impl Store for MemoryStore {
    type Error = Infallible;

    fn write(&mut self, writes: &[Write]) -> Result<(), Infallible> {
        writes.iter().for_each(|write| self.apply(write));
        Ok(())
    }

    fn answer(&self, request: &Request) -> Result<Option<Response>, Infallible> {
        Ok(match request {
            Request::Block { digest } => {
                let finalized = || self.blocks.values().find(|block| block.digest() == *digest);
                let block = self.pending_blocks.get(digest).or_else(finalized);
                block.map(|block| Response::Block { block: block.clone() })
            }
            Request::Blocks { from } => self.blocks_from(*from),
            Request::Batch { lane, sequence, digest } => {
                let batch = self.batches.get(&(*lane, *sequence, *digest));
                batch.map(|batch| Response::Batch { batch: (**batch).clone() })
            }
            Request::Certificates { from } => self.certificates_from(*from),
            Request::Settlements { from } => {
                let found = self.settlements.range(from..).map(|(_, certificate)| certificate.clone());
                let certificates: Vec<_> = found.take(MAX_CERTIFICATES_PER_RESPONSE).collect();
                (!certificates.is_empty()).then_some(Response::Settlements { certificates })
            }
        })
    }

    fn recover(&self) -> Result<Recovered, Infallible> {
        let executed = self.executed.values().next_back();
        let executed_height = executed.map_or(Height(0), |executed| executed.outcome.height);
        let executed_block = self.blocks.get(&executed_height).cloned();
        let cut = executed_block.as_ref().map(|block| block.cut.clone()).unwrap_or_default();
        let above =
            |key: &(ParticipantId, Sequence, Digest)| tip_of(&cut, key.0).is_none_or(|tip| key.1 > tip.sequence);
        let settled = self.settled().cloned();
        let settled_height = settled.as_ref().map_or(Height(0), |certificate| certificate.outcome.height);
        Ok(Recovered {
            executed: executed_block.zip(executed.map(|executed| executed.outcome)),
            finalized: self.blocks.range(executed_height.next()..).map(|(_, block)| block.clone()).collect(),
            finalization: self.finalizations.values().next_back().cloned(),
            pending_blocks: self.pending_blocks.values().cloned().collect(),
            pending_certificates: self.pending_certificates.values().flatten().cloned().collect(),
            batches: self.batches.iter().filter(|(key, _)| above(key)).map(|(_, batch)| batch.clone()).collect(),
            settled,
            unsettled: self.executed.range(settled_height.next()..).map(|(_, executed)| executed.outcome).collect(),
            draft: self.draft.clone(),
        })
    }

    fn records(&self) -> Result<Vec<Change>, Infallible> {
        let change = |((table, key), value): (&(Table, Vec<u8>), &Vec<u8>)| Change {
            table: *table,
            key: key.clone(),
            value: Some(value.clone()),
        };
        Ok(self.records.iter().map(change).collect())
    }
}
