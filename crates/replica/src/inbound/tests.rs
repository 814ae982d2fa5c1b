//! Each kind of signed message: taken when it is of our epoch and validly signed, refused otherwise.
#![allow(clippy::unwrap_used)]

use corridor_crypto::{Digest, SecretKey, Signature};
use corridor_types::{
    Acknowledgement, AvailabilityProof, Block, Finality, Height, Outcome, ParticipantId, Sequence,
    SettlementCertificate, SignedProposal, Timestamp, Validator, ValidatorIndex, View, Vote, VoteKind, VotingPower,
};

use super::*;

fn key(n: u8) -> SecretKey {
    SecretKey::from_seed(&[n + 1; 32])
}

fn validators() -> ValidatorSet {
    let validator = |n: u8| Validator {
        participant: ParticipantId(n.into()),
        key: key(n).public_key(),
        network_key: key(n + 100).public_key(),
        power: VotingPower(1),
    };
    ValidatorSet::new(Epoch(7), (0..4).map(validator).collect()).unwrap()
}

fn sets() -> ValidatorSets {
    ValidatorSets::new(validators())
}

fn proposal(epoch: Epoch, context: &SigningContext) -> SignedProposal {
    SignedProposal::sign(block(epoch), context, &key(2)).into_inner()
}

fn context() -> SigningContext {
    SigningContext::new(Digest([3; 32]))
}

fn block(epoch: Epoch) -> Block {
    Block {
        epoch,
        view: View(1),
        height: Height(1),
        parent: Digest([1; 32]),
        parent_view: View(0),
        proposer: ValidatorIndex(2),
        time: Timestamp(1),
        cut: vec![Tip { lane: ParticipantId(1), sequence: Sequence(1), digest: Digest([2; 32]) }],
        validators: Digest::ZERO,
        next_validators: Digest::ZERO,
    }
}

/// Every kind of signed message, made by the validators of an epoch on a chain.
fn messages(epoch: Epoch, context: &SigningContext) -> Vec<Message> {
    let vote = Vote { epoch, view: View(1), kind: VoteKind::Nullify };
    let body = Digest([2; 32]);
    let outcome = Outcome { epoch, height: Height(1), block: body, receipts: body, entries: 0, state: body };
    let acknowledgement = Acknowledgement { epoch, lane: ParticipantId(1), sequence: Sequence(1), digest: body };
    let voters = || (0u8..3).map(|n| (ValidatorIndex(n.into()), key(n)));
    let sign = |message: Vec<u8>| -> Vec<(ValidatorIndex, Signature)> {
        voters().map(|(index, key)| (index, key.sign(&message))).collect()
    };
    let certificate = Certificate { vote, signatures: sign(vote.signed_message(context)) };
    let settlement = SettlementCertificate { outcome, signatures: sign(outcome.signed_message(context)) };
    let (me, mine) = (ValidatorIndex(2), key(2));
    vec![
        Message::Proposal { proposal: proposal(epoch, context), proofs: vec![] },
        Message::Proposal {
            proposal: proposal(epoch, context),
            proofs: vec![AvailabilityProof {
                acknowledgement,
                signatures: sign(acknowledgement.signed_message(context)),
            }],
        },
        Message::Vote(vote.sign(context, me, &mine).into_inner()),
        Message::Outcome(outcome.sign(context, me, &mine).into_inner()),
        Message::Acknowledgement(acknowledgement.sign(context, me, &mine).into_inner()),
        Message::Certificate(certificate.clone()),
        Message::Response(Response::Blocks {
            blocks: vec![block(epoch)],
            finality: Finality::Finalization(certificate.clone()),
        }),
        Message::Response(Response::Blocks { blocks: vec![], finality: Finality::Settlement(settlement.clone()) }),
        Message::Response(Response::Certificates { certificates: vec![certificate] }),
        Message::Response(Response::Settlements { certificates: vec![settlement] }),
    ]
}

#[test]
fn messages_of_our_epoch_and_chain_are_taken() {
    for message in messages(Epoch(7), &context()) {
        let verdict = verify(message.clone(), &context(), &sets());
        assert!(verdict.is_ok(), "{message:?}: {verdict:?}");
    }
}

#[test]
fn messages_of_another_epoch_are_refused_though_the_keys_are_the_same() {
    for message in messages(Epoch(6), &context()) {
        // Settlement certificates of epochs ahead are left for later.
        if matches!(message, Message::Response(Response::Settlements { .. })) {
            continue;
        }
        assert!(verify(message.clone(), &context(), &sets()).is_err(), "{message:?}");
    }
}

/// Only what the block names is worth the checking of a quorum's signatures.
#[test]
fn a_proposal_with_a_proof_of_something_else_is_refused_before_its_signatures_are_checked() {
    let Message::Proposal { proposal, proofs } = messages(Epoch(7), &context()).remove(1) else {
        unreachable!("the second message is the proposal with a proof")
    };
    let refused = |proofs: Vec<AvailabilityProof>| {
        let verdict = verify(Message::Proposal { proposal: proposal.clone(), proofs }, &context(), &sets());
        assert_eq!(verdict.err(), Some(InboundError::StrayProof { lane: ParticipantId(1) }));
    };
    let mut other = proofs[0].clone();
    other.acknowledgement.sequence = Sequence(2);
    other.signatures.clear();
    refused(vec![other]);
    refused(vec![proofs[0].clone(), proofs[0].clone()]);
}

#[test]
fn a_proposal_with_a_proof_that_does_not_hold_is_refused() {
    let Message::Proposal { proposal, mut proofs } = messages(Epoch(7), &context()).remove(1) else {
        unreachable!("the second message is the proposal with a proof")
    };
    proofs[0].signatures.truncate(2);
    assert!(verify(Message::Proposal { proposal, proofs }, &context(), &sets()).is_err());
}

#[test]
fn messages_of_another_chain_are_refused() {
    for message in messages(Epoch(7), &SigningContext::new(Digest([4; 32]))) {
        assert!(verify(message.clone(), &context(), &sets()).is_err(), "{message:?}");
    }
}

#[test]
fn messages_of_somebody_outside_the_set_are_refused() {
    let vote = Vote { epoch: Epoch(7), view: View(1), kind: VoteKind::Nullify };
    let stranger = vote.sign(&context(), ValidatorIndex(4), &key(4)).into_inner();
    let pretender = vote.sign(&context(), ValidatorIndex(1), &key(2)).into_inner();
    for vote in [stranger, pretender] {
        assert!(verify(Message::Vote(vote), &context(), &sets()).is_err(), "{vote:?}");
    }
}
