//! What validators say to each other. Decoding is strict; signatures are checked afterwards.

use corridor_crypto::Digest;

use crate::limits::{MAX_BLOCKS_PER_RESPONSE, MAX_CERTIFICATES_PER_RESPONSE};
use crate::{
    Batch, Block, Certificate, Height, ParticipantId, Sequence, SettlementCertificate, SignedAcknowledgement,
    SignedOutcome, SignedProposal, SignedVote, View,
};

/// Where a node is; sent on connection and at a slow, steady rate. Unsigned: it can only make the
/// receiver offer or ask for things that are verified on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The view it is in.
    pub view: View,
    /// Height of its highest finalized block.
    pub finalized: Height,
    /// View of that block.
    pub finalized_view: View,
    /// Height up to which it holds settlement certificates.
    pub settled: Height,
}
crate::codec_struct!(Status { view, finalized, finalized_view, settled });

/// A question to a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// One block by name, finalized or not.
    Block {
        /// Which.
        digest: Digest,
    },
    /// Finalized blocks from a height on.
    Blocks {
        /// The first wanted.
        from: Height,
    },
    /// One batch of a lane.
    Batch {
        /// Whose lane.
        lane: ParticipantId,
        /// Its position.
        sequence: Sequence,
        /// Its name.
        digest: Digest,
    },
    /// Notarizations and nullifications from a view on, and the highest finalization.
    Certificates {
        /// The first view wanted.
        from: View,
    },
    /// Settlement certificates from a height on.
    Settlements {
        /// The first wanted.
        from: Height,
    },
}
crate::codec_enum!(Request {
    0 => Block { digest },
    1 => Blocks { from },
    2 => Batch { lane, sequence, digest },
    3 => Certificates { from },
    4 => Settlements { from },
});

/// An answer. Each kind can be told apart and checked without its question; what is missing is
/// simply not answered, and the asker tries another peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Response {
    /// A block by name.
    Block {
        /// The block; its digest is recomputed.
        block: Block,
    },
    /// Consecutive finalized blocks; the last one is finalized by the certificate and the others
    /// are its ancestors.
    Blocks {
        /// Ascending by height, each the parent of the next.
        blocks: Vec<Block>,
        /// The finalization of the last.
        finalization: Certificate,
    },
    /// A batch.
    Batch {
        /// The batch.
        batch: Batch,
    },
    /// Certificates of the ordering protocol.
    Certificates {
        /// Ascending by view.
        certificates: Vec<Certificate>,
    },
    /// Settlement certificates.
    Settlements {
        /// Ascending by height.
        certificates: Vec<SettlementCertificate>,
    },
}
crate::codec_enum!(Response {
    0 => Block { block },
    1 => Blocks { blocks[MAX_BLOCKS_PER_RESPONSE], finalization },
    2 => Batch { batch },
    3 => Certificates { certificates[MAX_CERTIFICATES_PER_RESPONSE] },
    4 => Settlements { certificates[MAX_CERTIFICATES_PER_RESPONSE] },
});

/// Everything that travels between validators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A leader's block.
    Proposal(SignedProposal),
    /// A vote of the ordering protocol.
    Vote(SignedVote),
    /// A certificate of the ordering protocol, forwarded on first sight.
    Certificate(Certificate),
    /// A validator's outcome of a block.
    Outcome(SignedOutcome),
    /// Where the sender is.
    Status(Status),
    /// A batch, streamed by its author.
    Batch(Batch),
    /// An acknowledgement to a batch's author, or to all.
    Acknowledgement(SignedAcknowledgement),
    /// A question.
    Request(Request),
    /// An answer.
    Response(Response),
}
crate::codec_enum!(Message {
    0 => Proposal(inner),
    1 => Vote(inner),
    2 => Certificate(inner),
    3 => Outcome(inner),
    4 => Status(inner),
    5 => Batch(inner),
    6 => Acknowledgement(inner),
    7 => Request(inner),
    8 => Response(inner),
});
