//! Tests of catch-up: single rules in `rules.rs`, lossy networks with liars in `campaign.rs`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod campaign;
mod rules;
mod support;
