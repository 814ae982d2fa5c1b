//! Latency and traffic over wide-area links: honest validators, no loss, measured round-trip times.
//!
//! What is reported beside the measured latency is the floor that no protocol of this shape can go
//! below: five one-way delays at the quorum (lane, proposal, two votes, outcome), for the node that
//! submitted and the leader that proposed. What comes on top is the wait for the proposal.

mod floor;
mod latency;
mod measure;

pub use latency::{Latency, LatencyError};
pub use measure::{Load, Measured, measure};
