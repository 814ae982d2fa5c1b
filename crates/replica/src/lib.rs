//! The replica: ordering, lanes, ledger, settlement and catch-up joined into one pure machine.
//!
//! `step(clock, Input) -> Ready`. The node drives it with real disks, sockets and clocks, the
//! simulator with seeded ones; both run this code. Nothing here reads a clock, draws a random
//! number, touches a disk or a socket, or depends on hash-map order.
//!
//! # Contract of [`Ready`]
//!
//! The driver, for every `Ready` in the order given:
//! 1. makes `persist` durable, as one atomic write;
//! 2. hands every `sign` to the signer, which records durably what it signs, and feeds each
//!    result back as [`Input::Signed`];
//! 3. only then performs `then`.
//!
//! A failed write or signer ends the process: nothing may leave a node that its disk does not know.
//! A vote is sent only from [`Input::Signed`], so a vote that was never recorded cannot leave.
//!
//! # The order of things
//!
//! A submitted transaction is admitted ([`Admission`]), put into our lane, streamed to all; a
//! leader proposes a cut of lane tips; a finalized block is executed when all its batches are held
//! (`execution`), its outcome stored, signed and sent (`settlement`); more than two thirds of
//! voting power of equal outcomes is the settlement certificate, the moment of finality that banks
//! see. A node whose own outcome differs from a certified one halts and says where.
#![forbid(unsafe_code)]

mod answers;
mod driver;
mod epochs;
mod execution;
mod guard;
mod inbound;
mod input;
mod joining;
mod judging;
mod outputs;
mod ready;
mod replica;
mod settlement;
mod start;
mod submission;
#[cfg(test)]
mod tests;

pub use driver::{DriveError, Driven, Driver, Signer};
pub use inbound::{InboundError, verify};
pub use input::{Clock, Input, Peer, VerifiedMessage, VerifiedResponse};
pub use joining::SnapshotProgress;
pub use ready::{Admission, Effect, Halt, Membership, Notice, Ready, Recipient};
pub use replica::{Heights, Replica, Silence};
pub use start::{Config, Prepared, StartError, Timings};
