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

mod account;
mod asset;
mod candidate;
mod check;
mod client;
mod commitment;
mod conservation;
mod decide;
mod epochs;
mod execute;
mod halt;
mod journal;
mod ledger;
pub mod limits;
mod node;
mod participant;
mod payment;
mod proof;
mod recent;
mod references;
mod refusal;
mod restore;
mod rules;
mod slots;
pub mod snapshot;
mod state;
mod transition;
mod tree;

pub use account::Account;
pub use asset::{Asset, Totals};
pub use candidate::Candidate;
pub use client::Client;
pub use commitment::StateRoots;
pub use execute::BlockContext;
pub use halt::Halt;
pub use ledger::Ledger;
pub use payment::OpenPayment;
pub use proof::{AccountProof, AccountProofError};
pub use references::{Closing, Used};
pub use refusal::FieldRefusal;
pub use restore::RestoreError;
pub use slots::tables;
pub use transition::{PaymentEvent, transition};

#[cfg(test)]
mod tests;
