//! The Rust SDK: everything that a program does with a node over HTTP.
//!
//! [`Client`] holds the addresses of one or several nodes of a chain and speaks to one of them,
//! moving on to the next when it cannot be reached. Repeating a request is always harmless, because
//! a transaction's reference decides, so it does that without asking.
//!
//! It holds no key: transactions arrive signed. It believes what a node says, except where proof
//! is to be had: a [`Receipt`](corridor_types::Receipt) verifies against the genesis document.
//!
//! ```no_run
//! # async fn example(genesis: &corridor_types::Genesis, signed: corridor_types::Transaction) -> Result<(), Box<dyn std::error::Error>> {
//! use corridor_client::{Client, ReceiptAnswer, Until};
//!
//! let client = Client::new("http://127.0.0.1:8080")?;
//! let reference = signed.operation.reference().ok_or("an empty bulk has no reference")?;
//! client.submit(&[signed]).await?;
//! client.wait_for(reference, Until::Certified, std::time::Duration::from_secs(10)).await?;
//! if let ReceiptAnswer::Ready(receipt) = client.receipt(reference).await? {
//!     receipt.verify(genesis)?; // no need to believe the node
//! }
//! # Ok(())
//! # }
//! ```
//!
//! `examples/pay_and_verify.rs` is a whole program.
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
