//! When a connection was last heard, on whichever of its streams.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// The time of the last byte received on a connection.
pub(crate) struct Pulse {
    began: Instant,
    heard_ms: AtomicU64,
}

impl Pulse {
    pub(crate) fn new() -> Self {
        Self { began: Instant::now(), heard_ms: AtomicU64::new(0) }
    }

    /// Bytes arrived just now.
    pub(crate) fn beat(&self) {
        self.heard_ms.store(self.elapsed_ms(), Ordering::Relaxed);
    }

    /// How long no byte has arrived.
    pub(crate) fn quiet(&self) -> Duration {
        let heard = self.heard_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.elapsed_ms().saturating_sub(heard))
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
