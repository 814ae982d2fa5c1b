//! The state commitments after the last blocks. Who names one has executed that block, or knows
//! somebody who has: a sign of life of a candidate's node, not a proof.

use corridor_crypto::Digest;
use corridor_types::Height;

use crate::limits::RECENT_BLOCKS;
use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// The commitment after a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RecentState {
    pub height: Height,
    pub state: Digest,
}
corridor_types::codec_struct!(RecentState { height, state });

/// The ring: a block's commitment is at its height modulo [`RECENT_BLOCKS`].
#[derive(Debug, Clone)]
pub(crate) struct Recent {
    pub slots: Slots<RecentState>,
}

fn slot_of(height: Height) -> u32 {
    let [.., a, b, c, d] = (height.0 % u64::from(RECENT_BLOCKS)).to_be_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl Index<RecentState> for Recent {
    /// The ring holds the commitments of the last blocks, and no others.
    fn new(slots: Slots<RecentState>, meta: &Meta) -> Result<Self, Misplaced> {
        let recent = Self { slots };
        match recent.find_wrong(meta.height) {
            None => Ok(recent),
            Some(slot) => Err(Slots::<RecentState>::misplaced(slot, "it does not hold the block that belongs there")),
        }
    }
}

impl Recent {
    /// Records the commitment after a block. That is done at the start of the next block: the
    /// commitment covers this table and cannot cover itself.
    pub fn record(&mut self, height: Height, state: Digest) {
        let before = height.0.checked_sub(1).is_none_or(|before| self.at(Height(before)).is_some());
        self.slots.demand(before, "the ring of commitments has no gap");
        self.slots.put(slot_of(height), Some(RecentState { height, state }));
    }

    /// The commitment after a block, if it is recent enough.
    pub fn at(&self, height: Height) -> Option<Digest> {
        self.slots.get(slot_of(height)).filter(|recent| recent.height == height).map(|recent| recent.state)
    }

    /// The first slot that does not hold what it must after `last` blocks.
    fn find_wrong(&self, last: Height) -> Option<u32> {
        // Saturating: a young chain keeps all of its commitments.
        let oldest = last.0.saturating_sub(u64::from(RECENT_BLOCKS));
        let missing = (oldest..last.0).map(Height).find(|height| self.at(*height).is_none()).map(slot_of);
        let strange = |(slot, recent): &(u32, &RecentState)| recent.height >= last || slot_of(recent.height) != *slot;
        let surplus = || self.slots.iter().find(strange).map(|(slot, _)| slot);
        missing.or_else(surplus)
    }
}
