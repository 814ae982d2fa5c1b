//! When a snapshot is worth writing. No clock and no disk here.
//!
//! A snapshot reads and writes the whole state, nearly all of which is the log of used references. One at
//! every so many blocks therefore costs the more the longer the history is; one whenever the log has grown by
//! a share of itself costs the same for each payment for ever. Who joins fetches what came after the newest
//! snapshot as blocks: at most that share of the history, or the blocks of a day on a quiet network.

use std::time::{Duration, Instant};

use corridor_types::Height;

/// The rule, as the configuration says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// At least so many blocks lie between two snapshots.
    pub blocks: u64,
    /// By so many percent the log of used references must have grown since the last one ...
    pub growth_percent: u64,
    /// ... unless this long has passed.
    pub max_age: Duration,
}

/// What is new is counted from here: the last snapshot, or the last attempt at one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Last {
    /// After which block.
    pub height: Height,
    /// Leaves of the log of used references then. Zero after a start: the first snapshot of a process is due
    /// by its blocks alone.
    pub references: u64,
    /// When, or when the process began.
    pub at: Instant,
}

impl Rule {
    /// True if another snapshot is due after the block at `height`, with so many leaves in the log.
    pub fn is_due(&self, last: &Last, height: Height, references: u64, now: Instant) -> bool {
        if height.0 < last.height.0.saturating_add(self.blocks) {
            return false;
        }
        let grown = u128::from(references.saturating_sub(last.references)) * 100;
        let has_grown = grown >= u128::from(last.references) * u128::from(self.growth_percent);
        has_grown || now.saturating_duration_since(last.at) >= self.max_age
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn blocks_come_first_then_new_references_or_a_day() {
        let rule = Rule { blocks: 200, growth_percent: 20, max_age: DAY };
        let start = Instant::now();
        let last = Last { height: Height(1_000), references: 50_000, at: start };
        let check = |height, references, after, expected| {
            let due = rule.is_due(&last, Height(height), references, start + after);
            assert_eq!(due, expected, "{height} {references} {after:?}");
        };
        check(1_199, 1_000_000, 2 * DAY, false);
        check(1_200, 59_999, Duration::ZERO, false);
        check(1_200, 60_000, Duration::ZERO, true);
        check(90_000, 50_000, DAY - Duration::from_secs(1), false);
        check(90_000, 50_000, DAY, true);
    }

    #[test]
    fn the_first_of_a_process_is_due_by_its_blocks() {
        let rule = Rule { blocks: 20, growth_percent: 20, max_age: DAY };
        let last = Last { height: Height(0), references: 0, at: Instant::now() };
        assert!(!rule.is_due(&last, Height(19), 5, last.at));
        assert!(rule.is_due(&last, Height(20), 0, last.at));
    }

    /// A million payments at a thousand a block: ever fewer snapshots, and all of them together hold a few
    /// times what there is.
    #[test]
    fn the_work_is_a_small_multiple_of_the_payments() {
        let rule = Rule { blocks: 1, growth_percent: 20, max_age: DAY };
        let mut last = Last { height: Height(0), references: 0, at: Instant::now() };
        let (mut snapshots, mut written) = (0, 0);
        for block in 1..=1_000 {
            let references = block * 1_000;
            if rule.is_due(&last, Height(block), references, last.at) {
                last = Last { height: Height(block), references, at: last.at };
                snapshots += 1;
                written += references;
            }
        }
        assert!((10..50).contains(&snapshots), "{snapshots}");
        assert!(written < 6_000_000, "{written} written for 1,000,000");
    }
}
