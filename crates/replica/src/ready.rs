//! What leaves the replica: what to keep, what to sign, and what to do afterwards.

use std::sync::Arc;

use corridor_types::persist::{Executed, Write};
use corridor_types::{
    Code, Evidence, Height, Message, Outcome, Request, SettlementCertificate, SignRequest, ValidatorIndex,
};

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Every other validator.
    All,
    /// One of them.
    One(ValidatorIndex),
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
    /// This node is no validator and has no lane.
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
        /// Where.
        height: Height,
        /// What we computed.
        ours: Box<Outcome>,
        /// What the quorum computed.
        theirs: Box<Outcome>,
    },
    /// The ledger's own invariants do not hold.
    #[error("height {height} was not executed: {problem}")]
    Ledger {
        /// Where.
        height: Height,
        /// Which invariant.
        problem: String,
    },
}

/// Something that an operator wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// A peer sent something that no honest peer sends.
    Misbehaved {
        /// Who.
        peer: ValidatorIndex,
        /// What.
        reason: String,
    },
    /// Outcomes of a height differ, and none has a quorum yet.
    OutcomesDiffer {
        /// Where.
        height: Height,
    },
    /// We are fetching finalized blocks.
    CatchingUp {
        /// Our height.
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
        /// To whom.
        to: Recipient,
        /// What.
        message: Message,
    },
    /// Look the answer up on disk and send it.
    Answer {
        /// To whom.
        to: ValidatorIndex,
        /// The question.
        request: Request,
    },
    /// Answer clients.
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
    /// Tell the operator.
    Notice(Notice),
    /// Stop the process; nothing more will come.
    Halt(Halt),
}

/// One step's result. See the crate documentation for the contract.
#[derive(Debug, Default)]
pub struct Ready {
    /// To make durable first, atomically, in order.
    pub persist: Vec<Write>,
    /// To record durably and sign second.
    pub sign: Vec<SignRequest>,
    /// To do last, in order.
    pub then: Vec<Effect>,
}

impl Ready {
    /// True if there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.persist.is_empty() && self.sign.is_empty() && self.then.is_empty()
    }

    pub(crate) fn send(&mut self, to: Recipient, message: Message) {
        self.then.push(Effect::Send { to, message });
    }
}
