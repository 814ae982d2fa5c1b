//! The outgoing queues of one session: bounded in frames and in bytes, one per class. A full queue
//! refuses; it never waits and never drops what it accepted while the session lives.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

use crate::class::PerClass;
use crate::frame::{COALESCED_BYTES, HEADER_BYTES};
use crate::limits::QueueLimit;

/// The outgoing queues of one session.
pub(crate) type Outbox = PerClass<OutQueue>;

/// Why a frame was not queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    Closed,
}

/// The outgoing queue of one class.
pub(crate) struct OutQueue {
    limit: QueueLimit,
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Bytes>,
    bytes: usize,
    closed: bool,
}

impl OutQueue {
    pub(crate) fn new(limit: QueueLimit) -> Self {
        Self { limit, state: Mutex::default(), filled: Notify::new() }
    }

    /// Queues a frame, or says why not.
    pub(crate) fn push(&self, frame: Bytes) -> Result<(), Refused> {
        let mut state = self.lock();
        if state.closed {
            return Err(Refused::Closed);
        }
        let bytes = state.bytes + frame.len();
        if state.frames.len() >= self.limit.frames || bytes > self.limit.bytes {
            return Err(Refused::Full);
        }
        state.bytes = bytes;
        state.frames.push_back(frame);
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for frames: one of any length, or several that share a write. `None` once closed.
    /// Cancelling loses nothing.
    pub(crate) async fn next_batch(&self) -> Option<Vec<Bytes>> {
        loop {
            {
                let mut state = self.lock();
                if state.closed {
                    return None;
                }
                if !state.frames.is_empty() {
                    return Some(state.take_batch());
                }
            }
            self.filled.notified().await;
        }
    }

    /// Forgets what is queued and refuses more.
    pub(crate) fn close(&self) {
        *self.lock() = State { closed: true, ..State::default() };
        self.filled.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take_batch(&mut self) -> Vec<Bytes> {
        let mut batch = Vec::new();
        let mut total = 0;
        while let Some(frame) = self.frames.front() {
            total += frame.len() + HEADER_BYTES;
            if !batch.is_empty() && total > COALESCED_BYTES {
                break;
            }
            self.bytes -= frame.len();
            batch.extend(self.frames.pop_front());
        }
        batch
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(frames: usize, bytes: usize) -> OutQueue {
        OutQueue::new(QueueLimit { frames, bytes })
    }

    fn frame(length: usize) -> Bytes {
        Bytes::from(vec![1; length])
    }

    #[test]
    fn both_limits_refuse() {
        let by_count = queue(2, 100);
        let by_bytes = queue(100, 10);
        assert_eq!((by_count.push(frame(1)), by_count.push(frame(1))), (Ok(()), Ok(())));
        assert_eq!(by_count.push(frame(1)), Err(Refused::Full));
        assert_eq!((by_bytes.push(frame(6)), by_bytes.push(frame(5))), (Ok(()), Err(Refused::Full)));
        assert_eq!(by_bytes.push(frame(4)), Ok(()));
    }

    #[tokio::test]
    async fn taking_makes_room_again_and_keeps_order() {
        let queue = queue(3, COALESCED_BYTES * 2);
        for length in [10, COALESCED_BYTES, 20] {
            assert_eq!(queue.push(frame(length)), Ok(()));
        }
        let mut lengths = Vec::new();
        for _ in 0..3 {
            let batch = queue.next_batch().await.unwrap_or_default();
            lengths.push(batch.iter().map(Bytes::len).collect::<Vec<_>>());
        }
        assert_eq!(lengths, [vec![10], vec![COALESCED_BYTES], vec![20]]);
        assert_eq!(queue.push(frame(COALESCED_BYTES * 2)), Ok(()));
    }

    #[tokio::test]
    async fn a_closed_queue_refuses_and_ends_its_reader() {
        let queue = queue(3, 100);
        assert_eq!(queue.push(frame(1)), Ok(()));
        queue.close();
        assert_eq!(queue.push(frame(1)), Err(Refused::Closed));
        assert!(queue.next_batch().await.is_none());
    }
}
