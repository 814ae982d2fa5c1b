//! The finalized tip, the views above it, and the questions about parents and ancestors
//! (SPECIFICATION, section 5). Answers questions; asks nobody and signs nothing.

mod slot;

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::{Block, Certificate, Epoch, Height, Tip, ValidatorIndex, View, VoteKind};

pub(crate) use slot::{Certified, Judgement, Own, Proposed, Slot};

/// Views above the finalized tip whose bodies stay in memory (at most 6 kB each, so 6 MB). Older
/// bodies were written when they were certified and can be fetched again by name. A chain this
/// long without finality exists only while catch-up is at work or the network is in ruins.
pub(crate) const MAX_OPEN_BODIES: u64 = 1_024;

/// The finalized tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tipped {
    pub(crate) digest: Digest,
    pub(crate) block: Block,
    pub(crate) finalization: Option<Certificate>,
}

/// A block in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) view: View,
    pub(crate) digest: Digest,
}

/// What a proposal's parent lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Parentage {
    /// Nothing: certificates and header fit. `None` is genesis.
    Good(Option<Block>),
    /// Certificates from this view on.
    LacksCertificates(View),
    /// The parent's body.
    LacksBody(Place),
    /// It can never be voted for.
    Wrong,
}

/// What can be finalized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finality {
    /// Nothing new becomes final.
    Nothing,
    /// These blocks, ascending, up to the one of this certificate.
    Complete { blocks: Vec<Block>, finalization: Certificate },
    /// A finalization is held; the body of this ancestor (or itself) is not.
    Lacks { place: Place, finalization: Certificate },
    /// A finalization is held that does not descend from what is finalized here.
    Elsewhere { finalization: Certificate },
}

/// Everything from the finalized block on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chain {
    genesis: Digest,
    finalized: Option<Tipped>,
    slots: BTreeMap<View, Slot>,
    /// Views above the finalized one that hold a finalization.
    pending: BTreeSet<View>,
    /// A finalization, a body or the tip is new since [`Chain::take_changed`].
    changed: bool,
}

/// SPECIFICATION 16.2: after its boundary an epoch has only stubs, which order nothing.
pub(crate) fn may_follow(block: &Block, parent: &Block) -> bool {
    let is_stub = block.cut == parent.cut && block.next_validators == parent.next_validators;
    !is_sealed(parent, block.epoch) || is_stub
}

/// True for the boundary of an epoch and for its stubs.
pub(crate) fn is_sealed(block: &Block, epoch: Epoch) -> bool {
    block.epoch == epoch && block.is_boundary()
}

impl Chain {
    pub(crate) const fn new(genesis: Digest, finalized: Option<Tipped>) -> Self {
        Self { genesis, finalized, slots: BTreeMap::new(), pending: BTreeSet::new(), changed: true }
    }

    /// Keeps a certificate in its slot.
    pub(crate) fn add_certificate(&mut self, certificate: Certificate) -> Certified {
        let (view, kind) = (certificate.vote.view, certificate.vote.kind);
        let certified = self.slot_mut(view).add_certificate(certificate);
        if certified == Certified::New && matches!(kind, VoteKind::Finalize { .. }) {
            self.pending.insert(view);
            self.changed = true;
        }
        certified
    }

    /// Keeps a body in its slot.
    pub(crate) fn add_body(&mut self, view: View, digest: Digest, block: Block, saved: bool) {
        self.slot_mut(view).add_body(digest, block, saved);
        self.changed = true;
    }

    /// True if [`Chain::finality`] may have a new answer.
    pub(crate) const fn take_changed(&mut self) -> bool {
        std::mem::replace(&mut self.changed, false)
    }

    /// The finalized block; `None` is genesis.
    pub(crate) fn finalized_block(&self) -> Option<&Block> {
        self.finalized.as_ref().map(|tip| &tip.block)
    }

    /// View of the finalized block; 0 is genesis.
    pub(crate) fn finalized_view(&self) -> View {
        self.finalized.as_ref().map_or(View(0), |tip| tip.block.view)
    }

    /// Height of the finalized block.
    pub(crate) fn finalized_height(&self) -> Height {
        self.finalized.as_ref().map_or(Height(0), |tip| tip.block.height)
    }

    /// The finalized block's place.
    pub(crate) fn finalized_place(&self) -> Place {
        let digest = self.finalized.as_ref().map_or(self.genesis, |tip| tip.digest);
        Place { view: self.finalized_view(), digest }
    }

    fn finalized_cut(&self) -> &[Tip] {
        self.finalized.as_ref().map_or(&[], |tip| &tip.block.cut)
    }

    /// What is known about a view.
    pub(crate) fn slot(&self, view: View) -> Option<&Slot> {
        self.slots.get(&view)
    }

    /// The same, to change it.
    pub(crate) fn slot_mut(&mut self, view: View) -> &mut Slot {
        self.slots.entry(view).or_default()
    }

