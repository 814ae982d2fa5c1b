//! Who was heard from, and whose last turn failed. Only signed messages count. Decides who is
//! skipped and whether others are awake; never whether something is valid.

use corridor_types::{ValidatorIndex, ValidatorSet, View};

/// One validator as seen from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Seen {
    /// The highest view of a vote or proposal of it.
    heard: View,
    /// Its last turn, if that ended by nullification.
    failed_turn: Option<View>,
}

/// All validators as seen from here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Presence {
    seen: Vec<Seen>,
}

impl Presence {
    pub(crate) fn new(validators: &ValidatorSet) -> Self {
        Self { seen: vec![Seen::default(); validators.len()] }
    }

    /// Takes note of a signed message. `limit` caps the view: a vote of a faraway view must not
    /// count as presence for ever.
    pub(crate) fn heard(&mut self, from: ValidatorIndex, view: View, limit: View) {
        if let Some(seen) = self.seen.get_mut(usize::from(from.0)) {
            seen.heard = seen.heard.max(view.min(limit));
        }
    }

    /// The leader's turn ended by nullification.
    pub(crate) fn turn_failed(&mut self, leader: ValidatorIndex, view: View) {
        if let Some(seen) = self.seen.get_mut(usize::from(leader.0)) {
            seen.failed_turn = seen.failed_turn.max(Some(view));
        }
    }

    /// The leader's turn ended by notarization.
    pub(crate) fn turn_succeeded(&mut self, leader: ValidatorIndex) {
        if let Some(seen) = self.seen.get_mut(usize::from(leader.0)) {
            seen.failed_turn = None;
        }
    }

    /// SPECIFICATION, section 8: its last turn failed and nothing came since that turn began.
    pub(crate) fn is_absent(&self, leader: ValidatorIndex) -> bool {
        let is_silent = |seen: &Seen| seen.failed_turn.is_some_and(|turn| seen.heard < turn);
        self.seen.get(usize::from(leader.0)).is_some_and(is_silent)
    }

    /// Validators heard in `view` or later.
    pub(crate) fn at_or_after(&self, view: View) -> impl Iterator<Item = ValidatorIndex> {
        let indexed = (0u16..).map(ValidatorIndex).zip(&self.seen);
        indexed.filter(move |(_, seen)| seen.heard >= view).map(|(index, _)| index)
    }
}
