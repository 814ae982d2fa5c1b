//! The machine: its state, its one match table, and its timers.

use std::collections::BTreeMap;

use corridor_types::persist::tip_of;
use corridor_types::{Message, ParticipantId, Request, Signed, Tip, ValidatorIndex, VerifiedBatch};

use crate::acknowledging::Acknowledging;
use crate::author::Author;
use crate::chain::{Chain, Place, place_of, size_of};
use crate::config::{Config, Limits, RESEND_BATCHES, RESEND_BYTES};
use crate::wants::Wants;
use crate::{Action, Input, Ready, Recipient, Resume, ResumeError};

/// All lanes as one node holds them. See the crate documentation for the protocol.
#[derive(Debug)]
pub struct Lanes {
    pub(crate) config: Config,
    pub(crate) chains: BTreeMap<ParticipantId, Chain>,
    pub(crate) acknowledging: BTreeMap<ParticipantId, Acknowledging>,
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
        config.limits = config.limits.clamped(config.validators.len());
        let lanes: Vec<_> = config.validators.iter().map(|(_, validator)| validator.participant).collect();
        let mut chains: BTreeMap<_, _> =
            lanes.iter().map(|lane| (*lane, Chain::new(place_in(&resume.finalized_cut, *lane)))).collect();
        for batch in resume.batches {
            let chain = chains.get_mut(&batch.header().lane);
            let chain = chain.filter(|chain| batch.header().sequence > chain.finalized().sequence);
            chain.map(|chain| chain.insert(batch));
        }
        let own_lane = config.me.and_then(|me| config.validators.get(me)).map(|validator| validator.participant);
        let own_tip = own_lane.and_then(|lane| chains.get(&lane)).map_or(Place::START, Chain::tip);
        let author = Author::resume(&config, own_tip, resume.draft)?;
        let acknowledging = lanes.into_iter().map(|lane| (lane, Acknowledging::default())).collect();
        Ok(Self { config, chains, acknowledging, wants: Wants::default(), author })
    }

    /// Takes one input in.
    pub fn step(&mut self, now_ms: u64, input: Input) -> Ready {
        let mut ready = Ready::default();
        match input {
            Input::Tick => {}
            Input::Submit(transactions) => self.on_submit(now_ms, transactions, &mut ready),
            Input::Batch { from, batch } => self.on_batch(now_ms, from, batch, &mut ready),
            Input::Acknowledgement(signed) => self.on_acknowledgement(now_ms, &signed),
            Input::Signed(Signed::Batch(header, signature)) => self.on_own(now_ms, header, signature, &mut ready),
            Input::Signed(Signed::Acknowledgement(signed)) => self.on_acknowledgement_signed(signed, &mut ready),
            Input::Signed(_) => {}
            Input::Finalized { cut } => self.on_finalized(now_ms, &cut, &mut ready),
            Input::PeerUp(peer) => self.on_peer_up(now_ms, peer),
        }
        self.close_batch(now_ms, &mut ready);
        self.resend(now_ms, &mut ready);
        ready.then.extend(self.fetches(now_ms));
        ready
    }

    /// When to step at the latest. `None` while nothing waits for time to pass.
    pub fn next_deadline(&self) -> Option<u64> {
        let author = self.author.as_ref().zip(self.own_chain()).and_then(|(author, chain)| {
            let close_ms = author.next_close_ms(chain, &self.config.validators, &self.config.limits);
            [close_ms, author.delivery.next_deadline()].into_iter().flatten().min()
        });
        [author, self.wants.next_deadline()].into_iter().flatten().min()
    }

    /// How much is held and waits.
    pub fn load(&self) -> Load {
        let pending = self.author.as_ref().map(|author| &author.pending);
        Load {
            pending_transactions: pending.map_or(0, |pending| pending.len()),
            pending_bytes: pending.map_or(0, |pending| pending.bytes()),
            held_batches: self.chains.values().map(Chain::len).sum(),
            held_bytes: self.chains.values().map(Chain::bytes).sum(),
            wanted_batches: self.wants.len(),
        }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.config.limits
    }

    pub(crate) fn own_chain(&self) -> Option<&Chain> {
        self.author.as_ref().and_then(|author| self.chains.get(&author.lane))
    }

    fn close_batch(&mut self, now_ms: u64, ready: &mut Ready) {
        let Some(author) = &mut self.author else { return };
        let Some(chain) = self.chains.get(&author.lane) else { return };
        let limits = &self.config.limits;
        let close_ms = author.next_close_ms(chain, &self.config.validators, limits);
        if close_ms.is_some_and(|at| at <= now_ms) {
            author.close(now_ms, chain.tip(), limits, ready);
        }
    }

    fn on_peer_up(&mut self, now_ms: u64, peer: ValidatorIndex) {
        let Some(author) = &mut self.author else { return };
        let Some(chain) = self.chains.get(&author.lane) else { return };
        let reach = author.reach(chain);
        author.delivery.on_peer_up(now_ms, peer, reach, &self.config.limits);
    }

    fn resend(&mut self, now_ms: u64, ready: &mut Ready) {
        let Some(author) = &mut self.author else { return };
        let Some(chain) = self.chains.get(&author.lane) else { return };
        let reach = author.reach(chain);
        for (peer, has) in author.delivery.take_due(now_ms, reach, &self.config.limits) {
            let (mut bytes, mut end) = (0, has);
            for batch in chain.above(has).take(RESEND_BATCHES) {
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

    /// Fetches that are due.
    pub(crate) fn fetches(&mut self, now_ms: u64) -> Vec<Action> {
        let due = self.wants.take_due(now_ms, &self.config.limits);
        let fetch = |((lane, place), attempts): ((ParticipantId, Place), usize)| {
            let peers = self.holders(lane, attempts);
            let request = Request::Batch { lane, sequence: place.sequence, digest: place.digest };
            (!peers.is_empty()).then_some(Action::Fetch { request, peers })
        };
        due.into_iter().filter_map(fetch).collect()
    }

    /// Whom to ask for a batch of `lane`: its author, then the others in turn, shifted by one with
    /// every attempt.
    fn holders(&self, lane: ParticipantId, attempts: usize) -> Vec<ValidatorIndex> {
        let mut peers: Vec<_> = self.config.validators.iter().map(|(index, _)| index).collect();
        let author = self.config.validators.index_of(lane).map_or(0, |index| usize::from(index.0));
        peers.rotate_left(author);
        peers.retain(|index| Some(*index) != self.config.me);
        let shift = attempts.checked_rem(peers.len()).unwrap_or(0);
        peers.rotate_left(shift);
        peers
    }
}

/// A batch as it travels. Shares the payload.
pub(crate) fn message_of(batch: &VerifiedBatch) -> Message {
    Message::Batch((**batch.batch()).clone())
}
