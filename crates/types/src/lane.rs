//! Lanes: each validator's chain of signed batches of transactions, and acknowledgements of them.

use std::sync::Arc;

use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{BatchVerifier, Digest, Domain, SecretKey, Signature, SignatureError, SigningContext, Verified};

use crate::certificate::verify_quorum;
use crate::codec::{Decode, DecodeError, Encode, Reader, decode_bytes, decode_list, encode_bytes, encode_list};
use crate::limits::{MAX_BATCH_BYTES, MAX_BATCH_TRANSACTIONS, MAX_VALIDATORS};
use crate::{
    CertificateError, Epoch, ParticipantId, Sequence, Transaction, ValidatorIndex, ValidatorSet, ValidatorSets,
};

/// The small, signed part of a batch. Its digest names the batch and, through `previous`, the whole
/// lane before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchHeader {
    /// The epoch in whose set the author signs. Never below the batch before.
    pub epoch: Epoch,
    /// The author: the participant whose validator writes this lane.
    pub lane: ParticipantId,
    /// Position on the lane, from 1, without gaps.
    pub sequence: Sequence,
    /// Digest of the batch before; zero for the first.
    pub previous: Digest,
    /// Digest of the payload.
    pub payload: Digest,
}
crate::codec_struct!(BatchHeader { epoch, lane, sequence, previous, payload });

impl BatchHeader {
    /// Names the batch.
    pub fn digest(&self) -> Digest {
        Digest::of(Domain::Batch, &self.to_bytes())
    }

    /// What the author signs.
    pub fn signed_message(&self, context: &SigningContext) -> Vec<u8> {
        context.message(Domain::Batch, &self.to_bytes())
    }
}

/// A batch on the wire and on disk: the payload stays encoded until it is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// What the author signed.
    pub header: BatchHeader,
    /// The author's signature over the header.
    pub signature: Signature,
    /// The canonical encoding of the list of transactions, at most [`MAX_BATCH_BYTES`].
    pub payload: Arc<[u8]>,
}

impl Encode for Batch {
    fn encode(&self, out: &mut Vec<u8>) {
        self.header.encode(out);
        self.signature.encode(out);
        encode_bytes(&self.payload, out);
    }
}

impl Decode for Batch {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            header: Decode::decode(reader)?,
            signature: Decode::decode(reader)?,
            payload: decode_bytes(reader, "batch payload", MAX_BATCH_BYTES)?.into(),
        })
    }
}

/// Why a batch was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The author is no validator of the epoch that it names, or we do not know that epoch.
    #[error("participant {lane} has no lane in epoch {epoch}")]
    UnknownAuthor {
        /// The claimed epoch.
        epoch: Epoch,
        /// The claimed author.
        lane: ParticipantId,
    },
    /// The author's signature is wrong.
    #[error("the batch of participant {lane} is not signed by its validator: {source}")]
    BadAuthorSignature {
        /// The claimed author.
        lane: ParticipantId,
        /// What is wrong with the signature.
        source: SignatureError,
    },
    /// The payload is another one than the header names.
    #[error("the payload is not the one that the header names")]
    PayloadMismatch,
    /// The payload does not decode.
    #[error("the payload is malformed: {0}")]
    Malformed(#[from] DecodeError),
    /// A transaction in it is not validly signed. The author signed for having checked it.
    #[error("transaction {position} of the batch has an invalid signature")]
    BadTransactionSignature {
        /// Its position, from zero.
        position: usize,
    },
}

/// A transaction with its identifier, computed once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentifiedTransaction {
    /// [`Transaction::id`], computed once when it was decoded.
    pub id: Digest,
    /// The transaction that the identifier is of.
    pub transaction: Transaction,
}

impl IdentifiedTransaction {
    /// Computes the identifier.
    pub fn new(transaction: Transaction) -> Self {
        Self { id: transaction.id(), transaction }
    }
}

/// A batch of which the author's signature, the payload and every transaction's signatures were
/// checked. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedBatch {
    batch: Arc<Batch>,
    digest: Digest,
    transactions: Arc<[IdentifiedTransaction]>,
}

impl VerifiedBatch {
    /// Makes the header and payload for an author's next batch. The author signs the header.
    /// `None` if the transactions exceed a batch's limits.
    pub fn assemble(
        epoch: Epoch,
        lane: ParticipantId,
        sequence: Sequence,
        previous: Digest,
        transactions: &[Verified<IdentifiedTransaction>],
    ) -> Option<(BatchHeader, Arc<[u8]>)> {
        let mut payload = Vec::new();
        u32::try_from(transactions.len()).ok()?.encode(&mut payload);
        transactions.iter().for_each(|item| item.transaction.encode(&mut payload));
        if payload.len() > MAX_BATCH_BYTES || transactions.len() > MAX_BATCH_TRANSACTIONS {
            return None;
        }
        let digest = Digest::of(Domain::Batch, &payload);
        Some((BatchHeader { epoch, lane, sequence, previous, payload: digest }, payload.into()))
    }

    /// The author's own batch, whose parts were checked before they were assembled.
    pub fn from_own(
        header: BatchHeader,
        signature: Signature,
        payload: Arc<[u8]>,
        transactions: Vec<Verified<IdentifiedTransaction>>,
    ) -> Self {
        let transactions = transactions.into_iter().map(Verified::into_inner).collect();
        Self { digest: header.digest(), batch: Arc::new(Batch { header, signature, payload }), transactions }
    }

