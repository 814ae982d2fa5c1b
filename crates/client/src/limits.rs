//! What the SDK waits for and holds at most, each with its reason.

use std::time::Duration;

/// To reach a node: a few round trips around the world, and one lost packet.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// For a whole answer. A node gives up on a request after 10 s by itself.
pub const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// Silence on a connection. A node sends a heartbeat on a stream every 10 s.
pub const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A node drops an idle connection after 30 s; we drop it first.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// One answer. The largest is a genesis with a million accounts at 32 bytes each.
pub const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// One event: about 1.5 kB, and 1.5 kB more for eight licences.
pub const MAX_EVENT_BYTES: usize = 64 * 1024;

/// The first pause between two looks at a payment, and the longest. Settling takes tens of
/// milliseconds on a quiet network.
pub const POLL_PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(500));

/// The first pause before connecting a stream again, and the longest.
pub const RECONNECT_PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// A stream gives up after so many attempts in a row, half a minute with these pauses.
pub const MAX_RECONNECTS: u32 = 12;

/// Doubles a pause up to a limit.
pub fn longer(pause: Duration, limit: Duration) -> Duration {
    pause.saturating_mul(2).min(limit)
}
