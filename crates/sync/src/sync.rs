//! The machine: what is asked, what is accepted, and when to try elsewhere.

use corridor_crypto::{Digest, Verified};
use corridor_types::{Block, Certificate, Height, Request, Status, ValidatorIndex, View};

use crate::check::{Head, continuation};
use crate::config::Config;
use crate::peers::Peers;
use crate::settlements::Settlements;
use crate::{Action, Input};

/// The one question that is open.
#[derive(Debug, Clone, Copy)]
struct Asked {
    to: ValidatorIndex,
    from: Height,
    until_ms: u64,
}

/// A finalization whose block the engine lacks.
#[derive(Debug)]
struct Behind {
    view: View,
    holders: Vec<ValidatorIndex>,
}

/// Catch-up of one node. See the crate documentation for the protocol.
#[derive(Debug)]
pub struct Sync {
    config: Config,
    head: Head,
    peers: Peers,
    settlements: Settlements,
    asked: Option<Asked>,
    /// The height that the replica is taking in; nothing is asked until it has.
    accepted: Option<Height>,
    behind: Option<Behind>,
    /// Since when a peer has been ahead while our chain stood still.
    still_since_ms: Option<u64>,
    /// The time of the last step.
    now_ms: u64,
}

impl Sync {
    /// Starts at our highest finalized block (height 0 and the genesis digest on a new disk) and
    /// the height up to which we hold settlement certificates.
    pub fn new(config: Config, finalized: Height, digest: Digest, settled: Height) -> Self {
        Self {
            config,
            head: Head { height: finalized, digest },
            peers: Peers::default(),
            settlements: Settlements::new(settled),
            asked: None,
            accepted: None,
            behind: None,
            still_since_ms: None,
            now_ms: 0,
        }
    }

    /// Takes one input in.
    pub fn step(&mut self, now_ms: u64, input: Input) -> Vec<Action> {
        let mut actions = Vec::new();
        self.now_ms = now_ms;
        match input {
            Input::Tick => {}
            Input::PeerStatus { from, status } => self.on_status(from, &status),
            Input::Behind { finalization, holders } => self.on_behind(&finalization, holders),
            Input::Blocks { from, blocks, finalization } => {
                actions.extend(self.on_blocks(now_ms, from, blocks, finalization));
            }
            Input::Advanced { height, digest } => self.on_advanced(height, digest),
            Input::Settled { height } => self.settlements.on_settled(now_ms, height, &self.peers),
            Input::PeerDown(peer) => self.on_peer_down(peer),
        }
        self.time_out(now_ms);
        actions.extend(self.ask(now_ms));
        let limits = &self.config.limits;
        actions.extend(self.settlements.step(now_ms, self.head.height, &mut self.peers, limits));
        actions
    }

    /// When to step at the latest. `None` while nothing waits for time to pass.
    pub fn next_deadline(&self) -> Option<u64> {
        let waits = self.asked.map(|asked| asked.until_ms);
        let patience = self.still_since_ms.map(|since| since.saturating_add(self.config.limits.patience_ms));
        let patience = patience.filter(|_| self.asked.is_none() && self.accepted.is_none());
        let returns = self.peers.next_return(self.now_ms);
        [waits, patience, returns, self.settlements.next_deadline()].into_iter().flatten().min()
    }

    /// True while a range is being fetched or taken in.
    pub const fn is_syncing(&self) -> bool {
        self.asked.is_some() || self.accepted.is_some()
    }

    fn is_peer(&self, index: ValidatorIndex) -> bool {
        self.config.validators.get(index).is_some() && self.config.me != Some(index)
    }

    fn on_status(&mut self, from: ValidatorIndex, status: &Status) {
        if self.is_peer(from) {
            self.peers.on_status(from, status);
        }
    }

    fn on_behind(&mut self, finalization: &Certificate, holders: Vec<ValidatorIndex>) {
        let holders = holders.into_iter().filter(|index| self.is_peer(*index)).collect();
        self.behind = Some(Behind { view: finalization.vote.view, holders });
    }

    fn on_blocks(
        &mut self,
        now_ms: u64,
        from: ValidatorIndex,
        blocks: Vec<Block>,
        finalization: Verified<Certificate>,
    ) -> Option<Action> {
        // An answer that nobody waits for any more is no lie; it is only late.
        let asked = self.asked.take_if(|asked| asked.to == from)?;
        match continuation(blocks, &finalization, asked.from, self.head, &self.config.validators) {
            Ok(blocks) => {
                self.accepted = Some(blocks.last()?.height);
                self.behind.take_if(|behind| behind.view <= finalization.vote.view);
                Some(Action::Accept { blocks, finalization })
            }
            Err(reason) => {
                self.peers.put_aside(from, now_ms.saturating_add(self.config.limits.lying_aside_ms));
                Some(Action::Misbehaved { peer: from, reason })
            }
        }
    }

    fn on_advanced(&mut self, height: Height, digest: Digest) {
        if height <= self.head.height {
            return;
        }
        self.head = Head { height, digest };
        self.still_since_ms = None;
        if self.accepted.is_none() {
            // The engine moved by itself. If it still lacks something it will say so again.
            self.behind = None;
        }
        self.accepted.take_if(|accepted| *accepted <= height);
    }

    fn on_peer_down(&mut self, peer: ValidatorIndex) {
        self.peers.on_down(peer);
        self.asked.take_if(|asked| asked.to == peer);
        if let Some(behind) = &mut self.behind {
            behind.holders.retain(|index| *index != peer);
        }
    }

    fn time_out(&mut self, now_ms: u64) {
        if let Some(asked) = self.asked.take_if(|asked| asked.until_ms <= now_ms) {
            self.peers.put_aside(asked.to, now_ms.saturating_add(self.config.limits.silent_aside_ms));
        }
    }

    /// Asks the next candidate, if there is a reason to and no question is open.
    fn ask(&mut self, now_ms: u64) -> Option<Action> {
        if self.is_syncing() || !self.has_reason(now_ms) {
            return None;
        }
        let holders = self.behind.as_ref().map_or(&[][..], |behind| &behind.holders);
        let Some(to) = self.peers.next_ahead(now_ms, self.head.height, holders) else {
            self.behind = None;
            return None;
        };
        let from = self.head.height.next();
        let until_ms = now_ms.saturating_add(self.config.limits.answer_timeout_ms);
        self.asked = Some(Asked { to, from, until_ms });
        Some(Action::Ask { to, request: Request::Blocks { from } })
    }

    fn has_reason(&mut self, now_ms: u64) -> bool {
        let gap = self.peers.best_finalized(now_ms).0.saturating_sub(self.head.height.0);
        let since_ms = (gap > 0).then(|| self.still_since_ms.unwrap_or(now_ms));
        self.still_since_ms = since_ms;
        let stuck = since_ms.is_some_and(|since| since.saturating_add(self.config.limits.patience_ms) <= now_ms);
        stuck || gap >= self.config.limits.far_behind || self.behind.is_some()
    }
}
