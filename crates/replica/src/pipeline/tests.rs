//! In which order finalized blocks become settled ones, and which proposals may be voted for.

use corridor_types::{Certificate, Outcome, ParticipantId, Sequence, Timestamp, Vote, VoteKind};

use super::*;
use crate::input::Clock;
use crate::membership::Roster;
use crate::tests::kit::{block, genesis, key, next_set, roster};

const NOW: Timestamp = Timestamp(1_790_000_000_500);

fn around(roster: &Roster) -> Around<'_> {
    Around { clock: Clock { steady_ms: 0, wall: NOW }, roster }
}

fn pipeline() -> Pipeline {
    let sets = ValidatorSets::new(genesis().validator_set().unwrap());
    let first = Final::genesis(genesis().signing_context().genesis());
    let settlement = Settlement::new(sets, Height(0), Height(0), &[]);
    let beginning = Beginning {
        ledger: Ledger::genesis(&genesis()).unwrap(),
        finalized: first.clone(),
        execution: Execution::new(first, vec![]),
        settling: Settling::new(settlement, vec![], vec![], 300),
        oldest: Height(1),
    };
    Pipeline::new(genesis().time, beginning)
}

/// A block of the first epoch at a height, with the same set as the next one.
fn empty(height: u64) -> Block {
    block(height, height, &genesis().validator_set().unwrap())
}

fn finalization(block: &Block) -> Certificate {
    let kind = VoteKind::Finalize { block: block.digest() };
    Certificate { vote: Vote { epoch: block.epoch, view: block.view, kind }, signatures: vec![] }
}

fn seal(block: &Block) -> Seal {
    Seal { stubs: vec![], finalization: finalization(block) }
}

fn signed(outcome: Outcome, n: u8) -> Verified<SignedOutcome> {
    outcome.sign(&genesis().signing_context(), corridor_types::ValidatorIndex(n.into()), &key(n))
}

/// Where in a list of events the first one of a kind stands.
fn place(events: &[Event], is: impl Fn(&Event) -> bool) -> usize {
    events.iter().position(is).unwrap_or_else(|| panic!("{events:?}"))
}

/// Finalizes and executes one block, and returns what followed from its execution.
fn execute(pipeline: &mut Pipeline, roster: &Roster, block: Block) -> Vec<Event> {
    pipeline.on_finalized(std::slice::from_ref(&block), seal(&block));
    assert!(matches!(pipeline.on_execute()[..], [Event::Collect { .. }]));
    pipeline.on_collected(around(roster), &[])
}

#[test]
fn a_finalized_block_is_kept_before_anybody_hears_of_it_and_then_executed() {
    let mut pipeline = pipeline();
    let events = pipeline.on_finalized(&[empty(1), empty(2)], seal(&empty(2)));
    let kept = |event: &Event| matches!(event, Event::Persist(Write::Finalized { finalization: None, .. }));
    let proven = |event: &Event| matches!(event, Event::Persist(Write::Finalized { finalization: Some(_), .. }));
    assert_eq!((place(&events, kept), place(&events, proven)), (0, 1), "the certificate is of the last one");
    assert!(matches!(events[2..], [Event::CatchUp(sync::Input::Advanced { height: Height(2), .. }), Event::Execute]));
    assert_eq!((pipeline.finalized().height, pipeline.executed().height), (Height(2), Height(0)));
}

#[test]
fn an_executed_block_is_kept_signed_and_told_in_this_order_and_the_next_one_follows() {
    let (mut pipeline, roster) = (pipeline(), roster());
    let events = execute(&mut pipeline, &roster, empty(1));
    let places = [
        place(&events, |event| matches!(event, Event::Persist(Write::Executed(_)))),
        place(&events, |event| matches!(event, Event::Sign(SignRequest::Outcome(_)))),
        place(&events, |event| matches!(event, Event::Carry(lanes::Input::Finalized { .. }))),
        place(&events, |event| matches!(event, Event::Available)),
        place(&events, |event| matches!(event, Event::Execute)),
    ];
    assert!(places.is_sorted(), "{places:?}");
    assert_eq!(pipeline.executed().height, Height(1));
    assert!(pipeline.on_execute().is_empty(), "there is no second one");
}

