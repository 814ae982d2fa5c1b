//! The right to sign: whether this node votes, as whom, and what its key has signed before.
//!
//! Nothing is signed here and no vote is chosen; the part says from when on the engine and the lanes may ask
//! the signer, and what they must not contradict. Why a node is silent at first is in [`guard`].

mod guard;

use corridor_consensus as consensus;
use corridor_crypto::planted::{self, Bug};
use corridor_lanes as lanes;
use corridor_types::persist::{Draft, Write, tip_of};
use corridor_types::{Epoch, Seen, Sequence, Signed, Tip, ValidatorIndex, ValidatorSet, View};

use crate::event::{Event, Remembered};
use crate::input::{Peer, VerifiedMessage};
use crate::membership::{Around, Roster};
use crate::ready::{Notice, Recipient};
use crate::voting::guard::{Own, Verdict};

pub use guard::Guard;

/// Why a validator does not vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    /// The validators that are linked and have said what they hold of us form no quorum with us.
    WaitingForQuorum,
    /// They do, and the watch period runs.
    Watching,
    /// They hold more of us than our record knows.
    RecordIsOld(Seen),
    /// The set names our participant with a key that our signer does not hold.
    KeyMissing,
}

/// What our machines hold of what we signed.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// The engine's view.
    pub view: View,
    /// The highest view with a signature of ours that the engine was shown.
    pub shown: View,
    /// The newest position of our own lane.
    pub lane: Sequence,
}

/// Whether clients' transactions can go into our lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneState {
    /// They can, now.
    Open,
    /// Soon: nothing may be signed yet, or our own lane is not here.
    NotYet,
    /// This node has no lane, or none in the next epoch.
    None,
}

/// Whether we sign, and what we signed.
#[derive(Debug)]
pub struct Voting {
    guard: Guard,
    /// Our position in the current set, once the guard is open.
    me: Option<ValidatorIndex>,
    /// What our record knows of the current epoch, until voting begins.
    own: Vec<Signed>,
    /// Our own batch that lacks its signature, until voting begins.
    draft: Option<Draft>,
    /// The highest position of our lane that our signer has signed.
    signed_batch: Sequence,
    /// Nothing is accepted until our lane is executed up to here; see [`Voting::lane_is_behind`].
    lane_floor: Option<Sequence>,
}

impl Voting {
    /// Silent, with what the signer's record and the disk hold of ours. `lane_floor`: the last batch that is on
    /// record, if the disk holds less.
    pub fn new(
        guard: Guard,
        own: Vec<Signed>,
        draft: Option<Draft>,
        last_batch: Option<Sequence>,
        lane_floor: Option<Sequence>,
    ) -> Self {
        let signed_batch = last_batch.unwrap_or(Sequence(0));
        Self { guard, me: None, own, draft, signed_batch, lane_floor }
    }

    /// Our position in the current set; `None` for an observer and before voting begins.
    pub const fn me(&self) -> Option<ValidatorIndex> {
        self.me
    }

    /// Our position, while we have one and may not vote yet.
    pub fn silent_as(&self, roster: &Roster) -> Option<ValidatorIndex> {
        roster.position().filter(|_| !self.guard.is_open())
    }

    /// Why this node does not vote though the validator set names its participant; `None` if it
    /// votes, and for observers.
    pub fn silence(&self, roster: &Roster) -> Option<Silence> {
        if roster.position().is_none() {
            return roster.names_participant().then_some(Silence::KeyMissing);
        }
        match (self.guard.is_open(), self.guard.named()) {
            (true, _) => None,
            (false, Some(named)) => Some(Silence::RecordIsOld(named)),
            (false, None) if self.guard.is_watching() => Some(Silence::Watching),
            (false, None) => Some(Silence::WaitingForQuorum),
        }
    }

    /// When to look again, in milliseconds of the steady clock.
    pub fn next_deadline(&self, roster: &Roster) -> Option<u64> {
        self.guard.next_deadline().filter(|_| roster.position().is_some())
    }

    /// While we are silent: does this message carry a signature of ours?
    pub fn on_message(&mut self, roster: &Roster, message: &VerifiedMessage) {
        let Some(me) = self.silent_as(roster) else { return };
        let (epoch, view, ours) = match message {
            VerifiedMessage::Vote(signed) => (signed.vote.epoch, signed.vote.view, signed.voter == me),
            VerifiedMessage::Proposal { proposal, .. } => {
                (proposal.block.epoch, proposal.block.view, proposal.block.proposer == me)
            }
            VerifiedMessage::Certificate(held) => {
                (held.vote.epoch, held.vote.view, held.signatures.iter().any(|(voter, _)| *voter == me))
            }
            VerifiedMessage::Outcome(_)
            | VerifiedMessage::Status(_)
            | VerifiedMessage::Seen(_)
            | VerifiedMessage::Batch(_)
            | VerifiedMessage::Acknowledgement(_)
            | VerifiedMessage::Request(_)
            | VerifiedMessage::Response(_) => return,
        };
        if ours && epoch == roster.epoch() {
            self.guard.on_shown(epoch, view);
        }
    }

