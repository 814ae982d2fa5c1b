//! How many questions of a peer are answered: each costs a disk read and up to a megabyte.

use std::collections::BTreeMap;

use crate::input::Peer;

/// Answers to one peer within [`PERIOD_MS`]. A peer that catches up asks for some batches and one
/// range at a time; a hundred a second let it fetch 50 MB/s and cost us a tenth of a core.
const ANSWERS_PER_PERIOD: u32 = 100;

/// The period over which answers are counted, in milliseconds.
const PERIOD_MS: u64 = 1_000;

/// Counts answers per peer. Only listed nodes have links, so there are few peers.
#[derive(Debug, Default)]
pub struct AnswerBudget {
    period_start_ms: u64,
    given: BTreeMap<Peer, u32>,
}

impl AnswerBudget {
    /// Takes one answer off the peer's budget; false if it has none left in this period.
    pub fn take(&mut self, now_ms: u64, peer: Peer) -> bool {
        if now_ms >= self.period_start_ms.saturating_add(PERIOD_MS) {
            self.period_start_ms = now_ms;
            self.given.clear();
        }
        let given = self.given.entry(peer).or_default();
        *given = given.saturating_add(1);
        *given <= ANSWERS_PER_PERIOD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_per_peer_and_comes_back() {
        let mut budget = AnswerBudget::default();
        let key = |seed: u8| corridor_crypto::SecretKey::from_seed(&[seed; 32]).public_key();
        let (greedy, modest) = (key(0), key(1));
        let given = (0..1_000).filter(|_| budget.take(5_000, greedy)).count();
        assert_eq!(given, 100);
        assert!(budget.take(5_000, modest));
        assert!(!budget.take(5_999, greedy));
        assert!(budget.take(6_000, greedy));
    }
}
