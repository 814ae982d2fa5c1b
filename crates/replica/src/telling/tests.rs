//! Who is told and asked what.

use corridor_crypto::Digest;
use corridor_types::{Epoch, ParticipantId, Sequence, Timestamp};

use super::*;
use crate::input::Clock;
use crate::tests::kit::{next_set, peer, roster, status};

fn around(roster: &Roster, steady_ms: u64) -> Around<'_> {
    Around { clock: Clock { steady_ms, wall: Timestamp(0) }, roster }
}

/// Linked to validators 1 to 3 and to an observer, 9.
fn linked(roster: &Roster) -> Telling {
    let mut telling = Telling::new(1_000, 100);
    [1, 2, 3, 9].into_iter().for_each(|n| drop(telling.on_connected(roster, peer(n))));
    telling
}

/// To whom events send something.
fn recipients(events: &[Event]) -> Vec<Peer> {
    let to = |event: &Event| match event {
        Event::Do(Effect::Send { to: Recipient::One(peer), .. }) | Event::TellStatus(Recipient::One(peer)) => {
            Some(*peer)
        }
        _ => None,
    };
    events.iter().filter_map(to).collect()
}

const QUESTION: Request = Request::Block { digest: Digest::ZERO };

fn indices(of: impl IntoIterator<Item = u16>) -> Vec<ValidatorIndex> {
    of.into_iter().map(ValidatorIndex).collect()
}

#[test]
fn only_a_validator_is_sent_our_lane_when_its_link_comes_up() {
    let (roster, mut telling) = (roster(), Telling::new(1_000, 100));
    let is_lane = |event: &Event| matches!(event, Event::Carry(lanes::Input::PeerUp(_)));
    assert!(telling.on_connected(&roster, peer(1)).iter().any(is_lane));
    assert!(!telling.on_connected(&roster, peer(9)).iter().any(is_lane));
}

#[test]
fn the_first_linked_peer_is_asked_and_nobody_else() {
    let roster = roster();
    let mut telling = linked(&roster);
    telling.on_disconnected(peer(2));
    assert_eq!(recipients(&telling.ask_first(&roster, QUESTION, &indices([2, 3, 1]))), [peer(3)]);
    assert_eq!(recipients(&telling.ask_first(&roster, QUESTION, &indices([2]))), []);
}

#[test]
fn who_is_asked_rotates_so_that_a_silent_peer_costs_nothing() {
    let mut telling = Telling::new(1_000, 100);
    let roster = roster();
    (0..4).for_each(|n| drop(telling.on_connected(&roster, peer(n))));
    let mut first = || recipients(&telling.ask_some(&roster, QUESTION, &indices(0..4)));
    let rounds = [first(), first(), first(), first()];
    assert!(rounds.iter().all(|asked| asked.len() == ASKED_AT_ONCE));
    let mut leads: Vec<Peer> = rounds.iter().map(|asked| asked[0]).collect();
    leads.sort_unstable();
    leads.dedup();
    assert_eq!(leads.len(), 4, "each leads once");
}

#[test]
fn where_we_are_is_said_at_a_steady_rate() {
    let roster = roster();
    let mut telling = linked(&roster);
    let mut is_due =
        |now| matches!(telling.on_tick(around(&roster, now))[..], [Event::TellStatus(Recipient::Everyone)]);
    assert_eq!([0, 999, 1_000, 1_500, 2_000].map(&mut is_due), [true, false, true, false, true]);
}

#[test]
fn an_observer_is_told_soon_after_a_block_settled() {
    let roster = roster();
    let mut telling = linked(&roster);
    telling.on_tick(around(&roster, 0));
    telling.on_settled(around(&roster, 10));
    telling.on_settled(around(&roster, 60));
    assert_eq!(telling.next_deadline(), 110, "the first of them counts");
    assert_eq!(recipients(&telling.on_tick(around(&roster, 110))), [peer(9)]);
    telling.on_disconnected(peer(9));
    telling.on_settled(around(&roster, 120));
    assert_eq!(telling.next_deadline(), 1_000, "there is nobody to tell");
}

#[test]
fn the_news_of_another_epoch_is_for_catch_up_only() {
    let roster = roster();
    let mut telling = linked(&roster);
    let is_for_engine = |event: &Event| matches!(event, Event::Order(_));
    assert!(telling.on_status(&roster, peer(1), status(0)).iter().any(is_for_engine));
    assert!(!telling.on_status(&roster, peer(1), status(1)).iter().any(is_for_engine));
    let asks = Status { asks_seen: true, ..status(1) };
    assert!(matches!(telling.on_status(&roster, peer(1), asks)[0], Event::AsksSeen { .. }));
}

#[test]
fn late_news_does_not_bring_a_link_back() {
    let roster = roster();
    let mut telling = linked(&roster);
    telling.on_disconnected(peer(1));
    telling.on_status(&roster, peer(1), status(0));
    assert!(!telling.is_linked(&peer(1)));
}

#[test]
fn questions_go_to_whom_they_are_for_and_no_further_than_the_budget() {
    let roster = roster();
    let mut telling = linked(&roster);
    let certificates = Request::Certificates { from: corridor_types::View(3) };
    let mut ask = |from, request| telling.on_request(around(&roster, 0), peer(from), request);
    assert!(matches!(ask(1, certificates)[..], [Event::Order(consensus::Input::Wanted { .. })]));
    assert!(ask(9, certificates).is_empty(), "observers follow finalized blocks only");
    let batches =
        Request::Batches { lane: ParticipantId(0), sequence: Sequence(1), digest: Digest::ZERO, above: Sequence(0) };
    assert!(matches!(ask(1, batches)[..], [Event::Carry(lanes::Input::Asked { .. }), Event::Do(_)]));
    assert!(matches!(ask(9, batches)[..], [Event::Do(Effect::Answer { .. })]));
    let answered = (0..200).filter(|_| !ask(2, QUESTION).is_empty()).count();
    assert_eq!(answered, 100);
}

#[test]
fn who_is_an_observer_changes_with_the_set() {
    let mut roster = roster();
    let mut telling = linked(&roster);
    let list: Vec<_> = next_set().iter().take(3).map(|(_, validator)| validator.clone()).collect();
    roster.enter(corridor_types::ValidatorSet::new(Epoch(1), list).unwrap());
    telling.on_tick(around(&roster, 0));
    telling.on_settled(around(&roster, 0));
    let mut told = recipients(&telling.on_tick(around(&roster, 100)));
    let mut expected = vec![peer(3), peer(9)];
    told.sort_unstable();
    expected.sort_unstable();
    assert_eq!(told, expected);
}
