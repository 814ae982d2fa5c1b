//! Links between validators: what is lost, doubled, and how long the rest takes.

use crate::random::Chance;

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

    /// When one message arrives: never, once or twice; delays in milliseconds.
    pub fn delays(&self, chance: &mut Chance) -> Vec<u64> {
        if chance.happens(self.loss_per_mille) {
            return Vec::new();
        }
        let copies = if chance.happens(self.duplicate_per_mille) { 2 } else { 1 };
        (0..copies).map(|_| chance.between(self.delay_min_ms, self.delay_max_ms)).collect()
    }
}
