//! The rules of proposing and voting, and of what follows from the deciding vote.

use corridor_types::operations::{GovernanceStep, Proposal};
use corridor_types::{Code, EntryKind, ParticipantId, ParticipantKind, RuleVersions, Timestamp, Uetr};

use super::concerned::concerned;
use super::tally::{Tally, tally, vote_of};
use super::{Ballot, MAX_VOTES, OpenProposal, effect};
use crate::family::{Asked, Doing, Family};
use crate::halt::invariant;
use crate::journal::{Journal, Line, Origin};
use crate::limits::{MAX_PROPOSALS, MAX_PROPOSALS_PER_PARTICIPANT, PROPOSAL_LIFETIME_MAX_MS};
use crate::refusal::{Refusal, ensure};
use crate::state::State;
use crate::tables;
use crate::validators::epochs::power_of;
use crate::{Halt, rulebook};

fn check_voice(state: &State, participant: ParticipantId, proposal: &Proposal) -> Result<(), Refusal> {
    // The cheap questions first: only for a central bank is it worth looking who is concerned.
    let has_power = power_of(state.epochs.current(), participant) > 0;
    let kind = state.participant(participant).map(|entry| entry.kind);
    let is_concerned =
        || kind == Some(ParticipantKind::CentralBank) && concerned(state, proposal).contains(&participant);
    ensure(has_power || is_concerned(), Code::NoVotingPower, "participant", || {
        format!("participant {participant} runs no validator of the current set and is no central bank concerned")
    })
}

/// A permitted step.
#[derive(Debug)]
pub(crate) enum Planned<'a> {
    Propose { proposer: ParticipantId, proposal: &'a Proposal, closes: Timestamp },
    Vote { ballot: Ballot, proposal: Uetr },
}

impl Family for GovernanceStep {
    type Planned<'a> = Planned<'a>;

    /// Whether the participant has a voice in what is proposed. Uses up no reference.
    fn check_authority(&self, &Asked { state, participant, .. }: &Asked<'_>) -> Result<(), Refusal> {
        match self {
            GovernanceStep::Propose { proposal, .. } => check_voice(state, participant, proposal),
            GovernanceStep::Vote { proposal, .. } => {
                let open = state.proposals.get(proposal);
                open.map_or(Ok(()), |open| check_voice(state, participant, &open.proposal))
            }
        }
    }

    fn plan<'a>(&'a self, &Asked { state, now, participant, .. }: &Asked<'_>) -> Result<Planned<'a>, Refusal> {
        match self {
            GovernanceStep::Propose { proposal, closes } => {
                check_closing(now, *closes)?;
                check_proposal(state, now, proposal)?;
                check_room(state, participant)?;
                Ok(Planned::Propose { proposer: participant, proposal, closes: *closes })
            }
            GovernanceStep::Vote { proposal, approve } => {
                check_vote(state, now, participant, proposal)?;
                Ok(Planned::Vote { ballot: Ballot { participant, approve: *approve }, proposal: *proposal })
            }
        }
    }

    /// Carries a step out, and what it decides. Nothing is refused any more.
    fn apply(Doing { state, journal, origin, reference }: Doing<'_>, planned: Planned<'_>) -> Result<(), Halt> {
        match planned {
            Planned::Propose { proposer, proposal, closes } => {
                let ballots = vec![Ballot { participant: proposer, approve: true }];
                state.proposals.add(OpenProposal { reference, proposer, proposal: proposal.clone(), closes, ballots });
                count(state, journal, origin, reference)
            }
            Planned::Vote { ballot, proposal } => {
                let open = state.proposals.edit(&proposal).ok_or_else(|| missing(&proposal))?;
                let place = open.ballots.partition_point(|other| other.participant < ballot.participant);
                open.ballots.insert(place, ballot);
                let once = open.ballots.is_sorted_by(|one, next| one.participant < next.participant);
                invariant(once, "a participant votes once on a proposal")?;
                invariant(open.ballots.len() <= MAX_VOTES, "the votes on a proposal are bounded")?;
                count(state, journal, origin, proposal)
            }
        }
    }
}

fn check_closing(now: Timestamp, closes: Timestamp) -> Result<(), Refusal> {
    let last = now.plus_ms(PROPOSAL_LIFETIME_MAX_MS);
    ensure(now < closes && closes <= last, Code::BadDeadline, "step.closes", || {
        format!("{closes} ms; choose a time after {now} ms, at the latest {last} ms")
    })
}

fn check_proposal(state: &State, now: Timestamp, proposal: &Proposal) -> Result<(), Refusal> {
    if let Proposal::Rulebook { pack } = proposal {
        rulebook::publish::check_date(now, pack)?;
    }
    effect::check(state, now, proposal).map(|_| ())
}

fn check_room(state: &State, participant: ParticipantId) -> Result<(), Refusal> {
    ensure(state.proposals.count() < MAX_PROPOSALS, Code::CapacityExceeded, "step.proposal", || {
        format!("{MAX_PROPOSALS} proposals are open; vote on them")
    })?;
    let own = state.proposals.slots.iter().filter(|(_, open)| open.proposer == participant).count();
    ensure(own < MAX_PROPOSALS_PER_PARTICIPANT, Code::CapacityExceeded, "step.proposal", || {
        format!("{own} proposals of participant {participant} are open; wait for the votes on them")
    })
}

fn check_vote(state: &State, now: Timestamp, participant: ParticipantId, proposal: &Uetr) -> Result<(), Refusal> {
    // The sweep may be behind; the closing time alone counts.
    let open = state.proposals.get(proposal).filter(|open| now < open.closes).ok_or_else(|| {
        let detail = format!("{proposal} is no proposal, or it is decided, dropped or closed");
        Refusal::new(Code::UnknownProposal, "step.proposal", detail)
    })?;
    ensure(vote_of(&open.ballots, participant).is_none(), Code::AlreadyVoted, "step.proposal", || {
        format!("participant {participant} has voted on {proposal}")
    })?;
    ensure(open.ballots.len() < MAX_VOTES, Code::CapacityExceeded, "step.proposal", || {
        format!("{MAX_VOTES} votes were cast on {proposal}; propose it anew")
    })
}

fn missing(proposal: &Uetr) -> Halt {
    Halt::RecordMissing { table: tables::PROPOSALS, key: proposal.to_string() }
}

fn count(state: &mut State, journal: &mut Journal, origin: Origin, proposal: Uetr) -> Result<(), Halt> {
    let open = state.proposals.get(&proposal).ok_or_else(|| missing(&proposal))?;
    match tally(state, open) {
        Tally::Open => Ok(()),
        Tally::Dropped => {
            state.proposals.remove(&proposal);
            Ok(())
        }
        Tally::Passed => enact(state, journal, origin, proposal),
    }
}

/// Lets a proposal that has passed take effect if it still can, and reports which.
fn enact(state: &mut State, journal: &mut Journal, origin: Origin, reference: Uetr) -> Result<(), Halt> {
    let open = state.proposals.remove(&reference).ok_or_else(|| missing(&reference))?;
    let unknown = || Halt::RecordMissing { table: tables::REFERENCES, key: reference.to_string() };
    let content = state.references.get(&reference).ok_or_else(unknown)?.content;
    let code = match effect::check(state, journal.time, &open.proposal) {
        Ok(effect) => {
            effect::take(state, effect);
            Code::Ok
        }
        Err(refusal) => refusal.code,
    };
    let rules = RuleVersions::default();
    journal.add(origin, Line { kind: EntryKind::Enact, reference, content, status: None, code, rules });
    Ok(())
}
