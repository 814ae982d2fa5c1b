//! What validators say to each other. Decoding is strict; signatures are checked afterwards.

use corridor_crypto::{Digest, SigningContext, Verified};

use crate::codec::{Decode, DecodeError, Encode, Reader, decode_bytes, encode_bytes};
use crate::limits::{
    MAX_BATCHES_PER_RESPONSE, MAX_BLOCKS_PER_RESPONSE, MAX_CERTIFICATES_PER_RESPONSE, MAX_HANDOVERS_PER_RESPONSE,
    MAX_SEALED_DETAILS_BYTES, MAX_VALIDATORS,
};
use crate::{
    AvailabilityProof, Batch, Block, Certificate, CertificateError, Epoch, Handover, Height, ParticipantId, Sequence,
    SettlementCertificate, SignedAcknowledgement, SignedOutcome, SignedProposal, SignedVote, SnapshotChunk,
    SnapshotManifest, ValidatorSet, View, Vote, VoteKind,
};

/// Where a node is; sent on connection and at a slow, steady rate. Unsigned: it can only make the
/// receiver offer or ask for things that are verified on their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status {
    /// The epoch it is in.
    pub epoch: Epoch,
    /// The view it is in.
    pub view: View,
    /// Height of its highest finalized block.
    pub finalized: Height,
    /// View of that block.
    pub finalized_view: View,
    /// Height up to which it holds settlement certificates.
    pub settled: Height,
    /// The lowest height whose block, and everything from it on, it can give; the next height if none.
    pub oldest: Height,
    /// The height of the snapshot that it offers; 0 for none.
    pub snapshot: Height,
    /// A validator that has just started and asks what it signed before ([`Seen`]).
    pub asks_seen: bool,
}
crate::codec_struct!(Status { epoch, view, finalized, finalized_view, settled, oldest, snapshot, asks_seen });

/// What a validator holds that was signed by the receiver: a validator that was restored from an
/// old copy learns from it that it signed more than it remembers. Unsigned: a lie can only keep the
/// receiver silent a little longer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The epoch of the view.
    pub epoch: Epoch,
    /// The highest view of a vote or proposal of the receiver; 0 for none.
    pub view: View,
    /// The highest position on the receiver's lane; 0 for none.
    pub sequence: Sequence,
    /// The name of the batch there; zero for none.
    pub digest: Digest,
}
crate::codec_struct!(Seen { epoch, view, sequence, digest });

/// What makes a range of blocks final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finality {
    /// The finalization of the last block of the range.
    Finalization(Certificate),
    /// A certified outcome of the last block: its signers had it final and executed.
    Settlement(SettlementCertificate),
}
crate::codec_enum!(Finality { 0 => Finalization(inner), 1 => Settlement(inner) });

impl Finality {
    /// The epoch whose validators signed.
    pub const fn epoch(&self) -> Epoch {
        match self {
            Self::Finalization(certificate) => certificate.vote.epoch,
            Self::Settlement(certificate) => certificate.outcome.epoch,
        }
    }

    /// The block that is final; `None` if the certificate is no finalization.
    pub const fn block(&self) -> Option<Digest> {
        match self {
            Self::Finalization(Certificate { vote: Vote { kind: VoteKind::Finalize { block }, .. }, .. }) => {
                Some(*block)
            }
            Self::Finalization(_) => None,
            Self::Settlement(certificate) => Some(certificate.outcome.block),
        }
    }

    /// Checks signers, power and every signature.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn verify(
        self,
        context: &SigningContext,
        validators: &ValidatorSet,
    ) -> Result<Verified<Self>, CertificateError> {
        let checked = match self {
            Self::Finalization(inner) => Self::Finalization(inner.verify(context, validators)?.into_inner()),
            Self::Settlement(inner) => Self::Settlement(inner.verify(context, validators)?.into_inner()),
        };
        Ok(Verified::assume_checked(checked))
    }
}

