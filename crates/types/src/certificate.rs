//! Votes and certificates of the ordering protocol, and the quorum check that all certificates use.

use corridor_crypto::{
    BatchVerifier, Digest, Domain, PublicKey, SecretKey, Signature, SignatureError, SigningContext, Verified,
};
use serde::{Deserialize, Serialize};

use crate::codec::Encode;
use crate::limits::MAX_VALIDATORS;
use crate::{Epoch, ValidatorIndex, ValidatorSet, View};

/// What a validator says about a view (Simplex, section 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum VoteKind {
    /// "This is the one block of the view that I accept."
    Notarize {
        /// Digest of the block.
        block: Digest,
    },
    /// "I gave up on the view" (the paper's vote for the dummy block).
    Nullify,
    /// "I saw the notarization and did not give up on the view."
    Finalize {
        /// The notarized block.
        block: Digest,
    },
}
crate::codec_enum!(VoteKind { 0 => Notarize { block }, 1 => Nullify, 2 => Finalize { block } });

/// A vote's content. Epoch and view come first in what is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Vote {
    /// The epoch whose set the voter belongs to.
    pub epoch: Epoch,
    /// The view that the vote counts in.
    pub view: View,
    /// What is said about it.
    pub kind: VoteKind,
}
crate::codec_struct!(Vote { epoch, view, kind });

impl Vote {
    /// What is signed.
    pub fn signed_message(&self, context: &SigningContext) -> Vec<u8> {
        context.message(Domain::Vote, &self.to_bytes())
    }

    /// Signs as `voter`.
    pub fn sign(self, context: &SigningContext, voter: ValidatorIndex, key: &SecretKey) -> Verified<SignedVote> {
        let signature = key.sign(&self.signed_message(context));
        Verified::assume_checked(SignedVote { vote: self, voter, signature })
    }
}

/// A vote with its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedVote {
    /// What was voted.
    pub vote: Vote,
    /// Index of the voter in the epoch's set.
    pub voter: ValidatorIndex,
    /// The voter's signature.
    pub signature: Signature,
}
crate::codec_struct!(SignedVote { vote, voter, signature });

impl SignedVote {
    /// Checks the signature against the set.
    ///
    /// # Errors
    /// [`SignatureError`], also when the voter is not in the set.
    pub fn verify(self, context: &SigningContext, validators: &ValidatorSet) -> Result<Verified<Self>, SignatureError> {
        let voter = validators.get(self.voter).ok_or(SignatureError::BadPublicKey)?;
        voter.key.verify(&self.vote.signed_message(context), &self.signature)?;
        Ok(Verified::assume_checked(self))
    }
}

/// A quorum of equal votes: a notarization, a nullification or a finalization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// What the quorum voted.
    pub vote: Vote,
    /// Who, strictly ascending, each with its signature over `vote`.
    pub signatures: Vec<(ValidatorIndex, Signature)>,
}
crate::codec_struct!(Certificate { vote, signatures[MAX_VALIDATORS] });

/// Why a certificate was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Made by another epoch's validators.
    #[error("the certificate is of epoch {got}, the validator set of epoch {expected}")]
    WrongEpoch {
        /// The certificate's epoch.
        got: Epoch,
        /// The set's epoch.
        expected: Epoch,
    },
    /// The signers are not strictly ascending: one may be counted twice.
    #[error("the signers are not strictly ascending at validator {voter}")]
    BadOrder {
        /// The first one out of place.
        voter: ValidatorIndex,
    },
    /// A signer is not in the set.
    #[error("validator {voter} is not in the set")]
    UnknownSigner {
        /// The index that the certificate names.
        voter: ValidatorIndex,
    },
    /// The signers have too little power.
    #[error("the signers have power {signed} of {total}; more than two thirds are needed")]
    NoQuorum {
        /// The signers' power.
        signed: u128,
        /// The power of all.
        total: u128,
    },
    /// A signature is wrong.
    #[error("the signature of validator {voter} is invalid")]
    BadSignature {
        /// Index of the signer in the epoch's set.
        voter: ValidatorIndex,
    },
}

/// Checks that `signatures` over `message` are valid, distinct and a quorum of `validators`.
pub(crate) fn verify_quorum(
    validators: &ValidatorSet,
    message: &[u8],
    signatures: &[(ValidatorIndex, Signature)],
) -> Result<(), CertificateError> {
    if let Some(pair) = signatures.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        return Err(CertificateError::BadOrder { voter: pair[1].0 });
    }
    let key_of = |voter| -> Result<&PublicKey, CertificateError> {
        Ok(&validators.get(voter).ok_or(CertificateError::UnknownSigner { voter })?.key)
    };
    let (mut signed, mut verifier) = (0, BatchVerifier::new());
    for (voter, signature) in signatures {
        verifier.queue(key_of(*voter)?, message, signature);
        signed += validators.power(*voter);
    }
    if !validators.is_quorum(signed) {
        return Err(CertificateError::NoQuorum { signed, total: validators.total_power() });
    }
    // One by one only if the batch fails, to name the culprit.
    if verifier.verify() {
        return Ok(());
    }
    let culprit = verifier.find_invalid().first().and_then(|position| signatures.get(*position));
    Err(CertificateError::BadSignature { voter: culprit.map_or(ValidatorIndex(0), |(voter, _)| *voter) })
}

impl Certificate {
    /// Checks epoch, signers, power and every signature.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn verify(
        self,
        context: &SigningContext,
        validators: &ValidatorSet,
    ) -> Result<Verified<Self>, CertificateError> {
        if self.vote.epoch != validators.epoch() {
            return Err(CertificateError::WrongEpoch { got: self.vote.epoch, expected: validators.epoch() });
        }
        verify_quorum(validators, &self.vote.signed_message(context), &self.signatures)?;
        Ok(Verified::assume_checked(self))
    }

    /// The notarized or finalized block; `None` for a nullification.
    pub const fn block(&self) -> Option<Digest> {
        match self.vote.kind {
            VoteKind::Notarize { block } | VoteKind::Finalize { block } => Some(block),
            VoteKind::Nullify => None,
        }
    }
}
