//! Tests of the lanes: single rules here and in `tests/`, whole networks in `tests/campaign.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::cast_possible_truncation)]

mod author;
mod campaign;
mod cuts;
mod epochs;
mod network;
mod node;
mod proofs;
mod receiver;
mod standing;
mod support;
mod urgent;
