//! What one part of the replica has to say to another, and the queue in which it waits.
//!
//! Parts never call each other: a part takes an event and returns events, and the replica hands each to
//! the one part that it is for. What an event leads to comes before what waited before it, as the body of
//! a call comes before the rest of the caller: the queue is a stack. So the writes of a step stand in the
//! order in which the machines made them, without a call that could come back to its caller.
//!
//! # Why the order of events cannot harm safety
//!
//! All events of a step end in one [`crate::Ready`], whose lists are carried out one after the other: first
//! everything to keep, then everything to sign, then everything to do. Whatever order events take, nothing is
//! sent before what it rests on is durable, and no vote leaves but through [`crate::Input::Signed`], in a
//! later step. Within a list the order of events is the order of work: a write that replaces another comes
//! after it, because its event was returned by the same part later, and the stack never changes the order of
//! what one part returned.

use corridor_consensus as consensus;
use corridor_crypto::{Digest, Verified};
use corridor_lanes as lanes;
use corridor_ledger::Ledger;
use corridor_sync as sync;
use corridor_types::persist::{Draft, Seal, Write};
use corridor_types::{
    Block, Evidence, Finality, Handover, Message, Request, Seen, SettlementCertificate, SignRequest, Signed,
    SignedOutcome, SignedProposal, SnapshotChunk, SnapshotManifest, Status, Tip, ValidatorIndex, ValidatorSet,
    VerifiedBatch, View,
};

use crate::input::Peer;
use crate::ready::{Admission, Effect, Halt, Notice, Recipient};

/// A proposal with its parent.
#[derive(Debug, Clone)]
pub struct Question {
    /// The proposed block.
    pub block: Block,
    /// Its parent; `None` for the first block.
    pub parent: Option<Block>,
}

/// What an engine that begins to vote is bound by.
#[derive(Debug)]
pub struct Remembered {
    /// Our position in the current set.
    pub me: ValidatorIndex,
    /// Our own votes and proposals, from the signer's record.
    pub own: Vec<Signed>,
    /// Up to this view the record lacks what peers hold.
    pub unknown: View,
}

/// One thing for one part, or for the driver.
#[derive(Debug)]
pub enum Event {
    // For the driver.
    /// To make durable.
    Persist(Write),
    /// The signer must know this set.
    Enter(ValidatorSet),
    /// To sign, once everything to keep is kept.
    Sign(SignRequest),
    /// To do afterwards.
    Do(Effect),
    /// Nothing more may be executed or taken in.
    Halt(Halt),

    // For the three machines.
    /// An input of the engine.
    Order(consensus::Input),
    /// An input of the lanes.
    Carry(lanes::Input),
    /// An input of catch-up.
    CatchUp(sync::Input),

    // Proposals.
    /// Our engine leads: what shall its block hold?
    Build {
        /// The view to propose in.
        view: View,
        /// The parent's digest.
        parent: Digest,
        /// The parent; `None` is genesis.
        parent_block: Option<Block>,
    },
    /// Our own proposal lacks the proofs that it travels with.
    Propose {
        /// Whom it is for.
        to: Recipient,
        /// The proposal, as our key signed it.
        proposal: SignedProposal,
    },
    /// May this block be voted for?
    Judge(Question),
    /// Its time and its set are right: is its cut acceptable, and held?
    JudgeCut(Question),
    /// It cannot be judged yet.
    Postpone(Question),
    /// Batches or time have come: what waits is judged again.
    JudgeAgain,

    // From finality to settlement.
    /// The engine finalized blocks.
    Finalized {
        /// Ascending by height.
        blocks: Vec<Block>,
        /// What finalized the last of them.
        seal: Seal,
    },
    /// Catch-up brought finalized blocks.
    CaughtUp {
        /// Ascending by height.
        blocks: Vec<Block>,
        /// Blocks after an epoch's boundary, which prove it final.
        stubs: Vec<Block>,
        /// Of the last stub, or of the last block.
        finality: Verified<Finality>,
    },
    /// The next finalized block is executed, if its batches are held.
    Execute,
    /// Are all batches between these cuts held?
    Collect {
        /// The cut of the executed block.
        parent_cut: Vec<Tip>,
        /// The cut of the next one.
        cut: Vec<Tip>,
    },
    /// They are, in the order of execution.
    Collected(Vec<VerifiedBatch>),
    /// They are not: what the next blocks lack is fetched.
    Lacking,
    /// Batches between these cuts are needed for execution.
    Want {
        /// A cut before.
        parent_cut: Vec<Tip>,
        /// The cut to reach.
        cut: Vec<Tip>,
    },
    /// Something came that waiting proposals or finalized blocks may need. Looked at when nothing else waits.
    Available,
    /// A validator's outcome.
    Outcome(Verified<SignedOutcome>),
    /// Our own outcome, signed.
    OutcomeSigned(Verified<SignedOutcome>),
    /// A settlement certificate from a peer.
    Certified(Verified<SettlementCertificate>),

