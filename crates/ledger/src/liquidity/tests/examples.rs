//! Cases that one can follow by hand.

use Stage::{Bilateral, Gross, Multilateral};

use super::case::{Case, rounds};
use crate::liquidity::{MAX_BILATERAL_RUN, Savings, Stage};

/// Settles a case and compares rounds and savings (payments, gross, liquidity).
fn check(case: &Case, expected: &[(Stage, &[u32])], (payments, gross, liquidity): (u64, u128, u128)) {
    let (resolution, _) = case.settle();
    let expected: Vec<_> = expected.iter().map(|(stage, slots)| (*stage, slots.to_vec())).collect();
    assert_eq!(rounds(&resolution), expected);
    assert_eq!(resolution.savings, Savings { payments, gross, liquidity });
}

#[test]
fn three_banks_in_gridlock_settle_without_any_money() {
    let case = Case::new(&[], &[(1, 2, 10), (2, 3, 10), (3, 1, 10)]);
    check(&case, &[(Multilateral, &[0, 1, 2])], (3, 30, 0));
}

#[test]
fn a_gridlock_of_unequal_payments_needs_the_differences_only() {
    let case = Case::new(&[(1, 2), (2, 1)], &[(1, 2, 12), (2, 3, 13), (3, 1, 10)]);
    check(&case, &[(Multilateral, &[0, 1, 2])], (3, 35, 3));
}

#[test]
fn one_missing_unit_keeps_a_gridlock_shut() {
    let case = Case::new(&[(1, 1), (2, 1)], &[(1, 2, 12), (2, 3, 13), (3, 1, 10)]);
    check(&case, &[], (0, 0, 0));
}

#[test]
fn a_deadlock_stays() {
    let case = Case::new(&[(2, 9)], &[(1, 2, 10), (2, 3, 10)]);
    check(&case, &[], (0, 0, 0));
}

#[test]
fn a_pair_settles_against_each_other() {
    let case = Case::new(&[(1, 3)], &[(1, 2, 10), (2, 1, 7)]);
    check(&case, &[(Bilateral, &[0, 1])], (2, 17, 3));
}

#[test]
fn a_pair_settles_as_much_of_its_runs_as_fits() {
    let case = Case::new(&[(1, 2)], &[(1, 2, 5), (1, 2, 5), (1, 2, 5), (2, 1, 8)]);
    check(&case, &[(Bilateral, &[0, 1, 3])], (3, 18, 2));
}

#[test]
fn a_pair_stops_where_a_payment_goes_elsewhere() {
    let case = Case::new(&[], &[(1, 2, 5), (1, 3, 1), (1, 2, 5), (2, 1, 5), (2, 1, 5)]);
    check(&case, &[(Bilateral, &[0, 3])], (2, 10, 0));
}

#[test]
fn a_run_too_long_for_a_pair_settles_with_all() {
    let count = MAX_BILATERAL_RUN as u64 + 1;
    let mut payments = vec![(2, 1, count)];
    payments.extend(vec![(1, 2, 1); count as usize]);
    let (resolution, left) = Case::new(&[], &payments).settle();
    assert_eq!((resolution.rounds.len(), resolution.rounds[0].stage), (1, Multilateral));
    assert!(left.payments.is_empty());
}

#[test]
fn a_chain_unlocks_by_one_payment() {
    let case = Case::new(&[(9, 5)], &[(1, 2, 5), (2, 3, 5), (3, 4, 5), (9, 1, 5)]);
    check(&case, &[(Gross, &[3]), (Gross, &[0]), (Gross, &[1]), (Gross, &[2])], (4, 20, 20));
}

#[test]
fn a_pair_unlocks_a_chain_and_the_chain_a_pair() {
    let case = Case::new(&[(1, 1)], &[(1, 2, 6), (2, 1, 5), (2, 3, 1), (3, 4, 4), (4, 3, 3)]);
    check(&case, &[(Bilateral, &[0, 1]), (Gross, &[2]), (Bilateral, &[3, 4])], (5, 19, 3));
}

#[test]
fn a_pair_that_failed_is_tried_again_when_money_arrives() {
    let case = Case::new(&[(3, 1)], &[(1, 2, 6), (2, 1, 5), (3, 4, 6), (4, 3, 5), (4, 1, 1)]);
    check(&case, &[(Bilateral, &[2, 3]), (Gross, &[4]), (Bilateral, &[0, 1])], (5, 23, 3));
}

#[test]
fn the_lowest_account_that_can_pay_comes_first() {
    let case = Case::new(&[(2, 10)], &[(2, 1, 5), (2, 3, 5), (1, 3, 5)]);
    check(&case, &[(Gross, &[0]), (Gross, &[2]), (Gross, &[1])], (3, 15, 15));
}

#[test]
fn an_urgent_payment_is_not_overtaken_by_a_small_one_behind_it() {
    let case = Case::new(&[(1, 5)], &[(1, 2, 10), (1, 3, 1)]);
    check(&case, &[], (0, 0, 0));
}

#[test]
fn another_accounts_queue_is_not_held_back() {
    let case = Case::new(&[(1, 5), (2, 1)], &[(1, 2, 10), (2, 3, 1)]);
    check(&case, &[(Gross, &[1])], (1, 1, 1));
}

#[test]
fn what_settles_alone_is_not_netted() {
    let case = Case::new(&[(1, 10), (2, 10)], &[(1, 2, 10), (2, 1, 10)]);
    check(&case, &[(Gross, &[0]), (Gross, &[1])], (2, 20, 20));
}

#[test]
fn a_part_of_a_gridlock_settles_when_the_whole_does_not() {
    let payments = [(1, 2, 10), (2, 3, 10), (3, 1, 10), (1, 2, 50), (2, 3, 1)];
    check(&Case::new(&[], &payments), &[(Multilateral, &[0, 1, 2])], (3, 30, 0));
}

#[test]
fn an_account_may_pay_itself_and_nothing_may_be_paid() {
    check(&Case::new(&[], &[(1, 1, 10)]), &[(Multilateral, &[0])], (1, 10, 0));
    check(&Case::new(&[], &[(1, 2, 0)]), &[(Gross, &[0])], (1, 0, 0));
}

#[test]
fn nothing_waits_nothing_settles() {
    check(&Case::default(), &[], (0, 0, 0));
}
