//! Silence after a start: a validator votes only when it has reason to believe that it knows
//! everything that its key ever signed.
//!
//! The signing record is the first defence. It fails if it is itself an old copy, or if another
//! node runs with a copy of it. Against that:
//!
//! * **Links are exclusive.** A peer keeps one live link per network key and refuses another
//!   process, so of two copies at most one is linked to a quorum. Without links to validators that
//!   form a quorum with us nothing is signed, and who loses them begins again from here.
//! * **Peers remember.** Each linked validator says the highest view and lane position that it holds
//!   of ours. If a quorum with us has spoken and somebody names more than our record knows, we stay
//!   silent until the view is past everything named.
//! * **A watch period** between the two lets votes that are still under way arrive; a vote with our
//!   signature that comes in binds the engine too. A key that never signed need not wait.
//!
//! Why a quorum is enough: a vote of ours that is part of any certificate was seen by more than a
//! third of the honest power, so somebody in the quorum that speaks has it. A liar can name too much,
//! once: what was named when the watch ends is what counts, and it keeps us silent until that view
//! has passed. Our lane is fetched from who names more of it than we hold and have on record: until it is
//! here nothing is signed that might stand in its place. On a network with little work that may be hours, so
//! what is named has to be shown, too: an honest peer sends our signature before it names the view, on the same link and again every second
//! ([`PROOF_PATIENCE_MS`]), and a liar has none to show. What was shown counts for good, whether our
//! engine, which may be far behind, can use it or not.
//!
//! All of it is about one epoch: views are compared within an epoch only, and a peer says what it holds of
//! ours in its own. Whoever is in another epoch than we are has said nothing yet, and when we enter the next
//! one everything begins again. Otherwise a node with an old record would begin to vote before catch-up has
//! brought it to the epoch in which it signed last, and go on there. What the record itself knows of a later
//! epoch the signer says when we enter it ([`crate::Signer::enter`]), so an old database with a record that is
//! complete is silent no longer than any other.

use std::collections::BTreeMap;

use corridor_crypto::Digest;
use corridor_crypto::planted::{self, Bug};
use corridor_types::{Epoch, Seen, Sequence, View};

use crate::input::Peer;

/// How far above our own view a peer's word counts: further ahead no honest vote of ours can be.
const FAR_AHEAD: u64 = 64;

/// How long after the watch a view that was named, and not shown to have a signature of ours, still
/// counts, in milliseconds: five times a peer that named it has sent what it holds meanwhile.
const PROOF_PATIENCE_MS: u64 = 5_000;

/// Whether this node may sign.
#[derive(Debug)]
pub struct Guard {
    /// The highest view that our own record knows.
    signed: View,
    /// The key never signed on this chain as far as we know.
    fresh: bool,
    watch_ms: u64,
    seen: BTreeMap<Peer, Seen>,
    /// Of which the next three speak.
    epoch: Epoch,
    /// Since when a quorum has spoken.
    since_ms: Option<u64>,
    /// What was named when the watch ended.
    named: Option<Seen>,
    /// The highest view of the newest epoch of which we were shown a signature of ours.
    shown: (Epoch, View),
    /// What was named and not shown does not count any more.
    is_patience_over: bool,
    /// When voting began, up to here our record lacked what peers hold.
    unknown: View,
    open: bool,
}

/// Where our own machines are.
#[derive(Debug, Clone, Copy)]
pub struct Own {
    /// The engine's epoch.
    pub epoch: Epoch,
    /// The engine's view.
    pub view: View,
    /// The highest view with a signature of ours that the engine was shown.
    pub shown: View,
    /// How far our own lane is held, or on record as signed.
    pub lane: Sequence,
}

/// What the guard says after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing new to do.
    Wait,
    /// Peers know more than our record. Said once.
    Old(Seen),
    /// Voting may begin.
    Open,
}

impl Guard {
    /// At the start: the highest view on our record, and whether the key is fresh.
    pub const fn new(signed: View, fresh: bool, watch_ms: u64) -> Self {
        Self {
            signed,
            fresh,
            watch_ms,
            seen: BTreeMap::new(),
            epoch: Epoch(0),
            since_ms: None,
            named: None,
            shown: (Epoch(0), View(0)),
            is_patience_over: false,
            unknown: View(0),
            open: false,
        }
    }

