//! Pacing: silence when all is final, no wait when there is work, absent leaders skipped.

use corridor_types::{Height, Message, Response, Status, Timestamp, ValidatorIndex, View, VoteKind};

use super::kit::*;
use crate::{Action, Input, Recipient};

fn built(view: u64, parent: corridor_crypto::Digest, sequence: u64) -> Input {
    Input::Built { view: View(view), parent, cut: cut(sequence), time: Timestamp(view), next: None }
}

fn builds(actions: &[Action]) -> usize {
    actions.iter().filter(|action| matches!(action, Action::Build { .. })).count()
}

/// Validator 0 with view 1 finalized and nothing to do.
fn settled() -> (corridor_types::ValidatorSet, corridor_types::Block, Bench) {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    let block = block(&set, 1, None, 1, 1);
    bench.step(Input::Work(true));
    bench.step(Input::Proposal(proposal(&block)));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&block))));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, finalize(&block))));
    bench.step(Input::Work(false));
    (set, block, bench)
}

#[test]
fn without_work_nothing_happens() {
    for me in 0..4 {
        let mut bench = Bench::new(&set(&[1; 4]), me);
        assert_eq!(bench.step(Input::Tick), []);
        assert_eq!(bench.engine.next_deadline(), None);
    }
}

#[test]
fn after_everything_is_final_the_clocks_stop() {
    let (_, _, mut bench) = settled();
    assert_eq!(bench.engine.next_deadline(), None);
    bench.now += 1_000_000;
    assert_eq!(bench.step(Input::Tick), []);
    assert_eq!(bench.voted(2), []);
}

#[test]
fn the_leader_asks_for_content_as_soon_as_there_is_work() {
    let mut bench = Bench::new(&set(&[1; 4]), 1);
    assert_eq!(builds(&bench.step(Input::Tick)), 0);
    assert_eq!(builds(&bench.step(Input::Work(true))), 1);
    assert_eq!(builds(&bench.step(Input::Work(true))), 0, "the question is open");
}

#[test]
fn an_empty_block_is_held_back_until_new_work_or_a_third_of_the_view() {
    let set = set(&[1; 4]);
    let start = || {
        let mut bench = Bench::new(&set, 1);
        bench.step(Input::Work(true));
        bench.step(built(1, GENESIS, 0));
        assert!(bench.proposals.is_empty());
        bench
    };
    let mut bench = start();
    assert_eq!(builds(&bench.step(Input::Work(true))), 1);
    bench.step(built(1, GENESIS, 1));
    assert_eq!((bench.proposals.len(), bench.now), (1, 0), "at once");
    let mut bench = start();
    assert_eq!(bench.engine.next_deadline(), Some(200));
    assert_eq!(builds(&bench.run_out()), 1);
    bench.step(built(1, GENESIS, 0));
    assert_eq!(bench.proposals.len(), 1, "an empty one now");
}

#[test]
fn unfinalized_content_keeps_the_view_alive_and_empty_blocks_do_not() {
    let set = set(&[1; 4]);
    for (sequence, awake) in [(1, true), (0, false)] {
        let mut bench = Bench::new(&set, 0);
        let block = block(&set, 1, None, sequence, 1);
        bench.step(Input::Proposal(proposal(&block)));
        bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&block))));
        assert_eq!(bench.view(), 2);
        assert_eq!(bench.engine.next_deadline().is_some(), awake, "sequence {sequence}");
    }
}

#[test]
fn a_single_peer_wakes_for_one_round_only_and_a_third_of_the_power_always() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    for view in 1..=4 {
        bench.step(Input::Vote(vote(3, view, VoteKind::Nullify)));
        assert!(bench.engine.next_deadline().is_some(), "view {view}");
        bench.expire();
        bench.step(Input::Certificate(certificate(&[0, 1, 3], view, VoteKind::Nullify)));
    }
    bench.step(Input::Vote(vote(3, 5, VoteKind::Nullify)));
    assert_eq!(bench.engine.next_deadline(), None, "no progress was made for a whole round");
    bench.step(Input::Vote(vote(2, 5, VoteKind::Nullify)));
    assert!(bench.engine.next_deadline().is_some(), "one of two is honest");
}

#[test]
fn a_woken_leader_without_work_proposes_nothing() {
    let mut bench = Bench::new(&set(&[1; 4]), 1);
    let actions = [bench.step(Input::Vote(vote(3, 1, VoteKind::Nullify))), bench.step(Input::Tick)].concat();
    assert_eq!(builds(&actions), 0);
}

#[test]
fn an_absent_leader_is_skipped_at_once_until_it_is_heard() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    bench.step(Input::Work(true));
    bench.expire();
    bench.step(Input::Certificate(certificate(&[0, 2, 3], 1, VoteKind::Nullify)));
    assert_eq!(bench.engine.status().skipped, [ValidatorIndex(1)]);
    for view in 2..5 {
        bench.step(Input::Certificate(certificate(&[0, 2, 3], view, VoteKind::Nullify)));
    }
    assert_eq!(bench.voted(5), [VoteKind::Nullify], "at once");
    bench.step(Input::Vote(vote(1, 5, VoteKind::Nullify)));
    assert_eq!(bench.engine.status().skipped, []);
}

