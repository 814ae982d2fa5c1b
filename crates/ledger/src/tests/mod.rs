//! Tests of the ledger as a whole.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation, clippy::float_arithmetic)]

mod boundaries;
mod codes;
mod commitment;
mod governance;
mod halts;
pub(crate) mod model;
mod nodes;
pub(crate) mod officers;
mod payments;
mod queries;
mod repeats;
pub(crate) mod restore;
mod snapshot;
mod traffic;
pub(crate) mod validators;
pub(crate) mod world;
