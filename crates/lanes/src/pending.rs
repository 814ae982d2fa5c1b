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

/// Bytes of legal orders and withdrawals that wait beside everything else: some thousands of them.
pub(crate) const URGENT_BYTES: usize = 1024 * 1024;

/// Two queues, bounded in encoded bytes each: what is urgent goes first and has room of its own, so
/// that no flood can delay it.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    urgent: Queue,
    usual: Queue,
    ids: BTreeSet<Digest>,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    bytes: usize,
}

impl Queue {
    fn pop(&mut self) -> Option<Waiting> {
        let first = self.waiting.pop_front()?;
        self.bytes -= first.bytes;
        Some(first)
    }

    fn oldest_ms(&self) -> Option<u64> {
        self.waiting.front().map(|waiting| waiting.since_ms)
    }
}

impl Pending {
    /// Encoded bytes that wait.
    pub const fn bytes(&self) -> usize {
        self.urgent.bytes + self.usual.bytes
    }

    /// Transactions that wait.
    pub fn len(&self) -> usize {
        self.urgent.waiting.len() + self.usual.waiting.len()
    }

    /// True if something urgent waits.
    pub fn has_urgent(&self) -> bool {
        !self.urgent.waiting.is_empty()
    }

    /// When the oldest one came.
    pub fn oldest_ms(&self) -> Option<u64> {
        self.urgent.oldest_ms().into_iter().chain(self.usual.oldest_ms()).min()
    }

    /// Takes a transaction in, unless it is too large, waits already, or its queue is full.
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
        let (queue, limit) = match transaction.transaction.operation.is_urgent() {
            true => (&mut self.urgent, URGENT_BYTES),
            false => (&mut self.usual, max_bytes),
        };
        if queue.bytes + bytes > limit {
            return Err(Refusal::QueueFull { pending: queue.bytes, limit });
        }
        self.ids.insert(transaction.id);
        queue.bytes += bytes;
        queue.waiting.push_back(Waiting { transaction, bytes, since_ms: now_ms });
        Ok(())
    }

    /// True if a batch of `target_bytes` is full, or must not wait until it is.
    pub fn fills(&self, target_bytes: usize) -> bool {
        self.has_urgent() || self.bytes() >= target_bytes || self.len() >= MAX_BATCH_TRANSACTIONS
    }

    /// At most this many bytes are in the next batch's payload.
    pub fn next_batch_bytes(&self, target_bytes: usize) -> usize {
        const LENGTH_BYTES: usize = 4;
        LENGTH_BYTES + if self.bytes() <= target_bytes { self.bytes() } else { target_bytes + MAX_TRANSACTION_BYTES }
    }

    /// Takes everything out and names it.
    pub fn clear(&mut self) -> Vec<Digest> {
        let Self { urgent, usual, .. } = std::mem::take(self);
        urgent.waiting.into_iter().chain(usual.waiting).map(|waiting| waiting.transaction.id).collect()
    }

    /// Takes the oldest transactions out until they reach `target_bytes`, what is urgent first.
    pub fn take_batch(&mut self, target_bytes: usize) -> Vec<Verified<IdentifiedTransaction>> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while bytes < target_bytes && taken.len() < MAX_BATCH_TRANSACTIONS {
            let Some(waiting) = self.urgent.pop().or_else(|| self.usual.pop()) else { break };
            bytes += waiting.bytes;
            self.ids.remove(&waiting.transaction.id);
            taken.push(waiting.transaction);
        }
        taken
    }
}
