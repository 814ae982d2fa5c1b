//! What a replica wants kept, and what it finds again after a restart: the vocabulary between the
//! pure machine and whatever disk is under it (RocksDB in the node, a simulated one in tests).
//!
//! No disk is touched here.

use std::sync::Arc;

use crate::limits::MAX_BLOCKS_PER_RESPONSE;
use crate::{
    Batch, BatchHeader, Block, Certificate, Entry, Evidence, Handover, Height, Movement, Outcome, Payment, Request,
    Response, SettlementCertificate, Tip, View,
};

/// Names a table of ledger records. The ledger assigns the numbers and never reuses one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Table(pub u8);

/// One record of the ledger's state as it stands after a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The table that holds the record.
    pub table: Table,
    /// The record's key, ordered as bytes.
    pub key: Vec<u8>,
    /// The record's canonical encoding; `None` removes it.
    pub value: Option<Vec<u8>>,
}

/// One thing to keep. A list of writes is applied atomically, in order, and is durable before
/// anything that depends on it leaves the node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// A batch of a lane, before it is acknowledged.
    Batch(Arc<Batch>),
    /// This node's own next batch, before the signer is asked for its header. There is one place
    /// for it: each draft replaces the one before, whose signed batch is durable by then.
    Draft(Draft),
    /// A block that this node is about to vote for, or needs as an ancestor of one.
    PendingBlock(Block),
    /// A certificate of a view above the highest finalized one.
    PendingCertificate(Certificate),
    /// A finalized block. `finalization` is absent for an ancestor finalized by a descendant.
    Finalized {
        /// The block that became final.
        block: Block,
        /// Its own finalization.
        finalization: Option<Certificate>,
    },
    /// Pending blocks and certificates of views below this one are not needed any more.
    PrunePending {
        /// The lowest view to keep.
        below: View,
    },
    /// A finalized block was executed.
    Executed(Arc<Executed>),
    /// A settlement certificate.
    Settlement(SettlementCertificate),
    /// Evidence of misbehaviour.
    Evidence(Evidence),
    /// The proof that an epoch's boundary, kept by the `Finalized` write before this one, is final.
    /// There is one place for it: each replaces the one of the epoch before.
    Seal(Seal),
    /// A certified change of the validator set, to be given to who asks.
    Handover(Box<Handover>),
    /// A verified snapshot takes the place of everything known about the chain: blocks, finality,
    /// pending records and ledger records. Batches, evidence and handovers stay.
    Restored(Box<Restored>),
}

/// What finalized the last block of an epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    /// Blocks of the epoch after its boundary; empty if the boundary has its own finalization.
    pub stubs: Vec<Block>,
    /// Of the last of them, or of the boundary.
    pub finalization: Certificate,
}
crate::codec_struct!(Seal { stubs[MAX_BLOCKS_PER_RESPONSE], finalization });

/// A snapshot that was fetched and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The block after which the state was taken.
    pub block: Block,
    /// Its certified outcome.
    pub certificate: SettlementCertificate,
    /// Every ledger record, ascending by table and key.
    pub records: Vec<Change>,
}

/// A batch of this node's own lane that lacks only its signature. It is kept so that a crash after
/// the signer recorded the header cannot lose the payload: the same header is signed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What the signer is asked to sign.
    pub header: BatchHeader,
    /// The payload that the header names.
    pub payload: Arc<[u8]>,
}

/// Everything that executing one block produced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Executed {
    /// What this node will sign.
    pub outcome: Outcome,
    /// The block's entries in order.
    pub entries: Vec<Entry>,
    /// The payments first seen in this block, for receipts and queries, in the order of entries.
    pub payments: Vec<Payment>,
    /// The bookings on accounts in order.
    pub movements: Vec<Movement>,
    /// The records that changed, each once, ascending by table and key.
    pub changes: Vec<Change>,
}

/// What a node finds on its disk.
#[derive(Debug, Clone, Default)]
pub struct Recovered {
    /// The highest finalized block that was executed, with its outcome. `None` on a new disk.
    pub executed: Option<(Block, Outcome)>,
    /// Finalized blocks above the executed one, ascending, and the finalization of the last.
    pub finalized: Vec<Block>,
    /// The highest finalization held.
    pub finalization: Option<Certificate>,
    /// Blocks voted for or fetched, above the highest finalized one.
    pub pending_blocks: Vec<Block>,
    /// Certificates of views above the highest finalized one.
    pub pending_certificates: Vec<Certificate>,
    /// Batches above the executed block's cut, decoded from our own disk.
    pub batches: Vec<Arc<Batch>>,
    /// The last [`Write::Draft`]; it may have become a signed batch since.
    pub draft: Option<Draft>,
    /// The highest settlement certificate held such that all below are held too.
    pub settled: Option<SettlementCertificate>,
    /// Outcomes executed and not yet certified, ascending by height.
    pub unsettled: Vec<Outcome>,
    /// Last blocks of epochs above the settled height.
    pub boundaries: Vec<Block>,
    /// The last [`Write::Seal`].
    pub seal: Option<Seal>,
    /// The lowest height from which on all blocks and batches are held: 1 unless the node began
    /// with a snapshot.
    pub oldest: Height,
}

/// A disk under a replica. Implemented by RocksDB in the node and by memory in the simulator.
pub trait Store {
    /// Why a write or a read failed. A failed write ends the process.
    type Error: std::error::Error;

    /// Applies all writes atomically and returns when they are durable.
    ///
    /// # Errors
    /// The disk's.
    fn write(&mut self, writes: &[Write]) -> Result<(), Self::Error>;

    /// The answer to a peer's question, if this disk has one.
    ///
    /// # Errors
    /// The disk's.
    fn answer(&self, request: &Request) -> Result<Option<Response>, Self::Error>;

    /// Everything a replica needs to go on.
    ///
    /// # Errors
    /// The disk's, or damage that was found.
    fn recover(&self) -> Result<Recovered, Self::Error>;

    /// Every ledger record, ascending by table and key.
    ///
    /// # Errors
    /// The disk's, or damage that was found.
    fn records(&self) -> Result<Vec<Change>, Self::Error>;
}

/// The tip of `lane` in a cut.
pub fn tip_of(cut: &[Tip], lane: crate::ParticipantId) -> Option<&Tip> {
    cut.binary_search_by_key(&lane, |tip| tip.lane).ok().and_then(|position| cut.get(position))
}

/// Heights are one block each, so that the block after `height` is the next to execute.
pub const GENESIS_HEIGHT: Height = Height(0);
