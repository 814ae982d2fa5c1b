//! Counters and gauges of the node, in the OpenMetrics text format.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicI64;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use corridor_network::{Class, NodeId};
use corridor_replica::Notice;
use corridor_types::persist::Executed;
use corridor_types::{Height, PaymentStatus};
use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use crate::shared::Progress;

/// A refused frame is logged at most this often per peer, with how many there were in between.
const LOG_EVERY: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClassLabel {
    class: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StatusLabel {
    status: &'static str,
}

/// The node's metrics. Cheap to update from any thread.
pub struct Metrics {
    registry: Registry,
    entries: Counter,
    payments: Family<StatusLabel, Counter>,
    refused: Family<ClassLabel, Counter>,
    dropped: Family<ClassLabel, Counter>,
    misbehaved: Counter,
    finalized: Gauge<i64, AtomicI64>,
    executed: Gauge<i64, AtomicI64>,
    settled: Gauge<i64, AtomicI64>,
    refusal_log: Mutex<BTreeMap<NodeId, (Instant, u64)>>,
}

fn class_label(class: Class) -> ClassLabel {
    let class = match class {
        Class::Consensus => "consensus",
        Class::Lanes => "lanes",
        Class::Sync => "sync",
    };
    ClassLabel { class }
}

fn height(height: Height) -> i64 {
    i64::try_from(height.0).unwrap_or(i64::MAX)
}

impl Default for Metrics {
    /// Registers everything at zero.
    fn default() -> Self {
        let mut registry = Registry::with_prefix("corridor");
        let entries = Counter::default();
        registry.register("ledger_entries", "Entries in executed blocks", entries.clone());
        let payments = Family::<StatusLabel, Counter>::default();
        registry.register("ledger_payments", "Payments by the status that an entry gave them", payments.clone());
        let refused = Family::<ClassLabel, Counter>::default();
        registry.register("network_frames_refused", "Frames from peers that did not verify", refused.clone());
        let dropped = Family::<ClassLabel, Counter>::default();
        registry.register("network_messages_unsent", "Messages that no queue had room for", dropped.clone());
        let misbehaved = Counter::default();
        registry.register("peers_misbehaved", "Messages that no honest peer sends", misbehaved.clone());
        let finalized = Gauge::default();
        registry.register("height_finalized", "Highest finalized block", finalized.clone());
        let executed = Gauge::default();
        registry.register("height_executed", "Highest executed block", executed.clone());
        let settled = Gauge::default();
        registry.register("height_settled", "Highest block with all certificates up to it", settled.clone());
        Self {
            registry,
            entries,
            payments,
            refused,
            dropped,
            misbehaved,
            finalized,
            executed,
            settled,
            refusal_log: Mutex::default(),
        }
    }
}

impl Metrics {
    /// A block was executed.
    pub fn executed(&self, executed: &Executed) {
        self.entries.inc_by(executed.outcome.entries);
        for status in executed.entries.iter().filter_map(|entry| entry.status) {
            self.count_payment(status);
        }
    }

    fn count_payment(&self, status: PaymentStatus) {
        self.payments.get_or_create(&StatusLabel { status: status.as_str() }).inc();
    }

    /// A message found no room in a queue.
    pub fn dropped(&self, class: Class) {
        self.dropped.get_or_create(&class_label(class)).inc();
    }

    /// The replica noticed something.
    pub fn noticed(&self, notice: &Notice) {
        if matches!(notice, Notice::Misbehaved { .. }) {
            self.misbehaved.inc();
        }
    }

    /// A frame did not verify. Logged with its sender, at most once per [`LOG_EVERY`].
    pub fn refused(&self, class: Class, from: &NodeId, reason: &str) {
        self.refused.get_or_create(&class_label(class)).inc();
        let mut log = self.refusal_log.lock().unwrap_or_else(PoisonError::into_inner);
        let (last, skipped) = log.entry(*from).or_insert((Instant::now() - LOG_EVERY, 0));
        if last.elapsed() < LOG_EVERY {
            *skipped += 1;
            return;
        }
        tracing::warn!(peer = %from, class = ?class, skipped = *skipped, "refused a frame: {reason}");
        (*last, *skipped) = (Instant::now(), 0);
    }

    /// Appends everything in the OpenMetrics text format.
    pub fn write(&self, progress: Option<Progress>, out: &mut String) {
        if let Some(Progress { heights, .. }) = progress {
            self.finalized.set(height(heights.finalized));
            self.executed.set(height(heights.executed));
            self.settled.set(height(heights.settled));
        }
        // Writing to a string does not fail.
        let _ = encode(out, &self.registry);
    }
}
