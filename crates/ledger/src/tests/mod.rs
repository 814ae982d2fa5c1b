//! Tests of the ledger as a whole.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation, clippy::float_arithmetic)]

mod boundaries;
mod codes;
mod commitment;
mod halts;
mod model;
mod payments;
mod restore;
mod traffic;
mod world;
