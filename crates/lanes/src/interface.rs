//! What enters and leaves the lanes. No behaviour.

use std::sync::Arc;

use corridor_crypto::{Digest, Verified};
use corridor_types::persist::{Draft, Write};
use corridor_types::{
    Batch, BatchError, IdentifiedTransaction, Message, ParticipantId, Request, Sequence, SignRequest, Signed,
    SignedAcknowledgement, Tip, ValidatorIndex, VerifiedBatch,
};

/// What a node's disk gives back to its lanes at the start.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    /// The cut of the last block whose batches are not needed any more (the executed one).
    pub finalized_cut: Vec<Tip>,
    /// Batches of any lane above that cut, in any order.
    pub batches: Vec<VerifiedBatch>,
    /// Our last draft. One that has become a batch since is ignored.
    pub draft: Option<Draft>,
}

/// Why a node's lanes cannot be resumed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResumeError {
    /// The draft does not decode.
    #[error("draft {sequence} of our own lane is damaged ({source}); restore the data directory from a copy or a peer")]
    DamagedDraft {
        /// Its position.
        sequence: Sequence,
        /// What is wrong.
        source: BatchError,
    },
    /// The draft does not follow our newest batch, although that was durable before the draft.
    #[error(
        "draft {sequence} of our own lane does not follow batch {tip}, the newest that the disk holds: batches are \
         missing; restore the data directory from a copy or a peer"
    )]
    DetachedDraft {
        /// The draft's position.
        sequence: Sequence,
        /// The newest own batch.
        tip: Sequence,
    },
}

/// One thing that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// The time of [`crate::Lanes::next_deadline`] came, or any other moment.
    Tick,
    /// Admitted transactions for our own lane. Each is answered by [`Action::Accepted`] or
    /// [`Action::Refused`].
    Submit(Vec<Verified<IdentifiedTransaction>>),
    /// A batch, streamed by its author or sent in answer to a request.
    Batch {
        /// Who sent it.
        from: Option<ValidatorIndex>,
        /// The batch.
        batch: VerifiedBatch,
    },
    /// A peer holds a lane up to a batch.
    Acknowledgement(Verified<SignedAcknowledgement>),
    /// Something came back from the signer. Other kinds than ours are ignored.
    Signed(Signed),
    /// The batches up to this cut are not needed any more: collected for execution.
    Finalized {
        /// The cut of the finalized block.
        cut: Vec<Tip>,
    },
    /// A link to a peer came up; what was sent before may be lost.
    PeerUp(ValidatorIndex),
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Every other validator.
    All,
    /// One of them.
    One(ValidatorIndex),
}

/// Why a transaction was not taken into our lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An observer has no lane.
    #[error("this node is no validator and has no lane; submit to a validator")]
    NoLane,
    /// The queue is full.
    #[error("{pending} bytes wait for a batch, the limit is {limit}; submit again later")]
    QueueFull {
        /// Bytes that wait.
        pending: usize,
        /// The most that may.
        limit: usize,
    },
    /// The transaction fits into no batch.
    #[error("the transaction has {bytes} bytes, the limit is {limit}; split it")]
    TooLarge {
        /// Its encoded size.
        bytes: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// The same transaction waits already.
    #[error("the same transaction is waiting for a batch; its result will serve both")]
    AlreadyPending,
}

/// Something to do after everything to keep is kept.
#[derive(Debug, Clone)]
pub enum Action {
    /// Send a message.
    Send {
        /// To whom.
        to: Recipient,
        /// What.
        message: Message,
    },
    /// Ask the first of `peers` that is connected. Repeated, with the peers rotated, until the
    /// answer arrives or is not needed any more.
    Fetch {
        /// The question.
        request: Request,
        /// Whom to prefer, best first.
        peers: Vec<ValidatorIndex>,
    },
    /// A batch is held that was not before: there may be something to propose, and what waits for
    /// batches can be judged, wanted or collected again.
    Available,
    /// These submitted transactions are durable in our lane and will be ordered.
    Accepted {
        /// Their identifiers.
        ids: Vec<Digest>,
    },
    /// A submitted transaction was not taken.
    Refused {
        /// Its identifier.
        id: Digest,
        /// Why.
        reason: Refusal,
    },
    /// An author signed two batches for one position of its lane. Reported once per position.
    Equivocation {
        /// The author.
        lane: ParticipantId,
        /// One batch, as signed.
        first: Arc<Batch>,
        /// The other.
        second: Arc<Batch>,
    },
}

/// One step's result: `persist` is made durable first, then `sign` is recorded and signed, and
/// only then `then` is done.
#[derive(Debug, Default)]
pub struct Ready {
    /// To make durable, atomically.
    pub persist: Vec<Write>,
    /// To sign; results come back as [`Input::Signed`].
    pub sign: Vec<SignRequest>,
    /// To do last, in order.
    pub then: Vec<Action>,
}

impl Ready {
    /// True if there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.persist.is_empty() && self.sign.is_empty() && self.then.is_empty()
    }

    pub(crate) fn send(&mut self, to: Recipient, message: Message) {
        self.then.push(Action::Send { to, message });
    }
}

/// What a validator thinks of a proposed cut.
#[derive(Debug, Clone)]
pub enum Judgement {
    /// It holds everything that the cut adds.
    Acceptable,
    /// No honest leader proposes this.
    Invalid(CutError),
    /// Batches are missing. They are wanted from now on; judge again after [`Action::Available`]. The actions are fetches that are due now.
    Waiting(Vec<Action>),
}

/// Why a cut is invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CutError {
    /// Tips are not strictly ascending by lane.
    #[error("the tips are not strictly ascending at lane {lane}")]
    NotAscending {
        /// The first one out of place.
        lane: ParticipantId,
    },
    /// A tip's lane belongs to no validator.
    #[error("lane {lane} belongs to no validator")]
    UnknownLane {
        /// Which.
        lane: ParticipantId,
    },
    /// A lane goes back, or is left out although the parent has it.
    #[error("lane {lane} stands at {sequence}, behind the parent's {parent}")]
    Behind {
        /// Which.
        lane: ParticipantId,
        /// The cut's position, 0 if left out.
        sequence: Sequence,
        /// The parent's.
        parent: Sequence,
    },
    /// The tip's chain does not contain the parent's tip.
    #[error("batch {sequence} of lane {lane} does not descend from the parent's tip")]
    Forked {
        /// Which.
        lane: ParticipantId,
        /// The cut's position.
        sequence: Sequence,
    },
    /// A lane advances by too many batches.
    #[error("lane {lane} advances by {batches} batches, the limit is {limit}")]
    TooFar {
        /// Which.
        lane: ParticipantId,
        /// By how many.
        batches: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// The block adds too much.
    #[error("the cut adds more than the limit of {limit} bytes")]
    TooLarge {
        /// The most that is allowed.
        limit: usize,
    },
}
