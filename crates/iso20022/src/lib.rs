//! ISO 20022 messages in and out: the form in which banks' back offices speak to a node.
//!
//! | message | direction | module |
//! |---|---|---|
//! | `pacs.008.001.08` customer credit transfer | in (out for tests and tools) | [`pacs008`] |
//! | `pacs.002.001.10` payment status report | out | [`pacs002`] |
//!
//! A message passes three stages, each of which bounds the next: bytes become a tree (UTF-8 only,
//! no document type, no entities, [`Limits`] on everything that can grow), the tree is checked
//! against the complete schema, and the transactions are mapped to values. All problems of the
//! last two stages are reported together, each as a [`FieldError`] with path, value, stable code
//! and remedy.
//!
//! The schemas are tables under `src/generated/`, made once by `tools/generate.py`; one small
//! validator reads them all. Amounts never pass through a float: they are digits until they are
//! whole minor units.
//!
//! This crate must never decide about a payment, touch a ledger, or log what it reads: messages
//! hold personal data, and so do the values quoted in its errors.
#![forbid(unsafe_code)]

mod decimal;
mod envelope;
mod error;
mod generated;
mod limits;
pub mod pacs002;
pub mod pacs008;
mod schema;
mod stamp;
mod text;
mod xml;

pub use error::{Code, FieldError, ReadError};
pub use limits::Limits;
pub use text::{Text, TextError};
