//! Turns contradictions into evidence, once per culprit and view (SPECIFICATION, section 10).

use corridor_types::{Certificate, Evidence, SignedProposal, SignedVote, ValidatorIndex, View, votes_conflict};

use crate::engine::Engine;
use crate::interface::Action;

impl Engine {
    /// Two votes of one author that no honest validator signs both.
    pub(super) fn accuse_voter(&mut self, first: SignedVote, second: SignedVote) {
        let (culprit, view) = (first.voter, first.vote.view);
        self.accuse(culprit, view, || Evidence::ConflictingVotes { first, second });
    }

    /// Two proposals of one leader for one view.
    pub(super) fn accuse_leader(&mut self, first: Box<SignedProposal>, second: SignedProposal) {
        let (culprit, view) = (first.block.proposer, first.block.view);
        self.accuse(culprit, view, || Evidence::ConflictingProposals { first, second: Box::new(second) });
    }

    /// Two certificates that exclude each other: everyone who signed both, if the two votes exclude
    /// each other for a single validator too.
    pub(super) fn accuse_signers(&mut self, earlier: &Certificate, later: &Certificate) {
        if !votes_conflict(&earlier.vote.kind, &later.vote.kind) {
            return;
        }
        for (voter, signature) in &earlier.signatures {
            if let Ok(position) = later.signatures.binary_search_by_key(voter, |(other, _)| *other) {
                let first = SignedVote { vote: earlier.vote, voter: *voter, signature: *signature };
                let second = SignedVote { vote: later.vote, voter: *voter, signature: later.signatures[position].1 };
                self.accuse_voter(first, second);
            }
        }
    }

    fn accuse(&mut self, culprit: ValidatorIndex, view: View, evidence: impl FnOnce() -> Evidence) {
        if self.chain.slot_mut(view).accuse(culprit) {
            self.ready.then.push(Action::Evidence(evidence()));
        }
    }
}
