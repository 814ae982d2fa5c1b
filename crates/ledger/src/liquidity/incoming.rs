//! The payments of some prefixes by creditor, those furthest behind in their queues first.

use std::collections::BTreeMap;

use super::book::{Book, Place};

/// A payment on its way to a creditor, ordered by how far behind it stands, then by debtor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Payments before it in its queue that have not settled either.
    behind: usize,
    debtor: Place,
    /// Its index in the debtor's queue.
    index: usize,
}

/// Payments by creditor. An account's payments to itself are left out: they take no room.
#[derive(Debug)]
pub(super) struct Incoming(BTreeMap<Place, Vec<Entry>>);

impl Incoming {
    pub fn of(book: &Book, prefixes: Vec<(Place, usize)>) -> Self {
        let mut incoming = BTreeMap::<_, Vec<_>>::new();
        for (debtor, end) in prefixes {
            let party = book.party(debtor);
            for (behind, index) in (party.head..end).enumerate() {
                let creditor = party.queue[index].creditor;
                if creditor != debtor {
                    incoming.entry(creditor).or_default().push(Entry { behind, debtor, index });
                }
            }
        }
        incoming.values_mut().for_each(|entries| entries.sort_unstable());
        Self(incoming)
    }

    /// How many payments there are.
    pub fn len(&self) -> u64 {
        self.0.values().map(|entries| entries.len() as u64).sum()
    }

    /// Takes the payment to `creditor` that stands furthest behind: its debtor and index.
    pub fn pop(&mut self, creditor: Place) -> Option<(Place, usize)> {
        let entry = self.0.get_mut(&creditor)?.pop()?;
        Some((entry.debtor, entry.index))
    }
}
