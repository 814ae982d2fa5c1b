//! Execution: a state and ordered transactions give changes, entries and a commitment.
//!
//! Pure: no clock, random source, disk, socket or metric, and no result that depends on the order
//! of a hash map. Equal blocks on equal states give equal results on every node. Signatures are
//! *not* checked here; whoever builds an [`IdentifiedTransaction`](corridor_types::IdentifiedTransaction)
//! from outside bytes has done that. A refusal of business is an entry with a code; an error
//! ([`Halt`]) means that the ledger itself broke and that the node must stop.
//!
//! * [`Ledger`] — state, queries, [`Ledger::execute`], [`Ledger::restore`].
//! * [`Ledger::check`] — the same rules, asked ahead of time for one transaction.
//! * [`snapshot`] — the state in chunks that are each verified against a state commitment.
//! * [`AccountProof`] — an account's balances, verified against a state commitment alone.
//!
//! `docs/ledger.md` lists every operation with its rules in order, the layout of the commitment,
//! and why money is conserved.
#![forbid(unsafe_code)]

mod access;
mod account;
mod asset;
mod audit;
mod block;
mod calendar;
mod client;
mod commitment;
mod conservation;
mod exchange;
mod execute;
mod family;
mod governance;
mod halt;
mod hold;
mod journal;
mod ledger;
mod licence;
mod limit;
pub mod limits;
mod liquidity;
mod meta;
mod node;
mod operation;
mod order;
mod participant;
mod payment;
mod programme;
mod proof;
mod queries;
mod queue;
mod recent;
mod references;
mod refund;
mod refusal;
mod restore;
mod rulebook;
mod screening;
mod slots;
pub mod snapshot;
mod state;
pub mod tables;
mod transition;
mod tree;
mod usage;
mod validators;
mod who;

pub use account::{Account, Freezes};
pub use asset::{Asset, Totals};
pub use block::BlockContext;
pub use client::Client;
pub use commitment::StateRoots;
pub use exchange::OpenQuote;
pub use governance::{Ballot, OpenProposal};
pub use halt::Halt;
pub use ledger::Ledger;
pub use licence::LicenceRecord;
pub use limit::LimitRecord;
pub use meta::{PROTOCOL_VERSION, Upgrade};
pub use participant::{Participant, ParticipantStatus};
pub use payment::lifecycle::{Missing, Next};
pub use payment::{Hold, OpenPayment};
pub use programme::ProgrammeRecord;
pub use proof::{AccountProof, AccountProofError};
pub use queue::Savings;
pub use references::{Closing, Used};
pub use refund::Refund;
pub use refusal::FieldRefusal;
pub use restore::RestoreError;
pub use rulebook::Rulebook;
pub use screening::RequiredList;
pub use transition::{PaymentEvent, transition};
pub use validators::candidate::Candidate;

#[cfg(test)]
mod tests;
