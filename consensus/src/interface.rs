//! What goes into the engine and what comes out. Only data; the rules are elsewhere.

use corridor_crypto::{Digest, Verified};
use corridor_types::persist::Write;
use corridor_types::{
    Block, Certificate, Evidence, Message, SignRequest, Signed, SignedProposal, SignedVote, Status, Timestamp, Tip,
    ValidatorIndex, View,
};

/// Something that happened.
#[derive(Debug, Clone)]
pub enum Input {
    /// Time passed; wanted at [`crate::Engine::next_deadline`].
    Tick,
    /// A peer's proposal.
    Proposal(Verified<SignedProposal>),
    /// A peer's vote.
    Vote(Verified<SignedVote>),
    /// A certificate, from whomever.
    Certificate(Verified<Certificate>),
    /// The signer's answer to a [`SignRequest`] of this engine.
    Signed(Signed),
    /// A block by name, without signature: taken only if a certificate names it.
    Block(Block),
    /// The answer to [`Action::Build`].
    Built {
        /// The view of the question.
        view: View,
        /// The parent of the question.
        parent: Digest,
        /// What to order. Equal to the parent's cut: nothing new.
        cut: Vec<Tip>,
        /// Block time that the replica chose, within the bounds of its parent's.
        time: Timestamp,
        /// Digest of the next epoch's set, if this block is to be the epoch's boundary.
        next: Option<Digest>,
    },
    /// The answer to [`Action::Judge`], at any later time or never.
    Judged {
        /// The digest of the judged block.
        block: Digest,
        /// Whether its content may be voted for. Final for this block.
        acceptable: bool,
    },
    /// Whether anything waits that is not in the finalized chain. To be repeated with `true` when
    /// something new arrives: a leader that held back an empty block then asks again.
    Work(bool),
    /// Where a peer says it is.
    PeerStatus {
        /// The peer that sent it, from its authenticated connection.
        from: ValidatorIndex,
        /// Its view and its highest finalization, as it claims.
        status: Status,
    },
    /// A peer asks for certificates from a view on.
    Wanted {
        /// The peer that asks, from its authenticated connection.
        from: ValidatorIndex,
        /// The first view.
        view: View,
    },
    /// Catch-up moved the finalized chain, which was verified and executed elsewhere.
    Synced {
        /// The highest finalized block now.
        block: Block,
        /// Its finalization, if that is what proves it.
        finalization: Option<Verified<Certificate>>,
    },
}

/// Who shall receive a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Recipient {
    /// Every other node.
    All,
    /// One validator by its index in this epoch's set.
    One(ValidatorIndex),
}

/// Something to do after everything in [`Ready::persist`] is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send a message.
    Send {
        /// One validator, or all the others.
        to: Recipient,
        /// A proposal, a vote, a certificate or an answer with certificates.
        message: Message,
    },
    /// This engine leads: what shall the block hold? Answered by [`Input::Built`], at once.
    Build {
        /// The view to propose in.
        view: View,
        /// The parent's digest.
        parent: Digest,
        /// The parent; `None` is genesis.
        parent_block: Option<Block>,
    },
    /// May this block be voted for, and is its data held? Answered by [`Input::Judged`].
    Judge {
        /// The block; header and place in the chain are checked.
        block: Block,
        /// Its parent; `None` is genesis.
        parent: Option<Block>,
    },
    /// Get a block by name. Repeated until it arrives or is not needed any more.
    FetchBlock {
        /// The digest of the wanted block.
        digest: Digest,
        /// Who has it: the signers of the certificate that names it.
        holders: Vec<ValidatorIndex>,
    },
    /// Ask for certificates.
    FetchCertificates {
        /// The first view wanted.
        from_view: View,
        /// Whom to ask.
        peers: Vec<ValidatorIndex>,
    },
    /// Blocks became final.
    Finalized {
        /// Ascending by height, each the parent of the next. None lies above the epoch's boundary.
        blocks: Vec<Block>,
        /// Later blocks of the epoch, if only one of them was finalized by itself: they prove that
        /// the boundary, the last of `blocks`, is final and are not part of the chain.
        stubs: Vec<Block>,
        /// The finalization of the last of all these.
        finalization: Certificate,
    },
    /// Blocks became final that are not held: time for catch-up. Repeated until it is over.
    Behind {
        /// The highest finalization.
        finalization: Certificate,
        /// Who has the chain: its signers.
        holders: Vec<ValidatorIndex>,
    },
    /// A validator equivocated.
    Evidence(Evidence),
    /// An invariant of the engine is broken: a defect of this program or of its memory. Nothing else is asked for, now
    /// or later; the node must stop before it signs anything more.
    Halt {
        /// What should hold.
        rule: &'static str,
    },
}

/// What one step asks for. The order of the fields is the order of the work: `persist` becomes
/// durable, then the signer records and signs `sign`, then `then` is done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ready {
    /// Writes to make durable first, in order.
    pub persist: Vec<Write>,
    /// What to sign; each comes back as [`Input::Signed`] unless the signer refuses.
    pub sign: Vec<SignRequest>,
    /// What to do afterwards, in order.
    pub then: Vec<Action>,
}

impl Ready {
    /// True if nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.persist.is_empty() && self.sign.is_empty() && self.then.is_empty()
    }
}