#[test]
fn a_leader_that_voted_in_its_failed_turn_is_not_absent() {
    let mut bench = Bench::new(&set(&[1; 4]), 0);
    bench.step(Input::Work(true));
    bench.step(Input::Vote(vote(1, 1, VoteKind::Nullify)));
    bench.expire();
    bench.step(Input::Vote(vote(2, 1, VoteKind::Nullify)));
    assert_eq!((bench.view(), bench.engine.status().skipped), (2, vec![]));
}

#[test]
fn timeouts_grow_by_steps_up_to_the_cap_and_shrink_again() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    bench.step(Input::Work(true));
    let mut seen = vec![];
    for view in 1..=10 {
        seen.push(bench.engine.status().timeout_ms);
        // The leader votes, so that it is not skipped.
        let leader = (view % 4) as u16;
        bench.step(Input::Vote(vote(leader, view, VoteKind::Nullify)));
        if !bench.voted(view).contains(&VoteKind::Nullify) {
            bench.expire();
        }
        bench.step(Input::Certificate(certificate(&[1, 2, 3], view, VoteKind::Nullify)));
    }
    assert_eq!(seen, [600, 800, 1_000, 1_200, 1_400, 1_600, 1_800, 2_000, 2_000, 2_000]);
    let block = block(&set, 11, None, 1, 1);
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 11, notarize(&block))));
    assert_eq!(bench.engine.status().timeout_ms, 1_800);
}

#[test]
fn a_stuck_validator_repeats_everything_at_a_steady_rate() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    let block = block(&set, 1, None, 1, 1);
    bench.step(Input::Proposal(proposal(&block)));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&block))));
    bench.expire();
    for _ in 0..3 {
        let before = bench.now;
        let actions = bench.run_out();
        assert!(bench.now - before <= 300);
        let sent = |wanted: &dyn Fn(&Message) -> bool| {
            actions
                .iter()
                .any(|action| matches!(action, Action::Send { to: Recipient::All, message } if wanted(message)))
        };
        assert!(sent(&|message| matches!(message, Message::Vote(vote) if vote.vote.kind == VoteKind::Nullify)));
        assert!(sent(&|message| matches!(message, Message::Vote(vote) if vote.vote.kind == finalize(&block))));
        assert!(sent(&|message| matches!(message, Message::Certificate(held) if held.vote.kind == notarize(&block))));
        assert!(actions.iter().any(|action| matches!(action, Action::FetchCertificates { .. })));
    }
}

fn helps(actions: &[Action]) -> Vec<(ValidatorIndex, usize)> {
    let help = |action: &Action| match action {
        Action::Send {
            to: Recipient::One(peer),
            message: Message::Response(Response::Certificates { certificates }),
        } => Some((*peer, certificates.len())),
        _ => None,
    };
    actions.iter().filter_map(help).collect()
}

#[test]
fn an_idle_validator_helps_who_is_behind_and_not_too_often() {
    let (_, block, mut bench) = settled();
    bench.now += 1_000;
    let late = || Input::Vote(vote(2, 1, finalize(&block)));
    assert_eq!(helps(&bench.step(late())), [(ValidatorIndex(2), 1)]);
    assert_eq!(helps(&bench.step(late())), []);
    let status = |view, finalized_view| Status {
        epoch: corridor_types::Epoch(0),
        oldest: Height(1),
        snapshot: Height(0),
        asks_seen: false,
        view: View(view),
        finalized: Height(0),
        finalized_view: View(finalized_view),
        settled: Height(0),
    };
    let from = ValidatorIndex(3);
    assert_eq!(helps(&bench.step(Input::PeerStatus { from, status: status(1, 0) })), [(from, 1)]);
    assert_eq!(helps(&bench.step(Input::PeerStatus { from, status: status(1, 0) })), []);
    let ahead = bench.step(Input::PeerStatus { from, status: status(9, 8) });
    assert_eq!(ahead, [Action::FetchCertificates { from_view: View(2), peers: vec![from] }]);
    assert_eq!(bench.step(Input::PeerStatus { from, status: status(9, 8) }), []);
    assert_eq!(helps(&bench.step(Input::Wanted { from, view: View(1) })), [(from, 1)]);
    assert_eq!(bench.step(Input::PeerStatus { from: ValidatorIndex(77), status: status(1, 0) }), []);
}

#[test]
fn heavier_validators_lead_more_often_and_equal_ones_in_turn() {
    let turns = |powers: &[u64]| {
        let leaders = crate::Leaders::new(&set(powers));
        (0..leaders.cycle()).map(|view| leaders.of(View(view)).0).collect::<Vec<_>>()
    };
    assert_eq!(turns(&[5; 4]), [0, 1, 2, 3]);
    assert_eq!(turns(&[2, 1, 1]), [0, 1, 2, 0]);
    assert_eq!(turns(&[30, 10]), [0, 0, 1, 0]);
    let scaled = turns(&[u64::MAX, 1, u64::MAX / 2]);
    assert!(scaled.len() as u128 <= crate::MAX_CYCLE + 3 && scaled.contains(&1));
}
