//! The replica: which part an input is for, and then one event after the other until none is left.
//!
//! No rule stands here. What one part must know of another is read from it and handed in. Why a queue of
//! events keeps what has to be kept before what is said is in [`crate::event`].

pub mod inspection;

use corridor_crypto::SigningContext;
use corridor_crypto::planted::{self, Bug};
use corridor_types::{Message, Sequence, View};

use crate::admission::{Admitting, Grounds};
use crate::catching_up::CatchingUp;
use crate::dissemination::Dissemination;
use crate::event::{Event, Queue};
use crate::input::{Clock, Input};
use crate::joining::Joining;
use crate::membership::{Around, Roster};
use crate::ordering::Ordering;
use crate::pipeline::Pipeline;
use crate::ready::{Effect, Ready};
use crate::routing;
use crate::telling::Telling;
use crate::voting::{Held, Voting};

/// The machine. See the crate documentation.
#[derive(Debug)]
pub struct Replica {
    context: SigningContext,
    parts: Parts,
    admitting: Admitting,
    started: bool,
    /// Something came that waiting proposals or finalized blocks may need.
    available: bool,
    halted: bool,
}

/// The parts, none of which sees another.
#[derive(Debug)]
pub struct Parts {
    pub ordering: Ordering,
    pub dissemination: Dissemination,
    pub catching_up: CatchingUp,
    pub voting: Voting,
    pub pipeline: Pipeline,
    pub joining: Joining,
    pub telling: Telling,
    pub roster: Roster,
}

impl Replica {
    /// Joins the parts at the start.
    pub(crate) fn assemble(context: SigningContext, parts: Parts) -> Self {
        Self { context, parts, admitting: Admitting::default(), started: false, available: false, halted: false }
    }

    /// Takes one input and says what to keep, what to sign and what to do.
    pub fn step(&mut self, clock: Clock, input: Input) -> Ready {
        let mut ready = Ready::default();
        if self.halted {
            return ready;
        }
        if !std::mem::replace(&mut self.started, true) {
            let events = self.begin();
            self.handle(clock, events, &mut ready);
        }
        let events = self.on_input(clock, input);
        self.handle(clock, events, &mut ready);
        // What became available during a step is used before the step ends: one round after the
        // other, however long the backlog is.
        while std::mem::take(&mut self.available) && !self.halted {
            let mut events = self.parts.ordering.on_available(self.has_work(clock));
            events.extend([Event::JudgeAgain, Event::Execute]);
            self.handle(clock, events, &mut ready);
        }
        let events = self.parts.catching_up.on_room(self.parts.pipeline.has_room());
        self.handle(clock, events, &mut ready);
        let events = self.parts.ordering.on_work(self.has_work(clock));
        self.handle(clock, events, &mut ready);
        let events = self.admitting.report();
        self.handle(clock, events, &mut ready);
        ready
    }

    /// The first step: the signer and the network learn who belongs.
    fn begin(&self) -> Vec<Event> {
        let mut events = self.parts.roster.begin();
        events.push(Event::TellMembership);
        events.extend(self.parts.roster.report_missing_key());
        events.push(Event::LeaveLane);
        events
    }

    fn on_input(&mut self, clock: Clock, input: Input) -> Vec<Event> {
        let Parts { voting, pipeline, telling, roster, .. } = &mut self.parts;
        match input {
            Input::Tick => routing::of_tick(),
            Input::Message { from, message } => {
                voting.on_message(roster, &message);
                routing::of_message(roster, from, message)
            }
            Input::Connected(peer) => telling.on_connected(roster, peer),
            Input::Disconnected(peer) => {
                voting.on_link_down(&peer);
                telling.on_disconnected(peer)
            }
            Input::Submit { ticket, transactions } => {
                let ledger = pipeline.ledger();
                let lane = voting.lane_state(roster, &pipeline.executed().cut, ledger.pending_validators());
                self.admitting.on_submit(ticket, transactions, Grounds { lane, ledger, wall: clock.wall })
            }
            Input::Signed(signed) => vec![Event::Signed(signed)],
            Input::SnapshotReady(height) => {
                telling.on_snapshot_ready(height);
                Vec::new()
            }
        }
    }

    /// One event after the other until none is left.
    pub(crate) fn handle(&mut self, clock: Clock, events: Vec<Event>, ready: &mut Ready) {
        let mut queue = Queue::default();
        queue.put(events);
        while let Some(event) = queue.take() {
            queue.put(self.on_event(clock, event, ready));
        }
    }

