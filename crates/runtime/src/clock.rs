//! The node's two clocks: one that never jumps, for timeouts, and the calendar, for block times.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use corridor_replica::Clock;
use corridor_types::Timestamp;

/// Reads both clocks. The steady one counts from the node's start.
#[derive(Debug, Clone, Copy)]
pub struct NodeClock {
    started: Instant,
}

impl NodeClock {
    /// Starts the steady clock at zero.
    pub fn start() -> Self {
        Self { started: Instant::now() }
    }

    /// Both clocks now.
    pub fn now(&self) -> Clock {
        let steady_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        Clock { steady_ms, wall: wall() }
    }

    /// The moment at which the steady clock shows `steady_ms`.
    pub fn at(&self, steady_ms: u64) -> Instant {
        self.started + std::time::Duration::from_millis(steady_ms)
    }
}

/// Calendar time now; 1970 if the machine's clock is set before it.
pub fn wall() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