    // Epochs and snapshots.
    /// The boundary of an epoch was executed.
    EpochEnded(Block),
    /// These validators vote from now on.
    EnterSet(ValidatorSet),
    /// The engine of the current epoch begins on top of a block.
    StartEngine(Block),
    /// The lanes go on with the current set.
    LanesEpoch,
    /// Who left the set delivers what it had accepted.
    LeaveLane,
    /// The network learns who belongs.
    TellMembership,
    /// Catch-up found a certified snapshot.
    OpenSnapshot(SnapshotManifest),
    /// A chunk of the open snapshot.
    Chunk {
        /// Which of its chunks.
        number: u32,
        /// The chunk, not verified yet.
        bytes: SnapshotChunk,
    },
    /// The open snapshot is given up.
    CloseSnapshot,
    /// All chunks of the open snapshot are here.
    SnapshotComplete {
        /// Where it stands.
        manifest: Box<SnapshotManifest>,
        /// The changes of validators that lead to it.
        handovers: Vec<Handover>,
    },
    /// Everything goes on from a snapshot's block.
    MoveTo {
        /// The state after it.
        ledger: Box<Ledger>,
        /// The block after which the state was taken.
        block: Block,
    },
    /// The lanes begin again above a cut.
    StartLanes(Vec<Tip>),

    // The right to sign.
    /// Something came back from the signer.
    Signed(Signed),
    /// A linked peer says what it holds of ours.
    Seen {
        /// The peer that says it.
        from: Peer,
        /// What it says.
        seen: Seen,
    },
    /// May we vote yet?
    Look,
    /// Are we still linked to a quorum?
    CheckLinks,
    /// We are not, and vote no more.
    StandAside,
    /// A batch of ours that lacks its signature waits until we take part again.
    KeepDraft(Option<Draft>),
    /// We vote from now on.
    TakePart(Remembered),
    /// Our lane may go on from its end.
    CarryOn,

    // Peers.
    /// A peer that has just started asks what we hold of it.
    AsksSeen {
        /// The peer that asks.
        to: Peer,
        /// Where it says it is.
        status: Status,
    },
    /// Asks the first of these that is connected.
    AskFirst {
        /// What is asked for.
        request: Request,
        /// Whom it is put to, best first.
        peers: Vec<ValidatorIndex>,
    },
    /// Asks some of these, others each time.
    AskSome {
        /// What is asked for.
        request: Request,
        /// Whom it may be put to.
        peers: Vec<ValidatorIndex>,
    },
    /// A peer asks.
    Asked {
        /// The peer that asks.
        by: Peer,
        /// What it asks for.
        request: Request,
    },
    /// A peer said where it is.
    Status {
        /// The peer that said it.
        from: Peer,
        /// Where it says it is.
        status: Status,
    },
    /// Says where we are.
    TellStatus(Recipient),
    /// What is due in time is told.
    TellDue,
    /// What was not certified in time is sent again.
    RepeatOutcomes,
    /// A block settled: observers are told soon.
    FollowSoon,
    /// A validator equivocated.
    Accuse(Evidence),

    // Clients.
    /// Transactions of clients got their answer.
    Answered {
        /// The identifiers of the transactions.
        ids: Vec<Digest>,
        /// The answer to each of them.
        admission: Admission,
    },
}

impl Event {
    /// A message to send.
    pub const fn send(to: Recipient, message: Message) -> Self {
        Self::Do(Effect::Send { to, message })
    }

    /// Something to tell the operator.
    pub const fn notice(notice: Notice) -> Self {
        Self::Do(Effect::Notice(notice))
    }
}

/// Events that wait. The next one is the last.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Vec<Event>,
}

impl Queue {
    /// Puts events before all that wait, the first of them first.
    pub fn put(&mut self, events: Vec<Event>) {
        self.waiting.extend(events.into_iter().rev());
    }

    /// Takes the next event out.
    pub fn take(&mut self) -> Option<Event> {
        self.waiting.pop()
    }
}

/// What one step of a machine asks for, as events: to keep, to sign, then what its actions mean.
pub fn of_machine(
    persist: Vec<Write>,
    sign: Vec<SignRequest>,
    actions: impl IntoIterator<Item = Vec<Event>>,
) -> Vec<Event> {
    let mut events: Vec<Event> = persist.into_iter().map(Event::Persist).collect();
    events.extend(sign.into_iter().map(Event::Sign));
    events.extend(actions.into_iter().flatten());
    events
}

#[cfg(test)]
mod tests {
    use corridor_types::Height;

    use super::*;

    fn notice(height: u64) -> Event {
        Event::notice(Notice::OutcomesDiffer { height: Height(height) })
    }

    fn height(event: Option<Event>) -> Option<u64> {
        match event {
            Some(Event::Do(Effect::Notice(Notice::OutcomesDiffer { height }))) => Some(height.0),
            _ => None,
        }
    }

    #[test]
    fn what_an_event_leads_to_comes_before_what_waited() {
        let mut queue = Queue::default();
        queue.put(vec![notice(1), notice(4)]);
        assert_eq!(height(queue.take()), Some(1));
        queue.put(vec![notice(2), notice(3)]);
        let order: Vec<_> = std::iter::from_fn(|| height(queue.take())).collect();
        assert_eq!(order, [2, 3, 4]);
    }
}
