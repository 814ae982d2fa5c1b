//! Moves the finalized tip (SPECIFICATION, section 4.3) and notices when that needs help.

use corridor_types::persist::Write;
use corridor_types::{Block, Certificate};

use crate::chain::{Finality, Place, Tipped};
use crate::engine::{Engine, VIEWS_AHEAD};
use crate::interface::Action;

impl Engine {
    /// Finalizes what can be, or asks for what is missing.
    pub(crate) fn follow_finality(&mut self) {
        if self.chain.take_changed() {
            self.finality = self.chain.finality();
        }
        match self.finality.clone() {
            Finality::Nothing => self.requests.behind_since = None,
            Finality::Complete { blocks, finalization } => self.finalize(blocks, finalization),
            Finality::Lacks { place, finalization } => self.chase(place, finalization),
            Finality::Elsewhere { finalization } => self.report_behind(finalization),
        }
    }

    fn finalize(&mut self, blocks: Vec<Block>, finalization: Certificate) {
        let (Some(block), Some(digest)) = (blocks.last().cloned(), finalization.block()) else { return };
        self.move_finalized(Tipped { digest, block, finalization: finalization.clone() });
        self.ready.then.push(Action::Finalized { blocks, finalization });
        // The tip changed: a higher finalization that still waits is looked at again.
        self.follow_finality();
    }

    /// Catch-up verified and executed a higher tip.
    pub(crate) fn adopt_synced(&mut self, block: Block, finalization: Certificate) {
        let digest = block.digest();
        let fits = finalization.block() == Some(digest) && finalization.vote.view == block.view;
        if fits && block.view > self.chain.finalized_view() {
            self.move_finalized(Tipped { digest, block, finalization });
            self.enter_after_ended_views();
        }
    }

    /// What is pruned lags by one finalized block: the new one's own pending records stay until the
    /// next one, because the replica writes it as finalized only after this step.
    fn move_finalized(&mut self, tip: Tipped) {
        let previous = self.chain.finalized_view();
        if previous.0 > 0 {
            self.ready.persist.push(Write::PrunePending { below: previous.next() });
        }
        self.chain.finalize(tip);
        self.requests.behind_since = None;
        self.requests.enter_view();
        self.turn.ask_again();
    }

    /// A body is missing: ask for it by name; if that does not help at once, or the gap is too wide
    /// for single fetches, catch-up takes over.
    fn chase(&mut self, place: Place, finalization: Certificate) {
        self.chain.slot_mut(place.view).ancestor.get_or_insert(place.digest);
        self.need_block(place);
        let since = *self.requests.behind_since.get_or_insert(self.now);
        let waited = self.now.saturating_sub(since) >= self.pacing.repeat_ms();
        let far = finalization.vote.view.0 > self.chain.finalized_view().0 + VIEWS_AHEAD;
        if far || waited {
            self.report_behind(finalization);
        }
    }

    fn report_behind(&mut self, finalization: Certificate) {
        if self.requests.behind.is_due(self.now, self.pacing.repeat_ms()) {
            let holders = self.without_me(finalization.signatures.iter().map(|(voter, _)| *voter).collect());
            self.ready.then.push(Action::Behind { finalization, holders });
        }
    }
}
