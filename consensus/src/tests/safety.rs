//! One test per rule that safety rests on. Deleting the rule makes its test fail.

use corridor_crypto::{Digest, SigningContext, Verified};
use corridor_types::persist::Write;
use corridor_types::{Epoch, Evidence, SignedProposal, ValidatorIndex, View, Vote, VoteKind};

use super::kit::*;
use crate::{Action, Input, Resume};

fn working(me: u16) -> Bench {
    let mut bench = Bench::new(&set(&[1; 4]), me);
    bench.step(Input::Work(true));
    bench
}

#[test]
fn a_broken_invariant_stops_the_engine_and_nothing_else_comes_out_ever() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    bench.engine.break_a_rule("water is wet");
    for input in [Input::Proposal(proposal(&block(&set, 1, None, 1, 1))), Input::Tick, Input::Work(true)] {
        assert_eq!(bench.step(input), [Action::Halt { rule: "water is wet" }]);
    }
    assert!(bench.votes.is_empty() && bench.proposals.is_empty());
}

#[test]
fn one_notarize_per_view() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let (first, second) = (block(&set, 1, None, 1, 1), block(&set, 1, None, 1, 2));
    bench.step(Input::Proposal(proposal(&first)));
    bench.step(Input::Proposal(proposal(&second)));
    bench.step(Input::Judged { block: second.digest(), acceptable: true });
    assert_eq!(bench.voted(1), [notarize(&first)]);
}

#[test]
fn the_leader_proposes_once_and_notarizes_its_own() {
    let mut bench = working(1);
    let built = |time| Input::Built {
        view: View(1),
        parent: GENESIS,
        cut: cut(1),
        time: corridor_types::Timestamp(time),
        next: None,
    };
    bench.step(built(1));
    bench.step(built(2));
    assert_eq!(bench.proposals.len(), 1);
    assert_eq!(bench.voted(1), [notarize(&bench.proposals[0])]);
}

#[test]
fn no_notarize_after_nullify() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    bench.expire();
    bench.step(Input::Proposal(proposal(&block(&set, 1, None, 1, 1))));
    assert_eq!(bench.voted(1), [VoteKind::Nullify]);
}

#[test]
fn no_proposal_after_nullify() {
    let mut bench = working(1);
    bench.expire();
    let cut = cut(1);
    bench.step(Input::Built { view: View(1), parent: GENESIS, cut, time: corridor_types::Timestamp(1), next: None });
    assert!(bench.proposals.is_empty());
}

#[test]
fn no_finalize_after_nullify() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let block = block(&set, 1, None, 1, 1);
    bench.step(Input::Proposal(proposal(&block)));
    bench.expire();
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&block))));
    assert_eq!(bench.view(), 2, "it moves on all the same");
    assert_eq!(bench.voted(1), [notarize(&block), VoteKind::Nullify]);
}

#[test]
fn no_nullify_after_finalize_even_one_that_only_a_peer_remembers() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let block = block(&set, 1, None, 1, 1);
    bench.step(Input::Vote(vote(0, 1, finalize(&block))));
    bench.expire();
    assert_eq!(bench.voted(1), []);
    assert!(bench.engine.next_deadline().is_some_and(|at| at > bench.now), "no busy loop");
}

#[test]
fn finalize_once_though_a_nullification_and_a_late_notarization_come() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let block = block(&set, 1, None, 1, 1);
    let notarization = certificate(&[1, 2, 3], 1, notarize(&block));
    bench.step(Input::Certificate(notarization.clone()));
    bench.step(Input::Certificate(notarization));
    assert_eq!(bench.voted(1), [finalize(&block)]);
    let mut other = working(0);
    other.step(Input::Certificate(certificate(&[1, 2, 3], 1, VoteKind::Nullify)));
    other.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&block))));
    assert_eq!(other.voted(1), [], "useless after a nullification");
}

#[test]
fn no_notarize_on_a_parent_that_is_not_notarized() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let first = block(&set, 1, None, 1, 1);
    let second = block(&set, 2, Some(&first), 2, 2);
    bench.step(Input::Proposal(proposal(&first)));
    bench.step(Input::Proposal(proposal(&second)));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, VoteKind::Nullify)));
    assert_eq!((bench.view(), bench.voted(2)), (2, vec![]));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&first))));
    assert_eq!(bench.voted(2), [notarize(&second)], "the late notarization is enough");
}

