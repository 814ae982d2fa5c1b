//! What a node offers to one that joins: the ledger's state at a settled height, in chunks that are
//! each verified against the state that the settlement certificate names.

use std::sync::Arc;

use crate::codec::{Decode, DecodeError, Encode, Reader, decode_bytes, encode_bytes};
use crate::limits::{MAX_SNAPSHOT_CHUNK_BYTES, MAX_SNAPSHOT_INDEX_BYTES};
use crate::{Block, SettlementCertificate};

/// Where a snapshot stands and how its chunks are recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotManifest {
    /// The block after which the state was taken.
    pub block: Block,
    /// Its outcome, signed by a quorum; names the state commitment.
    pub certificate: SettlementCertificate,
    /// The ledger's index of chunks, which hashes to the state commitment. Its form is the ledger's.
    pub index: Arc<[u8]>,
}

impl Encode for SnapshotManifest {
    fn encode(&self, out: &mut Vec<u8>) {
        self.block.encode(out);
        self.certificate.encode(out);
        encode_bytes(&self.index, out);
    }
}

impl Decode for SnapshotManifest {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            block: Decode::decode(reader)?,
            certificate: Decode::decode(reader)?,
            index: decode_bytes(reader, "snapshot index", MAX_SNAPSHOT_INDEX_BYTES)?.into(),
        })
    }
}

/// One chunk of a snapshot, as the ledger encodes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotChunk(pub Arc<[u8]>);

impl Encode for SnapshotChunk {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(&self.0, out);
    }
}

impl Decode for SnapshotChunk {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(decode_bytes(reader, "snapshot chunk", MAX_SNAPSHOT_CHUNK_BYTES)?.into()))
    }
}
