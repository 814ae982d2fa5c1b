//! What is told to peers and asked of them: who is linked and where they are, where we are, whom to ask,
//! and how much is answered.
//!
//! What peers say here is unsigned. It moves messages only, and never decides what is final or signed.

mod budget;

use std::collections::BTreeMap;

use corridor_consensus as consensus;
use corridor_lanes as lanes;
use corridor_sync as sync;
use corridor_types::{Height, Message, Request, Status, ValidatorIndex};

use crate::event::Event;
use crate::input::Peer;
use crate::membership::{Around, Roster};
use crate::ready::{Effect, Recipient};
use crate::telling::budget::AnswerBudget;

/// Peers asked at once for what the engine lacks: with one silent and one that lies, one answers.
const ASKED_AT_ONCE: usize = 3;

/// The linked peers, and what they are told.
#[derive(Debug)]
pub struct Telling {
    /// How often we say where we are, in milliseconds.
    status_ms: u64,
    /// How soon after a settled block an observer is told, in milliseconds.
    follow_ms: u64,
    /// Where each connected peer said it is.
    peers: BTreeMap<Peer, Option<Status>>,
    answers: AnswerBudget,
    /// The snapshot that we offer; 0 for none.
    snapshot: Height,
    /// How often peers were asked, to ask others the next time.
    asked: usize,
    next_status_ms: u64,
    /// When observers are told of what settled.
    next_follow_ms: Option<u64>,
}

impl Telling {
    /// Linked to nobody.
    pub fn new(status_ms: u64, follow_ms: u64) -> Self {
        Self {
            status_ms,
            follow_ms,
            peers: BTreeMap::new(),
            answers: AnswerBudget::default(),
            snapshot: Height(0),
            asked: 0,
            next_status_ms: 0,
            next_follow_ms: None,
        }
    }

    /// Connected peers, and where each said it is.
    pub const fn peers(&self) -> &BTreeMap<Peer, Option<Status>> {
        &self.peers
    }

    /// True if a link to a peer is up.
    pub fn is_linked(&self, peer: &Peer) -> bool {
        self.peers.contains_key(peer)
    }

    /// The snapshot that we offer; 0 for none.
    pub const fn snapshot(&self) -> Height {
        self.snapshot
    }

    /// When a tick is wanted, in milliseconds of the steady clock.
    pub fn next_deadline(&self) -> u64 {
        self.next_follow_ms.map_or(self.next_status_ms, |follow| follow.min(self.next_status_ms))
    }

    /// A snapshot can be fetched from our disk.
    pub const fn on_snapshot_ready(&mut self, height: Height) {
        self.snapshot = height;
    }

    /// A link came up.
    pub fn on_connected(&mut self, roster: &Roster, peer: Peer) -> Vec<Event> {
        self.peers.insert(peer, None);
        let mut events = vec![Event::TellStatus(Recipient::One(peer)), Event::CatchUp(sync::Input::PeerUp(peer))];
        events.extend(roster.index_of(&peer).map(|index| Event::Carry(lanes::Input::PeerUp(index))));
        events
    }

    /// A link went down.
    pub fn on_disconnected(&mut self, peer: Peer) -> Vec<Event> {
        self.peers.remove(&peer);
        vec![Event::CheckLinks, Event::Look, Event::CatchUp(sync::Input::PeerDown(peer))]
    }

    /// A peer said where it is.
    pub fn on_status(&mut self, roster: &Roster, from: Peer, status: Status) -> Vec<Event> {
        // A link's last frames may be taken after the news that it is down, and do not bring it back: links
        // to a quorum are what gives us the right to sign.
        if let Some(known) = self.peers.get_mut(&from) {
            *known = Some(status);
        }
        let mut events = Vec::new();
        if status.asks_seen {
            events.push(Event::AsksSeen { to: from, status });
        }
        // Views of two epochs cannot be compared.
        if let Some(index) = roster.index_of(&from).filter(|_| status.epoch == roster.epoch()) {
            events.push(Event::Order(consensus::Input::PeerStatus { from: index, status }));
        }
        events.push(Event::CatchUp(sync::Input::PeerStatus { from, status }));
        events
    }

    /// A peer asks. Beyond its budget it gets no answer.
    pub fn on_request(&mut self, around: Around<'_>, by: Peer, request: Request) -> Vec<Event> {
        if !self.answers.take(around.clock.steady_ms, by) {
            return Vec::new();
        }
        match (request, around.roster.index_of(&by)) {
            (Request::Certificates { from: view }, Some(from)) => {
                vec![Event::Order(consensus::Input::Wanted { from, view })]
            }
            // Observers follow finalized blocks only.
            (Request::Certificates { .. }, None) => Vec::new(),
            (Request::Batches { lane, sequence, .. }, Some(from)) => {
                let asked = Event::Carry(lanes::Input::Asked { from, lane, sequence });
                vec![asked, Event::Do(Effect::Answer { to: by, request })]
            }
            (request, _) => vec![Event::Do(Effect::Answer { to: by, request })],
        }
    }

    /// A block settled. Observers get no votes: they are told soon after.
    pub fn on_settled(&mut self, around: Around<'_>) {
        let has_observers = self.observers(around.roster).next().is_some();
        if has_observers && self.next_follow_ms.is_none() {
            self.next_follow_ms = Some(around.clock.steady_ms.saturating_add(self.follow_ms));
        }
    }

    /// What is due is told.
    pub fn on_tick(&mut self, around: Around<'_>) -> Vec<Event> {
        let now_ms = around.clock.steady_ms;
        let mut events = Vec::new();
        if now_ms >= self.next_status_ms {
            self.next_status_ms = now_ms.saturating_add(self.status_ms);
            events.push(Event::TellStatus(Recipient::Everyone));
        }
        if self.next_follow_ms.take_if(|at| *at <= now_ms).is_some() {
            let observers = self.observers(around.roster);
            events.extend(observers.map(|peer| Event::TellStatus(Recipient::One(*peer))));
        }
        events
    }

    /// Asks the first of `peers` that is connected: the lanes rotate them from one try to the next.
    pub fn ask_first(&self, roster: &Roster, request: Request, peers: &[ValidatorIndex]) -> Vec<Event> {
        let first = self.among_connected(roster, peers).next();
        first.map(|peer| Event::send(Recipient::One(peer), Message::Request(request))).into_iter().collect()
    }

    /// Asks some of `peers` at once, others at every call, so that a peer that stays silent costs
    /// nothing: the engine names whom it may ask and leaves the choice to us.
    pub fn ask_some(&mut self, roster: &Roster, request: Request, peers: &[ValidatorIndex]) -> Vec<Event> {
        let connected: Vec<Peer> = self.among_connected(roster, peers).collect();
        self.asked = self.asked.wrapping_add(1);
        let turn = self.asked % connected.len().max(1);
        let in_turn = connected.iter().cycle().skip(turn).take(connected.len().min(ASKED_AT_ONCE));
        in_turn.map(|peer| Event::send(Recipient::One(*peer), Message::Request(request))).collect()
    }

    fn observers<'a>(&'a self, roster: &'a Roster) -> impl Iterator<Item = &'a Peer> {
        self.peers.keys().filter(|peer| roster.index_of(peer).is_none())
    }

    fn among_connected<'a>(
        &'a self,
        roster: &'a Roster,
        peers: &'a [ValidatorIndex],
    ) -> impl Iterator<Item = Peer> + 'a {
        let keys = peers.iter().filter_map(|index| roster.key_of(*index));
        keys.filter(|peer| self.peers.contains_key(peer))
    }
}

#[cfg(test)]
mod tests;
