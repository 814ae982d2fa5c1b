//! Missing bodies, gaps in certificates, catch-up and restarts, one at a time.

use corridor_types::persist::Write;
use corridor_types::{Block, Message, ValidatorIndex, View, VoteKind};

use super::kit::*;
use crate::{Action, Input, Resume};

fn fetched(actions: &[Action]) -> Vec<corridor_crypto::Digest> {
    let fetch = |action: &Action| if let Action::FetchBlock { digest, .. } = action { Some(*digest) } else { None };
    actions.iter().filter_map(fetch).collect()
}

fn finalized(actions: &[Action]) -> Vec<u64> {
    let heights = |action: &Action| match action {
        Action::Finalized { blocks, .. } => blocks.iter().map(|block| block.height.0).collect(),
        _ => vec![],
    };
    actions.iter().flat_map(heights).collect()
}

#[test]
fn a_missing_body_is_fetched_by_name_and_finalized_with_its_ancestors() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    let first = block(&set, 1, None, 1, 1);
    let second = block(&set, 2, Some(&first), 2, 2);
    assert_eq!(bench.step(Input::Block(first.clone())), [], "nobody asked");
    let actions = bench.step(Input::Certificate(certificate(&[1, 2, 3], 2, finalize(&second))));
    assert_eq!((bench.view(), fetched(&actions)), (3, vec![second.digest()]));
    let actions = bench.step(Input::Block(second.clone()));
    assert_eq!(fetched(&actions), [first.digest()], "the body names its parent");
    let actions = bench.step(Input::Block(first.clone()));
    assert_eq!(finalized(&actions), [1, 2]);
    assert_eq!(bench.engine.next_deadline(), None);
}

#[test]
fn a_fetch_is_repeated_and_then_catch_up_takes_over() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    let first = block(&set, 1, None, 1, 1);
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, finalize(&first))));
    let actions = bench.run_out();
    assert_eq!((bench.now, fetched(&actions)), (300, vec![first.digest()]));
    let holders = vec![ValidatorIndex(1), ValidatorIndex(2), ValidatorIndex(3)];
    assert!(actions.iter().any(|action| matches!(action, Action::Behind { holders: who, .. } if *who == holders)));
    let finalization = certificate(&[1, 2, 3], 1, finalize(&first));
    let actions = bench.step(Input::Synced { block: first, finalization: Some(finalization) });
    assert!(finalized(&actions).is_empty(), "executed elsewhere");
    assert_eq!(bench.engine.status().finalized_view, View(1));
    assert_eq!(bench.engine.next_deadline(), None);
}

#[test]
fn a_finalization_from_far_ahead_asks_for_catch_up_at_once() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    let far = block(&set, 1_000, None, 1, 1);
    let actions = bench.step(Input::Certificate(certificate(&[1, 2, 3], 1_000, finalize(&far))));
    assert!(actions.iter().any(|action| matches!(action, Action::Behind { .. })));
    assert_eq!(bench.view(), 1_001);
}

#[test]
fn a_leader_with_a_gap_asks_for_the_certificates_before_it_proposes() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    bench.step(Input::Work(true));
    let actions = bench.step(Input::Certificate(certificate(&[1, 2, 3], 3, VoteKind::Nullify)));
    let asked = |action: &Action| matches!(action, Action::FetchCertificates { from_view: View(1), .. });
    assert!(actions.iter().any(asked) && !actions.iter().any(|action| matches!(action, Action::Build { .. })));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, VoteKind::Nullify)));
    let actions = bench.step(Input::Certificate(certificate(&[1, 2, 3], 2, VoteKind::Nullify)));
    assert!(actions.iter().any(|action| matches!(action, Action::Build { parent: GENESIS, .. })));
}

#[test]
fn after_a_restart_the_same_votes_are_sent_again_and_no_others() {
    let set = set(&[1; 4]);
    let block = block(&set, 1, None, 1, 1);
    let resume = Resume { votes: vec![vote(0, 1, notarize(&block))], ..Resume::default() };
    let mut bench = Bench::resume(&set, 0, resume);
    assert_eq!(bench.engine.next_deadline(), Some(0));
    let actions = bench.step(Input::Tick);
    let own = |action: &Action| matches!(action, Action::Send { message: Message::Vote(held), .. } if held == vote(0, 1, notarize(&block)).get());
    assert!(actions.iter().any(own));
    let other = super::kit::block(&set, 1, None, 1, 2);
    bench.step(Input::Proposal(proposal(&other)));
    assert_eq!(bench.voted(1), [], "it voted before it stopped");
}

