//! Received frames of one class, waiting for the consumer: a bounded queue per peer, served in
//! turn. A peer whose queue is full waits (its stream is not read), and delays no other peer; a
//! frame once accepted is never dropped while the consumer lives.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::config::NodeId;
use crate::limits::QueueLimit;

/// A frame from a peer, exactly as it was sent. Only its sender's key and its length are checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Who sent it.
    pub from: NodeId,
    /// What was sent; never empty.
    pub bytes: Vec<u8>,
}

/// The consumer's end of one class. Peers are served in turn, one frame each.
pub struct MessageReceiver {
    inbox: Arc<Inbox>,
}

impl MessageReceiver {
    /// The next message, or `None` once the network has stopped and everything accepted was
    /// handed out. Cancelling loses nothing.
    pub async fn recv(&mut self) -> Option<Message> {
        loop {
            if let Some(message) = self.try_recv() {
                return Some(message);
            }
            if self.inbox.lock().ended {
                return None;
            }
            self.inbox.arrived.notified().await;
        }
    }

    /// The next message if one is waiting.
    pub fn try_recv(&mut self) -> Option<Message> {
        self.inbox.lock().pop()
    }
}

impl Drop for MessageReceiver {
    fn drop(&mut self) {
        let mut state = self.inbox.lock();
        state.abandoned = true;
        for queue in std::mem::take(&mut state.queues).into_values() {
            queue.room.notify_one();
        }
    }
}

/// The queues of one class.
pub(crate) struct Inbox {
    limit: QueueLimit,
    state: Mutex<State>,
    arrived: Notify,
}

#[derive(Default)]
struct State {
    /// Peers with at least one frame waiting; no entry is ever empty.
    queues: BTreeMap<NodeId, PeerQueue>,
    /// Who was served last.
    served: Option<NodeId>,
    ended: bool,
    abandoned: bool,
}

struct PeerQueue {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
    room: Arc<Notify>,
}

impl Inbox {
    pub(crate) fn new(limit: QueueLimit) -> (Arc<Self>, MessageReceiver) {
        let inbox = Arc::new(Self { limit, state: Mutex::default(), arrived: Notify::new() });
        (Arc::clone(&inbox), MessageReceiver { inbox })
    }

    /// No more frames will come.
    pub(crate) fn end(&self) {
        self.lock().ended = true;
        self.arrived.notify_one();
    }

    /// The entrance for one stream of `from`.
    pub(crate) fn entrance(self: &Arc<Self>, from: NodeId) -> Entrance {
        Entrance { inbox: Arc::clone(self), from, room: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn pop(&mut self) -> Option<Message> {
        let from = self.next_peer()?;
        self.served = Some(from);
        let queue = self.queues.get_mut(&from)?;
        let bytes = queue.frames.pop_front()?;
        queue.bytes -= bytes.len();
        queue.room.notify_one();
        if queue.frames.is_empty() {
            self.queues.remove(&from);
        }
        Some(Message { from, bytes })
    }

    fn next_peer(&self) -> Option<NodeId> {
        let after = self.served.map_or(Bound::Unbounded, Bound::Excluded);
        let next = self.queues.range((after, Bound::Unbounded)).next();
        next.or_else(|| self.queues.first_key_value()).map(|(id, _)| *id)
    }
}

/// Where one stream's reader puts its frames.
pub(crate) struct Entrance {
    inbox: Arc<Inbox>,
    from: NodeId,
    room: Arc<Notify>,
}

impl Entrance {
    /// Waits for room, then queues the frame.
    pub(crate) async fn push(&self, frame: Vec<u8>) {
        let mut frame = Some(frame);
        while !self.try_push(&mut frame) {
            self.room.notified().await;
        }
    }

    /// Takes the frame if there is room, and then says true.
    pub(crate) fn try_push(&self, frame: &mut Option<Vec<u8>>) -> bool {
        let mut state = self.inbox.lock();
        if state.abandoned {
            return true;
        }
        let queue = state.queues.entry(self.from).or_insert_with(|| PeerQueue::new(&self.room));
        let length = frame.as_ref().map_or(0, Vec::len);
        if !queue.has_room(length, self.inbox.limit) {
            // A predecessor's stream may have made this queue: wake the one who waits now.
            queue.room = Arc::clone(&self.room);
            return false;
        }
        queue.bytes += length;
        queue.frames.extend(frame.take());
        drop(state);
        self.inbox.arrived.notify_one();
        true
    }
}

impl PeerQueue {
    fn new(room: &Arc<Notify>) -> Self {
        Self { frames: VecDeque::new(), bytes: 0, room: Arc::clone(room) }
    }

    fn has_room(&self, length: usize, limit: QueueLimit) -> bool {
        self.frames.is_empty() || (self.frames.len() < limit.frames && self.bytes + length <= limit.bytes)
    }
}

#[cfg(test)]
mod tests;
