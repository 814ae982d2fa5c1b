//! Data dissemination: each validator chains signed batches of transactions on its lane and streams
//! them to all; a block names only how far each lane is ordered.
//!
//! Pure: [`Lanes::step`] takes an input and the time, and returns what to keep, what to sign and
//! what to do. No clock, disk, socket, key or random source is known here, and no transaction is
//! judged: whether a payment may settle is the ledger's question.
//!
//! # Protocol
//!
//! * **A lane** is a chain `1, 2, 3, ...` of batches of one author; each header names the one before
//!   by digest, so a tip names its whole lane.
//! * **Closing.** A batch closes when it is full; at once when a quorum holds everything we sent
//!   (so an idle network adds no delay); otherwise when its oldest transaction waited
//!   `batch_delay_ms`. It carries whatever came meanwhile, so batches grow with the load.
//! * **Receiving.** A batch that may be held (below) is made durable; then the highest gapless
//!   position is acknowledged to the author. One acknowledgement covers all before it, and at most
//!   one per lane is with the signer.
//! * **Sending again.** What a peer has not acknowledged is sent again when its link comes up and
//!   after `retransmit_ms`, in bursts of 16 batches or 2 MiB, the next as soon as the last is
//!   acknowledged. The wait doubles up to 8 times for a peer that stays silent; any sign of life
//!   resets it.
//! * **Fetching.** What a proposal, a gap or a finalized block lacks is asked for, first from the
//!   author, then from the others in turn. Tentative needs wait `fetch_grace_ms`, since the batch is
//!   mostly on its way, and expire.
//! * **Cuts.** A leader proposes every lane as far as it holds it ([`Lanes::propose_cut`]); a
//!   validator accepts what it holds ([`Lanes::judge`]); a finalized cut is collected in a fixed
//!   order ([`Lanes::collect`]) and then forgotten ([`Input::Finalized`]).
//!
//! # The contract of [`Ready`]
//!
//! `persist` is durable before `sign` is signed, and both are done before `then`. A query may rely on
//! a batch whose write is still in a `Ready` that was not carried out: what follows from the answer
//! (a vote) goes through the same driver afterwards or in the same write.
//!
//! # Why a crash loses nothing and the author never contradicts itself
//!
//! A batch of our own takes two steps:
//! 1. its header and payload are kept as the *draft*, and the signer is asked for the header;
//! 2. the signature comes back, the batch is kept, and only then sent.
//!
//! *Crash before the draft is durable:* nothing was asked of the signer, nobody was told
//! [`Action::Accepted`]. *Crash after that, before the batch is durable:* the signer may have recorded
//! the header; its payload is in the draft, and after the restart the same header is signed again
//! (the signer allows that; Ed25519 gives the same signature). *Crash after the batch is durable:* it
//! is sent again as each link comes up. There is one place for a draft: the next is made only after
//! the batch of the one before is in the same or an earlier write. Hence one header per position, and
//! every transaction that was reported accepted is in it.
//!
//! # Why data that was ordered can be had
//!
//! More than two thirds of voting power notarize a block, each holding what it adds to its parent. At
//! least a third plus one of voting power is honest among them and keeps it, so a fetch for execution
//! that tries all peers in turn ends. Execution's needs never expire and are held whatever the bounds.
//!
//! # An author that lies
//!
//! It can harm only its own lane. Two batches at one position are both held and reported; a block
//! decides for one by naming a descendant, and a validator judges a tip by the chain below that tip,
//! not by which twin it saw first. A third is held only if a proposal names it, up to twice the
//! window's bytes. A tip that nobody can supply costs its proposer the view, and expires here.
//!
//! # Bounds
//!
//! Per lane: `window_batches` and `window_bytes` above the finalized cut, twice the bytes with what
//! votes need, and what finalized blocks need beyond that. An author stops closing batches at its
//! window and then refuses transactions at `pending_max_bytes`, so a network that does not finalize
//! pushes back to the clients. A block adds at most `block_bytes`, and per lane `window_batches`.
#![forbid(unsafe_code)]

mod acknowledging;
mod author;
mod chain;
mod config;
mod cut;
mod delivery;
mod interface;
mod lanes;
mod pending;
mod receiving;
mod wants;

pub use config::{Config, Limits, MAX_EXECUTION_WANTS, MAX_TENTATIVE_WANTS, WINDOW_BATCHES};
pub use interface::{Action, CutError, Input, Judgement, Ready, Recipient, Refusal, Resume, ResumeError};
pub use lanes::{Lanes, Load};

#[cfg(test)]
mod tests;
