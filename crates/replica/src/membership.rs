//! Who belongs: the validators of every epoch so far, and which of them we are.
//!
//! The roster says whose key is whose. Whether we vote is not decided here ([`crate::voting`]), nor which
//! set comes next ([`crate::pipeline`]).

use std::collections::BTreeSet;

use corridor_crypto::PublicKey;
use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::Write;
use corridor_types::{Epoch, Evidence, ParticipantId, ValidatorIndex, ValidatorSet, ValidatorSets};

use crate::event::Event;
use crate::input::{Clock, Peer};
use crate::ready::{Effect, Notice};

/// What every part may read in a step: the time, and who belongs.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// The time of the step.
    pub clock: Clock,
    /// Who belongs, and who we are.
    pub roster: &'a Roster,
}

/// The validator sets, and our own keys in them.
#[derive(Debug)]
pub struct Roster {
    sets: ValidatorSets,
    /// The voting keys that our signer holds.
    keys: Vec<PublicKey>,
    /// The participant that runs this node.
    participant: Option<ParticipantId>,
}

/// Our position in a set: that of a voting key that our signer holds.
pub fn position_in(validators: &ValidatorSet, keys: &[PublicKey]) -> Option<ValidatorIndex> {
    keys.iter().find_map(|key| validators.index_of_key(key))
}

/// The set before the current one, whose last batches may still be ordered.
pub fn previous_of(sets: &ValidatorSets) -> Option<ValidatorSet> {
    sets.iter().rev().nth(1).cloned()
}

impl Roster {
    /// Begins with the sets so far.
    pub const fn new(sets: ValidatorSets, keys: Vec<PublicKey>, participant: Option<ParticipantId>) -> Self {
        Self { sets, keys, participant }
    }

    /// The validators of every epoch so far.
    pub const fn sets(&self) -> &ValidatorSets {
        &self.sets
    }

    /// The validators of the current epoch.
    pub fn current(&self) -> &ValidatorSet {
        self.sets.current()
    }

    /// The current epoch.
    pub fn epoch(&self) -> Epoch {
        self.current().epoch()
    }

    /// Our position in the current set, whether we vote yet or not.
    pub fn position(&self) -> Option<ValidatorIndex> {
        position_in(self.current(), &self.keys)
    }

    /// The lane of our position in the current set.
    pub fn own_lane(&self) -> Option<ParticipantId> {
        self.lane_at(self.position()?)
    }

    /// The lane of a position in the current set.
    pub fn lane_at(&self, index: ValidatorIndex) -> Option<ParticipantId> {
        self.current().get(index).map(|validator| validator.participant)
    }

    /// The lane that was ours in the epoch before and that nobody of ours has any more, with that epoch.
    pub fn left_lane(&self) -> Option<(ParticipantId, Epoch)> {
        if self.position().is_some() {
            return None;
        }
        let before = previous_of(&self.sets)?;
        let me = position_in(&before, &self.keys)?;
        Some((before.get(me)?.participant, before.epoch()))
    }

    /// True if one of our keys is in the set of an epoch.
    pub fn is_named_in(&self, epoch: Epoch) -> bool {
        self.sets.get(epoch).is_some_and(|set| position_in(set, &self.keys).is_some())
    }

    /// True if the current set names our participant, with whatever key.
    pub fn names_participant(&self) -> bool {
        self.participant.is_some_and(|participant| self.current().index_of(participant).is_some())
    }

    /// The position of a peer in the current set.
    pub fn index_of(&self, peer: &Peer) -> Option<ValidatorIndex> {
        self.current().index_of_network_key(peer)
    }

    /// The network key of a validator of the current epoch.
    pub fn key_of(&self, index: ValidatorIndex) -> Option<Peer> {
        self.current().get(index).map(|validator| validator.network_key)
    }

    /// The network keys of the author of a lane in this epoch and the one before: who moved to another
    /// machine between them still has its last batches to deliver from the first.
    pub fn keys_of_author(&self, lane: ParticipantId) -> BTreeSet<Peer> {
        let of = |set: &ValidatorSet| Some(set.get(set.index_of(lane)?)?.network_key);
        self.sets.iter().rev().take(2).filter_map(of).collect()
    }

    /// The lane whose author a peer is, in this epoch or the one before.
    pub fn lane_of(&self, peer: &Peer) -> Option<ParticipantId> {
        let of = |set: &ValidatorSet| Some(set.get(set.index_of_network_key(peer)?)?.participant);
        self.sets.iter().rev().take(2).find_map(of)
    }

    /// True if `me` and these peers have more than two thirds of the voting power.
    pub fn is_quorum_with<'a>(&self, me: ValidatorIndex, peers: impl Iterator<Item = &'a Peer>) -> bool {
        let set = self.current();
        let members = peers.filter_map(|peer| set.index_of_network_key(peer)).chain([me]);
        set.is_quorum(members.map(|index| set.power(index)).sum())
    }

    /// The first step: the signer learns in which sets it may have to sign.
    pub fn begin(&self) -> Vec<Event> {
        self.sets.iter().rev().take(2).cloned().map(Event::Enter).collect()
    }

    /// Takes over a set as the current one.
    pub fn enter(&mut self, validators: ValidatorSet) -> Vec<Event> {
        self.sets.insert(validators.clone());
        if planted::is(Bug::SignerNotTold) { Vec::new() } else { vec![Event::Enter(validators)] }
    }

    /// Takes over the sets of a snapshot. The signer may still have to sign in the one before the last.
    pub fn replace(&mut self, sets: ValidatorSets) -> Vec<Event> {
        self.sets = sets;
        previous_of(&self.sets).map(Event::Enter).into_iter().collect()
    }

    /// The set names our participant with a key that our signer does not hold: this node is silent
    /// until it gets the key.
    pub fn report_missing_key(&self) -> Vec<Event> {
        let Some(participant) = self.participant.filter(|_| self.position().is_none()) else { return Vec::new() };
        let set = self.current();
        let validator = set.index_of(participant).and_then(|index| set.get(index));
        let notice = validator.map(|validator| Event::notice(Notice::KeyMissing { key: validator.key }));
        notice.into_iter().collect()
    }

    /// Evidence is kept, and told. Against ourselves it is not kept: one half may never have left our
    /// disk, signed before a crash while a copy of us went on. Whoever was sent both halves has the evidence.
    pub fn accuse(&self, evidence: Evidence) -> Vec<Event> {
        let set = evidence.epoch().and_then(|epoch| self.sets.get(epoch));
        let accused = set.and_then(|set| evidence.culprit(set)).map(|(_, validator)| validator.key);
        if let Some(key) = accused.filter(|key| self.keys.contains(key)) {
            return vec![Event::notice(Notice::SignedTwice { key })];
        }
        vec![Event::Persist(Write::Evidence(evidence.clone())), Event::Do(Effect::Evidence(evidence))]
    }
}
