//! When to ask for settlement certificates, and whom. The replica checks and keeps them.

use corridor_crypto::PublicKey;
use corridor_crypto::planted::{self, Bug};
use corridor_types::limits::MAX_CERTIFICATES_PER_RESPONSE;
use corridor_types::{Height, Request};

use crate::peers::Peers;
use crate::standing::Subject;
use crate::{Action, Limits};

/// The one question that is open.
#[derive(Debug, Clone, Copy)]
struct Asked {
    to: PublicKey,
    until_ms: u64,
}

/// What we hold and when we may ask.
#[derive(Debug)]
pub(crate) struct Settlements {
    settled: Height,
    /// When to ask unless we moved before; set only while a peer has more.
    ask_at_ms: Option<u64>,
    asked: Option<Asked>,
}

impl Settlements {
    pub const fn new(settled: Height) -> Self {
        Self { settled, ask_at_ms: None, asked: None }
    }

    /// We hold certificates up to `height`. With more than half an answer left to get, the next
    /// question need not wait.
    pub fn on_settled(&mut self, now_ms: u64, height: Height, peers: &mut Peers) {
        if height <= self.settled {
            return;
        }
        self.settled = height;
        if let Some(asked) = self.asked.take() {
            peers.delivered(&asked.to, Subject::Settlements);
        }
        let left = peers.best_settled(now_ms, height.next()).0.saturating_sub(height.0);
        let far = left > MAX_CERTIFICATES_PER_RESPONSE as u64 / 2;
        self.ask_at_ms = far.then_some(now_ms);
    }

    pub fn on_peer_down(&mut self, peer: &PublicKey) {
        self.asked.take_if(|asked| asked.to == *peer);
    }

    /// Asks if we stood still for long enough. Certificates of blocks that we have not finalized
    /// are of no use, so those of at most `finalized` are asked for.
    pub fn step(&mut self, now_ms: u64, finalized: Height, peers: &mut Peers, limits: &Limits) -> Option<Action> {
        if let Some(asked) = self.asked.take_if(|asked| asked.until_ms <= now_ms) {
            peers.silent(now_ms, &asked.to, Subject::Settlements);
        }
        let next = self.settled.next();
        if self.asked.is_some() {
            return None;
        }
        if peers.best_settled(now_ms, next) < next || finalized < next || planted::is(Bug::SettlementsNeverAsked) {
            self.ask_at_ms = None;
            return None;
        }
        let patient_ms = now_ms.saturating_add(limits.settlement_patience_ms);
        if *self.ask_at_ms.get_or_insert(patient_ms) > now_ms {
            return None;
        }
        let to = peers.next_settled(now_ms, next)?;
        self.asked = Some(Asked { to, until_ms: now_ms.saturating_add(limits.answer_timeout_ms) });
        Some(Action::Ask { to, request: Request::Settlements { from: next } })
    }

    pub fn next_deadline(&self) -> Option<u64> {
        self.asked.map(|asked| asked.until_ms).or(self.ask_at_ms)
    }
}
