//! Limits on what an account may hold.

use Stage::{Bilateral, Gross, Multilateral};

use super::case::{Case, rounds};
use crate::liquidity::book::Book;
use crate::liquidity::selection::Selection;
use crate::liquidity::{Round, Stage};

fn check(case: &Case, expected: &[(Stage, &[u32])]) {
    let expected: Vec<_> = expected.iter().map(|(stage, slots)| (*stage, slots.to_vec())).collect();
    assert_eq!(rounds(&case.settle().0), expected);
}

/// What the reduction alone makes of all payments.
fn reduce(case: &Case) -> Vec<u32> {
    let mut book = Book::open(&case.queues(), |account| case.funds(account));
    let all: Vec<_> = book.places().map(|place| (place, book.party(place).queue.len())).collect();
    let (prefixes, _) = Selection::reduce(&book, all);
    let (Round { payments, .. }, _) = book.settle(Multilateral, &prefixes);
    payments.iter().map(|payment| payment.slot).collect()
}

#[test]
fn no_more_arrives_than_there_is_room() {
    let case = Case::new(&[(1, 5), (2, 5)], &[(1, 3, 5), (2, 3, 5)]);
    check(&case.clone().with_room(&[(3, 5)]), &[(Gross, &[0])]);
    check(&case.clone().with_room(&[(3, 4)]), &[]);
    check(&case.with_room(&[(3, 10)]), &[(Gross, &[0]), (Gross, &[1])]);
}

#[test]
fn room_that_becomes_free_is_used_in_the_same_call() {
    let case = Case::new(&[(1, 5), (2, 5)], &[(1, 3, 5), (2, 3, 5), (3, 4, 5)]).with_room(&[(3, 5)]);
    check(&case, &[(Gross, &[0]), (Gross, &[2]), (Multilateral, &[1])]);
}

#[test]
fn only_the_net_takes_room() {
    let case = Case::new(&[], &[(1, 2, 10), (2, 3, 10), (3, 1, 10)]).with_room(&[(1, 0), (2, 0), (3, 0)]);
    check(&case, &[(Multilateral, &[0, 1, 2])]);
}

#[test]
fn a_gridlock_settles_without_the_payment_that_has_no_room() {
    let payments = [(1, 2, 10), (2, 3, 10), (3, 1, 10), (4, 2, 5)];
    check(&Case::new(&[(4, 5)], &payments).with_room(&[(2, 0)]), &[(Multilateral, &[0, 1, 2])]);
}

#[test]
fn the_payment_furthest_behind_gives_way_then_that_of_the_higher_account() {
    let case = Case::new(&[(1, 6), (2, 5)], &[(1, 4, 1), (1, 3, 5), (2, 3, 5)]).with_room(&[(3, 5)]);
    assert_eq!(reduce(&case), [0, 2]);
    let case = Case::new(&[(1, 5), (2, 5)], &[(1, 3, 5), (2, 3, 5)]).with_room(&[(3, 5)]);
    assert_eq!(reduce(&case), [0]);
}

#[test]
fn what_nobody_can_cover_takes_no_room_from_others() {
    assert_eq!(reduce(&Case::new(&[(4, 5)], &[(1, 3, 10), (4, 3, 5)]).with_room(&[(3, 5)])), [1]);
}

#[test]
fn a_payment_that_gives_way_takes_those_behind_it_along() {
    let case = Case::new(&[(1, 6)], &[(1, 3, 5), (1, 2, 1), (2, 4, 1)]).with_room(&[(3, 4)]);
    assert_eq!(reduce(&case), [0; 0]);
}

/// Account 1's payment never fits, and the choice for room drops 2's before it.
#[test]
fn a_payment_alone_uses_freed_room_that_all_together_could_not() {
    let case = Case::new(&[(1, 5), (2, 2), (3, 2)], &[(1, 3, 5), (2, 3, 2), (3, 4, 2)]).with_room(&[(3, 0)]);
    check(&case, &[(Gross, &[2]), (Gross, &[1])]);
}

/// All at once, account 2 would exceed its room by 1; the choice falls on 5's payment (the higher
/// account), which brings down more than it had to. The next cycle makes up for it.
#[test]
fn what_a_choice_for_room_missed_settles_in_the_next_cycle() {
    let case = Case::new(&[(1, 1)], &[(2, 2, 1), (2, 5, 4), (5, 2, 4), (1, 2, 1)]).with_room(&[(2, 0)]);
    check(&case, &[(Multilateral, &[0]), (Bilateral, &[1, 2])]);
}

#[test]
fn payments_to_oneself_need_no_room() {
    check(&Case::new(&[(1, 5)], &[(1, 1, 5)]).with_room(&[(1, 0)]), &[(Gross, &[0])]);
}