    /// The highest finalization held, with or without its block.
    pub(crate) fn highest_finalization(&self) -> Option<&Certificate> {
        let pending = self.pending.last().and_then(|view| self.slot(*view)?.finalization());
        pending.or(self.finalized.as_ref().and_then(|tip| tip.finalization.as_ref()))
    }

    /// Every view of which something is known, ascending.
    pub(crate) fn slots(&self) -> impl DoubleEndedIterator<Item = (&View, &Slot)> {
        self.slots.iter()
    }

    /// Views above the finalized one, from `low` on, ascending.
    pub(crate) fn open_from(&self, low: View) -> impl DoubleEndedIterator<Item = (&View, &Slot)> {
        self.slots.range(low.max(self.finalized_view().next())..)
    }

    /// SPECIFICATION 3.5: what peers have shown of a validator's votes is taken as our own.
    pub(crate) fn recognise(&mut self, me: ValidatorIndex) {
        self.slots.values_mut().for_each(|slot| slot.recognise(me));
    }

    fn above_finalized(&self) -> impl DoubleEndedIterator<Item = (&View, &Slot)> {
        self.slots.range(self.finalized_view().next()..)
    }

    /// The highest view that is over.
    pub(crate) fn highest_end(&self) -> View {
        let ended = self.above_finalized().rev().find(|(_, slot)| slot.end().is_some());
        ended.map_or(self.finalized_view(), |(view, _)| *view)
    }

    /// True if ordered but unfinalized content exists, or may exist because a body is missing. The
    /// highest notarized block decides: its cut includes its ancestors'.
    pub(crate) fn has_unfinalized_content(&self) -> bool {
        let mut certified = self.above_finalized().rev().filter_map(|(_, slot)| Some((slot, slot.certified()?)));
        let is_new = |(slot, digest): (&Slot, Digest)| {
            let is_new = |block: &Block| block.cut != self.finalized_cut() || block.is_boundary();
            slot.body(digest).is_none_or(is_new)
        };
        certified.next().is_some_and(is_new)
    }

    /// True if a finalization waits for bodies.
    pub(crate) fn has_pending_finalization(&self) -> bool {
        !self.pending.is_empty()
    }

    /// SPECIFICATION 5.1: the highest notarized block below `view` such that every view between is
    /// nullified. Otherwise the first view of the gap in the certificates.
    pub(crate) fn choose_parent(&self, view: View) -> Result<Place, View> {
        let mut at = view.back(1);
        while at > self.finalized_view() {
            let slot = self.slot(at);
            if let Some(digest) = slot.and_then(Slot::certified) {
                return Ok(Place { view: at, digest });
            }
            let is_nullified = slot.is_some_and(Slot::is_nullified);
            if !is_nullified && !planted::is(Bug::SkippedViewsUnchecked) {
                return Err(self.start_of_gap(at));
            }
            at = View(at.0 - 1);
        }
        Ok(self.finalized_place())
    }

    /// The lowest view of the run of views without certificate that ends at `view`.
    fn start_of_gap(&self, view: View) -> View {
        let below = self.slots.range(self.finalized_view().next()..view);
        let ended = below.rev().find(|(_, slot)| slot.end().is_some());
        ended.map_or(self.finalized_view(), |(below, _)| *below).next()
    }

    /// SPECIFICATION 5.2: is the block's parent notarized, is every view between nullified, and
    /// does the height follow?
    pub(crate) fn judge_parent(&self, block: &Block) -> Parentage {
        let parent = Place { view: block.parent_view, digest: block.parent };
        if parent.view >= block.view || parent.view < self.finalized_view() {
            return Parentage::Wrong;
        }
        let gap = self.first_not_nullified(parent.view, block.view);
        if let Some(gap) = gap.filter(|_| !planted::is(Bug::SkippedViewsUnchecked)) {
            return Parentage::LacksCertificates(self.start_of_gap(gap));
        }
        match self.certified_at(parent.view) {
            None => Parentage::LacksCertificates(self.start_of_gap(parent.view)),
            Some(digest) if digest != parent.digest => Parentage::Wrong,
            Some(_) => self.judge_height(block, parent),
        }
    }

    fn judge_height(&self, block: &Block, parent: Place) -> Parentage {
        let Some(body) = self.body(parent) else { return Parentage::LacksBody(parent) };
        let height = body.as_ref().map_or(Height(0), |body| body.height);
        let fits = block.height == height.next() && body.as_ref().is_none_or(|parent| may_follow(block, parent));
        if fits { Parentage::Good(body) } else { Parentage::Wrong }
    }

    /// The highest view strictly between that holds no nullification.
    fn first_not_nullified(&self, low: View, high: View) -> Option<View> {
        let nullified = |view: u64| self.slot(View(view)).is_some_and(Slot::is_nullified);
        (low.0 + 1..high.0).rev().find(|view| !nullified(*view)).map(View)
    }

