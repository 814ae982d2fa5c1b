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
//! leader proposes a cut of lane tips; a finalized block is executed when all its batches are held,
//! its outcome stored, signed and sent (`pipeline`); more than two thirds of
//! voting power of equal outcomes is the settlement certificate, the moment of finality that banks
//! see. A node whose own outcome differs from a certified one halts and says where.
//!
//! # Inside
//!
//! Parts with private fields that never call each other, and a queue of events between them: begin with
//! `replica.rs` and `event.rs`. The second also says why a queue of events keeps the contract above.
#![forbid(unsafe_code)]

mod admission;
mod catching_up;
mod dissemination;
mod driver;
mod event;
mod inbound;
mod input;
mod joining;
mod membership;
mod ordering;
mod pipeline;
mod ready;
mod replica;
mod routing;
mod start;
mod telling;
#[cfg(test)]
mod tests;
mod voting;

pub use driver::{DriveError, Driven, Driver, Signer};
pub use inbound::{InboundError, verify};
pub use input::{Clock, Input, Peer, VerifiedMessage, VerifiedResponse};
pub use joining::SnapshotProgress;
pub use ready::{Admission, Effect, Halt, Membership, Notice, Ready, Recipient};
pub use replica::Replica;
pub use replica::inspection::Heights;
pub use start::{Config, Prepared, StartError, Timings};
pub use voting::Silence;