#[test]
fn no_notarize_on_the_rival_of_a_notarized_block() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let (first, rival) = (block(&set, 1, None, 1, 1), block(&set, 1, None, 1, 2));
    bench.step(Input::Proposal(proposal(&first)));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&rival))));
    bench.step(Input::Proposal(proposal(&block(&set, 2, Some(&first), 2, 2))));
    assert_eq!((bench.view(), bench.voted(2)), (2, vec![]));
}

#[test]
fn no_notarize_below_the_finalized_block() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let first = block(&set, 1, None, 1, 1);
    bench.step(Input::Proposal(proposal(&first)));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, finalize(&first))));
    bench.step(Input::Proposal(proposal(&block(&set, 2, None, 2, 2))));
    assert_eq!((bench.view(), bench.voted(2)), (2, vec![]));
}

#[test]
fn no_notarize_over_a_view_that_is_not_nullified() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let first = block(&set, 1, None, 1, 1);
    let third = block(&set, 3, Some(&first), 2, 2);
    bench.step(Input::Proposal(proposal(&first)));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&first))));
    let second = block(&set, 2, Some(&first), 2, 2);
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 2, notarize(&second))));
    let actions = bench.step(Input::Proposal(proposal(&third)));
    assert_eq!((bench.view(), bench.voted(3)), (3, vec![]));
    assert!(actions.iter().any(|action| matches!(action, Action::FetchCertificates { from_view: View(2), .. })
        || matches!(action, Action::FetchCertificates { .. })));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 2, VoteKind::Nullify)));
    assert_eq!(bench.voted(3), [notarize(&third)]);
}

#[test]
fn the_header_is_checked() {
    let set = set(&[1; 4]);
    let good = block(&set, 1, None, 1, 1);
    let check = |bad: corridor_types::Block, what: &str| {
        let mut bench = working(0);
        bench.step(Input::Proposal(proposal(&bad)));
        assert_eq!(bench.voted(1), [], "{what}");
        bench.step(Input::Proposal(proposal(&good)));
        let expected: &[_] = if bad.view == View(1) && what == "height" { &[] } else { &[notarize(&good)] };
        assert_eq!(bench.voted(1), expected, "after {what}");
    };
    check(corridor_types::Block { epoch: Epoch(1), ..good.clone() }, "epoch");
    check(corridor_types::Block { view: View(0), ..good.clone() }, "view");
    check(corridor_types::Block { proposer: ValidatorIndex(2), ..good.clone() }, "proposer");
    check(corridor_types::Block { parent_view: View(1), ..good.clone() }, "parent view");
    check(corridor_types::Block { validators: GENESIS, ..good.clone() }, "validators");
    check(corridor_types::Block { height: corridor_types::Height(2), ..good.clone() }, "height");
    let mut bench = working(0);
    bench.step(Input::Proposal(proposal(&corridor_types::Block { parent: Digest([9; 32]), ..good.clone() })));
    assert_eq!(bench.voted(1), [], "parent");
}

#[test]
fn what_the_replica_does_not_accept_is_not_voted_for() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    bench.judges = false;
    let block = block(&set, 1, None, 1, 1);
    bench.step(Input::Proposal(proposal(&block)));
    assert_eq!(bench.voted(1), []);
    bench.step(Input::Judged { block: block.digest(), acceptable: false });
    bench.step(Input::Judged { block: block.digest(), acceptable: true });
    assert_eq!(bench.voted(1), [], "a refusal is final");
}

#[test]
fn a_block_is_written_before_its_vote_and_certificates_before_what_follows() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    bench.judges = false;
    let block = block(&set, 1, None, 1, 1);
    bench.step(Input::Proposal(proposal(&block)));
    let ready = bench.engine.step(0, Input::Judged { block: block.digest(), acceptable: true });
    assert_eq!(ready.persist, [Write::PendingBlock(block.clone())]);
    assert_eq!(ready.sign.len(), 1);
    let notarization = certificate(&[1, 2, 3], 1, notarize(&block));
    let ready = bench.engine.step(0, Input::Certificate(notarization.clone()));
    assert_eq!(ready.persist, [Write::PendingCertificate(notarization.into_inner())]);
    assert!(
        ready
            .then
            .iter()
            .all(|action| !matches!(action, Action::Send { message: corridor_types::Message::Vote(_), .. }))
    );
}

