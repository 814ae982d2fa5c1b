//! What enters the replica. Everything that carries a signature arrives verified.

use std::sync::Arc;

use corridor_crypto::Verified;
use corridor_types::{
    Block, Certificate, IdentifiedTransaction, Request, SettlementCertificate, Signed, SignedAcknowledgement,
    SignedOutcome, SignedProposal, SignedVote, Status, Timestamp, ValidatorIndex, VerifiedBatch,
};

/// The time of a step, read by the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Milliseconds of a clock that never jumps or goes back; for timeouts.
    pub steady_ms: u64,
    /// Calendar time; for block times only.
    pub wall: Timestamp,
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The time given by [`crate::Replica::next_deadline`] came, or any other moment.
    Tick,
    /// A peer's message, verified.
    Message {
        /// Whom the link belongs to.
        from: ValidatorIndex,
        /// What it says.
        message: VerifiedMessage,
    },
    /// A link to a peer came up.
    Connected(ValidatorIndex),
    /// A link to a peer went down.
    Disconnected(ValidatorIndex),
    /// Clients' transactions, signatures checked. Answered by `Effect::Submitted` with the ticket.
    Submit {
        /// Names the question, chosen by the driver.
        ticket: u64,
        /// What to admit.
        transactions: Vec<Verified<IdentifiedTransaction>>,
    },
    /// Something came back from the signer.
    Signed(Signed),
}

/// A [`corridor_types::Message`] of which every signature was checked.
#[derive(Debug, Clone)]
pub enum VerifiedMessage {
    /// A leader's block.
    Proposal(Arc<Verified<SignedProposal>>),
    /// A vote.
    Vote(Verified<SignedVote>),
    /// A certificate of the ordering protocol.
    Certificate(Verified<Certificate>),
    /// An outcome.
    Outcome(Verified<SignedOutcome>),
    /// Where the sender is. Unsigned.
    Status(Status),
    /// A batch.
    Batch(VerifiedBatch),
    /// An acknowledgement.
    Acknowledgement(Verified<SignedAcknowledgement>),
    /// A question. Unsigned.
    Request(Request),
    /// An answer.
    Response(VerifiedResponse),
}

/// A [`corridor_types::Response`] of which every signature was checked.
#[derive(Debug, Clone)]
pub enum VerifiedResponse {
    /// A block by name; the digest decides.
    Block(Block),
    /// Finalized blocks; the links between them are checked by catch-up.
    Blocks {
        /// Ascending by height.
        blocks: Vec<Block>,
        /// Of the last one.
        finalization: Verified<Certificate>,
    },
    /// A batch.
    Batch(VerifiedBatch),
    /// Certificates of the ordering protocol.
    Certificates(Vec<Verified<Certificate>>),
    /// Settlement certificates.
    Settlements(Vec<Verified<SettlementCertificate>>),
}
