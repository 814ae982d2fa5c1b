#![doc = include_str!("../../../../docs/ledger/queues-and-liquidity.md")]

pub(crate) mod rules;
mod scan;
mod settle;
#[cfg(test)]
mod tests;

use corridor_types::AssetId;

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// What settling queued payments together saved in an asset, since genesis; in its slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Savings {
    /// How many payments settled after they waited for money.
    pub payments: u64,
    /// Their sum, in minor units.
    pub gross: u128,
    /// What the debtor accounts needed for them together, in minor units.
    pub liquidity: u128,
}
corridor_types::codec_struct!(Savings { payments, gross, liquidity });

/// The savings by asset.
#[derive(Debug, Clone)]
pub(crate) struct SavingsTable {
    pub slots: Slots<Savings>,
}

impl Index<Savings> for SavingsTable {
    fn new(slots: Slots<Savings>, _: &Meta) -> Result<Self, Misplaced> {
        Ok(Self { slots })
    }
}

impl Savings {
    /// Both together; `None` beyond the range.
    fn plus(self, more: Self) -> Option<Self> {
        Some(Self {
            payments: self.payments.checked_add(more.payments)?,
            gross: self.gross.checked_add(more.gross)?,
            liquidity: self.liquidity.checked_add(more.liquidity)?,
        })
    }
}

impl SavingsTable {
    pub fn get(&self, asset: AssetId) -> Savings {
        self.slots.get(u32::from(asset.0)).copied().unwrap_or(Savings { payments: 0, gross: 0, liquidity: 0 })
    }

    pub fn add(&mut self, asset: AssetId, more: Savings) {
        let before = self.get(asset);
        let sum = before.plus(more);
        self.slots.demand(more.liquidity <= more.gross, "settling together takes no more than all payments do");
        self.slots.demand(sum.is_some(), "what liquidity saving saved is counted");
        self.slots.put(u32::from(asset.0), Some(sum.unwrap_or(before)));
    }
}
