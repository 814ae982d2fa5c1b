//! Transactions: what a participant asks the ledger to do, under which signatures.
//!
//! A transaction's identifier covers everything but the signatures, and the signatures cover the
//! identifier, so that a large bulk is hashed once.

use corridor_crypto::{Digest, Domain, PublicKey, SecretKey, Signature, SigningContext};
use serde::{Deserialize, Serialize};

use crate::codec::{Decode, DecodeError, Encode, Reader, decode_list, encode_list};
use crate::limits::{MAX_APPROVALS, MAX_BULK_PAYMENTS, MAX_SCOPE, MAX_VALIDATOR_CHANGES};
use crate::operations::{
    Calendar, ExchangeStep, GovernanceStep, HoldStep, LicenceStep, LimitStep, OrderStep, ParticipantStep,
    ProgrammeStep, QueueStep, RefundStep, Screening, ScreeningStep, Window,
};
use crate::payment::{Corridor, Payment};
use crate::{
    AccountId, Amount, AssetId, ClientHandle, Code, Epoch, Height, Label, ParticipantId, ProgrammeId, Timestamp, Uetr,
    Validator,
};

/// A central bank's permission for one company, through one sponsor bank, to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientAuthorisation {
    /// The opaque name under which the client pays.
    pub handle: ClientHandle,
    /// The bank through which it pays.
    pub sponsor: ParticipantId,
    /// The assets it may pay in, ascending, at least one.
    pub assets: Vec<AssetId>,
    /// The corridors it may pay over, ascending, at least one.
    pub corridors: Vec<Corridor>,
    /// The most it may pay at once, in minor units.
    pub payment_cap: Amount,
    /// The most it may pay within a stretch of time.
    pub window: Option<Window>,
    /// The programme under which it pays.
    pub programme: Option<ProgrammeId>,
    /// From when, inclusive.
    pub valid_from: Timestamp,
    /// Until when, exclusive.
    pub valid_until: Timestamp,
}
crate::codec_struct!(ClientAuthorisation {
    handle,
    sponsor,
    assets[MAX_SCOPE],
    corridors[MAX_SCOPE],
    payment_cap,
    window,
    programme,
    valid_from,
    valid_until,
});

/// A payment that its creditor agent attests: it knows the payment by everything in it, amount and
/// digest of the details included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attested {
    /// Which.
    pub payment: Uetr,
    /// [`Payment::content`] of what the creditor agent saw.
    pub content: Digest,
}
crate::codec_struct!(Attested { payment, content });

