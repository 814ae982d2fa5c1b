//! Licences for goods under export control: what an authority permits, what payments set aside and
//! what they drew. At every moment `drawn + reserved <= value`, whichever banks use it, in whatever
//! order. Nobody but the authority that issued a licence changes what it permits, and a licence
//! never moves money.
//!
//! | from | step | to | who | codes |
//! |---|---|---|---|---|
//! | no licence | Issue | valid | any licensing authority | `licence_malformed`, `unknown_asset`, `unknown_participant`, `licence_exists`, `capacity_exceeded` |
//! | valid | Amend | valid, with another value and end | the authority that issued it | `licence_malformed`, `licence_below_use` |
//! | valid | Revoke | revoked | the authority that issued it | |
//! | no licence | Amend, Revoke | | | `unknown_licence` |
//! | revoked | Amend, Revoke | | | `licence_revoked` |
//! | valid, revoked | Issue | | | `licence_exists` |
//!
//! A step takes one supervisor key. Another authority gets `not_licensing_authority`, which uses up
//! no reference; other kinds of participants may not ask at all.
//!
//! A licence has a validity in time besides, `valid_from <= block time < valid_until`, which is no
//! state: an authority may prolong a licence whose validity is over.
//!
//! A licence stands as long as who issued it may act. While the authority is suspended its licences
//! are not valid now (`licence_not_valid_now`); once it is revoked, so are they, for good
//! (`licence_revoked`): nobody else could revoke them.
//!
//! What payments do with it:
//!
//! | when | what | drawn | reserved |
//! |---|---|---|---|
//! | a payment is accepted | *reserve* | | + |
//! | it settles, at once or later | *draw* | + | − |
//! | it ends in any other way | *release* | | − |
//! | money of a settled payment is returned | *restore*, in proportion | − | |
//!
//! The debtor agent names the licences; each must permit it, the asset, and a corridor of which one
//! end is the authority's country. Revocations execute before everything else in their block: a
//! payment that would settle in that block is stopped instead (`licence_revoked`), and those that
//! just wait are stopped by the sweep of the next block, whether the licence was revoked or its
//! authority. A payment whose licence is not valid any more stops when it would otherwise settle
//! (`licence_not_valid_now`).

pub(crate) mod rules;
#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};

use corridor_types::operations::Licence;
use corridor_types::{Amount, Control, LicenceHandle, LicenceUse, ParticipantId, Payment};

use crate::OpenPayment;
use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// A licence on the ledger. Never removed: a handle has one meaning. Amounts are in minor units of
/// its asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenceRecord {
    /// What the authority permitted.
    pub licence: Licence,
    /// The authority that issued it.
    pub authority: ParticipantId,
    /// True once withdrawn.
    pub revoked: bool,
    /// Set aside for payments that have not settled.
    pub reserved: Amount,
    /// Drawn by payments that settled, less what was returned.
    pub drawn: Amount,
}
corridor_types::codec_struct!(LicenceRecord { licence, authority, revoked, reserved, drawn });

impl LicenceRecord {
    /// One of which nothing was used yet.
    pub(crate) const fn new(licence: Licence, authority: ParticipantId) -> Self {
        Self { licence, authority, revoked: false, reserved: Amount::ZERO, drawn: Amount::ZERO }
    }

    /// What is drawn and reserved, in minor units.
    pub fn in_use(&self) -> u128 {
        u128::from(self.drawn.0) + u128::from(self.reserved.0)
    }

    /// What payments may still set aside, in minor units.
    pub fn left(&self) -> u128 {
        // Saturating: no more is in use than the licence permits, or the seal halts.
        u128::from(self.licence.value.0).saturating_sub(self.in_use())
    }
}

/// The licences on which a payment draws.
pub(crate) fn uses_of(payment: &Payment) -> &[LicenceUse] {
    match &payment.control {
        Control::NotControlled => &[],
        Control::Controlled { licences } => licences,
    }
}

/// All licences. The other fields follow from the records and the open payments.
#[derive(Debug, Clone)]
pub(crate) struct Licences {
    pub slots: Slots<LicenceRecord>,
    by_handle: BTreeMap<LicenceHandle, u32>,
    /// Licences, revoked themselves or with their authority, on which open payments still draw, for
    /// the sweep.
    to_stop: BTreeSet<LicenceHandle>,
}

impl Index<LicenceRecord> for Licences {
    fn new(slots: Slots<LicenceRecord>, _: &Meta) -> Result<Self, Misplaced> {
        let by_handle = slots.iter().map(|(slot, record)| (record.licence.handle, slot)).collect();
        Ok(Self { slots, by_handle, to_stop: BTreeSet::new() })
    }
}

impl Licences {
    /// Finds out anew which licences must stop; `is_revoked` says which authorities were revoked.
    pub fn find_again(&mut self, payments: &Slots<OpenPayment>, is_revoked: impl Fn(ParticipantId) -> bool) {
        self.to_stop = self.find_to_stop(payments, is_revoked);
    }

    /// The licences, revoked themselves or with their authority, on which these payments draw.
    pub fn find_to_stop(
        &self,
        payments: &Slots<OpenPayment>,
        is_revoked: impl Fn(ParticipantId) -> bool,
    ) -> BTreeSet<LicenceHandle> {
        let drawn_on = payments.iter().flat_map(|(_, open)| uses_of(&open.payment)).map(|used| used.licence);
        let stops = |record: &LicenceRecord| record.revoked || is_revoked(record.authority);
        drawn_on.filter(|handle| self.get(handle).is_some_and(stops)).collect()
    }

    /// The licences, revoked themselves or with their authority, on which open payments still draw,
    /// ascending.
    pub const fn to_stop(&self) -> &BTreeSet<LicenceHandle> {
        &self.to_stop
    }

    pub fn slot_of(&self, handle: &LicenceHandle) -> Option<u32> {
        self.by_handle.get(handle).copied()
    }

    pub fn get(&self, handle: &LicenceHandle) -> Option<&LicenceRecord> {
        self.slots.get(self.slot_of(handle)?)
    }

    pub fn edit(&mut self, handle: &LicenceHandle) -> Option<&mut LicenceRecord> {
        let slot = self.slot_of(handle)?;
        self.slots.edit(slot)
    }

    pub fn add(&mut self, record: LicenceRecord) {
        let handle = record.licence.handle;
        let slot = self.slots.append(record);
        let other = self.by_handle.insert(handle, slot);
        self.slots.demand(other.is_none(), "a licence's handle is issued once");
    }

    /// Withdraws a licence; `is_drawn_on` says whether open payments draw on it.
    pub fn revoke(&mut self, handle: &LicenceHandle, is_drawn_on: bool) -> Option<()> {
        self.edit(handle)?.revoked = true;
        if is_drawn_on {
            self.to_stop.insert(*handle);
        }
        Some(())
    }

    /// Their authority was revoked while open payments drew on these.
    pub fn must_stop(&mut self, handles: impl IntoIterator<Item = LicenceHandle>) {
        self.to_stop.extend(handles);
    }

    /// No open payment draws on the licence any more.
    pub fn has_stopped(&mut self, handle: &LicenceHandle) {
        self.to_stop.remove(handle);
    }
}
