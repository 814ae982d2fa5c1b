//! What the caller gets back: rounds in order, and what they saved.

use std::collections::BTreeMap;

use corridor_types::AccountId;

use super::Waiting;

/// Which step of the algorithm made a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// One payment, covered by its debtor.
    Gross,
    /// Payments between two accounts.
    Bilateral,
    /// Payments among any number of accounts.
    Multilateral,
}

/// Payments that settle at the same moment. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Round {
    /// How they were found.
    pub stage: Stage,
    /// Debtor accounts ascending, each one's payments in the order of its queue.
    pub payments: Vec<Waiting>,
}

impl Round {
    /// What each account gains (or, below zero, loses) in minor units: one booking per account.
    /// They add up to zero. Below 2^77 in size, since a round has at most 2^12 payments.
    pub fn nets(&self) -> BTreeMap<AccountId, i128> {
        let mut nets = BTreeMap::new();
        for payment in &self.payments {
            *nets.entry(payment.debtor).or_default() -= i128::from(payment.amount.0);
            *nets.entry(payment.creditor).or_default() += i128::from(payment.amount.0);
        }
        nets
    }

    /// The sum of the amounts, in minor units.
    pub fn gross(&self) -> u128 {
        self.payments.iter().map(|payment| u128::from(payment.amount.0)).sum()
    }

    /// The money that moves: the sum of what the accounts that lose lose, in minor units.
    pub fn liquidity(&self) -> u128 {
        self.nets().values().filter(|net| **net < 0).map(|net| net.unsigned_abs()).sum()
    }
}

/// What settled, and with how little money. Gross settlement has `liquidity == gross`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Savings {
    /// How many payments settled.
    pub payments: u64,
    /// The sum of their amounts, in minor units.
    pub gross: u128,
    /// The sum over rounds and accounts of the net debits, in minor units.
    pub liquidity: u128,
}

impl Savings {
    /// The savings of some rounds.
    pub fn of(rounds: &[Round]) -> Self {
        Self {
            payments: rounds.iter().map(|round| round.payments.len() as u64).sum(),
            gross: rounds.iter().map(Round::gross).sum(),
            liquidity: rounds.iter().map(Round::liquidity).sum(),
        }
    }
}

/// The answer of [`resolve`](super::resolve).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolution {
    /// To be booked in this order.
    pub rounds: Vec<Round>,
    /// What they saved.
    pub savings: Savings,
    /// Payments and accounts looked at; at most [`MAX_STEPS`](super::MAX_STEPS).
    pub steps: u64,
}
