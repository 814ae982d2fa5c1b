//! Assets: who issues them, what one payment may move, and how much was issued and redeemed.

mod rules;

use corridor_types::{Amount, AssetEntry, AssetId, CurrencyCode, ParticipantId};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// A currency on the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asset {
    /// Its currency, ISO 4217.
    pub currency: CurrencyCode,
    /// The central bank that issues it.
    pub issuer: ParticipantId,
    /// The most that one payment may move, in minor units.
    pub payment_cap: Amount,
    /// All that was ever issued, in minor units.
    pub issued: u128,
    /// All that was ever redeemed, in minor units.
    pub redeemed: u128,
}
corridor_types::codec_struct!(Asset { currency, issuer, payment_cap, issued, redeemed });

impl Asset {
    pub(crate) fn new(entry: &AssetEntry) -> Self {
        let AssetEntry { currency, issuer, payment_cap } = *entry;
        Self { currency, issuer, payment_cap, issued: 0, redeemed: 0 }
    }

    /// What is in circulation, in minor units; never above 2^64 - 1, so no balance can overflow.
    pub const fn circulating(&self) -> u128 {
        // Saturating: the seal halts where more was redeemed than issued.
        self.issued.saturating_sub(self.redeemed)
    }

    /// True if `amount` more may be issued.
    pub(crate) fn has_room_for(&self, amount: Amount) -> bool {
        self.circulating() + u128::from(amount.0) <= u128::from(u64::MAX)
    }
}

/// Sums over one asset, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// All that was ever issued.
    pub issued: u128,
    /// All that was ever redeemed.
    pub redeemed: u128,
    /// Available and reserved over all accounts; equals issued minus redeemed.
    pub held: u128,
    /// Reserved over all accounts; equals the sum of the open payments.
    pub reserved: u128,
}

/// All assets, by number.
#[derive(Debug, Clone)]
pub(crate) struct Assets {
    pub slots: Slots<Asset>,
}

impl Index<Asset> for Assets {
    fn new(slots: Slots<Asset>, _: &Meta) -> Result<Self, Misplaced> {
        Ok(Self { slots })
    }
}

impl Assets {
    pub fn get(&self, id: AssetId) -> Option<&Asset> {
        self.slots.get(u32::from(id.0))
    }

    pub fn edit(&mut self, id: AssetId) -> Option<&mut Asset> {
        self.slots.edit(u32::from(id.0))
    }

    pub fn iter(&self) -> impl Iterator<Item = (AssetId, &Asset)> {
        self.slots.iter().filter_map(|(slot, asset)| Some((AssetId(u16::try_from(slot).ok()?), asset)))
    }
}
