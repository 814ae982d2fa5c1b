//! Transactions that wait for a batch of our own lane, in the order in which they came.

use std::collections::{BTreeSet, VecDeque};

use corridor_crypto::{Digest, Verified};
use corridor_types::limits::{MAX_BATCH_TRANSACTIONS, MAX_TRANSACTION_BYTES};
use corridor_types::{Encode, IdentifiedTransaction};

use crate::Refusal;

#[derive(Debug)]
struct Waiting {
    transaction: Verified<IdentifiedTransaction>,
    bytes: usize,
    since_ms: u64,
}

/// The queue, bounded in encoded bytes.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    queue: VecDeque<Waiting>,
    ids: BTreeSet<Digest>,
    bytes: usize,
}

impl Pending {
    /// Encoded bytes that wait.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Transactions that wait.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// When the oldest one came.
    pub fn oldest_ms(&self) -> Option<u64> {
        self.queue.front().map(|waiting| waiting.since_ms)
    }

    /// Takes a transaction in, unless it is too large, waits already, or the queue is full.
    pub fn push(
        &mut self,
        now_ms: u64,
        transaction: Verified<IdentifiedTransaction>,
        max_bytes: usize,
    ) -> Result<(), Refusal> {
        let bytes = transaction.transaction.to_bytes().len();
        if bytes > MAX_TRANSACTION_BYTES {
            return Err(Refusal::TooLarge { bytes, limit: MAX_TRANSACTION_BYTES });
        }
        if self.ids.contains(&transaction.id) {
            return Err(Refusal::AlreadyPending);
        }
        if self.bytes + bytes > max_bytes {
            return Err(Refusal::QueueFull { pending: self.bytes, limit: max_bytes });
        }
        self.ids.insert(transaction.id);
        self.bytes += bytes;
        self.queue.push_back(Waiting { transaction, bytes, since_ms: now_ms });
        Ok(())
    }

    /// True if a batch of `target_bytes` is full.
    pub fn fills(&self, target_bytes: usize) -> bool {
        self.bytes >= target_bytes || self.queue.len() >= MAX_BATCH_TRANSACTIONS
    }

    /// At most this many bytes are in the next batch's payload.
    pub fn next_batch_bytes(&self, target_bytes: usize) -> usize {
        const LENGTH_BYTES: usize = 4;
        LENGTH_BYTES + if self.bytes <= target_bytes { self.bytes } else { target_bytes + MAX_TRANSACTION_BYTES }
    }

    /// Takes everything out and names it.
    pub fn clear(&mut self) -> Vec<Digest> {
        let taken = std::mem::take(self);
        taken.queue.into_iter().map(|waiting| waiting.transaction.id).collect()
    }

    /// Takes the oldest transactions out until they reach `target_bytes`.
    pub fn take_batch(&mut self, target_bytes: usize) -> Vec<Verified<IdentifiedTransaction>> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while bytes < target_bytes && taken.len() < MAX_BATCH_TRANSACTIONS {
            let Some(waiting) = self.queue.pop_front() else { break };
            bytes += waiting.bytes;
            self.ids.remove(&waiting.transaction.id);
            taken.push(waiting.transaction);
        }
        self.bytes -= bytes;
        taken
    }
}
