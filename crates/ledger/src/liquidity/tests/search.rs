//! What the answers are compared with: a search of all choices, and the reduction written naively.

use std::collections::BTreeMap;

use corridor_types::AccountId;

use super::case::Case;

/// How many payments of each debtor settle.
pub type Choice = BTreeMap<AccountId, usize>;

/// What everybody has after a choice.
fn after(case: &Case, choice: &Choice) -> BTreeMap<u32, i128> {
    let mut held: BTreeMap<_, _> = case.available.iter().map(|(id, held)| (*id, i128::from(*held))).collect();
    for (debtor, queue) in case.by_debtor() {
        for payment in &queue[..choice[&debtor]] {
            *held.entry(payment.debtor.0).or_default() -= i128::from(payment.amount.0);
            *held.entry(payment.creditor.0).or_default() += i128::from(payment.amount.0);
        }
    }
    held
}

fn is_covered(case: &Case, choice: &Choice) -> bool {
    after(case, choice).values().all(|held| *held >= 0)
}

/// All choices there are.
fn choices(case: &Case) -> Vec<Choice> {
    let mut choices = vec![Choice::new()];
    for (debtor, queue) in case.by_debtor() {
        let longer = |choice: &Choice, end| choice.iter().map(|(id, end)| (*id, *end)).chain([(debtor, end)]).collect();
        choices = choices.iter().flat_map(|choice| (0..=queue.len()).map(move |end| longer(choice, end))).collect();
    }
    choices
}

/// The largest covered choice by trying all; it exists because larger entries stay covered.
pub fn largest(case: &Case) -> Choice {
    let covered: Vec<_> = choices(case).into_iter().filter(|choice| is_covered(case, choice)).collect();
    let entry = |debtor: &AccountId| covered.iter().map(|choice| choice[debtor]).max().unwrap();
    let joined: Choice = case.by_debtor().keys().map(|debtor| (*debtor, entry(debtor))).collect();
    assert!(covered.contains(&joined), "the larger entries of covered choices are not covered");
    joined
}

/// The reduction with everything counted anew after each drop, and the highest account first.
pub fn reduced(case: &Case) -> Choice {
    let mut choice: Choice = case.by_debtor().iter().map(|(debtor, queue)| (*debtor, queue.len())).collect();
    while let Some((short, _)) = after(case, &choice).into_iter().rev().find(|(_, held)| *held < 0) {
        *choice.get_mut(&AccountId(short)).unwrap() -= 1;
    }
    choice
}

/// The slots of a choice, ascending.
pub fn slots(case: &Case, choice: &Choice) -> Vec<u32> {
    let queues = case.by_debtor();
    let taken = queues.iter().flat_map(|(debtor, queue)| &queue[..choice[debtor]]);
    let mut slots: Vec<_> = taken.map(|payment| payment.slot).collect();
    slots.sort_unstable();
    slots
}
