//! Transactions: what a participant asks the ledger to do, under which signatures.
//!
//! A transaction's identifier covers everything but the signatures, and the signatures cover the
//! identifier, so that a large bulk is hashed once.

use corridor_crypto::{Digest, Domain, PublicKey, SecretKey, Signature, SigningContext};
use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader, decode_list, encode_list};
use crate::limits::MAX_APPROVALS;
use crate::operations::Operation;
use crate::{ParticipantId, Timestamp};

/// One signature on a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The key that signed; the ledger decides what it may do.
    pub key: PublicKey,
    /// Over the transaction's identifier.
    pub signature: Signature,
}
crate::codec_struct!(Approval { key, signature });

/// An operation with its author, its last moment and its signatures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transaction {
    /// On whose behalf.
    pub participant: ParticipantId,
    /// Blocks later than this refuse it, so that old bytes cannot come back after years.
    pub valid_until: Timestamp,
    /// What to do.
    pub operation: Operation,
    /// Signatures, strictly ascending by key, 1 to [`MAX_APPROVALS`].
    pub approvals: Vec<Approval>,
}

impl Transaction {
    /// Builds a transaction and signs it with each of `keys`.
    pub fn sign(
        context: &SigningContext,
        participant: ParticipantId,
        valid_until: Timestamp,
        operation: Operation,
        keys: &[&SecretKey],
    ) -> Self {
        let mut transaction = Self { participant, valid_until, operation, approvals: Vec::new() };
        let message = transaction.signed_message(context);
        let approve = |key: &&SecretKey| Approval { key: key.public_key(), signature: key.sign(&message) };
        transaction.approvals = keys.iter().map(approve).collect();
        transaction.approvals.sort_by_key(|approval| approval.key);
        transaction
    }

    fn encode_body(&self, out: &mut Vec<u8>) {
        self.participant.encode(out);
        self.valid_until.encode(out);
        self.operation.encode(out);
    }

    /// Names the transaction: the digest of all but the signatures.
    pub fn id(&self) -> Digest {
        let mut body = Vec::new();
        self.encode_body(&mut body);
        Digest::of(Domain::Transaction, &body)
    }

    /// What every approval signs.
    pub fn signed_message(&self, context: &SigningContext) -> Vec<u8> {
        context.message(Domain::Transaction, self.id().as_bytes())
    }

    /// True if every approval's signature is valid.
    pub fn has_valid_signatures(&self, context: &SigningContext) -> bool {
        let message = self.signed_message(context);
        self.approvals.iter().all(|approval| approval.key.verify(&message, &approval.signature).is_ok())
    }
}

impl Encode for Transaction {
    fn encode(&self, out: &mut Vec<u8>) {
        self.encode_body(out);
        encode_list(&self.approvals, out);
    }
}

impl Decode for Transaction {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let transaction = Self {
            participant: Decode::decode(reader)?,
            valid_until: Decode::decode(reader)?,
            operation: Decode::decode(reader)?,
            approvals: decode_list(reader, "approvals", MAX_APPROVALS)?,
        };
        let ascending = transaction.approvals.windows(2).all(|pair| pair[0].key < pair[1].key);
        if transaction.approvals.is_empty() || !ascending {
            let problem = "at least one, strictly ascending by key".to_owned();
            return Err(DecodeError::Invalid { what: "approvals", problem });
        }
        Ok(transaction)
    }
}
