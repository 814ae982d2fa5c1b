//! Patience: when the current view runs out, when to repeat, when an empty block may go out. Holds
//! deadlines on the steady clock; decides nothing about votes.

use crate::config::Timeouts;
use corridor_crypto::planted::{self, Bug};

/// A time on the steady clock after `now`, in milliseconds.
pub(crate) const fn later(now: u64, by_ms: u64) -> u64 {
    // Saturating: the end of the clock is never.
    now.saturating_add(by_ms)
}

/// Milliseconds on the steady clock from `since` to `now`.
pub(crate) const fn elapsed(since: u64, now: u64) -> u64 {
    // Saturating: what lies ahead has not begun.
    now.saturating_sub(since)
}

/// The timers of the current view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pacing {
    timeouts: Timeouts,
    /// Steps above the base time-out.
    slowness: u64,
    /// When the view was entered.
    entered_at: u64,
    /// When the view runs out; `None` while idle.
    view_deadline: Option<u64>,
    /// When to repeat; `None` while idle.
    repeat_at: Option<u64>,
}

impl Pacing {
    pub(crate) const fn new(timeouts: Timeouts) -> Self {
        Self { timeouts, slowness: 0, entered_at: 0, view_deadline: None, repeat_at: None }
    }

    /// How long the current view may take, in milliseconds.
    pub(crate) fn timeout_ms(&self) -> u64 {
        // Saturating: the cap comes next.
        let grown = self.timeouts.base_ms.saturating_add(self.slowness.saturating_mul(self.timeouts.step_ms));
        grown.min(self.timeouts.max_ms)
    }

    /// How long a leader waits before it proposes an empty block: a third of the view, so that two
    /// thirds are left for the proposal and its votes.
    pub(crate) fn hold_ms(&self) -> u64 {
        self.timeout_ms() / 3
    }

    /// The time between repetitions.
    pub(crate) const fn repeat_ms(&self) -> u64 {
        self.timeouts.retransmit_ms
    }

    /// When the view runs out, in milliseconds; `None` while idle.
    pub(crate) const fn view_deadline(&self) -> Option<u64> {
        self.view_deadline
    }

    /// When to repeat, in milliseconds; `None` while idle.
    pub(crate) const fn repeat_at(&self) -> Option<u64> {
        self.repeat_at
    }

    /// True if the view's time is over.
    pub(crate) fn is_over(&self, now: u64) -> bool {
        self.view_deadline.is_some_and(|deadline| deadline <= now)
    }

    /// True if the view has lasted for a time between two repetitions.
    pub(crate) const fn is_settled(&self, now: u64) -> bool {
        elapsed(self.entered_at, now) >= self.repeat_ms()
    }

    /// The clocks start, and the first repetition is due now.
    pub(crate) fn repeat_at_once(&mut self, now: u64) {
        self.wake(now);
        self.repeat_at = Some(now);
    }

    /// A view begins, idle until [`Pacing::wake`].
    pub(crate) const fn enter_view(&mut self, now: u64) {
        self.entered_at = now;
        self.rest();
    }

    /// The view's clock starts, unless it runs.
    pub(crate) fn wake(&mut self, now: u64) {
        if self.view_deadline.is_none() {
            self.view_deadline = Some(later(now, self.timeout_ms()));
            self.repeat_at = Some(later(now, self.repeat_ms()));
        }
    }

    /// All clocks stop.
    pub(crate) const fn rest(&mut self) {
        self.view_deadline = None;
        self.repeat_at = None;
    }

    /// True while the view's clock runs.
    pub(crate) const fn is_awake(&self) -> bool {
        self.view_deadline.is_some()
    }

    /// True if it is time to repeat; the next time is set.
    pub(crate) fn take_repeat(&mut self, now: u64) -> bool {
        let due = self.repeat_at.is_some_and(|at| at <= now);
        if due {
            let growing = if planted::is(Bug::BackOffWithoutCap) { elapsed(self.entered_at, now) } else { 0 };
            self.repeat_at = Some(later(now, self.repeat_ms().max(growing)));
        }
        due
    }

    /// A view timed out here: one step more, no further than the cap needs.
    pub(crate) fn slow_down(&mut self) {
        if self.timeout_ms() < self.timeouts.max_ms {
            self.slowness += 1;
        }
    }

    /// A view ended in time: one step less.
    pub(crate) const fn speed_up(&mut self) {
        // Saturating: patience never falls below the base.
        self.slowness = self.slowness.saturating_sub(1);
    }
}
