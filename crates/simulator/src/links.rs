//! Links between machines: what is lost, doubled, cut, and how long the rest takes.

use std::collections::{BTreeMap, BTreeSet};

use crate::faults::fired;
use crate::random::Chance;
use crate::roster::NodeId;
use crate::tally::Tally;

/// What happens to messages while faults are on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkFaults {
    /// Lost, of a thousand.
    pub loss_per_mille: u64,
    /// Delivered twice, of a thousand.
    pub duplicate_per_mille: u64,
    /// Least delay, in milliseconds.
    pub delay_min_ms: u64,
    /// Largest delay, in milliseconds. Above the least: messages overtake each other.
    pub delay_max_ms: u64,
}

impl LinkFaults {
    /// A good network.
    pub const GOOD: Self = Self { loss_per_mille: 0, duplicate_per_mille: 0, delay_min_ms: 1, delay_max_ms: 3 };
}

/// Directed links that carry nothing.
pub type Cut = BTreeSet<(NodeId, NodeId)>;

/// The state of all links.
#[derive(Debug)]
pub struct Links {
    faults: LinkFaults,
    cut: Cut,
    /// Both ends know of the cut: the connection is gone. Otherwise they go on sending.
    noticed: bool,
    dark: bool,
    /// When the latest message on each link arrives, to tell which ones overtake.
    latest_ms: BTreeMap<(NodeId, NodeId), u64>,
}

impl Links {
    /// Links with these faults and no cut.
    pub const fn new(faults: LinkFaults) -> Self {
        Self { faults, cut: Cut::new(), noticed: false, dark: false, latest_ms: BTreeMap::new() }
    }

    /// Replaces the cut.
    pub fn set_cut(&mut self, cut: Cut, noticed: bool) {
        (self.cut, self.noticed) = (cut, noticed);
    }

    /// From now on everything is lost, or not any more.
    pub const fn set_dark(&mut self, dark: bool) {
        self.dark = dark;
    }

    /// True while everything is lost.
    pub const fn is_dark(&self) -> bool {
        self.dark
    }

    /// Nothing is lost, delayed or cut from now on.
    pub fn heal(&mut self) {
        self.faults = LinkFaults::GOOD;
        self.cut.clear();
        self.dark = false;
    }

    /// True unless both ends know that the link between them is cut.
    pub fn connected(&self, a: NodeId, b: NodeId) -> bool {
        !self.noticed || !(self.cut.contains(&(a, b)) || self.cut.contains(&(b, a)))
    }

    /// When copies of one message arrive, at most two; times in milliseconds.
    pub fn route(
        &mut self,
        now_ms: u64,
        (from, to): (NodeId, NodeId),
        chance: &mut Chance,
        tally: &mut Tally,
    ) -> [Option<u64>; 2] {
        if self.dark {
            tally.count(fired::LOST_IN_BLACKOUT);
            return [None, None];
        }
        if self.cut.contains(&(from, to)) {
            tally.count(fired::LOST_AT_CUT);
            return [None, None];
        }
        if chance.happens(self.faults.loss_per_mille) {
            tally.count(fired::LOSS);
            return [None, None];
        }
        let first = self.arrival(now_ms, (from, to), chance, tally);
        let again = chance.happens(self.faults.duplicate_per_mille).then(|| {
            tally.count(fired::DUPLICATION);
            self.arrival(now_ms, (from, to), chance, tally)
        });
        [Some(first), again]
    }

    fn arrival(&mut self, now_ms: u64, link: (NodeId, NodeId), chance: &mut Chance, tally: &mut Tally) -> u64 {
        let delay = chance.between(self.faults.delay_min_ms, self.faults.delay_max_ms);
        if delay > LinkFaults::GOOD.delay_max_ms {
            tally.count(fired::DELAY);
        }
        let at = now_ms + delay;
        let latest = self.latest_ms.entry(link).or_default();
        if at < *latest {
            tally.count(fired::REORDERING);
        }
        *latest = at.max(*latest);
        at
    }
}
