//! Catching up: a node that is behind asks one peer after the other for finalized blocks, and
//! checks that what it gets continues its own chain.
//!
//! Pure: time, statuses and answers come in, questions and accepted blocks go out. It keeps no
//! block, executes nothing, and never checks a signature: certificates arrive verified.
//!
//! # Protocol
//!
//! * **Who is ahead** is known from [`corridor_types::Status`] beacons and from finalizations whose
//!   ancestry the engine lacks ([`Input::Behind`]). Both are hints: a lie costs a question.
//! * **When to ask.** At once if the gap is [`Limits::far_behind`] blocks or more, or if the engine
//!   says so. Otherwise only when the own chain stood still for `patience_ms`: beacons are slow, and
//!   a node in step is always a few blocks "behind" them.
//! * **One question at a time**, [`Request::Blocks`](corridor_types::Request::Blocks) from the next
//!   height on, to the candidates in turn. An accepted range goes out as [`Action::Accept`]; the
//!   next question follows when the replica reports [`Input::Advanced`] that far. So the replica
//!   sets the pace, and a range that it cannot take in yet costs no memory.
//! * **An answer is right** if it starts where we asked, its heights are consecutive, each block
//!   names the one before as its parent (the first one our last finalized block, or the genesis
//!   digest at height 0), every block names the validator set that we know, and the certificate
//!   finalizes the last block. Blocks that we finalized ourselves meanwhile are skipped.
//! * **Settlement certificates** are asked for in the same way when ours stood still and a peer has
//!   more; the replica checks them.
//!
//! # Why a right answer is safe to take
//!
//! The certificate is a quorum's finalization of the last block's digest. A block's digest covers
//! its parent's digest, so the quorum's word covers the whole range down to our own chain: every
//! block in it is an ancestor of a finalized block, hence final. If the range did not link to our
//! chain, it is a lie, or more than a third of voting power lied earlier.
//!
//! # Why it ends
//!
//! A peer that sends a wrong answer is put aside for `lying_aside_ms`, a silent one for
//! `silent_aside_ms`; each of them costs one question per such time. Any honest candidate answers
//! its question with at least one block, so with `k` bad candidates at most `k` questions stand
//! between two steps forward. Ranges may be short, but turns rotate, so a peer that deals out single
//! blocks slows down only its own turns.
#![forbid(unsafe_code)]

mod check;
mod config;
mod interface;
mod peers;
mod settlements;
mod sync;

pub use config::{Config, Limits};
pub use interface::{Action, Input, Misbehaviour};
pub use sync::Sync;

#[cfg(test)]
mod tests;
