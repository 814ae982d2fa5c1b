//! Open payments: those whose funds are reserved and that wait for their creditor agent.
//!
//! A payment takes the lowest free slot and gives it back when it is final, so that the slots
//! follow from which payments are open and in which order they came, never from memory layout.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use corridor_crypto::planted::{self, Bug};
use corridor_types::persist::Table;
use corridor_types::{AssetId, ParticipantId, Payment, PaymentStatus, Timestamp, Uetr};

use crate::limits::MAX_OPEN_PAYMENTS;
use crate::slots::{Record, Slots, tables};

/// A payment that is not final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPayment {
    /// Where it is; only `AwaitingAttestation` so far.
    pub status: PaymentStatus,
    /// The owner of the debtor account.
    pub debtor_agent: ParticipantId,
    /// The owner of the creditor account.
    pub creditor_agent: ParticipantId,
    /// The payment.
    pub payment: Payment,
}
corridor_types::codec_struct!(OpenPayment { status, debtor_agent, creditor_agent, payment });

impl Record for OpenPayment {
    const TABLE: Table = tables::PAYMENTS;
    const LIMIT: u32 = MAX_OPEN_PAYMENTS;
}

/// All open payments. All fields but `slots` follow from it.
#[derive(Debug, Clone)]
pub(crate) struct OpenPayments {
    pub slots: Slots<OpenPayment>,
    /// For lookup only, never iterated.
    by_reference: HashMap<Uetr, u32>,
    by_expiry: BTreeSet<(Timestamp, Uetr)>,
    free: BinaryHeap<Reverse<u32>>,
    per_agent: BTreeMap<ParticipantId, u32>,
    per_asset: BTreeMap<AssetId, u128>,
}

impl OpenPayments {
    pub fn new(slots: Slots<OpenPayment>) -> Self {
        let free = (0..slots.len()).filter(|slot| slots.get(*slot).is_none()).map(Reverse).collect();
        let (by_reference, by_expiry) = (HashMap::new(), BTreeSet::new());
        let (per_agent, per_asset) = (BTreeMap::new(), BTreeMap::new());
        let mut open = Self { slots: Slots::new(), by_reference, by_expiry, free, per_agent, per_asset };
        slots.iter().for_each(|(slot, record)| open.index(slot, record));
        open.slots = slots;
        open
    }

    fn index(&mut self, slot: u32, record: &OpenPayment) {
        let payment = &record.payment;
        self.by_reference.insert(payment.uetr, slot);
        self.by_expiry.insert((payment.expiry, payment.uetr));
        *self.per_agent.entry(record.debtor_agent).or_default() += 1;
        *self.per_asset.entry(payment.asset).or_default() += u128::from(payment.amount.0);
    }

    fn unindex(&mut self, record: &OpenPayment) {
        let payment = &record.payment;
        self.by_reference.remove(&payment.uetr);
        self.by_expiry.remove(&(payment.expiry, payment.uetr));
        if let Some(count) = self.per_agent.get_mut(&record.debtor_agent) {
            *count = count.saturating_sub(1);
        }
        if let Some(sum) = self.per_asset.get_mut(&payment.asset) {
            *sum = sum.saturating_sub(u128::from(payment.amount.0));
        }
    }

    /// How many are open.
    pub fn count(&self) -> u32 {
        u32::try_from(self.by_reference.len()).unwrap_or(u32::MAX)
    }

    /// How many of a debtor agent's are open.
    pub fn count_of(&self, debtor_agent: ParticipantId) -> u32 {
        self.per_agent.get(&debtor_agent).copied().unwrap_or_default()
    }

    /// What is open in an asset, in minor units.
    pub fn sum(&self, asset: AssetId) -> u128 {
        self.per_asset.get(&asset).copied().unwrap_or_default()
    }

    pub fn slot_of(&self, uetr: &Uetr) -> Option<u32> {
        self.by_reference.get(uetr).copied()
    }

    pub fn get(&self, slot: u32) -> Option<&OpenPayment> {
        self.slots.get(slot)
    }

    pub fn open(&mut self, record: OpenPayment) {
        let slot = self.free.pop().map_or_else(|| self.slots.len(), |Reverse(slot)| slot);
        self.index(slot, &record);
        self.slots.put(slot, Some(record));
    }

    pub fn remove(&mut self, slot: u32) -> Option<OpenPayment> {
        let record = self.slots.put(slot, None)?;
        self.unindex(&record);
        if !planted::is(Bug::SlotsFollowMemory) {
            self.free.push(Reverse(slot));
        }
        Some(record)
    }

    /// The slots of at most `limit` payments that have lapsed at `now`, by expiry and reference.
    pub fn lapsed(&self, now: Timestamp, limit: usize) -> Vec<u32> {
        let lapsed = self.by_expiry.iter().take_while(|(expiry, _)| *expiry <= now);
        lapsed.take(limit).filter_map(|(_, uetr)| self.slot_of(uetr)).collect()
    }
}
