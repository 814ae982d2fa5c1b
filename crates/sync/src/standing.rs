//! How well one peer kept its word on one subject.

use crate::Limits;

/// What a peer can be asked about. Each has its own standing: a peer without snapshots may be good
/// for blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subject {
    /// Blocks with the proof that they are final.
    Blocks,
    /// Settlement certificates of executed blocks.
    Settlements,
    /// Manifests, handovers and chunks.
    Snapshot,
}

/// Failures in a row after which a peer's word counts for nothing until it delivers: three lost
/// answers are rare on a link that works.
const GIVEN_UP: u32 = 3;

/// Failures in a row, and until when the peer is passed over for them.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Standing {
    failures: u32,
    aside_until_ms: u64,
}

impl Standing {
    /// It gave what it had claimed. If it is passed over for a lie, that goes on.
    pub const fn delivered(&mut self) {
        self.failures = 0;
    }

    /// It did not answer in time.
    pub fn silent(&mut self, now_ms: u64, limits: &Limits) {
        let doubled = limits.silent_aside_ms.saturating_mul(1 << self.failures.min(16));
        self.put_aside(now_ms, doubled.min(limits.silent_aside_max_ms));
        self.failures = self.failures.saturating_add(1);
    }

    /// It sent a wrong answer.
    pub fn lied(&mut self, now_ms: u64, limits: &Limits) {
        self.put_aside(now_ms, limits.lying_aside_ms);
        self.failures = self.failures.saturating_add(1).max(GIVEN_UP);
    }

    fn put_aside(&mut self, now_ms: u64, span_ms: u64) {
        self.aside_until_ms = self.aside_until_ms.max(now_ms.saturating_add(span_ms));
    }

    /// True if it may be asked now.
    pub const fn is_usable(&self, now_ms: u64) -> bool {
        self.aside_until_ms <= now_ms
    }

    /// True if it failed so often that nothing is expected of it any more.
    pub const fn is_given_up(&self) -> bool {
        self.failures >= GIVEN_UP
    }

    /// Failures in a row; who has fewer is asked first.
    pub const fn failures(&self) -> u32 {
        self.failures
    }

    /// Until when it is passed over.
    pub const fn aside_until_ms(&self) -> u64 {
        self.aside_until_ms
    }
}