    /// Checks a batch from a peer: author, payload, then all transaction signatures at once.
    ///
    /// # Errors
    /// [`BatchError`], which names the culprit.
    pub fn verify(batch: Batch, context: &SigningContext, validators: &ValidatorSets) -> Result<Self, BatchError> {
        let BatchHeader { epoch, lane, .. } = batch.header;
        let author = validators.get(epoch).and_then(|set| set.get(set.index_of(lane)?));
        let author = author.ok_or(BatchError::UnknownAuthor { epoch, lane })?;
        author
            .key
            .verify(&batch.header.signed_message(context), &batch.signature)
            .map_err(|source| BatchError::BadAuthorSignature { lane, source })?;
        let verified = Self::decode_trusted(batch)?;
        let mut verifier = BatchVerifier::new();
        verified.transactions.iter().for_each(|item| item.queue_signatures(context, &mut verifier));
        if !planted::is(Bug::TransactionsUnchecked) && !verifier.verify() {
            let bad = |item: &IdentifiedTransaction| !item.transaction.has_valid_signatures(context);
            let position = verified.transactions.iter().position(bad).unwrap_or_default();
            return Err(BatchError::BadTransactionSignature { position });
        }
        Ok(verified)
    }

    /// Decodes a batch whose signatures were checked before, such as one from our own disk. Checks
    /// the payload's digest all the same.
    ///
    /// # Errors
    /// [`BatchError::PayloadMismatch`], [`BatchError::Malformed`].
    pub fn decode_trusted(batch: Batch) -> Result<Self, BatchError> {
        let named = Digest::of(Domain::Batch, &batch.payload) == batch.header.payload;
        if !named && !planted::is(Bug::PayloadUnchecked) {
            return Err(BatchError::PayloadMismatch);
        }
        let mut reader = Reader::new(&batch.payload);
        let list = decode_list::<Transaction>(&mut reader, "transactions", MAX_BATCH_TRANSACTIONS)?;
        reader.finish()?;
        let transactions = list.into_iter().map(IdentifiedTransaction::new).collect();
        Ok(Self { digest: batch.header.digest(), batch: Arc::new(batch), transactions })
    }

    /// The name of the batch.
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// The signed header.
    pub fn header(&self) -> &BatchHeader {
        &self.batch.header
    }

    /// The batch as it travels.
    pub const fn batch(&self) -> &Arc<Batch> {
        &self.batch
    }

    /// Its transactions in order.
    pub const fn transactions(&self) -> &Arc<[IdentifiedTransaction]> {
        &self.transactions
    }
}

impl IdentifiedTransaction {
    /// Adds the approvals to a batch of signatures to check.
    pub fn queue_signatures(&self, context: &SigningContext, verifier: &mut BatchVerifier) {
        let message = context.message(Domain::Transaction, self.id.as_bytes());
        for approval in &self.transaction.approvals {
            verifier.queue(&approval.key, &message, &approval.signature);
        }
    }
}

/// "I hold this batch and its lane before it, durably."
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Acknowledgement {
    /// The epoch in whose set the voter's index counts.
    pub epoch: Epoch,
    /// The participant that writes the lane.
    pub lane: ParticipantId,
    /// Up to which batch.
    pub sequence: Sequence,
    /// The digest of that batch.
    pub digest: Digest,
}
crate::codec_struct!(Acknowledgement { epoch, lane, sequence, digest });

/// An acknowledgement with its signature. A quorum of them proves availability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedAcknowledgement {
    /// What is acknowledged.
    pub acknowledgement: Acknowledgement,
    /// Who holds it.
    pub voter: ValidatorIndex,
    /// The voter's signature.
    pub signature: Signature,
}
crate::codec_struct!(SignedAcknowledgement { acknowledgement, voter, signature });

impl Acknowledgement {
    /// What is signed.
    pub fn signed_message(&self, context: &SigningContext) -> Vec<u8> {
        context.message(Domain::Acknowledgement, &self.to_bytes())
    }

    /// Signs as `voter`.
    pub fn sign(
        self,
        context: &SigningContext,
        voter: ValidatorIndex,
        key: &SecretKey,
    ) -> Verified<SignedAcknowledgement> {
        let signature = key.sign(&self.signed_message(context));
        Verified::assume_checked(SignedAcknowledgement { acknowledgement: self, voter, signature })
    }
}

impl SignedAcknowledgement {
    /// Checks the signature against the set.
    ///
    /// # Errors
    /// [`SignatureError`], also when the voter is not in the set.
    pub fn verify(self, context: &SigningContext, validators: &ValidatorSet) -> Result<Verified<Self>, SignatureError> {
        let voter = validators.get(self.voter).ok_or(SignatureError::BadPublicKey)?;
        voter.key.verify(&self.acknowledgement.signed_message(context), &self.signature)?;
        Ok(Verified::assume_checked(self))
    }
}

/// A quorum's acknowledgements of one batch: more than a third of voting power is honest and holds
/// the batch with its lane before it, so it can be fetched whatever its author does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvailabilityProof {
    /// What they hold.
    pub acknowledgement: Acknowledgement,
    /// Who, strictly ascending, each with its signature over the acknowledgement.
    pub signatures: Vec<(ValidatorIndex, Signature)>,
}
crate::codec_struct!(AvailabilityProof { acknowledgement, signatures[MAX_VALIDATORS] });

impl AvailabilityProof {
    /// Checks epoch, signers, power and every signature.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn verify(
        self,
        context: &SigningContext,
        validators: &ValidatorSet,
    ) -> Result<Verified<Self>, CertificateError> {
        let (got, expected) = (self.acknowledgement.epoch, validators.epoch());
        if got != expected {
            return Err(CertificateError::WrongEpoch { got, expected });
        }
        verify_quorum(validators, &self.acknowledgement.signed_message(context), &self.signatures)?;
        Ok(Verified::assume_checked(self))
    }
}

/// Encodes a list of transactions as a batch's payload, for tests and submissions.
pub fn encode_transactions(transactions: &[Transaction], out: &mut Vec<u8>) {
    encode_list(transactions, out);
}