#[test]
fn who_is_in_no_set_signs_no_outcome() {
    let (mut pipeline, sets) = (pipeline(), roster().sets().clone());
    let observer = Roster::new(sets, vec![], None);
    let events = execute(&mut pipeline, &observer, empty(1));
    assert!(!events.iter().any(|event| matches!(event, Event::Sign(_))), "{events:?}");
}

#[test]
fn what_lacks_a_batch_is_fetched_and_not_executed() {
    let mut pipeline = pipeline();
    let tip = Tip { lane: ParticipantId(0), sequence: Sequence(3), digest: Digest([7; 32]) };
    let block = Block { cut: vec![tip], ..empty(1) };
    pipeline.on_finalized(std::slice::from_ref(&block), seal(&block));
    let wants = pipeline.on_lacking();
    assert!(matches!(&wants[..], [Event::Want { cut, .. }] if *cut == [tip]), "{wants:?}");
    assert_eq!(pipeline.executed().height, Height(0));
}

/// The outcome that we are asked to sign.
fn ours(events: &[Event]) -> Outcome {
    let outcome = events.iter().find_map(|event| match event {
        Event::Sign(SignRequest::Outcome(outcome)) => Some(*outcome),
        _ => None,
    });
    outcome.unwrap()
}

#[test]
fn three_equal_outcomes_settle_a_block_and_the_certificate_is_kept_before_it_is_told() {
    let (mut pipeline, roster) = (pipeline(), roster());
    let outcome = ours(&execute(&mut pipeline, &roster, empty(1)));
    assert!(pipeline.on_outcome(around(&roster), signed(outcome, 1)).is_empty());
    assert!(pipeline.on_outcome(around(&roster), signed(outcome, 2)).is_empty());
    let events = pipeline.on_outcome_signed(around(&roster), signed(outcome, 0));
    let kept = place(&events, |event| matches!(event, Event::Persist(Write::Settlement(_))));
    let told = place(&events, |event| matches!(event, Event::Do(Effect::Settled(_))));
    assert!(kept < told);
    assert_eq!(pipeline.settling().settled(), Height(1));
}

#[test]
fn a_quorum_for_another_outcome_halts_us() {
    let (mut pipeline, roster) = (pipeline(), roster());
    let outcome = ours(&execute(&mut pipeline, &roster, empty(1)));
    let other = Outcome { state: Digest([9; 32]), ..outcome };
    let events = (1..4).flat_map(|n| pipeline.on_outcome(around(&roster), signed(other, n)));
    let events: Vec<Event> = events.collect();
    assert!(matches!(events.last(), Some(Event::Halt(Halt::Diverged { height: Height(1), .. }))), "{events:?}");
    assert_eq!(pipeline.settling().settled(), Height(0));
}

#[test]
fn an_outcome_is_sent_again_until_it_is_certified_and_no_faster() {
    let (mut pipeline, roster) = (pipeline(), roster());
    let outcome = ours(&execute(&mut pipeline, &roster, empty(1)));
    pipeline.on_outcome_signed(around(&roster), signed(outcome, 0));
    let mut sent = |steady_ms| {
        let clock = Clock { steady_ms, wall: NOW };
        pipeline.on_repeat_outcomes(Around { clock, roster: &roster }).len()
    };
    assert_eq!([0, 299, 300, 599, 600].map(&mut sent), [1, 0, 1, 0, 1]);
    (1..3).for_each(|n| drop(pipeline.on_outcome(around(&roster), signed(outcome, n))));
    assert!(pipeline.settling().next_deadline().is_none());
}

#[test]
fn the_end_of_an_epoch_is_kept_with_what_proves_it_until_it_is_certified() {
    let mut pipeline = pipeline();
    let boundary = block(1, 1, &next_set());
    let events = pipeline.on_finalized(std::slice::from_ref(&boundary), seal(&boundary));
    assert!(events.iter().any(|event| matches!(event, Event::Persist(Write::Seal(_)))), "{events:?}");
    assert!(pipeline.settling().has_boundary());
    let events = pipeline.on_finalized(&[empty(2)], seal(&empty(2)));
    assert!(!events.iter().any(|event| matches!(event, Event::Persist(Write::Seal(_)))), "{events:?}");
}

