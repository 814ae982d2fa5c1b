//! Programmes: the legal regimes under which clients pay, with their members, dates and caps. A
//! pilot is one with a short list of members.
//!
//! | operation | keys | authority | what changes |
//! |---|---|---|---|
//! | Open | one supervisor key of the central bank of each member | the submitter is one of them (`not_supervisor`) | a programme with the next number, nothing paid |
//! | Amend | the same, of the members before and after | the same | its content; what was paid goes on counting, by asset |
//! | Close | the same, of the members | the same | closed for good |
//!
//! | state | Open | Amend | Close |
//! |---|---|---|---|
//! | none with the number | open | | |
//! | open | | open | closed |
//! | closed | | | |
//!
//! What is not in the table is `unknown_programme` or `programme_closed`.
//!
//! * **Content.** `starts < ends`; 2 to 1,024 members, banks or central banks; 1 to 64 corridors; 1
//!   to 64 assets, each with `0 < cap per payment <= cap in total`; all lists strictly ascending. No
//!   more than 32 central banks can take part: a transaction has no room for more signatures.
//! * **Payments.** A client authorisation names a programme or none. Under one, a payment passes if
//!   the programme is not closed, `starts <= block time < ends`, both agents are members, corridor
//!   and asset are listed, and neither cap is exceeded. Without one, a payment passes unless the
//!   rulebook of either side asks for one (`programme_required`).
//! * **Counting.** An accepted payment counts in full, over all clients of the programme, from its
//!   acceptance on; whatever ends it without settling, and a return, takes that back. So
//!   `paid <= total` holds in every asset unless an amendment lowers the total below what was paid:
//!   then nothing more is accepted until enough came back.
//! * **Amendments.** An asset leaves the list only when nothing counts in it, so that no count is
//!   ever lost. Members who leave take part in the decision. Payments that were let in go on, after
//!   an amendment and after the end.
//!
//! Codes: `unknown_programme`, `programme_not_open`, `programme_closed`, `not_programme_member`,
//! `programme_corridor_not_covered`, `programme_asset_not_covered`,
//! `programme_payment_cap_exceeded`, `programme_total_cap_exceeded`, `programme_required`,
//! `programme_malformed`, `unknown_participant`, `unknown_asset`, `not_supervisor`,
//! `key_not_authorised`, `central_bank_approval_missing`, `capacity_exceeded`.

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
