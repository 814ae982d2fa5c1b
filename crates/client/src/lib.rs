//! The Rust SDK: everything that a program does with a node over HTTP.
//!
//! [`Client`] holds the addresses of one or several nodes of a chain and speaks to one of them,
//! moving on to the next when it cannot be reached. Repeating a request is always harmless, because
//! a transaction's reference decides, so it does that without asking.
//!
//! It holds no key: transactions arrive signed. It believes what a node says, except where proof
//! is to be had: a [`Receipt`](corridor_types::Receipt) verifies against the genesis document.
#![forbid(unsafe_code)]

mod client;
mod endpoints;
mod error;
mod events;
mod limits;
mod sse;
mod wait;

pub use client::{AccountQuery, Client, DetailsAnswer, ReceiptAnswer};
pub use error::ClientError;
pub use events::EventFilter;
pub use wait::Until;
