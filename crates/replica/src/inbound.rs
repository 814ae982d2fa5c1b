//! Checks a peer's message: epoch and every signature. Pure, so that the driver may run it on any
//! thread before the single-threaded replica sees the message.

use std::sync::Arc;

use corridor_crypto::{SignatureError, SigningContext, Verified};
use corridor_types::persist::tip_of;
use corridor_types::{
    Acknowledgement, AvailabilityProof, Batch, BatchError, Block, Certificate, CertificateError, Epoch, Message,
    ParticipantId, Response, SettlementCertificate, Tip, ValidatorSet, ValidatorSets, VerifiedBatch, is_run,
};

use crate::input::{VerifiedMessage, VerifiedResponse};

/// Why a peer's message was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InboundError {
    /// For an epoch whose validators we do not know yet. No fault of the sender's.
    #[error("the message is of epoch {got}, we are in epoch {current}")]
    UnknownEpoch {
        /// The epoch of the message.
        got: Epoch,
        /// The epoch that we are in.
        current: Epoch,
    },
    /// A proof that comes with a proposal is of none of its tips, or one lane has two.
    #[error("a proof of lane {lane} is of no tip of the proposal, or the proofs are not ascending by lane")]
    StrayProof {
        /// The lane of the proof.
        lane: ParticipantId,
    },
    /// Batches that no answer holds together.
    #[error("the batches of an answer do not build on each other, or are more than an answer holds")]
    NoRun,
    /// About sealed details: the node around the replica takes it and passes none on.
    #[error("messages about sealed details are not for the replica")]
    Details,
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

/// Checks every signature of a message against the validators of its own epoch.
///
/// # Errors
/// [`InboundError`] with the first reason.
pub fn verify(
    message: Message,
    context: &SigningContext,
    sets: &ValidatorSets,
) -> Result<VerifiedMessage, InboundError> {
    Ok(match message {
        Message::Proposal { proposal, proofs } => {
            let set = set_of(sets, proposal.block.epoch)?;
            let proposal = proposal.verify(context, set)?;
            check_proofs(&proposal.block, &proofs)?;
            let proofs = proofs.into_iter().map(|proof| proof.verify(context, set));
            VerifiedMessage::Proposal { proofs: proofs.collect::<Result<_, _>>()?, proposal: Arc::new(proposal) }
        }
        Message::Vote(vote) => VerifiedMessage::Vote(vote.verify(context, set_of(sets, vote.vote.epoch)?)?),
        Message::Outcome(outcome) => {
            VerifiedMessage::Outcome(outcome.verify(context, set_of(sets, outcome.outcome.epoch)?)?)
        }
        Message::Acknowledgement(signed) => {
            let set = set_of(sets, signed.acknowledgement.epoch)?;
            VerifiedMessage::Acknowledgement(signed.verify(context, set)?)
        }
        Message::Certificate(certificate) => {
            let set = set_of(sets, certificate.vote.epoch)?;
            VerifiedMessage::Certificate(certificate.verify(context, set)?)
        }
        Message::Batch(batch) => VerifiedMessage::Batch(verify_batch(batch, context, sets)?),
        Message::Status(status) => VerifiedMessage::Status(status),
        Message::Seen(seen) => VerifiedMessage::Seen(seen),
        Message::Request(request) => VerifiedMessage::Request(request),
        Message::Details(_) => return Err(InboundError::Details),
        Message::Response(response) => VerifiedMessage::Response(verify_response(response, context, sets)?),
    })
}

/// A proof costs a quorum of signature checks, so only those of the block's own tips are looked at.
fn check_proofs(block: &Block, proofs: &[AvailabilityProof]) -> Result<(), InboundError> {
    let ascending = proofs.windows(2).all(|pair| pair[0].acknowledgement.lane < pair[1].acknowledgement.lane);
    let stray = |proof: &&AvailabilityProof| {
        let Acknowledgement { lane, sequence, digest, .. } = proof.acknowledgement;
        tip_of(&block.cut, lane) != Some(&Tip { lane, sequence, digest })
    };
    match proofs.iter().find(stray).or(proofs.first().filter(|_| !ascending)) {
        Some(proof) => Err(InboundError::StrayProof { lane: proof.acknowledgement.lane }),
        None => Ok(()),
    }
}

fn set_of(sets: &ValidatorSets, epoch: Epoch) -> Result<&ValidatorSet, InboundError> {
    let current = sets.current().epoch();
    sets.get(epoch).ok_or(InboundError::UnknownEpoch { got: epoch, current })
}

fn verify_batch(batch: Batch, context: &SigningContext, sets: &ValidatorSets) -> Result<VerifiedBatch, InboundError> {
    set_of(sets, batch.header.epoch)?;
    Ok(VerifiedBatch::verify(batch, context, sets)?)
}

fn verify_response(
    response: Response,
    context: &SigningContext,
    sets: &ValidatorSets,
) -> Result<VerifiedResponse, InboundError> {
    Ok(match response {
        Response::Block { block } => VerifiedResponse::Block(block),
        Response::Blocks { blocks, finality } => {
            let set = set_of(sets, finality.epoch())?;
            VerifiedResponse::Blocks { blocks, finality: finality.verify(context, set)? }
        }
        Response::Batches { batches } => {
            if !is_run(&batches) {
                return Err(InboundError::NoRun);
            }
            let verify = |batch| verify_batch(batch, context, sets);
            VerifiedResponse::Batches(batches.into_iter().map(verify).collect::<Result<_, _>>()?)
        }
        Response::Certificates { certificates } => {
            let verify = |certificate: Certificate| -> Result<Verified<Certificate>, InboundError> {
                let set = set_of(sets, certificate.vote.epoch)?;
                Ok(certificate.verify(context, set)?)
            };
            VerifiedResponse::Certificates(certificates.into_iter().map(verify).collect::<Result<_, _>>()?)
        }
        Response::Settlements { certificates } => VerifiedResponse::Settlements(known(certificates, context, sets)?),
        Response::Handovers { handovers } => VerifiedResponse::Handovers(handovers),
        Response::Snapshot { manifest } => VerifiedResponse::Snapshot(manifest),
        Response::SnapshotChunk { height, chunk, bytes } => VerifiedResponse::SnapshotChunk { height, chunk, bytes },
    })
}

/// Settlement certificates up to the first one of an epoch that is still ahead.
fn known(
    certificates: Vec<SettlementCertificate>,
    context: &SigningContext,
    sets: &ValidatorSets,
) -> Result<Vec<Verified<SettlementCertificate>>, InboundError> {
    let known = certificates.into_iter().map_while(|held| Some((sets.get(held.outcome.epoch)?, held)));
    Ok(known.map(|(set, held)| held.verify(context, set)).collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests;
