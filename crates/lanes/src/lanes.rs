//! The machine: its state, its one match table, and its timers.

use std::collections::BTreeMap;

use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::tip_of;
use corridor_types::{Message, ParticipantId, Request, Sequence, Signed, Tip, ValidatorIndex, VerifiedBatch};

use crate::author::Author;
use crate::chain::{Chain, Place, place_of, size_of};
use crate::config::{Config, Limits, RESEND_BATCHES, RESEND_BYTES};
use crate::lane::{Lane, is_current};
use crate::wants::{Due, Need, Wants};
use crate::{Action, Input, Ready, Recipient, Resume, ResumeError};

/// All lanes as one node holds them. See the crate documentation for the protocol.
#[derive(Debug)]
pub struct Lanes {
    /// With limits as they are in this epoch.
    pub(crate) config: Config,
    /// The limits as they were configured.
    pub(crate) configured: Limits,
    /// Of the validators of this epoch and the one before, and of all others that the cut names.
    pub(crate) lanes: BTreeMap<ParticipantId, Lane>,
    pub(crate) wants: Wants,
    pub(crate) author: Option<Author>,
}

/// How much the lanes hold, for an operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Transactions that wait for a batch of ours.
    pub pending_transactions: usize,
    /// Their encoded bytes.
    pub pending_bytes: usize,
    /// Batches held above the finalized cut.
    pub held_batches: usize,
    /// Their payload bytes.
    pub held_bytes: usize,
    /// Batches that are missing.
    pub wanted_batches: usize,
}

/// The place of `lane` in a cut.
pub(crate) fn place_in(cut: &[Tip], lane: ParticipantId) -> Place {
    tip_of(cut, lane).map_or(Place::START, Place::of_tip)
}

impl Lanes {
    /// Goes on from what the disk holds; on a new disk from nothing.
    ///
    /// # Errors
    /// [`ResumeError`] if our own lane's draft is damaged or detached.
    pub fn new(mut config: Config, resume: Resume) -> Result<Self, ResumeError> {
        let configured = config.limits;
        config.limits = config.limits.clamped(config.validators.len());
        let cut = &resume.finalized_cut;
        let members = [Some(&config.validators), config.previous.as_ref()].into_iter().flatten();
        let named = members.flat_map(|set| set.iter().map(|(_, validator)| validator.participant));
        let named = named.chain(cut.iter().map(|tip| tip.lane));
        let mut lanes: BTreeMap<_, _> = named.map(|lane| (lane, Lane::new(place_in(cut, lane)))).collect();
        for batch in resume.batches {
            let chain = lanes.get_mut(&batch.header().lane).map(|state| &mut state.chain);
            let chain = chain.filter(|chain| batch.header().sequence > chain.finalized().sequence);
            if let Some(chain) = chain {
                chain.insert(batch);
            }
        }
        let member = config.me.and_then(|me| config.validators.get(me)).map(|validator| validator.participant);
        let own_lane = member.or_else(|| resume.draft.as_ref().map(|draft| draft.header.lane));
        let own_tip = own_lane.and_then(|lane| lanes.get(&lane)).map_or(Place::START, |state| state.chain.tip());
        let author = own_lane.map(|lane| Author::new(&config, lane).resume(own_tip, resume.draft)).transpose()?;
        Ok(Self { config, configured, lanes, wants: Wants::default(), author })
    }

