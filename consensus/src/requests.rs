//! What was lately asked for and answered (SPECIFICATION, section 9), so that everything is limited per
//! peer or per repetition period. Sends nothing.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_types::{ValidatorIndex, View};

use crate::pacing::elapsed;

/// Peers asked at once for certificates: the likeliest one and two more, so that one that is
/// silent or lies costs no time, and answers stay few.
const PEERS_ASKED: usize = 3;

/// Bodies asked for at once; each is dropped from the list when the view or the finalized tip moves.
const MAX_BLOCKS_ASKED: usize = 8;

/// Answers per peer in one repetition period: a node that catches up asks anew after each full
/// answer, a flooding one gets no more than these.
const ANSWERS_PER_PERIOD: u32 = 8;

/// When something was last done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Last(Option<u64>);

impl Last {
    /// True at most once per period; counts from now if so.
    fn is_due(&mut self, now: u64, period_ms: u64) -> bool {
        let due = self.0.is_none_or(|at| elapsed(at, now) >= period_ms);
        if due {
            self.0 = Some(now);
        }
        due
    }
}

/// What was lately asked for and answered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Requests {
    certificates: Option<(View, Last)>,
    blocks: BTreeMap<Digest, Last>,
    behind: Last,
    behind_since: Option<u64>,
    asked_peer: BTreeMap<ValidatorIndex, Last>,
    helped: BTreeMap<ValidatorIndex, Last>,
    answered: BTreeMap<ValidatorIndex, (u64, u32)>,
    next_peer: usize,
}

impl Requests {
    /// A view begins or the tip moved: what was lacking may not matter any more.
    pub(crate) fn enter_view(&mut self) {
        self.certificates = None;
        self.blocks.clear();
    }

    /// A body came: room for another question.
    pub(crate) fn arrived(&mut self, digest: Digest) {
        self.blocks.remove(&digest);
    }

    /// True if a peer that asks is answered once more in this period.
    pub(crate) fn may_answer(&mut self, peer: ValidatorIndex, now: u64, period_ms: u64) -> bool {
        let (since, count) = self.answered.entry(peer).or_insert((now, 0));
        if elapsed(*since, now) >= period_ms {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= ANSWERS_PER_PERIOD
    }

    /// True if a body may be asked for now: at once, and then at the repetition rate.
    pub(crate) fn may_ask_block(&mut self, digest: Digest, now: u64, period_ms: u64) -> bool {
        let room = self.blocks.len() < MAX_BLOCKS_ASKED || self.blocks.contains_key(&digest);
        room && self.blocks.entry(digest).or_default().is_due(now, period_ms)
    }

    /// True if certificates may be asked for now: at once when the gap changed, and then at the repetition rate.
    pub(crate) fn may_ask_certificates(&mut self, from_view: View, now: u64, period_ms: u64) -> bool {
        let known = self.certificates.filter(|(view, _)| *view == from_view);
        let (_, mut last) = known.unwrap_or((from_view, Last::default()));
        let due = last.is_due(now, period_ms);
        self.certificates = Some((from_view, last));
        due
    }

    /// True at most once per period and peer: it said that it is ahead, and is asked.
    pub(crate) fn may_ask_peer(&mut self, peer: ValidatorIndex, now: u64, period_ms: u64) -> bool {
        self.asked_peer.entry(peer).or_default().is_due(now, period_ms)
    }

    /// True at most once per period and peer: it is behind, and is sent what it lacks.
    pub(crate) fn may_help(&mut self, peer: ValidatorIndex, now: u64, period_ms: u64) -> bool {
        self.helped.entry(peer).or_default().is_due(now, period_ms)
    }

    /// True at most once per period: catch-up is told that it is needed.
    pub(crate) fn may_report_behind(&mut self, now: u64, period_ms: u64) -> bool {
        self.behind.is_due(now, period_ms)
    }

    /// A finalization lacks a body. Since when, in milliseconds.
    pub(crate) fn behind_since(&mut self, now: u64) -> u64 {
        *self.behind_since.get_or_insert(now)
    }

    /// Nothing that is final is lacking.
    pub(crate) const fn caught_up(&mut self) {
        self.behind_since = None;
    }

    /// The likeliest peer, then others in turn.
    pub(crate) fn choose(&mut self, all: &[ValidatorIndex], likeliest: Option<ValidatorIndex>) -> Vec<ValidatorIndex> {
        let mut peers: Vec<_> = likeliest.into_iter().collect();
        let start = self.next_peer;
        let in_turn = all.iter().cycle().skip(start % all.len().max(1)).take(all.len());
        for peer in in_turn {
            if peers.len() < PEERS_ASKED && !peers.contains(peer) {
                peers.push(*peer);
            }
        }
        self.next_peer = start.wrapping_add(PEERS_ASKED);
        peers
    }
}
