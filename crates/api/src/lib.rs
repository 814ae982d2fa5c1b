//! The node's HTTP interface: routes, OpenAPI document, problem details, event stream, metrics.
//!
//! It knows no storage and no replica. A [`Node`] answers its questions; the node binary implements
//! that over its storage reader and its channel to the replica, tests over a map. No business rule
//! lives here: what a transaction may do is the ledger's decision, and this crate only passes on
//! what the node says. It holds no key and signs nothing. It authenticates nobody: transactions
//! carry their own signatures, and reading is for whoever the operator lets reach the port.
//!
//! * [`serve`] runs the server on a listener until told to stop.
//! * [`Limits`] bounds everything that comes from outside.
//! * [`openapi`] gives the document that `docs/api/openapi.json` must equal.
//!
//! HTTP/1.1 only, without TLS and compression: those belong to the operator's proxy.
#![forbid(unsafe_code)]

mod app;
mod diagnose;
mod document;
mod events;
mod extract;
mod guard;
mod handlers;
mod limits;
mod metrics;
mod node;
mod problem;
mod router;
mod schema;
mod server;
mod stall;

pub use document::openapi;
pub use limits::Limits;
pub use node::{
    AccountFilter, Answer, DetailsLookup, DetailsPut, NoAnswer, Node, ObjectQuery, Range, ReceiptLookup, Select,
    SubmitResult, Unavailable,
};
pub use server::serve;
