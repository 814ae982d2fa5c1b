//! Decisions that the validators take together: what is proposed, who voted, what passed.
//!
//! A proposal is **open** from its [`Propose`](corridor_types::operations::GovernanceStep) on, which
//! is also the proposer's vote for it. It ends in one of these ways, and its slot comes free:
//!
//! | when | what |
//! |---|---|
//! | validators with more than two thirds of the power and every central bank concerned are for it | **passed**: in the same step it takes effect, or fails for good if the state does not allow it any more; an entry `enact` says which |
//! | more than two thirds are out of reach, or a central bank concerned is against it | **dropped**, without an entry |
//! | its closing time comes | **closed**, without an entry |
//!
//! Power is that of the *current* set at the moment of counting, and counting happens at each vote:
//! the votes of those who left the set weigh nothing, those of newcomers to it weigh what they now
//! have. A participant votes once. Central banks concerned, whose votes count beside their power:
//!
//! | proposal | central banks concerned |
//! |---|---|
//! | `validators` | the supervisor of each participant that changes |
//! | `rulebook` | those of the pack's country |
//! | `participant` | the supervisor that the entry names; for a new central bank those that issue an asset |
//! | `parameters`, `upgrade` | those that issue an asset |
//!
//! One whose authorisation was ended is asked no more; where none is left, those that issue an asset
//! are asked. This module decides nothing about keys or money; what a pack means is
//! [`rulebook`](crate::rulebook)'s.

pub(crate) mod concerned;
mod effect;
mod newcomer;
pub(crate) mod rules;
pub(crate) mod tally;
#[cfg(test)]
pub(crate) mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use corridor_types::limits::{MAX_VALIDATOR_CHANGES, MAX_VALIDATORS};
use corridor_types::operations::Proposal;
use corridor_types::{ParticipantId, Timestamp, Uetr};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// Votes that are kept of one proposal: those of a full set, and of a central bank for each change
/// of validators.
pub(crate) const MAX_VOTES: usize = MAX_VALIDATORS + MAX_VALIDATOR_CHANGES;

/// A participant's vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ballot {
    /// The participant that votes.
    pub participant: ParticipantId,
    /// For the proposal, or against it.
    pub approve: bool,
}
corridor_types::codec_struct!(Ballot { participant, approve });

/// A proposal on which votes are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenProposal {
    /// The reference by which it is named.
    pub reference: Uetr,
    /// Who made it.
    pub proposer: ParticipantId,
    /// What is to be decided.
    pub proposal: Proposal,
    /// Blocks at this time or later count no votes.
    pub closes: Timestamp,
    /// The votes, ascending by participant.
    pub ballots: Vec<Ballot>,
}
corridor_types::codec_struct!(OpenProposal { reference, proposer, proposal, closes, ballots[MAX_VOTES] });

/// All open proposals. One that ends gives its slot back; the lowest free one is taken first.
#[derive(Debug, Clone)]
pub(crate) struct Proposals {
    pub slots: Slots<OpenProposal>,
    by_reference: BTreeMap<Uetr, u32>,
    by_end: BTreeSet<(Timestamp, u32)>,
    free: BinaryHeap<Reverse<u32>>,
}

impl Index<OpenProposal> for Proposals {
    fn new(slots: Slots<OpenProposal>, _: &Meta) -> Result<Self, Misplaced> {
        let by_reference = slots.iter().map(|(slot, open)| (open.reference, slot)).collect();
        let by_end = slots.iter().map(|(slot, open)| (open.closes, slot)).collect();
        let free = (0..slots.len()).filter(|slot| slots.get(*slot).is_none()).map(Reverse).collect();
        Ok(Self { slots, by_reference, by_end, free })
    }
}

impl Proposals {
    pub fn get(&self, reference: &Uetr) -> Option<&OpenProposal> {
        self.slots.get(*self.by_reference.get(reference)?)
    }

    pub fn edit(&mut self, reference: &Uetr) -> Option<&mut OpenProposal> {
        let slot = *self.by_reference.get(reference)?;
        self.slots.edit(slot)
    }

    pub fn count(&self) -> u32 {
        self.slots.count()
    }

    pub fn add(&mut self, proposal: OpenProposal) {
        let slot = self.free.pop().map_or_else(|| self.slots.len(), |Reverse(slot)| slot);
        self.by_reference.insert(proposal.reference, slot);
        self.by_end.insert((proposal.closes, slot));
        self.slots.put(slot, Some(proposal));
    }

    pub fn remove(&mut self, reference: &Uetr) -> Option<OpenProposal> {
        let slot = self.by_reference.remove(reference)?;
        let proposal = self.slots.put(slot, None)?;
        self.by_end.remove(&(proposal.closes, slot));
        self.free.push(Reverse(slot));
        Some(proposal)
    }

    /// At most `limit` proposals whose vote has closed at `now`, by end and slot.
    pub fn closed(&self, now: Timestamp, limit: usize) -> Vec<Uetr> {
        let closed = self.by_end.iter().take_while(|(end, _)| *end <= now).take(limit);
        closed.filter_map(|(_, slot)| Some(self.slots.get(*slot)?.reference)).collect()
    }
}
