//! References that were accepted here and are not decided yet, so that a client that asks at once is told
//! "pending". Kept in memory only: after a restart a client sees "unknown" until the block comes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use corridor_types::Uetr;

/// The most that are remembered, some seconds of full load at 48 bytes each; the oldest is forgotten first.
const MAX_PENDING: usize = 65_536;

/// The newest accepted references.
#[derive(Default)]
pub struct Pending {
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Oldest first; the same references as in `known`.
    order: VecDeque<Uetr>,
    known: BTreeSet<Uetr>,
}

impl Pending {
    /// Remembers a reference. One that is known keeps its place.
    pub fn insert(&self, reference: Uetr) {
        let mut kept = self.lock();
        if !kept.known.insert(reference) {
            return;
        }
        kept.order.push_back(reference);
        if kept.order.len() > MAX_PENDING
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.known.remove(&oldest);
        }
    }

    /// True if the reference was accepted here lately.
    pub fn contains(&self, reference: &Uetr) -> bool {
        self.lock().known.contains(reference)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(number: u32) -> Uetr {
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&number.to_be_bytes());
        Uetr::from_random(bytes)
    }

    #[test]
    fn the_oldest_is_forgotten_and_memory_is_bounded() {
        let (pending, most) = (Pending::default(), u32::try_from(MAX_PENDING).unwrap_or(u32::MAX));
        (0..most + 2).for_each(|number| pending.insert(reference(number)));
        assert!(!pending.contains(&reference(0)) && !pending.contains(&reference(1)));
        assert!(pending.contains(&reference(2)) && pending.contains(&reference(most + 1)));
        let kept = pending.lock();
        assert_eq!((kept.order.len(), kept.known.len()), (MAX_PENDING, MAX_PENDING));
    }

    #[test]
    fn a_repetition_costs_no_place() {
        let pending = Pending::default();
        for _ in 0..MAX_PENDING + 5 {
            pending.insert(reference(7));
        }
        pending.insert(reference(8));
        assert!(pending.contains(&reference(7)), "a repeated reference does not push itself out");
        assert_eq!(pending.lock().order.len(), 2);
    }
}
