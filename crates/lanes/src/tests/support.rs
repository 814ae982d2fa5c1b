//! Fixtures: validators with known keys, transactions, signed batches.

use std::sync::Arc;

use corridor_crypto::{Digest, PublicKey, SecretKey, Signature, SigningContext, Verified};
use corridor_types::operations::PaymentStep;
use corridor_types::{
    Acknowledgement, Approval, AvailabilityProof, Batch, Code, Epoch, IdentifiedTransaction, Operation, ParticipantId,
    Sequence, Signed, SignedAcknowledgement, Timestamp, Tip, Transaction, Uetr, Validator, ValidatorIndex,
    ValidatorSet, VerifiedBatch, VotingPower,
};

use crate::{Action, Config, Input, Lanes, Limits, Ready, Resume};

/// No sequence at all.
pub const NONE: [u64; 0] = [];

pub fn context() -> SigningContext {
    SigningContext::new(Digest([7; 32]))
}

pub fn key(index: u16) -> SecretKey {
    SecretKey::from_seed(&[index as u8 + 1; 32])
}

/// Lanes are named 10, 20, 30, ... so that a lane is never mistaken for an index.
pub fn lane(index: u16) -> ParticipantId {
    ParticipantId((u32::from(index) + 1) * 10)
}

pub fn validators(count: u16) -> ValidatorSet {
    validators_in(Epoch(0), 0..count)
}

/// The validators of an epoch, by the numbers of their lanes and keys.
pub fn validators_in(epoch: Epoch, members: impl IntoIterator<Item = u16>) -> ValidatorSet {
    let validator = |index| Validator {
        participant: lane(index),
        key: key(index).public_key(),
        network_key: SecretKey::from_seed(&[index as u8 + 100; 32]).public_key(),
        power: VotingPower(1),
    };
    ValidatorSet::new(epoch, members.into_iter().map(validator).collect()).unwrap()
}

pub fn config(count: u16, me: u16) -> Config {
    let limits = Limits::for_validators(usize::from(count));
    Config { validators: validators(count), previous: None, me: Some(ValidatorIndex(me)), limits }
}

/// The configuration of an epoch whose set the one before had too.
pub fn config_in(epoch: Epoch, members: std::ops::Range<u16>, me: u16) -> Config {
    let previous = epoch.0.checked_sub(1).map(|before| validators_in(Epoch(before), members.clone()));
    let limits = Limits::for_validators(members.len());
    let validators = validators_in(epoch, members);
    let me = validators.index_of(lane(me));
    Config { validators, previous, me, limits }
}

pub fn lanes(count: u16, me: u16) -> Lanes {
    Lanes::new(config(count, me), Resume::default()).unwrap()
}

/// A transaction of about `16 * size` bytes that is unlike every other `number`'s.
pub fn sized_transaction(number: u64, size: usize) -> Verified<IdentifiedTransaction> {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    let reference = Uetr::from_random(bytes);
    let operation = Operation::Payment {
        reference,
        step: PaymentStep::Reject { payments: vec![reference; size], reason: Code::CreditorAgentRefused },
    };
    let approvals = vec![Approval { key: PublicKey([1; 32]), signature: Signature([2; 64]) }];
    let transaction = Transaction { participant: lane(0), valid_until: Timestamp(1), operation, approvals };
    Verified::assume_checked(IdentifiedTransaction::new(transaction))
}

pub fn transaction(number: u64) -> Verified<IdentifiedTransaction> {
    sized_transaction(number, 1)
}

/// A batch of validator `author`, after `previous`, with some transactions.
pub fn batch_with(author: u16, previous: Option<&VerifiedBatch>, numbers: &[u64], size: usize) -> VerifiedBatch {
    batch_in(Epoch(0), author, previous, numbers, size)
}

/// The same, signed in an epoch.
pub fn batch_in(
    epoch: Epoch,
    author: u16,
    previous: Option<&VerifiedBatch>,
    numbers: &[u64],
    size: usize,
) -> VerifiedBatch {
    let list: Vec<_> = numbers.iter().map(|number| sized_transaction(*number, size)).collect();
    let sequence = previous.map_or(Sequence(1), |batch| batch.header().sequence.next());
    let before = previous.map_or(Digest::ZERO, VerifiedBatch::digest);
    let (header, payload) = VerifiedBatch::assemble(epoch, lane(author), sequence, before, &list).unwrap();
    let signature = key(author).sign(&header.signed_message(&context()));
    VerifiedBatch::decode_trusted(Batch { header, signature, payload }).unwrap()
}

pub fn batch(author: u16, previous: Option<&VerifiedBatch>, number: u64) -> VerifiedBatch {
    batch_with(author, previous, &[number], 1)
}

/// A batch of `count` transactions of 16 kB each.
pub fn large_batch(author: u16, previous: Option<&VerifiedBatch>, count: u64) -> VerifiedBatch {
    batch_with(author, previous, &(0..count).collect::<Vec<_>>(), 1_000)
}

