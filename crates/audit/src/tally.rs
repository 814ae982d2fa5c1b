//! Counts payments, volumes and refusals from the results of blocks, group by group. Whole minor
//! units only; what a group is, the caller says.

use std::collections::BTreeMap;

use corridor_types::persist::Executed;
use corridor_types::{
    Amount, Code, Control, CurrencyCode, Entry, EntryKind, Height, LicenceHandle, LicenceUse, Payment, PaymentStatus,
    Uetr,
};
use serde::{Serialize, Serializer};

use super::replay::Range;

/// What payments are grouped by.
pub trait Key: Ord + Clone + Serialize + std::fmt::Display {
    /// The currency of all payments of the group, so that their amounts add up.
    fn currency(&self) -> CurrencyCode;
}

/// Payments and their amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// How many payments.
    pub payments: u64,
    /// Their amounts together, in minor units; in JSON digits in a string, as all amounts.
    #[serde(serialize_with = "digits")]
    pub minor: u128,
}

fn digits<S: Serializer>(minor: &u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(minor)
}

impl Sum {
    fn add(&mut self, amount: Amount) {
        // 2^64 payments of 2^64 minor units fit.
        self.payments = self.payments.saturating_add(1);
        self.minor = self.minor.saturating_add(u128::from(amount.0));
    }
}

/// The heights of final decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Decided {
    /// Of the first.
    pub first: Height,
    /// Half of them were taken up to here.
    pub median: Height,
    /// Of the last.
    pub last: Height,
}

impl Decided {
    /// From how many were taken at which height.
    fn of(heights: &BTreeMap<Height, u64>) -> Option<Self> {
        let (first, last) = (*heights.first_key_value()?.0, *heights.last_key_value()?.0);
        let half = heights.values().sum::<u64>().div_ceil(2);
        let mut passed = 0u64;
        let median = heights.iter().find(|(_, count)| {
            passed = passed.saturating_add(**count);
            passed >= half
        });
        Some(Self { first, median: *median?.0, last })
    }
}

/// What happened to the payments of one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Group<K> {
    /// What they share.
    pub group: K,
    /// First seen in the range.
    pub seen: Sum,
    /// That came to a status in the range; a payment counts once in every status that it came to.
    pub reached: BTreeMap<PaymentStatus, Sum>,
    /// That ended in the range without having settled, by the code of that decision.
    pub refused: BTreeMap<Code, Sum>,
    /// What payments that settled in the range drew on each licence.
    pub licences: BTreeMap<LicenceHandle, Sum>,
    /// Without a final status at the end of the range, whenever first seen.
    pub open: BTreeMap<PaymentStatus, Sum>,
    /// When the final decisions of the range were taken.
    pub decided: Option<Decided>,
}

/// A request that was refused and changed no payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// What was asked.
    pub kind: EntryKind,
    /// The code of the refusal.
    pub code: Code,
    /// How often it was given.
    pub count: u64,
}

/// Everything that was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counts<K> {
    /// By group, ascending.
    pub groups: Vec<Group<K>>,
    /// Refusals beside those of payments, among them answers to repeated requests.
    pub requests: Vec<Refused>,
}

/// A payment on its way.
#[derive(Debug)]
struct Open<K> {
    key: K,
    amount: Amount,
    licences: Vec<LicenceUse>,
    status: Option<PaymentStatus>,
}

#[derive(Debug, Default)]
struct Counting {
    seen: Sum,
    reached: BTreeMap<PaymentStatus, Sum>,
    refused: BTreeMap<Code, Sum>,
    licences: BTreeMap<LicenceHandle, Sum>,
    decided: BTreeMap<Height, u64>,
}

/// Counts block by block. `key` gives a payment's group; payments without one, such as of an asset
/// that does not exist, count as requests. Holds the payments that are open, as the ledger does.
pub struct Tally<K, F> {
    key: F,
    range: Range,
    open: BTreeMap<Uetr, Open<K>>,
    groups: BTreeMap<K, Counting>,
    requests: BTreeMap<(EntryKind, Code), u64>,
}

impl<K: Key, F: Fn(&Payment) -> Option<K>> Tally<K, F> {
    /// Counts what happens in the range.
    pub const fn new(key: F, range: Range) -> Self {
        Self { key, range, open: BTreeMap::new(), groups: BTreeMap::new(), requests: BTreeMap::new() }
    }

    /// The next block's result, from the first block on: what is decided in the range may have begun
    /// before it.
    pub fn see(&mut self, executed: &Executed) {
        let counts = self.range.contains(executed.outcome.height);
        executed.payments.iter().for_each(|payment| self.first_seen(payment, counts));
        executed.entries.iter().for_each(|entry| self.decided(entry, counts));
    }

    fn first_seen(&mut self, payment: &Payment, counts: bool) {
        let Some(key) = (self.key)(payment) else { return };
        if counts {
            self.groups.entry(key.clone()).or_default().seen.add(payment.amount);
        }
        let licences = match &payment.control {
            Control::NotControlled => Vec::new(),
            Control::Controlled { licences } => licences.clone(),
        };
        self.open.insert(payment.uetr, Open { key, amount: payment.amount, licences, status: None });
    }

    fn decided(&mut self, entry: &Entry, counts: bool) {
        let open = self.open.get_mut(&entry.reference);
        let moved = entry.status.and_then(|status| Some((status, open.filter(|open| open.status != Some(status))?)));
        let Some((status, open)) = moved else { return self.request(entry, counts) };
        open.status = Some(status);
        if counts {
            let group = self.groups.entry(open.key.clone()).or_default();
            group.reached.entry(status).or_default().add(open.amount);
            if status.is_final() {
                *group.decided.entry(entry.height).or_default() += 1;
            }
            if is_paid(status) {
                open.licences.iter().for_each(|used| group.licences.entry(used.licence).or_default().add(used.amount));
            }
            if status.is_final() && !is_paid(status) {
                group.refused.entry(entry.code).or_default().add(open.amount);
            }
        }
        if status.is_final() {
            self.open.remove(&entry.reference);
        }
    }

    /// An entry that moved no payment.
    fn request(&mut self, entry: &Entry, counts: bool) {
        if counts && entry.code != Code::Ok {
            *self.requests.entry((entry.kind, entry.code)).or_default() += 1;
        }
    }

    /// All counts, after the last block.
    pub fn finish(mut self) -> Counts<K> {
        let mut waiting: BTreeMap<K, BTreeMap<PaymentStatus, Sum>> = BTreeMap::new();
        for Open { key, amount, status, .. } in std::mem::take(&mut self.open).into_values() {
            self.groups.entry(key.clone()).or_default();
            let status = status.unwrap_or(PaymentStatus::Submitted);
            waiting.entry(key).or_default().entry(status).or_default().add(amount);
        }
        let groups = self.groups.into_iter().map(|(group, counting)| {
            let Counting { seen, reached, refused, licences, decided } = counting;
            let open = waiting.remove(&group).unwrap_or_default();
            Group { group, seen, reached, refused, licences, open, decided: Decided::of(&decided) }
        });
        let requests = self.requests.into_iter().map(|((kind, code), count)| Refused { kind, code, count });
        Counts { groups: groups.collect(), requests: requests.collect() }
    }
}

const fn is_paid(status: PaymentStatus) -> bool {
    matches!(status, PaymentStatus::Settled | PaymentStatus::Credited)
}
