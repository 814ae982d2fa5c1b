//! What the caller hands in: payments that wait, in order, and what each account has and may take.
//!
//! Never holds more than [`MAX_PAYMENTS`], and never a payment without all those before it.

use std::collections::BTreeMap;

use corridor_types::{AccountId, Amount};

use super::MAX_PAYMENTS;

/// A payment that waits for money of its debtor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// The caller's name for it; not looked at here.
    pub slot: u32,
    /// The account that pays.
    pub debtor: AccountId,
    /// The account that receives.
    pub creditor: AccountId,
    /// How much, in minor units of the asset.
    pub amount: Amount,
}

/// What an account has and may take, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Funds {
    /// What it may pay: its balance less whatever is reserved.
    pub available: Amount,
    /// How much more it may hold after a round than before the first one; `None` if there is no
    /// limit. A caller that keeps balances in 64 bits gives at least what is left of them.
    pub room: Option<u128>,
}

/// The payments of one asset that wait, by debtor account, each queue in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Queues {
    by_debtor: BTreeMap<AccountId, Vec<Waiting>>,
    payments: usize,
}

impl Queues {
    /// Takes the first payments of the given queues, all heads first, then all second payments and
    /// so on, until [`MAX_PAYMENTS`] are taken. Each item is the queue of one debtor account in its
    /// order, read only as far as needed. Where more accounts have queues than fit, the first ones
    /// given are taken: begin elsewhere in every block, or the others never have their turn.
    pub fn gather<Queue>(queues: impl IntoIterator<Item = Queue>) -> Self
    where
        Queue: IntoIterator<Item = Waiting>,
    {
        let mut open: Vec<_> = queues.into_iter().take(MAX_PAYMENTS).map(IntoIterator::into_iter).collect();
        let mut gathered = Self::default();
        while !open.is_empty() {
            open.retain_mut(|queue| !gathered.is_full() && queue.next().is_some_and(|next| gathered.push(next)));
        }
        gathered
    }

    /// Adds a payment at the end of its debtor's queue; `false` if there are [`MAX_PAYMENTS`]
    /// already and it was not added.
    pub fn push(&mut self, waiting: Waiting) -> bool {
        if self.is_full() {
            return false;
        }
        self.by_debtor.entry(waiting.debtor).or_default().push(waiting);
        self.payments += 1;
        true
    }

    fn is_full(&self) -> bool {
        self.payments >= MAX_PAYMENTS
    }

    /// All payments: accounts ascending, each queue in its order.
    pub fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.by_debtor.values().flatten()
    }
}
