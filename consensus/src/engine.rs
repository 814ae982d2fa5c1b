//! The machine: its state, its match table over inputs, and the rules that are tried after each.
//! Pure: time comes in, everything else goes out in [`Ready`].

mod asking;
mod certificates;
mod evidence;
mod finality;
mod helping;
#[cfg(test)]
mod probe;
mod proposing;
mod receiving;
mod repeating;
mod resuming;
mod shown;
pub mod status;
mod voting;
mod waking;

use corridor_crypto::{Digest, Verified};
use corridor_types::{Block, SignRequest, ValidatorIndex, ValidatorSet, View};

use crate::chain::{Chain, Finality, Tipped};
use crate::config::{Config, Resume};
use crate::interface::{Action, Input, Ready};
use crate::invariants::Watch;
use crate::leader::Leaders;
use crate::pacing::Pacing;
use crate::presence::Presence;
use crate::requests::Requests;
use crate::turn::Turn;

/// Views above the current one whose proposals and votes are kept. Honest validators are apart by
/// more than a view or two only after losses, and then certificates bring them together. 32 views
/// of 128 validators are below 2 MB.
pub const VIEWS_AHEAD: u64 = 32;

/// Views below the current one whose votes are kept, so that late *finalize* votes still count.
pub const VIEWS_BEHIND: u64 = 8;

/// The consensus engine of one node. See the crate's documentation for the protocol.
#[derive(Debug, Clone)]
pub struct Engine {
    validators: ValidatorSet,
    set_digest: Digest,
    me: Option<ValidatorIndex>,
    leaders: Leaders,
    chain: Chain,
    view: View,
    pacing: Pacing,
    presence: Presence,
    turn: Turn,
    requests: Requests,
    /// What the highest finalization lacks, as last found.
    finality: Finality,
    /// The replica has something to order that is not final.
    work: bool,
    started: bool,
    /// Nothing is voted in views up to here; see [`Engine::never_vote_up_to`].
    unknown: View,
    now: u64,
    ready: Ready,
    watch: Watch,
}

impl Engine {
    /// An engine that continues from what disk and signer remember. The first [`Engine::step`]
    /// starts it; [`Engine::next_deadline`] asks for that at once.
    pub fn new(config: Config, resume: Resume) -> Self {
        let Config { validators, me, genesis, timeouts } = config;
        let tip = |(block, finalization): (Block, _)| Tipped { digest: block.digest(), block, finalization };
        let mut engine = Self {
            set_digest: validators.digest(),
            leaders: Leaders::new(&validators),
            chain: Chain::new(genesis, resume.finalized.map(tip)),
            view: View(1),
            pacing: Pacing::new(timeouts),
            presence: Presence::new(&validators),
            turn: Turn::default(),
            requests: Requests::default(),
            finality: Finality::Nothing,
            work: false,
            started: false,
            unknown: View(0),
            now: 0,
            ready: Ready::default(),
            watch: Watch::default(),
            validators,
            me,
        };
        engine.restore_certificates(resume.certificates.into_iter().map(Verified::into_inner).collect());
        engine.restore_blocks(resume.blocks);
        engine.restore_own(resume.votes, resume.proposals);
        engine.view = engine.chain.highest_end().next();
        engine
    }

    /// Takes one input at `now_ms` of a steady clock and returns what to do.
    pub fn step(&mut self, now_ms: u64, input: Input) -> Ready {
        self.now = self.now.max(now_ms);
        if !self.started {
            self.start();
        }
        match input {
            Input::Tick => {}
            Input::Proposal(proposal) => self.on_proposal(proposal.into_inner()), // 3.2
            Input::Vote(vote) => self.on_vote(vote.into_inner()),                 // 4.1
            Input::Certificate(certificate) => self.on_certificate(certificate.into_inner()), // 4.2
            Input::Signed(signed) => self.on_signed(signed),                      // 3.5
            Input::Block(block) => self.on_block(block),                          // 9.4
            Input::Built { view, parent, cut, time, next } if view == self.view => {
                self.on_built(parent, cut, time, next); // 3.1
            }
            Input::Built { .. } => {}
            Input::Judged { block, acceptable } => self.on_judged(block, acceptable), // 3.2
            Input::Work(work) => self.on_work(work),                                  // 7.1
            Input::PeerStatus { from, status } => self.on_peer_status(from, &status), // 9.3
            Input::Wanted { from, view } => self.on_wanted(from, view),               // 9.3
            Input::Synced { block, finalization } => {
                self.on_synced(block, finalization.map(Verified::into_inner)); // 9.5
            }
        }
        self.follow_rules();
        self.check();
        let ready = std::mem::take(&mut self.ready);
        match self.watch.broken() {
            None => ready,
            Some(rule) => Ready { then: vec![Action::Halt { rule }], ..Ready::default() },
        }
    }

    /// What holds after every step. A rule that is broken once stays broken.
    fn check(&mut self) {
        let (finalized, watch) = (self.chain.finalized_view(), &mut self.watch);
        watch.demand(self.view > finalized, "the current view is above the finalized one");
        watch.demand(self.view > self.chain.highest_end(), "the current view is not over");
        watch.demand(self.me.is_some() || self.ready.sign.is_empty(), "an observer signs nothing");
        let epoch = self.validators.epoch();
        for request in &self.ready.sign {
            let (of, view) = match request {
                SignRequest::Vote(vote) => (vote.epoch, vote.view),
                SignRequest::Proposal(block) => (block.epoch, block.view),
                // The engine asks for no other signature.
                SignRequest::Batch(_) | SignRequest::Acknowledgement(_) | SignRequest::Outcome(_) => continue,
            };
            watch.demand(of == epoch, "votes and proposals are of the engine's epoch");
            watch.demand(view > self.unknown, "nothing is signed in a view that an old record may have voted in");
        }
    }

    /// What can be done now, whatever the input was.
    fn follow_rules(&mut self) {
        self.follow_finality(); // 4.3
        if self.is_closed() {
            return self.pacing.rest(); // 16.4
        }
        self.wake_or_rest(); // 7.1
        self.skip_absent_leader(); // 8
        self.propose(); // 3.1
        self.notarize(); // 3.2
        self.expire(); // 3.3
        self.repeat(); // 9.1
    }

    /// When a [`Input::Tick`] is wanted; `None` while idle.
    pub fn next_deadline(&self) -> Option<u64> {
        if !self.started {
            return Some(0);
        }
        if self.is_closed() {
            return None;
        }
        let view = self.pacing.view_deadline().filter(|_| self.me.is_some() && !self.turn.has_timed_out());
        let hold = self.turn.held_until().filter(|_| self.wants_to_propose());
        [view, hold, self.pacing.repeat_at()].into_iter().flatten().min()
    }

    /// Leaves every view up to `view`.
    fn enter_after(&mut self, view: View) {
        self.watch.demand(view >= self.view, "views are only entered upwards");
        let since = self.view.back(VIEWS_BEHIND + 1);
        self.view = view.next();
        self.turn = Turn::default();
        self.pacing.enter_view(self.now);
        self.requests.enter_view();
        self.chain.trim(since, self.view.back(VIEWS_BEHIND));
        self.chain.forget_far_below(self.view);
    }

    /// After catch-up: the view follows the highest certificate.
    fn enter_after_ended_views(&mut self) {
        let ended = self.chain.highest_end();
        if ended >= self.view {
            self.enter_after(ended);
        }
    }
}
