//! A stopped node's history, block by block: what was ordered, and what the node stored as the
//! result. Nothing is executed or judged here, and nothing is written.

use std::path::Path;

use corridor_crypto::Digest;
use corridor_ledger::{BlockContext, Ledger};
use corridor_storage::{Archive, DATABASE, Options, StoreError};
use corridor_types::persist::{Executed, tip_of};
use corridor_types::{
    BatchError, Block, Genesis, Height, IdentifiedTransaction, ParticipantId, Sequence, SettlementCertificate, Tip,
    VerifiedBatch,
};

use super::error::AuditError;

/// Why a stored block cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// What the database said.
    #[error(transparent)]
    Storage(#[from] StoreError),
    /// Something that must be held is not.
    #[error("{what} of height {height} is missing")]
    Missing {
        /// What is missing.
        what: &'static str,
        /// Of which block.
        height: Height,
    },
    /// The block does not follow on the one before.
    #[error("block {height} names the parent {got} where the block before is {expected}")]
    OtherParent {
        /// The block's height.
        height: Height,
        /// The parent that the block names.
        got: Digest,
        /// The block before, or genesis.
        expected: Digest,
    },
    /// A batch that the block orders is not held.
    #[error("batch {sequence} of lane {lane}, which block {height} orders, is missing")]
    MissingBatch {
        /// Height of the block.
        height: Height,
        /// The participant that wrote the lane.
        lane: ParticipantId,
        /// The batch's place on the lane.
        sequence: Sequence,
    },
    /// A batch is not the one that the block orders.
    #[error("batch {sequence} of lane {lane}, which block {height} orders, is damaged: {problem}")]
    BadBatch {
        /// Height of the block.
        height: Height,
        /// The participant that wrote the lane.
        lane: ParticipantId,
        /// The batch's place on the lane.
        sequence: Sequence,
        /// What is wrong.
        problem: BatchProblem,
    },
}

/// What is wrong with a batch.
#[derive(Debug, thiserror::Error)]
pub enum BatchProblem {
    /// Payload or signatures.
    #[error(transparent)]
    Content(#[from] BatchError),
    /// Its header is another one than its name says.
    #[error("its header is another one")]
    OtherHeader,
    /// The lane does not lead back to where the block before left it.
    #[error("it does not follow on what the block before ordered")]
    Forked,
}

/// One block with everything about it that the node stored.
#[derive(Debug)]
pub struct Recorded {
    /// The finalized block.
    pub block: Block,
    /// What it orders, in the order of execution.
    pub batches: Vec<VerifiedBatch>,
    /// What the node computed. `changes` is empty: records are stored as they stand at the end.
    pub stored: Executed,
    /// The quorum's outcome, if the node had it.
    pub certificate: Option<SettlementCertificate>,
}

impl Recorded {
    /// What [`Ledger::execute`] needs to know about the block.
    pub fn context(&self) -> BlockContext {
        let Block { epoch, height, time, next_validators, .. } = self.block;
        BlockContext { epoch, height, time, digest: self.block.digest(), next_validators }
    }

    /// What it executes, in order.
    pub fn transactions(&self) -> impl Iterator<Item = &IdentifiedTransaction> {
        self.batches.iter().flat_map(|batch| batch.transactions().iter())
    }
}

/// The history in one data folder.
#[derive(Debug)]
pub struct History {
    archive: Archive,
    genesis: Genesis,
}

impl History {
    /// Opens the data folder of a stopped node, without changing it.
    ///
    /// # Errors
    /// [`AuditError::Data`] if it is none, of another chain or of a running node; [`AuditError::NotHeld`] if
    /// it does not reach back to genesis.
    pub fn open(data: &Path, genesis: Genesis) -> Result<Self, AuditError> {
        let database = data.join(DATABASE);
        let opened = Archive::open(&database, genesis.digest(), Options::default());
        let archive = opened.map_err(|source| AuditError::Data { path: data.to_owned(), source })?;
        let history = Self { archive, genesis };
        history.check_held()?;
        Ok(history)
    }

    fn check_held(&self) -> Result<(), AuditError> {
        let heights = self.archive.heights();
        match heights.snapshot() {
            Height(0) => Ok(()),
            snapshot => Err(AuditError::NotHeld { snapshot, executed: heights.executed }),
        }
    }

