//! What enters the replica. Everything that carries a signature arrives verified.

use std::sync::Arc;

use corridor_crypto::{PublicKey, Verified};
use corridor_types::{
    AvailabilityProof, Block, Certificate, Finality, Handover, Height, IdentifiedTransaction, Request, Seen,
    SettlementCertificate, Signed, SignedAcknowledgement, SignedOutcome, SignedProposal, SignedVote, SnapshotChunk,
    SnapshotManifest, Status, Timestamp, VerifiedBatch,
};

/// The time of a step, read by the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Milliseconds of a clock that never jumps or goes back; for timeouts.
    pub steady_ms: u64,
    /// Calendar time; for block times only.
    pub wall: Timestamp,
}

/// A node at the other end of a link, named by the key that authenticates its links: that name is
/// the same in every epoch, and observers have one too.
pub type Peer = PublicKey;

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The time given by [`crate::Replica::next_deadline`] came, or any other moment.
    Tick,
    /// A peer's message, verified.
    Message {
        /// Whom the link belongs to.
        from: Peer,
        /// What it says.
        message: VerifiedMessage,
    },
    /// A link to a peer came up.
    Connected(Peer),
    /// A link to a peer went down.
    Disconnected(Peer),
    /// Clients' transactions, signatures checked. Answered by `Effect::Submitted` with the ticket.
    Submit {
        /// Names the question, chosen by the driver.
        ticket: u64,
        /// What to admit.
        transactions: Vec<Verified<IdentifiedTransaction>>,
    },
    /// Something came back from the signer.
    Signed(Signed),
    /// A snapshot of this height can be fetched from our disk from now on.
    SnapshotReady(Height),
}

/// A [`corridor_types::Message`] of which every signature was checked.
#[derive(Debug, Clone)]
pub enum VerifiedMessage {
    /// A leader's block, with proofs that tips of it can be fetched.
    Proposal {
        /// The block that its leader signed.
        proposal: Arc<Verified<SignedProposal>>,
        /// Proofs that tips of its cut can be fetched.
        proofs: Vec<Verified<AvailabilityProof>>,
    },
    /// A vote of the ordering protocol.
    Vote(Verified<SignedVote>),
    /// A certificate of the ordering protocol.
    Certificate(Verified<Certificate>),
    /// A validator's outcome of a block.
    Outcome(Verified<SignedOutcome>),
    /// Where the sender is. Unsigned.
    Status(Status),
    /// What the sender holds of ours. Unsigned.
    Seen(Seen),
    /// A batch of its author's lane.
    Batch(VerifiedBatch),
    /// How far a peer holds a lane.
    Acknowledgement(Verified<SignedAcknowledgement>),
    /// A question. Unsigned.
    Request(Request),
    /// The answer to a question of ours.
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
        finality: Verified<Finality>,
    },
    /// A run of a lane, from the highest down.
    Batches(Vec<VerifiedBatch>),
    /// Certificates of the ordering protocol.
    Certificates(Vec<Verified<Certificate>>),
    /// Settlement certificates, ascending by height.
    Settlements(Vec<Verified<SettlementCertificate>>),
    /// Changes of validators. Catch-up verifies them in their order.
    Handovers(Vec<Handover>),
    /// A snapshot's manifest. Catch-up verifies its certificate.
    Snapshot(SnapshotManifest),
    /// A snapshot's chunk. The ledger verifies it.
    SnapshotChunk {
        /// The snapshot's height.
        height: Height,
        /// Its number in the snapshot, from 0.
        chunk: u32,
        /// Its bytes, as the peer sent them.
        bytes: SnapshotChunk,
    },
}
