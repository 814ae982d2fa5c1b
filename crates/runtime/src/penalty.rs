//! Peers whose frames were refused too often are not listened to for a while: checking a frame costs
//! us more than sending a bad one costs them. An honest peer's frames are never refused.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use corridor_network::NodeId;

/// Refused frames per period before a peer is ignored for the rest of it: room for a bug to show in
/// the log, too few to cost more than some hundredths of a core.
const REFUSALS_PER_PERIOD: u32 = 16;

/// The time over which faults are counted.
const PERIOD: Duration = Duration::from_secs(10);

/// Refusals by peer, for one class of messages. At most one entry per listed peer.
#[derive(Debug, Default)]
pub struct Penalties {
    refused: BTreeMap<NodeId, (Instant, u32)>,
}

impl Penalties {
    /// True if the peer's frames are dropped unread at `now`.
    pub fn is_ignored(&self, peer: &NodeId, now: Instant) -> bool {
        let within = |since: &Instant| now.saturating_duration_since(*since) < PERIOD;
        self.refused.get(peer).is_some_and(|(since, count)| within(since) && *count >= REFUSALS_PER_PERIOD)
    }

    /// A frame of the peer was refused at `now`.
    pub fn refuse(&mut self, peer: NodeId, now: Instant) {
        let (since, count) = self.refused.entry(peer).or_insert((now, 0));
        if now.saturating_duration_since(*since) >= PERIOD {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_ignored_after_so_many_refusals_and_heard_again_after_the_period() {
        let (mut penalties, start) = (Penalties::default(), Instant::now());
        let (bad, good) = (NodeId([1; 32]), NodeId([2; 32]));
        (1..REFUSALS_PER_PERIOD).for_each(|_| penalties.refuse(bad, start));
        assert!(!penalties.is_ignored(&bad, start));
        penalties.refuse(bad, start);
        assert!(penalties.is_ignored(&bad, start) && !penalties.is_ignored(&good, start));
        assert!(!penalties.is_ignored(&bad, start + PERIOD));
        penalties.refuse(bad, start + PERIOD);
        assert!(!penalties.is_ignored(&bad, start + PERIOD), "the count begins anew");
    }
}
