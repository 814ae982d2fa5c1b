//! One error enum per operation of the public interface. What goes wrong with a peer's connection
//! is not here but in [`crate::failure`]: it never reaches the caller as an error.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use crate::class::Class;
use crate::config::{NodeId, Role};

/// Why the network did not start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The allow-list is not usable.
    #[error("the list of peers is not usable: {source}")]
    Peers {
        /// What is wrong with it.
        #[from]
        source: PeersError,
    },
    /// A limit contradicts itself or another one.
    #[error("limit {field} is {value}: {remedy}")]
    Limit {
        /// The field of [`crate::Limits`].
        field: &'static str,
        /// The value it has.
        value: u64,
        /// What it must be instead.
        remedy: &'static str,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; free the port or change the address")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The encrypted transport could not be set up.
    #[error("cannot set up the encrypted transport: {reason}")]
    Transport {
        /// What the transport said.
        reason: String,
    },
}

/// Why an allow-list is refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PeersError {
    /// The bytes are no Ed25519 public key.
    #[error("peer {id} is no Ed25519 public key; correct it in the registry")]
    InvalidKey {
        /// The bytes given.
        id: NodeId,
    },
    /// A key is listed twice, perhaps with two addresses.
    #[error("peer {id} is listed twice; keep one entry")]
    Duplicate {
        /// The key listed twice.
        id: NodeId,
    },
    /// The list is longer than [`crate::MAX_VALIDATORS`] or [`crate::MAX_OTHERS`].
    #[error("{count} peers are listed as {role:?}, the limit is {limit}; remove nodes that left")]
    TooMany {
        /// The role with too many.
        role: Role,
        /// How many are listed.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// A peer has more addresses than [`crate::MAX_ADDRESSES`].
    #[error("peer {id} has {count} addresses, the limit is {limit}; keep the ones in use")]
    TooManyAddresses {
        /// The node's identity in the configuration.
        id: NodeId,
        /// How many are given.
        count: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// No connection can be made to the address.
    #[error("peer {id} has the address {address}, which cannot be dialled; give the IP and port that it listens on")]
    UnusableAddress {
        /// The node's identity in the configuration.
        id: NodeId,
        /// The address given.
        address: SocketAddr,
    },
}

/// Why a frame was not queued. Nothing was sent; the caller decides whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum SendError {
    /// The peer is known, but there is no ready connection; wait for its `Connected` event.
    #[error("peer {to} is not connected")]
    NotConnected {
        /// The peer that the frame was for.
        to: NodeId,
    },
    /// The outgoing queue of this peer and class is full; the frame is counted as dropped.
    #[error("the {class} queue to peer {to} is full")]
    QueueFull {
        /// The peer that the frame was for.
        to: NodeId,
        /// The class whose queue is full.
        class: Class,
    },
    /// The frame is longer than the class allows, so the peer would refuse it.
    #[error("a {class} frame of {bytes} bytes exceeds the limit of {limit}")]
    TooLarge {
        /// The class that sets the limit.
        class: Class,
        /// The frame's length, in bytes.
        bytes: usize,
        /// The class's limit, in bytes.
        limit: u32,
    },
    /// A frame of no bytes is the keep-alive and cannot carry a message.
    #[error("an empty frame cannot be sent")]
    Empty,
    /// The peer is not on the allow-list.
    #[error("peer {to} is not on the allow-list")]
    UnknownPeer {
        /// The peer that the frame was for.
        to: NodeId,
    },
}
