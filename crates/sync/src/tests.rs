//! Tests of catch-up: single rules in `rules.rs`, `epochs.rs` and `snapshots.rs`, lossy networks
//! with liars in `campaign.rs`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation, clippy::large_enum_variant)]

mod campaign;
mod epochs;
mod rules;
mod snapshots;
mod support;
mod world;