    /// Takes one input in.
    pub fn step(&mut self, now_ms: u64, input: Input) -> Ready {
        let mut ready = Ready::default();
        match input {
            Input::Tick => {}
            Input::Submit(transactions) => self.on_submit(now_ms, transactions, &mut ready),
            Input::Batch { from, batch } => self.on_batch(now_ms, from, batch, &mut ready),
            Input::Run { from, batches } => {
                batches.into_iter().for_each(|batch| self.on_batch(now_ms, from, batch, &mut ready));
            }
            Input::Acknowledgement(signed) => self.on_acknowledgement(now_ms, &signed, &mut ready),
            Input::Proof(proof) => self.on_proof(proof, &mut ready),
            Input::Named { from, tip } => self.on_named(now_ms, from, tip.lane, Place::of_tip(&tip)),
            Input::Asked { from, lane, sequence } => self.on_asked(now_ms, from, lane, sequence),
            Input::Signed(Signed::Batch(header, signature)) => self.on_own(now_ms, header, signature, &mut ready),
            Input::Signed(Signed::Acknowledgement(signed)) => {
                self.on_acknowledgement_signed(now_ms, signed, &mut ready);
            }
            Input::Signed(_) => {}
            Input::Finalized { cut } => self.on_finalized(now_ms, &cut, &mut ready),
            Input::Epoch { validators, me } => self.on_epoch(now_ms, validators, me, &mut ready),
            Input::TakePart { me, draft } => self.on_take_part(now_ms, me, draft, &mut ready),
            Input::Carry => self.on_carry(now_ms, &mut ready),
            Input::Leave { lane, draft } => self.on_leave(now_ms, lane, draft),
            Input::PeerUp(peer) => self.on_peer_up(now_ms, peer),
        }
        self.close_batch(now_ms, &mut ready);
        self.resend(now_ms, &mut ready);
        self.share(now_ms, &mut ready);
        self.review(now_ms, &mut ready);
        ready.then.extend(self.fetches(now_ms));
        ready
    }

    /// When to step at the latest. `None` while nothing waits for time to pass.
    pub fn next_deadline(&self) -> Option<u64> {
        let author = self.author.as_ref().zip(self.own_chain()).and_then(|(author, chain)| {
            let close_ms = author.next_close_ms(chain, &self.config.validators, &self.config.limits);
            [close_ms, author.delivery.next_deadline()].into_iter().flatten().min()
        });
        let share_ms = self.lanes.values().filter_map(|state| state.acknowledging.next_deadline()).min();
        [author, self.wants.next_deadline(), share_ms].into_iter().flatten().min()
    }

    /// How much is held and waits.
    pub fn load(&self) -> Load {
        let pending = self.author.as_ref().map(|author| &author.pending);
        Load {
            pending_transactions: pending.map_or(0, |pending| pending.len()),
            pending_bytes: pending.map_or(0, |pending| pending.bytes()),
            held_batches: self.lanes.values().map(|state| state.chain.len()).sum(),
            held_bytes: self.lanes.values().map(|state| state.chain.bytes()).sum(),
            wanted_batches: self.wants.len(),
        }
    }

    /// The newest place of a lane that is held or final.
    pub fn newest(&self, lane: ParticipantId) -> Tip {
        self.lanes.get(&lane).map_or(Place::START, |state| state.chain.tip()).on(lane)
    }

    /// Every batch held above the finalized cut, as the disk has them: what [`Resume::batches`] takes when
    /// the finalized cut jumps. Shares the payloads.
    pub fn held(&self) -> Vec<VerifiedBatch> {
        self.lanes.values().flat_map(|state| state.chain.all().cloned()).collect()
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.config.limits
    }

    pub(crate) fn own_chain(&self) -> Option<&Chain> {
        self.author.as_ref().and_then(|author| self.lanes.get(&author.lane)).map(|state| &state.chain)
    }

    fn close_batch(&mut self, now_ms: u64, ready: &mut Ready) {
        let Some(author) = &mut self.author else { return };
        let Some(Lane { chain, .. }) = self.lanes.get(&author.lane) else { return };
        let (limits, epoch) = (&self.config.limits, self.config.validators.epoch());
        let close_ms = author.next_close_ms(chain, &self.config.validators, limits);
        if close_ms.is_some_and(|at| at <= now_ms) {
            author.close(now_ms, chain.tip(), epoch, limits, ready);
        }
    }

    fn on_peer_up(&mut self, now_ms: u64, peer: ValidatorIndex) {
        let Some(author) = &mut self.author else { return };
        let Some(Lane { chain, .. }) = self.lanes.get(&author.lane) else { return };
        let reach = author.reach(chain);
        author.delivery.on_peer_up(now_ms, peer, reach, &self.config.limits);
    }

