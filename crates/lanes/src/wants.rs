//! Which batches are missing, when to ask for each, and when to give up. Asks nobody itself.
//!
//! Three needs differ: *execution* needs a batch of a finalized block for good, and such a block's
//! batches exist for certain; a *tentative* need comes from an unfinalized proposal or from a gap,
//! may name a batch that nobody has, and therefore expires; what is only *heard of* in another's
//! acknowledgement expires, too, and makes room for all others.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::{ParticipantId, Sequence, ValidatorIndex};

use crate::chain::Place;
use crate::config::{Limits, MAX_EXECUTION_WANTS, MAX_HEARD_WANTS, MAX_TENTATIVE_WANTS};

/// A batch of a lane.
pub(crate) type Key = (ParticipantId, Place);

/// Why a batch is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Need {
    /// Nothing but that another holds it. Only that one is asked, so that who lies about it is the
    /// only one who has to answer for it.
    Heard,
    /// A proposal or a gap.
    Tentative,
    /// A finalized block.
    Execution,
}

/// Where a batch may come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    /// Asked first: it says that the batch can be had.
    pub holder: Option<ValidatorIndex>,
    /// True if the batch may be on its way without being asked for.
    pub in_grace: bool,
}

impl Source {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { holder: None, in_grace: true };
}

#[derive(Debug)]
struct Want {
    need: Need,
    holder: Option<ValidatorIndex>,
    due_ms: u64,
    attempts: usize,
    expires_ms: u64,
}

/// A batch to ask for now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    pub key: Key,
    pub need: Need,
    /// Who says that it can be had, or holds it itself.
    pub holder: Option<ValidatorIndex>,
    /// How often it was asked for before.
    pub attempts: usize,
}

/// All missing batches that something needs, at most [`MAX_TENTATIVE_WANTS`] plus
/// [`MAX_EXECUTION_WANTS`].
#[derive(Debug, Default)]
pub(crate) struct Wants {
    map: BTreeMap<Key, Want>,
}

impl Wants {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Why the batch is wanted, if it is.
    pub fn need(&self, key: &Key) -> Option<Need> {
        self.map.get(key).map(|want| want.need)
    }

    /// The next position of the lane below a batch that is wanted, too.
    pub fn next_below(&self, (lane, place): &Key) -> Option<Sequence> {
        let lowest = Place { sequence: place.sequence, digest: Digest::ZERO };
        let below = self.map.range((*lane, Place::START)..(*lane, lowest)).next_back();
        below.map(|((_, place), _)| place.sequence)
    }

    /// Wants a batch, or keeps wanting it.
    pub fn add(&mut self, key: Key, need: Need, source: Source, now_ms: u64, limits: &Limits) {
        let Source { holder, in_grace } = source;
        let expires_ms = now_ms.saturating_add(limits.want_expiry_ms);
        let grace_ms = if need == Need::Execution || !in_grace { 0 } else { limits.fetch_grace_ms };
        let due_ms = now_ms.saturating_add(grace_ms);
        if let Some(want) = self.map.get_mut(&key) {
            let new_holder = holder.is_some() && want.holder != holder;
            if need > want.need || new_holder || (!in_grace && want.attempts == 0) {
                want.due_ms = want.due_ms.min(due_ms);
            }
            want.need = want.need.max(need);
            if new_holder {
                (want.holder, want.attempts) = (holder, 0);
            }
            want.expires_ms = expires_ms;
        } else if self.make_room(need, holder) {
            self.map.insert(key, Want { need, holder, due_ms, attempts: 0, expires_ms });
        }
    }

    /// A validator says that it holds a batch that we lack. It is asked alone, once it may be thought
    /// that the author does not send the batch, and every `fetch_retry_ms`. Another that says the same
    /// takes its place after it was asked, and not before, so that no liar keeps its place by
    /// repeating itself. What something needs anyway is asked for in its own way.
    pub fn hear(&mut self, key: Key, holder: ValidatorIndex, now_ms: u64, limits: &Limits) {
        let expires_ms = now_ms.saturating_add(limits.want_expiry_ms);
        let due_ms = now_ms.saturating_add(limits.share_ms);
        if let Some(want) = self.map.get_mut(&key) {
            if want.need == Need::Heard {
                want.expires_ms = expires_ms;
                if want.attempts > 0 && want.holder != Some(holder) {
                    (want.holder, want.attempts) = (Some(holder), 0);
                }
            }
        } else if self.make_room(Need::Heard, Some(holder)) {
            self.map.insert(key, Want { need: Need::Heard, holder: Some(holder), due_ms, attempts: 0, expires_ms });
        }
    }

    fn make_room(&mut self, need: Need, holder: Option<ValidatorIndex>) -> bool {
        let expiring = || self.map.iter().filter(|(_, want)| want.need != Need::Execution);
        match need {
            Need::Execution => self.map.len() - expiring().count() < MAX_EXECUTION_WANTS,
            Need::Heard => {
                let same = expiring().filter(|(_, want)| want.need == Need::Heard && want.holder == holder);
                same.count() < MAX_HEARD_WANTS && expiring().count() < MAX_TENTATIVE_WANTS
            }
            Need::Tentative => {
                if expiring().count() >= MAX_TENTATIVE_WANTS {
                    let oldest = expiring().min_by_key(|(_, want)| (want.need, want.expires_ms)).map(|(key, _)| *key);
                    oldest.map(|key| self.map.remove(&key));
                }
                true
            }
        }
    }

    /// The batch arrived. If it was wanted, says whence what is missing below it can be had: at once
    /// from the same holder, if this one had to be asked for.
    pub fn remove(&mut self, key: &Key) -> Option<Source> {
        let want = self.map.remove(key)?;
        Some(Source { holder: want.holder, in_grace: want.attempts == 0 })
    }

    /// Nothing of `lane` up to `sequence` is needed any more.
    pub fn forget_up_to(&mut self, lane: ParticipantId, sequence: Sequence) {
        self.map.retain(|(of, place), _| *of != lane || place.sequence > sequence);
    }

    /// An epoch began: positions of validators are new.
    pub fn forget_holders(&mut self) {
        self.map.retain(|_, want| want.need != Need::Heard);
        self.map.values_mut().for_each(|want| want.holder = None);
    }

    /// What to ask for now. Drops what expired.
    pub fn take_due(&mut self, now_ms: u64, limits: &Limits) -> Vec<Due> {
        self.map.retain(|_, want| want.need == Need::Execution || want.expires_ms > now_ms);
        let mut due = Vec::new();
        for (key, want) in self.map.iter_mut().filter(|(_, want)| want.due_ms <= now_ms) {
            due.push(Due { key: *key, need: want.need, holder: want.holder, attempts: want.attempts });
            want.attempts = want.attempts.wrapping_add(1);
            want.due_ms = now_ms.saturating_add(limits.fetch_retry_ms);
        }
        due
    }

    /// When [`Self::take_due`] has something to do next.
    pub fn next_deadline(&self) -> Option<u64> {
        self.map.values().map(|want| want.due_ms).min()
    }
}
