//! Counts by name: faults that fired, and what attackers did.

use std::collections::BTreeMap;

/// How often what happened, by its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally(BTreeMap<&'static str, u64>);

impl Tally {
    /// Counts one more of `what`.
    pub fn count(&mut self, what: &'static str) {
        *self.0.entry(what).or_default() += 1;
    }

    /// How often so far.
    pub fn of(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or_default()
    }

    /// All of it, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(what, count)| (*what, *count))
    }

    /// Adds another tally to this one.
    pub fn add(&mut self, other: &Self) {
        for (what, count) in other.iter() {
            *self.0.entry(what).or_default() += count;
        }
    }
}
