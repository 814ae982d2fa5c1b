//! The lanes among the other parts: what their actions mean for them, and what the others ask of the batches
//! that are held.
//!
//! How batches travel and which cut is acceptable is decided by the lanes (`corridor_lanes`), not here.

use corridor_consensus as consensus;
use corridor_lanes as lanes;
use corridor_lanes::{Action, Judgement, Lanes, Load};
use corridor_types::{Block, Message, ParticipantId, SignedProposal, Tip, ValidatorIndex};

use crate::event::{Event, Question, of_machine};
use crate::membership::{Around, Roster, previous_of};
use crate::ready::{Admission, Notice, Recipient};

/// All lanes, as this node holds them.
#[derive(Debug)]
pub struct Dissemination {
    lanes: Lanes,
    limits: lanes::Limits,
}

impl Dissemination {
    /// Goes on with lanes that were resumed. `limits` as configured, for when they begin again.
    pub const fn new(lanes: Lanes, limits: lanes::Limits) -> Self {
        Self { lanes, limits }
    }

    /// What the lanes hold and lack.
    pub fn load(&self) -> Load {
        self.lanes.load()
    }

    /// When a tick is wanted, in milliseconds of the steady clock.
    pub fn next_deadline(&self) -> Option<u64> {
        self.lanes.next_deadline()
    }

    /// The newest batch that is held of a lane.
    pub fn newest(&self, lane: ParticipantId) -> Tip {
        self.lanes.newest(lane)
    }

    /// True if batches wait that a finalized cut does not name.
    pub fn has_work(&self, finalized_cut: &[Tip]) -> bool {
        self.lanes.has_work(finalized_cut)
    }

    /// The longest cut that we hold, above a parent.
    pub fn propose_cut(&self, parent: Option<&Block>) -> Vec<Tip> {
        self.lanes.propose_cut(parent.map_or(&[], |block| block.cut.as_slice()))
    }

    /// Steps the lanes.
    pub fn step(&mut self, around: Around<'_>, input: lanes::Input) -> Vec<Event> {
        let output = self.lanes.step(around.clock.steady_ms, input);
        let actions = output.then.into_iter().map(|action| meaning(around.roster, action));
        of_machine(output.persist, output.sign, actions)
    }

    /// Another epoch began, in which we vote as `me`.
    pub fn on_epoch(&mut self, around: Around<'_>, me: Option<ValidatorIndex>) -> Vec<Event> {
        let validators = around.roster.current().clone();
        self.step(around, lanes::Input::Epoch { validators, me })
    }

    /// A proposal travels with proofs for the tips that others may not hold.
    pub fn on_propose(&self, to: Recipient, proposal: SignedProposal, finalized_cut: &[Tip]) -> Vec<Event> {
        let proofs = self.lanes.proofs_for(&proposal.block.cut, finalized_cut);
        vec![Event::send(to, Message::Proposal { proposal, proofs })]
    }

    /// Is this cut acceptable, and held?
    pub fn on_judge_cut(&mut self, around: Around<'_>, question: Question) -> Vec<Event> {
        let parent_cut: &[Tip] = question.parent.as_ref().map_or(&[], |parent| parent.cut.as_slice());
        let (block, proposer) = (&question.block, question.block.proposer);
        match self.lanes.judge(around.clock.steady_ms, Some(proposer), &block.cut, parent_cut) {
            Judgement::Acceptable => vec![judged(block, true)],
            Judgement::Invalid(reason) => {
                let mut events = Vec::new();
                if let Some(peer) = around.roster.key_of(proposer) {
                    events.push(Event::notice(Notice::Misbehaved { peer, reason: reason.to_string() }));
                }
                events.push(judged(block, false));
                events
            }
            Judgement::Waiting(actions) => {
                let mut events = vec![Event::Postpone(question)];
                events.extend(actions.into_iter().flat_map(|action| meaning(around.roster, action)));
                events
            }
        }
    }

    /// The batches that a finalized block adds, or the news that one is missing.
    pub fn on_collect(&self, parent_cut: &[Tip], cut: &[Tip]) -> Vec<Event> {
        match self.lanes.collect(parent_cut, cut) {
            Some(batches) => vec![Event::Collected(batches)],
            None => vec![Event::Lacking],
        }
    }

    /// Fetches what execution needs between two cuts.
    pub fn on_want(&mut self, around: Around<'_>, parent_cut: &[Tip], cut: &[Tip]) -> Vec<Event> {
        let actions = self.lanes.want(around.clock.steady_ms, parent_cut, cut);
        actions.into_iter().flat_map(|action| meaning(around.roster, action)).collect()
    }

    /// We vote no more. What is in no batch yet is given back; a draft is completed when voting begins.
    pub fn stand_aside(&mut self) -> Vec<Event> {
        let (draft, waiting) = self.lanes.stand_aside();
        vec![Event::KeepDraft(draft), Event::Answered { ids: waiting, admission: Admission::Busy }]
    }

    /// Lanes above the cut of a snapshot, with the batches that were held before: what is missing is fetched.
    pub fn start_above(&mut self, roster: &Roster, me: Option<ValidatorIndex>, cut: Vec<Tip>) {
        let config = lanes::Config {
            validators: roster.current().clone(),
            previous: previous_of(roster.sets()),
            me,
            limits: self.limits,
        };
        let resume = lanes::Resume { finalized_cut: cut, batches: self.lanes.held(), draft: None };
        // Only a damaged draft is refused, and there is none.
        if let Ok(lanes) = Lanes::new(config, resume) {
            self.lanes = lanes;
        }
    }
}

fn judged(block: &Block, acceptable: bool) -> Event {
    Event::Order(consensus::Input::Judged { block: block.digest(), acceptable })
}

/// What an action of the lanes means for the other parts.
fn meaning(roster: &Roster, action: Action) -> Vec<Event> {
    match action {
        Action::Send { to, message } => send(roster, to, message),
        Action::Fetch { request, peers } => vec![Event::AskFirst { request, peers }],
        Action::Available => vec![Event::Available],
        Action::Accepted { ids } => vec![Event::Answered { ids, admission: Admission::Accepted }],
        Action::Refused { id, reason } => vec![Event::Answered { ids: vec![id], admission: refusal(reason) }],
        Action::Evidence(evidence) => vec![Event::Accuse(evidence)],
        Action::Equivocation { lane, .. } => {
            let author = roster.current().index_of(lane).and_then(|index| roster.key_of(index));
            let reason = format!("signed two batches for one position of lane {lane}, in two epochs");
            author.map(|peer| Event::notice(Notice::Misbehaved { peer, reason })).into_iter().collect()
        }
    }
}

fn send(roster: &Roster, to: lanes::Recipient, message: Message) -> Vec<Event> {
    match to {
        lanes::Recipient::All => vec![Event::send(Recipient::Validators, message)],
        lanes::Recipient::One(index) => {
            let to = roster.key_of(index).map(Recipient::One);
            to.map(|to| Event::send(to, message)).into_iter().collect()
        }
        lanes::Recipient::Author(lane) => {
            let keys = roster.keys_of_author(lane);
            keys.into_iter().map(|key| Event::send(Recipient::One(key), message.clone())).collect()
        }
    }
}

/// What a client is told: who has no lane never will take it; everything else passes.
const fn refusal(reason: lanes::Refusal) -> Admission {
    match reason {
        lanes::Refusal::NoLane => Admission::NoLane,
        lanes::Refusal::QueueFull { .. } | lanes::Refusal::TooLarge { .. } | lanes::Refusal::AlreadyPending => {
            Admission::Busy
        }
    }
}
