//! What a new epoch changes: whose acknowledgements count, and that is all. Lanes belong to
//! participants and live on.

use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::Draft;
use corridor_types::{ParticipantId, ValidatorIndex, ValidatorSet};

use crate::acknowledging::Acknowledging;
use crate::author::Author;
use crate::chain::Place;
use crate::lane::{Lane, is_current};
use crate::lanes::Lanes;
use crate::proofs::Proofs;
use crate::standing::Standing;
use crate::{Action, Ready, Refusal};

impl Lanes {
    /// The set changes: what the old one acknowledged is void, and what is not final is acknowledged
    /// anew. All authors are trusted again.
    pub(crate) fn on_epoch(
        &mut self,
        now_ms: u64,
        validators: ValidatorSet,
        me: Option<ValidatorIndex>,
        ready: &mut Ready,
    ) {
        let before = self.config.validators.epoch();
        if validators.epoch() <= before {
            return;
        }
        let follows = validators.epoch() == before.next();
        let old = std::mem::replace(&mut self.config.validators, validators);
        self.config.previous = (follows && !planted::is(Bug::LanesOfLeaversDropped)).then_some(old);
        self.config.me = me;
        self.config.limits = self.configured.clamped(self.config.validators.len());
        for (_, validator) in self.config.validators.iter() {
            self.lanes.entry(validator.participant).or_insert_with(|| Lane::new(Place::START));
        }
        self.wants.forget_holders();
        self.author_on_epoch(now_ms, ready);
        self.acknowledge_anew(ready);
        ready.then.push(Action::Available);
    }

    /// We follow so far and take part from now on.
    pub(crate) fn on_take_part(&mut self, now_ms: u64, me: ValidatorIndex, draft: Option<Draft>, ready: &mut Ready) {
        let Some(lane) = self.config.validators.get(me).map(|validator| validator.participant) else { return };
        self.config.me = Some(me);
        let tip = self.lanes.get(&lane).map_or(Place::START, |state| state.chain.tip());
        let author = |draft| Author::new(&self.config, lane).resume(tip, draft);
        self.author = author(draft).or_else(|_| author(None)).ok();
        // The links came up before there was an author: what peers lack of our lane is sent again.
        if let Some(author) = &mut self.author {
            author.delivery.on_streamed(now_ms, &self.config.limits);
        }
        self.acknowledge_anew(ready);
        ready.then.push(Action::Available);
    }

    /// Batches of ours that two epochs passed by are ordered only below one of this epoch.
    pub(crate) fn on_carry(&mut self, now_ms: u64, ready: &mut Ready) {
        let epoch = self.config.validators.epoch();
        let Some(author) = self.author.as_mut().filter(|author| author.me.is_some()) else { return };
        let Some(Lane { chain, .. }) = self.lanes.get(&author.lane) else { return };
        let is_old = chain.epoch_of(&chain.tip()).is_some_and(|signed| !is_current(signed, epoch));
        if is_old && author.may_carry(chain, &self.config.limits) {
            author.close(now_ms, chain.tip(), epoch, &self.config.limits, ready);
        }
    }

    /// We take no part any more, and nobody but us may hold the last of our lane.
    pub(crate) fn on_leave(&mut self, now_ms: u64, lane: ParticipantId, draft: Option<Draft>) {
        if self.author.is_some() || self.config.me.is_some() || !self.is_author(lane) {
            return;
        }
        let tip = self.lanes.get(&lane).map_or(Place::START, |state| state.chain.tip());
        let author = |draft| Author::new(&self.config, lane).resume(tip, draft);
        self.author = author(draft).or_else(|_| author(None)).ok();
        self.deliver_last(now_ms);
    }

    /// Who left the set has until the next epoch to bring what it accepted to others: it does not wait
    /// for what they acknowledge by themselves.
    fn deliver_last(&mut self, now_ms: u64) {
        let Some(author) = self.author.as_mut().filter(|author| author.me.is_none()) else { return };
        let Some(Lane { chain, .. }) = self.lanes.get(&author.lane) else { return };
        let (reach, limits) = (author.reach(chain), &self.config.limits);
        self.config.validators.iter().for_each(|(peer, _)| author.delivery.on_peer_up(now_ms, peer, reach, limits));
    }

    /// We write and acknowledge nothing until [`crate::Input::TakePart`] comes again. Returns our own
    /// batch that lacks its signature, and the transactions that were in no batch yet.
    pub fn stand_aside(&mut self) -> (Option<Draft>, Vec<corridor_crypto::Digest>) {
        self.config.me = None;
        self.author.take().map(Author::retire).unwrap_or_default()
    }

    fn acknowledge_anew(&mut self, ready: &mut Ready) {
        for state in self.lanes.values_mut() {
            state.acknowledging = Acknowledging::default();
            state.proofs = Proofs::default();
            state.standing = Standing::default();
        }
        let unfinal =
            |(lane, state): (&ParticipantId, &Lane)| (state.chain.tip() != state.chain.finalized()).then_some(*lane);
        let unfinal: Vec<ParticipantId> = self.lanes.iter().filter_map(unfinal).collect();
        unfinal.into_iter().for_each(|lane| self.acknowledge(lane, ready));
    }

    fn author_on_epoch(&mut self, now_ms: u64, ready: &mut Ready) {
        let member = self.config.me.and_then(|me| self.config.validators.get(me)).map(|it| it.participant);
        let config = &self.config;
        if let Some(lane) = member.filter(|lane| self.author.as_ref().is_none_or(|author| author.lane != *lane)) {
            self.author = Some(Author::new(config, lane));
        }
        let Some(author) = &mut self.author else { return };
        let refuse = |id| Action::Refused { id, reason: Refusal::NoLane };
        ready.then.extend(author.on_epoch(config).into_iter().map(refuse));
        // Peers acknowledge anew by themselves; what they lack is sent again after the usual wait.
        if self.lanes.get(&author.lane).is_some_and(|state| state.chain.tip() != state.chain.finalized()) {
            author.delivery.on_streamed(now_ms, &config.limits);
        }
        self.deliver_last(now_ms);
    }

    /// True if the participant writes a lane in this epoch or wrote one in the one before.
    pub(crate) fn is_author(&self, lane: ParticipantId) -> bool {
        let sets = [Some(&self.config.validators), self.config.previous.as_ref()];
        sets.into_iter().flatten().any(|set| set.index_of(lane).is_some())
    }
}
