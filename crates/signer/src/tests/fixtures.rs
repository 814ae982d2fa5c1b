//! A validator set of four, its second member's signer, and requests of every kind.

use corridor_crypto::{Digest, SecretKey, SigningContext};
use corridor_types::{
    Acknowledgement, BatchHeader, Block, Encode, Epoch, Height, Outcome, ParticipantId, Sequence, SignRequest, Signed,
    Timestamp, Validator, ValidatorIndex, ValidatorSet, View, Vote, VoteKind, VotingPower,
};

use crate::{MemoryDisk, MemoryFile, RecordFile, Refusal, Signer};

pub const VOTER: ValidatorIndex = ValidatorIndex(1);
pub const LANE: ParticipantId = ParticipantId(11);

pub fn key(index: u8) -> SecretKey {
    SecretKey::from_seed(&[index + 1; 32])
}

pub fn context() -> SigningContext {
    SigningContext::new(Digest([7; 32]))
}

pub fn validators(epoch: u64) -> ValidatorSet {
    let validator = |index: u8| Validator {
        participant: ParticipantId(10 + u32::from(index)),
        key: key(index).public_key(),
        network_key: key(index + 100).public_key(),
        power: VotingPower(1),
    };
    ValidatorSet::new(Epoch(epoch), (0..4).map(validator).collect()).unwrap()
}

pub fn open(disk: &MemoryDisk) -> Signer<MemoryFile> {
    entered(Signer::open(disk.open().unwrap(), context(), key(1)).unwrap())
}

/// The signer in the first epoch.
pub fn entered<F: RecordFile>(mut signer: Signer<F>) -> Signer<F> {
    assert!(signer.enter(&validators(0)));
    signer
}

pub fn sign(signer: &mut Signer<MemoryFile>, request: SignRequest) -> Result<Signed, Refusal> {
    signer.sign_all(vec![request]).unwrap().remove(0)
}

pub fn digest(n: u8) -> Digest {
    Digest([n; 32])
}

pub fn vote(view: u64, kind: VoteKind) -> SignRequest {
    SignRequest::Vote(Vote { epoch: Epoch(0), view: View(view), kind })
}

pub fn notarize(view: u64, block: u8) -> SignRequest {
    vote(view, VoteKind::Notarize { block: digest(block) })
}

pub fn nullify(view: u64) -> SignRequest {
    vote(view, VoteKind::Nullify)
}

pub fn finalize(view: u64, block: u8) -> SignRequest {
    vote(view, VoteKind::Finalize { block: digest(block) })
}

pub fn proposal(view: u64, time: u64) -> SignRequest {
    SignRequest::Proposal(Block {
        epoch: Epoch(0),
        view: View(view),
        height: Height(view),
        parent: Digest::ZERO,
        parent_view: View(0),
        proposer: VOTER,
        time: Timestamp(time),
        cut: vec![],
        validators: digest(1),
        next_validators: digest(1),
    })
}

/// A header of the own lane. Batch `sequence` of fork `payload` extends fork zero.
pub fn header(sequence: u64, payload: u8) -> BatchHeader {
    let previous = if sequence <= 1 { Digest::ZERO } else { header(sequence - 1, 0).digest() };
    BatchHeader { epoch: Epoch(0), lane: LANE, sequence: Sequence(sequence), previous, payload: digest(payload) }
}

pub fn batch(sequence: u64, payload: u8) -> SignRequest {
    SignRequest::Batch(header(sequence, payload))
}

pub fn outcome(height: u64, state: u8) -> SignRequest {
    SignRequest::Outcome(Outcome {
        epoch: Epoch(0),
        height: Height(height),
        block: digest(9),
        receipts: digest(9),
        entries: 0,
        state: digest(state),
    })
}

pub fn acknowledgement(digest_of: u8) -> SignRequest {
    let (lane, sequence) = (ParticipantId(10), Sequence(1));
    SignRequest::Acknowledgement(Acknowledgement { epoch: Epoch(0), lane, sequence, digest: digest(digest_of) })
}

/// True if no honest validator signs both, said independently of the code under test.
pub fn conflict(a: &SignRequest, b: &SignRequest) -> bool {
    match (a, b) {
        (SignRequest::Proposal(a), SignRequest::Proposal(b)) => a.view == b.view && a.to_bytes() != b.to_bytes(),
        (SignRequest::Batch(a), SignRequest::Batch(b)) => a.sequence == b.sequence && a != b,
        (SignRequest::Outcome(a), SignRequest::Outcome(b)) => a.height == b.height && a != b,
        (SignRequest::Vote(a), SignRequest::Vote(b)) if a.view == b.view => match (a.kind, b.kind) {
            (VoteKind::Notarize { block: x }, VoteKind::Notarize { block: y })
            | (VoteKind::Finalize { block: x }, VoteKind::Finalize { block: y }) => x != y,
            (VoteKind::Finalize { .. }, VoteKind::Nullify) | (VoteKind::Nullify, VoteKind::Finalize { .. }) => true,
            _ => false,
        },
        _ => false,
    }
}

/// What a signature was made for.
pub fn request_of(signed: &Signed) -> SignRequest {
    match signed {
        Signed::Proposal(proposal) => SignRequest::Proposal(proposal.block.clone()),
        Signed::Vote(vote) => SignRequest::Vote(vote.vote),
        Signed::Batch(header, _) => SignRequest::Batch(*header),
        Signed::Acknowledgement(body) => SignRequest::Acknowledgement(body.acknowledgement),
        Signed::Outcome(outcome) => SignRequest::Outcome(outcome.outcome),
    }
}