    /// The block of a view that is notarized or final.
    pub(crate) fn certified_at(&self, view: View) -> Option<Digest> {
        if view == self.finalized_view() {
            return Some(self.finalized_place().digest);
        }
        self.slot(view).and_then(Slot::certified)
    }

    /// A body: `Some(None)` is genesis, `None` is missing.
    #[allow(clippy::option_option, reason = "genesis has no block, which is not the same as a missing one")]
    pub(crate) fn body(&self, place: Place) -> Option<Option<Block>> {
        if place == self.finalized_place() {
            return Some(self.finalized.as_ref().map(|tip| tip.block.clone()));
        }
        self.slot(place.view)?.body(place.digest).map(|block| Some(block.clone()))
    }

    /// Who signed for the block of a place, or for the nearest later block.
    pub(crate) fn holders(&self, place: Place) -> Vec<ValidatorIndex> {
        let blocks = self.slots.range(place.view..).filter(|(_, slot)| slot.certified().is_some());
        let certificate = blocks.map(|(_, slot)| slot).find_map(Slot::end);
        certificate.map_or_else(Vec::new, |held| held.signatures.iter().map(|(voter, _)| *voter).collect())
    }

    /// The highest finalization whose chain is complete, or what the highest one lacks.
    pub(crate) fn finality(&self) -> Finality {
        let mut highest = None;
        let mut below = View(u64::MAX);
        while let Some(certificate) = self.pending_below(below) {
            let found = self.trace(certificate);
            // Finalized blocks are one chain: what is above a missing body lacks the same body.
            below = match &found {
                Finality::Lacks { place, .. } => place.view,
                Finality::Complete { .. } => return found,
                Finality::Nothing | Finality::Elsewhere { .. } => certificate.vote.view,
            };
            highest.get_or_insert(found);
        }
        highest.unwrap_or(Finality::Nothing)
    }

    fn pending_below(&self, view: View) -> Option<&Certificate> {
        let highest = self.pending.range(..view).next_back()?;
        self.slot(*highest)?.finalization()
    }

    /// Walks from a finalized block down to the finalized tip.
    fn trace(&self, certificate: &Certificate) -> Finality {
        let finalization = certificate.clone();
        let Some(digest) = certificate.block() else { return Finality::Nothing };
        let mut place = Place { view: certificate.vote.view, digest };
        let mut blocks = Vec::new();
        while place != self.finalized_place() {
            if place.view <= self.finalized_view() {
                return Finality::Elsewhere { finalization };
            }
            let Some(Some(block)) = self.body(place) else { return Finality::Lacks { place, finalization } };
            if block.parent_view >= place.view {
                return Finality::Elsewhere { finalization };
            }
            place = Place { view: block.parent_view, digest: block.parent };
            blocks.push(block);
        }
        blocks.reverse();
        Finality::Complete { blocks, finalization }
    }

    /// Moves the finalized tip and forgets what is below it. The tip's own slot stays, so that late
    /// votes are recognised.
    pub(crate) fn finalize(&mut self, tip: Tipped) {
        debug_assert!(tip.block.view >= self.finalized_view(), "the finalized tip moves up only");
        self.slots = self.slots.split_off(&tip.block.view);
        self.pending = self.pending.split_off(&tip.block.view.next());
        self.finalized = Some(tip);
        self.changed = true;
    }

    /// Shrinks the slots from `since` up to `view` (SPECIFICATION, section 11).
    pub(crate) fn trim(&mut self, since: View, view: View) {
        let finalized = self.finalized_view();
        let range = since..view.max(since);
        for (_, slot) in self.slots.range_mut(range.clone()).filter(|(at, _)| **at != finalized) {
            slot.trim();
        }
        let bare = self.slots.range(range).filter(|(at, slot)| **at != finalized && slot.is_bare());
        for at in bare.map(|(at, _)| *at).collect::<Vec<_>>() {
            self.slots.remove(&at);
        }
    }

    /// Lets go of what is far below the current view: bodies, and below a finalization that waits
    /// for catch-up everything but own votes.
    pub(crate) fn forget_far_below(&mut self, view: View) {
        let far = view.back(MAX_OPEN_BODIES);
        let low = self.finalized_view().next();
        if self.slots.range(low..).next().is_none_or(|(first, _)| *first >= far) {
            return;
        }
        let settled = self.pending.last().copied().unwrap_or(low);
        for (at, slot) in self.slots.range_mut(low..far.max(low)) {
            slot.drop_bodies();
            if *at < settled {
                slot.keep_own_only();
            }
        }
        self.slots.retain(|at, slot| *at >= settled || *at < low || !slot.is_bare());
        self.pending.retain(|at| *at >= settled || *at >= far);
    }
}
