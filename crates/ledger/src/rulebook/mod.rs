#![doc = include_str!("../../../../docs/ledger/rulebooks.md")]

pub(crate) mod publish;
pub(crate) mod rules;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use corridor_types::operations::RulebookPack;
use corridor_types::{Corridor, CountryCode, Timestamp};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// The pack in force and the one decided on last, for one country and corridor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rulebook {
    /// In force when `next` was decided on.
    pub current: Option<RulebookPack>,
    /// Decided on last; in force from its date on.
    pub next: RulebookPack,
}
corridor_types::codec_struct!(Rulebook { current, next });

impl Rulebook {
    /// The pack in force at a time.
    pub fn at(&self, now: Timestamp) -> Option<&RulebookPack> {
        if self.next.effective_from <= now { Some(&self.next) } else { self.current.as_ref() }
    }
}

/// All rulebooks by country and corridor.
#[derive(Debug, Clone)]
pub(crate) struct Rulebooks {
    pub slots: Slots<Rulebook>,
    by_scope: BTreeMap<(CountryCode, Option<Corridor>), u32>,
}

impl Index<Rulebook> for Rulebooks {
    fn new(slots: Slots<Rulebook>, _: &Meta) -> Result<Self, Misplaced> {
        let by_scope = slots.iter().map(|(slot, book)| ((book.next.country, book.next.corridor), slot)).collect();
        Ok(Self { slots, by_scope })
    }
}

impl Rulebooks {
    pub fn get(&self, country: CountryCode, corridor: Option<Corridor>) -> Option<&Rulebook> {
        self.slots.get(*self.by_scope.get(&(country, corridor))?)
    }

    /// Puts the next version of a scope in place.
    pub fn publish(&mut self, book: Rulebook) {
        let scope = (book.next.country, book.next.corridor);
        match self.by_scope.get(&scope) {
            Some(slot) => {
                self.slots.put(*slot, Some(book));
            }
            None => {
                let slot = self.slots.append(book);
                self.by_scope.insert(scope, slot);
            }
        }
    }
}
