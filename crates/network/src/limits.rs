//! Every size, queue and time of the network in one place, with where it comes from. Nothing here
//! alters what the ledger decides, but the frame limits must be equal on all nodes: a frame that
//! one node may send and another must refuse would cut the link between them.

use std::time::Duration;

use crate::class::{Class, PerClass};
use crate::error::{SendError, StartError};

const KIB: u32 = 1024;
const MIB: u32 = 1024 * KIB;

/// Streams on one connection: three each way, and two to spare for one that is being reset.
pub(crate) const MAX_STREAMS: usize = 8;

/// Streams that a peer may open on one connection: one per class.
pub(crate) const MAX_INBOUND_STREAMS: usize = Class::ALL.len();

/// Receive window of a whole connection, in bytes: what a peer can make us buffer below the
/// framing, whatever it claims its round trip to be. 16 MiB carry 80 MB/s over a 200 ms path;
/// [`MAX_STREAMS`] times the protocol's 256 KiB is the part that yamux insists on.
pub(crate) const CONNECTION_WINDOW_BYTES: usize = (16 + MAX_STREAMS / 4) * MIB as usize;

/// Refused connections kept open at a time to tell them why: enough for every validator of a fleet
/// that was set up wrongly within a second. Each lives [`REFUSAL_PATIENCE`] at most and buffers at
/// most 256 KiB per stream, so 64 MiB together. One more is closed without a word.
pub(crate) const MAX_REFUSING: usize = 32;

/// Longest life of a refused connection.
pub(crate) const REFUSAL_PATIENCE: Duration = Duration::from_secs(2);

/// A connection stays open this long after a refusal was written, so that it is read: above the
/// round trip of most paths.
pub(crate) const LINGER: Duration = Duration::from_millis(500);

/// How much a queue may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimit {
    /// Frames that may wait.
    pub frames: usize,
    /// Bytes of all frames together.
    pub bytes: usize,
}

/// Sizes, queues and times. The default suits four to fifty validators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest frame per class, in bytes of payload. Consensus 1 MiB: a cut of 50 tips, each with
    /// a proof of 34 signatures, is 0.2 MB. Lanes 4 MiB: a batch is about 0.5 MB. Sync 16 MiB: one
    /// block with its batches, or a piece of a snapshot.
    pub frame_bytes: PerClass<u32>,
    /// Outgoing queue per peer and class. A frame more is refused with
    /// [`crate::SendError::QueueFull`]. Broadcast frames are shared between the queues.
    pub outgoing: PerClass<QueueLimit>,
    /// Received frames per peer and class that wait for the consumer. When reached, reading from
    /// that peer's stream pauses. One frame is always accepted, whatever its length.
    pub incoming: PerClass<QueueLimit>,
    /// Wait before the second dial of a peer that does not answer; doubles up to the maximum.
    pub dial_backoff_min_ms: u64,
    /// Longest wait between two dials, jitter aside: small, so that a restart is found fast.
    pub dial_backoff_max_ms: u64,
    /// Least wait before a peer that refused this node by name is dialled again: refusals end by an
    /// operator's act or a block, both of which take seconds, and 1,024 refused observers must not
    /// cost a validator more than 1,024 / 5 s * 0.3 ms = 6% of a core.
    pub dial_backoff_refused_ms: u64,
    /// Longest time for a TCP, Noise and Yamux handshake, and then again for all hellos.
    pub handshake_timeout_ms: u64,
    /// An idle Consensus stream carries a keep-alive this often.
    pub keepalive_ms: u64,
    /// A peer whose Consensus stream is silent for this long is dead. At least twice the
    /// keep-alive, so that one late packet harms nobody. Not more by default: a peer may let another
    /// process with our key in after twice the keep-alive, and by then we must know that we are cut off.
    pub silence_timeout_ms: u64,
    /// Nodes other than validators connected at a time, by whomever dialled: half as many as
    /// validators may be, so they take at most a third of the memory and the sending time.
    pub others_connected: usize,
    /// Inbound handshakes under way from addresses of no known peer, all together.
    pub pending_strangers: usize,
    /// Inbound handshakes under way from one IP address. Above 50: many nodes may share one
    /// address (one host, one gateway).
    pub pending_per_ip: u32,
    /// Inbound handshakes started per second from one IP address: a handshake costs about 0.3 ms
    /// of CPU, so 128 a second is 4% of a core.
    pub handshakes_per_ip_per_second: u32,
    /// Two log lines with the same reason about the same peer are at least this far apart.
    pub log_interval_ms: u64,
}

