//! Tests of liquidity saving.
#![allow(clippy::unwrap_used, clippy::panic, clippy::cast_possible_truncation)]

mod bounds;
mod case;
mod examples;
mod properties;
mod room;
mod search;
