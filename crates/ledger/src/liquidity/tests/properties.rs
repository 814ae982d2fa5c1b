//! What holds for every input, on small random ones that can be searched and larger ones.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng as _;

use super::case::{Case, rounds, settled};
use super::search::{largest, reduced, slots};
use crate::liquidity::{Queues, resolve};

/// The same cases in every run; a failing one is printed, made small, with the seed.
fn config(cases: u32, seed: u64) -> ProptestConfig {
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(seed), failure_persistence: None, ..ProptestConfig::default() }
}

prop_compose! {
    /// Up to five accounts with little money and up to ten payments, so that most wait.
    fn small()(
        available in prop::collection::btree_map(1u32..=5, 0u64..=8, 0..=5),
        payments in prop::collection::vec((1u32..=5, 1u32..=5, 0u64..=12), 0..=10),
    ) -> Case {
        let available: Vec<_> = available.into_iter().collect();
        Case::new(&available, &payments)
    }
}

prop_compose! {
    fn small_with_room()(case in small(), room in prop::collection::btree_map(1u32..=5, 0u128..=9, 0..=5)) -> Case {
        Case { room, ..case }
    }
}

proptest! {
    #![proptest_config(config(3_000, 1))]
    #[test]
    fn exactly_the_largest_choice_settles(case in small()) {
        let (resolution, left) = case.settle();
        prop_assert_eq!(settled(&resolution), slots(&case, &largest(&case)));
        prop_assert!(left.resolve().rounds.is_empty(), "a second call finds more");
    }

    #[test]
    fn room_enough_is_as_good_as_no_limit(case in small()) {
        let room = (1..=5).map(|account| (account, 200)).collect();
        prop_assert_eq!(Case { room, ..case.clone() }.resolve(), case.resolve());
    }
}

/// Whether two accounts' runs to each other, or a head alone (`None`), could settle in part.
fn can_settle(case: &Case, one: u32, other: u32) -> bool {
    let run = |from: u32, to: u32| {
        let queue = case.payments.iter().filter(move |payment| payment.debtor.0 == from);
        let amounts = queue.take_while(move |payment| payment.creditor.0 == to).map(|payment| payment.amount.0);
        let sums = amounts.scan(0, |sum, amount| {
            *sum += i128::from(amount);
            Some(*sum)
        });
        [0].into_iter().chain(sums).collect::<Vec<_>>()
    };
    let fits = |account: u32, net: i128| {
        let room = case.room.get(&account).map_or(i128::MAX, |room| *room as i128);
        net <= room && i128::from(case.available.get(&account).copied().unwrap_or(0)) + net >= 0
    };
    let (out, back) = (run(one, other), run(other, one));
    let choices = (0..out.len()).flat_map(|first| (0..back.len()).map(move |second| (first, second)));
    choices.skip(1).map(|(first, second)| back[second] - out[first]).any(|net| fits(one, net) && fits(other, -net))
}

proptest! {
    #![proptest_config(config(3_000, 2))]
    #[test]
    fn with_limits_of_room_nobody_is_left_who_could_pay_alone_or_in_a_pair(case in small_with_room()) {
        let (_, left) = case.settle();
        for (one, other) in (1..=5).flat_map(|one| (1..=5).map(move |other| (one, other))).filter(|(a, b)| a != b) {
            prop_assert!(!can_settle(&left, one, other), "{} and {} of {:?}", one, other, left);
        }
    }

    #[test]
    fn the_order_in_which_queues_are_handed_over_does_not_matter(case in small_with_room()) {
        let queues = case.by_debtor();
        let backwards = Queues::gather(queues.values().rev().cloned());
        prop_assert_eq!(&backwards, &case.queues());
        prop_assert_eq!(resolve(&backwards, |account| case.funds(account)), case.resolve());
    }

    #[test]
    fn more_money_never_settles_less(case in small(), account in 1u32..=5, more in 1u64..=5) {
        let mut richer = case.clone();
        *richer.available.entry(account).or_default() += more;
        let (before, after) = (settled(&case.resolve()), settled(&richer.resolve()));
        prop_assert!(before.iter().all(|slot| after.contains(slot)));
    }
}

/// Payments among banks, with little money.
pub fn market(seed: u64, banks: u64, payments: usize, money: u64) -> Case {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |limit: u64| random.next_u64() % limit;
    let available: BTreeMap<_, _> = (0..banks as u32).map(|bank| (bank, below(money))).collect();
    let payment = |_| {
        let debtor = below(banks);
        (debtor as u32, ((debtor + 1 + below(banks - 1)) % banks) as u32, 1 + below(1_000))
    };
    let payments: Vec<_> = (0..payments).map(payment).collect();
    Case::new(&available.into_iter().collect::<Vec<_>>(), &payments)
}

#[test]
fn larger_markets_settle_what_the_naive_reduction_settles() {
    for seed in 1..=40 {
        let case = market(seed, 3 + seed % 9, 150, 1 + 40 * (seed % 11));
        let (resolution, _) = case.settle();
        assert_eq!(settled(&resolution), slots(&case, &reduced(&case)), "seed {seed}");
    }
}

/// Nodes must agree: whoever changes this answer changes the protocol.
#[test]
fn the_rounds_of_a_market_are_pinned() {
    let mut case = market(25, 5, 40, 900);
    case.room = [(1, 700), (4, 900)].into();
    let digest = |(stage, slots): &(_, Vec<u32>)| format!("{} {slots:?}", format!("{stage:?}").split_at(1).0);
    let rounds: Vec<_> = rounds(&case.settle().0).iter().map(digest).collect();
    assert_eq!(rounds.join("; "), "G [6]; B [1, 8]; G [5]; G [13]; M [14, 19, 0, 4, 9, 10]");
}

#[test]
fn larger_markets_with_limits_of_room_keep_them() {
    for seed in 1..=40 {
        let mut case = market(seed, 3 + seed % 9, 150, 1 + 40 * (seed % 11));
        case.room = (0..12).map(|bank| (bank, u128::from(300 * (u64::from(bank) + seed) % 1_900))).collect();
        let _ = case.settle();
    }
}
