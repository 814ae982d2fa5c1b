//! What leaves the replica: what to keep, what to sign, and what to do afterwards.

use std::sync::Arc;

use crate::input::Peer;
use corridor_crypto::PublicKey;
use corridor_types::persist::{Executed, Write};
use corridor_types::{
    Code, Epoch, Evidence, Height, Message, Outcome, Request, Sequence, SettlementCertificate, SignRequest,
    ValidatorSets, View,
};

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Every other validator of the current epoch.
    Validators,
    /// Every connected node.
    Everyone,
    /// One node, validator or not.
    One(Peer),
}

/// The answer to one submitted transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// In our lane; it will be ordered. Durable before this is reported.
    Accepted,
    /// The ledger has decided on the same reference and content before; ask for its receipt.
    Known,
    /// A rule refuses it now. Nothing was recorded; the reference is not used.
    Refused {
        /// The field at fault.
        field: String,
        /// The rule's code.
        code: Code,
        /// What was found and what would be right.
        detail: String,
    },
    /// Too much is waiting; try again later.
    Busy,
    /// This node is no validator, or ceases to be one, and has no lane.
    NoLane,
}

/// Why the replica stopped for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Halt {
    /// A quorum certified another outcome than ours: our disk, memory or binary is wrong.
    #[error(
        "outcome of height {height} differs: ours has state {} and receipts {}, the quorum's state {} and receipts {}; \
         stop this node, keep its data for inspection, and restore it from a healthy peer",
        ours.state, ours.receipts, theirs.state, theirs.receipts
    )]
    Diverged {
        /// The height at which they differ.
        height: Height,
        /// What we computed.
        ours: Box<Outcome>,
        /// What the quorum computed.
        theirs: Box<Outcome>,
    },
    /// The ledger's own invariants do not hold.
    #[error("height {height} was not executed: {problem}")]
    Ledger {
        /// The height of the block.
        height: Height,
        /// Which invariant does not hold, and what was found.
        problem: String,
    },
    /// An invariant of the consensus engine does not hold.
    #[error("the consensus engine stopped: {rule} does not hold; stop this node, and keep its data for inspection")]
    Ordering {
        /// What should hold.
        rule: &'static str,
    },
}

/// Something that an operator wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A peer sent something that no honest peer sends.
    Misbehaved {
        /// The peer that sent it.
        peer: Peer,
        /// What was wrong with it.
        reason: String,
    },
    /// Outcomes of a height differ, and none has a quorum yet.
    OutcomesDiffer {
        /// The lowest height at which they differ.
        height: Height,
    },
    /// We have this epoch's validator among our participant's, with a key that the signer does not hold.
    KeyMissing {
        /// The key that the validator set names.
        key: PublicKey,
    },
    /// Peers hold votes or batches of ours that our signing record does not know: it was restored
    /// from an old copy, or another node runs with our key. We stay silent up to there.
    RecordIsOld {
        /// The highest view that a peer named.
        view: View,
        /// The highest position on our lane that a peer named.
        sequence: Sequence,
    },
    /// One of our keys signed two things that contradict each other: another process has a copy of our data.
    SignedTwice {
        /// The voting key that the set names.
        key: PublicKey,
    },
    /// We lost the links to a quorum and vote no more until they are back.
    StoodDown,
    /// We vote from now on.
    Voting {
        /// In this epoch.
        epoch: Epoch,
    },
    /// A snapshot took the place of our state.
    SnapshotTaken {
        /// The height of its block.
        height: Height,
    },
    /// We are fetching finalized blocks.
    CatchingUp {
        /// Our highest finalized height before.
        from: Height,
        /// How far we got.
        to: Height,
    },
}

/// Something to do after everything to keep is kept and everything to sign is signed.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Send a message.
    Send {
        /// The nodes that it is for.
        to: Recipient,
        /// The message, as it is signed or asked.
        message: Message,
    },
    /// Look the answer up on disk and send it.
    Answer {
        /// The peer that asked.
        to: Peer,
        /// What it asked for.
        request: Request,
    },
    /// Answer clients' submissions, each once.
    Submitted {
        /// As in `Input::Submit`.
        ticket: u64,
        /// One per transaction, in order.
        admissions: Vec<Admission>,
    },
    /// A block was executed; its receipts are not final yet.
    Executed(Arc<Executed>),
    /// A block's outcome is certified: its receipts are final. Ascending by height, none left out.
    Settled(Arc<SettlementCertificate>),
    /// A validator equivocated.
    Evidence(Evidence),
    /// The set of validators or of registered nodes changed: who may connect, and whose signatures
    /// count.
    Membership(Arc<Membership>),
    /// Tell the operator.
    Notice(Notice),
    /// Stop the process; nothing more will come.
    Halt(Halt),
}

/// Who belongs to the network after the last executed block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// The validators of every epoch so far.
    pub sets: ValidatorSets,
    /// The validators of the next epoch, if that is decided: their links come up before it begins.
    pub next: Option<corridor_types::ValidatorSet>,
    /// Network keys of registered nodes that are no validators, with whose they are.
    pub nodes: Vec<(corridor_types::ParticipantId, PublicKey)>,
}

/// One step's result. See the crate documentation for the contract.
#[derive(Debug, Default)]
pub struct Ready {
    /// To make durable first, atomically, in order.
    pub persist: Vec<Write>,
    /// Validator sets that the signer must know before it signs.
    pub enter: Vec<corridor_types::ValidatorSet>,
    /// To record durably and sign second.
    pub sign: Vec<SignRequest>,
    /// To do last, in order.
    pub then: Vec<Effect>,
}

impl Ready {
    /// True if there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.persist.is_empty() && self.enter.is_empty() && self.sign.is_empty() && self.then.is_empty()
    }

    pub(crate) fn send(&mut self, to: Recipient, message: Message) {
        self.then.push(Effect::Send { to, message });
    }
}