    fn resend(&mut self, now_ms: u64, ready: &mut Ready) {
        let Some(author) = &mut self.author else { return };
        let Some(Lane { chain, .. }) = self.lanes.get(&author.lane) else { return };
        let (reach, epoch) = (author.reach(chain), self.config.validators.epoch());
        for (peer, has) in author.delivery.take_due(now_ms, reach, &self.config.limits) {
            let (mut bytes, mut end) = (0, has);
            // Peers take what is older only below one of these, and fetch it then.
            let current = chain.above(has).filter(|batch| is_current(batch.header().epoch, epoch));
            for batch in current.take(RESEND_BATCHES) {
                bytes += size_of(batch);
                if bytes > RESEND_BYTES && end > has {
                    break;
                }
                end = place_of(batch).sequence;
                ready.send(Recipient::One(peer), message_of(batch));
            }
            author.delivery.on_resent(peer, end);
        }
    }

    /// Updates whom we trust.
    fn review(&mut self, now_ms: u64, ready: &mut Ready) {
        for state in self.lanes.values_mut() {
            let (tip, proven) = (state.chain.tip().sequence, state.proven());
            if state.standing.review(now_ms, tip, proven, &self.config.limits) {
                ready.then.push(Action::Available);
            }
        }
    }

    /// Fetches that are due. That we have to ask at all counts against the author, unless it is for
    /// execution, where we may be the late one.
    pub(crate) fn fetches(&mut self, now_ms: u64) -> Vec<Action> {
        let due = self.wants.take_due(now_ms, &self.config.limits);
        let Config { validators, me, limits, .. } = &self.config;
        for due in due.iter().filter(|due| due.attempts == 0 && due.need == Need::Tentative) {
            if let Some((me, state)) = me.zip(self.lanes.get_mut(&due.key.0)) {
                state.standing.on_late(now_ms, me, Some(me), validators, limits);
            }
        }
        due.into_iter().filter_map(|due| self.fetch(due)).collect()
    }

    fn fetch(&self, Due { key: (lane, place), need, holder, attempts }: Due) -> Option<Action> {
        let peers = match need {
            Need::Heard => holder.into_iter().collect(),
            Need::Tentative | Need::Execution => self.holders(lane, holder, attempts),
        };
        let above = self.known_below(lane, &place);
        let request = Request::Batches { lane, sequence: place.sequence, digest: place.digest, above };
        (!peers.is_empty()).then_some(Action::Fetch { request, peers })
    }

    /// The highest position below a missing batch that is final, held, or asked for separately.
    fn known_below(&self, lane: ParticipantId, place: &Place) -> Sequence {
        let held = self.lanes.get(&lane).map(|state| state.chain.known_below(place.sequence));
        held.max(self.wants.next_below(&(lane, *place))).unwrap_or_default()
    }

    /// Whom to ask for a batch of `lane`: who is known to hold it, its author, then the others in
    /// turn, shifted by one with every attempt.
    fn holders(&self, lane: ParticipantId, holder: Option<ValidatorIndex>, attempts: usize) -> Vec<ValidatorIndex> {
        let mut peers: Vec<_> = self.config.validators.iter().map(|(index, _)| index).collect();
        let author = self.config.validators.index_of(lane).map_or(0, |index| usize::from(index.0));
        peers.rotate_left(author);
        let holder = holder.and_then(|holder| peers.iter().position(|peer| *peer == holder));
        if let Some(position) = holder {
            peers[..=position].rotate_right(1);
        }
        peers.retain(|index| Some(*index) != self.config.me);
        let shift = attempts.checked_rem(peers.len()).unwrap_or(0);
        let shift = if planted::is(Bug::BatchAskedOfAuthorOnly) { 0 } else { shift };
        peers.rotate_left(shift);
        peers
    }
}

/// A batch as it travels. Shares the payload.
pub(crate) fn message_of(batch: &VerifiedBatch) -> Message {
    Message::Batch((**batch.batch()).clone())
}
