//! Everything that honest validators ever signed and sent, and whether two of it conflict. It does
//! not look at the signer's record: it is the second opinion about it.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::{
    Epoch, Height, Message, Sequence, SignedVote, ValidatorIndex, ValidatorSets, View, VoteKind, votes_conflict,
};

use crate::roster::Address;

/// Where a vote belongs.
type Place = (Epoch, View);

/// What was sent, by signer and place.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    votes: BTreeMap<(Address, Place), Vec<VoteKind>>,
    proposals: BTreeMap<(Address, Place), Digest>,
    batches: BTreeMap<(Address, Sequence), Digest>,
    outcomes: BTreeMap<(Address, Height), Digest>,
}

impl Signatures {
    pub const fn new() -> Self {
        Self { votes: BTreeMap::new(), proposals: BTreeMap::new(), batches: BTreeMap::new(), outcomes: BTreeMap::new() }
    }

    /// Takes up a message; says with what it conflicts.
    pub fn sent(&mut self, from: Address, message: &Message, sets: &ValidatorSets) -> Result<(), String> {
        let is_own = |epoch: Epoch, voter: ValidatorIndex| {
            let validator = sets.get(epoch).and_then(|set| set.get(voter));
            validator.is_some_and(|validator| validator.participant.0 == u32::from(from.0))
        };
        match message {
            Message::Vote(signed) if is_own(signed.vote.epoch, signed.voter) => self.vote(from, signed),
            Message::Proposal { proposal, .. } if is_own(proposal.block.epoch, proposal.block.proposer) => {
                let block = &proposal.block;
                let place = (block.epoch, block.view);
                once(&mut self.proposals, (from, place), block.digest(), "proposal of view", block.view)
            }
            Message::Batch(batch) if batch.header.lane.0 == u32::from(from.0) => {
                let header = &batch.header;
                once(&mut self.batches, (from, header.sequence), header.digest(), "batch at", header.sequence)
            }
            Message::Outcome(signed) if is_own(signed.outcome.epoch, signed.voter) => {
                let (height, state) = (signed.outcome.height, signed.outcome.state);
                once(&mut self.outcomes, (from, height), state, "outcome of height", height)
            }
            _ => Ok(()),
        }
    }

    fn vote(&mut self, from: Address, signed: &SignedVote) -> Result<(), String> {
        let vote = &signed.vote;
        let earlier = self.votes.entry((from, (vote.epoch, vote.view))).or_default();
        if earlier.contains(&vote.kind) {
            return Ok(());
        }
        let conflict = earlier.iter().find(|kind| votes_conflict(kind, &vote.kind)).copied();
        earlier.push(vote.kind);
        conflict
            .map_or(Ok(()), |kind| Err(format!("validator {from} in view {}: {kind:?} and {:?}", vote.view, vote.kind)))
    }
}

fn once<K: Ord, P: std::fmt::Display>(
    known: &mut BTreeMap<(Address, K), Digest>,
    key: (Address, K),
    digest: Digest,
    what: &str,
    place: P,
) -> Result<(), String> {
    let from = key.0;
    let first = *known.entry(key).or_insert(digest);
    if first == digest { Ok(()) } else { Err(format!("validator {from} signed a second {what} {place}")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corridor_crypto::{SecretKey, SigningContext};
    use corridor_types::Vote;

    fn vote(kind: VoteKind) -> Message {
        let context = SigningContext::new(Digest([1; 32]));
        let vote = Vote { epoch: Epoch(0), view: View(3), kind };
        Message::Vote(vote.sign(&context, ValidatorIndex(2), &SecretKey::from_seed(&[7; 32])).into_inner())
    }

    #[test]
    fn nullify_beside_finalize_is_found_and_a_repetition_is_not() {
        let mut signatures = Signatures::new();
        let sets = ValidatorSets::new(crate::economy::Economy::new(4, 4).unwrap().genesis.validator_set().unwrap());
        let mut sent = |kind| signatures.sent(Address(2), &vote(kind), &sets);
        assert_eq!(sent(VoteKind::Nullify), Ok(()));
        assert_eq!(sent(VoteKind::Nullify), Ok(()));
        assert!(sent(VoteKind::Finalize { block: Digest([4; 32]) }).is_err());
    }
}
