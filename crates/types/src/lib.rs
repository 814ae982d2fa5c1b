//! The vocabulary that all crates share: identifiers, amounts, transactions, blocks, votes,
//! certificates, receipts, wire messages, and the canonical codec that gives each one encoding.
//!
//! Values and their checks live here; rules do not. Whether a payment is allowed is the ledger's
//! question, whether a vote may be cast is the engine's. Nothing here knows a clock, a socket, a
//! disk or a random source.
//!
//! ```
//! use corridor_types::{Amount, Decode as _, Encode as _, Uetr};
//!
//! let amount = Amount::parse_decimal("125000.00", 2).unwrap();
//! assert_eq!(amount, Amount(12_500_000)); // whole minor units, never a float
//!
//! // One value has one encoding, and an encoding has no room for anything else.
//! let mut bytes = amount.to_bytes();
//! assert_eq!(Amount::from_bytes(&bytes), Ok(amount));
//! bytes.push(0);
//! assert!(Amount::from_bytes(&bytes).is_err());
//!
//! // A UETR is a UUID of version 4, in one spelling.
//! assert!("7a562c67-ca16-48ba-b074-65581be6f001".parse::<Uetr>().is_ok());
//! assert!("7A562C67-CA16-48BA-B074-65581BE6F001".parse::<Uetr>().is_err());
//! ```
#![forbid(unsafe_code)]

/// Gives a type with `Display` and `FromStr` its text as its serde form.
macro_rules! serde_as_text {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(crate) use serde_as_text;

pub mod codec;

mod amount;
mod block;
mod certificate;
mod code;
mod epochs;
mod evidence;
mod genesis;
mod ids;
mod lane;
pub mod limits;
mod message;
mod numbers;
pub mod operations;
mod outcome;
mod payment;
pub mod persist;
mod receipt;
mod run;
mod signing;
mod snapshot;
mod statement;
mod transaction;
mod validators;
pub mod view;

pub use amount::{Amount, ParseAmountError, readable_sum};
pub use block::{Block, SignedProposal, Tip};
pub use certificate::{Certificate, CertificateError, SignedVote, Vote, VoteKind};
pub use code::Code;
pub use codec::{Decode, DecodeError, Encode};
pub use epochs::{Handover, HandoverError, ValidatorSets, walk_handovers};
pub use evidence::{Evidence, SignedHeader, votes_conflict};
pub use genesis::{
    AccountEntry, AssetEntry, Genesis, GenesisError, GenesisTextError, KeyEntry, KeyRole, NodeEntry, Parameters,
    ParticipantEntry, ParticipantKind, ValidatorEntry,
};
pub use ids::{Bic, ClientHandle, CountryCode, CurrencyCode, IdError, Label, Lei, LicenceHandle, SealingKey, Uetr};
pub use lane::{
    Acknowledgement, AvailabilityProof, Batch, BatchError, BatchHeader, IdentifiedTransaction, SignedAcknowledgement,
    VerifiedBatch, encode_transactions,
};
pub use message::{DetailsMessage, Finality, Message, Request, Response, SealedBytes, Seen, Status};
pub use numbers::{
    AccountId, AssetId, Date, Epoch, Height, ListId, ParseDateError, ParticipantId, ProgrammeId, Sequence, Timestamp,
    ValidatorIndex, View, VotingPower,
};
pub use operations::{Attested, ClientAuthorisation, Operation, ValidatorChange};
pub use outcome::{Entry, EntryKind, Outcome, RuleVersions, SettlementCertificate, SignedOutcome};
pub use payment::{ChargeBearer, Control, Corridor, LicenceUse, Payment, PaymentStatus, Priority, Shortfall};
pub use receipt::{Receipt, ReceiptError};
pub use run::{is_run, read_run};
pub use signing::{SignRequest, Signed};
pub use snapshot::{SnapshotChunk, SnapshotManifest};
pub use statement::{Movement, MovementKind};
pub use transaction::{Approval, Transaction};
pub use validators::{Validator, ValidatorSet, ValidatorSetError};
