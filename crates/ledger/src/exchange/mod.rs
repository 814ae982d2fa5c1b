#![doc = include_str!("../../../../docs/ledger/exchange.md")]

pub(crate) mod rules;
mod take;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use corridor_types::operations::Quote;
use corridor_types::{ParticipantId, Timestamp, Uetr};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// A quote that was not used yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuote {
    /// The reference by which it is named.
    pub reference: Uetr,
    /// Who made it.
    pub maker: ParticipantId,
    /// What is offered, at which price, until when.
    pub quote: Quote,
}
corridor_types::codec_struct!(OpenQuote { reference, maker, quote });

/// All open quotes. A quote that ends gives its slot back; the lowest free one is taken first.
#[derive(Debug, Clone)]
pub(crate) struct Quotes {
    pub slots: Slots<OpenQuote>,
    by_reference: BTreeMap<Uetr, u32>,
    by_end: BTreeSet<(Timestamp, u32)>,
    per_maker: BTreeMap<ParticipantId, u32>,
    free: BinaryHeap<Reverse<u32>>,
}

impl Index<OpenQuote> for Quotes {
    fn new(slots: Slots<OpenQuote>, _: &Meta) -> Result<Self, Misplaced> {
        let free = (0..slots.len()).filter(|slot| slots.get(*slot).is_none()).map(Reverse).collect();
        let (by_reference, by_end, per_maker) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        let mut quotes = Self { slots: Slots::new(), by_reference, by_end, per_maker, free };
        for (slot, quote) in slots.iter() {
            quotes.index(slot, quote);
            if quotes.slots.is_broken() {
                return Err(Slots::<OpenQuote>::misplaced(slot, "another quote has the same reference"));
            }
        }
        quotes.slots = slots;
        Ok(quotes)
    }
}

impl Quotes {
    fn index(&mut self, slot: u32, quote: &OpenQuote) {
        let other = self.by_reference.insert(quote.reference, slot);
        self.slots.demand(other.is_none(), "a quote is open once");
        self.by_end.insert((quote.quote.valid_until, slot));
        *self.per_maker.entry(quote.maker).or_default() += 1;
    }

    pub fn get(&self, reference: &Uetr) -> Option<&OpenQuote> {
        self.slots.get(*self.by_reference.get(reference)?)
    }

    pub fn count(&self) -> u32 {
        self.slots.count()
    }

    pub fn count_of(&self, maker: ParticipantId) -> u32 {
        self.per_maker.get(&maker).copied().unwrap_or(0)
    }

    pub fn add(&mut self, quote: OpenQuote) {
        let slot = self.free.pop().map_or_else(|| self.slots.len(), |Reverse(slot)| slot);
        self.index(slot, &quote);
        self.slots.put(slot, Some(quote));
    }

    pub fn remove(&mut self, reference: &Uetr) -> Option<OpenQuote> {
        let slot = self.by_reference.remove(reference)?;
        let quote = self.slots.put(slot, None)?;
        self.by_end.remove(&(quote.quote.valid_until, slot));
        let fewer = self.count_of(quote.maker).checked_sub(1);
        self.slots.demand(fewer.is_some(), "the open quotes of a maker are counted");
        self.per_maker.extend(fewer.map(|count| (quote.maker, count)));
        self.free.push(Reverse(slot));
        Some(quote)
    }

    /// At most `limit` quotes that have lapsed at `now`, by end and slot.
    pub fn lapsed(&self, now: Timestamp, limit: usize) -> Vec<Uetr> {
        let lapsed = self.by_end.iter().take_while(|(end, _)| *end <= now).take(limit);
        lapsed.filter_map(|(_, slot)| Some(self.slots.get(*slot)?.reference)).collect()
    }
}
