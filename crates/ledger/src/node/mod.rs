//! Registered nodes that are no validators, such as observers: they may connect to the others.

mod rules;

use corridor_crypto::PublicKey;
use corridor_types::codec::Reader;
use corridor_types::{Decode, DecodeError, Encode, NodeEntry, ParticipantId};

use crate::meta::Meta;
use crate::slots::{Index, Misplaced, Slots};

/// A place for a node. A removed node leaves its place behind as a record of its own, because a
/// record that is simply gone would come back from genesis when the ledger is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(pub Option<NodeEntry>);

impl Encode for Place {
    fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl Decode for Place {
    fn decode(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self(Decode::decode(reader)?))
    }
}

/// All nodes. There are so few that nothing needs an index.
#[derive(Debug, Clone)]
pub(crate) struct Nodes {
    pub slots: Slots<Place>,
}

impl Index<Place> for Nodes {
    fn new(slots: Slots<Place>, _: &Meta) -> Result<Self, Misplaced> {
        Ok(Self { slots })
    }
}

impl Nodes {
    /// The nodes with their slots.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &NodeEntry)> {
        self.slots.iter().filter_map(|(slot, place)| Some((slot, place.0.as_ref()?)))
    }

    /// The node with this key, and its slot.
    pub fn with_key(&self, key: &PublicKey) -> Option<(u32, &NodeEntry)> {
        self.iter().find(|(_, node)| node.network_key == *key)
    }

    /// How many nodes a participant has.
    pub fn count_of(&self, participant: ParticipantId) -> usize {
        self.iter().filter(|(_, node)| node.participant == participant).count()
    }

    /// Takes the lowest free place.
    pub fn register(&mut self, node: NodeEntry) {
        let known = self.with_key(&node.network_key).is_some();
        self.slots.demand(!known, "a network key is registered once");
        let free = self.slots.iter().find(|(_, place)| place.0.is_none()).map(|(slot, _)| slot);
        self.slots.put(free.unwrap_or_else(|| self.slots.len()), Some(Place(Some(node))));
    }

    /// Frees a place.
    pub fn remove(&mut self, slot: u32) {
        let before = self.slots.put(slot, Some(Place(None)));
        self.slots.demand(before.is_some_and(|place| place.0.is_some()), "a node that is removed was registered");
    }
}
