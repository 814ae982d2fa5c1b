//! What tests see of an engine, and what they do to it.

use corridor_types::View;

use crate::chain::Chain;
use crate::engine::Engine;

impl Engine {
    pub(crate) const fn view(&self) -> View {
        self.view
    }

    pub(crate) const fn now(&self) -> u64 {
        self.now
    }

    pub(crate) const fn chain(&self) -> &Chain {
        &self.chain
    }

    pub(crate) const fn has_timed_out(&self) -> bool {
        self.turn.has_timed_out()
    }

    /// As if an invariant were broken.
    pub(crate) const fn break_a_rule(&mut self, rule: &'static str) {
        self.watch.demand(false, rule);
    }

    /// The view's time is over.
    pub(crate) fn wait_for_the_end_of_the_view(&mut self) {
        self.now = self.pacing.view_deadline().unwrap();
    }
}
