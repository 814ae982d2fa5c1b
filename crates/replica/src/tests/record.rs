//! A record and a database from an old backup, with the end of an epoch between them and the present.

use corridor_crypto::{Digest, Signature, Verified};
use corridor_types::{Certificate, Epoch, SignRequest, Signed, ValidatorIndex, View, Vote, VoteKind};

use super::kit::*;
use crate::{Input, VerifiedMessage};

fn old_vote() -> Signed {
    vote(0, 3)
}

fn vote(epoch: u64, view: u64) -> Signed {
    let vote = Vote { epoch: Epoch(epoch), view: View(view), kind: VoteKind::Nullify };
    Signed::Vote(vote.sign(&genesis().signing_context(), ValidatorIndex(0), &key(0)))
}

#[test]
fn peers_of_a_later_epoch_do_not_vouch_for_an_old_record() {
    let mut bench = Bench::new(vec![old_vote()]);
    (1..4).for_each(|n| drop(bench.step(Input::Connected(peer(n)))));
    // We signed up to view 40 of the next epoch, and everybody says so.
    for _ in 0..20 {
        bench.hear_all(seen(1, 40));
        bench.wait(500);
    }
    assert_eq!(bench.replica.me(), None, "nobody has said anything about this epoch");
    // Catch-up brings the boundary; its set is ours.
    bench.enter(next_set());
    for _ in 0..20 {
        bench.hear_all(seen(1, 40));
        bench.wait(100);
    }
    assert_eq!(bench.replica.me(), None, "they hold votes of ours up to view 40, and this is view 10");
    assert!(!bench.asked.iter().any(|request| matches!(request, SignRequest::Vote(_))));
}

#[test]
fn who_was_silent_at_the_end_of_an_epoch_watches_again_in_the_next() {
    let mut bench = Bench::new(vec![old_vote()]);
    (1..4).for_each(|n| drop(bench.step(Input::Connected(peer(n)))));
    bench.hear_all(seen(0, 8));
    bench.wait(1_000);
    assert!(bench.replica.silence().is_some());
    bench.enter(next_set());
    bench.wait(1);
    assert_eq!(bench.replica.me(), None, "nobody has said yet what we signed in this epoch");
    bench.hear_all(seen(1, 0));
    bench.wait(1_000);
    assert!(bench.replica.me().is_some());
}

#[test]
fn an_old_database_with_a_complete_record_is_silent_no_longer_than_any() {
    let mut bench = Bench::new(vec![old_vote()]);
    (1..4).for_each(|n| drop(bench.step(Input::Connected(peer(n)))));
    bench.enter(next_set());
    bench.step(Input::Signed(vote(1, 40)));
    bench.hear_all(seen(1, 40));
    bench.wait(1_000);
    assert!(bench.replica.me().is_some(), "the record knows all that peers know");
}

#[test]
fn an_old_record_gives_no_vote_in_a_view_that_peers_hold_one_of_not_even_later() {
    let mut bench = Bench::new(vec![old_vote()]);
    (1..4).for_each(|n| drop(bench.step(Input::Connected(peer(n)))));
    let Signed::Vote(lost) = vote(0, 5) else { unreachable!() };
    bench.message(1, VerifiedMessage::Vote(lost));
    bench.hear_all(seen(0, 5));
    bench.wait(1_000);
    assert_eq!(bench.replica.me(), None, "view 5 is not past");
    // It ends: the others notarize its block.
    let kind = VoteKind::Notarize { block: Digest([5; 32]) };
    let signatures = (1..4).map(|n| (ValidatorIndex(n), Signature([0; 64]))).collect();
    let certificate = Certificate { vote: Vote { epoch: Epoch(0), view: View(5), kind }, signatures };
    bench.message(1, VerifiedMessage::Certificate(Verified::assume_checked(certificate)));
    bench.wait(1);
    assert!(bench.replica.me().is_some());
    let of_view_5 = |request: &&SignRequest| matches!(request, SignRequest::Vote(vote) if vote.view == View(5));
    assert_eq!(bench.asked.iter().find(of_view_5), None, "we gave up on it, though our record does not know");
}