    /// True once voting has begun.
    pub const fn is_open(&self) -> bool {
        self.open
    }

    /// Up to this view our record lacked what peers hold when voting began: nothing may be signed there, also
    /// not for a view that is long past. 0 if it lacked nothing.
    pub const fn unknown(&self) -> View {
        self.unknown
    }

    /// True while a quorum has spoken and the watch period runs.
    pub const fn is_watching(&self) -> bool {
        !self.open && self.since_ms.is_some() && self.named.is_none()
    }

    /// What peers named beyond our record, if that keeps us silent.
    pub const fn named(&self) -> Option<Seen> {
        if self.open { None } else { self.named }
    }

    /// Our links form no quorum any more: another process may get them. `signed`: the highest view that
    /// we signed in.
    pub fn close(&mut self, signed: View) {
        *self = Self::new(signed, false, self.watch_ms);
    }

    /// Our record knows a vote of this view: the signer has said so since.
    pub fn on_recorded(&mut self, view: View) {
        self.signed = self.signed.max(view);
    }

    /// When to look again, in milliseconds of the steady clock.
    pub fn next_deadline(&self) -> Option<u64> {
        let patience_ms = if self.named.is_some() { PROOF_PATIENCE_MS } else { 0 };
        let waits = !self.open && !self.is_patience_over;
        self.since_ms.filter(|_| waits).map(|since| since.saturating_add(self.watch_ms).saturating_add(patience_ms))
    }

    /// A peer shows a signature of ours, which our own record may not know.
    pub fn on_shown(&mut self, epoch: Epoch, view: View) {
        if !self.open && !planted::is(Bug::GuardDeaf) {
            self.shown = self.shown.max((epoch, view));
        }
    }

    /// A linked validator says what it holds of ours.
    pub fn on_seen(&mut self, peer: Peer, seen: Seen) {
        if !self.open {
            let seen =
                if planted::is(Bug::GuardDeaf) { Seen { view: View(0), sequence: Sequence(0), ..seen } } else { seen };
            self.seen.insert(peer, seen);
        }
    }

    /// A link went down: who is not linked does not count.
    pub fn on_link_down(&mut self, peer: &Peer) {
        self.seen.remove(peer);
    }

    /// Who has spoken of this epoch.
    pub fn speakers(&self, epoch: Epoch) -> impl Iterator<Item = &Peer> {
        self.seen.iter().filter(move |(_, seen)| seen.epoch == epoch).map(|(peer, _)| peer)
    }

    /// Looks at everything again. `quorum`: the speakers of this epoch and we form one.
    pub fn look(&mut self, now_ms: u64, quorum: bool, own: Own) -> Verdict {
        if self.open {
            return Verdict::Wait;
        }
        if std::mem::replace(&mut self.epoch, own.epoch) != own.epoch {
            (self.since_ms, self.named, self.is_patience_over) = (None, None, false);
        }
        if !quorum && !planted::is(Bug::GuardNeedsNoQuorum) {
            self.since_ms = None;
            self.is_patience_over = false;
            return Verdict::Wait;
        }
        let since = *self.since_ms.get_or_insert(now_ms);
        if !self.fresh && now_ms < since.saturating_add(self.watch_ms) {
            return Verdict::Wait;
        }
        let first = self.named.is_none();
        let mut named = self.highest_named(own.epoch, own.view);
        named.view = named.view.max(own.shown);
        let named = *self.named.get_or_insert(named);
        self.is_patience_over = now_ms >= since.saturating_add(self.watch_ms).saturating_add(PROOF_PATIENCE_MS);
        let counts = self.counts(&named, &own);
        let is_past = counts <= self.signed || own.view > counts;
        let is_lane_whole = own.lane >= named.sequence || self.is_patience_over;
        if is_past && is_lane_whole {
            self.unknown = if counts <= self.signed { View(0) } else { counts };
            self.open = true;
            return Verdict::Open;
        }
        if first { Verdict::Old(named) } else { Verdict::Wait }
    }

    /// The highest view that we may have signed in, as far as peers name or show it.
    fn counts(&self, named: &Seen, own: &Own) -> View {
        let shown = if self.shown.0 == own.epoch { self.shown.1.max(own.shown) } else { own.shown };
        if self.is_patience_over { shown } else { named.view.max(shown) }
    }

