//! The network between nodes: a full mesh among listed peers, over TCP, Noise and Yamux. The only
//! user of libp2p. It carries bytes: it knows no message, no signature, no height. It never decides
//! anything about the ledger, and it has no requests: a request is an ordinary message of a higher
//! layer.
//!
//! # What it promises
//!
//! - A message comes from the holder of the key that it names, unchanged, and both ends hold the
//!   same genesis.
//! - Messages of one class from one peer arrive in the order in which they were queued, each at most
//!   once, without a gap, as long as one connection lasts. Between `Disconnected` and `Connected`
//!   anything may have been lost: send again what matters.
//! - Sending never waits: a full queue is an error. Receiving never drops: a slow consumer slows the
//!   reading of that class, peer by peer, and no other class.
//! - Peers are served in turn, so a flood from one does not delay another.
//! - Connections are sought for ever. A dead peer is noticed within
//!   [`Limits::silence_timeout_ms`], a closed connection at once.
//!
//! # The wire
//!
//! ```text
//! TCP (no delay) / multistream-select / Noise XX / multistream-select / Yamux
//! ```
//!
//! Identities are Ed25519 keys, proved in the Noise handshake. Right after it an unlisted key is
//! disconnected. Each end then opens three one-way streams under the protocol name `/corridor`,
//! one per [`Class`]; the opener writes, the other end reads. A fourth stream ends the connection.
//!
//! A stream is a sequence of frames:
//!
//! ```text
//! length   u32, big-endian    at most Limits::frame_bytes of the class
//! payload  length bytes
//! ```
//!
//! The first frame is the hello, always of length 43:
//!
//! ```text
//! magic    8 bytes   "CORRIDOR"
//! version  u16, big-endian    1
//! genesis  32 bytes
//! class    1 byte    1 consensus, 2 lanes, 3 sync
//! ```
//!
//! Once all six hellos are exchanged, messages flow: any frame with length above 0. A frame with
//! length 0 is a keep-alive; an idle Consensus stream carries one every
//! [`Limits::keepalive_ms`]. Whatever is wrong (a hello that differs, a class twice, a length above
//! the limit) ends the whole connection, is counted under a [`Reason`], and is logged with the
//! peer's key, at most once per reason, peer and [`Limits::log_interval_ms`].
//!
//! # Two connections to one peer
//!
//! Both ends dial. If both succeed at the same time, the one dialled by the smaller key stays; if
//! one end dials again later, it has lost the older connection, and the newer one stays
//! (`duplicates`).
//!
//! # Memory
//!
//! Per peer at most: the outgoing queues, the incoming queues, one frame being read per class, and
//! the 18 MiB receive window of the connection. Before the handshake: what `Limits` lets begin.
//!
//! # Deliberately absent
//!
//! Compression, gossip, discovery, relays, name resolution, QUIC, request-response. libp2p's own
//! stream behaviour (`libp2p-stream`) is not used: it drops inbound streams that arrive together,
//! keeps an entry for every connection there ever was, and cannot say on which connection a stream
//! opens.

mod admission;
mod class;
mod config;
mod dialing;
mod duplicates;
mod error;
mod failure;
mod frame;
mod handler;
mod hello;
mod inbox;
mod limits;
mod mesh;
mod multiplexer;
mod network;
mod notices;
mod outbox;
mod pulse;
mod refusals;
mod service;
mod session;
mod table;

#[cfg(test)]
mod tests;

pub use class::{Class, PerClass};
pub use config::{Config, MAX_PEERS, NodeId, Peer};
pub use error::{PeersError, SendError, StartError};
pub use failure::Reason;
pub use inbox::{Message, MessageReceiver};
pub use limits::{Limits, QueueLimit};
pub use network::{Events, Network, Stats, start};
pub use notices::{PeerEvent, PeerReceiver};
pub use table::{ClassStats, PeerStats};
