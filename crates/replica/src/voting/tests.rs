//! When this node begins to vote, what it is bound by then, and what its lane takes.

use corridor_crypto::Digest;
use corridor_types::{ParticipantId, Timestamp, VoteKind};

use super::*;
use crate::input::Clock;
use crate::tests::kit::{batch, genesis, key, next_set, peer, roster, seen};

const HELD: Held = Held { view: View(1), shown: View(0), lane: Sequence(0) };

fn around(roster: &Roster) -> Around<'_> {
    Around { clock: Clock { steady_ms: 0, wall: Timestamp(0) }, roster }
}

fn fresh(draft: Option<Draft>, last_batch: Option<Sequence>, lane_floor: Option<Sequence>) -> Voting {
    Voting::new(Guard::new(View(0), true, 1_000), vec![], draft, last_batch, lane_floor)
}

/// Two others say what they hold of ours; with us they are a quorum of four.
fn hear(voting: &mut Voting, roster: &Roster, seen: Seen) -> Vec<Event> {
    (1..3).for_each(|n| drop(voting.on_seen(roster, peer(n), seen)));
    voting.look(around(roster), HELD)
}

fn vote(view: u64) -> Signed {
    let vote = corridor_types::Vote { epoch: Epoch(0), view: View(view), kind: VoteKind::Nullify };
    Signed::Vote(vote.sign(&genesis().signing_context(), ValidatorIndex(0), &key(0)))
}

/// A draft of our lane, of the first epoch.
fn draft(sequence: u64) -> Draft {
    let batch = batch(0, 1);
    let mut header = *batch.header();
    header.sequence = Sequence(sequence);
    Draft { header, payload: std::sync::Arc::from([]) }
}

fn tip(lane: u32, sequence: u64) -> Tip {
    Tip { lane: ParticipantId(lane), sequence: Sequence(sequence), digest: Digest::ZERO }
}

#[test]
fn what_the_signer_gives_back_in_silence_binds_the_engine_later_and_goes_to_it_afterwards() {
    let (roster, mut voting) = (roster(), fresh(None, None, None));
    assert!(voting.on_signed(&roster, vote(1)).is_empty(), "nothing is sent while we are silent");
    let events = hear(&mut voting, &roster, seen(0, 0));
    let Some(Event::TakePart(remembered)) = events.first() else { panic!("{events:?}") };
    assert_eq!((remembered.me, remembered.own.len()), (ValidatorIndex(0), 1));
    assert_eq!(voting.me(), Some(ValidatorIndex(0)));
    let events = voting.on_signed(&roster, vote(2));
    assert!(matches!(events[..], [Event::Order(consensus::Input::Signed(_))]), "{events:?}");
}

#[test]
fn what_was_signed_in_another_epoch_binds_nothing_in_this_one() {
    let (mut roster, mut voting) = (roster(), fresh(None, None, None));
    voting.on_signed(&roster, vote(1));
    roster.enter(next_set());
    voting.on_epoch(&roster, View(9));
    let events = hear(&mut voting, &roster, seen(1, 0));
    let Some(Event::TakePart(remembered)) = events.first() else { panic!("{events:?}") };
    assert!(remembered.own.is_empty());
}

#[test]
fn without_links_to_a_quorum_we_stand_aside_and_the_draft_waits() {
    let (roster, mut voting) = (roster(), fresh(None, None, None));
    hear(&mut voting, &roster, seen(0, 0));
    let linked = [peer(1), peer(2)];
    assert!(voting.on_links(&roster, linked.iter()).is_empty());
    let events = voting.on_links(&roster, linked[1..].iter());
    assert!(matches!(events[0], Event::StandAside), "{events:?}");
    voting.stand_aside(View(7));
    voting.keep_draft(Some(draft(3)));
    assert_eq!(voting.me(), None);
    assert!(hear(&mut voting, &roster, seen(0, 0)).is_empty(), "the key is not fresh any more: the watch runs");
}

