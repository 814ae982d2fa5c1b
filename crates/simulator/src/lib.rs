//! The simulator: real replicas over simulated links, clocks and disks, in one thread, from a seed.
//!
//! Never shipped. It runs the code that ships: `corridor_replica` with its driver loop, the signer
//! with its record, the ledger, the codec and the signatures. Only the edges are simulated. The
//! same [`Setup`] gives the same run, which [`Report::trace`] shows.
//!
//! What goes wrong is drawn before a run begins (`schedule.rs`); who lies and how is in
//! [`attackers`]; what must hold all the same is in [`checks`]; [`run`] plays it.
#![forbid(unsafe_code)]
#![allow(clippy::cast_possible_truncation, reason = "a simulation's counts fit")]

pub mod attackers;
pub mod bugs;
pub mod checks;
mod disk;
mod economy;
mod failing_disk;
pub mod faults;
mod links;
mod node;
mod packet;
mod random;
mod roster;
mod schedule;
mod setup;
mod tally;
mod trace;
pub mod twins;
pub mod wan;
mod world;

pub use checks::Violation;
pub use disk::MemoryStore;
pub use random::Chance;
pub use roster::{Address, NodeId};
pub use setup::{Byzantine, Counts, Report, Setup};
pub use tally::Tally;
pub use world::run;