/// The default limits.
pub(crate) const DEFAULT: Limits = Limits {
    frame_bytes: PerClass { consensus: MIB, lanes: 4 * MIB, sync: 16 * MIB },
    outgoing: PerClass { consensus: queue(4096, 8), lanes: queue(2048, 32), sync: queue(256, 32) },
    incoming: PerClass { consensus: queue(512, 2), lanes: queue(128, 8), sync: queue(32, 16) },
    dial_backoff_min_ms: 100,
    dial_backoff_max_ms: 2_000,
    dial_backoff_refused_ms: 5_000,
    handshake_timeout_ms: 5_000,
    keepalive_ms: 2_000,
    silence_timeout_ms: 4_000,
    others_connected: 64,
    pending_strangers: 128,
    pending_per_ip: 64,
    handshakes_per_ip_per_second: 128,
    log_interval_ms: 10_000,
};

const fn queue(frames: usize, mebibytes: usize) -> QueueLimit {
    QueueLimit { frames, bytes: mebibytes * MIB as usize }
}

impl Default for Limits {
    fn default() -> Self {
        DEFAULT
    }
}

impl Limits {
    pub(crate) const fn handshake_timeout(&self) -> Duration {
        Duration::from_millis(self.handshake_timeout_ms)
    }

    pub(crate) const fn keepalive(&self) -> Duration {
        Duration::from_millis(self.keepalive_ms)
    }

    pub(crate) const fn silence_timeout(&self) -> Duration {
        Duration::from_millis(self.silence_timeout_ms)
    }

    /// Refuses a frame that its receiver would refuse.
    pub(crate) fn check_frame(&self, class: Class, frame: &[u8]) -> Result<(), SendError> {
        let (bytes, limit) = (frame.len(), *self.frame_bytes.of(class));
        if bytes == 0 {
            return Err(SendError::Empty);
        }
        if bytes > limit as usize {
            return Err(SendError::TooLarge { class, bytes, limit });
        }
        Ok(())
    }

    /// Refuses limits under which no frame could pass or live peers would be called dead.
    pub(crate) fn check(&self) -> Result<(), StartError> {
        for class in Class::ALL {
            let frame = *self.frame_bytes.of(class);
            require("frame_bytes", frame.into(), frame > 0, "must be at least 1")?;
            for (field, queue) in [("outgoing", self.outgoing.of(class)), ("incoming", self.incoming.of(class))] {
                require(field, queue.frames as u64, queue.frames > 0, "needs room for one frame")?;
                let fits = queue.bytes >= frame as usize || field == "incoming";
                require(field, queue.bytes as u64, fits, "must hold one frame of frame_bytes")?;
            }
        }
        self.check_times()
    }

    fn check_times(&self) -> Result<(), StartError> {
        let (least, most) = (self.dial_backoff_min_ms, self.dial_backoff_max_ms);
        require("dial_backoff_min_ms", least, least > 0, "must be at least 1")?;
        require("dial_backoff_max_ms", most, most >= least, "must not be below the minimum")?;
        require(
            "handshake_timeout_ms",
            self.handshake_timeout_ms,
            self.handshake_timeout_ms > 0,
            "must be at least 1",
        )?;
        require("keepalive_ms", self.keepalive_ms, self.keepalive_ms > 0, "must be at least 1")?;
        let patient = self.silence_timeout_ms >= self.keepalive_ms.saturating_mul(2);
        require("silence_timeout_ms", self.silence_timeout_ms, patient, "must be at least twice keepalive_ms")?;
        let open = self.pending_per_ip > 0 && self.handshakes_per_ip_per_second > 0;
        require(
            "pending_per_ip",
            self.pending_per_ip.into(),
            open,
            "this and handshakes_per_ip_per_second must be at least 1",
        )
    }
}

fn require(field: &'static str, value: u64, holds: bool, remedy: &'static str) -> Result<(), StartError> {
    if holds { Ok(()) } else { Err(StartError::Limit { field, value, remedy }) }
}
