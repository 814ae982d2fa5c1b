//! The whole replica at its edges: one of four validators, with a signer that never refuses.
#![allow(clippy::unwrap_used, clippy::cast_possible_truncation)]

pub mod kit;
mod leaving;
mod links;
mod record;
mod snapshot;