/// What a participant asks for. `reference` makes repeating an operation harmless: the same
/// reference with the same content gets the first answer, with other content a rejection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "operation", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// The issuing central bank creates money on an account. Two issuer keys.
    Issue {
        /// Idempotency key.
        reference: Uetr,
        /// Where.
        account: AccountId,
        /// How much, in minor units.
        amount: Amount,
    },
    /// The issuing central bank destroys money on an account. Two issuer keys.
    Redeem {
        /// Idempotency key.
        reference: Uetr,
        /// Where.
        account: AccountId,
        /// How much, in minor units.
        amount: Amount,
    },
    /// The issuing central bank opens an account in its asset for a participant.
    OpenAccount {
        /// Idempotency key.
        reference: Uetr,
        /// Whose.
        owner: ParticipantId,
        /// In which asset.
        asset: AssetId,
    },
    /// The sponsor's central bank authorises a client.
    AuthoriseClient {
        /// Idempotency key.
        reference: Uetr,
        /// The permission.
        authorisation: ClientAuthorisation,
    },
    /// The sponsor's central bank withdraws a client's authorisation.
    RevokeClient {
        /// Idempotency key.
        reference: Uetr,
        /// Which.
        handle: ClientHandle,
    },
    /// A bank attests in advance every payment to its account up to an amount; zero ends that.
    SetStandingConsent {
        /// Idempotency key.
        reference: Uetr,
        /// The creditor agent's account.
        account: AccountId,
        /// The largest payment that needs no attestation of its own, in minor units.
        up_to: Amount,
    },
    /// The debtor agent initiates a payment.
    Pay {
        /// The payment; its UETR is the reference.
        payment: Payment,
    },
    /// The debtor agent initiates many payments under one signature; each stands on its own.
    PayBulk {
        /// The payments, 1 to [`MAX_BULK_PAYMENTS`].
        payments: Vec<Payment>,
    },
    /// The debtor agent initiates many payments under one signature. If one of them is refused, or
    /// would have to wait for money, all are rejected.
    PayTogether {
        /// The payments, 1 to [`MAX_BULK_PAYMENTS`].
        payments: Vec<Payment>,
    },
    /// The creditor agent attests payments to it; each settles on its own.
    Attest {
        /// Idempotency key.
        reference: Uetr,
        /// Which, 1 to [`MAX_BULK_PAYMENTS`].
        payments: Vec<Attested>,
        /// Its own screening of the parties of all of them.
        screening: Option<Screening>,
    },
    /// The creditor agent refuses payments to it.
    Reject {
        /// Idempotency key.
        reference: Uetr,
        /// Which, 1 to [`MAX_BULK_PAYMENTS`].
        payments: Vec<Uetr>,
        /// Why: one of the codes for a creditor agent's refusal ([`Code::is_creditor_reason`]).
        reason: Code,
    },
    /// The debtor agent withdraws a payment that has not settled.
    Cancel {
        /// Idempotency key.
        reference: Uetr,
        /// Which.
        payment: Uetr,
    },
    /// A participant declares a validator of its own that is ready to vote: a new one, or a running
    /// one's next keys. Signed by an operator key and by both declared keys, which proves that the
    /// participant has them. The state of a recent block proves that its node is synced.
    DeclareCandidate {
        /// Idempotency key.
        reference: Uetr,
        /// The validator; its power is a proposal.
        validator: Validator,
        /// A block that its node has executed.
        height: Height,
        /// The state commitment after that block.
        state: Digest,
    },
    /// The central banks decide together on the validators of the next epoch.
    ChangeValidators {
        /// Idempotency key.
        reference: Uetr,
        /// The epoch that ends with the change.
        epoch: Epoch,
        /// Strictly ascending by participant, at least one.
        changes: Vec<ValidatorChange>,
    },
    /// A participant lets a node of its own connect to the others.
    RegisterNode {
        /// Idempotency key.
        reference: Uetr,
        /// Authenticates the node's links.
        network_key: PublicKey,
    },
    /// A participant withdraws a node of its own.
    RemoveNode {
        /// Idempotency key.
        reference: Uetr,
        /// The node's.
        network_key: PublicKey,
    },
    /// Participants and their keys.
    Participant {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: ParticipantStep,
    },
    /// Programmes.
    Programme {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: ProgrammeStep,
    },
    /// Licences for controlled goods.
    Licence {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: LicenceStep,
    },
    /// Screening.
    Screening {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: ScreeningStep,
    },
    /// Holds.
    Hold {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: HoldStep,
    },
    /// Legal orders.
    Order {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: OrderStep,
    },
    /// Limits.
    Limit {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: LimitStep,
    },
    /// Returns and recalls.
    Refund {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: RefundStep,
    },
    /// Exchange of currencies, payment versus payment.
    Exchange {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: ExchangeStep,
    },
    /// The order of payments that wait for liquidity.
    Queue {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: QueueStep,
    },
    /// Decisions of the validators.
    Governance {
        /// Idempotency key.
        reference: Uetr,
        /// What is asked for.
        step: GovernanceStep,
    },
    /// The issuing central bank sets the business days and hours of its asset.
    SetCalendar {
        /// Idempotency key.
        reference: Uetr,
        /// Which asset.
        asset: AssetId,
        /// The calendar; without one payments settle at any time.
        calendar: Option<Calendar>,
    },
    /// Somebody who is no agent of a payment and opened its sealed details says so.
    RecordAccess {
        /// Idempotency key.
        reference: Uetr,
        /// Of which payment.
        payment: Uetr,
        /// Why: the case or the legal ground.
        purpose: Label,
    },
}

/// One change of the validator set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum ValidatorChange {
    /// The participant's validator from the next epoch on: a new one, other keys or another weight.
    /// Keys that are not in use already must have been declared.
    Put {
        /// The validator.
        validator: Validator,
    },
    /// The participant has no validator from the next epoch on.
    Remove {
        /// Whose.
        participant: ParticipantId,
    },
}
crate::codec_enum!(ValidatorChange { 0 => Put { validator }, 1 => Remove { participant } });

