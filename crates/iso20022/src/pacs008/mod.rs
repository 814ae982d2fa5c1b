//! `pacs.008.001.08`, a customer credit transfer between financial institutions: in and out.
//!
//! [`read`] takes a message from bytes to payments; [`write()`] makes a message of payments, for
//! tests and tools. Nothing here knows accounts, limits or rules of the ledger.

mod convert;
pub mod details;
mod group;
mod model;
mod scope;
mod transfer;
mod write;

pub use model::{Account, Address, CreditTransfer, Invoice, Party, Purpose, Remittance};
pub use write::{Message, write};

use crate::envelope;
use crate::error::{Problems, ReadError};
use crate::generated::pacs_008_001_08::SCHEMA;
use crate::limits::Limits;

/// The message definition identifier.
pub const MESSAGE: &str = "pacs.008.001.08";

/// Reads a message: checks it against the schema, maps each transaction, and compares the
/// transactions with the counts and sums of the group header.
///
/// The first transfer of the result is the first of the message; there is at least one.
///
/// # Errors
/// [`ReadError`] with every problem of the message, up to [`Limits::max_problems`]. One problem
/// refuses the whole message: a batch is taken entirely or not at all.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Vec<CreditTransfer>, ReadError> {
    let mut problems = Problems::new(limits.max_problems);
    let document = envelope::open(bytes, limits, &SCHEMA, &mut problems)?;
    let transfers = group::map(&document, limits, &mut problems);
    problems.finish(transfers)
}

/// Checks a message against the schema alone, without mapping it.
///
/// # Errors
/// [`ReadError`] as for [`read`], with the problems of the schema only.
pub fn validate(bytes: &[u8], limits: &Limits) -> Result<(), ReadError> {
    envelope::check(bytes, limits, &SCHEMA)
}

#[cfg(test)]
mod tests;
