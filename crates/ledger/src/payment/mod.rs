//! Open payments: those that are not final. They are held, wait for their creditor agent, or wait
//! in a queue.
//!
//! A payment takes the lowest free slot and gives it back when it is final, so that the slots
//! follow from which payments are open and in which order they came, never from memory layout.

pub(crate) mod answer;
pub(crate) mod expire;
pub(crate) mod lifecycle;
pub(crate) mod pay;
mod steps;
pub(crate) mod together;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap};

use corridor_crypto::planted::{self, Bug};
use corridor_types::operations::{HoldReason, Screening};
use corridor_types::{
    AccountId, Amount, AssetId, Control, LicenceHandle, ParticipantId, Payment, PaymentStatus, Priority, Timestamp,
    Uetr,
};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// Why and until when a payment is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// What made it held.
    pub reason: HoldReason,
    /// Who holds it: its officers decide. The debtor agent for holds of the ledger itself.
    pub holder: ParticipantId,
    /// Blocks at this time or later reject the payment.
    pub deadline: Timestamp,
}
corridor_types::codec_struct!(Hold { reason, holder, deadline });

/// A payment that is not final.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenPayment {
    /// `Held`, `AwaitingAttestation` or `Queued`.
    pub status: PaymentStatus,
    /// The owner of the debtor account.
    pub debtor_agent: ParticipantId,
    /// The owner of the creditor account.
    pub creditor_agent: ParticipantId,
    /// When it was accepted; limits over stretches of time count it there.
    pub accepted: Timestamp,
    /// True if its amount is set aside on the debtor account.
    pub funded: bool,
    /// True if no attestation is missing.
    pub attested: bool,
    /// The earliest time of its settlement: the opening hour of its value date.
    pub starts: Timestamp,
    /// Its priority now.
    pub priority: Priority,
    /// Its place among the account's payments of its priority; the lowest is first.
    pub place: u64,
    /// The hold, if it is held.
    pub hold: Option<Hold>,
    /// The debtor agent's last screening.
    pub debtor_screening: Option<Screening>,
    /// The creditor agent's last screening.
    pub creditor_screening: Option<Screening>,
    /// Agents that found a possible match while somebody else held it, in the order in which they
    /// did. Their officers decide once that hold is released.
    pub doubts: Vec<ParticipantId>,
    /// The payment as its debtor agent signed it.
    pub payment: Payment,
}
corridor_types::codec_struct!(OpenPayment {
    status,
    debtor_agent,
    creditor_agent,
    accepted,
    funded,
    attested,
    starts,
    priority,
    place,
    hold,
    debtor_screening,
    creditor_screening,
    doubts[MAX_DOUBTS],
    payment,
});

/// Each agent doubts a payment once.
const MAX_DOUBTS: usize = 2;

impl OpenPayment {
    /// The licences that it draws on.
    fn licences(&self) -> impl Iterator<Item = LicenceHandle> {
        let uses = match &self.payment.control {
            Control::NotControlled => &[][..],
            Control::Controlled { licences } => licences,
        };
        uses.iter().map(|used| used.licence)
    }

    /// Sets the hold that an agent's screening demands. Behind a hold of somebody else it has its
    /// turn later; what the agent's own officers hold they look at already.
    pub(crate) fn doubt(&mut self, hold: Hold) {
        let first = *self.hold.get_or_insert(hold);
        if first.holder != hold.holder && !self.doubts.contains(&hold.holder) {
            self.doubts.push(hold.holder);
        }
    }
}

/// The order of an account's queue: by priority, then by place.
pub(crate) type QueueKey = (Reverse<Priority>, u64, u32);

/// Places of payments in the order in which they come begin here, so that there is room before.
pub(crate) const FIRST_PLACE: u64 = 1 << 62;

/// All open payments. All fields but `slots` follow from it.
#[derive(Debug, Clone)]
pub(crate) struct OpenPayments {
    pub slots: Slots<OpenPayment>,
    /// For lookup only, never iterated.
    by_reference: HashMap<Uetr, u32>,
    by_expiry: BTreeSet<(Timestamp, Uetr)>,
    by_deadline: BTreeSet<(Timestamp, u32)>,
    /// Queued payments by the beginning of their day.
    by_start: BTreeSet<(Timestamp, u32)>,
    by_licence: BTreeSet<(LicenceHandle, u32)>,
    by_agent: BTreeSet<(ParticipantId, u32)>,
    /// Queued payments of each debtor account.
    queues: BTreeMap<AccountId, BTreeSet<QueueKey>>,
    /// How many payments queue in each asset in which any do.
    queued: BTreeMap<AssetId, u32>,
    free: BinaryHeap<Reverse<u32>>,
    per_agent: BTreeMap<ParticipantId, u32>,
    /// What is set aside for them, by asset.
    reserved: BTreeMap<AssetId, u128>,
}

