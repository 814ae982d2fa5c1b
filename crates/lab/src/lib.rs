//! What a developer tries Corridor with: test networks, demonstrations, the load generator, the way to the
//! simulator. No bank needs any of it, and nothing that a bank runs imports it.
//!
//! All of it goes through the same commands, configuration files and HTTP interface as real institutions;
//! there is no private door into a node.
#![forbid(unsafe_code)]

mod bench;
pub mod commands;
mod demo;
pub mod testnet;
