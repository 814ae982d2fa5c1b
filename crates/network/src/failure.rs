//! Why a connection was refused or ended. These are facts for the log and the counters; they never
//! become an error of the caller.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

use thiserror::Error;

use crate::class::Class;
use crate::config::NodeId;
use crate::refusal::Refusal;

/// Why a connection was refused or ended.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("its key is not on the allow-list")]
    UnknownKey,
    #[error("too many handshakes are under way from its address")]
    Crowded,
    #[error("another connection to the same peer is kept")]
    Redundant,
    #[error("another key than the expected one answered")]
    WrongKey,
    #[error("this node's own key answered: another live copy of this node, or its own address")]
    OwnKey,
    #[error("the handshake failed: {reason}")]
    Handshake { reason: String },
    #[error("it could not be reached: {reason}")]
    Unreachable { reason: String },
    #[error("the hello does not begin with Corridor's magic bytes")]
    WrongMagic,
    #[error("it speaks version {theirs} of the protocol, this node {ours}; upgrade the older one")]
    WrongVersion { theirs: u16, ours: u16 },
    #[error("it belongs to the ledger with genesis {theirs}, this node to {ours}")]
    WrongGenesis { theirs: String, ours: String },
    #[error("the hello names class {code}, which does not exist")]
    UnknownClass { code: u8 },
    #[error("it opened a second {class} stream")]
    DuplicateClass { class: Class },
    #[error("it opened more than {limit} streams")]
    TooManyStreams { limit: usize },
    #[error("the hello is {length} bytes long instead of {expected}")]
    WrongHelloLength { length: u32, expected: u32 },
    #[error("a {class} frame of {length} bytes exceeds the limit of {limit}")]
    Oversized { class: Class, length: u32, limit: u32 },
    #[error("its hello was refused")]
    HelloRefused,
    #[error("the hellos were not exchanged within {milliseconds} ms")]
    HelloTimeout { milliseconds: u64 },
    #[error("a stream could not be opened: {reason}")]
    StreamRefused { reason: String },
    #[error("nothing was heard for {milliseconds} ms")]
    Silent { milliseconds: u64 },
    #[error("the stream ended")]
    Ended,
    #[error("input or output failed: {source}")]
    Io {
        #[from]
        source: std::io::Error,
    },
    #[error("it is no longer on the allow-list")]
    Removed,
    #[error("a second process with this key connected from {newcomer}, while the one at {existing} answers; stop one")]
    Duplicate { existing: SocketAddr, newcomer: SocketAddr },
    #[error("all {limit} places for nodes that are not validators are taken")]
    Full { limit: usize },
    #[error("it refused this node: {}", .refusal.explain(*.own))]
    RefusedBy { refusal: Refusal, own: NodeId },
    #[error("its introduction of {length} bytes is malformed; {limit} are the most")]
    WrongIntroduction { length: u32, limit: u32 },
}

/// Why a connection was refused or ended, without details: what is counted, and by what log lines are limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The peer's key is not on the allow-list.
    UnknownKey,
    /// Too many inbound handshakes.
    Crowded,
    /// Another connection to the same peer was kept.
    Redundant,
    /// A dialled address answered with another key.
    WrongKey,
    /// The other end has this node's own key: a second live copy.
    OwnKey,
    /// An inbound connection did not pass TCP, Noise and Yamux.
    Handshake,
    /// A dialled address did not answer, or not as a node does.
    Unreachable,
    /// The first frame of a stream was no valid hello of this protocol and version.
    WrongProtocol,
    /// The peer belongs to another ledger.
    WrongGenesis,
    /// The peer opened a stream that it may not open.
    WrongClass,
    /// The peer announced a frame longer than its class allows.
    Oversized,
    /// The peer fell silent, or did not finish the hellos.
    Silent,
    /// The connection ended or failed.
    Ended,
    /// The peer was removed from the allow-list.
    Removed,
    /// A second live process has the peer's key.
    Duplicate,
    /// The places for nodes that are not validators are taken.
    Full,
    /// The peer refused this node, and said why.
    Refused,
}

impl Reason {
    /// Every reason, in the order of the counters.
    pub const ALL: [Self; 17] = [
        Self::UnknownKey,
        Self::Crowded,
        Self::Redundant,
        Self::WrongKey,
        Self::OwnKey,
        Self::Handshake,
        Self::Unreachable,
        Self::WrongProtocol,
        Self::WrongGenesis,
        Self::WrongClass,
        Self::Oversized,
        Self::Silent,
        Self::Ended,
        Self::Removed,
        Self::Duplicate,
        Self::Full,
        Self::Refused,
    ];

    /// The name used in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::UnknownKey => "unknown_key",
            Self::Crowded => "crowded",
            Self::Redundant => "redundant",
            Self::WrongKey => "wrong_key",
            Self::OwnKey => "own_key",
            Self::Handshake => "handshake",
            Self::Unreachable => "unreachable",
            Self::WrongProtocol => "wrong_protocol",
            Self::WrongGenesis => "wrong_genesis",
            Self::WrongClass => "wrong_class",
            Self::Oversized => "oversized",
            Self::Silent => "silent",
            Self::Ended => "ended",
            Self::Removed => "removed",
            Self::Duplicate => "duplicate",
            Self::Full => "full",
            Self::Refused => "refused",
        }
    }

    /// Whether an operator should look: the remote end broke a rule or is misconfigured.
    pub(crate) const fn is_alarming(self) -> bool {
        !matches!(
            self,
            Self::Redundant | Self::Handshake | Self::Unreachable | Self::Silent | Self::Ended | Self::Removed
        )
    }
}

impl Failure {
    pub(crate) const fn reason(&self) -> Reason {
        match self {
            Self::UnknownKey => Reason::UnknownKey,
            Self::Crowded => Reason::Crowded,
            Self::Redundant => Reason::Redundant,
            Self::WrongKey => Reason::WrongKey,
            Self::OwnKey => Reason::OwnKey,
            Self::Handshake { .. } => Reason::Handshake,
            Self::Unreachable { .. } => Reason::Unreachable,
            Self::WrongMagic
            | Self::WrongVersion { .. }
            | Self::WrongHelloLength { .. }
            | Self::WrongIntroduction { .. } => Reason::WrongProtocol,
            Self::WrongGenesis { .. } => Reason::WrongGenesis,
            Self::UnknownClass { .. } | Self::DuplicateClass { .. } | Self::TooManyStreams { .. } => Reason::WrongClass,
            Self::Oversized { .. } => Reason::Oversized,
            Self::HelloTimeout { .. } | Self::Silent { .. } => Reason::Silent,
            Self::HelloRefused | Self::StreamRefused { .. } | Self::Ended | Self::Io { .. } => Reason::Ended,
            Self::Removed => Reason::Removed,
            Self::Duplicate { .. } => Reason::Duplicate,
            Self::Full { .. } => Reason::Full,
            Self::RefusedBy { .. } => Reason::Refused,
        }
    }
}

/// How often each [`Reason`] occurred since the start.
#[derive(Debug, Default)]
pub(crate) struct ReasonCounters([AtomicU64; Reason::ALL.len()]);

impl ReasonCounters {
    pub(crate) fn add(&self, reason: Reason) {
        self.0[reason as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn read(&self) -> Vec<(Reason, u64)> {
        Reason::ALL.into_iter().map(|reason| (reason, self.0[reason as usize].load(Ordering::Relaxed))).collect()
    }
}