#[test]
fn after_a_restart_nullify_and_finalize_still_exclude_each_other() {
    let set = set(&[1; 4]);
    let block = block(&set, 1, None, 1, 1);
    let nullified = Resume { votes: vec![vote(0, 1, VoteKind::Nullify)], ..Resume::default() };
    let mut bench = Bench::resume(&set, 0, nullified);
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&block))));
    assert_eq!(bench.voted(1), []);
}

#[test]
fn a_leader_does_not_propose_twice_over_a_restart() {
    let set = set(&[1; 4]);
    let block = block(&set, 1, None, 1, 1);
    let resume = Resume { proposals: vec![proposal(&block)], ..Resume::default() };
    let mut bench = Bench::resume(&set, 1, resume);
    let actions = bench.step(Input::Work(true));
    assert!(!actions.iter().any(|action| matches!(action, Action::Build { .. })));
    assert!(actions.iter().any(|action| matches!(action, Action::Send { message: Message::Proposal { .. }, .. })));
    assert_eq!(bench.voted(1), [notarize(&block)], "its vote was lost and is cast now");
}

#[test]
fn a_restart_finds_the_view_and_finishes_what_was_open() {
    let set = set(&[1; 4]);
    let first = block(&set, 1, None, 1, 1);
    let second = block(&set, 2, Some(&first), 2, 2);
    let resume = Resume {
        blocks: vec![first.clone(), second.clone()],
        certificates: vec![
            certificate(&[1, 2, 3], 1, notarize(&first)),
            certificate(&[1, 2, 3], 1, finalize(&first)),
            certificate(&[1, 2, 3], 2, notarize(&second)),
        ],
        ..Resume::default()
    };
    let mut bench = Bench::resume(&set, 0, resume);
    let actions = bench.step(Input::Tick);
    assert_eq!((bench.view(), finalized(&actions)), (3, vec![1]));
    assert_eq!(bench.voted(2), [finalize(&second)]);
}

#[test]
fn pending_records_are_pruned_one_finalization_late() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    let mut parent: Option<Block> = None;
    for view in 1..=3 {
        let block = block(&set, view, parent.as_ref(), view, view);
        bench.step(Input::Proposal(proposal(&block)));
        bench.step(Input::Certificate(certificate(&[1, 2, 3], view, notarize(&block))));
        bench.step(Input::Certificate(certificate(&[1, 2, 3], view, finalize(&block))));
        parent = Some(block);
    }
    let prunes = bench.persisted.iter().filter_map(|write| match write {
        Write::PrunePending { below } => Some(below.0),
        _ => None,
    });
    assert_eq!(prunes.collect::<Vec<_>>(), [2, 3]);
}

#[test]
fn a_validator_alone_finalizes_by_itself_and_rests() {
    let set = set(&[1]);
    let mut bench = Bench::new(&set, 0);
    let mut parent = GENESIS;
    for view in 1..=3 {
        bench.step(Input::Work(true));
        let time = corridor_types::Timestamp(view);
        let actions = bench.step(Input::Built { view: View(view), parent, cut: cut(view), time, next: None });
        assert_eq!(finalized(&actions), [view]);
        parent = bench.proposals.last().unwrap().digest();
        bench.step(Input::Work(false));
        assert_eq!(bench.engine.next_deadline(), None);
    }
}

#[test]
fn what_is_held_of_a_validator_is_shown_with_its_signature() {
    let set = set(&[1; 4]);
    let mut bench = Bench::new(&set, 0);
    let shown = |bench: &Bench, of| bench.engine.shows_signed_by(ValidatorIndex(of));
    assert_eq!((bench.engine.highest_signed_by(ValidatorIndex(1)), shown(&bench, 1)), (View(0), None));
    let nullify = vote(1, 1, VoteKind::Nullify);
    bench.step(Input::Vote(nullify));
    assert_eq!(shown(&bench, 1), Some(Message::Vote(nullify.into_inner())));
    let nullified = certificate(&[1, 2, 3], 2, VoteKind::Nullify);
    let signature = nullified.signatures[0].1;
    bench.step(Input::Certificate(nullified));
    let Some(Message::Vote(shown_vote)) = shown(&bench, 1) else { panic!("the vote out of the certificate") };
    assert_eq!((shown_vote.vote.view, shown_vote.voter, shown_vote.signature), (View(2), ValidatorIndex(1), signature));
    assert_eq!(shown(&bench, 0), None, "we have signed nothing");
}
