//! What is known about one view: proposal, votes, certificates, block bodies, own votes. Each
//! change has a name. A slot decides nothing by itself.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::{Block, Certificate, SignedProposal, SignedVote, ValidatorIndex, VoteKind};

use crate::votes::{Counted, Tally};

/// Everything this validator ever asked its signer to sign in a view. Filled when the signature is
/// requested, from the record after a restart, and from any own vote that a peer shows us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Own {
    proposed: bool,
    notarize: Option<Digest>,
    nullify: bool,
    finalize: Option<Digest>,
}

impl Own {
    /// Takes note of an own proposal.
    pub(crate) const fn record_proposal(&mut self) {
        self.proposed = true;
    }

    /// Takes note of an own vote.
    pub(crate) fn record(&mut self, kind: &VoteKind) {
        match kind {
            VoteKind::Notarize { block } => _ = self.notarize.get_or_insert(*block),
            VoteKind::Nullify => self.nullify = true,
            VoteKind::Finalize { block } => _ = self.finalize.get_or_insert(*block),
        }
    }

    /// SPECIFICATION 3.2: one notarize per view, none after giving up on it.
    pub(crate) const fn may_notarize(&self) -> bool {
        self.notarize.is_none() && !self.nullify
    }

    /// SPECIFICATION 3.3: never nullify after finalize; once is enough.
    pub(crate) const fn may_nullify(&self) -> bool {
        self.finalize.is_none() && !self.nullify
    }

    /// SPECIFICATION 3.4: never finalize after nullify, and once only.
    pub(crate) fn may_finalize(&self) -> bool {
        self.finalize.is_none() && (!self.nullify || planted::is(Bug::FinalizesAfterNullify))
    }

    /// SPECIFICATION 3.1: one proposal per view, none in a view that was voted in before.
    pub(crate) const fn may_propose(&self) -> bool {
        !self.proposed && self.notarize.is_none() && !self.nullify
    }

    /// True if a vote was cast.
    pub(crate) const fn has_voted(&self) -> bool {
        self.notarize.is_some() || self.nullify || self.finalize.is_some()
    }
}

/// Where the replica's opinion on the proposal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Judgement {
    /// Not asked yet.
    #[default]
    Open,
    /// Asked, and not answered yet.
    Asked,
    /// It may be voted for.
    Accepted,
    /// Refused, and never voted for.
    Refused,
}

/// The leader's first proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    pub(crate) digest: Digest,
    pub(crate) signed: SignedProposal,
    pub(crate) judgement: Judgement,
}

/// A block's content and whether it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Body {
    block: Block,
    saved: bool,
}

/// What a certificate did to a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Certified {
    /// It is new.
    New,
    /// One of the kind is held.
    Known,
    /// Both can be only if more than a third of the power is faulty. The earlier one stays.
    Contradicts {
        /// The one that is held.
        earlier: Certificate,
    },
}

/// What a proposal did to a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Proposed {
    /// The first of the view.
    New,
    /// The same again.
    Repeated,
    /// The leader equivocated; the first one stays.
    Conflicts {
        /// The first one.
        earlier: Box<SignedProposal>,
    },
}

/// Everything about one view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Slot {
    notarization: Option<Certificate>,
    nullification: Option<Certificate>,
    finalization: Option<Certificate>,
    tally: Tally,
    own: Own,
    proposal: Option<Proposal>,
    /// At most three: the proposal, the certified block, the ancestor of a finalized one. They
    /// are one and the same unless the leader equivocates.
    bodies: BTreeMap<Digest, Body>,
    /// Named as ancestor by a finalized block.
    ancestor: Option<Digest>,
    /// Against whom evidence of this view was made.
    accused: BTreeSet<ValidatorIndex>,
}

impl Slot {
    /// The notarization, if one is held.
    pub(crate) const fn notarization(&self) -> Option<&Certificate> {
        self.notarization.as_ref()
    }

    /// The nullification, if one is held.
    #[cfg(test)]
    pub(crate) const fn nullification(&self) -> Option<&Certificate> {
        self.nullification.as_ref()
    }

    /// The finalization, if one is held.
    pub(crate) const fn finalization(&self) -> Option<&Certificate> {
        self.finalization.as_ref()
    }

    /// True if a nullification is held.
    pub(crate) const fn is_nullified(&self) -> bool {
        self.nullification.is_some()
    }

    /// The votes as they came in.
    pub(crate) const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Counts a vote.
    pub(crate) fn add_vote(&mut self, vote: SignedVote) -> Counted {
        self.tally.add(vote)
    }

    /// What this validator signed.
    pub(crate) const fn own(&self) -> &Own {
        &self.own
    }

    /// The same, to take note of more.
    pub(crate) const fn own_mut(&mut self) -> &mut Own {
        &mut self.own
    }

    /// What peers have shown of a validator's votes is taken as our own.
    pub(crate) fn recognise(&mut self, me: ValidatorIndex) {
        self.tally.of(me).for_each(|vote| self.own.record(&vote.vote.kind));
    }

    /// The leader's first proposal.
    pub(crate) const fn proposal(&self) -> Option<&Proposal> {
        self.proposal.as_ref()
    }

