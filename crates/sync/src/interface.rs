//! What enters and leaves catch-up. No behaviour.

use corridor_crypto::{Digest, Verified};
use corridor_types::{Block, Certificate, Height, Request, Status, ValidatorIndex};

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The time of [`crate::Sync::next_deadline`] came, or any other moment.
    Tick,
    /// A peer's beacon.
    PeerStatus {
        /// Who.
        from: ValidatorIndex,
        /// Where it says it is.
        status: Status,
    },
    /// The engine holds a finalization but lacks the block or its ancestors.
    Behind {
        /// The finalization.
        finalization: Verified<Certificate>,
        /// Who sent it, and who else is known to have the blocks.
        holders: Vec<ValidatorIndex>,
    },
    /// A peer's answer.
    Blocks {
        /// Who.
        from: ValidatorIndex,
        /// The blocks, unchecked.
        blocks: Vec<Block>,
        /// The finalization of the last.
        finalization: Verified<Certificate>,
    },
    /// The replica's finalized chain grew, by [`Action::Accept`] or by itself. Catch-up goes on
    /// only from here, so this must follow every accepted range sooner or later.
    Advanced {
        /// The highest finalized height.
        height: Height,
        /// That block's digest.
        digest: Digest,
    },
    /// The replica holds settlement certificates up to here.
    Settled {
        /// The height.
        height: Height,
    },
    /// A link went down; its peer will not answer.
    PeerDown(ValidatorIndex),
}

/// Something to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Take these blocks as finalized: they continue our chain.
    Accept {
        /// Consecutive, the first at our height plus one.
        blocks: Vec<Block>,
        /// The finalization of the last.
        finalization: Verified<Certificate>,
    },
    /// Ask a peer.
    Ask {
        /// Whom.
        to: ValidatorIndex,
        /// What.
        request: Request,
    },
    /// A peer sent what no honest peer sends.
    Misbehaved {
        /// Who.
        peer: ValidatorIndex,
        /// What was wrong.
        reason: Misbehaviour,
    },
}

/// What is wrong with an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misbehaviour {
    /// It has no block.
    #[error("the answer has no block")]
    Empty,
    /// It starts elsewhere.
    #[error("the answer starts at height {got}, asked was {asked}")]
    WrongStart {
        /// The first block's height.
        got: Height,
        /// The height that was asked for.
        asked: Height,
    },
    /// Heights are not consecutive.
    #[error("block {got} follows where {expected} belongs")]
    Gap {
        /// The block's height.
        got: Height,
        /// The height that was expected.
        expected: Height,
    },
    /// A block's parent is another one than the block before.
    #[error("block {height} does not continue the chain")]
    WrongParent {
        /// Its height.
        height: Height,
    },
    /// A block names another epoch or another validator set.
    #[error("block {height} names another validator set than the one that we know")]
    WrongValidators {
        /// Its height.
        height: Height,
    },
    /// The certificate does not finalize the last block.
    #[error("the certificate does not finalize block {height}, the last of the answer")]
    WrongCertificate {
        /// The last block's height.
        height: Height,
    },
}
