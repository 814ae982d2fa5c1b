//! Counting: what the votes that were cast make of a proposal, as the validator set stands.

use corridor_types::ParticipantId;

use super::concerned::concerned;
use super::{Ballot, OpenProposal};
use crate::state::State;
use crate::validators::epochs::power_of;

/// What becomes of a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tally {
    /// More votes are needed.
    Open,
    /// More than two thirds of the power and every central bank concerned are for it.
    Passed,
    /// It can pass no more: more than two thirds are out of reach, or a central bank concerned is
    /// against it.
    Dropped,
}

/// Counts by the current set. The votes of those who left it have no weight.
pub(crate) fn tally(state: &State, open: &OpenProposal) -> Tally {
    let set = state.epochs.current();
    let weigh = |approve| {
        let side = open.ballots.iter().filter(|ballot| ballot.approve == approve);
        side.map(|ballot| power_of(set, ballot.participant)).sum::<u128>()
    };
    let banks = concerned(state, &open.proposal);
    let votes: Vec<_> = banks.iter().map(|bank| vote_of(&open.ballots, *bank)).collect();
    // Saturating: who votes no is of the set, so no more than all of it does.
    let within_reach = set.is_quorum(set.total_power().saturating_sub(weigh(false)));
    if !within_reach || votes.contains(&Some(false)) {
        return Tally::Dropped;
    }
    let agreed = !votes.is_empty() && votes.iter().all(|vote| *vote == Some(true));
    if agreed && set.is_quorum(weigh(true)) { Tally::Passed } else { Tally::Open }
}

/// How a participant voted, if it did.
pub(crate) fn vote_of(ballots: &[Ballot], participant: ParticipantId) -> Option<bool> {
    let position = ballots.binary_search_by_key(&participant, |ballot| ballot.participant).ok()?;
    ballots.get(position).map(|ballot| ballot.approve)
}
