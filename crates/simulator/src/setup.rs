//! What a run is: everything that decides it, and what it gives.

use corridor_crypto::Digest;

use crate::attackers::AttackerKind;
use crate::checks::Violation;
use crate::faults::{FaultKind, Faults};
use crate::tally::Tally;

/// How many validators lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Byzantine {
    /// Exactly so many, at most as many as the protocol tolerates.
    Exactly(u32),
    /// As many as the protocol tolerates or fewer, drawn by the seed.
    UpToMost,
}

/// What one run is made of; the seed decides the rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setup {
    /// Decides everything that chance decides.
    pub seed: u64,
    /// How many validators; at least 1.
    pub validators: u16,
    /// How many institutions run a node and do not vote, besides those that the faults bring.
    pub watchers: u16,
    /// How many payments are submitted.
    pub payments: u32,
    /// Until when ordinary faults happen, in milliseconds.
    pub faulty_ms: u64,
    /// How long after healing everything must be settled, in milliseconds.
    pub recover_ms: u64,
    /// What goes wrong.
    pub faults: Faults,
    /// How many lie.
    pub byzantine: Byzantine,
    /// Who they are drawn from; empty: all.
    pub attackers: Vec<AttackerKind>,
    /// Keep a readable trace.
    pub readable: bool,
}

impl Setup {
    /// A short run of four honest validators on a good network.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            validators: 4,
            watchers: 0,
            payments: 32,
            faulty_ms: 5_000,
            recover_ms: 10_000,
            faults: Faults::NONE,
            byzantine: Byzantine::Exactly(0),
            attackers: Vec::new(),
            readable: false,
        }
    }

    /// A short run of four under everything.
    pub fn mixed(seed: u64) -> Self {
        Self { faults: Faults::Mixed, byzantine: Byzantine::UpToMost, ..Self::new(seed) }
    }

    /// How many institutions run a node and are no validators at first.
    pub fn observers(&self) -> u16 {
        let joining = match &self.faults {
            Faults::Mixed => 2,
            Faults::Only(kinds) if kinds.contains(&FaultKind::Churn) => 3,
            Faults::Only(_) => 0,
        };
        joining + self.watchers
    }

    /// How many liars the protocol tolerates among the validators of this run.
    pub const fn tolerated(&self) -> u32 {
        (self.validators as u32).saturating_sub(1) / 3
    }
}

/// How often what happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Messages sent, one per receiver.
    pub sent: u64,
    /// Messages that a receiver refused.
    pub refused_messages: u64,
    /// Requests that an honest node's signer refused.
    pub refused_signatures: u64,
    /// References that honest nodes accepted.
    pub accepted: u64,
    /// Pieces of evidence that honest nodes hold.
    pub evidence: u64,
    /// Blocks that the honest nodes settled.
    pub settled_blocks: u64,
    /// The last epoch that an honest node reached.
    pub epochs: u64,
    /// Votes and proposals that arrived from a second live copy of a data folder.
    pub votes_of_copies: u64,
    /// How often a link went from one machine of a copied data folder to the other.
    pub races: u64,
    /// Events that the world handled.
    pub events: u64,
    /// From healing until all honest nodes had settled everything, in milliseconds.
    pub recovered_ms: u64,
    /// How long the run was, in simulated milliseconds.
    pub simulated_ms: u64,
}

/// What a run gave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Empty if all is well.
    pub violations: Vec<Violation>,
    /// How often what happened.
    pub counts: Counts,
    /// Faults that fired, by name.
    pub faults: Tally,
    /// What attackers did, by name.
    pub attacks: Tally,
    /// Digest over every event and everything held at the end: equal for equal setups.
    pub trace: Digest,
    /// One line per event, if the setup asked for it.
    pub lines: Vec<String>,
}
