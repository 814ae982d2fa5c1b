//! What enters and leaves catch-up. No behaviour.

use corridor_crypto::{Digest, PublicKey, Verified};
use corridor_types::{
    Block, Certificate, Epoch, Finality, Handover, Height, Request, SnapshotChunk, SnapshotManifest, Status,
    ValidatorSet, ValidatorSets,
};

use crate::Misbehaviour;

/// One thing that happened. Peers are named by their network keys.
#[derive(Debug, Clone)]
pub enum Input {
    /// The time of [`crate::Sync::next_deadline`] came, or any other moment.
    Tick,
    /// A link came up. What a peer says and sends counts only from here on.
    PeerUp(PublicKey),
    /// A link went down; its peer will not answer.
    PeerDown(PublicKey),
    /// A peer's beacon.
    PeerStatus {
        /// The peer that sent it, by its network key.
        from: PublicKey,
        /// Where it says it is.
        status: Status,
    },
    /// The engine holds a finalization but lacks the block or its ancestors.
    Behind {
        /// The finalization; its signatures are checked.
        finalization: Verified<Certificate>,
        /// Who sent it, and who else is known to have the blocks.
        holders: Vec<PublicKey>,
    },
    /// The replica can take in another range, or cannot: none is asked for until it can. An answer
    /// to a question that is open is handed out all the same, so the replica keeps a range's room
    /// ([`corridor_types::limits::MAX_BLOCKS_PER_RESPONSE`]) free beyond its bound. At the start
    /// there is room.
    Room(bool),
    /// A peer's answer.
    Blocks {
        /// The peer that answers, by its network key.
        from: PublicKey,
        /// The blocks, unchecked.
        blocks: Vec<Block>,
        /// What makes the last one final.
        finality: Verified<Finality>,
    },
    /// A peer's answer, with its signatures unchecked: that needs the path, which is kept here.
    Handovers {
        /// The peer that answers, by its network key.
        from: PublicKey,
        /// The changes of the validator set.
        handovers: Vec<Handover>,
    },
    /// A peer's answer, with its signatures unchecked.
    Manifest {
        /// The peer that answers, by its network key.
        from: PublicKey,
        /// The manifest as it came.
        manifest: SnapshotManifest,
    },
    /// A peer's answer, unchecked.
    Chunk {
        /// The peer that answers, by its network key.
        from: PublicKey,
        /// The snapshot's height.
        height: Height,
        /// The chunk's place in the index, from 0.
        number: u32,
        /// The chunk as it came.
        bytes: SnapshotChunk,
    },
    /// The replica's finalized chain grew: by [`Action::Accept`], by [`Action::SnapshotComplete`] or
    /// by itself. Catch-up goes on only from here, so this must follow both sooner or later.
    Advanced {
        /// The highest finalized height.
        height: Height,
        /// That block's digest.
        digest: Digest,
        /// The epoch of the block after it ([`Block::next_epoch`]). While it is above the current
        /// one, nothing is asked.
        next_epoch: Epoch,
    },
    /// The last block of an epoch was executed, or a snapshot of a later epoch was taken in: these
    /// validators vote from now on.
    Epoch {
        /// The validators of the epoch that begins.
        validators: ValidatorSet,
    },
    /// The replica holds settlement certificates up to here.
    Settled {
        /// The height of the newest certificate held.
        height: Height,
    },
    /// Answers [`Action::OpenSnapshot`]: the index is the one that the certificate stands for.
    SnapshotOpened {
        /// The snapshot's height.
        height: Height,
        /// How many chunks there are to fetch.
        chunks: u32,
    },
    /// Answers [`Action::OpenSnapshot`]: the index is another one, or malformed.
    SnapshotRefused {
        /// The snapshot's height.
        height: Height,
    },
    /// Answers [`Action::Chunk`]: it is the one that the index names, and it is kept.
    ChunkAccepted {
        /// The snapshot's height.
        height: Height,
        /// The chunk's place in the index, from 0.
        number: u32,
    },
    /// Answers [`Action::Chunk`]: it is not the one that the index names.
    ChunkRefused {
        /// The snapshot's height.
        height: Height,
        /// The chunk's place in the index, from 0.
        number: u32,
    },
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Take these blocks as finalized: they continue our chain.
    Accept {
        /// Consecutive, the first at our height plus one, at least one. All of the current epoch;
        /// if one is its boundary, it is the last.
        blocks: Vec<Block>,
        /// Blocks after the boundary, which only prove that it is final.
        stubs: Vec<Block>,
        /// Of the last stub; of the last block if there is none.
        finality: Verified<Finality>,
    },
    /// Ask a peer.
    Ask {
        /// The peer to ask, by its network key.
        to: PublicKey,
        /// What to ask it for.
        request: Request,
    },
    /// Open the index of this snapshot, whose certificate was checked, and answer with
    /// [`Input::SnapshotOpened`] or [`Input::SnapshotRefused`]. Takes the place of any one before.
    OpenSnapshot {
        /// Where it stands.
        manifest: SnapshotManifest,
    },
    /// Check a chunk against the open index, keep it if it is right, and answer with
    /// [`Input::ChunkAccepted`] or [`Input::ChunkRefused`].
    Chunk {
        /// The snapshot's height.
        height: Height,
        /// Which. Each is accepted once; they come in any order.
        number: u32,
        /// The chunk as it came.
        bytes: SnapshotChunk,
    },
    /// Forget the open snapshot and its chunks: nobody has the rest.
    CloseSnapshot {
        /// The snapshot's height.
        height: Height,
    },
    /// Every chunk was accepted: take the snapshot's state as ours, then report [`Input::Epoch`] if
    /// the epoch changed, [`Input::Advanced`] and [`Input::Settled`].
    SnapshotComplete {
        /// Where it stands.
        manifest: Box<SnapshotManifest>,
        /// From our epoch to that of the block after the snapshot, which is the current one.
        sets: ValidatorSets,
        /// The proof of `sets`, to be kept for those who ask.
        handovers: Vec<Handover>,
    },
    /// A peer sent what no honest peer sends.
    Misbehaved {
        /// The peer that sent it, by its network key.
        peer: PublicKey,
        /// What was wrong.
        reason: Misbehaviour,
    },
}