impl ValidatorChange {
    /// Whose validator changes.
    pub const fn participant(&self) -> ParticipantId {
        match self {
            Self::Put { validator } => validator.participant,
            Self::Remove { participant } => *participant,
        }
    }
}
crate::codec_enum!(Operation {
    0 => Issue { reference, account, amount },
    1 => Redeem { reference, account, amount },
    2 => OpenAccount { reference, owner, asset },
    3 => AuthoriseClient { reference, authorisation },
    4 => RevokeClient { reference, handle },
    5 => SetStandingConsent { reference, account, up_to },
    6 => Pay { payment },
    7 => PayBulk { payments[MAX_BULK_PAYMENTS] },
    8 => Attest { reference, payments[MAX_BULK_PAYMENTS], screening },
    9 => Reject { reference, payments[MAX_BULK_PAYMENTS], reason },
    10 => Cancel { reference, payment },
    11 => DeclareCandidate { reference, validator, height, state },
    12 => ChangeValidators { reference, epoch, changes[MAX_VALIDATOR_CHANGES] },
    13 => RegisterNode { reference, network_key },
    14 => RemoveNode { reference, network_key },
    15 => PayTogether { payments[MAX_BULK_PAYMENTS] },
    16 => Participant { reference, step },
    17 => Programme { reference, step },
    18 => Licence { reference, step },
    19 => Screening { reference, step },
    20 => Hold { reference, step },
    21 => Order { reference, step },
    22 => Limit { reference, step },
    23 => Refund { reference, step },
    24 => Exchange { reference, step },
    25 => Queue { reference, step },
    26 => Governance { reference, step },
    27 => SetCalendar { reference, asset, calendar },
    28 => RecordAccess { reference, payment, purpose },
});

impl Operation {
    /// The reference by which a client looks the operation up; a bulk's is its first payment's.
    /// `None` only for an empty bulk, which the ledger refuses.
    pub fn reference(&self) -> Option<Uetr> {
        match self {
            Self::Issue { reference, .. }
            | Self::Redeem { reference, .. }
            | Self::OpenAccount { reference, .. }
            | Self::AuthoriseClient { reference, .. }
            | Self::RevokeClient { reference, .. }
            | Self::SetStandingConsent { reference, .. }
            | Self::Attest { reference, .. }
            | Self::Reject { reference, .. }
            | Self::Cancel { reference, .. }
            | Self::DeclareCandidate { reference, .. }
            | Self::ChangeValidators { reference, .. }
            | Self::RegisterNode { reference, .. }
            | Self::RemoveNode { reference, .. }
            | Self::Participant { reference, .. }
            | Self::Programme { reference, .. }
            | Self::Licence { reference, .. }
            | Self::Screening { reference, .. }
            | Self::Hold { reference, .. }
            | Self::Order { reference, .. }
            | Self::Limit { reference, .. }
            | Self::Refund { reference, .. }
            | Self::Exchange { reference, .. }
            | Self::Queue { reference, .. }
            | Self::Governance { reference, .. }
            | Self::SetCalendar { reference, .. }
            | Self::RecordAccess { reference, .. } => Some(*reference),
            Self::Pay { payment } => Some(payment.uetr),
            Self::PayBulk { payments } | Self::PayTogether { payments } => payments.first().map(|payment| payment.uetr),
        }
    }

    /// True for legal orders and withdrawals. They go first: into the next batch of their lane, which
    /// keeps room for them, and in their block.
    pub const fn is_urgent(&self) -> bool {
        matches!(
            self,
            Self::Order { .. }
                | Self::RevokeClient { .. }
                | Self::Licence { step: LicenceStep::Revoke { .. }, .. }
                | Self::Participant { step: ParticipantStep::Suspend { .. } | ParticipantStep::Revoke { .. }, .. }
        )
    }

    /// Identifies the content of an operation of `participant`, however long it is valid. A single
    /// payment's content is the payment's own, so that it equals its line in a bulk.
    pub fn content(&self, participant: ParticipantId) -> Digest {
        match self {
            Self::Pay { payment } => payment.content(),
            _ => Digest::of_parts(Domain::Operation, &[&participant.to_bytes(), &self.to_bytes()]),
        }
    }
}

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
