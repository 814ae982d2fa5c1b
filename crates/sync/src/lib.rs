//! Catching up: a node that is behind asks one peer after the other for finalized blocks, or for a
//! snapshot, and checks that what it gets continues its own chain. Validators and observers use the
//! same machine; an observer has no other way to follow ([`Limits::follower`]).
//!
//! Pure: time, statuses and answers come in, questions and accepted blocks go out. It keeps no block
//! and no chunk and executes nothing. Certificates of blocks arrive verified; handovers and the
//! certificates of snapshots are checked here, since the path of validator sets is walked here.
//!
//! # Protocol
//!
//! * **Who is asked.** Any connected peer, named by its network key ([`Input::PeerUp`]).
//! * **Who is ahead** is known from [`corridor_types::Status`] beacons and from finalizations whose
//!   ancestry the engine lacks ([`Input::Behind`]). Both are hints: a lie costs a question, put to
//!   the liar itself. Who claims `far_behind` blocks more is asked for them; others are not.
//! * **When to ask.** At once if a gap is [`Limits::far_behind`] blocks or more, or if the engine
//!   says so. Otherwise only when the own chain stood still for `patience_ms`: beacons are slow, and
//!   a node in step is always a few blocks "behind" them. Never while the replica has no room.
//! * **One question at a time**, [`Request::Blocks`](corridor_types::Request::Blocks) from the next
//!   height on, to the candidates in turn, those that failed least first. An accepted range goes out
//!   as [`Action::Accept`]; the next question follows when the replica reports [`Input::Advanced`]
//!   that far. So the replica sets the pace, and a range that it cannot take in yet costs no memory.
//! * **An answer is right** if its heights are consecutive, each block names the one before as its
//!   parent (the first one our last finalized block, or the genesis digest at height 0), every block
//!   names the validator set of the current epoch, and the certificate makes the last block final: a
//!   finalization of it, or a settlement certificate of it at its height. Blocks that we finalized
//!   ourselves meanwhile are skipped. An answer that starts elsewhere belongs to an earlier question
//!   and is passed over.
//! * **Epochs.** The first block with another `next_validators` is the boundary. Blocks after it
//!   repeat its cut and its `next_validators`; they prove it final and are cut off. Then nothing is
//!   asked until the replica has executed the boundary and reports [`Input::Epoch`].
//! * **Settlement certificates** are asked for in the same way when ours stood still and a peer has
//!   more; the replica checks them, by the validators of their epoch.
//!
//! # Snapshots
//!
//! A node fetches a snapshot if nobody offers its next block, and a new one also if it prefers to
//! and the gap is large. One peer that offers the highest is asked for the manifest and for the
//! handovers that lead from our epoch to the one after the manifest's block; with the last set on
//! the way that is needed, the certificate is checked. The replica opens the index. Chunks are then
//! asked, several at once, of all who offer that height: a certified state has one form. What is
//! wrong is asked of somebody else. If the transfer stands still and nobody offers the height any
//! more, or another one can be had, it starts again with the highest.
//!
//! # Why a right answer is safe to take
//!
//! The certificate is a quorum's word for the last block's digest, as finalized or, in a settlement
//! certificate, as executed, which honest validators sign only for final blocks. A block's digest
//! covers its parent's digest, so the quorum's word covers the whole range down to our own chain:
//! every block in it is an ancestor of a final block, hence final. If the range did not link to our
//! chain, it is a lie, or more than a third of voting power lied earlier. A handover is the same
//! word about a boundary, whose header names the next set; a snapshot's certificate, checked with a
//! set on that path, covers the state, and the index and each chunk are checked against the state.
//!
//! # Why it ends
//!
//! A peer that sends a wrong answer is put aside for `lying_aside_ms`, a silent one for
//! `silent_aside_ms` and twice as long each further time, up to `silent_aside_max_ms`; each of them
//! costs one question per such time (of chunks: `chunks_per_peer`). Any honest candidate answers its
//! question with at least one block, so with `k` bad candidates at most `k` questions stand between
//! two steps forward. Ranges may be short, but turns rotate, so a peer that deals out single blocks
//! slows down only its own turns. A new node stops preferring snapshots after eight that came to
//! nothing.
#![forbid(unsafe_code)]

mod around;
mod chain;
mod check;
mod config;
mod interface;
mod misbehaviour;
mod peers;
mod ranges;
mod settlements;
mod snapshot;
mod standing;
mod sync;

pub use config::{Config, Limits, Start};
pub use interface::{Action, Input};
pub use misbehaviour::Misbehaviour;
pub use sync::Sync;

#[cfg(test)]
mod tests;