    /// A linked validator says what it holds of ours. What it holds of our lane and we lack is fetched
    /// from it: until then we do not know what follows.
    pub fn on_seen(&mut self, roster: &Roster, from: Peer, seen: Seen) -> Vec<Event> {
        let Some(index) = roster.index_of(&from) else { return Vec::new() };
        self.guard.on_seen(from, seen);
        // The planted bugs ignore what peers hold of our lane; fetched, it would come back by itself.
        let is_ignored = planted::is(Bug::GuardDeaf) || planted::is(Bug::LaneFloorIgnored);
        let lane = roster.own_lane().filter(|_| !self.guard.is_open() && !is_ignored);
        let named = lane.map(|lane| {
            let tip = Tip { lane, sequence: seen.sequence, digest: seen.digest };
            Event::Carry(lanes::Input::Named { from: index, tip })
        });
        named.into_iter().chain([Event::Look]).collect()
    }

    /// A link went down: who is not linked does not count.
    pub fn on_link_down(&mut self, peer: &Peer) {
        self.guard.on_link_down(peer);
    }

    /// Links to a quorum are what gives us the right to sign: without them a copy of us may have it.
    pub fn on_links<'a>(&self, roster: &Roster, linked: impl Iterator<Item = &'a Peer>) -> Vec<Event> {
        match self.me {
            Some(me) if !roster.is_quorum_with(me, linked) => {
                vec![Event::StandAside, Event::notice(Notice::StoodDown), Event::TellStatus(Recipient::Everyone)]
            }
            _ => Vec::new(),
        }
    }

    /// We vote no more. `signed`: the highest view that we signed in.
    pub fn stand_aside(&mut self, signed: View) {
        self.me = None;
        self.guard.close(signed);
    }

    /// Everything goes on from a snapshot: our votes below it are of no use any more, and voting begins as after a
    /// start.
    pub fn on_snapshot(&mut self, view: View, signed: View) {
        if self.guard.is_open() {
            self.guard.close(view.max(signed));
        }
    }

    /// A batch of ours that was not signed yet waits until we take part again.
    pub fn keep_draft(&mut self, draft: Option<Draft>) {
        if draft.is_some() {
            self.draft = draft;
        }
    }

    /// Another set took over.
    pub fn on_epoch(&mut self, roster: &Roster, finalized: View) {
        // What was signed in another epoch binds nothing in this one.
        self.own.clear();
        if roster.position().is_none() && self.guard.is_open() {
            // Who comes back in a later epoch begins as after a start.
            self.guard.close(finalized);
        }
        self.me = roster.position().filter(|_| self.guard.is_open());
    }

    /// Something came back from the signer.
    pub fn on_signed(&mut self, roster: &Roster, signed: Signed) -> Vec<Event> {
        match signed {
            // Recorded when we stood aside already, or before our database begins: it is sent once we take
            // part again.
            Signed::Proposal(_) | Signed::Vote(_) if self.me.is_none() => {
                if let Some((_, view)) = place_of(&signed).filter(|(epoch, _)| *epoch == roster.epoch()) {
                    self.guard.on_recorded(view);
                }
                self.own.push(signed);
                Vec::new()
            }
            Signed::Proposal(_) | Signed::Vote(_) => vec![Event::Order(consensus::Input::Signed(signed))],
            Signed::Batch(ref header, _) => {
                self.signed_batch = self.signed_batch.max(header.sequence);
                vec![Event::Carry(lanes::Input::Signed(signed))]
            }
            Signed::Acknowledgement(_) => vec![Event::Carry(lanes::Input::Signed(signed))],
            Signed::Outcome(outcome) => vec![Event::OutcomeSigned(outcome)],
        }
    }

    /// May we vote yet?
    pub fn look(&mut self, around: Around<'_>, held: Held) -> Vec<Event> {
        let roster = around.roster;
        let Some(me) = self.silent_as(roster) else { return Vec::new() };
        let quorum = roster.is_quorum_with(me, self.guard.speakers(roster.epoch()));
        // What our record knows, the signer does not contradict, whether we hold it or not.
        let lane = held.lane.max(self.signed_batch);
        let own = Own { epoch: roster.epoch(), view: held.view, shown: held.shown, lane };
        match self.guard.look(around.clock.steady_ms, quorum, own) {
            Verdict::Wait => Vec::new(),
            Verdict::Old(Seen { view, sequence, .. }) => {
                vec![Event::notice(Notice::RecordIsOld { view, sequence })]
            }
            Verdict::Open => self.begin(roster, me, held.lane),
        }
    }

    fn begin(&mut self, roster: &Roster, me: ValidatorIndex, held_lane: Sequence) -> Vec<Event> {
        self.me = Some(me);
        self.raise_lane_floor(roster, held_lane);
        let own = std::mem::take(&mut self.own);
        let mut events = vec![Event::TakePart(Remembered { me, own, unknown: self.guard.unknown() })];
        let epoch = roster.epoch();
        let draft = self.take_draft(epoch, &mut events);
        events.push(Event::Carry(lanes::Input::TakePart { me, draft }));
        events.push(Event::Order(consensus::Input::Tick));
        events.push(Event::notice(Notice::Voting { epoch }));
        events
    }

    /// Who left the set with the last epoch completes and delivers what it had accepted, also if it was
    /// silent at that moment: after a restart, or without links to a quorum, it had no author who could.
    /// Silence is for votes: what the signer has on record of a lane's place is all that ever counts there.
    pub fn leave_lane(&mut self, roster: &Roster) -> Vec<Event> {
        let Some((lane, epoch)) = roster.left_lane() else { return Vec::new() };
        let mut events = Vec::new();
        let draft = self.take_draft(epoch, &mut events);
        events.push(Event::Carry(lanes::Input::Leave { lane, draft }));
        events
    }

    /// The draft that goes on, unless peers hold something at its place: that was signed instead, by a copy of us,
    /// and it must not be signed again.
    ///
    /// One that was never signed is made one of `epoch`, our last or current one: one of an epoch long past would
    /// be neither signed nor ordered.
    fn take_draft(&mut self, epoch: Epoch, events: &mut Vec<Event>) -> Option<Draft> {
        let floor = self.lane_floor.unwrap_or(Sequence(0));
        let mut draft = self.draft.take().filter(|draft| draft.header.sequence > floor)?;
        if draft.header.epoch < epoch && draft.header.sequence > self.signed_batch {
            draft.header.epoch = epoch;
            events.push(Event::Persist(Write::Draft(draft.clone())));
        }
        Some(draft)
    }

    /// What validators with more than a third of the power hold of our lane, we signed: nothing new
    /// goes into the lane until it is final up to there. `held`: the newest position that we hold ourselves.
    fn raise_lane_floor(&mut self, roster: &Roster, held: Sequence) {
        let set = roster.current();
        let named: Vec<(&Peer, Sequence)> = self.guard.sequences().collect();
        let power_at = |sequence: Sequence| {
            let holders = named.iter().filter(|(_, at)| *at >= sequence);
            holders.filter_map(|(peer, _)| set.index_of_network_key(peer)).map(|index| set.power(index)).sum()
        };
        let positions = named.iter().map(|(_, sequence)| *sequence);
        let believable = positions.filter(|at| set.has_honest(power_at(*at))).max();
        self.lane_floor = self.lane_floor.max(believable.filter(|at| *at > held));
    }

    /// True while our lane is shorter than what our signer's record says we signed: the database
    /// was lost or lost its tail. Whatever we batched now the signer would refuse, so nothing is
    /// accepted until the peers have given our lane back.
    fn lane_is_behind(&self, roster: &Roster, executed_cut: &[Tip]) -> bool {
        let lane = self.me.and_then(|me| roster.lane_at(me));
        // Executed, not only finalized: until then our lane does not go on from its true end, and what
        // it signed next would take a position that is taken.
        let held = lane.and_then(|lane| tip_of(executed_cut, lane)).map(|tip| tip.sequence);
        let floor = self.lane_floor.filter(|_| !planted::is(Bug::LaneFloorIgnored));
        floor.is_some_and(|floor| held.is_none_or(|held| held < floor))
    }

    /// Our lane goes on from its end, once that is known.
    pub fn on_carry(&self, roster: &Roster, executed_cut: &[Tip]) -> Vec<Event> {
        let may = self.me.is_some() && !self.lane_is_behind(roster, executed_cut);
        if may { vec![Event::Carry(lanes::Input::Carry)] } else { Vec::new() }
    }

    /// Whether clients' transactions can go into our lane. `next`: the validators of the next epoch, if decided.
    pub fn lane_state(&self, roster: &Roster, executed_cut: &[Tip], next: Option<&ValidatorSet>) -> LaneState {
        if self.lane_is_behind(roster, executed_cut) {
            return LaneState::NotYet;
        }
        match self.me {
            Some(me) if is_leaving(roster, me, next) => LaneState::None,
            Some(_) => LaneState::Open,
            // The guard lets nothing be signed yet.
            None if roster.position().is_some() => LaneState::NotYet,
            None => LaneState::None,
        }
    }
}

/// True once it is decided that this validator has no lane in the next epoch: what it accepted
/// now might never be ordered.
fn is_leaving(roster: &Roster, me: ValidatorIndex, next: Option<&ValidatorSet>) -> bool {
    let lane = roster.lane_at(me);
    next.is_some_and(|next| lane.is_none_or(|lane| next.index_of(lane).is_none()))
}

/// The epoch and view of a vote or proposal.
pub fn place_of(signed: &Signed) -> Option<(Epoch, View)> {
    match signed {
        Signed::Vote(vote) => Some((vote.vote.epoch, vote.vote.view)),
        Signed::Proposal(proposal) => Some((proposal.block.epoch, proposal.block.view)),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
