//! How far each peer holds our own lane, and when to send it something again. Sends nothing itself.

use std::collections::BTreeMap;

use corridor_types::{Sequence, ValidatorIndex, ValidatorSet};

use crate::config::{Limits, RESEND_WAIT_FACTOR};

/// One peer. `acknowledged <= burst_end <= behind_until` while something is being sent again.
#[derive(Debug, Default)]
struct Peer {
    /// It holds our lane up to here.
    acknowledged: Sequence,
    /// Up to here it was last sent something again.
    burst_end: Sequence,
    /// Up to here what we streamed may be lost.
    behind_until: Sequence,
    /// When it is sent something again, unless it acknowledges before.
    resend_at_ms: Option<u64>,
    wait_ms: u64,
}

/// What all peers hold, and what is still to be sent to each.
#[derive(Debug)]
pub(crate) struct Delivery {
    peers: BTreeMap<ValidatorIndex, Peer>,
}

/// The newest batches of our lane, and the newest that everybody can get elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reach {
    pub finalized: Sequence,
    pub tip: Sequence,
}

impl Delivery {
    /// Nobody holds anything yet, as far as we know. An author whose validator left the set delivers to
    /// all that are in it: what nobody got cannot be fetched from anybody.
    pub fn new(validators: &ValidatorSet, me: Option<ValidatorIndex>) -> Self {
        let others = validators.iter().map(|(index, _)| index).filter(|index| Some(*index) != me);
        Self { peers: others.map(|index| (index, Peer::default())).collect() }
    }

    /// The tip was streamed to all.
    pub fn on_streamed(&mut self, now_ms: u64, limits: &Limits) {
        for peer in self.peers.values_mut().filter(|peer| peer.resend_at_ms.is_none()) {
            peer.wait_ms = limits.retransmit_ms;
            peer.resend_at_ms = Some(now_ms.saturating_add(peer.wait_ms));
        }
    }

    /// A peer says how far it holds our lane.
    pub fn on_acknowledged(
        &mut self,
        now_ms: u64,
        from: ValidatorIndex,
        sequence: Sequence,
        reach: Reach,
        limits: &Limits,
    ) {
        let Some(peer) = self.peers.get_mut(&from).filter(|peer| sequence > peer.acknowledged) else { return };
        peer.acknowledged = sequence;
        peer.wait_ms = limits.retransmit_ms;
        let burst_done = sequence >= peer.burst_end && sequence < peer.behind_until;
        let wait_ms = if burst_done { 0 } else { peer.wait_ms };
        peer.resend_at_ms = (sequence < reach.tip).then(|| now_ms.saturating_add(wait_ms));
    }

    /// A link came up: everything that was not acknowledged may be lost.
    pub fn on_peer_up(&mut self, now_ms: u64, index: ValidatorIndex, reach: Reach, limits: &Limits) {
        let Some(peer) = self.peers.get_mut(&index) else { return };
        peer.wait_ms = limits.retransmit_ms;
        peer.behind_until = reach.tip;
        peer.resend_at_ms = (peer.acknowledged < reach.tip).then_some(now_ms);
    }

    /// Peers to send to again now, each with the last batch that it has.
    pub fn take_due(&mut self, now_ms: u64, reach: Reach, limits: &Limits) -> Vec<(ValidatorIndex, Sequence)> {
        let mut due = Vec::new();
        for (index, peer) in &mut self.peers {
            let has = peer.acknowledged.max(reach.finalized);
            if has >= reach.tip {
                peer.resend_at_ms = None;
            } else if peer.resend_at_ms.is_some_and(|at| at <= now_ms) {
                peer.behind_until = reach.tip;
                peer.resend_at_ms = Some(now_ms.saturating_add(peer.wait_ms));
                peer.wait_ms = (2 * peer.wait_ms).min(RESEND_WAIT_FACTOR * limits.retransmit_ms);
                due.push((*index, has));
            }
        }
        due
    }

    /// A peer was sent again everything up to `end`.
    pub fn on_resent(&mut self, index: ValidatorIndex, end: Sequence) {
        if let Some(peer) = self.peers.get_mut(&index) {
            peer.burst_end = end;
        }
    }

    /// True if more than two thirds of voting power, `me` included, hold our lane up to its tip.
    pub fn is_held_by_quorum(&self, validators: &ValidatorSet, me: Option<ValidatorIndex>, reach: Reach) -> bool {
        let holds = |(_, peer): &(&ValidatorIndex, &Peer)| peer.acknowledged >= reach.tip;
        let power: u128 = self.peers.iter().filter(holds).map(|(index, _)| validators.power(*index)).sum();
        reach.finalized >= reach.tip || validators.is_quorum(power + me.map_or(0, |me| validators.power(me)))
    }

    /// When [`Self::take_due`] has something to do next.
    pub fn next_deadline(&self) -> Option<u64> {
        self.peers.values().filter_map(|peer| peer.resend_at_ms).min()
    }
}
