//! The votes of one view, as they came in. Holds at most one *notarize* and one of *nullify* or
//! *finalize* per validator: what contradicts an earlier vote is handed back, never counted.

use std::collections::BTreeMap;

use corridor_crypto::planted::{self, Bug};
use corridor_types::{Certificate, SignedVote, ValidatorIndex, ValidatorSet, Vote, VoteKind, votes_conflict};

/// What became of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// The first of its kind from this voter: it counts.
    New,
    /// The same vote was there.
    Repeated,
    /// No honest validator signs both; the earlier one counts.
    Conflicts {
        /// The one that counts.
        earlier: SignedVote,
    },
}

/// One validator's votes in one view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Ballot {
    notarize: Option<SignedVote>,
    leave: Option<SignedVote>,
}

impl Ballot {
    fn votes(&self) -> impl Iterator<Item = &SignedVote> {
        self.notarize.iter().chain(&self.leave)
    }
}

/// The votes of one view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    ballots: BTreeMap<ValidatorIndex, Ballot>,
}

impl Tally {
    /// Counts a vote unless its author contradicts itself.
    pub(crate) fn add(&mut self, vote: SignedVote) -> Counted {
        let ballot = self.ballots.entry(vote.voter).or_default();
        let differs = |earlier: &SignedVote| planted::is(Bug::AccusesHonestVotes) && earlier.vote != vote.vote;
        let contradicts =
            |earlier: &&SignedVote| votes_conflict(&earlier.vote.kind, &vote.vote.kind) || differs(earlier);
        if let Some(earlier) = ballot.votes().find(contradicts) {
            return Counted::Conflicts { earlier: *earlier };
        }
        let place = match vote.vote.kind {
            VoteKind::Notarize { .. } => &mut ballot.notarize,
            VoteKind::Nullify | VoteKind::Finalize { .. } => &mut ballot.leave,
        };
        if place.is_some() {
            return Counted::Repeated;
        }
        *place = Some(vote);
        Counted::New
    }

    /// The votes of one validator.
    pub(crate) fn of(&self, voter: ValidatorIndex) -> impl Iterator<Item = &SignedVote> {
        self.ballots.get(&voter).into_iter().flat_map(Ballot::votes)
    }

    /// All votes, by validator.
    pub(crate) fn all(&self) -> impl Iterator<Item = &SignedVote> {
        self.ballots.values().flat_map(Ballot::votes)
    }

    /// The certificate for `vote` if a quorum cast it.
    pub(crate) fn quorum(&self, vote: &Vote, validators: &ValidatorSet) -> Option<Certificate> {
        let same = || self.all().filter(|other| other.vote == *vote);
        let power = same().map(|other| validators.power(other.voter)).sum();
        let all = || self.ballots.keys().map(|voter| validators.power(*voter)).sum();
        let power = if planted::is(Bug::VotesOfTwoBlocksAdded) { all() } else { power };
        let signatures = || same().map(|other| (other.voter, other.signature)).collect();
        validators.is_quorum(power).then(|| Certificate { vote: *vote, signatures: signatures() })
    }
}
