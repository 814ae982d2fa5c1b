//! Questions about cuts: what to propose, and which batches a finalized block adds, in which order.
//! Holds no state of its own.
//!
//! # The order of execution
//!
//! By rounds: the first new batch of every lane in ascending order of lane, then the second of
//! every lane that has one, and so on; inside a batch as its author wrote it. So one lane's backlog
//! never stands before another lane's first batch. It is a function of the parent's cut and the
//! block's cut alone, and therefore equal on all nodes.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::tip_of;
use corridor_types::{AvailabilityProof, ParticipantId, Sequence, Tip, ValidatorIndex, VerifiedBatch};

use crate::Action;
use crate::chain::{Path, Place, place_of, size_of};
use crate::lane::is_current;
use crate::lanes::{Lanes, place_in};
use crate::wants::{Key, Need, Source};

impl Lanes {
    /// The best cut to propose on a parent: the lanes of trusted authors as far as they are held,
    /// those of others as far as they are proven; of each at most `lane_block_bytes`, of all
    /// `block_bytes`. Filled in the order of execution, so that a full block serves all lanes alike.
    /// The first round always fits. Never behind the parent's.
    pub fn propose_cut(&self, parent_cut: &[Tip]) -> Vec<Tip> {
        let mut places: BTreeMap<_, _> = parent_cut.iter().map(|tip| (tip.lane, Place::of_tip(tip))).collect();
        let mut rooms: BTreeMap<ParticipantId, usize> = BTreeMap::new();
        let (mut room, epoch) = (self.limits().block_bytes, self.config.validators.epoch());
        for _ in 0..self.limits().window_batches {
            let mut advanced = false;
            for (lane, state) in &self.lanes {
                let place = places.get(lane).copied().unwrap_or(Place::START);
                let Some(next) = state.next_to_propose(&place, epoch) else { continue };
                let lane_room = rooms.entry(*lane).or_insert(self.limits().lane_block_bytes);
                let Some(lane_left) = lane_room.checked_sub(size_of(next)) else { continue };
                let Some(left) = room.checked_sub(size_of(next)) else { return self.cut_of(places, parent_cut) };
                (room, *lane_room, advanced) = (left, lane_left, true);
                places.insert(*lane, place_of(next));
            }
            if !advanced {
                break;
            }
        }
        self.cut_of(places, parent_cut)
    }

    /// The cut of these places. A lane whose place was signed too long ago stays where it was: its
    /// newer batches did not fit in.
    fn cut_of(&self, places: BTreeMap<ParticipantId, Place>, parent_cut: &[Tip]) -> Vec<Tip> {
        let epoch = self.config.validators.epoch();
        let tip = |(lane, place): (ParticipantId, Place)| {
            let signed = self.lanes.get(&lane).and_then(|state| state.chain.epoch_of(&place));
            let current = signed.is_none_or(|signed| is_current(signed, epoch));
            if current { Some(place.on(lane)) } else { tip_of(parent_cut, lane).copied() }
        };
        let is_quiet = |tip: &Tip| planted::is(Bug::QuietLanesLeftOut) && tip_of(parent_cut, tip.lane) == Some(tip);
        places.into_iter().filter_map(tip).filter(|tip| !is_quiet(tip)).collect()
    }

    /// The proofs to send along with a cut: of each tip that it adds, if there is one. Others accept
    /// such a tip without holding it.
    pub fn proofs_for(&self, cut: &[Tip], parent_cut: &[Tip]) -> Vec<AvailabilityProof> {
        let added = cut.iter().filter(|tip| place_in(parent_cut, tip.lane) != Place::of_tip(tip));
        let proof = |tip: &Tip| self.lanes.get(&tip.lane)?.proofs.get(&Place::of_tip(tip)).cloned();
        added.filter_map(proof).collect()
    }

    /// The batches that a finalized block adds, in the order of execution; `None` while one is
    /// missing. Ask before [`crate::Input::Finalized`] forgets them.
    pub fn collect(&self, parent_cut: &[Tip], cut: &[Tip]) -> Option<Vec<VerifiedBatch>> {
        let batches = |tip: &Tip| match self.path(tip, parent_cut) {
            Path::Complete(batches) => Some(batches),
            Path::Missing(_) | Path::Forked => None,
        };
        let skipped = usize::from(planted::is(Bug::LaneSkipped) && cut.len() > 1);
        let own = self.config.me.map_or(0, |me| usize::from(me.0)).min(cut.len());
        let first = if planted::is(Bug::LocalOrder) { own } else { 0 };
        let lanes = cut.iter().skip(first).chain(cut.iter().take(first)).take(cut.len() - skipped);
        lanes.map(batches).collect::<Option<Vec<_>>>().map(|lanes| by_rounds(&lanes))
    }

    /// Wants for good what a finalized block lacks. Ask again after each [`Action::Available`]: a
    /// lane's missing batches become known one after the other, from the tip down. Returns the fetches
    /// that are due now.
    pub fn want(&mut self, now_ms: u64, parent_cut: &[Tip], cut: &[Tip]) -> Vec<Action> {
        let missing = |tip: &Tip| match self.path(tip, parent_cut) {
            Path::Missing(place) => Some((tip.lane, place)),
            Path::Complete(_) | Path::Forked => None,
        };
        let missing: Vec<Key> = cut.iter().filter_map(missing).collect();
        self.need(now_ms, missing, Need::Execution, None)
    }

    /// True if something is held that we would propose on top of `cut`.
    pub fn has_work(&self, cut: &[Tip]) -> bool {
        let epoch = self.config.validators.epoch();
        self.lanes.iter().any(|(lane, state)| state.next_to_propose(&place_in(cut, *lane), epoch).is_some())
    }

    /// A batch above the finalized cut, for a peer that asks.
    pub fn batch(&self, lane: ParticipantId, sequence: Sequence, digest: Digest) -> Option<&VerifiedBatch> {
        self.lanes.get(&lane).and_then(|state| state.chain.get(&Place { sequence, digest }))
    }

    pub(crate) fn need(
        &mut self,
        now_ms: u64,
        missing: Vec<Key>,
        need: Need,
        holder: Option<ValidatorIndex>,
    ) -> Vec<Action> {
        for (lane, place) in missing {
            let finalized = self.lanes.get(&lane).map(|state| state.chain.finalized());
            if finalized.is_some_and(|finalized| place.sequence > finalized.sequence) {
                self.wants.add((lane, place), need, Source { holder, in_grace: true }, now_ms, &self.config.limits);
            }
        }
        self.fetches(now_ms)
    }

    /// What a tip adds to the parent's cut.
    pub(crate) fn path(&self, tip: &Tip, parent_cut: &[Tip]) -> Path {
        let (from, to) = (place_in(parent_cut, tip.lane), Place::of_tip(tip));
        match self.lanes.get(&tip.lane) {
            Some(state) => state.chain.path(from, to),
            None if from == to => Path::Complete(Vec::new()),
            None => Path::Forked,
        }
    }
}

fn by_rounds(lanes: &[Vec<VerifiedBatch>]) -> Vec<VerifiedBatch> {
    let rounds = lanes.iter().map(Vec::len).max().unwrap_or(0);
    (0..rounds).flat_map(|round| lanes.iter().filter_map(move |lane| lane.get(round).cloned())).collect()
}
