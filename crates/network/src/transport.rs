//! What a node does with its network, whatever carries the frames: [`Network`] over TCP, or
//! [`crate::MemoryNetwork`] inside one process. Both give the same [`crate::Events`].

use std::future::Future;

use bytes::Bytes;

use crate::class::Class;
use crate::config::{NodeId, Peer};
use crate::error::{PeersError, SendError};
use crate::network::Network;

/// The sending side of a network, with its allow-list. Every call returns at once, except
/// [`Transport::shutdown`].
pub trait Transport: Clone + Send + Sync + 'static {
    /// This node's own identity.
    fn id(&self) -> NodeId;

    /// Queues a frame for one peer. Frames of one class arrive in the order in which they were
    /// queued, as long as the connection lasts.
    ///
    /// # Errors
    /// [`SendError`]: the frame was not queued.
    fn try_send(&self, to: NodeId, class: Class, frame: Bytes) -> Result<(), SendError>;

    /// Queues a frame for every connected peer, and says for how many.
    ///
    /// # Errors
    /// [`SendError::TooLarge`] and [`SendError::Empty`]: nothing was queued.
    fn broadcast(&self, class: Class, frame: Bytes) -> Result<usize, SendError>;

    /// Replaces the allow-list. From the return of this call on no frame is queued for a peer that
    /// left.
    ///
    /// # Errors
    /// [`PeersError`]: the old list stays.
    fn set_peers(&self, peers: &[Peer]) -> Result<(), PeersError>;

    /// Closes every connection, and returns when that is done.
    fn shutdown(&self) -> impl Future<Output = ()> + Send;
}

impl Transport for Network {
    fn id(&self) -> NodeId {
        Self::id(self)
    }

    fn try_send(&self, to: NodeId, class: Class, frame: Bytes) -> Result<(), SendError> {
        Self::try_send(self, to, class, frame)
    }

    fn broadcast(&self, class: Class, frame: Bytes) -> Result<usize, SendError> {
        Self::broadcast(self, class, frame)
    }

    fn set_peers(&self, peers: &[Peer]) -> Result<(), PeersError> {
        Self::set_peers(self, peers)
    }

    fn shutdown(&self) -> impl Future<Output = ()> + Send {
        Self::shutdown(self)
    }
}
