//! The same store in the plainest way: a list of all writes, asked by walking over it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use corridor_types::persist::{Change, Recovered, Store, Write, tip_of};
use corridor_types::*;

#[derive(Debug, Default)]
pub struct Model {
    writes: Vec<Write>,
}

impl Model {
    fn finalized(&self) -> BTreeMap<Height, (Block, Option<Certificate>)> {
        let mut list = BTreeMap::new();
        for write in &self.writes {
            if let Write::Finalized { block, finalization } = write {
                let (_, held) = list.entry(block.height).or_insert_with(|| (block.clone(), None));
                *held = finalization.clone().or(held.take());
            }
        }
        list
    }

    fn outcomes(&self) -> BTreeMap<Height, Outcome> {
        let outcome = |write: &Write| match write {
            Write::Executed(executed) => Some((executed.outcome.height, executed.outcome)),
            _ => None,
        };
        self.writes.iter().filter_map(outcome).collect()
    }

    fn settlements(&self) -> BTreeMap<Height, SettlementCertificate> {
        let certificate = |write: &Write| match write {
            Write::Settlement(certificate) => Some((certificate.outcome.height, certificate.clone())),
            _ => None,
        };
        self.writes.iter().filter_map(certificate).collect()
    }

    /// Pending blocks and certificates by view.
    fn pending(&self) -> (Vec<Block>, Vec<Certificate>) {
        let (mut blocks, mut certificates) = (BTreeMap::new(), BTreeMap::new());
        for write in &self.writes {
            match write {
                Write::PendingBlock(block) => {
                    blocks.insert((block.view, block.digest()), block.clone());
                }
                Write::PendingCertificate(certificate) => {
                    certificates.insert((certificate.vote.view, certificate.vote.kind), certificate.clone());
                }
                Write::PrunePending { below } => {
                    blocks.retain(|(view, _), _| view >= below);
                    certificates.retain(|(view, _), _| view >= below);
                }
                _ => {}
            }
        }
        (blocks.into_values().collect(), certificates.into_values().collect())
    }

    fn highest_finalization(&self) -> Option<Certificate> {
        let own = self.finalized().into_values().filter_map(|(_, finalization)| finalization);
        let pending = self.pending().1.into_iter().filter(|c| matches!(c.vote.kind, VoteKind::Finalize { .. }));
        // Of equals the last counts; two finalizations of one view exist only in a random test.
        pending.chain(own).max_by_key(|certificate| certificate.vote.view)
    }

    fn settled(&self) -> Option<SettlementCertificate> {
        let held = self.settlements();
        (1..).map(Height).map_while(|height| held.get(&height)).last().cloned()
    }

    fn blocks(&self, from: Height) -> Option<Response> {
        let held = self.finalized();
        let run = (from.0..).map(Height).map_while(|height| held.get(&height)).take(limits::MAX_BLOCKS_PER_RESPONSE);
        let mut run: Vec<_> = run.cloned().collect();
        while run.last()?.1.is_none() {
            run.pop();
        }
        let finalization = run.last()?.1.clone()?;
        Some(Response::Blocks { blocks: run.into_iter().map(|(block, _)| block).collect(), finalization })
    }

    fn certificates(&self, from: View) -> Option<Response> {
        let pending = self.pending().1.into_iter().filter(|certificate| certificate.vote.view >= from);
        let mut certificates: Vec<_> = pending.take(limits::MAX_CERTIFICATES_PER_RESPONSE - 1).collect();
        certificates.extend(self.highest_finalization().filter(|highest| !certificates.contains(highest)));
        certificates.sort_by_key(|certificate| certificate.vote.view);
        (!certificates.is_empty()).then_some(Response::Certificates { certificates })
    }

    fn batches(&self) -> BTreeMap<(ParticipantId, Sequence), Batch> {
        let batch = |write: &Write| match write {
            Write::Batch(batch) => Some(((batch.header.lane, batch.header.sequence), (**batch).clone())),
            _ => None,
        };
        self.writes.iter().filter_map(batch).collect()
    }
}

impl Store for Model {
    type Error = Infallible;

    fn write(&mut self, writes: &[Write]) -> Result<(), Infallible> {
        self.writes.extend_from_slice(writes);
        Ok(())
    }

    fn answer(&self, request: &Request) -> Result<Option<Response>, Infallible> {
        Ok(match request {
            Request::Block { digest } => {
                let finalized = self.finalized().into_values().map(|(block, _)| block);
                let mut all = self.pending().0.into_iter().chain(finalized);
                all.find(|block| block.digest() == *digest).map(|block| Response::Block { block })
            }
            Request::Blocks { from } => self.blocks(*from),
            Request::Batch { lane, sequence, digest } => {
                let batch = self.batches().remove(&(*lane, *sequence));
                batch.filter(|batch| batch.header.digest() == *digest).map(|batch| Response::Batch { batch })
            }
            Request::Certificates { from } => self.certificates(*from),
            Request::Settlements { from } => {
                let certificates: Vec<_> = self.settlements().split_off(from).into_values().take(64).collect();
                (!certificates.is_empty()).then_some(Response::Settlements { certificates })
            }
        })
    }

    fn recover(&self) -> Result<Recovered, Infallible> {
        let (finalized, outcomes, settled) = (self.finalized(), self.outcomes(), self.settled());
        let executed = outcomes.last_key_value().map(|(height, outcome)| (finalized[height].0.clone(), *outcome));
        let cut = executed.as_ref().map_or(vec![], |(block, _)| block.cut.clone());
        let height = executed.as_ref().map_or(Height(0), |(block, _)| block.height);
        let view = finalized.last_key_value().map_or(View(0), |(_, (block, _))| block.view);
        let settled_height = settled.as_ref().map_or(Height(0), |certificate| certificate.outcome.height);
        let above = |batch: &Batch| {
            let tip = tip_of(&cut, batch.header.lane);
            tip.is_none_or(|tip| batch.header.sequence > tip.sequence)
        };
        let draft = |write: &Write| if let Write::Draft(draft) = write { Some(draft.clone()) } else { None };
        let (pending_blocks, pending_certificates) = self.pending();
        Ok(Recovered {
            executed,
            finalized: finalized.into_values().map(|(block, _)| block).filter(|block| block.height > height).collect(),
            finalization: self.highest_finalization(),
            pending_blocks: pending_blocks.into_iter().filter(|block| block.view > view).collect(),
            pending_certificates: pending_certificates.into_iter().filter(|c| c.vote.view > view).collect(),
            batches: self.batches().into_values().filter(above).map(Into::into).collect(),
            draft: self.writes.iter().rev().find_map(draft),
            settled,
            unsettled: outcomes.into_values().filter(|outcome| outcome.height > settled_height).collect(),
        })
    }

    fn records(&self) -> Result<Vec<Change>, Infallible> {
        let mut records = BTreeMap::new();
        for write in &self.writes {
            let Write::Executed(executed) = write else { continue };
            for change in &executed.changes {
                let key = (change.table, change.key.clone());
                match &change.value {
                    Some(value) => records.insert(key, value.clone()),
                    None => records.remove(&key),
                };
            }
        }
        Ok(records.into_iter().map(|((table, key), value)| Change { table, key, value: Some(value) }).collect())
    }
}
