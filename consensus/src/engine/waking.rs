//! When clocks run, and when a view is given up (SPECIFICATION 3.3, 7 and 8).

use crate::chain::Own;
use crate::engine::Engine;

impl Engine {
    /// SPECIFICATION 7.1: there starts or ceases to be something to order.
    pub(super) fn on_work(&mut self, work: bool) {
        self.work = work;
        if work && self.turn.is_holding() {
            self.turn.ask_again();
        }
    }

    /// SPECIFICATION 7.1: clocks run only while somebody has a reason.
    pub(super) fn wake_or_rest(&mut self) {
        if self.pacing_reason() {
            self.pacing.wake(self.now);
        } else {
            self.pacing.rest();
        }
    }

    pub(super) fn pacing_reason(&self) -> bool {
        (self.work && self.me.is_some())
            || self.chain.has_unfinalized_content()
            || self.chain.has_pending_finalization()
            || self.own(self.view).is_some_and(Own::has_voted)
            || self.is_woken()
    }

    /// SPECIFICATION 7.2: others are at work in this view or later.
    fn is_woken(&self) -> bool {
        if self.chain.slot(self.view).is_some_and(|slot| slot.proposal().is_some()) {
            return true;
        }
        let awake: u128 = self.presence.at_or_after(self.view).map(|index| self.validators.power(index)).sum();
        let within_round = self.view.0 - self.chain.finalized_view().0 <= self.leaders.cycle();
        self.validators.has_honest(awake) || (awake > 0 && within_round)
    }

    /// SPECIFICATION, section 8.
    pub(super) fn skip_absent_leader(&mut self) {
        let leader = self.leaders.of(self.view);
        let waiting =
            self.chain.slot(self.view).is_none_or(|slot| slot.proposal().is_none() && !slot.own().has_voted());
        if self.pacing.is_awake() && waiting && Some(leader) != self.me && self.presence.is_absent(leader) {
            self.nullify();
        }
    }

    /// SPECIFICATION 3.3: the view's time is over.
    pub(super) fn expire(&mut self) {
        if self.pacing.is_over(self.now) && self.turn.time_out() {
            self.nullify();
        }
    }
}
