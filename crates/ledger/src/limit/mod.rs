#![doc = include_str!("../../../../docs/ledger/limits.md")]

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
