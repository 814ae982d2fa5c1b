//! The leader's turn (SPECIFICATION 3.1 and 7.3): when to ask for content, and what to do with it.

use corridor_crypto::Digest;
use corridor_types::{Block, Height, SignRequest, Timestamp, Tip, VoteKind};

use crate::chain::{Place, is_sealed};
use crate::engine::Engine;
use crate::interface::Action;
use crate::pacing::later;

/// What the replica chose for a block.
struct Content {
    cut: Vec<Tip>,
    time: Timestamp,
    next: Option<Digest>,
}

impl Engine {
    /// Asks for content once per parent, if there is a reason to propose.
    pub(super) fn propose(&mut self) {
        if !self.wants_to_propose() {
            return;
        }
        self.turn.release(self.now);
        let parent = match self.chain.choose_parent(self.view) {
            Ok(parent) => parent,
            Err(gap) => return self.need_certificates(gap, None),
        };
        let Some(parent_block) = self.chain.body(parent) else { return self.need_block(parent) };
        if self.turn.ask_for(parent.digest) {
            self.ready.then.push(Action::Build { view: self.view, parent: parent.digest, parent_block });
        }
    }

    /// SPECIFICATION 7.3: a leader that was merely woken has nothing to propose.
    pub(super) fn wants_to_propose(&self) -> bool {
        self.may_propose() && (self.work || self.chain.has_unfinalized_content())
    }

    fn may_propose(&self) -> bool {
        let slot = self.chain.slot(self.view);
        let free = slot.is_none_or(|slot| slot.proposal().is_none() && slot.own().may_propose());
        self.me == Some(self.leaders.of(self.view)) && free
    }

    /// The replica's content. Stale answers are dropped; an empty block is held back for a while.
    pub(super) fn on_built(&mut self, parent: Digest, cut: Vec<Tip>, time: Timestamp, next: Option<Digest>) {
        let place = match self.chain.choose_parent(self.view) {
            Ok(place) if self.may_propose() && place.digest == parent => place,
            _ => return,
        };
        let Some(parent_block) = self.chain.body(place) else { return };
        let sealed = parent_block.as_ref().filter(|parent| is_sealed(parent, self.validators.epoch()));
        // SPECIFICATION 16.2: on a boundary only stubs follow.
        let (cut, next) = sealed.map_or((cut, next), |parent| (parent.cut.clone(), Some(parent.next_validators)));
        let parent_cut = parent_block.as_ref().map_or(&[][..], |block| &block.cut);
        let orders_nothing = cut == parent_cut && (sealed.is_some() || next.is_none());
        if orders_nothing && !self.turn.allows_empty() {
            let until = later(self.now, self.pacing.hold_ms());
            self.turn.hold_until(until);
        } else {
            let height = parent_block.map_or(Height(0), |block| block.height).next();
            self.send_proposal(self.header(place, height, Content { cut, time, next }));
        }
    }

    fn header(&self, parent: Place, height: Height, content: Content) -> Block {
        Block {
            epoch: self.validators.epoch(),
            view: self.view,
            height,
            parent: parent.digest,
            parent_view: parent.view,
            proposer: self.leaders.of(self.view),
            time: content.time,
            cut: content.cut,
            validators: self.set_digest,
            next_validators: content.next.unwrap_or(self.set_digest),
        }
    }

    /// Writes the block, then has it signed together with the leader's own vote for it.
    fn send_proposal(&mut self, block: Block) {
        let digest = block.digest();
        let kind = VoteKind::Notarize { block: digest };
        self.watch.demand(self.may_propose(), "a leader proposes once, and only in its own view");
        self.watch.demand(block.parent_view < block.view, "a block is above its parent");
        let own = self.chain.slot_mut(self.view).own_mut();
        own.record_proposal();
        own.record(&kind);
        self.chain.add_body(self.view, digest, block.clone(), false);
        self.save_body(self.view, digest);
        let vote = corridor_types::Vote { epoch: block.epoch, view: block.view, kind };
        self.ready.sign.push(SignRequest::Proposal(block));
        self.ready.sign.push(SignRequest::Vote(vote));
    }
}
