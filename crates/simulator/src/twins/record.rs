//! What one instance signed, and whether the next signature contradicts it. The checker's own
//! memory: a validator that forgets is found because this does not.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::{SignRequest, View, VoteKind, votes_conflict};

/// Everything signed, by view.
#[derive(Debug, Clone, Default)]
pub(super) struct Record {
    votes: BTreeMap<View, Vec<VoteKind>>,
    proposals: BTreeMap<View, Digest>,
}

impl Record {
    /// Takes note of a signature. Returns the view if it contradicts an earlier one.
    pub(super) fn admit(&mut self, request: &SignRequest) -> Option<View> {
        match request {
            SignRequest::Vote(vote) => {
                let votes = self.votes.entry(vote.view).or_default();
                let contradicts = votes.iter().any(|earlier| votes_conflict(earlier, &vote.kind));
                votes.push(vote.kind);
                contradicts.then_some(vote.view)
            }
            SignRequest::Proposal(block) => {
                let digest = block.digest();
                let earlier = *self.proposals.entry(block.view).or_insert(digest);
                (earlier != digest).then_some(block.view)
            }
            _ => None,
        }
    }
}
