//! The allow-list as the senders see it: per peer the outgoing queues of its ready session, if any,
//! and its counters. Shared between the handle and the service; never holds a socket.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use crate::class::PerClass;
use crate::config::{NodeId, PeerList};
use crate::outbox::Outbox;

/// Counters of one peer and class since the peer was listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClassStats {
    /// Frames received, keep-alives aside.
    pub frames_in: u64,
    /// Payload bytes received.
    pub bytes_in: u64,
    /// Frames handed to the connection.
    pub frames_out: u64,
    /// Payload bytes handed to the connection.
    pub bytes_out: u64,
    /// Frames refused because the queue was full.
    pub frames_dropped: u64,
}

/// What is known about one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerStats {
    /// The identity that its connection proved.
    pub id: NodeId,
    /// Whether frames to it are accepted now.
    pub connected: bool,
    /// Its counters by class, since this process began.
    pub classes: PerClass<ClassStats>,
}

#[derive(Default)]
pub(crate) struct Counters {
    frames_in: AtomicU64,
    bytes_in: AtomicU64,
    frames_out: AtomicU64,
    bytes_out: AtomicU64,
    frames_dropped: AtomicU64,
}

impl Counters {
    pub(crate) fn received(&self, bytes: usize) {
        self.frames_in.fetch_add(1, Ordering::Relaxed);
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, frames: usize, bytes: usize) {
        self.frames_out.fetch_add(frames as u64, Ordering::Relaxed);
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn dropped(&self) {
        self.frames_dropped.fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> ClassStats {
        ClassStats {
            frames_in: self.frames_in.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            frames_out: self.frames_out.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
            frames_dropped: self.frames_dropped.load(Ordering::Relaxed),
        }
    }
}

/// One listed peer.
#[derive(Default)]
pub(crate) struct PeerRecord {
    outbox: Mutex<Option<Arc<Outbox>>>,
    pub counters: PerClass<Counters>,
}

impl PeerRecord {
    /// The outgoing queues, if the peer is connected.
    pub(crate) fn outbox(&self) -> Option<Arc<Outbox>> {
        self.outbox.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_outbox(&self, outbox: Option<Arc<Outbox>>) {
        *self.outbox.lock().unwrap_or_else(PoisonError::into_inner) = outbox;
    }
}

/// All listed peers.
#[derive(Default)]
pub(crate) struct Table {
    records: RwLock<BTreeMap<NodeId, Arc<PeerRecord>>>,
}

impl Table {
    /// Replaces the list; peers that stay keep their session and counters.
    pub(crate) fn replace(&self, peers: &PeerList) {
        let mut records = self.records.write().unwrap_or_else(PoisonError::into_inner);
        records.retain(|id, _| peers.contains_key(id));
        for id in peers.keys() {
            records.entry(*id).or_default();
        }
    }

    pub(crate) fn get(&self, id: NodeId) -> Option<Arc<PeerRecord>> {
        self.records.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    pub(crate) fn all(&self) -> Vec<(NodeId, Arc<PeerRecord>)> {
        let records = self.records.read().unwrap_or_else(PoisonError::into_inner);
        records.iter().map(|(id, record)| (*id, Arc::clone(record))).collect()
    }

    pub(crate) fn stats(&self) -> Vec<PeerStats> {
        let stats = |(id, record): (NodeId, Arc<PeerRecord>)| PeerStats {
            id,
            connected: record.outbox().is_some(),
            classes: PerClass::from_fn(|class| record.counters.of(class).read()),
        };
        self.all().into_iter().map(stats).collect()
    }
}