fn set<T: Ord>(index: &mut BTreeSet<T>, key: T, is_in: bool) {
    if is_in {
        index.insert(key);
    } else {
        index.remove(&key);
    }
}

impl Index<OpenPayment> for OpenPayments {
    fn new(slots: Slots<OpenPayment>, _: &Meta) -> Result<Self, Misplaced> {
        let mut open = Self {
            slots: Slots::new(),
            by_reference: HashMap::new(),
            by_expiry: BTreeSet::new(),
            by_deadline: BTreeSet::new(),
            by_start: BTreeSet::new(),
            by_licence: BTreeSet::new(),
            by_agent: BTreeSet::new(),
            queues: BTreeMap::new(),
            queued: BTreeMap::new(),
            free: (0..slots.len()).filter(|slot| slots.get(*slot).is_none()).map(Reverse).collect(),
            per_agent: BTreeMap::new(),
            reserved: BTreeMap::new(),
        };
        for (slot, record) in slots.iter() {
            open.index(slot, record);
            if open.slots.is_broken() {
                return Err(Slots::<OpenPayment>::misplaced(slot, "another open payment is in its place"));
            }
        }
        open.slots = slots;
        Ok(open)
    }
}

impl OpenPayments {
    fn index(&mut self, slot: u32, record: &OpenPayment) {
        let payment = &record.payment;
        let other = self.by_reference.insert(payment.uetr, slot);
        self.slots.demand(other.is_none(), "a payment is open once");
        self.by_expiry.insert((payment.expiry, payment.uetr));
        record.licences().for_each(|licence| set(&mut self.by_licence, (licence, slot), true));
        self.by_agent.insert((record.debtor_agent, slot));
        self.by_agent.insert((record.creditor_agent, slot));
        *self.per_agent.entry(record.debtor_agent).or_default() += 1;
        self.index_state(slot, record, true);
    }

    fn unindex(&mut self, slot: u32, record: &OpenPayment) {
        let payment = &record.payment;
        let known = self.by_reference.remove(&payment.uetr);
        self.slots.demand(known == Some(slot), "an open payment is found by its reference");
        self.by_expiry.remove(&(payment.expiry, payment.uetr));
        record.licences().for_each(|licence| set(&mut self.by_licence, (licence, slot), false));
        self.by_agent.remove(&(record.debtor_agent, slot));
        self.by_agent.remove(&(record.creditor_agent, slot));
        let fewer = self.per_agent.get(&record.debtor_agent).and_then(|count| count.checked_sub(1));
        self.slots.demand(fewer.is_some(), "the open payments of an agent are counted");
        self.per_agent.extend(fewer.map(|count| (record.debtor_agent, count)));
        self.index_state(slot, record, false);
    }

    /// The indexes of what changes while a payment is open.
    fn index_state(&mut self, slot: u32, record: &OpenPayment, is_in: bool) {
        if let Some(hold) = record.hold {
            set(&mut self.by_deadline, (hold.deadline, slot), is_in);
        }
        if record.funded {
            self.count_reserved(record.payment.asset, record.payment.amount, is_in);
        }
        if record.status == PaymentStatus::Queued {
            set(&mut self.by_start, (record.starts, slot), is_in);
            let (account, key) = (record.payment.debtor_account, (Reverse(record.priority), record.place, slot));
            let queue = self.queues.entry(account).or_default();
            let changed = if is_in { queue.insert(key) } else { queue.remove(&key) };
            if queue.is_empty() {
                self.queues.remove(&account);
            }
            self.slots.demand(changed, "a queued payment has one place in its queue");
            self.count_queued(record.payment.asset, is_in);
        }
    }

    fn count_reserved(&mut self, asset: AssetId, amount: Amount, is_in: bool) {
        let (before, amount) = (self.reserved(asset), u128::from(amount.0));
        let after = if is_in { before.checked_add(amount) } else { before.checked_sub(amount) };
        self.slots.demand(after.is_some(), "what open payments set aside is counted");
        self.reserved.extend(after.map(|after| (asset, after)));
    }

    fn count_queued(&mut self, asset: AssetId, is_in: bool) {
        let before = self.queued.remove(&asset).unwrap_or(0);
        let after = if is_in { before.checked_add(1) } else { before.checked_sub(1) };
        self.slots.demand(after.is_some(), "queued payments are counted by asset");
        self.queued.extend(after.filter(|count| *count > 0).map(|count| (asset, count)));
    }