#[test]
fn a_draft_goes_on_unless_peers_hold_something_at_its_place() {
    let drafted = |floor: Option<u64>, sequence: u64| {
        let (roster, mut voting) = (roster(), fresh(Some(draft(sequence)), None, floor.map(Sequence)));
        let events = hear(&mut voting, &roster, seen(0, 0));
        let taken = events.into_iter().find_map(|event| match event {
            Event::Carry(lanes::Input::TakePart { draft, .. }) => Some(draft.map(|draft| draft.header.sequence)),
            _ => None,
        });
        taken.unwrap()
    };
    assert_eq!(drafted(None, 3), Some(Sequence(3)));
    assert_eq!(drafted(Some(2), 3), Some(Sequence(3)));
    assert_eq!(drafted(Some(3), 3), None, "it must not be signed again");
}

#[test]
fn a_draft_of_an_old_epoch_is_made_one_of_this_epoch_unless_it_was_signed() {
    let renewed = |last_batch: Option<u64>| {
        let (mut roster, mut voting) = (roster(), fresh(Some(draft(3)), last_batch.map(Sequence), None));
        roster.enter(next_set());
        voting.on_epoch(&roster, View(9));
        let events = hear(&mut voting, &roster, seen(1, 0));
        let is_kept = |event: &Event| matches!(event, Event::Persist(Write::Draft(d)) if d.header.epoch == Epoch(1));
        events.iter().any(is_kept)
    };
    assert!(renewed(None));
    assert!(renewed(Some(2)));
    assert!(!renewed(Some(3)), "the same header is signed again, never another");
}

#[test]
fn a_lane_takes_nothing_until_it_is_executed_as_far_as_it_was_signed() {
    let (roster, mut voting) = (roster(), fresh(None, Some(Sequence(5)), Some(Sequence(5))));
    hear(&mut voting, &roster, seen(0, 0));
    let state = |voting: &Voting, cut: &[Tip]| voting.lane_state(&roster, cut, None);
    assert_eq!(state(&voting, &[tip(0, 4)]), LaneState::NotYet);
    assert!(voting.on_carry(&roster, &[tip(0, 4)]).is_empty());
    assert_eq!(state(&voting, &[tip(0, 5)]), LaneState::Open);
    assert!(matches!(voting.on_carry(&roster, &[tip(0, 5)])[..], [Event::Carry(lanes::Input::Carry)]));
    assert_eq!(state(&voting, &[tip(1, 9)]), LaneState::NotYet, "another lane does not help");
}

#[test]
fn what_a_third_holds_of_our_lane_was_signed_by_us() {
    let floor = |last_batch: Option<u64>, named: [u64; 2]| {
        let (roster, mut voting) = (roster(), fresh(None, last_batch.map(Sequence), None));
        for (n, sequence) in (1..).zip(named) {
            voting.on_seen(&roster, peer(n), Seen { sequence: Sequence(sequence), ..seen(0, 0) });
        }
        // The guard opens when our lane is here, or on record.
        voting.look(around(&roster), Held { lane: Sequence(3), ..HELD });
        (voting.me().is_some(), voting.lane_floor)
    };
    assert_eq!(floor(None, [0, 0]), (true, None));
    assert_eq!(floor(None, [3, 3]), (true, None), "we hold as much");
    assert_eq!(floor(None, [9, 0]), (false, None), "one may lie, but is waited for");
    assert_eq!(floor(Some(9), [9, 9]), (true, Some(Sequence(9))), "nothing new until it is executed up to there");
    assert_eq!(floor(Some(9), [9, 0]), (true, None), "one alone is not believed");
}

#[test]
fn who_leaves_takes_nothing_more_and_an_observer_takes_nothing_at_all() {
    let (roster, mut voting) = (roster(), fresh(None, None, None));
    assert_eq!(voting.lane_state(&roster, &[], None), LaneState::NotYet, "silent yet");
    hear(&mut voting, &roster, seen(0, 0));
    let without_us: Vec<_> = next_set().iter().skip(1).map(|(_, validator)| validator.clone()).collect();
    let without_us = ValidatorSet::new(Epoch(1), without_us).unwrap();
    assert_eq!(voting.lane_state(&roster, &[], Some(&next_set())), LaneState::Open);
    assert_eq!(voting.lane_state(&roster, &[], Some(&without_us)), LaneState::None);
    let observer = Roster::new(roster.sets().clone(), vec![], None);
    assert_eq!(fresh(None, None, None).lane_state(&observer, &[], None), LaneState::None);
}
