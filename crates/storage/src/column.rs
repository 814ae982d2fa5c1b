//! The column families and the keys in them. All numbers are big-endian, so that keys sort by them.

use corridor_crypto::Digest;
use corridor_types::persist::Table;
use corridor_types::{AccountId, Certificate, Encode, Epoch, Height, ParticipantId, Sequence, View, VoteKind};

/// A column family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// Schema, genesis, settled and oldest height, draft, seal.
    Meta,
    /// Lane, sequence, digest -> batch.
    Batches,
    /// `b`, digest -> block; `c`, view, epoch, kind, block -> certificate.
    Pending,
    /// Height -> finalized block.
    Blocks,
    /// Digest -> height of a finalized block.
    Names,
    /// Height -> the block's own finalization.
    Finalizations,
    /// Height -> settlement certificate.
    Settlements,
    /// Height -> outcome.
    Outcomes,
    /// Height, chunk -> entries.
    Entries,
    /// Height, chunk -> payments first seen.
    Payments,
    /// Reference, height, position -> position among the block's payments. Derived.
    References,
    /// Account, number -> booking on the account.
    Movements,
    /// Table, key -> ledger record.
    Records,
    /// Digest -> evidence.
    Evidence,
    /// Epoch that ended -> handover to the next.
    Handovers,
}

impl Column {
    pub const ALL: [Self; 15] = [
        Self::Meta,
        Self::Batches,
        Self::Pending,
        Self::Blocks,
        Self::Names,
        Self::Finalizations,
        Self::Settlements,
        Self::Outcomes,
        Self::Entries,
        Self::Payments,
        Self::References,
        Self::Movements,
        Self::Records,
        Self::Evidence,
        Self::Handovers,
    ];

    /// What a restored snapshot replaces: everything about the chain. Batches, evidence, handovers
    /// and the node's own draft hold whatever the chain's state is.
    pub const RESTORED: [Self; 11] = [
        Self::Pending,
        Self::Blocks,
        Self::Names,
        Self::Finalizations,
        Self::Settlements,
        Self::Outcomes,
        Self::Entries,
        Self::Payments,
        Self::References,
        Self::Movements,
        Self::Records,
    ];

    /// The name on disk; it never changes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Batches => "batches",
            Self::Pending => "pending",
            Self::Blocks => "blocks",
            Self::Names => "names",
            Self::Finalizations => "finalizations",
            Self::Settlements => "settlements",
            Self::Outcomes => "outcomes",
            Self::Entries => "entries",
            Self::Payments => "payments",
            Self::References => "references",
            Self::Movements => "movements",
            Self::Records => "records",
            Self::Evidence => "evidence",
            Self::Handovers => "handovers",
        }
    }
}

/// Keys of [`Column::Meta`].
pub(crate) mod meta {
    pub const SCHEMA: &[u8] = b"schema";
    pub const GENESIS: &[u8] = b"genesis";
    /// The height up to which settlement certificates are held without a gap.
    pub const SETTLED: &[u8] = b"settled";
    /// The own batch that lacks its signature.
    pub const DRAFT: &[u8] = b"draft";
    /// The proof that the last epoch's boundary is final.
    pub const SEAL: &[u8] = b"seal";
    /// The lowest height from which on everything is held. Absent on a chain held from genesis.
    pub const OLDEST: &[u8] = b"oldest";
}

pub(crate) const PENDING_BLOCK: u8 = b'b';
pub(crate) const PENDING_CERTIFICATE: u8 = b'c';

pub(crate) fn height_key(height: Height) -> [u8; 8] {
    height.0.to_be_bytes()
}

pub(crate) fn chunk_key(height: Height, chunk: u32) -> Vec<u8> {
    (height, chunk).to_bytes()
}

pub(crate) fn movement_key(account: AccountId, number: u64) -> Vec<u8> {
    (account, number).to_bytes()
}

pub(crate) fn batch_key(lane: ParticipantId, sequence: Sequence, digest: &Digest) -> Vec<u8> {
    (lane, (sequence, *digest)).to_bytes()
}

pub(crate) fn pending_block_key(digest: &Digest) -> Vec<u8> {
    (PENDING_BLOCK, *digest).to_bytes()
}

/// Where the certificates of a view begin.
pub(crate) fn pending_view_key(view: View) -> Vec<u8> {
    (PENDING_CERTIFICATE, view).to_bytes()
}

pub(crate) fn pending_certificate_key(certificate: &Certificate) -> Vec<u8> {
    let kind: u8 = match certificate.vote.kind {
        VoteKind::Notarize { .. } => 0,
        VoteKind::Nullify => 1,
        VoteKind::Finalize { .. } => 2,
    };
    let mut key = pending_view_key(certificate.vote.view);
    // Views go on over an epoch's end, where both epochs may use one.
    certificate.vote.epoch.encode(&mut key);
    kind.encode(&mut key);
    certificate.block().encode(&mut key);
    key
}

pub(crate) fn epoch_key(epoch: Epoch) -> [u8; 8] {
    epoch.0.to_be_bytes()
}

pub(crate) fn record_key(table: Table, key: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(1 + key.len());
    whole.push(table.0);
    whole.extend_from_slice(key);
    whole
}
