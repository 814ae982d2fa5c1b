//! Checks a peer's message: epoch and every signature. Pure, so that the driver may run it on any
//! thread before the single-threaded replica sees the message.

use std::sync::Arc;

use corridor_crypto::{SignatureError, SigningContext, Verified};
use corridor_types::{BatchError, CertificateError, Epoch, Message, Response, ValidatorSet, VerifiedBatch};

use crate::input::{VerifiedMessage, VerifiedResponse};

/// Why a peer's message was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// For another epoch's validators.
    #[error("the message is of epoch {got}, we are in epoch {expected}")]
    WrongEpoch {
        /// The message's.
        got: Epoch,
        /// Ours.
        expected: Epoch,
    },
    /// A signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// A certificate does not hold.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A batch does not hold.
    #[error(transparent)]
    Batch(#[from] BatchError),
}

/// Checks every signature of a message.
///
/// # Errors
/// [`InboundError`] with the first reason.
pub fn verify(
    message: Message,
    context: &SigningContext,
    validators: &ValidatorSet,
) -> Result<VerifiedMessage, InboundError> {
    let epoch = |got: Epoch| match got == validators.epoch() {
        true => Ok(()),
        false => Err(InboundError::WrongEpoch { got, expected: validators.epoch() }),
    };
    Ok(match message {
        Message::Proposal(proposal) => {
            epoch(proposal.block.epoch)?;
            VerifiedMessage::Proposal(Arc::new(proposal.verify(context, validators)?))
        }
        Message::Vote(vote) => {
            epoch(vote.vote.epoch)?;
            VerifiedMessage::Vote(vote.verify(context, validators)?)
        }
        Message::Outcome(outcome) => {
            epoch(outcome.outcome.epoch)?;
            VerifiedMessage::Outcome(outcome.verify(context, validators)?)
        }
        Message::Acknowledgement(signed) => {
            epoch(signed.acknowledgement.epoch)?;
            VerifiedMessage::Acknowledgement(signed.verify(context, validators)?)
        }
        Message::Certificate(certificate) => VerifiedMessage::Certificate(certificate.verify(context, validators)?),
        Message::Batch(batch) => VerifiedMessage::Batch(VerifiedBatch::verify(batch, context, validators)?),
        Message::Status(status) => VerifiedMessage::Status(status),
        Message::Request(request) => VerifiedMessage::Request(request),
        Message::Response(response) => VerifiedMessage::Response(verify_response(response, context, validators)?),
    })
}

fn verify_response(
    response: Response,
    context: &SigningContext,
    validators: &ValidatorSet,
) -> Result<VerifiedResponse, InboundError> {
    Ok(match response {
        Response::Block { block } => VerifiedResponse::Block(block),
        Response::Blocks { blocks, finalization } => {
            VerifiedResponse::Blocks { blocks, finalization: finalization.verify(context, validators)? }
        }
        Response::Batch { batch } => VerifiedResponse::Batch(VerifiedBatch::verify(batch, context, validators)?),
        Response::Certificates { certificates } => {
            let verified = certificates.into_iter().map(|certificate| certificate.verify(context, validators));
            VerifiedResponse::Certificates(verified.collect::<Result<Vec<Verified<_>>, _>>()?)
        }
        Response::Settlements { certificates } => {
            let verified = certificates.into_iter().map(|certificate| certificate.verify(context, validators));
            VerifiedResponse::Settlements(verified.collect::<Result<Vec<Verified<_>>, _>>()?)
        }
    })
}

#[cfg(test)]
mod tests;