#[test]
fn a_quorum_is_of_power_not_of_heads() {
    let set = set(&[3, 1, 1, 1]);
    let mut bench = Bench::new(&set, 3);
    bench.step(Input::Work(true));
    for voter in [1, 2] {
        bench.step(Input::Vote(vote(voter, 1, VoteKind::Nullify)));
    }
    bench.expire();
    assert_eq!(bench.view(), 1, "three heads of four, but half of the power");
    bench.step(Input::Vote(vote(0, 1, VoteKind::Nullify)));
    assert_eq!(bench.view(), 2);
}

#[test]
fn two_thirds_exactly_are_no_quorum() {
    let mut bench = Bench::new(&set(&[1; 3]), 0);
    bench.step(Input::Work(true));
    bench.step(Input::Vote(vote(1, 1, VoteKind::Nullify)));
    bench.expire();
    assert_eq!(bench.view(), 1);
    bench.step(Input::Vote(vote(2, 1, VoteKind::Nullify)));
    assert_eq!(bench.view(), 2);
}

#[test]
fn repeated_and_contradicting_votes_count_once() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let (a, b) = (block(&set, 1, None, 1, 1), block(&set, 1, None, 1, 2));
    for _ in 0..3 {
        bench.step(Input::Vote(vote(2, 1, notarize(&a))));
        bench.step(Input::Vote(vote(2, 1, notarize(&b))));
    }
    bench.step(Input::Vote(vote(3, 1, notarize(&b))));
    bench.step(Input::Vote(vote(1, 1, notarize(&b))));
    assert_eq!(bench.view(), 1, "only two of them count for b");
    let evidence = bench.actions.iter().filter(|action| matches!(action, Action::Evidence(_))).count();
    assert_eq!(evidence, 1, "once per culprit and view");
}

#[test]
fn votes_of_another_epoch_do_nothing() {
    let mut bench = working(0);
    for voter in 1..4 {
        let mut foreign = *vote(voter, 1, VoteKind::Nullify);
        foreign.vote.epoch = Epoch(1);
        bench.step(Input::Vote(Verified::assume_checked(foreign)));
    }
    assert_eq!(bench.view(), 1);
    let mut foreign = certificate(&[1, 2, 3], 1, VoteKind::Nullify).into_inner();
    foreign.vote.epoch = Epoch(1);
    bench.step(Input::Certificate(Verified::assume_checked(foreign)));
    assert_eq!(bench.view(), 1);
}

#[test]
fn certificates_carry_the_signatures_in_order() {
    let mut bench = working(0);
    for voter in [3, 1] {
        bench.step(Input::Vote(vote(voter, 1, VoteKind::Nullify)));
    }
    bench.expire();
    let expected = certificate(&[0, 1, 3], 1, VoteKind::Nullify).into_inner();
    assert_eq!(bench.engine.status().entry, Some(expected));
}

#[test]
fn every_equivocation_is_evidence_that_verifies() {
    let set = set(&[1; 4]);
    let context = SigningContext::new(GENESIS);
    let signed = |kind| {
        let vote = Vote { epoch: Epoch(0), view: View(1), kind };
        Input::Vote(vote.sign(&context, ValidatorIndex(1), &key(1)))
    };
    let (a, b) = (block(&set, 1, None, 1, 1), block(&set, 1, None, 1, 2));
    let propose =
        |block: &corridor_types::Block| Input::Proposal(SignedProposal::sign(block.clone(), &context, &key(1)));
    let cases = [
        [propose(&a), propose(&b)],
        [signed(notarize(&a)), signed(notarize(&b))],
        [signed(finalize(&a)), signed(finalize(&b))],
        [signed(VoteKind::Nullify), signed(finalize(&b))],
        [signed(finalize(&b)), signed(VoteKind::Nullify)],
    ];
    for case in cases {
        let mut bench = working(0);
        let actions: Vec<_> = case.clone().into_iter().flat_map(|input| bench.step(input)).collect();
        let evidence: Vec<Evidence> = actions
            .into_iter()
            .filter_map(|action| if let Action::Evidence(evidence) = action { Some(evidence) } else { None })
            .collect();
        assert_eq!(evidence.len(), 1, "{case:?}");
        assert_eq!(culprit(&evidence[0]), Some(ValidatorIndex(1)));
        assert!(
            evidence[0].clone().verify(&context, &corridor_types::ValidatorSets::new(set.clone())).is_some(),
            "{case:?}"
        );
    }
    let mut bench = working(0);
    for honest in [signed(notarize(&a)), signed(VoteKind::Nullify), signed(notarize(&a))] {
        assert!(!bench.step(honest).iter().any(|action| matches!(action, Action::Evidence(_))));
    }
}