    /// What each speaker holds of our lane.
    pub fn sequences(&self) -> impl Iterator<Item = (&Peer, Sequence)> {
        self.seen.iter().map(|(peer, seen)| (peer, seen.sequence))
    }

    /// The most that anybody believable named.
    fn highest_named(&self, epoch: Epoch, view: View) -> Seen {
        let limit = View(view.0.saturating_add(FAR_AHEAD));
        let views = self.seen.values().filter(|seen| seen.epoch == epoch && seen.view <= limit);
        let longest = self.seen.values().max_by_key(|seen| seen.sequence);
        Seen {
            epoch,
            view: views.map(|seen| seen.view).max().unwrap_or_default(),
            sequence: longest.map(|seen| seen.sequence).unwrap_or_default(),
            digest: longest.map_or(Digest::ZERO, |seen| seen.digest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corridor_crypto::SecretKey;

    fn peer(seed: u8) -> Peer {
        SecretKey::from_seed(&[seed; 32]).public_key()
    }

    fn seen(view: u64, sequence: u64) -> Seen {
        Seen { epoch: Epoch(0), view: View(view), sequence: Sequence(sequence), digest: Digest::ZERO }
    }

    /// At a view, with our lane held further than anybody names.
    fn at(view: u64) -> Own {
        Own { epoch: Epoch(0), view: View(view), shown: View(0), lane: Sequence(7) }
    }

    fn look(guard: &mut Guard, now: u64, view: u64) -> Verdict {
        guard.look(now, true, at(view))
    }

    #[test]
    fn a_key_that_never_signed_votes_as_soon_as_a_quorum_says_so() {
        let mut guard = Guard::new(View(0), true, 1_000);
        assert_eq!(guard.look(5, false, at(1)), Verdict::Wait);
        guard.on_seen(peer(1), seen(0, 0));
        assert_eq!(look(&mut guard, 5, 1), Verdict::Open);
        assert!(guard.is_open());
    }

    #[test]
    fn a_record_that_peers_confirm_waits_for_the_watch_period_only() {
        let mut guard = Guard::new(View(9), false, 1_000);
        guard.on_seen(peer(1), seen(9, 4));
        assert_eq!(look(&mut guard, 100, 9), Verdict::Wait);
        assert_eq!(guard.next_deadline(), Some(1_100));
        assert_eq!(look(&mut guard, 1_099, 9), Verdict::Wait);
        assert_eq!(look(&mut guard, 1_100, 9), Verdict::Open);
    }

    #[test]
    fn losing_the_quorum_begins_the_watch_again() {
        let mut guard = Guard::new(View(9), false, 1_000);
        assert_eq!(look(&mut guard, 100, 9), Verdict::Wait);
        assert_eq!(guard.look(900, false, at(9)), Verdict::Wait);
        assert_eq!(look(&mut guard, 1_100, 9), Verdict::Wait);
        assert_eq!(look(&mut guard, 2_100, 9), Verdict::Open);
    }

    #[test]
    fn an_old_record_stays_silent_until_the_view_is_past_what_was_signed() {
        let mut guard = Guard::new(View(3), false, 1_000);
        guard.on_seen(peer(1), seen(12, 7));
        assert_eq!(look(&mut guard, 0, 10), Verdict::Wait);
        assert_eq!(look(&mut guard, 1_000, 10), Verdict::Old(seen(12, 7)));
        guard.on_seen(peer(1), seen(40, 7));
        assert_eq!(look(&mut guard, 5_000, 12), Verdict::Wait, "said once, and not raised later");
        assert_eq!(look(&mut guard, 9_000, 13), Verdict::Open);
    }

    #[test]
    fn a_vote_of_ours_that_only_the_network_remembers_silences_too() {
        let mut guard = Guard::new(View(3), false, 0);
        let verdict = guard.look(0, true, Own { shown: View(5), ..at(5) });
        assert_eq!(verdict, Verdict::Old(seen(5, 0)));
        assert_eq!(look(&mut guard, 1, 5), Verdict::Wait);
        assert_eq!(look(&mut guard, 2, 6), Verdict::Open);
    }

    #[test]
    fn who_lost_the_quorum_watches_again_and_believes_nobody_from_before() {
        let mut guard = Guard::new(View(0), true, 1_000);
        guard.on_seen(peer(1), seen(0, 0));
        assert_eq!(look(&mut guard, 5, 1), Verdict::Open);
        guard.close(View(7));
        assert!(!guard.is_open() && guard.speakers(Epoch(0)).next().is_none());
        guard.on_seen(peer(1), seen(9, 0));
        assert_eq!(look(&mut guard, 5_000, 8), Verdict::Wait);
        assert_eq!(look(&mut guard, 6_000, 8), Verdict::Old(seen(9, 0)));
        assert_eq!(look(&mut guard, 6_500, 10), Verdict::Open);
    }

    #[test]
    fn a_view_that_is_named_and_never_shown_silences_for_a_while_only() {
        let mut guard = Guard::new(View(3), false, 1_000);
        guard.on_seen(peer(1), seen(60, 7));
        assert_eq!(look(&mut guard, 0, 10), Verdict::Wait);
        assert_eq!(look(&mut guard, 1_000, 10), Verdict::Old(seen(60, 7)));
        assert_eq!(guard.next_deadline(), Some(6_000));
        assert_eq!(look(&mut guard, 5_999, 10), Verdict::Wait);
        assert_eq!(look(&mut guard, 6_000, 10), Verdict::Open, "no network of little work is waited for");
    }

    #[test]
    fn a_view_that_was_shown_silences_until_it_is_past() {
        let mut guard = Guard::new(View(3), false, 1_000);
        guard.on_seen(peer(1), seen(60, 7));
        assert_eq!(look(&mut guard, 0, 10), Verdict::Wait);
        guard.on_shown(Epoch(0), View(12));
        assert_eq!(look(&mut guard, 1_000, 10), Verdict::Old(seen(60, 7)));
        assert_eq!(look(&mut guard, 90_000, 12), Verdict::Wait);
        assert_eq!(guard.next_deadline(), None, "only the view goes on");
        assert_eq!(look(&mut guard, 90_001, 13), Verdict::Open);
    }

    #[test]
    fn what_is_shown_after_the_watch_still_counts() {
        let mut guard = Guard::new(View(3), false, 0);
        guard.on_seen(peer(1), seen(12, 7));
        assert_eq!(look(&mut guard, 0, 10), Verdict::Old(seen(12, 7)));
        guard.on_shown(Epoch(0), View(14));
        assert_eq!(look(&mut guard, 9_000, 13), Verdict::Wait);
        guard.on_shown(Epoch(1), View(2));
        assert_eq!(guard.look(9_001, true, Own { epoch: Epoch(1), ..at(1) }), Verdict::Open, "another epoch");
    }

    #[test]
    fn our_lane_is_waited_for_as_long_as_somebody_may_hold_more_of_it() {
        let named = || {
            let mut guard = Guard::new(View(9), false, 1_000);
            guard.on_seen(peer(1), seen(9, 7));
            guard.on_seen(peer(2), seen(9, 8));
            assert_eq!(look(&mut guard, 0, 9), Verdict::Wait);
            assert_eq!(look(&mut guard, 1_000, 9), Verdict::Old(seen(9, 8)));
            guard
        };
        assert_eq!(named().look(1_001, true, at(9)), Verdict::Wait);
        assert_eq!(named().look(1_001, true, at(99)), Verdict::Wait, "whatever the view");
        assert_eq!(named().look(1_001, true, Own { lane: Sequence(8), ..at(9) }), Verdict::Open);
        assert_eq!(named().look(5_999, true, at(9)), Verdict::Wait);
        assert_eq!(named().look(6_000, true, at(9)), Verdict::Open, "nobody gives it");
    }

    #[test]
    fn a_lie_about_a_far_view_or_another_epoch_does_not_silence() {
        let mut guard = Guard::new(View(9), false, 0);
        guard.on_seen(peer(1), seen(1_000_000, 0));
        guard.on_seen(peer(2), Seen { epoch: Epoch(1), ..seen(20, 0) });
        assert_eq!(look(&mut guard, 0, 9), Verdict::Open);
    }
}
