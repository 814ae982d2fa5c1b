//! The Merkle tree over the slots of one table.
//!
//! The tree is defined as 32 levels over all 2^32 slots, where a slot without a record has one
//! fixed leaf; so its root depends on the records alone and never on how the table grew. In memory
//! only the left part that has been in use is held, densely, and doubled when it gets too small;
//! everything right of it is known without being stored.

use corridor_crypto::merkle::{leaf_hash, node_hash};
use corridor_crypto::{Digest, Domain};
use corridor_types::Encode;
use corridor_types::persist::Table;

/// Levels above the leaves: a slot number has 32 bits.
pub(crate) const HEIGHT: usize = 32;

/// The leaf of a slot: over domain tag, table, slot and the record's encoding; over the tag alone
/// for a slot without a record, which no record's leaf can equal as it has more bytes.
pub(crate) fn leaf(table: Table, slot: u32, record: Option<&[u8]>) -> Digest {
    let tag = Domain::Record.tag();
    let Some(record) = record else { return leaf_hash(tag) };
    let mut data = Vec::with_capacity(tag.len() + 5 + record.len());
    data.extend_from_slice(tag);
    data.push(table.0);
    slot.encode(&mut data);
    data.extend_from_slice(record);
    leaf_hash(&data)
}

/// The root to which a leaf and its 32 siblings, lowest first, lead.
pub(crate) fn root_of_path(leaf: Digest, slot: u32, path: &[Digest; HEIGHT]) -> Digest {
    let step = |(hash, position): (Digest, u32), sibling: &Digest| {
        let pair = if position & 1 == 0 { (&hash, sibling) } else { (sibling, &hash) };
        (node_hash(pair.0, pair.1), position >> 1)
    };
    path.iter().fold((leaf, slot), step).0
}

/// Per level, the node under which no slot has a record.
pub(crate) fn empty_nodes() -> Vec<Digest> {
    let up = |below: &Digest| Some(node_hash(below, below));
    std::iter::successors(Some(leaf(Table(0), 0, None)), up).take(HEIGHT + 1).collect()
}

/// The tree of one table.
#[derive(Debug, Clone)]
pub(crate) struct SlotTree {
    /// Leaves first, each level half as long as the one below, the last of length 1.
    levels: Vec<Vec<Digest>>,
    /// Per level, the node under which no slot has a record.
    empty: Vec<Digest>,
    /// The root over all 2^32 slots.
    root: Digest,
}

impl SlotTree {
    /// The tree of a table without records.
    pub fn new() -> Self {
        let empty = empty_nodes();
        Self { levels: vec![vec![empty[0]]], root: empty[HEIGHT], empty }
    }

    fn grow(&mut self, slots: usize) {
        while self.levels[0].len() < slots {
            let top = self.levels.len() - 1;
            let root = node_hash(&self.levels[top][0], &self.empty[top]);
            for (level, empty) in self.levels.iter_mut().zip(&self.empty) {
                level.resize(level.len() * 2, *empty);
            }
            self.levels.push(vec![root]);
        }
        debug_assert!(self.levels.len() <= HEIGHT + 1, "a slot has 32 bits");
    }

    /// Sets leaves, given ascending by slot, and rehashes every node above them once.
    pub fn update(&mut self, leaves: &[(u32, Digest)]) {
        debug_assert!(leaves.is_sorted_by(|one, next| one.0 < next.0), "leaves ascend, each once");
        let Some((last, _)) = leaves.last() else { return };
        self.grow(*last as usize + 1);
        for (slot, leaf) in leaves {
            self.levels[0][*slot as usize] = *leaf;
        }
        let mut nodes: Vec<usize> = leaves.iter().map(|(slot, _)| *slot as usize).collect();
        for upper in 1..self.levels.len() {
            nodes.iter_mut().for_each(|node| *node /= 2);
            nodes.dedup();
            let (below, above) = self.levels.split_at_mut(upper);
            let (children, parents) = (&below[upper - 1], &mut above[0]);
            for node in &nodes {
                parents[*node] = node_hash(&children[2 * node], &children[2 * node + 1]);
            }
        }
        self.root = self.node(HEIGHT, 0);
    }

    /// The node at a position of a level, of which the held part knows only the left edge.
    fn node(&self, level: usize, position: usize) -> Digest {
        let top = self.levels.len() - 1;
        match self.levels.get(level) {
            Some(nodes) => *nodes.get(position).unwrap_or(&self.empty[level]),
            None if position > 0 => self.empty[level],
            None => self.empty[top..level].iter().fold(self.levels[top][0], |hash, empty| node_hash(&hash, empty)),
        }
    }

    /// The root over all 2^32 slots.
    pub const fn root(&self) -> Digest {
        self.root
    }

    /// The siblings from the leaf of `slot` up to the root.
    pub fn path(&self, slot: u32) -> [Digest; HEIGHT] {
        let mut path = [Digest::ZERO; HEIGHT];
        for (level, sibling) in path.iter_mut().enumerate() {
            *sibling = self.node(level, (slot as usize >> level) ^ 1);
        }
        path
    }
}
