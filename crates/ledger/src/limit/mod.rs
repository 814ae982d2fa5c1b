//! Limits that central banks set: on balances, single payments and stretches of time. A limit stops
//! what comes after it; it never touches money or payments that are there already.
//!
//! # Who
//!
//! The central bank that issues the asset concerned, with one Issuer or Supervisor key
//! (`not_issuer`); a limit of an account is about the account's asset.
//!
//! # Rules in their order
//!
//! | step | rules and codes |
//! |---|---|
//! | Set | account, participant and asset of the scope exist (`unknown_account`, `unknown_participant`, `unknown_asset`); something is limited, a window is longer than zero, a balance is limited for accounts only (`limit_malformed`); room (`capacity_exceeded`) |
//! | Remove | there is a limit with the scope (`unknown_limit`) |
//!
//! # Legal moves
//!
//! | from | step | to |
//! |---|---|---|
//! | no limit | Set | in force; nothing was paid under it yet |
//! | in force | Set with a window of the same length | in force; what was paid goes on counting |
//! | in force | Set otherwise | in force; nothing was paid under it yet |
//! | in force | Remove | no limit |
//!
//! # What a limit does
//!
//! A payment is under the limits of its debtor account, of the debtor agent in its asset, of its
//! corridor in its asset, and of its asset, in this order. When it is accepted, each must allow the
//! amount (`payment_limit_exceeded`, `window_limit_exceeded`), and each with a window counts it at
//! that time. If the payment ends unsettled, or money of it is returned, the count is taken back
//! where it was made; what was accepted up to the moment at which the limit began to count was not
//! counted and is not taken back, and what was accepted in the very block in which it began stays
//! counted. So a window never forgets a payment that it must remember.
//!
//! A balance limit bounds available and reserved money of an account together. A payment that could
//! never settle, because it is larger than the limit, is refused (`balance_limit_exceeded`); any
//! other waits in the queue until there is room. Issuing and returns are refused. A seizure is not.

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use corridor_types::Timestamp;
use corridor_types::operations::{Limit, LimitScope};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};
use crate::usage::Usage;

/// A limit and what was paid under it lately.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitRecord {
    /// What may be held or paid, and in which scope.
    pub limit: Limit,
    /// When its window began to count; payments accepted at this time or before may be missing.
    pub since: Timestamp,
    pub(crate) usage: Usage,
}
corridor_types::codec_struct!(LimitRecord { limit, since, usage });

/// All limits. A removed one gives its slot back; the lowest free one is taken first.
#[derive(Debug, Clone)]
pub(crate) struct LimitTable {
    pub slots: Slots<LimitRecord>,
    by_scope: BTreeMap<LimitScope, u32>,
    free: BinaryHeap<Reverse<u32>>,
}

impl Index<LimitRecord> for LimitTable {
    fn new(slots: Slots<LimitRecord>, _: &Meta) -> Result<Self, Misplaced> {
        let by_scope = slots.iter().map(|(slot, record)| (record.limit.scope, slot)).collect();
        let free = (0..slots.len()).filter(|slot| slots.get(*slot).is_none()).map(Reverse).collect();
        Ok(Self { slots, by_scope, free })
    }
}

impl LimitTable {
    pub fn is_empty(&self) -> bool {
        self.by_scope.is_empty()
    }

    pub fn count(&self) -> u32 {
        self.slots.count()
    }

    pub fn get(&self, scope: &LimitScope) -> Option<&LimitRecord> {
        self.slots.get(*self.by_scope.get(scope)?)
    }

    pub fn edit(&mut self, scope: &LimitScope) -> Option<&mut LimitRecord> {
        let slot = *self.by_scope.get(scope)?;
        self.slots.edit(slot)
    }

    pub fn set(&mut self, record: LimitRecord) {
        let scope = record.limit.scope;
        let free = || self.free.pop().map_or_else(|| self.slots.len(), |Reverse(slot)| slot);
        let slot = *self.by_scope.entry(scope).or_insert_with(free);
        self.slots.put(slot, Some(record));
    }

    pub fn remove(&mut self, scope: &LimitScope) {
        let slot = self.by_scope.remove(scope);
        self.slots.demand(slot.is_some(), "a limit that is removed was set");
        if let Some(slot) = slot {
            self.slots.put(slot, None);
            self.free.push(Reverse(slot));
        }
    }
}