/// The first `count` batches of a lane, distinguished by `salt`.
pub fn chain(author: u16, count: usize, salt: u64) -> Vec<VerifiedBatch> {
    let mut list: Vec<VerifiedBatch> = Vec::new();
    for number in 0..count {
        list.push(batch(author, list.last(), salt + number as u64));
    }
    list
}

/// An acknowledgement of a batch.
pub fn acknowledgement_of(epoch: Epoch, from: u16, batch: &VerifiedBatch) -> Verified<SignedAcknowledgement> {
    let header = batch.header();
    let body = Acknowledgement { epoch, lane: header.lane, sequence: header.sequence, digest: batch.digest() };
    body.sign(&context(), ValidatorIndex(from), &key(from))
}

/// A proof of availability made by `from`.
pub fn proof_of(epoch: Epoch, from: &[u16], batch: &VerifiedBatch) -> Verified<AvailabilityProof> {
    let signed: Vec<_> = from.iter().map(|voter| acknowledgement_of(epoch, *voter, batch).into_inner()).collect();
    let signatures = signed.iter().map(|signed| (signed.voter, signed.signature)).collect();
    Verified::assume_checked(AvailabilityProof { acknowledgement: signed[0].acknowledgement, signatures })
}

pub fn tip(batch: &VerifiedBatch) -> Tip {
    Tip { lane: batch.header().lane, sequence: batch.header().sequence, digest: batch.digest() }
}

/// Carries a result out as a signer that never refuses: returns all actions in order.
pub fn settle(lanes: &mut Lanes, me: u16, now_ms: u64, ready: Ready) -> Vec<Action> {
    let mut actions = Vec::new();
    let mut queue = vec![ready];
    while let Some(ready) = queue.pop() {
        for request in ready.sign {
            let signed: Signed = request.sign_unchecked(&context(), ValidatorIndex(me), &key(me));
            queue.push(lanes.step(now_ms, Input::Signed(signed)));
        }
        actions.extend(ready.then);
    }
    actions
}

/// Steps and carries out.
pub fn drive(lanes: &mut Lanes, me: u16, now_ms: u64, input: Input) -> Vec<Action> {
    let ready = lanes.step(now_ms, input);
    settle(lanes, me, now_ms, ready)
}

/// Hands a batch in as its author would.
pub fn deliver(lanes: &mut Lanes, me: u16, now_ms: u64, batch: &VerifiedBatch) -> Vec<Action> {
    let from = Some(batch.header().lane);
    drive(lanes, me, now_ms, Input::Batch { from, batch: batch.clone() })
}

/// The acknowledgements that were sent to one.
pub fn acknowledged(actions: &[Action]) -> Vec<u64> {
    acknowledged_to(actions, |to| to != crate::Recipient::All)
}

/// The acknowledgements that were sent, to whomever.
pub fn acknowledged_or_shared(actions: &[Action]) -> Vec<u64> {
    acknowledged_to(actions, |_| true)
}

/// The acknowledgements that were shared with all.
pub fn shared(actions: &[Action]) -> Vec<u64> {
    acknowledged_to(actions, |to| to == crate::Recipient::All)
}

fn acknowledged_to(actions: &[Action], of: impl Fn(crate::Recipient) -> bool) -> Vec<u64> {
    let sequence = |action: &Action| match action {
        Action::Send { to, message: corridor_types::Message::Acknowledgement(signed) } if of(*to) => {
            Some(signed.acknowledgement.sequence.0)
        }
        _ => None,
    };
    actions.iter().filter_map(sequence).collect()
}

/// The batches that were sent: to whom (`None` for all) and which.
pub fn streamed(actions: &[Action]) -> Vec<(Option<u16>, u64)> {
    let sent = |action: &Action| match action {
        Action::Send { to, message: corridor_types::Message::Batch(batch) } => match to {
            crate::Recipient::All => Some((None, batch.header.sequence.0)),
            crate::Recipient::One(index) => Some((Some(index.0), batch.header.sequence.0)),
            crate::Recipient::Author(_) => None,
        },
        _ => None,
    };
    actions.iter().filter_map(sent).collect()
}

/// The batches that were asked for, and whom first.
pub fn fetched(actions: &[Action]) -> Vec<(u64, u16)> {
    let asked = |action: &Action| match action {
        Action::Fetch { request: corridor_types::Request::Batches { sequence, .. }, peers } => {
            Some((sequence.0, peers.first().unwrap().0))
        }
        _ => None,
    };
    actions.iter().filter_map(asked).collect()
}

/// A batch as it travels, verified again on arrival without the cost of signatures.
pub fn reverify(batch: &Batch) -> VerifiedBatch {
    VerifiedBatch::decode_trusted(Batch { payload: Arc::clone(&batch.payload), ..batch.clone() }).unwrap()
}
