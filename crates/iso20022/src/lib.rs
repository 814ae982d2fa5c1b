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
//!
//! ```
//! use corridor_iso20022::{Limits, pacs008};
//!
//! let sample = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../configs/samples/pacs.008-trade-invoice.xml"));
//! let transfer = pacs008::read(sample.as_bytes(), &Limits::default()).unwrap().remove(0);
//! assert_eq!((transfer.amount.0, transfer.currency.as_str()), (12_500_000, "BRL"));
//!
//! // A third decimal is one too many for this currency; the error says where, and what to do.
//! let wrong = sample.replace("125000.00", "125000.001");
//! let error = pacs008::read(wrong.as_bytes(), &Limits::default()).unwrap_err();
//! assert!(error.errors[0].path.ends_with("IntrBkSttlmAmt") && !error.errors[0].remedy.is_empty());
//! ```
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
