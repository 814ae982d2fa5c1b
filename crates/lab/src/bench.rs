//! Measures a running test network from outside: an open-loop generator in a process of its own.
//!
//! Payments are signed before the clock starts and sent at their scheduled moments whether or not
//! the network keeps up; latency counts from the scheduled moment until a settlement certificate over
//! the payment's block was seen, so that a stalled network cannot hide behind a stalled generator. Every
//! rule of the ledger is in force. Nothing is measured through a private door.

pub mod machine;
pub mod payers;
pub mod plan;
pub mod report;
pub mod sending;
pub mod signing;
pub mod step;
pub mod watching;
