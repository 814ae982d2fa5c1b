//! A network inside one process: the frames, classes, queues, allow-lists and events of the real one,
//! without sockets, handshakes or time. For whoever runs several nodes in one process, such as tests.
//!
//! Two nodes are connected while both have joined and each lists the other. A frame goes straight into
//! the receiver's queue; if that is full, it is refused as by a full outgoing queue.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;

use crate::class::{Class, PerClass};
use crate::config::{NodeId, Peer, check_peers};
use crate::error::{PeersError, SendError};
use crate::inbox::Inbox;
use crate::limits::Limits;
use crate::network::Events;
use crate::notices::Notices;
use crate::transport::Transport;

/// Where the nodes of one process meet. Clones are the same place.
#[derive(Clone, Default)]
pub struct Hub {
    nodes: Arc<Mutex<BTreeMap<NodeId, Member>>>,
}

struct Member {
    listed: BTreeSet<NodeId>,
    inboxes: PerClass<Arc<Inbox>>,
    notices: Arc<Notices>,
}

impl Hub {
    /// Makes a node known, and connects it to those that list it and that it lists. A node that joins
    /// again takes the place of the one before.
    ///
    /// # Errors
    /// [`PeersError`] if the list is not usable.
    pub fn join(&self, own: NodeId, peers: &[Peer]) -> Result<(MemoryNetwork, Events), PeersError> {
        check_peers(own, peers)?;
        self.leave(own);
        let limits = Limits::default().incoming;
        let (consensus, consensus_receiver) = Inbox::new(limits.consensus);
        let (lanes, lanes_receiver) = Inbox::new(limits.lanes);
        let (sync, sync_receiver) = Inbox::new(limits.sync);
        let (notices, peer_receiver) = Notices::new();
        let inboxes = PerClass { consensus, lanes, sync };
        self.lock().insert(own, Member { listed: BTreeSet::new(), inboxes, notices });
        self.list(own, peers.iter().map(|peer| peer.id).collect());
        let events =
            Events { consensus: consensus_receiver, lanes: lanes_receiver, sync: sync_receiver, peers: peer_receiver };
        Ok((MemoryNetwork { own, hub: self.clone() }, events))
    }

    /// Replaces a node's list and tells both ends of every link that came or went.
    fn list(&self, own: NodeId, listed: BTreeSet<NodeId>) {
        let mut nodes = self.lock();
        let before = linked(&nodes, own);
        if let Some(member) = nodes.get_mut(&own) {
            member.listed = listed;
        }
        let after = linked(&nodes, own);
        for gone in before.difference(&after) {
            each_end(&nodes, own, *gone, Notices::disconnected);
        }
        for came in after.difference(&before) {
            each_end(&nodes, own, *came, Notices::connected);
        }
    }

    /// A node that is not there is left alone.
    fn leave(&self, own: NodeId) {
        self.list(own, BTreeSet::new());
        if let Some(member) = self.lock().remove(&own) {
            Class::ALL.into_iter().for_each(|class| member.inboxes.of(class).end());
            member.notices.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, Member>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The nodes that list `own` and that it lists.
fn linked(nodes: &BTreeMap<NodeId, Member>, own: NodeId) -> BTreeSet<NodeId> {
    let listed = nodes.get(&own).into_iter().flat_map(|member| &member.listed);
    listed.filter(|peer| nodes.get(peer).is_some_and(|member| member.listed.contains(&own))).copied().collect()
}

fn each_end(nodes: &BTreeMap<NodeId, Member>, one: NodeId, other: NodeId, tell: fn(&Notices, NodeId)) {
    for (whom, about) in [(one, other), (other, one)] {
        if let Some(member) = nodes.get(&whom) {
            tell(&member.notices, about);
        }
    }
}

/// A node's handle. The node stays until [`Transport::shutdown`].
#[derive(Clone)]
pub struct MemoryNetwork {
    own: NodeId,
    hub: Hub,
}

impl MemoryNetwork {
    fn queue(
        &self,
        nodes: &BTreeMap<NodeId, Member>,
        to: NodeId,
        class: Class,
        frame: &Bytes,
    ) -> Result<(), SendError> {
        if !nodes.get(&self.own).is_some_and(|member| member.listed.contains(&to)) {
            return Err(SendError::UnknownPeer { to });
        }
        let receiver = nodes.get(&to).filter(|member| member.listed.contains(&self.own));
        let receiver = receiver.ok_or(SendError::NotConnected { to })?;
        let entrance = receiver.inboxes.of(class).entrance(self.own);
        match entrance.try_push(&mut Some(frame.to_vec())) {
            true => Ok(()),
            false => Err(SendError::QueueFull { to, class }),
        }
    }
}

impl Transport for MemoryNetwork {
    fn id(&self) -> NodeId {
        self.own
    }

    fn try_send(&self, to: NodeId, class: Class, frame: Bytes) -> Result<(), SendError> {
        Limits::default().check_frame(class, &frame)?;
        self.queue(&self.hub.lock(), to, class, &frame)
    }

    fn broadcast(&self, class: Class, frame: Bytes) -> Result<usize, SendError> {
        Limits::default().check_frame(class, &frame)?;
        let nodes = self.hub.lock();
        let queued = |to: &NodeId| self.queue(&nodes, *to, class, &frame).is_ok();
        Ok(linked(&nodes, self.own).into_iter().filter(queued).count())
    }

    fn set_peers(&self, peers: &[Peer]) -> Result<(), PeersError> {
        check_peers(self.own, peers)?;
        self.hub.list(self.own, peers.iter().map(|peer| peer.id).collect());
        Ok(())
    }

    fn shutdown(&self) -> impl Future<Output = ()> + Send {
        self.hub.leave(self.own);
        std::future::ready(())
    }
}

#[cfg(test)]
mod tests;