    /// The replica's opinion on the proposal.
    pub(crate) const fn set_judgement(&mut self, judgement: Judgement) {
        if let Some(proposal) = &mut self.proposal {
            proposal.judgement = judgement;
        }
    }

    /// A block's content, if it is held.
    pub(crate) fn body(&self, digest: Digest) -> Option<&Block> {
        self.bodies.get(&digest).map(|body| &body.block)
    }

    /// How many blocks' contents are held.
    #[cfg(test)]
    pub(crate) fn bodies(&self) -> usize {
        self.bodies.len()
    }

    /// Keeps a block's content. `saved`: it is on disk already.
    pub(crate) fn add_body(&mut self, digest: Digest, block: Block, saved: bool) {
        self.bodies.entry(digest).or_insert(Body { block, saved });
    }

    /// Lets go of every block's content.
    pub(crate) fn drop_bodies(&mut self) {
        self.bodies.clear();
    }

    /// A finalized block names this one as its ancestor.
    pub(crate) fn name_ancestor(&mut self, digest: Digest) {
        self.ancestor.get_or_insert(digest);
    }

    /// True the first time: evidence against this validator is made once per view.
    pub(crate) fn accuse(&mut self, culprit: ValidatorIndex) -> bool {
        self.accused.insert(culprit)
    }

    /// Lets go of everything but what this validator signed.
    pub(crate) fn keep_own_only(&mut self) {
        *self = Self { own: std::mem::take(&mut self.own), ..Self::default() };
    }

    /// The block of the view that a quorum stands behind. A finalization proves the notarization
    /// (SPECIFICATION 4.2).
    pub(crate) fn certified(&self) -> Option<Digest> {
        self.finalization.as_ref().or(self.notarization.as_ref()).and_then(Certificate::block)
    }

    /// The strongest certificate that the view is over.
    pub(crate) fn end(&self) -> Option<&Certificate> {
        self.finalization.as_ref().or(self.notarization.as_ref()).or(self.nullification.as_ref())
    }

    /// Every certificate held.
    pub(crate) fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.notarization.iter().chain(&self.nullification).chain(&self.finalization)
    }

    /// True if an unsigned block of this name is of use.
    pub(crate) fn names(&self, digest: Digest) -> bool {
        self.certified() == Some(digest) || self.ancestor == Some(digest)
    }

    /// Keeps a certificate unless one of its kind is held.
    pub(crate) fn add_certificate(&mut self, certificate: Certificate) -> Certified {
        if let Some(earlier) = self.contradiction(&certificate) {
            return Certified::Contradicts { earlier: earlier.clone() };
        }
        let place = match certificate.vote.kind {
            VoteKind::Notarize { .. } => &mut self.notarization,
            VoteKind::Nullify => &mut self.nullification,
            VoteKind::Finalize { .. } => &mut self.finalization,
        };
        if place.is_some() {
            return Certified::Known;
        }
        *place = Some(certificate);
        Certified::New
    }

    fn contradiction(&self, new: &Certificate) -> Option<&Certificate> {
        let blocks = self.notarization.iter().chain(&self.finalization);
        match new.vote.kind {
            VoteKind::Nullify => self.finalization.as_ref(),
            VoteKind::Notarize { block } => blocks.into_iter().find(|held| held.block() != Some(block)),
            VoteKind::Finalize { block } => {
                blocks.into_iter().find(|held| held.block() != Some(block)).or(self.nullification.as_ref())
            }
        }
    }

    /// Keeps the leader's first proposal. Its body is the chain's to keep.
    pub(crate) fn add_proposal(&mut self, digest: Digest, signed: SignedProposal) -> Proposed {
        if planted::is(Bug::NotarizesTwice) && self.proposal.as_ref().is_some_and(|held| held.digest != digest) {
            (self.proposal, self.own.notarize) = (None, None);
        }
        if let Some(earlier) = &self.proposal {
            let same = earlier.digest == digest;
            let conflict = || Proposed::Conflicts { earlier: Box::new(earlier.signed.clone()) };
            return if same { Proposed::Repeated } else { conflict() };
        }
        self.proposal = Some(Proposal { digest, signed, judgement: Judgement::Open });
        Proposed::New
    }

    /// The block, if this call is the first to ask for its writing.
    pub(crate) fn save_body(&mut self, digest: Digest) -> Option<Block> {
        let body = self.bodies.get_mut(&digest).filter(|body| !body.saved)?;
        body.saved = true;
        Some(body.block.clone())
    }

    /// Lets go of what an old view does not need: what is left is one certificate of each kind, own
    /// votes and at most three bodies.
    pub(crate) fn trim(&mut self) {
        self.tally = Tally::default();
        self.proposal = None;
        let needed = [self.certified(), self.ancestor, self.own.notarize];
        self.bodies.retain(|digest, _| needed.contains(&Some(*digest)));
    }

    /// True if nothing is known that could still matter.
    pub(crate) fn is_bare(&self) -> bool {
        self.end().is_none() && self.ancestor.is_none() && self.own == Own::default()
    }
}
