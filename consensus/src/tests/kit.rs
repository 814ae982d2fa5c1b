//! Small makers of validators, blocks, votes and certificates, and one engine under test.

use corridor_crypto::{Digest, Domain, SecretKey, Signature, Verified};
use corridor_types::{
    Block, Certificate, Epoch, Evidence, Height, ParticipantId, Sequence, SignRequest, Signed, SignedProposal,
    SignedVote, Timestamp, Tip, Validator, ValidatorIndex, ValidatorSet, View, Vote, VoteKind, VotingPower,
};
use std::sync::Arc;

use crate::{Action, Config, Engine, Input, Ready, Resume, Timeouts};

pub(crate) const GENESIS: Digest = Digest([7; 32]);

pub(crate) fn key(index: usize) -> SecretKey {
    SecretKey::from_seed(&[index as u8 + 1; 32])
}

/// A set with these weights.
pub(crate) fn set(powers: &[u64]) -> ValidatorSet {
    let validator = |(index, power): (usize, &u64)| Validator {
        participant: ParticipantId(index as u32),
        key: key(index).public_key(),
        network_key: SecretKey::from_seed(&[index as u8 + 101; 32]).public_key(),
        power: VotingPower(*power),
    };
    ValidatorSet::new(Epoch(0), powers.iter().enumerate().map(validator).collect()).unwrap()
}

pub(crate) fn config(set: &ValidatorSet, me: Option<u16>) -> Config {
    Config { validators: set.clone(), me: me.map(ValidatorIndex), genesis: GENESIS, timeouts: Timeouts::default() }
}

pub(crate) fn cut(sequence: u64) -> Vec<Tip> {
    let digest = Digest::of(Domain::Batch, &sequence.to_be_bytes());
    let tip = Tip { lane: ParticipantId(0), sequence: Sequence(sequence), digest };
    if sequence == 0 { vec![] } else { vec![tip] }
}

pub(crate) fn sequence_of(cut: &[Tip]) -> u64 {
    cut.first().map_or(0, |tip| tip.sequence.0)
}

/// A block for `view` on `parent` by the right leader of `n` equal validators.
pub(crate) fn block(set: &ValidatorSet, view: u64, parent: Option<&Block>, sequence: u64, time: u64) -> Block {
    Block {
        epoch: Epoch(0),
        view: View(view),
        height: parent.map_or(Height(0), |parent| parent.height).next(),
        parent: parent.map_or(GENESIS, Block::digest),
        parent_view: parent.map_or(View(0), |parent| parent.view),
        proposer: crate::Leaders::new(set).of(View(view)),
        time: Timestamp(time),
        cut: cut(sequence),
        validators: set.digest(),
        next_validators: set.digest(),
    }
}

/// Whom evidence accuses, in sets of any size.
pub(crate) fn culprit(evidence: &Evidence) -> Option<ValidatorIndex> {
    evidence.culprit(&set(&[1; 16])).map(|(index, _)| index)
}

pub(crate) fn signature(voter: ValidatorIndex) -> Signature {
    Signature([voter.0 as u8; 64])
}

pub(crate) fn proposal(block: &Block) -> Verified<SignedProposal> {
    Verified::assume_checked(SignedProposal { block: block.clone(), signature: signature(block.proposer) })
}

pub(crate) fn vote(voter: u16, view: u64, kind: VoteKind) -> Verified<SignedVote> {
    let voter = ValidatorIndex(voter);
    let vote = Vote { epoch: Epoch(0), view: View(view), kind };
    Verified::assume_checked(SignedVote { vote, voter, signature: signature(voter) })
}

pub(crate) fn certificate(voters: &[u16], view: u64, kind: VoteKind) -> Verified<Certificate> {
    let vote = Vote { epoch: Epoch(0), view: View(view), kind };
    let sign = |voter: &u16| (ValidatorIndex(*voter), signature(ValidatorIndex(*voter)));
    Verified::assume_checked(Certificate { vote, signatures: voters.iter().map(sign).collect() })
}

pub(crate) fn notarize(block: &Block) -> VoteKind {
    VoteKind::Notarize { block: block.digest() }
}

pub(crate) fn finalize(block: &Block) -> VoteKind {
    VoteKind::Finalize { block: block.digest() }
}

/// Signs with dummies.
pub(crate) fn sign(me: ValidatorIndex, request: &SignRequest) -> Signed {
    let signature = signature(me);
    match request {
        SignRequest::Vote(vote) => {
            Signed::Vote(Verified::assume_checked(SignedVote { vote: *vote, voter: me, signature }))
        }
        SignRequest::Proposal(block) => {
            Signed::Proposal(Arc::new(Verified::assume_checked(SignedProposal { block: block.clone(), signature })))
        }
        other => panic!("the engine asked to sign {other:?}"),
    }
}

/// One engine with an obedient signer and a replica that accepts every block. Keeps what came out.
pub(crate) struct Bench {
    pub(crate) engine: Engine,
    pub(crate) me: ValidatorIndex,
    pub(crate) now: u64,
    pub(crate) judges: bool,
    pub(crate) votes: Vec<Vote>,
    pub(crate) proposals: Vec<Block>,
    pub(crate) actions: Vec<Action>,
    pub(crate) persisted: Vec<corridor_types::persist::Write>,
}

impl Bench {
    pub(crate) fn new(set: &ValidatorSet, me: u16) -> Self {
        Self::resume(set, me, Resume::default())
    }

    pub(crate) fn resume(set: &ValidatorSet, me: u16, resume: Resume) -> Self {
        Self {
            engine: Engine::new(config(set, Some(me)), resume),
            me: ValidatorIndex(me),
            now: 0,
            judges: true,
            votes: vec![],
            proposals: vec![],
            actions: vec![],
            persisted: vec![],
        }
    }

    /// Steps, and answers signatures and judgements at once. Returns the actions of this input.
    pub(crate) fn step(&mut self, input: Input) -> Vec<Action> {
        let Ready { persist, sign: requests, then } = self.engine.step(self.now, input);
        self.persisted.extend(persist);
        let mut actions = vec![];
        for request in requests {
            match &request {
                SignRequest::Vote(vote) => self.votes.push(*vote),
                SignRequest::Proposal(block) => self.proposals.push(block.clone()),
                _ => {}
            }
            actions.extend(self.step(Input::Signed(sign(self.me, &request))));
        }
        for action in then {
            let judge = match &action {
                Action::Judge { block, .. } if self.judges => Some(block.digest()),
                _ => None,
            };
            self.actions.push(action.clone());
            actions.push(action);
            if let Some(block) = judge {
                actions.extend(self.step(Input::Judged { block, acceptable: true }));
            }
        }
        actions
    }

    /// Lets time pass to the next deadline.
    pub(crate) fn run_out(&mut self) -> Vec<Action> {
        self.now = self.engine.next_deadline().expect("a deadline").max(self.now);
        self.step(Input::Tick)
    }

    /// Lets the current view run out.
    pub(crate) fn expire(&mut self) {
        self.now = self.engine.status().view_deadline.expect("the view's clock runs");
        self.step(Input::Tick);
    }

    pub(crate) fn view(&self) -> u64 {
        self.engine.status().view.0
    }

    /// Votes asked for in a view.
    pub(crate) fn voted(&self, view: u64) -> Vec<VoteKind> {
        self.votes.iter().filter(|vote| vote.view == View(view)).map(|vote| vote.kind).collect()
    }
}
