//! Blocks that were executed and have not settled: what they bring is looked at when they do. The
//! newest ones only; what an older one brought is looked for when a client asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use corridor_types::persist::Executed;
use corridor_types::{Height, Payment};

/// Blocks kept. Between execution and settlement lies a round trip; only an outage makes them more.
pub const MAX_BLOCKS: usize = 64;

/// The payments that were first seen in one block.
pub enum Brought {
    /// By the block as the core executed it.
    Executed(Arc<Executed>),
    /// By a block that was executed before this start, from the disk.
    Held(Vec<Payment>),
}

impl Brought {
    /// In the order of the block.
    pub fn payments(&self) -> &[Payment] {
        match self {
            Self::Executed(executed) => &executed.payments,
            Self::Held(payments) => payments,
        }
    }
}

/// The blocks that wait, at most [`MAX_BLOCKS`].
#[derive(Default)]
pub struct Unsettled {
    blocks: BTreeMap<Height, Brought>,
}

impl Unsettled {
    /// Takes a block up; too many make the oldest one go. One without payments is not kept.
    pub fn push(&mut self, height: Height, brought: Brought) {
        if brought.payments().is_empty() {
            return;
        }
        self.blocks.insert(height, brought);
        if self.blocks.len() > MAX_BLOCKS {
            self.blocks.pop_first();
        }
    }

    /// The lowest block, if it has settled.
    pub fn next_settled(&mut self, settled: Height) -> Option<Brought> {
        let lowest = self.blocks.first_entry()?;
        (*lowest.key() <= settled).then(|| lowest.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use corridor_crypto::Digest;
    use corridor_types::{
        AccountId, Amount, AssetId, ChargeBearer, ClientHandle, Control, Corridor, CountryCode, Date, Priority,
        Shortfall, Timestamp, Uetr,
    };

    fn payment() -> Payment {
        let country: CountryCode = "BR".parse().expect("assigned");
        Payment {
            uetr: Uetr::from_random([1; 16]),
            debtor_account: AccountId(0),
            creditor_account: AccountId(1),
            asset: AssetId(0),
            amount: Amount(1),
            client: ClientHandle([1; 16]),
            value_date: "2026-01-05".parse::<Date>().expect("a date"),
            expiry: Timestamp(1),
            control: Control::NotControlled,
            corridor: Corridor { from: country, to: country },
            priority: Priority::Normal,
            shortfall: Shortfall::Reject,
            charge_bearer: ChargeBearer::Shared,
            screening: None,
            details: Digest([7; 32]),
        }
    }

    fn push(unsettled: &mut Unsettled, height: u64) {
        unsettled.push(Height(height), Brought::Held(vec![payment(); usize::try_from(height).unwrap()]));
    }

    #[test]
    fn blocks_come_out_in_order_once_they_have_settled() {
        let mut unsettled = Unsettled::default();
        [3, 1, 2].into_iter().for_each(|height| push(&mut unsettled, height));
        unsettled.push(Height(4), Brought::Held(Vec::new()));
        let mut next = |settled| unsettled.next_settled(Height(settled)).map(|block| block.payments().len());
        assert_eq!(
            [next(0), next(2), next(2), next(2), next(9), next(9)],
            [None, Some(1), Some(2), None, Some(3), None]
        );
    }

    #[test]
    fn the_newest_are_kept() {
        let mut unsettled = Unsettled::default();
        (1..=MAX_BLOCKS as u64 + 2).for_each(|height| push(&mut unsettled, height));
        let oldest = unsettled.next_settled(Height(u64::MAX)).map(|block| block.payments().len());
        assert_eq!(oldest, Some(3));
    }
}