    /// The chain's genesis document.
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The stored database.
    pub const fn archive(&self) -> &Archive {
        &self.archive
    }

    /// The highest executed block.
    pub fn executed(&self) -> Height {
        self.archive.heights().executed
    }

    /// A ledger as it stood before the first block.
    ///
    /// # Errors
    /// [`AuditError::Genesis`] if the genesis document is unusable.
    pub fn ledger(&self) -> Result<Ledger, AuditError> {
        Ok(Ledger::genesis(&self.genesis)?)
    }

    /// The blocks up to a height, from the first, one after the other. The first error is the last
    /// item.
    pub fn blocks(&self, to: Height) -> Blocks<'_> {
        Blocks { history: self, parent: self.genesis.digest(), cut: Vec::new(), next: Height(1), to }
    }
}

/// Walks over the blocks of a [`History`].
#[derive(Debug)]
pub struct Blocks<'a> {
    history: &'a History,
    parent: Digest,
    cut: Vec<Tip>,
    next: Height,
    to: Height,
}

impl Iterator for Blocks<'_> {
    type Item = Result<Recorded, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let height = self.next;
        if height > self.to {
            return None;
        }
        let read = self.read(height);
        match &read {
            Ok(Recorded { block, .. }) => {
                (self.parent, self.cut) = (block.digest(), block.cut.clone());
                self.next = height.next();
            }
            Err(_) => self.to = Height(0),
        }
        Some(read)
    }
}

impl Blocks<'_> {
    fn read(&self, height: Height) -> Result<Recorded, HistoryError> {
        let archive = &self.history.archive;
        let missing = |what| HistoryError::Missing { what, height };
        let block = archive.block(height)?.ok_or_else(|| missing("the block"))?;
        if block.parent != self.parent {
            return Err(HistoryError::OtherParent { height, got: block.parent, expected: self.parent });
        }
        let lanes = block.cut.iter().map(|tip| self.lane(height, tip)).collect::<Result<Vec<_>, _>>()?;
        let stored = Executed {
            outcome: archive.outcome(height)?.ok_or_else(|| missing("the outcome"))?,
            entries: archive.entries(height)?,
            payments: archive.payments(height)?,
            // Kept by account, and covered by the accounts' records.
            movements: Vec::new(),
            changes: Vec::new(),
        };
        Ok(Recorded { block, batches: by_rounds(&lanes), stored, certificate: archive.settlement(height)? })
    }

    /// The batches of a lane behind the parent's cut, ascending.
    fn lane(&self, height: Height, tip: &Tip) -> Result<Vec<VerifiedBatch>, HistoryError> {
        let lane = tip.lane;
        let before = tip_of(&self.cut, lane).map_or((Sequence(0), Digest([0; 32])), |tip| (tip.sequence, tip.digest));
        let (mut found, mut place) = (Vec::new(), (tip.sequence, tip.digest));
        while place.0 > before.0 {
            let (sequence, digest) = place;
            let bad = |problem| HistoryError::BadBatch { height, lane, sequence, problem };
            let batch = self.history.archive.batch(lane, sequence, &digest)?;
            let batch = batch.ok_or(HistoryError::MissingBatch { height, lane, sequence })?;
            let batch = VerifiedBatch::decode_trusted(batch).map_err(|error| bad(error.into()))?;
            if batch.digest() != digest || (batch.header().lane, batch.header().sequence) != (lane, sequence) {
                return Err(bad(BatchProblem::OtherHeader));
            }
            place = (Sequence(sequence.0.saturating_sub(1)), batch.header().previous);
            found.push(batch);
        }
        if place != before {
            let problem = BatchProblem::Forked;
            return Err(HistoryError::BadBatch { height, lane, sequence: place.0.next(), problem });
        }
        found.reverse();
        Ok(found)
    }
}

/// The order of execution: the first new batch of every lane, then the second of every lane, and so
/// on. As in the crate of the lanes, which the node does not see; a replay of any block that orders
/// more than one batch would show it if the two disagreed.
fn by_rounds(lanes: &[Vec<VerifiedBatch>]) -> Vec<VerifiedBatch> {
    let rounds = lanes.iter().map(Vec::len).max().unwrap_or(0);
    (0..rounds).flat_map(|round| lanes.iter().filter_map(move |lane| lane.get(round).cloned())).collect()
}
