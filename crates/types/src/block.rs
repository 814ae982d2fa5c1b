//! Blocks: what consensus orders. A block is a cut of lane tips and stays small.

use serde::{Deserialize, Serialize};

use corridor_crypto::{Digest, Domain, SecretKey, Signature, SignatureError, SigningContext, Verified};

use crate::codec::Encode;
use crate::limits::MAX_VALIDATORS;
use crate::{Epoch, Height, ParticipantId, Sequence, Timestamp, ValidatorIndex, ValidatorSet, View};

/// The newest batch of one lane that a block commits to; everything before it on the lane is
/// committed too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tip {
    /// The participant that writes the lane.
    pub lane: ParticipantId,
    /// Up to which batch, from 1.
    pub sequence: Sequence,
    /// The digest of that batch.
    pub digest: Digest,
}
crate::codec_struct!(Tip { lane, sequence, digest });

/// A block of the ordered chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Block {
    /// The epoch whose validators vote on it.
    pub epoch: Epoch,
    /// The view in which it was proposed.
    pub view: View,
    /// One more than its parent's.
    pub height: Height,
    /// The parent's digest; the genesis digest for the first block.
    pub parent: Digest,
    /// The parent's view; 0 for the first block.
    pub parent_view: View,
    /// The leader of the view.
    pub proposer: ValidatorIndex,
    /// Block time: later than the parent's, checked by validators against their clocks.
    pub time: Timestamp,
    /// One tip per lane that has a batch, strictly ascending by lane, none behind the parent's.
    pub cut: Vec<Tip>,
    /// Digest of the validator set that votes on this block.
    pub validators: Digest,
    /// Digest of the set that votes on the next one.
    pub next_validators: Digest,
}
crate::codec_struct!(Block {
    epoch,
    view,
    height,
    parent,
    parent_view,
    proposer,
    time,
    cut[MAX_VALIDATORS],
    validators,
    next_validators,
});

impl Block {
    /// Names the block.
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::Block, &self.to_bytes())
    }

    /// What the leader signs: epoch and view come first, as in every vote.
    pub fn signed_message(&self, context: &SigningContext) -> Vec<u8> {
        context.message(Domain::Proposal, &(self.epoch, (self.view, self.digest())).to_bytes())
    }
}

/// A block with its leader's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedProposal {
    /// The block that the leader proposes.
    pub block: Block,
    /// By the validator at `block.proposer`.
    pub signature: Signature,
}
crate::codec_struct!(SignedProposal { block, signature });

impl SignedProposal {
    /// Signs a block as its leader.
    pub fn sign(block: Block, context: &SigningContext, key: &SecretKey) -> Verified<Self> {
        let signature = key.sign(&block.signed_message(context));
        Verified::assume_checked(Self { block, signature })
    }

    /// Checks the signature of the validator that the block names as its proposer. Whether that
    /// one leads the view is the engine's question.
    ///
    /// # Errors
    /// [`SignatureError`], also when the proposer is not in the set.
    pub fn verify(self, context: &SigningContext, validators: &ValidatorSet) -> Result<Verified<Self>, SignatureError> {
        let leader = validators.get(self.block.proposer).ok_or(SignatureError::BadPublicKey)?;
        leader.key.verify(&self.block.signed_message(context), &self.signature)?;
        Ok(Verified::assume_checked(self))
    }
}
