//! A small world to try: accounts with money and room, payments in order; and a bookkeeper that
//! replays an answer and checks all that must hold of any answer.

use std::collections::BTreeMap;

use corridor_types::{AccountId, Amount};

use crate::liquidity::{Funds, Queues, Resolution, Round, Savings, Stage, Waiting, resolve};

/// Accounts and their payments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Case {
    pub available: BTreeMap<u32, u64>,
    pub room: BTreeMap<u32, u128>,
    pub payments: Vec<Waiting>,
}

impl Case {
    /// Money by account; payments as (debtor, creditor, amount), numbered from 0.
    pub fn new(available: &[(u32, u64)], payments: &[(u32, u32, u64)]) -> Self {
        let waiting = |(slot, (debtor, creditor, amount)): (u32, &(u32, u32, u64))| Waiting {
            slot,
            debtor: AccountId(*debtor),
            creditor: AccountId(*creditor),
            amount: Amount(*amount),
        };
        let payments = (0..).zip(payments).map(waiting).collect();
        Self { available: available.iter().copied().collect(), room: BTreeMap::new(), payments }
    }

    pub fn with_room(mut self, room: &[(u32, u128)]) -> Self {
        self.room = room.iter().copied().collect();
        self
    }

    pub fn funds(&self, account: AccountId) -> Funds {
        let available = self.available.get(&account.0).copied().unwrap_or(0);
        Funds { available: Amount(available), room: self.room.get(&account.0).copied() }
    }

    /// Each debtor's payments in order.
    pub fn by_debtor(&self) -> BTreeMap<AccountId, Vec<Waiting>> {
        let mut queues = BTreeMap::<_, Vec<_>>::new();
        self.payments.iter().for_each(|payment| queues.entry(payment.debtor).or_default().push(*payment));
        queues
    }

    pub fn queues(&self) -> Queues {
        let mut queues = Queues::default();
        assert!(self.payments.iter().all(|payment| queues.push(*payment)));
        queues
    }

    pub fn resolve(&self) -> Resolution {
        resolve(&self.queues(), |account| self.funds(account))
    }

    /// Resolves, checks and books: the answer, and the case that is left.
    pub fn settle(&self) -> (Resolution, Self) {
        let resolution = self.resolve();
        let mut left = self.clone();
        let mut savings = Savings::default();
        for round in &resolution.rounds {
            left.book(round, &mut savings);
        }
        assert_eq!(resolution.savings, savings);
        let total = |case: &Self| case.available.values().map(|held| u128::from(*held)).sum::<u128>();
        assert_eq!(total(self), total(&left), "money was made or lost");
        (resolution, left)
    }

    fn book(&mut self, round: &Round, savings: &mut Savings) {
        check_shape(round);
        self.take_from_queues(round);
        for (account, net) in round.nets() {
            self.move_money(account.0, net);
            savings.liquidity += u128::try_from(-net).unwrap_or(0);
        }
        savings.payments += round.payments.len() as u64;
        savings.gross += round.payments.iter().map(|payment| u128::from(payment.amount.0)).sum::<u128>();
    }

    /// Every payment of a round is the first left of its debtor.
    fn take_from_queues(&mut self, round: &Round) {
        for payment in &round.payments {
            let first = self.payments.iter().position(|left| left.debtor == payment.debtor).unwrap();
            assert_eq!(self.payments.remove(first), *payment, "out of order");
        }
    }

    fn move_money(&mut self, account: u32, net: i128) {
        let held = self.available.entry(account).or_default();
        *held = u64::try_from(i128::from(*held) + net).unwrap_or_else(|_| panic!("account {account} below zero"));
        if let Some(room) = self.room.get_mut(&account) {
            *room = room.checked_add_signed(-net).unwrap_or_else(|| panic!("account {account} above its room"));
        }
    }
}

fn check_shape(round: &Round) {
    let accounts = round.nets().len();
    match round.stage {
        Stage::Gross => assert_eq!(round.payments.len(), 1),
        Stage::Bilateral => assert_eq!((accounts, round.payments.len() > 1), (2, true)),
        Stage::Multilateral => assert!(!round.payments.is_empty()),
    }
}

/// The answer in short: the slots of each round.
pub fn rounds(resolution: &Resolution) -> Vec<(Stage, Vec<u32>)> {
    let slots = |round: &Round| round.payments.iter().map(|payment| payment.slot).collect();
    resolution.rounds.iter().map(|round| (round.stage, slots(round))).collect()
}

/// The slots that settled, ascending.
pub fn settled(resolution: &Resolution) -> Vec<u32> {
    let mut slots: Vec<_> = rounds(resolution).into_iter().flat_map(|(_, slots)| slots).collect();
    slots.sort_unstable();
    slots
}
