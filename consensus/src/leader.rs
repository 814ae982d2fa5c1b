//! Who leads which view: a fixed weighted round robin, the same on every node. It never depends on
//! what happened in earlier views, so that a node which jumps ahead needs no history.

use corridor_types::{ValidatorIndex, ValidatorSet, View};

/// Turns in one round at most, a few kilobytes. Weights that need more are scaled down to it, each
/// validator keeping at least one turn; 1,024 keeps shares exact to a tenth of a percent.
pub const MAX_CYCLE: u128 = 1_024;

/// The order of turns. Equal weights give `view mod n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaders {
    turns: Vec<ValidatorIndex>,
}

fn greatest_common_divisor(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// How many turns each validator has in a round.
fn shares(validators: &ValidatorSet) -> Vec<u128> {
    let powers: Vec<u128> = validators.iter().map(|(index, _)| validators.power(index)).collect();
    let divisor = powers.iter().copied().fold(0, greatest_common_divisor).max(1);
    let total = validators.total_power();
    let exact = total / divisor <= MAX_CYCLE;
    let share = |power: u128| if exact { power / divisor } else { (power * MAX_CYCLE / total).max(1) };
    powers.into_iter().map(share).collect()
}

impl Leaders {
    /// Lays out one round: at every turn each validator's credit grows by its share, and the one
    /// with the most credit (the first among equals) leads and pays the total. Turns of heavy
    /// validators are thereby spread out.
    pub fn new(validators: &ValidatorSet) -> Self {
        let shares = shares(validators);
        let total: u128 = shares.iter().sum();
        // Credits are kept as `turn * share` earned and `led * total` paid: no sign, no overflow.
        let mut led = vec![0_u128; shares.len()];
        let leaders: Vec<_> = validators.iter().map(|(index, _)| index).collect();
        let mut turns = Vec::new();
        for turn in 1..=total {
            let behind = |at: &usize| (turn * shares[*at] + total) - led[*at] * total;
            let Some(richest) = (0..leaders.len()).rev().max_by_key(behind) else { break };
            led[richest] += 1;
            turns.push(leaders[richest]);
        }
        debug_assert_eq!(turns.len() as u128, total, "a validator set is not empty");
        debug_assert!(led.iter().all(|count| *count > 0), "everybody leads at least once in a round");
        Self { turns }
    }

    /// The leader of a view.
    pub fn of(&self, view: View) -> ValidatorIndex {
        // Below the length of `turns`, which is not empty: a validator set is not.
        #[allow(clippy::cast_possible_truncation, reason = "at most as long as the list")]
        let turn = (view.0 % self.cycle()) as usize;
        self.turns[turn]
    }

    /// Views in one round: within as many, everybody leads at least once.
    pub fn cycle(&self) -> u64 {
        self.turns.len() as u64
    }
}
