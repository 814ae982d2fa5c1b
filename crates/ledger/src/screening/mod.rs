#![doc = include_str!("../../../../docs/ledger/screening.md")]

pub(crate) mod rules;
#[cfg(test)]
mod tests;

use corridor_crypto::Digest;
use corridor_types::operations::Screening;
use corridor_types::{ListId, ParticipantId, Timestamp};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// What a central bank requires, in the slot of its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequiredList {
    /// Number of the screening list.
    pub list: ListId,
    /// SHA-256 of the version in force.
    pub version: Digest,
    /// How old a screening may be at settlement, in milliseconds of block time.
    pub max_age_ms: u64,
}
corridor_types::codec_struct!(RequiredList { list, version, max_age_ms });

impl RequiredList {
    /// True if the screening is by this list and version.
    pub fn is_of(&self, screening: &Screening) -> bool {
        (self.list, self.version) == (screening.list, screening.version)
    }

    /// True if the screening is young enough.
    pub const fn is_young(&self, screening: &Screening, now: Timestamp) -> bool {
        now.since_ms(screening.time) <= self.max_age_ms
    }
}

/// The required lists by central bank.
#[derive(Debug, Clone)]
pub(crate) struct Lists {
    pub slots: Slots<RequiredList>,
}

impl Index<RequiredList> for Lists {
    fn new(slots: Slots<RequiredList>, _: &Meta) -> Result<Self, Misplaced> {
        Ok(Self { slots })
    }
}

impl Lists {
    pub fn get(&self, central_bank: ParticipantId) -> Option<&RequiredList> {
        self.slots.get(central_bank.0)
    }

    pub fn require(&mut self, central_bank: ParticipantId, list: RequiredList) {
        self.slots.put(central_bank.0, Some(list));
    }
}
