//! The simulator: real replicas over simulated links, clocks and disks, in one thread, from a seed.
//!
//! Never shipped. It runs the code that ships: `corridor_replica` with its driver loop, the signer
//! with its record, the ledger, the codec and the signatures. Only the edges are simulated. The
//! same [`Setup`] gives the same run, which [`Report::trace`] shows.
//!
//! Faults: loss, duplication, delay and reordering of messages, crashes (also between a durable
//! write and the sends that follow it), restarts, clock skew, and validators that equivocate
//! ([`attackers`]). Checkers ([`checks`]) run during the run and at its end.
#![forbid(unsafe_code)]
#![allow(clippy::cast_possible_truncation, reason = "a simulation's counts fit")]

pub mod attackers;
pub mod checks;
mod disk;
mod economy;
mod links;
mod node;
mod random;
mod world;

pub use checks::Violation;
pub use disk::MemoryStore;
pub use world::{Counts, Faults, Report, Setup, run};
