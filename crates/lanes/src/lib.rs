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
//!   one per lane is with the signer. Positions at a *milestone* are acknowledged by all who pass
//!   them, so that acknowledgements of a busy lane meet.
//! * **Proving.** A quorum's acknowledgements of one batch in one epoch are its proof of
//!   availability. A batch that is not final after `share_ms` has its acknowledgements shared with
//!   all; so every leader can prove what stands still, and nothing is shared while all goes well.
//! * **Sending again.** What a peer has not acknowledged is sent again when its link comes up and
//!   after `retransmit_ms`, in bursts of 16 batches or 2 MiB, the next as soon as the last is
//!   acknowledged. The wait doubles up to 8 times for a peer that stays silent; any sign of life
//!   resets it.
//! * **Fetching.** What a proposal, a gap or a finalized block lacks is asked for, first from the
//!   proposer, then from the author, then from the others in turn; all lanes at once. Tentative needs
//!   wait `fetch_grace_ms`, since the batch is mostly on its way, and expire.
//! * **What others hold.** An acknowledgement that is shared, or of our own lane, and of a place above
//!   what we hold, says that its voter holds more: after `share_ms` it is fetched from that voter alone.
//!   So the peers of an author that is gone, or that lost a batch, come to hold the same place, which
//!   is then proven. What nobody acknowledges is wanted by nobody.
//! * **Cuts.** A leader proposes the lanes of authors that it trusts as far as it holds them, those
//!   of others as far as they are proven ([`Lanes::propose_cut`]), and sends along what proofs it has
//!   ([`Lanes::proofs_for`]). A validator accepts what it holds and what is proven ([`Lanes::judge`]);
//!   a finalized cut is collected in a fixed order ([`Lanes::collect`]) and then forgotten
//!   ([`Input::Finalized`]).
//! * **Epochs.** Lanes belong to participants and live on ([`Input::Epoch`]). What the old set
//!   acknowledged is void; what is not final is acknowledged anew. A block of epoch `e` takes tips that
//!   were signed in `e` or `e - 1`, so the last batches of an author that left are still ordered: it
//!   streams what is not acknowledged as soon as it knows that it left ([`Input::Leave`]), and is sent
//!   acknowledgements for one epoch more. Older batches of an author that stays are ordered below a
//!   newer one, an empty one if need be ([`Input::Carry`]), for which all of the window may be used: the
//!   key of this epoch stands for them. Nobody else does, since a key may have been rotated away because
//!   it was lost: a batch of `e - 2` or before is taken only below one that is held, and its author does
//!   not send it by itself. One that joins begins at 1, or where its lane stopped.
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
//! # One line per lane
//!
//! Of each lane an honest validator stands by one chain of batches, its *line*. It acknowledges only
//! the line; it votes for a tip that is on it, or that is proven; and only finality of another chain
//! takes batches off it. A restart finds the same line again, for every batch of it was durable before
//! anything was said of it, and no second batch for the same place is kept unless that one is final:
//! * *unasked, or named by a proposal:* kept only if nothing that is held could stand in its place;
//! * *needed by a finalized block:* always kept. A restart between finality and execution may then
//!   find the finalized chain instead of the line from before. That is what execution does anyway.
//!
//! # Why a tip may be accepted by its proof alone
//!
//! Claim: within an epoch, if a block that extends `P` names a proven tip `t` of a lane, and `P` a
//! lower tip `p`, then `t` descends from `p`. Suppose it does not.
//! 1. Behind `t` stands a quorum of acknowledgements, all of lines through `t`. Behind `p` stands the
//!    quorum that notarized the first block on the way to `P` that names it: either each of its honest
//!    members had `p` on its line, or one had a proof of `p`, and then a quorum had it on theirs. (If
//!    that block is of an earlier epoch, `t` descends from its tip by the last paragraph.)
//! 2. The two quorums share an honest validator. Its line once led through `p` and once through `t`, so
//!    it changed, so finality took batches off it: a block `F` is final whose tip lies on one of the two
//!    branches, say `q` on the branch of `p` (the other case is the same with names exchanged).
//! 3. Look at the first honest validator that ever changed its line at this fork. Before it, behind `q`
//!    stood, by 1, a quorum whose honest members had `q`'s branch on their lines without having
//!    changed. To leave that branch they would need a final block on the other one. All final blocks
//!    are on one chain, so the first of them that is on the other branch extends one that is on this
//!    one, was accepted with the claim still true, and contradicts it.
//! 4. So those members never stood by the branch of `t`, and every quorum contains one of them: `t` has
//!    no proof.
//!
//! Across epochs nothing of this is needed: only proofs of the current epoch count, and its
//! acknowledgements begin after the last block of the epoch before was executed, hence on lines that
//! lead through that block's cut. This is why [`Input::Epoch`] comes after that block's
//! [`Input::Finalized`].
//!
//! # Why data that was ordered can be had
//!
//! Each tip of a notarized block is held by every honest voter, or is proven, hence held by every
//! honest validator that acknowledged it: in both cases by more than a third of voting power, with the
//! lane before it. So a fetch for execution that tries all peers in turn ends. Execution's needs never
//! expire and are held whatever the bounds.
//!
//! # An author that is slow, silent or lies
//!
//! It can harm only its own lane, and the others for a few views at most:
//! * *It keeps its batches from a quorum.* Its tip is neither final nor proven after `patience_ms`, and
//!   no leader offers it any more until it is proven.
//! * *It reaches only some in time.* Those that it does not reach fetch from the proposer, which costs
//!   the view `fetch_grace_ms` and a round trip; the leader sees that others have to ask, and stops
//!   offering what is not proven.
//! * *It signs two batches for one position.* Each validator stands by the first that it saw. If a
//!   quorum stands by one it will be ordered; otherwise its lane stands still for good, by its own doing.
//!   Whoever sees both reports [`Action::Evidence`], shows the one to each leader that proposes the
//!   other, and never again trusts the author in that epoch.
//!
//! How trust is lost and comes back is in `standing`. It begins with trust, so a network in good order
//! waits for no proof. Trust is never asked about by a voter.
//!
//! # Bounds
//!
//! Per lane: `window_batches` and `window_bytes` above the finalized cut, twice the bytes with what
//! votes need, and what finalized blocks need beyond that; of acknowledgements, per voter one for each
//! milestone in the window and one more; eight proofs. All of it goes with finality. An author stops
//! closing batches at its window and then refuses transactions at `pending_max_bytes`, so a network
//! that does not finalize pushes back to the clients. A block adds at most `block_bytes`, per lane
//! `lane_block_bytes` and `window_batches`: one that floods cannot fill it. A tip accepted by proof
//! alone cannot be measured; but a quorum holds it, so more than a third of voting power measures it,
//! and refuses a block without which there is no quorum.
#![forbid(unsafe_code)]

mod acknowledging;
mod author;
mod chain;
mod config;
mod cut;
mod delivery;
mod epoch;
mod interface;
mod judging;
mod lane;
mod lanes;
mod pending;
mod proofs;
mod receiving;
mod sharing;
mod standing;
mod wants;

pub use config::{Config, Limits, MAX_EXECUTION_WANTS, MAX_TENTATIVE_WANTS, WINDOW_BATCHES};
pub use interface::{Action, CutError, Input, Judgement, Ready, Recipient, Refusal, Resume, ResumeError};
pub use lanes::{Lanes, Load};

#[cfg(test)]
mod tests;
