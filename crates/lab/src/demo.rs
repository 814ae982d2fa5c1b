//! Stories played on a fresh test network, step by step, each step with its receipt.
//!
//! A step says beforehand what the ledger has to decide; a story is true only if every decision was
//! the expected one. Nothing here is a shortcut through the rules: all that happens is signed by the
//! institutions' own keys, submitted over HTTP and certified by the validators. Nothing waits
//! without a bound.

pub mod books;
pub mod deal;
pub mod joining;
pub mod play;
pub mod player;
pub mod report;
pub mod stage;
pub mod step;
pub mod tally;
pub mod trade;