    fn on_event(&mut self, clock: Clock, event: Event, ready: &mut Ready) -> Vec<Event> {
        let Parts { ordering, dissemination, catching_up, voting, pipeline, joining, telling, roster } =
            &mut self.parts;
        let around = Around { clock, roster };
        match event {
            Event::Persist(write) => ready.persist.push(write),
            Event::Enter(validators) => ready.enter.push(validators),
            Event::Sign(request) => ready.sign.push(request),
            Event::Do(effect) => ready.then.push(effect),
            Event::Halt(halt) => {
                self.halted = true;
                ready.then.push(Effect::Halt(halt));
            }

            Event::Order(input) => return ordering.step(around, input),
            Event::Carry(input) => return dissemination.step(around, input),
            Event::CatchUp(input) => return catching_up.step(around, input),

            Event::Build { view, parent, parent_block } => {
                let cut = dissemination.propose_cut(parent_block.as_ref());
                return pipeline.on_build(around, view, parent, parent_block.as_ref(), cut);
            }
            Event::Propose { to, proposal } => {
                return dissemination.on_propose(to, proposal, &pipeline.finalized().cut);
            }
            Event::Judge(question) => return pipeline.on_judge(around, question),
            Event::JudgeCut(question) => return dissemination.on_judge_cut(around, question),
            Event::Postpone(question) => pipeline.on_postpone(question),
            Event::JudgeAgain => return pipeline.on_judge_again(),

            Event::Finalized { blocks, seal } => return pipeline.on_finalized(&blocks, seal),
            Event::CaughtUp { blocks, stubs, finality } => return pipeline.on_caught_up(blocks, stubs, finality),
            Event::Execute if self.halted => {}
            Event::Execute => return pipeline.on_execute(),
            Event::Collect { parent_cut, cut } => return dissemination.on_collect(&parent_cut, &cut),
            Event::Collected(batches) => return pipeline.on_collected(around, &batches),
            Event::Lacking => return pipeline.on_lacking(),
            Event::Want { parent_cut, cut } => return dissemination.on_want(around, &parent_cut, &cut),
            Event::Available => self.available = true,
            Event::Outcome(outcome) => return pipeline.on_outcome(around, outcome),
            Event::OutcomeSigned(outcome) => return pipeline.on_outcome_signed(around, outcome),
            Event::Certified(certificate) => return pipeline.on_certificate(around, certificate),
            Event::RepeatOutcomes => return pipeline.on_repeat_outcomes(around),

            Event::EpochEnded(boundary) => {
                let is_left_out = planted::is(Bug::OldSetAfterCatchUp) && catching_up.is_running();
                return if is_left_out { Vec::new() } else { routing::of_boundary(pipeline.ledger(), boundary) };
            }
            Event::EnterSet(validators) => {
                let mut events = roster.enter(validators);
                voting.on_epoch(roster, pipeline.finalized().view);
                pipeline.on_epoch(roster.sets());
                events.push(Event::TellMembership);
                events.extend(roster.report_missing_key());
                return events;
            }
            Event::StartEngine(top) => {
                ordering.start(roster, voting.me(), top);
                pipeline.on_engine_started();
            }
            Event::LanesEpoch => return dissemination.on_epoch(around, voting.me()),
            Event::LeaveLane => return voting.leave_lane(roster),
            Event::TellMembership => ready.then.push(Effect::Membership(self.membership())),
            Event::OpenSnapshot(manifest) => return joining.on_open(&manifest),
            Event::Chunk { number, bytes } => return joining.on_chunk(number, &bytes),
            Event::CloseSnapshot => joining.on_close(),
            Event::SnapshotComplete { manifest, handovers } => return joining.on_complete(*manifest, handovers),
            Event::MoveTo { ledger, block } => {
                let mut events = dissemination.stand_aside();
                let signed = voting.me().map_or(View(0), |me| ordering.highest_signed_by(me));
                voting.on_snapshot(block.view, signed);
                events.extend(roster.replace(ledger.validator_sets()));
                events.extend(routing::of_snapshot(&ledger, &block));
                pipeline.move_to(*ledger, &block);
                return events;
            }
            Event::StartLanes(cut) => dissemination.start_above(roster, voting.me(), cut),

            Event::Signed(signed) => return voting.on_signed(roster, signed),
            Event::Seen { from, seen } if telling.is_linked(&from) => return voting.on_seen(roster, from, seen),
            Event::Seen { .. } => {}
            Event::Look => {
                let Some(me) = voting.silent_as(roster) else { return Vec::new() };
                let lane = roster.own_lane().map_or(Sequence(0), |lane| dissemination.newest(lane).sequence);
                let held = Held { view: ordering.view(), shown: ordering.highest_signed_by(me), lane };
                return voting.look(around, held);
            }
            Event::CheckLinks => return voting.on_links(roster, telling.peers().keys()),
            Event::StandAside => {
                voting.stand_aside(voting.me().map_or(View(0), |me| ordering.highest_signed_by(me)));
                ordering.stand_aside();
                return dissemination.stand_aside();
            }
            Event::KeepDraft(draft) => voting.keep_draft(draft),
            Event::TakePart(remembered) => ordering.take_part(remembered),
            Event::CarryOn => return voting.on_carry(roster, &pipeline.executed().cut),

            Event::AsksSeen { to, status } => {
                let lane = roster.index_of(&to).and_then(|index| roster.lane_at(index));
                let Some(lane) = lane else { return Vec::new() };
                return ordering.on_asks_seen(roster, to, status, dissemination.newest(lane));
            }
            Event::AskFirst { request, peers } => return telling.ask_first(roster, request, &peers),
            Event::AskSome { request, peers } => return telling.ask_some(roster, request, &peers),
            Event::Asked { by, request } => return telling.on_request(around, by, request),
            Event::Status { from, status } => return telling.on_status(roster, from, status),
            Event::TellStatus(to) => ready.send(to, Message::Status(self.status())),
            Event::TellDue => return telling.on_tick(around),
            Event::FollowSoon => telling.on_settled(around),
            Event::Accuse(evidence) => return roster.accuse(evidence),

            Event::Answered { ids, admission } => self.admitting.on_answered(&ids, &admission),
        }
        Vec::new()
    }
}
