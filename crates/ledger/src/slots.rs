//! Tables whose records have slots: the records, their Merkle tree, and which were touched since
//! the last seal. Every write passes through here, so no record can change without its leaf.
//!
//! Which tables there are is said by the list in [`crate::tables`] alone, which implements
//! [`Record`] for each row.

use corridor_crypto::Digest;
use corridor_types::persist::{Change, Table};
use corridor_types::{Decode, DecodeError, Encode};

use crate::Halt;
use crate::halt::Watch;
use crate::meta::Meta;
use crate::tree::{HEIGHT, SlotTree, leaf};

/// What is fixed of a table. Part of the protocol: nodes with other numbers would decide, hash or
/// cut otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Number of the table.
    pub table: Table,
    /// Its name, as in the state and in the documentation.
    pub name: &'static str,
    /// How many slots it has at most.
    pub in_all: u32,
    /// How many records one participant may have in it, if that is bounded.
    pub by_owner: Option<usize>,
    /// A chunk of a snapshot holds a run of 2^`run_bits` slots.
    pub run_bits: u32,
    /// True if a slot that was filled once stays filled, so that a gap shows damage.
    pub keeps_all: bool,
}

/// A record with a slot.
pub(crate) trait Record: Encode + Decode {
    /// Number, bounds and cut of its table.
    const LAYOUT: Layout;
}

/// A table as the rules use it: the records and whatever is derived from them to find them.
pub(crate) trait Index<R: Record>: Sized {
    /// Derives it from the records as of `meta`.
    ///
    /// # Errors
    /// The first record that cannot stand where it stands.
    fn new(slots: Slots<R>, meta: &Meta) -> Result<Self, Misplaced>;
}

/// A record that is not there, or does not fit the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Misplaced {
    pub table: Table,
    pub slot: u32,
    pub problem: &'static str,
}

/// Why a stored record was not taken up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum LoadError {
    /// The key is no slot of the table.
    BadKey,
    /// The record does not decode.
    BadValue(DecodeError),
}

/// The slots of a table, whatever its records are.
pub(crate) trait AnySlots {
    /// Brings the tree up to date and lists the touched records, ascending.
    ///
    /// # Errors
    /// [`Halt::Invariant`]: the first that broke since the last seal.
    fn seal(&mut self, changes: &mut Vec<Change>) -> Result<(), Halt>;
    /// Every record as it stands, ascending.
    fn records(&self) -> Box<dyn Iterator<Item = Change> + '_>;
    /// The root as of the last seal.
    fn root(&self) -> Digest;
    /// Takes up a stored record, or its absence.
    fn load(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), LoadError>;
    /// The first slot that lost its record in a table that keeps all.
    fn find_gap(&self) -> Option<Misplaced>;
}

/// Most records are shorter; one allocation holds their encoding.
const USUAL_RECORD_BYTES: usize = 160;

fn encode(record: &impl Encode) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(USUAL_RECORD_BYTES);
    record.encode(&mut bytes);
    bytes
}

/// The records of one table.
#[derive(Debug, Clone)]
pub(crate) struct Slots<R> {
    records: Vec<Option<R>>,
    /// How many slots are in use or were: the length of `records` as the number that is hashed.
    len: u32,
    /// How many of them hold a record.
    filled: u32,
    tree: SlotTree,
    /// Slots written since the last seal, each once, and the same as a flag per slot.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
    watch: Watch,
}

impl<R: Record> Slots<R> {
    /// A table without records.
    pub fn new() -> Self {
        let (records, touched, is_touched) = (Vec::new(), Vec::new(), Vec::new());
        Self { records, len: 0, filled: 0, tree: SlotTree::new(), touched, is_touched, watch: Watch::default() }
    }

    /// A table with these records, from slot 0 on.
    pub fn of(records: impl IntoIterator<Item = R>) -> Self {
        let mut slots = Self::new();
        for record in records {
            slots.append(record);
        }
        slots
    }

    /// Says what is wrong with the record of a slot.
    pub const fn misplaced(slot: u32, problem: &'static str) -> Misplaced {
        Misplaced { table: R::LAYOUT.table, slot, problem }
    }

    /// Demands an invariant of this table or of what is derived from it; sealing fails if it broke.
    pub fn demand(&mut self, holds: bool, rule: &'static str) {
        self.watch.demand(holds, rule);
    }

