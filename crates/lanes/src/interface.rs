//! What enters and leaves the lanes. No behaviour.

use corridor_crypto::{Digest, Verified};
use corridor_types::persist::{Draft, Write};
use corridor_types::{
    AvailabilityProof, BatchError, Epoch, Evidence, IdentifiedTransaction, Message, ParticipantId, Request, Sequence,
    SignRequest, Signed, SignedAcknowledgement, SignedHeader, Tip, ValidatorIndex, ValidatorSet, VerifiedBatch,
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
        /// The draft's position in our lane.
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
    /// A batch, streamed by its author.
    Batch {
        /// The author of which lane sent it, of this epoch or the one before.
        from: Option<ParticipantId>,
        /// The batch; its author's signature and each transaction's are checked.
        batch: VerifiedBatch,
    },
    /// The answer to a request.
    Run {
        /// The author of which lane sent it, of this epoch or the one before.
        from: Option<ParticipantId>,
        /// From the highest down, each the one that the one before it builds on.
        batches: Vec<VerifiedBatch>,
    },
    /// A peer holds a lane up to a batch.
    Acknowledgement(Verified<SignedAcknowledgement>),
    /// A proof of availability that came with a proposal. Hand it in before the proposal is judged.
    Proof(Verified<AvailabilityProof>),
    /// A peer says how far it holds a lane, without a signature. Asked of others by a validator that
    /// does not know what it wrote itself.
    Named {
        /// Who says it, and is asked for what we lack.
        from: ValidatorIndex,
        /// The newest batch of the lane that the peer holds.
        tip: Tip,
    },
    /// A peer asked us for a batch. Whether and how it is answered is not decided here; that it had
    /// to ask says something about the author.
    Asked {
        /// The validator that asked.
        from: ValidatorIndex,
        /// For a batch of which lane.
        lane: ParticipantId,
        /// At which position.
        sequence: Sequence,
    },
    /// Something came back from the signer. Other kinds than ours are ignored.
    Signed(Signed),
    /// The batches up to this cut are not needed any more: collected for execution.
    Finalized {
        /// The cut of the finalized block.
        cut: Vec<Tip>,
    },
    /// An epoch begins. Comes after [`Input::Finalized`] with the cut of the last block of the epoch
    /// before. Ignored if it is not later than the current one.
    Epoch {
        /// The validators of the new epoch, whose lanes are ordered from now on.
        validators: ValidatorSet,
        /// Our position among them.
        me: Option<ValidatorIndex>,
    },
    /// A validator that followed in silence begins to take part: in its own lane, which goes on with
    /// the draft if there is one, and with acknowledgements.
    TakePart {
        /// Our index in the set of this epoch.
        me: ValidatorIndex,
        /// Our last draft. One that does not follow our newest batch is ignored: what we signed there
        /// before is not known here, and the signer refuses another.
        draft: Option<Draft>,
    },
    /// We left the set with the epoch before, in which this lane was ours. What is not final of it is
    /// delivered, and its draft completed, since it was accepted and can be ordered for one epoch only.
    /// Ignored while there is an author, who does that anyway.
    Leave {
        /// The lane that was ours.
        lane: ParticipantId,
        /// Our last draft, as for [`Input::TakePart`].
        draft: Option<Draft>,
    },
    /// Our lane may go on from its end. If that was signed too long ago to be ordered by itself, an
    /// empty batch of this epoch follows it, so that what was accepted does not wait for the next client.
    Carry,
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
    /// The author of a lane, which may have left the set with the epoch before.
    Author(ParticipantId),
}

/// Why a transaction was not taken into our lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// An observer has no lane, and a validator that left the set takes nothing more into its own.
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
        /// One validator, or all the others.
        to: Recipient,
        /// A batch or an acknowledgement, ready to be encoded.
        message: Message,
    },
    /// Ask the first of `peers` that is connected. Repeated, with the peers rotated, until the
    /// answer arrives or is not needed any more.
    Fetch {
        /// What to ask, the same at each repetition.
        request: Request,
        /// Whom to prefer, best first.
        peers: Vec<ValidatorIndex>,
    },
    /// A batch is held or proven that was not before, or an author is trusted again: there may be
    /// something to propose, and what waits for batches can be judged, wanted or collected again.
    Available,
    /// These submitted transactions are durable in our lane and will be ordered.
    Accepted {
        /// Identifiers of the transactions, in the order of the batch.
        ids: Vec<Digest>,
    },
    /// A submitted transaction was not taken.
    Refused {
        /// The transaction's identifier.
        id: Digest,
        /// Which rule or limit it met.
        reason: Refusal,
    },
    /// Proof that an author signed two batches for one position of its lane, to be kept. Reported
    /// once per author and epoch.
    Evidence(Evidence),
    /// The same, but the two batches are of different epochs, so that it is no [`Evidence`].
    Equivocation {
        /// The lane of the author, which signed both.
        lane: ParticipantId,
        /// One header, as signed.
        first: SignedHeader,
        /// A header at the same position with another content.
        second: SignedHeader,
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
    /// Everything that the cut adds is held or proven to be available.
    Acceptable,
    /// No honest leader proposes this.
    Invalid(CutError),
    /// A tip is neither held on the chain that we stand by nor proven. What is missing is wanted from
    /// now on; judge again after [`Action::Available`]. The actions are to be done now: fetches that are due,
    /// and a batch to show to the proposer.
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
    /// A tip's lane belongs to no validator of this epoch or the one before.
    #[error("lane {lane} belongs to no validator")]
    UnknownLane {
        /// The lane that the tip names.
        lane: ParticipantId,
    },
    /// A lane goes back, or is left out although the parent has it.
    #[error("lane {lane} stands at {sequence}, behind the parent's {parent}")]
    Behind {
        /// The lane that goes back or is left out.
        lane: ParticipantId,
        /// The cut's position, 0 if left out.
        sequence: Sequence,
        /// Where the parent's cut has the lane.
        parent: Sequence,
    },
    /// The tip's chain does not contain the parent's tip.
    #[error("batch {sequence} of lane {lane} does not descend from the parent's tip")]
    Forked {
        /// The lane that forked.
        lane: ParticipantId,
        /// The cut's position.
        sequence: Sequence,
    },
    /// The tip was signed in an epoch whose batches are not ordered any more.
    #[error("batch {sequence} of lane {lane} was signed in epoch {signed}, too long before epoch {epoch}")]
    OldEpoch {
        /// The lane of the batch.
        lane: ParticipantId,
        /// The cut's position.
        sequence: Sequence,
        /// The epoch in which the batch was signed.
        signed: Epoch,
        /// The current epoch.
        epoch: Epoch,
    },
    /// A lane advances by too many batches.
    #[error("lane {lane} advances by {batches} batches, the limit is {limit}")]
    TooFar {
        /// The lane that advances.
        lane: ParticipantId,
        /// By how many.
        batches: u64,
        /// The most that is allowed.
        limit: u64,
    },
    /// One lane adds too much.
    #[error("lane {lane} adds {bytes} bytes, the limit is {limit}")]
    LaneTooLarge {
        /// The lane that adds too much.
        lane: ParticipantId,
        /// Encoded bytes that it adds to the cut.
        bytes: usize,
        /// The most that is allowed.
        limit: usize,
    },
    /// The block adds too much.
    #[error("the cut adds more than the limit of {limit} bytes")]
    TooLarge {
        /// The most that is allowed.
        limit: usize,
    },
}
