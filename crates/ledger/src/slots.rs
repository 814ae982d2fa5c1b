//! Tables whose records have slots: the records, their Merkle tree, and which were touched since
//! the last seal. Every write passes through here, so no record can change without its leaf.

use corridor_crypto::Digest;
use corridor_types::persist::{Change, Table};
use corridor_types::{Decode, Encode};

use crate::tree::{HEIGHT, SlotTree, leaf};

/// The numbers of the ledger's tables. Never reused, never renumbered.
pub mod tables {
    use corridor_types::persist::Table;

    /// One record: height, time and the epoch that follows.
    pub const META: Table = Table(0);
    /// Participants by number.
    pub const PARTICIPANTS: Table = Table(1);
    /// Assets by number, with what was issued and redeemed.
    pub const ASSETS: Table = Table(2);
    /// Accounts by number.
    pub const ACCOUNTS: Table = Table(3);
    /// Client authorisations in the order in which they were granted.
    pub const CLIENTS: Table = Table(4);
    /// Payments that wait, by slot.
    pub const PAYMENTS: Table = Table(5);
    /// Used references by reference.
    pub const REFERENCES: Table = Table(6);
    /// Validator sets by epoch, the next one included once it is decided.
    pub const VALIDATORS: Table = Table(7);
    /// The last candidate that each participant declared, by participant number.
    pub const CANDIDATES: Table = Table(8);
    /// Registered nodes that are no validators.
    pub const NODES: Table = Table(9);
    /// The commitments after the last blocks, a ring by height.
    pub const RECENT: Table = Table(10);
    /// Programmes by number.
    pub const PROGRAMMES: Table = Table(11);
    /// Licences in the order in which they were issued.
    pub const LICENCES: Table = Table(12);
    /// Required screening lists by the central bank's number.
    pub const LISTS: Table = Table(13);
    /// Limits, by slot.
    pub const LIMITS: Table = Table(14);
    /// Returns and recalls in the order in which they began.
    pub const REFUNDS: Table = Table(15);
    /// Open quotes, by slot.
    pub const QUOTES: Table = Table(16);
    /// Calendars by asset number.
    pub const CALENDARS: Table = Table(17);
    /// Rulebooks in the order in which their scopes came.
    pub const RULEBOOKS: Table = Table(18);
    /// Open proposals, by slot.
    pub const PROPOSALS: Table = Table(19);
    /// What liquidity saving saved, by asset number.
    pub const SAVINGS: Table = Table(20);
}

/// A record with a slot.
pub(crate) trait Record: Encode + Decode {
    /// Its table.
    const TABLE: Table;
    /// How many slots the table has at most.
    const LIMIT: u32;
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
    tree: SlotTree,
    /// Slots written since the last seal, each once, and the same as a flag per slot.
    touched: Vec<u32>,
    is_touched: Vec<bool>,
}

impl<R: Record> Slots<R> {
    pub fn new() -> Self {
        Self { records: Vec::new(), tree: SlotTree::new(), touched: Vec::new(), is_touched: Vec::new() }
    }

    /// Slots in use or used before; the next new slot.
    pub fn len(&self) -> u32 {
        u32::try_from(self.records.len()).unwrap_or(u32::MAX)
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
        let records = self.records.get(from as usize..).unwrap_or_default();
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

    /// Sets or removes a record. The caller keeps `slot` below the table's limit.
    pub fn put(&mut self, slot: u32, record: Option<R>) -> Option<R> {
        let needed = slot as usize + 1;
        if self.records.len() < needed {
            self.records.resize_with(needed, || None);
            self.is_touched.resize(needed, false);
        }
        self.touch(slot);
        std::mem::replace(&mut self.records[slot as usize], record)
    }

    /// Adds a record at the next new slot.
    pub fn append(&mut self, record: R) -> u32 {
        let slot = self.len();
        self.put(slot, Some(record));
        slot
    }

    /// Brings the tree up to date and lists the touched records, ascending.
    pub fn seal(&mut self, changes: &mut Vec<Change>) {
        self.touched.sort_unstable();
        let mut leaves = Vec::with_capacity(self.touched.len());
        for slot in std::mem::take(&mut self.touched) {
            self.is_touched[slot as usize] = false;
            let value = self.get(slot).map(encode);
            leaves.push((slot, leaf(R::TABLE, slot, value.as_deref())));
            changes.push(Change { table: R::TABLE, key: slot.to_bytes(), value });
        }
        self.tree.update(&leaves);
    }

    /// Every record as it stands, ascending.
    pub fn records(&self) -> impl Iterator<Item = Change> {
        self.iter().map(|(slot, record)| Change { table: R::TABLE, key: slot.to_bytes(), value: Some(encode(record)) })
    }

    /// The root as of the last seal.
    pub const fn root(&self) -> Digest {
        self.tree.root()
    }

    /// The siblings of a slot's leaf as of the last seal.
    pub fn path(&self, slot: u32) -> [Digest; HEIGHT] {
        self.tree.path(slot)
    }
}
