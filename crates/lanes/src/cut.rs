//! Questions about cuts: what to propose, what to think of a proposal, and which batches a
//! finalized block adds, in which order. Holds no state of its own.
//!
//! # The order of execution
//!
//! By rounds: the first new batch of every lane in ascending order of lane, then the second of
//! every lane that has one, and so on; inside a batch as its author wrote it. So one lane's backlog
//! never stands before another lane's first batch. It is a function of the parent's cut and the
//! block's cut alone, and therefore equal on all nodes.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::persist::tip_of;
use corridor_types::{ParticipantId, Sequence, Tip, VerifiedBatch};

use crate::chain::{Chain, Path, Place, place_of, size_of};
use crate::lanes::{Lanes, place_in};
use crate::wants::{Key, Need};
use crate::{Action, CutError, Judgement};

/// What a cut adds to its parent, lane by lane.
enum Additions {
    Complete(Vec<Vec<VerifiedBatch>>),
    Missing(Vec<Key>),
    Forked(Tip),
}

impl Lanes {
    /// The best cut to propose on a parent: every lane as far as it is held, within `block_bytes`.
    /// Filled in the order of execution, so that a full block serves all lanes alike. The first
    /// round always fits. Never behind the parent's.
    pub fn propose_cut(&self, parent_cut: &[Tip]) -> Vec<Tip> {
        let mut places: BTreeMap<_, _> = parent_cut.iter().map(|tip| (tip.lane, Place::of_tip(tip))).collect();
        let mut room = self.limits().block_bytes;
        for _ in 0..self.limits().window_batches {
            let mut advanced = false;
            for (lane, chain) in &self.chains {
                let place = places.get(lane).copied().unwrap_or(Place::START);
                let Some(next) = chain.child(&place) else { continue };
                let Some(left) = room.checked_sub(size_of(next)) else { return cut_of(places) };
                room = left;
                advanced = true;
                places.insert(*lane, place_of(next));
            }
            if !advanced {
                break;
            }
        }
        cut_of(places)
    }

    /// Judges a proposed cut. What it finds missing is fetched until it arrives, expires or is
    /// finalized.
    pub fn judge(&mut self, now_ms: u64, cut: &[Tip], parent_cut: &[Tip]) -> Judgement {
        if let Err(error) = self.check_form(cut, parent_cut) {
            return Judgement::Invalid(error);
        }
        match self.additions(parent_cut, cut) {
            Additions::Forked(Tip { lane, sequence, .. }) => Judgement::Invalid(CutError::Forked { lane, sequence }),
            Additions::Missing(missing) => Judgement::Waiting(self.need(now_ms, missing, Need::Tentative)),
            Additions::Complete(lanes) => {
                let limit = self.limits().block_bytes;
                let fits = lanes.iter().flatten().map(size_of).sum::<usize>() <= limit;
                if fits { Judgement::Acceptable } else { Judgement::Invalid(CutError::TooLarge { limit }) }
            }
        }
    }

    /// The batches that a finalized block adds, in the order of execution; `None` while one is
    /// missing. Ask before [`crate::Input::Finalized`] forgets them.
    pub fn collect(&self, parent_cut: &[Tip], cut: &[Tip]) -> Option<Vec<VerifiedBatch>> {
        match self.additions(parent_cut, cut) {
            Additions::Complete(lanes) => Some(by_rounds(&lanes)),
            Additions::Missing(_) | Additions::Forked(_) => None,
        }
    }

    /// Wants for good what a finalized block lacks. Ask again after each [`Action::Available`]: a
    /// lane's missing batches become known one after the other, from the tip down. Returns the fetches that are due now.
    pub fn want(&mut self, now_ms: u64, parent_cut: &[Tip], cut: &[Tip]) -> Vec<Action> {
        match self.additions(parent_cut, cut) {
            Additions::Missing(missing) => self.need(now_ms, missing, Need::Execution),
            Additions::Complete(_) | Additions::Forked(_) => Vec::new(),
        }
    }

    /// True if something is held that a block on top of `cut` could add.
    pub fn has_work(&self, cut: &[Tip]) -> bool {
        self.chains.iter().any(|(lane, chain)| chain.child(&place_in(cut, *lane)).is_some())
    }

    /// A batch above the finalized cut, for a peer that asks.
    pub fn batch(&self, lane: ParticipantId, sequence: Sequence, digest: Digest) -> Option<&VerifiedBatch> {
        self.chains.get(&lane).and_then(|chain| chain.get(&Place { sequence, digest }))
    }

    fn need(&mut self, now_ms: u64, missing: Vec<Key>, need: Need) -> Vec<Action> {
        for (lane, place) in missing {
            let finalized = self.chains.get(&lane).map(Chain::finalized);
            if finalized.is_some_and(|finalized| place.sequence > finalized.sequence) {
                self.wants.add((lane, place), need, now_ms, &self.config.limits);
            }
        }
        self.fetches(now_ms)
    }

    fn additions(&self, parent_cut: &[Tip], cut: &[Tip]) -> Additions {
        let (mut complete, mut missing) = (Vec::new(), Vec::new());
        for tip in cut {
            let Some(chain) = self.chains.get(&tip.lane) else { return Additions::Forked(*tip) };
            match chain.path(place_in(parent_cut, tip.lane), Place::of_tip(tip)) {
                Path::Complete(batches) => complete.push(batches),
                Path::Missing(place) => missing.push((tip.lane, place)),
                Path::Forked => return Additions::Forked(*tip),
            }
        }
        if missing.is_empty() { Additions::Complete(complete) } else { Additions::Missing(missing) }
    }

    /// What can be said about a cut without holding a batch of it.
    fn check_form(&self, cut: &[Tip], parent_cut: &[Tip]) -> Result<(), CutError> {
        if let Some(pair) = cut.windows(2).find(|pair| pair[0].lane >= pair[1].lane) {
            return Err(CutError::NotAscending { lane: pair[1].lane });
        }
        if let Some(left_out) = parent_cut.iter().find(|tip| tip_of(cut, tip.lane).is_none()) {
            let Tip { lane, sequence: parent, .. } = *left_out;
            return Err(CutError::Behind { lane, sequence: Sequence(0), parent });
        }
        cut.iter().try_for_each(|tip| self.check_tip(*tip, place_in(parent_cut, tip.lane)))
    }

    fn check_tip(&self, tip: Tip, parent: Place) -> Result<(), CutError> {
        let (lane, sequence, limit) = (tip.lane, tip.sequence, self.limits().window_batches);
        if !self.chains.contains_key(&lane) {
            return Err(CutError::UnknownLane { lane });
        }
        let Some(batches) = sequence.0.checked_sub(parent.sequence.0) else {
            return Err(CutError::Behind { lane, sequence, parent: parent.sequence });
        };
        if batches == 0 && tip.digest != parent.digest {
            return Err(CutError::Forked { lane, sequence });
        }
        if batches > limit { Err(CutError::TooFar { lane, batches, limit }) } else { Ok(()) }
    }
}

fn cut_of(places: BTreeMap<ParticipantId, Place>) -> Vec<Tip> {
    places.into_iter().map(|(lane, place)| place.on(lane)).collect()
}

fn by_rounds(lanes: &[Vec<VerifiedBatch>]) -> Vec<VerifiedBatch> {
    let rounds = lanes.iter().map(Vec::len).max().unwrap_or(0);
    (0..rounds).flat_map(|round| lanes.iter().filter_map(move |lane| lane.get(round).cloned())).collect()
}
