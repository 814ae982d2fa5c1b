//! The machine: its state, its match table over inputs, and the rules that are tried after each.
//! Pure: time comes in, everything else goes out in [`Ready`].

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::{Block, Message, Signed, SignedProposal, SignedVote, ValidatorIndex, ValidatorSet, View};

use crate::chain::{Chain, Finality, Tipped};
use crate::config::{Config, Resume};
use crate::interface::{Input, Ready};
use crate::leader::Leaders;
use crate::pacing::Pacing;
use crate::presence::Presence;
use crate::proposing::Turn;
use crate::requests::Requests;
use crate::view::{Own, Proposed, Slot};

/// Views above the current one whose proposals and votes are kept. Honest validators are apart by
/// more than a view or two only after losses, and then certificates bring them together. 32 views
/// of 128 validators are below 2 MB.
pub const VIEWS_AHEAD: u64 = 32;

/// Views below the current one whose votes are kept, so that late *finalize* votes still count.
pub const VIEWS_BEHIND: u64 = 8;

/// The consensus engine of one node. See the crate's documentation for the protocol.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) validators: ValidatorSet,
    pub(crate) set_digest: Digest,
    pub(crate) me: Option<ValidatorIndex>,
    pub(crate) leaders: Leaders,
    pub(crate) chain: Chain,
    pub(crate) view: View,
    pub(crate) pacing: Pacing,
    pub(crate) presence: Presence,
    pub(crate) turn: Turn,
    pub(crate) requests: Requests,
    /// What the highest finalization lacks, as last found.
    pub(crate) finality: Finality,
    /// The replica has something to order that is not final.
    pub(crate) work: bool,
    pub(crate) started: bool,
    /// Nothing is voted in views up to here; see [`Engine::never_vote_up_to`].
    pub(crate) unknown: View,
    pub(crate) now: u64,
    pub(crate) ready: Ready,
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
            validators,
            me,
        };
        engine.restore_certificates(resume.certificates.into_iter().map(|held| held.into_inner()).collect());
        engine.restore_blocks(resume.blocks);
        engine.restore_own(resume.votes, resume.proposals);
        engine.view = engine.chain.highest_end().next();
        engine
    }

    /// An engine that followed in silence begins to vote as `me`, bound by what it signed before.
    pub fn take_part(
        &mut self,
        me: ValidatorIndex,
        votes: Vec<corridor_crypto::Verified<SignedVote>>,
        proposals: Vec<corridor_crypto::Verified<SignedProposal>>,
    ) {
        self.me = Some(me);
        self.recognise_shown(me);
        self.restore_own(votes, proposals);
        // The view may have run out while we only watched: our own patience with it begins now.
        self.turn = Turn::default();
        self.started = false;
    }

    /// SPECIFICATION 3.5: what peers have shown of ours while we followed in silence counts as cast.
    fn recognise_shown(&mut self, me: ValidatorIndex) {
        for slot in self.chain.slots.values_mut() {
            slot.tally.of(me).for_each(|vote| slot.own.record(&vote.vote.kind));
        }
    }

    /// In views up to `view` this key may have signed what nobody here knows of: the record is an old copy.
    /// So nothing is signed there any more, not even *finalize* for a notarization that comes late (3.4).
    pub fn never_vote_up_to(&mut self, view: View) {
        self.unknown = self.unknown.max(view);
    }

    /// The engine follows in silence from now on. What it signed before stays known.
    pub const fn stand_aside(&mut self) {
        self.me = None;
    }

    /// The highest view of which a vote, a proposal or a certificate with a signature of `validator`
    /// is held; 0 if there is none.
    pub fn highest_signed_by(&self, validator: ValidatorIndex) -> View {
        let signed = |certificate: &corridor_types::Certificate| {
            certificate.signatures.binary_search_by_key(&validator, |(voter, _)| *voter).is_ok()
        };
        let holds = |slot: &Slot| {
            let proposed = slot.proposal.as_ref().is_some_and(|held| held.signed.block.proposer == validator);
            proposed || slot.tally.of(validator).next().is_some() || slot.certificates().any(signed)
        };
        let held = self.chain.slots.iter().rev().find(|(_, slot)| holds(slot)).map(|(view, _)| *view);
        let finalization = self.chain.highest_finalization().filter(|held| signed(held));
        held.max(finalization.map(|held| held.vote.view)).unwrap_or_default()
    }

    /// What shows [`Self::highest_signed_by`] to whoever doubts it; `None` if that is 0.
    pub fn shows_signed_by(&self, validator: ValidatorIndex) -> Option<Message> {
        let view = self.highest_signed_by(validator);
        let signed = |certificate: &&corridor_types::Certificate| {
            certificate.signatures.binary_search_by_key(&validator, |(voter, _)| *voter).is_ok()
        };
        let slot = self.chain.slots.get(&view);
        let vote = slot.and_then(|slot| slot.tally.of(validator).next()).map(|vote| Message::Vote(*vote));
        let certificate = slot.and_then(|slot| slot.certificates().find(signed));
        let finalization = self.chain.highest_finalization().filter(|held| held.vote.view == view).filter(signed);
        let certificate = certificate.or(finalization).map(|held| Message::Certificate(held.clone()));
        let proposal = slot.and_then(|slot| slot.proposal.as_ref()).map(|held| &held.signed);
        let proposal = proposal.filter(|signed| signed.block.proposer == validator);
        let proposal = proposal.map(|signed| Message::Proposal { proposal: signed.clone(), proofs: Vec::new() });
        vote.or(certificate).or(proposal)
    }

    fn restore_certificates(&mut self, certificates: Vec<corridor_types::Certificate>) {
        for certificate in certificates {
            let view = certificate.vote.view;
            if certificate.vote.epoch == self.validators.epoch() && view > self.chain.finalized_view() {
                self.chain.add_certificate(certificate);
            }
        }
    }

    fn restore_blocks(&mut self, blocks: Vec<Block>) {
        let finalized = self.chain.finalized_view();
        let epoch = self.validators.epoch();
        for block in blocks.into_iter().filter(|block| block.view > finalized && block.epoch == epoch) {
            let (view, digest) = (block.view, block.digest());
            self.chain.add_body(view, digest, block, true);
        }
    }

    /// SPECIFICATION 12: own votes count as cast, whatever else was lost.
    fn restore_own(
        &mut self,
        votes: Vec<corridor_crypto::Verified<SignedVote>>,
        proposals: Vec<corridor_crypto::Verified<SignedProposal>>,
    ) {
        if planted::is(Bug::OwnVotesForgotten) || planted::is(Bug::SignerChecksNothing) {
            return;
        }
        let finalized = self.chain.finalized_view();
        for vote in votes.iter().filter(|vote| {
            Some(vote.voter) == self.me && vote.vote.view > finalized && vote.vote.epoch == self.validators.epoch()
        }) {
            let slot = self.chain.slot_mut(vote.vote.view);
            slot.own.record(&vote.vote.kind);
            slot.tally.add(**vote);
        }
        for proposal in proposals.into_iter().map(corridor_crypto::Verified::into_inner) {
            let (view, digest) = (proposal.block.view, proposal.block.digest());
            let ours = proposal.block.epoch == self.validators.epoch() && Some(proposal.block.proposer) == self.me;
            if ours && view > finalized {
                let slot = self.chain.slot_mut(view);
                slot.own.proposed = true;
                slot.add_proposal(digest, proposal.clone());
                self.chain.add_body(view, digest, proposal.block, false);
            }
        }
    }

    /// Takes one input at `now_ms` of a steady clock and returns what to do.
    pub fn step(&mut self, now_ms: u64, input: Input) -> Ready {
        self.now = self.now.max(now_ms);
        if !self.started {
            self.start();
        }
        match input {
            Input::Tick => {}
            Input::Proposal(proposal) => self.take_proposal(proposal.into_inner()), // 3.2
            Input::Vote(vote) => self.take_vote(vote.into_inner()),                 // 4.1
            Input::Certificate(certificate) => self.take_certificate(certificate.into_inner()), // 4.2
            Input::Signed(signed) => self.take_signed(signed),                      // 3.5
            Input::Block(block) => self.take_block(block),                          // 9.4
            Input::Built { view, parent, cut, time, next } if view == self.view => {
                self.take_built(parent, cut, time, next); // 3.1
            }
            Input::Built { .. } => {}
            Input::Judged { block, acceptable } => self.take_judgement(block, acceptable), // 3.2
            Input::Work(work) => self.take_work(work),                                     // 7.1
            Input::PeerStatus { from, status } => self.compare_status(from, &status),      // 9.3
            Input::Wanted { from, view } => self.answer_wanted(from, view),                // 9.3
            Input::Synced { block, finalization } => {
                self.adopt_synced(block, finalization.map(corridor_crypto::Verified::into_inner)); // 9.5
            }
        }
        self.follow_rules();
        std::mem::take(&mut self.ready)
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
        let view = self.pacing.view_deadline.filter(|_| self.me.is_some() && !self.turn.timed_out);
        let hold = self.turn.held_until.filter(|_| self.turn.is_holding() && self.wants_to_propose());
        [view, hold, self.pacing.repeat_at].into_iter().flatten().min()
    }

    /// SPECIFICATION 12: the same votes are sent again, and notarizations found on disk are voted
    /// on as if they came in now.
    fn start(&mut self) {
        self.started = true;
        self.pacing.enter_view(self.now);
        let notarized = |(view, slot): (&View, &Slot)| {
            slot.notarization.as_ref().and_then(|held| held.block()).map(|block| (*view, block))
        };
        let open = self.chain.slots.range(self.chain.finalized_view().next()..);
        for (view, block) in open.filter_map(notarized).collect::<Vec<_>>() {
            self.finalize_vote(view, block);
        }
        if self.pacing_reason() && !self.is_closed() {
            self.repeat_at_once();
        }
    }

    fn repeat_at_once(&mut self) {
        self.pacing.wake(self.now);
        self.pacing.repeat_at = Some(self.now);
    }

    /// Leaves every view up to `view`.
    pub(crate) fn enter_after(&mut self, view: View) {
        let since = View(self.view.0.saturating_sub(VIEWS_BEHIND + 1));
        self.view = view.next();
        self.turn = Turn::default();
        self.pacing.enter_view(self.now);
        self.requests.enter_view();
        self.chain.trim(since, View(self.view.0.saturating_sub(VIEWS_BEHIND)));
        self.chain.forget_far_below(self.view);
    }

    /// After catch-up: the view follows the highest certificate.
    pub(crate) fn enter_after_ended_views(&mut self) {
        let ended = self.chain.highest_end();
        if ended >= self.view {
            self.enter_after(ended);
        }
    }

    /// Counts a signed message as a sign of life.
    pub(crate) fn hear(&mut self, from: ValidatorIndex, view: View) {
        let limit = View(self.view.0.saturating_add(VIEWS_AHEAD));
        if Some(from) != self.me {
            self.presence.heard(from, view, limit);
        }
    }

    fn take_vote(&mut self, vote: SignedVote) {
        if vote.vote.epoch == self.validators.epoch() {
            self.help_voter(vote.voter, vote.vote.view);
        }
        self.count_vote(vote);
    }

    /// A proposal counts only from its view's leader, with the header of this epoch.
    fn take_proposal(&mut self, proposal: SignedProposal) {
        let block = &proposal.block;
        if !self.has_valid_header(block) {
            return;
        }
        let (view, proposer, digest) = (block.view, block.proposer, block.digest());
        self.hear(proposer, view);
        self.help_voter(proposer, view);
        if view <= self.chain.finalized_view() || !self.keeps_votes_of(view.0) {
            return;
        }
        match self.chain.slot_mut(view).add_proposal(digest, proposal.clone()) {
            Proposed::Repeated => {}
            Proposed::Conflicts { earlier } => self.accuse_leader(earlier, proposal),
            Proposed::New => self.note_proposal(digest, proposal.block),
        }
    }

    fn note_proposal(&mut self, digest: Digest, block: Block) {
        let view = block.view;
        if Some(block.proposer) == self.me {
            self.chain.slot_mut(view).own.proposed = true;
        }
        self.chain.add_body(view, digest, block, false);
        if self.chain.slot(view).is_some_and(|slot| slot.names(digest)) {
            self.save_body(view, digest);
        }
    }

    /// SPECIFICATION 2.3: what can be checked without the parent.
    fn has_valid_header(&self, block: &Block) -> bool {
        block.epoch == self.validators.epoch()
            && block.view.0 > 0
            && block.proposer == self.leaders.of(block.view)
            && block.parent_view < block.view
            && block.validators == self.set_digest
    }

    /// SPECIFICATION 3.5: only what came back from the signer is sent.
    fn take_signed(&mut self, signed: Signed) {
        match signed {
            Signed::Vote(vote) if Some(vote.voter) == self.me => {
                if vote.vote.view >= self.chain.finalized_view() {
                    self.broadcast(Message::Vote(*vote));
                }
                self.count_vote(*vote);
            }
            Signed::Proposal(proposal) if Some(proposal.block.proposer) == self.me => {
                let (proposal, digest) = ((**proposal).clone(), proposal.block.digest());
                // The one before may have ended while it was with the signer: views alone do not tell.
                let is_current = proposal.block.epoch == self.validators.epoch();
                if is_current && proposal.block.view > self.chain.finalized_view() {
                    self.chain.slot_mut(proposal.block.view).add_proposal(digest, proposal.clone());
                    self.broadcast_proposal(proposal);
                }
            }
            _ => {}
        }
    }

    /// SPECIFICATION 9.4: a body by name.
    fn take_block(&mut self, block: Block) {
        let (view, digest) = (block.view, block.digest());
        if view > self.chain.finalized_view() && self.chain.slot(view).is_some_and(|slot| slot.names(digest)) {
            self.chain.add_body(view, digest, block, false);
            self.save_body(view, digest);
            self.requests.arrived(digest);
        }
    }

    fn take_work(&mut self, work: bool) {
        self.work = work;
        if work && self.turn.is_holding() {
            self.turn.ask_again();
        }
    }

    /// SPECIFICATION 7.1: clocks run only while somebody has a reason.
    fn wake_or_rest(&mut self) {
        if self.pacing_reason() {
            self.pacing.wake(self.now);
        } else {
            self.pacing.rest();
        }
    }

    fn pacing_reason(&self) -> bool {
        (self.work && self.me.is_some())
            || self.chain.has_unfinalized_content()
            || self.chain.has_pending_finalization()
            || self.own(self.view).is_some_and(Own::has_voted)
            || self.is_woken()
    }

    /// SPECIFICATION 7.2: others are at work in this view or later.
    fn is_woken(&self) -> bool {
        if self.chain.slot(self.view).is_some_and(|slot| slot.proposal.is_some()) {
            return true;
        }
        let awake: u128 = self.presence.at_or_after(self.view).map(|index| self.validators.power(index)).sum();
        let within_round = self.view.0 - self.chain.finalized_view().0 <= self.leaders.cycle();
        self.validators.has_honest(awake) || (awake > 0 && within_round)
    }

    /// SPECIFICATION, section 8.
    fn skip_absent_leader(&mut self) {
        let leader = self.leaders.of(self.view);
        let waiting = self.chain.slot(self.view).is_none_or(|slot| slot.proposal.is_none() && !slot.own.has_voted());
        if self.pacing.is_awake() && waiting && Some(leader) != self.me && self.presence.is_absent(leader) {
            self.nullify();
        }
    }

    /// SPECIFICATION 3.3: the view's time is over.
    fn expire(&mut self) {
        if self.pacing.view_deadline.is_some_and(|deadline| deadline <= self.now) && !self.turn.timed_out {
            self.turn.timed_out = true;
            self.nullify();
        }
    }
}