#[test]
fn contradicting_certificates_name_who_signed_both() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    let (a, b) = (block(&set, 1, None, 1, 1), block(&set, 1, None, 1, 2));
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&a))));
    let actions = bench.step(Input::Certificate(certificate(&[0, 2, 3], 1, notarize(&b))));
    let accused = |action: &Action| if let Action::Evidence(evidence) = action { culprit(evidence) } else { None };
    let culprits: Vec<_> = actions.iter().filter_map(accused).collect();
    assert_eq!(culprits, [ValidatorIndex(2), ValidatorIndex(3)]);
}

#[test]
fn an_observer_follows_and_never_signs() {
    let set = set(&[1; 4]);
    let mut engine = crate::Engine::new(config(&set, None), Resume::default());
    let block = block(&set, 1, None, 1, 1);
    let inputs = [
        Input::Work(true),
        Input::Proposal(proposal(&block)),
        Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&block))),
        Input::Certificate(certificate(&[1, 2, 3], 1, finalize(&block))),
        Input::Certificate(certificate(&[1, 2, 3], 2, VoteKind::Nullify)),
    ];
    let mut finalized = vec![];
    for (now, input) in (0..).step_by(5_000).zip(inputs) {
        let ready = engine.step(now, input);
        assert_eq!(ready.sign, []);
        finalized.extend(ready.then.into_iter().filter(|action| matches!(action, Action::Finalized { .. })));
    }
    assert_eq!(finalized.len(), 1);
    assert_eq!(engine.status().view, View(3));
}

#[test]
fn memory_stays_bounded_under_a_flood() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    for n in 0..5_000_u64 {
        for view in [1, 2, n, n * 1_000, u64::MAX] {
            let mut other = block(&set, view, None, 1, n);
            other.proposer = crate::Leaders::new(&set).of(View(view));
            bench.step(Input::Vote(vote(3, view, notarize(&other))));
            bench.step(Input::Vote(vote(3, view, VoteKind::Nullify)));
            bench.step(Input::Block(other.clone()));
            bench.step(Input::Proposal(proposal(&other)));
        }
        bench.actions.clear();
    }
    let slots: Vec<_> = bench.engine.chain().slots().map(|(_, slot)| slot).collect();
    assert!(slots.len() as u64 <= crate::VIEWS_AHEAD + crate::VIEWS_BEHIND + 1, "{} slots", slots.len());
    assert!(slots.iter().all(|slot| slot.bodies() <= 3 && slot.tally().all().count() <= 2 * 4));
}

/// A proposal that was with the signer when the epoch ended comes back to the next epoch's engine.
#[test]
fn a_proposal_of_another_epoch_that_returns_from_the_signer_is_none_of_this_engine() {
    let (set, mut bench) = (set(&[1; 4]), working(1));
    let mine = |view| {
        let mut stale = block(&set, view, None, 1, 1);
        (stale.epoch, stale.proposer) = (Epoch(9), ValidatorIndex(1));
        Input::Signed(corridor_types::Signed::Proposal(std::sync::Arc::new(proposal(&stale))))
    };
    let mut sent = bench.step(mine(1));
    sent.extend(bench.step(mine(2)));
    assert!(!sent.iter().any(|action| matches!(action, Action::Send { .. })), "it is not sent");
    let cut = cut(1);
    bench.step(Input::Built { view: View(1), parent: GENESIS, cut, time: corridor_types::Timestamp(1), next: None });
    assert_eq!(bench.proposals.len(), 1, "our own turn is not taken up by it");
    let leaders = bench.step(Input::Proposal(proposal(&block(&set, 2, None, 1, 1))));
    assert!(!leaders.iter().any(|action| matches!(action, Action::Evidence(_))), "and nobody is accused");
}

/// SPECIFICATION 3.5, also for what was shown while we followed in silence.
#[test]
fn an_own_vote_that_a_peer_showed_in_silence_binds_when_voting_begins() {
    let (set, mut bench) = (set(&[1; 4]), working(0));
    bench.engine.stand_aside();
    bench.step(Input::Vote(vote(0, 1, VoteKind::Nullify)));
    bench.engine.take_part(ValidatorIndex(0), vec![], vec![]);
    bench.step(Input::Certificate(certificate(&[1, 2, 3], 1, notarize(&block(&set, 1, None, 1, 1)))));
    assert_eq!(bench.voted(1), []);
}