/// What becomes of a proposal of this time.
fn judged(time: Timestamp) -> Vec<Event> {
    let (mut pipeline, roster) = (pipeline(), roster());
    let parent = Block { time: Timestamp(NOW.0 - 100), ..empty(1) };
    let question = Question { block: Block { time, ..empty(2) }, parent: Some(parent) };
    pipeline.on_judge(around(&roster), question)
}

#[test]
fn a_proposal_is_later_than_its_parent_and_not_ahead_of_our_clock() {
    let drift_ms = genesis().parameters.clock_drift_max_ms;
    let refused =
        |events: &[Event]| matches!(events, [Event::Order(consensus::Input::Judged { acceptable: false, .. })]);
    assert!(refused(&judged(Timestamp(NOW.0 - 100))), "not later than its parent");
    assert!(matches!(judged(Timestamp(NOW.0 - 99))[..], [Event::JudgeCut(_)]));
    assert!(matches!(judged(NOW.plus_ms(drift_ms))[..], [Event::JudgeCut(_)]));
    assert!(judged(NOW.plus_ms(drift_ms + 1)).is_empty(), "it waits until our clock is there");
}

#[test]
fn a_proposal_that_waits_is_judged_again_until_its_view_is_final() {
    let (mut pipeline, roster) = (pipeline(), roster());
    let early = Question { block: Block { time: NOW.plus_ms(1_000_000), ..empty(5) }, parent: Some(empty(4)) };
    pipeline.on_judge(around(&roster), early);
    let again = pipeline.on_judge_again();
    let [Event::Judge(question)] = &again[..] else { panic!("{again:?}") };
    pipeline.on_postpone(question.clone());
    pipeline.on_finalized(&[empty(1)], seal(&empty(1)));
    assert_eq!(pipeline.proposals().latest_time(), Some(NOW.plus_ms(1_000_000)));
    pipeline.on_finalized(&[empty(5)], seal(&empty(5)));
    assert!(pipeline.on_judge_again().is_empty());
}

#[test]
fn an_epoch_ends_only_as_our_own_ledger_has_decided() {
    let (mut pipeline, roster) = (pipeline(), roster());
    let boundary = Block { time: NOW, ..block(1, 1, &next_set()) };
    let events = pipeline.on_judge(around(&roster), Question { block: boundary, parent: None });
    assert!(events.is_empty(), "no change is decided here: {events:?}");
    assert!(pipeline.proposals().latest_time().is_some(), "it may be once more is executed");
}

#[test]
fn our_own_block_is_later_than_its_parent_even_if_our_clock_is_not() {
    let (pipeline, roster) = (pipeline(), roster());
    let time = |parent: &Block| {
        let events = pipeline.on_build(around(&roster), View(1), Digest::ZERO, Some(parent), vec![]);
        let [Event::Order(consensus::Input::Built { time, .. })] = events[..] else { panic!("{events:?}") };
        time
    };
    assert_eq!(time(&empty(1)), NOW);
    assert_eq!(time(&Block { time: NOW.plus_ms(7), ..empty(1) }), NOW.plus_ms(8));
}

#[test]
fn blocks_that_catch_up_brings_again_change_nothing() {
    let mut pipeline = pipeline();
    pipeline.on_finalized(&[empty(1), empty(2)], seal(&empty(2)));
    let finality = |block: &Block| Verified::assume_checked(Finality::Finalization(finalization(block)));
    assert!(pipeline.on_caught_up(vec![empty(1), empty(2)], vec![], finality(&empty(2))).is_empty());
    let events = pipeline.on_caught_up(vec![empty(2), empty(3)], vec![], finality(&empty(3)));
    let kept = events.iter().filter(|event| matches!(event, Event::Persist(Write::Finalized { .. })));
    assert_eq!(kept.count(), 1, "{events:?}");
    let synced = |event: &Event| matches!(event, Event::Order(consensus::Input::Synced { finalization: Some(_), .. }));
    assert!(place(&events, synced) < place(&events, |event| matches!(event, Event::Execute)));
}
