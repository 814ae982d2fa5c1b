//! What a replica asks its signer to sign, and what comes back.
//!
//! The pure machine never holds a key. It asks; the signer records durably what it is about to
//! sign, refuses what conflicts with its record, signs, and hands the result back as an input.

use std::sync::Arc;

use corridor_crypto::{SecretKey, Signature, SigningContext, Verified};

use crate::{
    Acknowledgement, BatchHeader, Block, Outcome, SignedAcknowledgement, SignedOutcome, SignedProposal, SignedVote,
    ValidatorIndex, Vote,
};

/// Something to sign as validator `voter` of its epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignRequest {
    /// A block, as the leader of its view. At most one per view.
    Proposal(Block),
    /// A vote. Never two that conflict ([`crate::votes_conflict`]).
    Vote(Vote),
    /// A batch header, as the author of a lane. At most one per sequence.
    Batch(BatchHeader),
    /// An acknowledgement of a stored batch.
    Acknowledgement(Acknowledgement),
    /// The outcome of an executed block. At most one per height.
    Outcome(Outcome),
}

/// A signed counterpart of a [`SignRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signed {
    /// A signed block.
    Proposal(Arc<Verified<SignedProposal>>),
    /// A signed vote.
    Vote(Verified<SignedVote>),
    /// A signed batch header.
    Batch(BatchHeader, Signature),
    /// A signed acknowledgement.
    Acknowledgement(Verified<SignedAcknowledgement>),
    /// A signed outcome.
    Outcome(Verified<SignedOutcome>),
}

impl SignRequest {
    /// Signs without looking at any record. Only a signer may call it, after its own checks.
    pub fn sign_unchecked(self, context: &SigningContext, voter: ValidatorIndex, key: &SecretKey) -> Signed {
        match self {
            Self::Proposal(block) => Signed::Proposal(Arc::new(SignedProposal::sign(block, context, key))),
            Self::Vote(vote) => Signed::Vote(vote.sign(context, voter, key)),
            Self::Batch(header) => Signed::Batch(header, key.sign(&header.signed_message(context))),
            Self::Acknowledgement(body) => Signed::Acknowledgement(body.sign(context, voter, key)),
            Self::Outcome(outcome) => Signed::Outcome(outcome.sign(context, voter, key)),
        }
    }
}
