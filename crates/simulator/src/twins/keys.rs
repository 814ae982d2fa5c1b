//! The validators' keys, and every signature made once. Signatures are deterministic, so that
//! keeping them changes nothing but the time a run takes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use corridor_crypto::{Digest, Domain, SecretKey, Signature, SigningContext, Verified};
use corridor_types::{
    Block, Encode as _, Epoch, Evidence, ParticipantId, SignRequest, Signed, SignedProposal, SignedVote, Validator,
    ValidatorIndex, ValidatorSet, ValidatorSets, Vote, VotingPower,
};

/// Signatures kept at most, then all are forgotten: about 20 MB.
const MAX_KEPT: usize = 1 << 17;

/// Keys of validators with equal weight, and what they signed.
#[derive(Debug)]
pub struct Keyring {
    validators: ValidatorSet,
    context: SigningContext,
    keys: Vec<SecretKey>,
    votes: BTreeMap<(ValidatorIndex, Vote), Signature>,
    proposals: BTreeMap<Digest, Signature>,
    /// Evidence that was verified and holds.
    proven: BTreeSet<Vec<u8>>,
}

fn key(number: u16, use_of: u8) -> SecretKey {
    let [high, low] = number.to_be_bytes();
    let mut seed = [use_of; 32];
    (seed[0], seed[1]) = (high, low);
    SecretKey::from_seed(&seed)
}

impl Keyring {
    /// Keys for so many validators, always the same ones.
    ///
    /// # Panics
    /// If a validator set cannot have so many members: zero, or more than 128.
    pub fn new(validators: u16) -> Self {
        let keys: Vec<SecretKey> = (0..validators).map(|number| key(number, 1)).collect();
        let member = |number: u16| Validator {
            participant: ParticipantId(u32::from(number)),
            key: keys[usize::from(number)].public_key(),
            network_key: key(number, 2).public_key(),
            power: VotingPower(1),
        };
        let set = ValidatorSet::new(Epoch(0), (0..validators).map(member).collect());
        Self {
            validators: set.expect("keys made from different seeds are a set"),
            context: SigningContext::new(Self::genesis()),
            keys,
            votes: BTreeMap::new(),
            proposals: BTreeMap::new(),
            proven: BTreeSet::new(),
        }
    }

    /// The parent of the first block.
    pub fn genesis() -> Digest {
        Digest::of(Domain::Genesis, b"twins")
    }

    /// The validators of the one epoch.
    pub const fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// What signatures are bound to.
    pub const fn context(&self) -> &SigningContext {
        &self.context
    }

    /// Signs what an engine asks for; `None` for what an engine never asks for.
    pub(super) fn sign(&mut self, voter: ValidatorIndex, request: SignRequest) -> Option<Signed> {
        match request {
            SignRequest::Vote(vote) => {
                let signature = self.sign_vote(voter, vote);
                Some(Signed::Vote(Verified::assume_checked(SignedVote { vote, voter, signature })))
            }
            SignRequest::Proposal(block) => {
                let signature = self.sign_block(voter, &block);
                Some(Signed::Proposal(Arc::new(Verified::assume_checked(SignedProposal { block, signature }))))
            }
            _ => None,
        }
    }

    fn sign_vote(&mut self, voter: ValidatorIndex, vote: Vote) -> Signature {
        if self.votes.len() >= MAX_KEPT {
            self.votes.clear();
        }
        let (context, key) = (&self.context, &self.keys[usize::from(voter.0)]);
        *self.votes.entry((voter, vote)).or_insert_with(|| vote.sign(context, voter, key).signature)
    }

    /// The proposer is part of the block, so that its digest names the key too.
    fn sign_block(&mut self, voter: ValidatorIndex, block: &Block) -> Signature {
        if self.proposals.len() >= MAX_KEPT {
            self.proposals.clear();
        }
        let (context, key) = (&self.context, &self.keys[usize::from(voter.0)]);
        let sign = || SignedProposal::sign(block.clone(), context, key).signature;
        *self.proposals.entry(block.digest()).or_insert_with(sign)
    }

    /// True if the evidence convinces somebody who was not there.
    pub(super) fn convinces(&mut self, evidence: &Evidence) -> bool {
        let bytes = evidence.to_bytes();
        if self.proven.contains(&bytes) {
            return true;
        }
        let holds = evidence.clone().verify(&self.context, &ValidatorSets::new(self.validators.clone())).is_some();
        if self.proven.len() >= MAX_KEPT {
            self.proven.clear();
        }
        if holds {
            self.proven.insert(bytes);
        }
        holds
    }
}
