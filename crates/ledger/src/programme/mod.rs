#![doc = include_str!("../../../../docs/ledger/programmes.md")]

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use corridor_types::operations::{AssetCap, Programme};
use corridor_types::{Amount, AssetId, ProgrammeId};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// A programme on the ledger, in the slot of its number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgrammeRecord {
    /// Its dates, members, corridors and caps.
    pub programme: Programme,
    /// True once it was closed.
    pub closed: bool,
    /// What was paid in each asset of the programme, open payments included, less what was
    /// returned; in the order of its caps, in minor units.
    pub paid: Vec<u128>,
}
corridor_types::codec_struct!(ProgrammeRecord { programme, closed, paid[corridor_types::limits::MAX_SCOPE] });

impl ProgrammeRecord {
    /// One under which nothing was paid.
    pub(crate) fn new(programme: Programme) -> Self {
        Self { paid: vec![0; programme.caps.len()], programme, closed: false }
    }

    /// The position of an asset among the caps.
    pub(crate) fn position_of(&self, asset: AssetId) -> Option<usize> {
        self.programme.caps.binary_search_by_key(&asset, |cap| cap.asset).ok()
    }

    /// The caps of an asset and what was paid in it.
    pub(crate) fn cap_of(&self, asset: AssetId) -> Option<(&AssetCap, u128)> {
        let position = self.position_of(asset)?;
        Some((self.programme.caps.get(position)?, *self.paid.get(position)?))
    }

    /// What was paid in an asset; zero for one that is not listed.
    pub(crate) fn paid_in(&self, asset: AssetId) -> u128 {
        self.cap_of(asset).map_or(0, |(_, paid)| paid)
    }

    /// Counts an amount, or takes one back. `None` if the asset is not listed, or less was paid.
    pub(crate) fn change(
        &mut self,
        asset: AssetId,
        change: fn(u128, u128) -> Option<u128>,
        amount: Amount,
    ) -> Option<()> {
        let position = self.position_of(asset)?;
        let paid = self.paid.get_mut(position)?;
        *paid = change(*paid, u128::from(amount.0))?;
        Some(())
    }
}

/// All programmes, by number.
#[derive(Debug, Clone)]
pub(crate) struct Programmes {
    pub slots: Slots<ProgrammeRecord>,
}

impl Index<ProgrammeRecord> for Programmes {
    fn new(slots: Slots<ProgrammeRecord>, _: &Meta) -> Result<Self, Misplaced> {
        Ok(Self { slots })
    }
}

impl Programmes {
    pub fn get(&self, number: ProgrammeId) -> Option<&ProgrammeRecord> {
        self.slots.get(number.0)
    }

    pub fn edit(&mut self, number: ProgrammeId) -> Option<&mut ProgrammeRecord> {
        self.slots.get(number.0)?;
        self.slots.edit(number.0)
    }
}
