//! What a client is told at once, and what waits for our lane.

use corridor_types::operations::AccountStep;
use corridor_types::{
    Approval, AssetId, Code, KeyEntry, KeyRole, Operation, ParticipantId, Timestamp, Transaction, Uetr,
};

use super::*;
use crate::tests::kit::{genesis, key, transaction};

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn ledger() -> Ledger {
    let mut genesis = genesis();
    genesis.participants[0].keys.push(KeyEntry { key: key(90).public_key(), role: KeyRole::Issuer });
    Ledger::genesis(&genesis).unwrap()
}

const fn grounds(ledger: &Ledger, lane: LaneState) -> Grounds<'_> {
    Grounds { lane, ledger, wall: NOW }
}

/// The issuer opens an account: nothing speaks against it.
fn good(number: u8) -> Verified<IdentifiedTransaction> {
    let step = AccountStep::Open { owner: ParticipantId(1), asset: AssetId(0) };
    let operation = Operation::Account { reference: Uetr::from_random([number; 16]), step };
    let approvals = vec![Approval { key: key(90).public_key(), signature: corridor_crypto::Signature([0; 64]) }];
    let valid_until = NOW.plus_ms(60_000);
    let transaction = Transaction { participant: ParticipantId(0), valid_until, operation, approvals };
    Verified::assume_checked(IdentifiedTransaction::new(transaction))
}

fn answers(events: Vec<Event>) -> Vec<(u64, Vec<Admission>)> {
    let answer = |event| match event {
        Event::Do(Effect::Submitted { ticket, admissions }) => Some((ticket, admissions)),
        _ => None,
    };
    events.into_iter().filter_map(answer).collect()
}

#[test]
fn what_nothing_speaks_against_goes_into_the_lane_once_and_is_answered_when_it_is_durable_there() {
    let (ledger, mut admitting) = (ledger(), Admitting::default());
    let events = admitting.on_submit(1, vec![good(1)], grounds(&ledger, LaneState::Open));
    assert!(matches!(&events[..], [Event::Carry(lanes::Input::Submit(fresh))] if fresh.len() == 1), "{events:?}");
    assert!(admitting.on_submit(2, vec![good(1)], grounds(&ledger, LaneState::Open)).is_empty());
    assert_eq!(answers(admitting.report()), []);
    admitting.on_answered(&[good(1).id], &Admission::Accepted);
    assert_eq!(answers(admitting.report()), [(1, vec![Admission::Accepted]), (2, vec![Admission::Accepted])]);
}

#[test]
fn what_the_ledger_refuses_is_refused_at_once_and_the_rest_goes_on() {
    let (ledger, mut admitting) = (ledger(), Admitting::default());
    let events = admitting.on_submit(1, vec![transaction(1), good(2)], grounds(&ledger, LaneState::Open));
    assert!(matches!(&events[..], [Event::Carry(lanes::Input::Submit(fresh))] if fresh.len() == 1), "{events:?}");
    admitting.on_answered(&[good(2).id], &Admission::Busy);
    let answers = answers(admitting.report());
    let [(1, admissions)] = &answers[..] else { panic!("{answers:?}") };
    assert!(matches!(&admissions[..], [Admission::Refused { code, .. }, Admission::Busy] if *code != Code::Ok));
}

#[test]
fn who_has_no_lane_says_so_and_who_has_none_yet_asks_to_come_again() {
    let (ledger, mut admitting) = (ledger(), Admitting::default());
    assert!(admitting.on_submit(1, vec![good(1)], grounds(&ledger, LaneState::None)).is_empty());
    assert_eq!(answers(admitting.report()), [(1, vec![Admission::NoLane])]);
    let events = admitting.on_submit(2, vec![good(1), good(2)], grounds(&ledger, LaneState::NotYet));
    assert_eq!(answers(events), [(2, vec![Admission::Busy, Admission::Busy])]);
    assert_eq!(answers(admitting.report()), [], "nothing was kept of it");
}

#[test]
fn clients_cannot_fill_memory_while_the_lane_stands_still() {
    let (ledger, mut admitting) = (ledger(), Admitting::default());
    let mut submit = |ticket| admitting.on_submit(ticket, vec![good(1)], grounds(&ledger, LaneState::Open));
    let busy = (0..2_000).filter(|ticket| !answers(submit(*ticket)).is_empty()).count();
    assert_eq!(busy, 2_000 - 1_024);
}
