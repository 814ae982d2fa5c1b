//! Outcomes: what executing a block gave, and the settlement certificate that makes it final.

use corridor_crypto::{Digest, Domain, SecretKey, Signature, SignatureError, SigningContext, Verified, merkle};
use serde::{Deserialize, Serialize};

use crate::certificate::verify_quorum;
use crate::codec::{Decode, DecodeError, Encode, Reader};
use crate::limits::MAX_VALIDATORS;
use crate::payment::coded_enum;
use crate::{
    CertificateError, Code, Epoch, Height, ParticipantId, PaymentStatus, Timestamp, Uetr, ValidatorIndex, ValidatorSet,
};

coded_enum! {
    /// What an entry reports on.
    EntryKind {
        /// Money was created.
        Issue = 0, "issue";
        /// Money was destroyed.
        Redeem = 1, "redeem";
        /// An account was opened.
        OpenAccount = 2, "open_account";
        /// A client was authorised.
        AuthoriseClient = 3, "authorise_client";
        /// A client's authorisation was withdrawn.
        RevokeClient = 4, "revoke_client";
        /// A standing consent was set.
        SetStandingConsent = 5, "set_standing_consent";
        /// A payment was initiated, alone or in a bulk.
        Pay = 6, "pay";
        /// A payment was attested.
        Attest = 7, "attest";
        /// A payment was refused by the creditor agent.
        Reject = 8, "reject";
        /// A payment was withdrawn.
        Cancel = 9, "cancel";
        /// A payment lapsed; the ledger itself reports it.
        Expire = 10, "expire";
        /// A participant declared a validator that is ready.
        DeclareCandidate = 11, "declare_candidate";
        /// The central banks decided on the next validator set.
        ChangeValidators = 12, "change_validators";
        /// A participant registered a node.
        RegisterNode = 13, "register_node";
        /// A participant removed a node.
        RemoveNode = 14, "remove_node";
    }
}

/// One line of a block's receipts: the decision on one payment or operation. What it says is
/// agreed on by all validators and never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The block.
    pub height: Height,
    /// Position among the block's entries, from zero.
    pub position: u32,
    /// Block time.
    pub time: Timestamp,
    /// What this reports on.
    pub kind: EntryKind,
    /// The transaction that caused it; zero for an expiry.
    pub transaction: Digest,
    /// Who submitted that transaction; the debtor agent for an expiry.
    pub participant: ParticipantId,
    /// The payment's UETR, or the operation's reference.
    pub reference: Uetr,
    /// The payment's or operation's content; zero if it could not be looked up.
    pub content: Digest,
    /// The payment's status after this entry; `None` for other operations and unknown payments.
    pub status: Option<PaymentStatus>,
    /// The decision.
    pub code: Code,
}
crate::codec_struct!(Entry {
    height,
    position,
    time,
    kind,
    transaction,
    participant,
    reference,
    content,
    status,
    code,
});

impl Entry {
    /// The entry's leaf in the receipts tree: the RFC 9162 leaf hash over domain tag and encoding.
    pub fn leaf(&self) -> Digest {
        let mut data = Vec::with_capacity(192);
        data.extend_from_slice(Domain::Entry.tag());
        self.encode(&mut data);
        merkle::leaf_hash(&data)
    }
}

/// What executing one block gave. Equal on all honest nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// The epoch whose validators sign it.
    pub epoch: Epoch,
    /// The block's height.
    pub height: Height,
    /// The block's digest.
    pub block: Digest,
    /// Root of the tree of entries (RFC 9162).
    pub receipts: Digest,
    /// How many entries the tree has.
    pub entries: u64,
    /// Commitment to the whole ledger state after the block.
    pub state: Digest,
}
crate::codec_struct!(Outcome { epoch, height, block, receipts, entries, state });

impl Outcome {
    /// What is signed.
    pub fn signed_message(&self, context: &SigningContext) -> Vec<u8> {
        context.message(Domain::Outcome, &self.to_bytes())
    }

    /// Signs as `voter`.
    pub fn sign(self, context: &SigningContext, voter: ValidatorIndex, key: &SecretKey) -> Verified<SignedOutcome> {
        let signature = key.sign(&self.signed_message(context));
        Verified::assume_checked(SignedOutcome { outcome: self, voter, signature })
    }
}

/// An outcome with one validator's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedOutcome {
    /// What the validator computed.
    pub outcome: Outcome,
    /// Who.
    pub voter: ValidatorIndex,
    /// Its signature.
    pub signature: Signature,
}
crate::codec_struct!(SignedOutcome { outcome, voter, signature });

impl SignedOutcome {
    /// Checks the signature against the set.
    ///
    /// # Errors
    /// [`SignatureError`], also when the voter is not in the set.
    pub fn verify(self, context: &SigningContext, validators: &ValidatorSet) -> Result<Verified<Self>, SignatureError> {
        let voter = validators.get(self.voter).ok_or(SignatureError::BadPublicKey)?;
        voter.key.verify(&self.outcome.signed_message(context), &self.signature)?;
        Ok(Verified::assume_checked(self))
    }
}

/// A quorum of equal outcomes: the moment of finality that banks see.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SettlementCertificate {
    /// What the quorum computed.
    pub outcome: Outcome,
    /// Who, strictly ascending, each with its signature over `outcome`.
    pub signatures: Vec<(ValidatorIndex, Signature)>,
}
crate::codec_struct!(SettlementCertificate { outcome, signatures[MAX_VALIDATORS] });

impl SettlementCertificate {
    /// Checks epoch, signers, power and every signature.
    ///
    /// # Errors
    /// [`CertificateError`].
    pub fn verify(
        self,
        context: &SigningContext,
        validators: &ValidatorSet,
    ) -> Result<Verified<Self>, CertificateError> {
        if self.outcome.epoch != validators.epoch() {
            return Err(CertificateError::WrongEpoch { got: self.outcome.epoch, expected: validators.epoch() });
        }
        verify_quorum(validators, &self.outcome.signed_message(context), &self.signatures)?;
        Ok(Verified::assume_checked(self))
    }
}
