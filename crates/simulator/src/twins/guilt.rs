//! Who broke agreement, from certificates alone. A pure function of what was collected; no engine,
//! no clock, nothing about scenarios: it would serve an investigator with the validators' disks.
//!
//! Two conflicting finalizations are mostly of different views, and no pair of votes of different
//! views accuses anybody. But somewhere two certificates of *one* view exclude each other (the
//! argument of the consensus specification, section 13, read backwards). Let `b` be final in view
//! `v`, and `c` in `w >= v` not descend from it:
//!
//! * `w = v`: two finalizations of one view;
//! * otherwise walk from `c` down to the first block whose parent is at `p <= v`. At `p = v` the
//!   parent is another block than `b`: two notarizations of `v`. At `p < v` view `v` was nullified,
//!   or the honest members of the quorum behind that block would not have voted for it: a
//!   nullification and a finalization of `v`.
//!
//! Every certificate named here was written by the honest members of a quorum before they signed
//! what follows from it, `b`'s own notarization included. So it must be on somebody's disk unless it
//! was pruned: a notarization or nullification below a finalized block is, and its proof with it.
//!
//! Whoever signed both has two votes in one view that no honest validator signs, and two quorums
//! share more than a third of the power.

use std::collections::BTreeMap;

use corridor_crypto::Signature;
use corridor_types::{Certificate, Epoch, Evidence, SignedVote, ValidatorIndex, View, Vote, VoteKind, votes_conflict};

/// One side of a contradiction: what was voted, and by whom.
type Ballots = BTreeMap<VoteKind, BTreeMap<ValidatorIndex, Signature>>;

/// Votes collected from any number of validators, by view. Holds what it is given: bound the input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Testimony {
    views: BTreeMap<(Epoch, View), Ballots>,
}

impl Testimony {
    /// Takes the votes of a verified certificate.
    pub fn add_certificate(&mut self, certificate: &Certificate) {
        let Vote { epoch, view, kind } = certificate.vote;
        let ballots = self.views.entry((epoch, view)).or_default();
        ballots.entry(kind).or_default().extend(certificate.signatures.iter().copied());
    }

    /// Takes a single verified vote.
    pub fn add_vote(&mut self, signed: &SignedVote) {
        let Vote { epoch, view, kind } = signed.vote;
        let ballots = self.views.entry((epoch, view)).or_default();
        ballots.entry(kind).or_default().insert(signed.voter, signed.signature);
    }

    /// Takes both votes of verified evidence. Everything else is proof as it is, and no votes.
    pub fn add_evidence(&mut self, evidence: &Evidence) {
        if let Evidence::ConflictingVotes { first, second } = evidence {
            self.add_vote(first);
            self.add_vote(second);
        }
    }

    /// Takes everything that another investigator collected.
    pub fn merge(&mut self, other: &Self) {
        for (place, ballots) in &other.views {
            let own = self.views.entry(*place).or_default();
            for (kind, signatures) in ballots {
                own.entry(*kind).or_default().extend(signatures.iter().map(|(voter, signature)| (*voter, *signature)));
            }
        }
    }

    /// One proof per guilty validator, of the lowest view in which it contradicted itself.
    pub fn evidence(&self) -> BTreeMap<ValidatorIndex, Evidence> {
        let mut found = BTreeMap::new();
        for (place, ballots) in &self.views {
            for (first, second) in conflicting_pairs(ballots) {
                for (culprit, evidence) in signers_of_both(*place, ballots, *first, *second) {
                    found.entry(culprit).or_insert(evidence);
                }
            }
        }
        found
    }
}

fn conflicting_pairs(ballots: &Ballots) -> impl Iterator<Item = (&VoteKind, &VoteKind)> {
    let pairs = ballots.keys().flat_map(|first| ballots.keys().map(move |second| (first, second)));
    pairs.filter(|(first, second)| first < second && votes_conflict(first, second))
}

fn signers_of_both(
    (epoch, view): (Epoch, View),
    ballots: &Ballots,
    first: VoteKind,
    second: VoteKind,
) -> impl Iterator<Item = (ValidatorIndex, Evidence)> {
    let (one, other) = (ballots.get(&first), ballots.get(&second));
    let vote = move |kind, voter, signature| SignedVote { vote: Vote { epoch, view, kind }, voter, signature };
    let both = one.into_iter().flatten().filter_map(move |(voter, signature)| {
        let again = other?.get(voter)?;
        Some((*voter, vote(first, *voter, *signature), vote(second, *voter, *again)))
    });
    both.map(|(voter, first, second)| (voter, Evidence::ConflictingVotes { first, second }))
}
