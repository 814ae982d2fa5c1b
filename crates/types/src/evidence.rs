//! Evidence: two signed messages that no honest validator signs both. Anybody can check it.

use corridor_crypto::{Signature, SigningContext, Verified};

use crate::{
    BatchHeader, Epoch, SignedOutcome, SignedProposal, SignedVote, Validator, ValidatorIndex, ValidatorSet,
    ValidatorSets, VoteKind,
};

/// Proof that a validator equivocated; names the key and verifies offline.
#[allow(clippy::large_enum_variant, reason = "rare, and handled one at a time")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Two blocks proposed in one view.
    ConflictingProposals {
        /// One of the two, both signed by the leader.
        first: Box<SignedProposal>,
        /// The other, with another block.
        second: Box<SignedProposal>,
    },
    /// Two notarize votes for different blocks, two finalize votes for different blocks, or
    /// nullify with finalize, in one view.
    ConflictingVotes {
        /// One of the two, both signed by the voter.
        first: SignedVote,
        /// The other, which no honest voter signs beside it.
        second: SignedVote,
    },
    /// Two batches for one position of a lane.
    ConflictingBatches {
        /// One of the two, both signed by the author.
        first: SignedHeader,
        /// The other, at the same position.
        second: SignedHeader,
    },
    /// Two outcomes of one height.
    ConflictingOutcomes {
        /// One of the two, both signed by the validator.
        first: SignedOutcome,
        /// The other, of the same height.
        second: SignedOutcome,
    },
}
crate::codec_enum!(Evidence {
    0 => ConflictingProposals { first, second },
    1 => ConflictingVotes { first, second },
    2 => ConflictingBatches { first, second },
    3 => ConflictingOutcomes { first, second },
});

/// A batch's header with its author's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedHeader {
    /// The header that the author signed.
    pub header: BatchHeader,
    /// The author's signature.
    pub signature: Signature,
}
crate::codec_struct!(SignedHeader { header, signature });

impl SignedHeader {
    fn holds(&self, context: &SigningContext, author: &Validator) -> bool {
        author.key.verify(&self.header.signed_message(context), &self.signature).is_ok()
    }
}

impl<T: crate::Encode> crate::Encode for Box<T> {
    fn encode(&self, out: &mut Vec<u8>) {
        (**self).encode(out);
    }
}

impl<T: crate::Decode> crate::Decode for Box<T> {
    fn decode(reader: &mut crate::codec::Reader<'_>) -> Result<Self, crate::DecodeError> {
        T::decode(reader).map(Self::new)
    }
}

/// True if no honest validator signs both votes (of one view and epoch).
pub fn votes_conflict(first: &VoteKind, second: &VoteKind) -> bool {
    match (first, second) {
        (VoteKind::Notarize { block: a }, VoteKind::Notarize { block: b })
        | (VoteKind::Finalize { block: a }, VoteKind::Finalize { block: b }) => a != b,
        (VoteKind::Nullify, VoteKind::Finalize { .. }) | (VoteKind::Finalize { .. }, VoteKind::Nullify) => true,
        _ => false,
    }
}

impl Evidence {
    /// The epoch in whose set the accused signed; `None` if the two messages are of two epochs.
    pub fn epoch(&self) -> Option<Epoch> {
        let (a, b) = match self {
            Self::ConflictingProposals { first, second } => (first.block.epoch, second.block.epoch),
            Self::ConflictingVotes { first, second } => (first.vote.epoch, second.vote.epoch),
            Self::ConflictingBatches { first, second } => (first.header.epoch, second.header.epoch),
            Self::ConflictingOutcomes { first, second } => (first.outcome.epoch, second.outcome.epoch),
        };
        (a == b).then_some(a)
    }

    /// The accused among the validators of its epoch, if both messages have one author.
    pub fn culprit<'a>(&self, validators: &'a ValidatorSet) -> Option<(ValidatorIndex, &'a Validator)> {
        let (a, b) = match self {
            Self::ConflictingProposals { first, second } => (first.block.proposer, second.block.proposer),
            Self::ConflictingVotes { first, second } => (first.voter, second.voter),
            Self::ConflictingBatches { first, second } => {
                (validators.index_of(first.header.lane)?, validators.index_of(second.header.lane)?)
            }
            Self::ConflictingOutcomes { first, second } => (first.voter, second.voter),
        };
        Some((a, validators.get(a)?)).filter(|_| a == b && self.epoch() == Some(validators.epoch()))
    }

    /// True if the two messages contradict each other, whoever signed them.
    fn conflicts(&self) -> bool {
        match self {
            Self::ConflictingProposals { first, second } => {
                first.block.view == second.block.view && first.block.digest() != second.block.digest()
            }
            Self::ConflictingVotes { first, second } => {
                first.vote.view == second.vote.view && votes_conflict(&first.vote.kind, &second.vote.kind)
            }
            Self::ConflictingBatches { first, second } => {
                let (a, b) = (&first.header, &second.header);
                (a.lane, a.sequence) == (b.lane, b.sequence) && a.digest() != b.digest()
            }
            Self::ConflictingOutcomes { first, second } => {
                first.outcome.height == second.outcome.height && first.outcome != second.outcome
            }
        }
    }

    /// Checks that both messages are validly signed by one validator of its epoch and conflict.
    pub fn verify(self, context: &SigningContext, sets: &ValidatorSets) -> Option<Verified<Self>> {
        let validators = sets.get(self.epoch()?)?;
        let (_, culprit) = self.culprit(validators)?;
        let signed = match &self {
            Self::ConflictingProposals { first, second } => {
                (**first).clone().verify(context, validators).is_ok()
                    && (**second).clone().verify(context, validators).is_ok()
            }
            Self::ConflictingVotes { first, second } => {
                first.verify(context, validators).is_ok() && second.verify(context, validators).is_ok()
            }
            Self::ConflictingBatches { first, second } => {
                first.holds(context, culprit) && second.holds(context, culprit)
            }
            Self::ConflictingOutcomes { first, second } => {
                first.verify(context, validators).is_ok() && second.verify(context, validators).is_ok()
            }
        };
        (signed && self.conflicts()).then(|| Verified::assume_checked(self))
    }
}
