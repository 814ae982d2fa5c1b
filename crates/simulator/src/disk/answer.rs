//! Answers to peers: what is held, bounded in number, nothing made up.

use std::convert::Infallible;

use corridor_crypto::Digest;
use corridor_types::limits::{MAX_BLOCKS_PER_RESPONSE, MAX_CERTIFICATES_PER_RESPONSE, MAX_HANDOVERS_PER_RESPONSE};
use corridor_types::{Block, Certificate, Epoch, Finality, Height, Request, Response, View, VoteKind, read_run};

use super::MemoryStore;

impl MemoryStore {
    /// The answer to a peer's question, if there is one.
    pub fn response(&self, request: &Request) -> Option<Response> {
        match request {
            Request::Block { digest } => {
                let finalized = || self.heights.get(digest).and_then(|height| self.blocks.get(height));
                let block = self.pending_blocks.get(digest).or_else(finalized);
                block.map(|block| Response::Block { block: block.clone() })
            }
            Request::Blocks { from } => self.blocks_from(*from),
            Request::Batches { lane, sequence, digest, above } => {
                let read = |sequence, name: &Digest| -> Result<_, Infallible> {
                    Ok(self.batches.get(&(*lane, sequence, *name)).map(|batch| (**batch).clone()))
                };
                let Ok(batches) = read_run(*sequence, *digest, *above, read);
                (!batches.is_empty()).then_some(Response::Batches { batches })
            }
            Request::Certificates { from } => self.certificates_from(*from),
            Request::Settlements { from } => self.settlements_from(*from),
            Request::Handovers { from } => self.handovers_from(*from),
            Request::Snapshot { height } => {
                let snapshot = self.snapshot(*height)?;
                Some(Response::Snapshot { manifest: snapshot.manifest.clone() })
            }
            Request::SnapshotChunk { height, chunk } => {
                let snapshot = self.snapshot(*height)?;
                let bytes = snapshot.chunks.get(*chunk as usize)?.clone();
                Some(Response::SnapshotChunk { height: *height, chunk: *chunk, bytes })
            }
        }
    }

    /// Finalized blocks of one epoch without a gap, the last of which is proven final.
    fn blocks_from(&self, from: Height) -> Option<Response> {
        let mut blocks = self.run(from);
        let last = blocks.last()?;
        if let Some((height, finality)) = self.finality_up_to(from, last.height) {
            blocks.retain(|block| block.height <= height);
            return Some(Response::Blocks { blocks, finality });
        }
        let digest = last.digest();
        let seal = self.seal.as_ref().filter(|_| last.is_boundary())?;
        seal.stubs.first().filter(|stub| stub.parent == digest)?;
        blocks.extend(seal.stubs.iter().cloned());
        let finality = Finality::Finalization(seal.finalization.clone());
        (blocks.len() <= MAX_BLOCKS_PER_RESPONSE).then_some(Response::Blocks { blocks, finality })
    }

    /// As many blocks as an answer holds, up to the end of the epoch of the first.
    fn run(&self, from: Height) -> Vec<Block> {
        if from < self.oldest() {
            return Vec::new();
        }
        let mut blocks = Vec::new();
        for height in (from.0..).map(Height).take(MAX_BLOCKS_PER_RESPONSE) {
            let Some(block) = self.blocks.get(&height) else { break };
            blocks.push(block.clone());
            if block.is_boundary() {
                break;
            }
        }
        blocks
    }

    fn finality_up_to(&self, from: Height, last: Height) -> Option<(Height, Finality)> {
        if let Some((height, certificate)) = self.finalizations.range(from..=last).next_back() {
            return Some((*height, Finality::Finalization(certificate.clone())));
        }
        let (height, certificate) = self.settlements.range(from..=last).next_back()?;
        Some((*height, Finality::Settlement(certificate.clone())))
    }

    fn handovers_from(&self, from: Epoch) -> Option<Response> {
        let epochs = (from.0..).map(Epoch).take(MAX_HANDOVERS_PER_RESPONSE);
        let handovers: Vec<_> = epochs.map_while(|epoch| self.handovers.get(&epoch).cloned()).collect();
        (!handovers.is_empty()).then_some(Response::Handovers { handovers })
    }

    fn settlements_from(&self, from: Height) -> Option<Response> {
        if from < self.restored {
            return None;
        }
        let found = self.settlements.range(from..).map(|(_, certificate)| certificate.clone());
        let certificates: Vec<_> = found.take(MAX_CERTIFICATES_PER_RESPONSE).collect();
        (!certificates.is_empty()).then_some(Response::Settlements { certificates })
    }

    /// The finalization of the highest epoch and view, of a held block or of one that is missing.
    pub(super) fn highest_finalization(&self) -> Option<Certificate> {
        let pending = self.pending_certificates.values().flatten();
        let pending = pending.filter(|held| matches!(held.vote.kind, VoteKind::Finalize { .. }));
        let all = self.finalizations.values().next_back().into_iter().chain(pending);
        all.max_by_key(|held| (held.vote.epoch, held.vote.view)).cloned()
    }

    fn certificates_from(&self, from: View) -> Option<Response> {
        let pending = self.pending_certificates.range(from..).flat_map(|(_, list)| list).cloned();
        let mut certificates: Vec<_> = pending.take(MAX_CERTIFICATES_PER_RESPONSE - 1).collect();
        if let Some(highest) = self.highest_finalization().filter(|held| !certificates.contains(held)) {
            let position = certificates.partition_point(|held| held.vote.view <= highest.vote.view);
            certificates.insert(position, highest);
        }
        (!certificates.is_empty()).then_some(Response::Certificates { certificates })
    }
}
