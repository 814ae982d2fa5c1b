//! The same store in the plainest way: a list of all writes, asked by walking over it.

use std::collections::BTreeMap;
use std::convert::Infallible;

use corridor_types::persist::{Change, Recovered, Seal, Store, Write, tip_of};
use corridor_types::*;

#[derive(Debug, Default)]
pub struct Model {
    writes: Vec<Write>,
}

impl Model {
    fn finalized(&self) -> BTreeMap<Height, (Block, Option<Certificate>)> {
        let mut list = BTreeMap::new();
        for write in &self.writes {
            if let Write::Restored(restored) = write {
                list.insert(restored.block.height, (restored.block.clone(), None));
            }
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
            Write::Restored(restored) => Some((restored.block.height, restored.certificate.outcome)),
            _ => None,
        };
        self.writes.iter().filter_map(outcome).collect()
    }

    fn settlements(&self) -> BTreeMap<Height, SettlementCertificate> {
        let certificate = |write: &Write| match write {
            Write::Settlement(certificate) => Some((certificate.outcome.height, certificate.clone())),
            Write::Restored(restored) => Some((restored.block.height, restored.certificate.clone())),
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
                    let Vote { epoch, view, kind } = certificate.vote;
                    certificates.insert((view, epoch, kind), certificate.clone());
                }
                Write::PrunePending { below } => {
                    blocks.retain(|(view, _), _| view >= below);
                    certificates.retain(|(view, ..), _| view >= below);
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
        pending.chain(own).max_by_key(|certificate| (certificate.vote.epoch, certificate.vote.view))
    }

    fn settled(&self) -> Option<SettlementCertificate> {
        let held = self.settlements();
        let first = self.oldest().0.saturating_sub(1).max(1);
        (first..).map(Height).map_while(|height| held.get(&height)).last().cloned()
    }

    fn oldest(&self) -> Height {
        let restored = self.writes.iter().find_map(|write| match write {
            Write::Restored(restored) => Some(restored.block.height.next()),
            _ => None,
        });
        restored.unwrap_or(Height(1))
    }

    fn seal(&self) -> Option<Seal> {
        let seal = |write: &Write| if let Write::Seal(seal) = write { Some(seal.clone()) } else { None };
        self.writes.iter().rev().find_map(seal)
    }

    fn handovers(&self, from: Epoch) -> Vec<Handover> {
        let handover = |write: &Write| match write {
            Write::Handover(handover) => Some((handover.boundary.epoch, (**handover).clone())),
            _ => None,
        };
        let held: BTreeMap<_, _> = self.writes.iter().filter_map(handover).collect();
        let run = (from.0..).map_while(|epoch| held.get(&Epoch(epoch)).cloned());
        run.take(limits::MAX_HANDOVERS_PER_RESPONSE).collect()
    }

    /// What a write makes meaningless.
    fn forget(&mut self, write: &Write) {
        match write {
            Write::Restored(_) => self.writes.retain(|held| {
                matches!(held, Write::Batch(_) | Write::Draft(_) | Write::Evidence(_) | Write::Handover(_))
            }),
            Write::Finalized { block, .. } if block.is_boundary() => self.writes.retain(|held| match held {
                Write::PendingBlock(held) => held.epoch > block.epoch,
                Write::PendingCertificate(held) => held.vote.epoch > block.epoch,
                _ => true,
            }),
            _ => {}
        }
    }

    fn blocks(&self, from: Height) -> Option<Response> {
        let (held, settled) = (self.finalized(), self.settlements());
        let run = (from.0..).map(Height).map_while(|height| held.get(&height)).take(limits::MAX_BLOCKS_PER_RESPONSE);
        let mut run: Vec<_> = run.filter(|_| from >= self.oldest()).cloned().collect();
        let boundary = run.iter().position(|(block, _)| block.is_boundary());
        run.truncate(boundary.map_or(usize::MAX, |position| position + 1));
        let own = run.iter().rposition(|(_, finalization)| finalization.is_some());
        let certified = run.iter().rposition(|(block, _)| settled.contains_key(&block.height));
        let blocks: Vec<_> = run.iter().map(|(block, _)| block.clone()).collect();
        if let Some(last) = own {
            let finality = Finality::Finalization(run[last].1.clone()?);
            return Some(Response::Blocks { blocks: blocks[..=last].to_vec(), finality });
        }
        if let Some(last) = certified {
            let finality = Finality::Settlement(settled[&blocks[last].height].clone());
            return Some(Response::Blocks { blocks: blocks[..=last].to_vec(), finality });
        }
        let (last, seal) = (blocks.last().cloned()?, self.seal()?);
        if !last.is_boundary() || seal.stubs.first()?.parent != last.digest() {
            return None;
        }
        let blocks = [blocks, seal.stubs].concat();
        let finality = Finality::Finalization(seal.finalization);
        (blocks.len() <= limits::MAX_BLOCKS_PER_RESPONSE).then_some(Response::Blocks { blocks, finality })
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
        for write in writes {
            self.forget(write);
            self.writes.push(write.clone());
        }
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
            Request::Batches { lane, sequence, digest, above } => {
                let (held, mut name) = (self.batches(), *digest);
                let down = (above.0 + 1..=sequence.0).rev().map_while(|at| {
                    let batch = held.get(&(*lane, Sequence(at))).filter(|batch| batch.header.digest() == name)?;
                    name = batch.header.previous;
                    Some(batch.clone())
                });
                let batches: Vec<_> = down.collect();
                (!batches.is_empty()).then_some(Response::Batches { batches })
            }
            Request::Certificates { from } => self.certificates(*from),
            Request::Settlements { from } => {
                let certificates: Vec<_> = self.settlements().split_off(from).into_values().take(64).collect();
                let is_held = !certificates.is_empty() && from.0 + 1 >= self.oldest().0;
                is_held.then_some(Response::Settlements { certificates })
            }
            Request::Handovers { from } => {
                let handovers = self.handovers(*from);
                (!handovers.is_empty()).then_some(Response::Handovers { handovers })
            }
            Request::Snapshot { .. } | Request::SnapshotChunk { .. } => None,
        })
    }

    fn recover(&self) -> Result<Recovered, Infallible> {
        let (finalized, outcomes, settled) = (self.finalized(), self.outcomes(), self.settled());
        let executed = outcomes.last_key_value().map(|(height, outcome)| (finalized[height].0.clone(), *outcome));
        let cut = executed.as_ref().map_or(vec![], |(block, _)| block.cut.clone());
        let height = executed.as_ref().map_or(Height(0), |(block, _)| block.height);
        // The epoch and view up to which nothing pending counts.
        let done = finalized.last_key_value().map_or((Epoch(0), View(0)), |(_, (block, _))| {
            (block.epoch, if block.is_boundary() { View(u64::MAX) } else { block.view })
        });
        let boundaries = finalized.values().map(|(block, _)| block.clone()).filter(Block::is_boundary);
        let settled_height = settled.as_ref().map_or(Height(0), |certificate| certificate.outcome.height);
        let above = |batch: &Batch| {
            let tip = tip_of(&cut, batch.header.lane);
            tip.is_none_or(|tip| batch.header.sequence > tip.sequence)
        };
        let draft = |write: &Write| if let Write::Draft(draft) = write { Some(draft.clone()) } else { None };
        let (pending_blocks, pending_certificates) = self.pending();
        Ok(Recovered {
            executed,
            boundaries: boundaries.filter(|block| block.height > settled_height).collect(),
            finalized: finalized
                .clone()
                .into_values()
                .map(|(block, _)| block)
                .filter(|block| block.height > height)
                .collect(),
            finalization: self.highest_finalization(),
            pending_blocks: pending_blocks.into_iter().filter(|block| (block.epoch, block.view) > done).collect(),
            pending_certificates: pending_certificates
                .into_iter()
                .filter(|c| (c.vote.epoch, c.vote.view) > done)
                .collect(),
            batches: self.batches().into_values().filter(above).map(Into::into).collect(),
            draft: self.writes.iter().rev().find_map(draft),
            seal: self.seal(),
            oldest: self.oldest(),
            settled,
            unsettled: outcomes.into_values().filter(|outcome| outcome.height > settled_height).collect(),
        })
    }

    fn records(&self) -> Result<Vec<Change>, Infallible> {
        let mut records = BTreeMap::new();
        for write in &self.writes {
            let changes = match write {
                Write::Executed(executed) => &executed.changes,
                Write::Restored(restored) => &restored.records,
                _ => continue,
            };
            for change in changes {
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