/// A question to a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Request {
    /// One block by name, finalized or not.
    Block {
        /// Digest of the wanted block.
        digest: Digest,
    },
    /// Finalized blocks from a height on.
    Blocks {
        /// The first wanted.
        from: Height,
    },
    /// A batch of a lane and, as far as an answer holds them, those that it builds on.
    Batches {
        /// The participant that writes the lane.
        lane: ParticipantId,
        /// The position of the highest.
        sequence: Sequence,
        /// The name of the highest.
        digest: Digest,
        /// The asker holds this position, or asks for it separately: nothing at or below it is wanted.
        above: Sequence,
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
    /// Changes of the validator set from an epoch on.
    Handovers {
        /// The first epoch whose end is wanted.
        from: Epoch,
    },
    /// The manifest of a snapshot.
    Snapshot {
        /// Its height, as the peer's status offers it.
        height: Height,
    },
    /// One chunk of a snapshot.
    SnapshotChunk {
        /// The snapshot's height.
        height: Height,
        /// Which, from zero.
        chunk: u32,
    },
}
crate::codec_enum!(Request {
    0 => Block { digest },
    1 => Blocks { from },
    2 => Batches { lane, sequence, digest, above },
    3 => Certificates { from },
    4 => Settlements { from },
    5 => Handovers { from },
    6 => Snapshot { height },
    7 => SnapshotChunk { height, chunk },
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
    /// Consecutive blocks of one epoch; the last one is proven final and the others are its
    /// ancestors. Blocks after the epoch's boundary only prove that it is final: they are not part
    /// of the chain.
    Blocks {
        /// Ascending by height, each the parent of the next.
        blocks: Vec<Block>,
        /// Of the last.
        finality: Finality,
    },
    /// Batches of one lane.
    Batches {
        /// From the highest down, each the one that the one before it builds on.
        batches: Vec<Batch>,
    },
    /// Certificates of the ordering protocol.
    Certificates {
        /// Ascending by view.
        certificates: Vec<Certificate>,
    },
    /// Settlement certificates of executed blocks.
    Settlements {
        /// Ascending by height.
        certificates: Vec<SettlementCertificate>,
    },
    /// Changes of the validator set.
    Handovers {
        /// Ascending by epoch, none left out.
        handovers: Vec<Handover>,
    },
    /// A snapshot's manifest.
    Snapshot {
        /// The manifest, which proves itself.
        manifest: SnapshotManifest,
    },
    /// One chunk of a snapshot.
    SnapshotChunk {
        /// The snapshot's height.
        height: Height,
        /// The chunk's place in the index, from 0.
        chunk: u32,
        /// The chunk, which the index proves.
        bytes: SnapshotChunk,
    },
}
crate::codec_enum!(Response {
    0 => Block { block },
    1 => Blocks { blocks[MAX_BLOCKS_PER_RESPONSE], finality },
    2 => Batches { batches[MAX_BATCHES_PER_RESPONSE] },
    3 => Certificates { certificates[MAX_CERTIFICATES_PER_RESPONSE] },
    4 => Settlements { certificates[MAX_CERTIFICATES_PER_RESPONSE] },
    5 => Handovers { handovers[MAX_HANDOVERS_PER_RESPONSE] },
    6 => Snapshot { manifest },
    7 => SnapshotChunk { height, chunk, bytes },
});

/// Sealed details as they travel: bytes of a form that only the sealing knows. Whoever receives them
/// checks them against the digest that it asked for.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedBytes(pub Vec<u8>);

impl std::fmt::Debug for SealedBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedBytes({} bytes)", self.0.len())
    }
}

impl Encode for SealedBytes {
    fn encode(&self, out: &mut Vec<u8>) {
        encode_bytes(&self.0, out);
    }
}

impl Decode for SealedBytes {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(decode_bytes(reader, "sealed details", MAX_SEALED_DETAILS_BYTES)?.to_vec()))
    }
}

/// What nodes of the parties of a payment say to each other about its details. No replica ever sees
/// it: nothing that is agreed on depends on who holds which document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DetailsMessage {
    /// The sender wants the document of this digest. Only who is among its readers is answered.
    Wanted {
        /// What the payment carries as its details.
        digest: Digest,
    },
    /// The document that the receiver asked for.
    Here {
        /// The sealed document, whose digest was asked for.
        sealed: SealedBytes,
    },
}
crate::codec_enum!(DetailsMessage { 0 => Wanted { digest }, 1 => Here { sealed } });

/// Everything that travels between validators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// A leader's block, with proofs for tips that others may not hold yet. The proofs are not part
    /// of what is signed: each stands on its own.
    Proposal {
        /// The signed block.
        proposal: SignedProposal,
        /// At most one per lane.
        proofs: Vec<AvailabilityProof>,
    },
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
    /// A question to one peer.
    Request(Request),
    /// An answer to a question.
    Response(Response),
    /// What the sender holds of the receiver.
    Seen(Seen),
    /// About the sealed details of a payment.
    Details(DetailsMessage),
}
crate::codec_enum!(Message {
    0 => Proposal { proposal, proofs[MAX_VALIDATORS] },
    1 => Vote(inner),
    2 => Certificate(inner),
    3 => Outcome(inner),
    4 => Status(inner),
    5 => Batch(inner),
    6 => Acknowledgement(inner),
    7 => Request(inner),
    8 => Response(inner),
    9 => Seen(inner),
    10 => Details(inner),
});
