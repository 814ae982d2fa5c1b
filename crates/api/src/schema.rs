//! The schemas of the OpenAPI document: what the JSON forms of `corridor_types` look like.
//!
//! Types for documentation only: no value of one is ever made. The vocabulary itself stays free of
//! any interface's tools; in exchange a test holds real JSON of every route against these schemas,
//! both ways, so that neither can change alone.
#![allow(dead_code, clippy::large_enum_variant, reason = "read by the OpenAPI derive, never constructed")]

mod certificates;
mod chain;
mod genesis;
mod objects;
mod operations;
mod payments;
mod problems;
mod registry;
mod text;
mod transactions;
mod validators;

pub use certificates::{Handover, Outcome, Payment, Receipt, Validator};
pub use chain::{BlockView, ChainView, ConsensusView, EvidenceView};
pub use genesis::{Genesis, Parameters, ParticipantEntry};
pub use objects::*;
pub use operations::*;
pub use payments::{Corridor, EventView, Money, PaymentView, SealedDetails, SubmissionReport};
pub use problems::{FieldError, Problem, Problems, Ready};
pub use registry::{AccountPage, AccountView, AssetView, ClientView, KeyEntry, ParticipantView, StatementPage};
pub use text::*;
pub use transactions::{Control, EncodedTransactions, Transactions, ValidatorChange};
pub use validators::ValidatorsView;