    /// How many are open.
    pub fn count(&self) -> u32 {
        self.slots.count()
    }

    /// How many of a debtor agent's are open.
    pub fn count_of(&self, debtor_agent: ParticipantId) -> u32 {
        self.per_agent.get(&debtor_agent).copied().unwrap_or(0)
    }

    /// What is set aside in an asset, in minor units.
    pub fn reserved(&self, asset: AssetId) -> u128 {
        self.reserved.get(&asset).copied().unwrap_or(0)
    }

    pub fn slot_of(&self, uetr: &Uetr) -> Option<u32> {
        self.by_reference.get(uetr).copied()
    }

    pub fn get(&self, slot: u32) -> Option<&OpenPayment> {
        self.slots.get(slot)
    }

    pub fn open(&mut self, record: OpenPayment) -> u32 {
        let slot = self.free.pop().map_or_else(|| self.slots.len(), |Reverse(slot)| slot);
        self.index(slot, &record);
        self.slots.put(slot, Some(record));
        slot
    }

    pub fn remove(&mut self, slot: u32) -> Option<OpenPayment> {
        let record = self.slots.put(slot, None)?;
        self.unindex(slot, &record);
        if !planted::is(Bug::SlotsFollowMemory) {
            self.free.push(Reverse(slot));
        }
        Some(record)
    }

    /// Changes what may change while a payment is open: everything but the payment and its agents.
    pub fn update(&mut self, slot: u32, change: impl FnOnce(&mut OpenPayment)) -> Option<()> {
        let before = self.slots.get(slot)?.clone();
        self.index_state(slot, &before, false);
        let record = self.slots.edit(slot)?;
        change(record);
        let after = record.clone();
        self.index_state(slot, &after, true);
        Some(())
    }

    /// The slots of at most `limit` payments that have lapsed at `now`, by expiry and reference.
    pub fn lapsed(&self, now: Timestamp, limit: usize) -> Vec<u32> {
        let lapsed = self.by_expiry.iter().take_while(|(expiry, _)| *expiry <= now);
        lapsed.take(limit).filter_map(|(_, uetr)| self.slot_of(uetr)).collect()
    }

    /// The slots of at most `limit` payments whose hold has lapsed at `now`, by deadline and slot.
    pub fn holds_lapsed(&self, now: Timestamp, limit: usize) -> Vec<u32> {
        let lapsed = self.by_deadline.iter().take_while(|(deadline, _)| *deadline <= now);
        lapsed.take(limit).map(|(_, slot)| *slot).collect()
    }

    /// The slots of the payments that draw on a licence, ascending.
    pub fn drawing_on(&self, licence: LicenceHandle) -> impl Iterator<Item = u32> {
        self.by_licence.range((licence, 0)..=(licence, u32::MAX)).map(|(_, slot)| *slot)
    }

    /// The slots of the payments of which a participant is an agent, ascending.
    pub fn of_agent(&self, participant: ParticipantId) -> impl Iterator<Item = u32> {
        self.of_agent_from(participant, 0)
    }

    /// The same from a slot on.
    pub fn of_agent_from(&self, participant: ParticipantId, from: u32) -> impl Iterator<Item = u32> {
        self.by_agent.range((participant, from)..=(participant, u32::MAX)).map(|(_, slot)| *slot)
    }

    /// The first time at which a payment lapses, a hold lapses, or a queued payment's day begins
    /// after `last`, the time of the last block.
    pub fn next_due(&self, last: Timestamp) -> Option<Timestamp> {
        let expiry = self.by_expiry.first().map(|(expiry, _)| *expiry);
        let deadline = self.by_deadline.first().map(|(deadline, _)| *deadline);
        let start = self.by_start.range((last.plus_ms(1), 0)..).next().map(|(start, _)| *start);
        expiry.into_iter().chain(deadline).chain(start).min()
    }

    /// The queued payments of an account, the first one first.
    pub fn queue_of(&self, account: AccountId) -> impl Iterator<Item = &QueueKey> {
        self.queues.get(&account).into_iter().flatten()
    }

    /// The assets in which payments queue, ascending.
    pub fn queued_assets(&self) -> impl Iterator<Item = AssetId> {
        self.queued.keys().copied()
    }

    /// The accounts that have queued payments, ascending.
    pub fn queues(&self) -> impl Iterator<Item = (AccountId, &BTreeSet<QueueKey>)> {
        self.queues.iter().map(|(account, queue)| (*account, queue))
    }
}
