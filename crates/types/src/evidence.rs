//! Evidence: two signed messages that no honest validator signs both. Anybody can check it.

use corridor_crypto::{SigningContext, Verified};

use crate::{SignedProposal, SignedVote, ValidatorIndex, ValidatorSet, VoteKind};

/// Proof that a validator equivocated; names the key and verifies offline.
#[allow(clippy::large_enum_variant, reason = "rare, and handled one at a time")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// Two blocks proposed in one view.
    ConflictingProposals {
        /// One.
        first: Box<SignedProposal>,
        /// The other.
        second: Box<SignedProposal>,
    },
    /// Two notarize votes for different blocks, two finalize votes for different blocks, or
    /// nullify with finalize, in one view.
    ConflictingVotes {
        /// One.
        first: SignedVote,
        /// The other.
        second: SignedVote,
    },
}
crate::codec_enum!(Evidence {
    0 => ConflictingProposals { first, second },
    1 => ConflictingVotes { first, second },
});

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
    /// The accused, if both messages have one author.
    pub fn culprit(&self) -> Option<ValidatorIndex> {
        let (a, b) = match self {
            Self::ConflictingProposals { first, second } => (first.block.proposer, second.block.proposer),
            Self::ConflictingVotes { first, second } => (first.voter, second.voter),
        };
        (a == b).then_some(a)
    }

    /// Checks that both messages are validly signed by one validator and conflict.
    pub fn verify(self, context: &SigningContext, validators: &ValidatorSet) -> Option<Verified<Self>> {
        self.culprit()?;
        let holds = match &self {
            Self::ConflictingProposals { first, second } => {
                let (a, b) = (&first.block, &second.block);
                (a.epoch, a.view) == (b.epoch, b.view)
                    && a.digest() != b.digest()
                    && (**first).clone().verify(context, validators).is_ok()
                    && (**second).clone().verify(context, validators).is_ok()
            }
            Self::ConflictingVotes { first, second } => {
                let (a, b) = (&first.vote, &second.vote);
                (a.epoch, a.view) == (b.epoch, b.view)
                    && votes_conflict(&a.kind, &b.kind)
                    && first.verify(context, validators).is_ok()
                    && second.verify(context, validators).is_ok()
            }
        };
        holds.then(|| Verified::assume_checked(self))
    }
}
