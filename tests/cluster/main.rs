//! Clusters of real processes: four validators over loopback, killed, flooded with nonsense, left
//! alone. What is checked is the outside history: every acknowledged payment is decided exactly
//! once, balances add up, and all nodes agree.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, missing_docs)]

mod audit;
mod copies;
mod demo;
mod epochs;
mod failures;
mod harness;
mod idle;
mod load;
mod nonsense;
mod objects;
mod once;
mod privacy;
