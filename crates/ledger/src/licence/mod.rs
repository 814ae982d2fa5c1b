#![doc = include_str!("../../../../docs/ledger/licences.md")]

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
