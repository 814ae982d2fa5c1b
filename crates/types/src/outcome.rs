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
        /// A payment that waited settled; the ledger itself reports it.
        Settle = 15, "settle";
        /// A payment that waited was stopped; the ledger itself reports it.
        Stop = 16, "stop";
        /// A central bank took in an application.
        ApplyParticipant = 20, "apply_participant";
        /// A participant was authorised.
        AuthoriseParticipant = 21, "authorise_participant";
        /// A participant was suspended.
        SuspendParticipant = 22, "suspend_participant";
        /// A participant's authorisation was ended.
        RevokeParticipant = 23, "revoke_participant";
        /// A key was registered.
        AddKey = 24, "add_key";
        /// A key was withdrawn.
        RemoveKey = 25, "remove_key";
        /// A rule about checkers was set.
        SetApprovals = 26, "set_approvals";
        /// A sealing key was set.
        SetSealingKey = 27, "set_sealing_key";
        /// A programme was opened.
        OpenProgramme = 30, "open_programme";
        /// A programme was amended.
        AmendProgramme = 31, "amend_programme";
        /// A programme was closed.
        CloseProgramme = 32, "close_programme";
        /// A licence was issued.
        IssueLicence = 40, "issue_licence";
        /// A licence was amended.
        AmendLicence = 41, "amend_licence";
        /// A licence was revoked.
        RevokeLicence = 42, "revoke_licence";
        /// A version of a screening list was required.
        RequireList = 50, "require_list";
        /// A payment was screened again.
        Rescreen = 51, "rescreen";
        /// A payment was held.
        Hold = 60, "hold";
        /// A held payment was released.
        Release = 61, "release";
        /// A held payment was rejected.
        RejectHeld = 62, "reject_held";
        /// An account or a client was frozen.
        Freeze = 70, "freeze";
        /// A freeze was ended.
        Unfreeze = 71, "unfreeze";
        /// Money was seized.
        Seize = 72, "seize";
        /// A limit was set.
        SetLimit = 80, "set_limit";
        /// A limit was ended.
        RemoveLimit = 81, "remove_limit";
        /// Money of a settled payment was returned.
        Return = 90, "return";
        /// A settled payment was asked back.
        Recall = 91, "recall";
        /// A recall was refused.
        RefuseRecall = 92, "refuse_recall";
        /// A quote was made.
        Quote = 100, "quote";
        /// A quote was taken back.
        WithdrawQuote = 101, "withdraw_quote";
        /// A quote was taken and both legs settled.
        TakeQuote = 102, "take_quote";
        /// A payment got another priority.
        Reprioritise = 110, "reprioritise";
        /// A payment was moved in its queue.
        MoveInQueue = 111, "move_in_queue";
        /// A calendar was set.
        SetCalendar = 120, "set_calendar";
        /// A proposal was put to the vote.
        Propose = 130, "propose";
        /// A vote was cast.
        Vote = 131, "vote";
        /// A proposal passed and took effect; the ledger itself reports it.
        Enact = 132, "enact";
        /// Sealed details were opened by somebody who is no agent of the payment.
        RecordAccess = 140, "record_access";
    }
}

/// The versions of the rulebook packs that a decision about a payment followed; zero where none was
/// in force, and for other decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleVersions {
    /// Of the debtor agent's country.
    pub from: u32,
    /// Of the creditor agent's country.
    pub to: u32,
}
crate::codec_struct!(RuleVersions { from, to });

/// One line of a block's receipts: the decision on one payment or operation. What it says is
/// agreed on by all validators and never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Height of the block that decided it.
    pub height: Height,
    /// Position among the block's entries, from zero.
    pub position: u32,
    /// Time of that block, in milliseconds.
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
    /// The decision, which names the rule that made it.
    pub code: Code,
    /// The version of that rule.
    pub rules: RuleVersions,
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
    rules,
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
    /// Index of the validator in the epoch's set.
    pub voter: ValidatorIndex,
    /// Its signature over the outcome.
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
