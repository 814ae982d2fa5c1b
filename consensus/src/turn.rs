//! What this validator has done in the current view so far, as its leader or as one who gave up on it
//! (SPECIFICATION 3.1, 3.3 and 7.3). Forgotten when the view ends. Decides nothing about votes.

use corridor_crypto::Digest;

/// The state of the current view that no certificate shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Turn {
    /// For which parent content was asked.
    asked: Option<Digest>,
    /// Until when an empty block is held back.
    held_until: Option<u64>,
    /// An empty block may go out now.
    empty_allowed: bool,
    /// This validator gave up on the view because its time was over.
    timed_out: bool,
}

impl Turn {
    /// True if content for a block on this parent was not asked for yet; from now on it was.
    pub(crate) fn ask_for(&mut self, parent: Digest) -> bool {
        self.asked.replace(parent) != Some(parent)
    }

    /// Content may have changed: a held leader asks again.
    pub(crate) const fn ask_again(&mut self) {
        self.asked = None;
    }

    /// An empty block is held back, for how long is decided once.
    pub(crate) fn hold_until(&mut self, until: u64) {
        self.held_until.get_or_insert(until);
    }

    /// Until when something is held back, if something is.
    pub(crate) fn held_until(&self) -> Option<u64> {
        self.held_until.filter(|_| !self.empty_allowed)
    }

    /// True if something is held back.
    pub(crate) fn is_holding(&self) -> bool {
        self.held_until().is_some()
    }

    /// An empty block was held back long enough: content is asked for once more.
    pub(crate) fn release(&mut self, now: u64) {
        if self.held_until().is_some_and(|until| until <= now) {
            self.empty_allowed = true;
            self.asked = None;
        }
    }

    /// True if an empty block may go out.
    pub(crate) const fn allows_empty(&self) -> bool {
        self.empty_allowed
    }

    /// True the first time: the view's time is over.
    pub(crate) const fn time_out(&mut self) -> bool {
        !std::mem::replace(&mut self.timed_out, true)
    }

    /// True if the view's time was over for this validator.
    pub(crate) const fn has_timed_out(&self) -> bool {
        self.timed_out
    }
}
