//! The network between nodes: a full mesh among listed peers, which change at run time, over TCP, Noise and Yamux. The only
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
//! - Validators are always admitted; other listed nodes while fewer than
//!   [`Limits::others_connected`] of them are connected. A change of the list harms no connection
//!   of a peer that stays.
//! - Whoever is refused after the handshake is told why ([`Refusal`]), unless very many are refused
//!   at a time.
//! - Connections are sought for ever. A dead peer is noticed within
//!   [`Limits::silence_timeout_ms`], a closed connection at once.
//!
//! # The wire
//!
//! ```text
//! TCP (no delay) / multistream-select / Noise XX / multistream-select / Yamux
//! ```
//!
//! Identities are Ed25519 keys, proved in the Noise handshake. An unlisted key is refused right after
//! it. Otherwise each end then opens three one-way streams under the protocol name `/corridor`,
//! one per [`Class`]; the opener writes, the other end reads. A fourth stream ends the connection.
//!
//! A stream is a sequence of frames:
//!
//! ```text
//! length   u32, big-endian    at most Limits::frame_bytes of the class
//! payload  length bytes
//! ```
//!
//! The first frame is the hello, always of length 59:
//!
//! ```text
//! magic    8 bytes   "CORRIDOR"
//! version  u16, big-endian    2
//! genesis  32 bytes
//! class    1 byte    1 consensus, 2 lanes, 3 sync
//! session  16 bytes  random, one per process
//! ```
//!
//! The second frame of the Consensus stream, and of no other, is the introduction; an address is an
//! IP (IPv4 mapped into IPv6) of 16 bytes and a TCP port, u16, big-endian:
//!
//! ```text
//! own      address   where the sender listens; port 0: not told; IP 0: where it is seen
//! others   at most 192 times: key 32 bytes, address
//! ```
//!
//! A node that refuses the other one writes, instead of the hello of its Consensus stream, a frame of
//! length 29, and closes the connection half a second later:
//!
//! ```text
//! magic    8 bytes   "REFUSED!"
//! version  u16, big-endian    2
//! reason   1 byte    1 unknown key, 2 duplicate, 3 full
//! address  of the other process, for a duplicate; otherwise zero
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
//! (`duplicates`). But an older one that carries messages is given up only if the newer hello comes
//! from the same process, or if the older one keeps silent for two keep-alives. If it answers, two
//! processes have one key: the newer one is refused, and the node hears of
//! [`PeerEvent::Duplicate`] (`service/rivals.rs`).
//!
//! # Addresses
//!
//! Each node tells its peers where it listens ([`Config::advertise`]) and where other listed nodes
//! do, by configuration or by their own word. What was heard of a listed key is a hint to dial,
//! tried after what was configured and what the node itself told; a lie costs a failed dial per
//! turn, and is not passed on. What was heard of other keys is kept with the session and looked at
//! again when the list changes, so a joiner learns the list from its first peer and then knows where
//! to dial. The list itself decides who may connect; nothing heard ever does.
//!
//! # Memory
//!
//! Per peer at most: the outgoing queues, the incoming queues, one frame being read per class, and
//! the 18 MiB receive window of the connection. Per listed node: a few addresses. Before the
//! handshake: what `Limits` lets begin. Refused connections: 32 at a time, two seconds each, whose
//! streams nobody reads.
//!
//! # Deliberately absent
//!
//! Compression, gossip of messages, discovery of unlisted nodes, relays, name resolution, QUIC, request-response. libp2p's own
//! stream behaviour (`libp2p-stream`) is not used: it drops inbound streams that arrive together,
//! keeps an entry for every connection there ever was, and cannot say on which connection a stream
//! opens.

mod address;
mod admission;
mod book;
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
mod introduction;
mod limits;
mod memory;
mod mesh;
mod multiplexer;
mod network;
mod notices;
mod outbox;
mod parting;
mod pulse;
mod refusal;
mod refusals;
mod service;
mod session;
mod table;
mod transport;

#[cfg(test)]
mod tests;

pub use class::{Class, PerClass};
pub use config::{Config, MAX_ADDRESSES, MAX_OTHERS, MAX_VALIDATORS, NodeId, Peer, Role};
pub use error::{PeersError, SendError, StartError};
pub use failure::Reason;
pub use inbox::{Message, MessageReceiver};
pub use limits::{Limits, QueueLimit};
pub use memory::{Hub, MemoryNetwork};
pub use network::{Events, Network, Stats, start};
pub use notices::{PeerEvent, PeerReceiver};
pub use refusal::Refusal;
pub use table::{ClassStats, PeerStats};
pub use transport::Transport;