    /// True if an invariant broke since the last seal.
    pub fn is_broken(&self) -> bool {
        self.watch.verdict().is_err()
    }

    /// Slots in use or used before; the next new slot.
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// How many records there are.
    pub const fn count(&self) -> u32 {
        self.filled
    }

    pub fn get(&self, slot: u32) -> Option<&R> {
        self.records.get(slot as usize)?.as_ref()
    }

    /// The records with their slots, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &R)> {
        self.iter_from(0)
    }

    /// The same from a slot on.
    pub fn iter_from(&self, from: u32) -> impl Iterator<Item = (u32, &R)> {
        let records = self.records.get(from as usize..).unwrap_or(&[]);
        (from..).zip(records).filter_map(|(slot, record)| Some((slot, record.as_ref()?)))
    }

    fn touch(&mut self, slot: u32) {
        if let Some(flag) = self.is_touched.get_mut(slot as usize)
            && !*flag
        {
            *flag = true;
            self.touched.push(slot);
        }
    }

    pub fn is_touched(&self, slot: u32) -> bool {
        self.is_touched.get(slot as usize).is_some_and(|flag| *flag)
    }

    /// The record for writing; counts as touched.
    pub fn edit(&mut self, slot: u32) -> Option<&mut R> {
        self.touch(slot);
        self.records.get_mut(slot as usize)?.as_mut()
    }

    /// Sets or removes a record. The caller keeps `slot` below the table's bound.
    pub fn put(&mut self, slot: u32, record: Option<R>) -> Option<R> {
        self.demand(slot < R::LAYOUT.in_all, "a slot is below its table's bound");
        if self.len <= slot {
            self.len = slot + 1;
            self.records.resize_with(self.len as usize, || None);
            self.is_touched.resize(self.len as usize, false);
        }
        self.touch(slot);
        let is_filled = record.is_some();
        let before = std::mem::replace(&mut self.records[slot as usize], record);
        match (before.is_some(), is_filled) {
            (false, true) => self.filled += 1,
            (true, false) => self.filled -= 1,
            (false, false) | (true, true) => {}
        }
        before
    }

    /// Adds a record at the next new slot.
    pub fn append(&mut self, record: R) -> u32 {
        let slot = self.len();
        self.put(slot, Some(record));
        slot
    }

    /// The siblings of a slot's leaf as of the last seal.
    pub fn path(&self, slot: u32) -> [Digest; HEIGHT] {
        self.tree.path(slot)
    }
}

impl<R: Record> AnySlots for Slots<R> {
    fn seal(&mut self, changes: &mut Vec<Change>) -> Result<(), Halt> {
        let table = R::LAYOUT.table;
        self.demand(self.records.len() == self.len as usize, "a table has as many slots as it counts");
        self.touched.sort_unstable();
        self.demand(self.touched.is_sorted_by(|one, next| one < next), "a slot is touched once in a block");
        let mut leaves = Vec::with_capacity(self.touched.len());
        for slot in std::mem::take(&mut self.touched) {
            self.is_touched[slot as usize] = false;
            let value = self.get(slot).map(encode);
            leaves.push((slot, leaf(table, slot, value.as_deref())));
            changes.push(Change { table, key: slot.to_bytes(), value });
        }
        self.tree.update(&leaves);
        self.watch.verdict()
    }

    fn records(&self) -> Box<dyn Iterator<Item = Change> + '_> {
        let table = R::LAYOUT.table;
        Box::new(self.iter().map(move |(slot, record)| Change {
            table,
            key: slot.to_bytes(),
            value: Some(encode(record)),
        }))
    }

    fn root(&self) -> Digest {
        self.tree.root()
    }

    fn load(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), LoadError> {
        let slot = u32::from_bytes(key).ok().filter(|slot| *slot < R::LAYOUT.in_all).ok_or(LoadError::BadKey)?;
        let record = value.map(R::from_bytes).transpose().map_err(LoadError::BadValue)?;
        self.put(slot, record);
        Ok(())
    }

    fn find_gap(&self) -> Option<Misplaced> {
        if !R::LAYOUT.keeps_all {
            return None;
        }
        let gap = (0..self.len).find(|slot| self.get(*slot).is_none())?;
        Some(Self::misplaced(gap, "it is missing where later ones are there"))
    }
}
