//! Compares the ledger's records on disk with those that execution leaves, in one pass over both.

use std::collections::BTreeMap;

use corridor_storage::StoreError;
use corridor_types::Height;
use corridor_types::persist::{Change, Table};

use super::compare::{Differences, Item, Place};

/// A record's place and value.
type Key = (Table, Vec<u8>);

/// The records that genesis determines. A node that began with genesis stores one of them only once
/// a block has changed it.
#[derive(Debug, Default)]
pub struct Determined(BTreeMap<Key, Option<Vec<u8>>>);

impl Determined {
    /// From the ledger before the first block.
    pub fn new(records: impl Iterator<Item = Change>) -> Self {
        Self(records.map(|record| ((record.table, record.key), record.value)).collect())
    }

    fn holds(&self, record: &Change) -> bool {
        self.0.get(&(record.table, record.key.clone())) == Some(&record.value)
    }
}

/// Walks over both sides, each ascending by table and key. Returns how many replayed records were
/// found on disk or need not be there.
///
/// # Errors
/// The disk's.
pub fn compare(
    height: Height,
    stored: impl Iterator<Item = Result<Change, StoreError>>,
    replayed: impl Iterator<Item = Change>,
    determined: &Determined,
    found: &mut Differences,
) -> Result<u64, StoreError> {
    let (mut stored, mut replayed) = (stored, replayed.peekable());
    let mut compared = 0u64;
    let mut next = stored.next().transpose()?;
    while next.is_some() || replayed.peek().is_some() {
        let order = match (&next, replayed.peek()) {
            (Some(left), Some(right)) => (left.table, &left.key).cmp(&(right.table, &right.key)),
            (Some(_), None) => std::cmp::Ordering::Less,
            _ => std::cmp::Ordering::Greater,
        };
        let left = if order.is_le() { next.take() } else { None };
        let right = if order.is_ge() { replayed.next() } else { None };
        if left.is_some() {
            next = stored.next().transpose()?;
        }
        compared = compared.saturating_add(u64::from(right.is_some()));
        pair(height, left.as_ref(), right.as_ref(), determined, found);
    }
    Ok(compared)
}

/// One record, or the lack of it on one side.
fn pair(
    height: Height,
    stored: Option<&Change>,
    replayed: Option<&Change>,
    determined: &Determined,
    found: &mut Differences,
) {
    let untouched = || stored.is_none() && replayed.is_some_and(|record| determined.holds(record));
    if stored == replayed || untouched() {
        return;
    }
    if let Some(record) = stored.or(replayed) {
        let place =
            Place::of(height, Item::Record, format!("table {} key {}", record.table.0, hex::encode(&record.key)));
        found.whole(place, value(stored), value(replayed));
    }
}

fn value(record: Option<&Change>) -> Option<String> {
    record.and_then(|record| record.value.as_deref()).map(hex::encode)
}
