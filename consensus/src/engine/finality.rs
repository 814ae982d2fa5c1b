//! Moves the finalized tip (SPECIFICATION, section 4.3) and notices when that needs help.

use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::Write;
use corridor_types::{Block, Certificate};

use crate::chain::{Finality, Place, Tipped, is_sealed};
use crate::engine::{Engine, VIEWS_AHEAD};
use crate::interface::Action;
use crate::pacing::elapsed;

impl Engine {
    /// Finalizes what can be, or asks for what is missing.
    pub(super) fn follow_finality(&mut self) {
        if self.is_closed() {
            return;
        }
        if self.chain.take_changed() {
            self.finality = self.chain.finality();
        }
        match self.finality.clone() {
            Finality::Nothing => self.requests.caught_up(),
            Finality::Complete { blocks, finalization } => self.finalize(blocks, finalization),
            Finality::Lacks { place, finalization } => self.chase(place, finalization),
            Finality::Elsewhere { finalization } => self.report_behind(finalization),
        }
    }

    fn finalize(&mut self, blocks: Vec<Block>, finalization: Certificate) {
        let (blocks, stubs) = self.cut_off_stubs(blocks);
        let named = stubs.last().or(blocks.last()).map(Block::digest);
        self.watch.demand(named.is_some() && named == finalization.block(), "a finalization finalizes its own block");
        let first = blocks.first().map(|block| block.parent);
        self.watch.demand(first == Some(self.chain.finalized_place().digest), "what becomes final follows the tip");
        let Some(block) = blocks.last().cloned() else { return };
        let own = stubs.is_empty().then(|| finalization.clone());
        self.move_finalized(Tipped { digest: block.digest(), block, finalization: own });
        self.ready.then.push(Action::Finalized { blocks, stubs, finalization });
        // The tip changed: a higher finalization that still waits is looked at again.
        self.follow_finality();
    }

    /// SPECIFICATION 16.3: what comes after the epoch's boundary is not part of the chain.
    fn cut_off_stubs(&self, mut blocks: Vec<Block>) -> (Vec<Block>, Vec<Block>) {
        let epoch = self.validators.epoch();
        let boundary = blocks.iter().position(|block| is_sealed(block, epoch) && !planted::is(Bug::StubsExecuted));
        let stubs = boundary.map_or_else(Vec::new, |position| blocks.split_off(position + 1));
        (blocks, stubs)
    }

    /// SPECIFICATION 16.4: the boundary is final; there is nothing left to order in this epoch.
    pub(super) fn is_closed(&self) -> bool {
        self.chain.finalized_block().is_some_and(|block| is_sealed(block, self.validators.epoch()))
    }

    /// Catch-up verified a higher tip.
    pub(super) fn on_synced(&mut self, block: Block, finalization: Option<Certificate>) {
        let digest = block.digest();
        let certifies = |held: &Certificate| held.block() == Some(digest) && held.vote.view == block.view;
        let fits = finalization.as_ref().is_none_or(certifies);
        if fits && block.view > self.chain.finalized_view() {
            self.move_finalized(Tipped { digest, block, finalization });
            self.enter_after_ended_views();
        }
    }

    /// What is pruned lags by one finalized block: the new one's own pending records stay until the
    /// next one, because the replica writes it as finalized only after this step.
    fn move_finalized(&mut self, tip: Tipped) {
        let previous = self.chain.finalized_view();
        self.watch.demand(tip.block.view > previous, "the finalized tip moves up only");
        self.watch.demand(tip.block.digest() == tip.digest, "a block stands under its own digest");
        if previous.0 > 0 {
            self.ready.persist.push(Write::PrunePending { below: previous.next() });
        }
        self.chain.finalize(tip);
        self.requests.caught_up();
        self.requests.enter_view();
        self.turn.ask_again();
    }

    /// A body is missing: ask for it by name; if that does not help at once, or the gap is too wide
    /// for single fetches, catch-up takes over.
    fn chase(&mut self, place: Place, finalization: Certificate) {
        self.chain.slot_mut(place.view).name_ancestor(place.digest);
        self.need_block(place);
        let since = self.requests.behind_since(self.now);
        let waited = elapsed(since, self.now) >= self.pacing.repeat_ms();
        let far = finalization.vote.view.0 > self.chain.finalized_view().0 + VIEWS_AHEAD;
        if far || waited {
            self.report_behind(finalization);
        }
    }

    fn report_behind(&mut self, finalization: Certificate) {
        if self.requests.may_report_behind(self.now, self.pacing.repeat_ms()) {
            let holders = self.without_me(finalization.signatures.iter().map(|(voter, _)| *voter).collect());
            self.ready.then.push(Action::Behind { finalization, holders });
        }
    }
}
