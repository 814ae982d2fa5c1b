//! The database of a stopped node, for who checks its history afterwards: opened without changing a
//! byte, read by height.
//!
//! It offers no look-up by reference: that index may be incomplete after a crash, and completing it
//! is a write.

use std::path::Path;
use std::sync::Arc;

use corridor_crypto::Digest;
use corridor_types::{Batch, Block, Entry, Height, Outcome, ParticipantId, Payment, Sequence, SettlementCertificate};

use crate::database::Heights;
use crate::{OpenError, Options, Reader, RecordsAt, StoreError, open};

/// What a stopped node holds. While it lives, no node can open the same database.
#[derive(Debug, Clone)]
pub struct Archive {
    reader: Reader,
}

impl Archive {
    /// Opens the database in the directory `path`, which must be that of the chain of `genesis`.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::Locked`] while a node runs on it.
    pub fn open(path: &Path, genesis: Digest, options: Options) -> Result<Self, OpenError> {
        let database = open::open_read_only(path, genesis, options)?;
        Ok(Self { reader: Reader::new(Arc::new(database)) })
    }

    /// How far the node had come.
    pub fn heights(&self) -> Heights {
        self.reader.heights()
    }

    /// As [`Reader::block`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn block(&self, height: Height) -> Result<Option<Block>, StoreError> {
        self.reader.block(height)
    }

    /// As [`Reader::batch`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn batch(&self, lane: ParticipantId, sequence: Sequence, digest: &Digest) -> Result<Option<Batch>, StoreError> {
        self.reader.batch(lane, sequence, digest)
    }

    /// As [`Reader::outcome`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn outcome(&self, height: Height) -> Result<Option<Outcome>, StoreError> {
        self.reader.outcome(height)
    }

    /// As [`Reader::entries`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn entries(&self, height: Height) -> Result<Vec<Entry>, StoreError> {
        self.reader.entries(height)
    }

    /// As [`Reader::payments`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn payments(&self, height: Height) -> Result<Vec<Payment>, StoreError> {
        self.reader.payments(height)
    }

    /// As [`Reader::settlement`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn settlement(&self, height: Height) -> Result<Option<SettlementCertificate>, StoreError> {
        self.reader.settlement(height)
    }

    /// As [`Reader::records_at_head`].
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn records_at_head(&self) -> Result<Option<RecordsAt<'_>>, StoreError> {
        self.reader.records_at_head()
    }
}
