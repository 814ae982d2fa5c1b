//! The queues: payments that wait for liquidity, and what the ledger saved by settling them
//! together.
//!
//! Every debtor account has one queue. A payment that was accepted, attested where that is needed,
//! and is not held, stands in it (`queued`) until it settles or ends. Its order is by priority, then
//! by place; a new payment comes last of its priority. A payment that may wait for money does not
//! overtake those of its account that wait already, unless its priority is higher; one that may not
//! (`shortfall: reject`) does not queue, and settles or is reserved if the money is there.
//!
//! # The pass
//!
//! At the end of each block, after its transactions, [`settle_queues`](rules::settle_queues) settles
//! what can settle:
//!
//! 1. It gathers payments whose time has come and that have not lapsed: the first of every queue,
//!    then the second of each, and so on; at most [`MAX_QUEUE_SCAN`](crate::limits::MAX_QUEUE_SCAN),
//!    passing at most [`MAX_QUEUE_LOOKS`](crate::limits::MAX_QUEUE_LOOKS). It begins at another
//!    account in every block (the block's height modulo the number of queues), so that every queue
//!    has its turn. Queues of frozen accounts and of currencies whose day has closed are left alone.
//! 2. What lost its licence or agent ends (`stop`). What has its money set aside and lacks nothing
//!    settles. What lacks something else than money (a screening, an agent, a freeze, room on the
//!    creditor account) is left out: **those behind it may settle before it**. What lacks money at
//!    most goes on.
//! 3. For each asset, [`liquidity`](crate::liquidity) says which of these settle, in rounds: strictly
//!    in the order of each queue, alone or against each other. A round is booked as a whole: all
//!    credits, then all debits, so that only the net of each account must be there. Each payment gets
//!    an entry `settle` by the ledger itself, and its bookings.
//!
//! Balance limits are kept twice: a payment alone that would exceed its creditor's is left out, and
//! what a round brings an account on balance stays within it.
//!
//! Payments of a later day stand in the queue and are passed. Where a queue has more of them in front
//! than one block may pass, those behind wait until their day comes; a higher priority or the front of
//! the queue takes a payment out from behind them.
//!
//! # Steps
//!
//! | step | keys | authority (uses up no reference) | rules in order, and their codes | what changes |
//! |---|---|---|---|---|
//! | Reprioritise | 1 operator, maker or compliance | debtor agent, if the payment is open (`not_debtor_agent`) | known (`unknown_payment`) and open (`wrong_payment_status`, `payment_expired`); `block time < expiry` (`payment_expired`) | priority; place after all others of it |
//! | Move | 1 operator, maker or compliance | the same | the same | place before or after all others of its priority |
//!
//! Both are possible wherever an open payment stands (`held`, `awaiting_attestation`, `queued`), and
//! count once it queues. They report an entry for the operation and one for the payment, whose
//! status stays; what they make possible happens in the pass of the same block.

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
