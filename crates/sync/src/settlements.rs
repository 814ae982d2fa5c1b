//! When to ask for settlement certificates. The replica checks and keeps them.

use corridor_types::limits::MAX_CERTIFICATES_PER_RESPONSE;
use corridor_types::{Height, Request};

use crate::Action;
use crate::config::Limits;
use crate::peers::Peers;

/// What we hold and when we may ask.
#[derive(Debug)]
pub(crate) struct Settlements {
    settled: Height,
    /// When to ask unless we moved before; set only while a peer has more.
    ask_at_ms: Option<u64>,
}

impl Settlements {
    pub const fn new(settled: Height) -> Self {
        Self { settled, ask_at_ms: None }
    }

    /// We hold certificates up to `height`. With more than half an answer left to get, the next
    /// question need not wait.
    pub fn on_settled(&mut self, now_ms: u64, height: Height, peers: &Peers) {
        if height <= self.settled {
            return;
        }
        self.settled = height;
        let left = peers.best_settled(now_ms).0.saturating_sub(height.0);
        let far = left > MAX_CERTIFICATES_PER_RESPONSE as u64 / 2;
        self.ask_at_ms = far.then_some(now_ms);
    }

    /// Asks if we stood still for long enough. Certificates of blocks that we have not finalized
    /// are of no use, so those of at most `finalized` are asked for.
    pub fn step(&mut self, now_ms: u64, finalized: Height, peers: &mut Peers, limits: &Limits) -> Option<Action> {
        if peers.best_settled(now_ms) <= self.settled || finalized <= self.settled {
            self.ask_at_ms = None;
            return None;
        }
        let again_ms = now_ms.saturating_add(limits.settlement_patience_ms);
        let ask_at_ms = *self.ask_at_ms.get_or_insert(again_ms);
        if ask_at_ms > now_ms {
            return None;
        }
        self.ask_at_ms = Some(again_ms);
        let to = peers.next_settled(now_ms, self.settled)?;
        Some(Action::Ask { to, request: Request::Settlements { from: self.settled.next() } })
    }

    pub const fn next_deadline(&self) -> Option<u64> {
        self.ask_at_ms
    }
}
