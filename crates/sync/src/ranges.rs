//! Questions for ranges of blocks: when, whom, and what an answer is worth.

use corridor_crypto::planted::{self, Bug};
use corridor_crypto::{PublicKey, Verified};
use corridor_types::limits::MAX_VALIDATORS;
use corridor_types::{Block, Certificate, Finality, Height, Request, View};

use crate::chain::Chain;
use crate::check::continuation;
use crate::peers::Peers;
use crate::standing::Subject;
use crate::{Action, Limits};

/// The one question that is open.
#[derive(Debug, Clone, Copy)]
struct Asked {
    to: PublicKey,
    from: Height,
    until_ms: u64,
}

/// A finalization whose block the engine lacks.
#[derive(Debug)]
struct Behind {
    view: View,
    holders: Vec<PublicKey>,
}

/// The open question and the reasons for the next one.
#[derive(Debug)]
pub(crate) struct Ranges {
    asked: Option<Asked>,
    behind: Option<Behind>,
    room: bool,
    /// Since when a peer has been ahead while our chain stood still.
    still_since_ms: Option<u64>,
    /// When patience ends, if it is all that we wait for.
    wake_ms: Option<u64>,
}

impl Ranges {
    pub const fn new() -> Self {
        Self { asked: None, behind: None, room: true, still_since_ms: None, wake_ms: None }
    }

    pub const fn is_asking(&self) -> bool {
        self.asked.is_some()
    }

    pub const fn on_room(&mut self, room: bool) {
        self.room = room;
    }

    pub fn on_behind(&mut self, finalization: &Certificate, mut holders: Vec<PublicKey>, chain: &Chain) {
        if finalization.vote.epoch == chain.validators().epoch() {
            holders.truncate(MAX_VALIDATORS);
            self.behind = Some(Behind { view: finalization.vote.view, holders });
        }
    }

    /// The chain moved on. What the engine still lacks it will say again, unless the move was ours.
    pub fn on_advanced(&mut self, by_itself: bool) {
        self.still_since_ms = None;
        if by_itself {
            self.behind = None;
        }
    }

    /// Another epoch began: an answer that is under way is of the old one.
    pub fn on_epoch(&mut self) {
        (self.asked, self.behind, self.still_since_ms) = (None, None, None);
    }

    pub fn on_peer_down(&mut self, peer: &PublicKey) {
        self.asked.take_if(|asked| asked.to == *peer);
        if let Some(behind) = &mut self.behind {
            behind.holders.retain(|key| key != peer);
        }
    }

    /// Takes an answer. One that nobody waits for, or that starts where an earlier question did, is
    /// no lie; it is only late.
    pub fn on_answer(
        &mut self,
        now_ms: u64,
        chain: &mut Chain,
        peers: &mut Peers,
        from: PublicKey,
        (blocks, finality): (Vec<Block>, Verified<Finality>),
    ) -> Option<Action> {
        let start = blocks.first().map(|block| block.height);
        self.asked.take_if(|asked| asked.to == from && start.is_none_or(|start| start == asked.from))?;
        if chain.is_waiting() {
            // A snapshot or the end of the epoch came first; what is of use then is asked for again.
            return None;
        }
        let view = blocks.last().map(|block| block.view);
        let range = match continuation(blocks, &finality, chain) {
            Ok(range) => range,
            Err(reason) => {
                peers.lied(now_ms, &from);
                return Some(Action::Misbehaved { peer: from, reason });
            }
        };
        peers.delivered(&from, Subject::Blocks);
        let last = range.blocks.last()?;
        chain.hand_over(last.height, last.next_epoch());
        self.behind.take_if(|behind| Some(behind.view) <= view);
        Some(Action::Accept { blocks: range.blocks, stubs: range.stubs, finality })
    }

    pub fn time_out(&mut self, now_ms: u64, peers: &mut Peers) {
        if let Some(asked) = self.asked.take_if(|asked| asked.until_ms <= now_ms && !planted::is(Bug::WaitsForEver)) {
            peers.silent(now_ms, &asked.to, Subject::Blocks);
        }
    }

    /// Nothing is asked for now: a snapshot is fetched instead.
    pub const fn pause(&mut self) {
        (self.still_since_ms, self.wake_ms) = (None, None);
    }

    /// Asks the next candidate, if there is a reason to and no question is open. A claim that is a
    /// reason by itself is put to who makes it; others are asked when we stand still.
    pub fn ask(&mut self, now_ms: u64, chain: &Chain, peers: &mut Peers, limits: &Limits) -> Option<Action> {
        self.wake_ms = None;
        let next = chain.next();
        let is_ahead = peers.best_finalized(now_ms, next) >= next;
        self.still_since_ms = is_ahead.then(|| self.still_since_ms.unwrap_or(now_ms));
        if self.asked.is_some() || chain.is_waiting() || !self.room {
            return None;
        }
        let stuck_at_ms = self.still_since_ms.map(|since| since.saturating_add(limits.patience_ms));
        let urgent = self.behind.is_some() || stuck_at_ms.is_some_and(|at| at <= now_ms);
        let far = Height(chain.head().height.0.saturating_add(limits.far_behind));
        let holders = self.behind.as_ref().map_or(&[][..], |behind| &behind.holders);
        let Some(to) = peers.next_ahead(now_ms, next, if urgent { next } else { far }, holders) else {
            self.behind = None;
            self.wake_ms = stuck_at_ms;
            return None;
        };
        self.asked = Some(Asked { to, from: next, until_ms: now_ms.saturating_add(limits.answer_timeout_ms) });
        Some(Action::Ask { to, request: Request::Blocks { from: next } })
    }

    pub fn next_deadline(&self) -> Option<u64> {
        self.asked.map(|asked| asked.until_ms).or(self.wake_ms)
    }
}
