//! Which simulated machine belongs to which institution. The only place that knows that an
//! institution may have two machines (a twin, or a copied data folder), and which key names whom.

use std::collections::BTreeMap;

use corridor_replica::Peer;

use crate::economy::network_key;

/// A simulated machine: one per institution in their order, then second machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(pub u16);

impl std::fmt::Display for NodeId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "n{}", self.0)
    }
}

/// An institution: the number of its participant, under which all its machines are reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(pub u16);

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The machines of a run.
#[derive(Debug, Clone)]
pub struct Roster {
    institutions: u16,
    /// The second machine of each twin.
    twins: BTreeMap<Address, NodeId>,
    /// Whose data was copied: machines behind all others.
    copies: Vec<Address>,
    /// Who links with which network key.
    keys: BTreeMap<Peer, Address>,
}

impl Roster {
    /// A machine for each of `institutions`, and one more for each of `twins`.
    pub fn new(institutions: u16, twins: &[Address]) -> Self {
        let twins = twins.iter().copied().zip((institutions..).map(NodeId)).collect();
        let key = |n: u16| (network_key(u32::from(n)).public_key(), Address(n));
        Self { institutions, twins, copies: Vec::new(), keys: (0..institutions).map(key).collect() }
    }

    /// One more machine, on which a copy of an institution's data runs.
    pub fn add_copy(&mut self, address: Address) -> NodeId {
        self.copies.push(address);
        NodeId(self.first_copy() + self.copies.len() as u16 - 1)
    }

    fn first_copy(&self) -> u16 {
        self.institutions + self.twins.len() as u16
    }

    /// How many institutions there are.
    pub const fn institutions(&self) -> u16 {
        self.institutions
    }

    /// Every machine, by number.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.first_copy() + self.copies.len() as u16).map(NodeId)
    }

    /// Whose machine it is.
    pub fn address_of(&self, node: NodeId) -> Address {
        let copied = node.0.checked_sub(self.first_copy()).and_then(|at| self.copies.get(usize::from(at)));
        let twin = || self.twins.iter().find(|(_, second)| **second == node).map(|(address, _)| address);
        copied.or_else(twin).copied().unwrap_or(Address(node.0))
    }

    /// All machines of an institution.
    pub fn machines_of(&self, address: Address) -> impl Iterator<Item = NodeId> + '_ {
        let copies = (self.first_copy()..).map(NodeId).zip(&self.copies).filter(move |(_, of)| **of == address);
        let seconds = self.twins.get(&address).copied().into_iter().chain(copies.map(|(node, _)| node));
        std::iter::once(NodeId(address.0)).chain(seconds)
    }

    /// True if a copy of this institution's data was ever made.
    pub fn is_copied(&self, address: Address) -> bool {
        self.copies.contains(&address)
    }

    /// True for a machine on which a copy runs.
    pub fn is_copy(&self, node: NodeId) -> bool {
        node.0 >= self.first_copy()
    }

    /// What replicas call an institution: its network key.
    pub fn peer(&self, address: Address) -> Option<Peer> {
        self.keys.iter().find(|(_, owner)| **owner == address).map(|(key, _)| *key)
    }

    /// Who links with a key.
    pub fn owner(&self, peer: &Peer) -> Option<Address> {
        self.keys.get(peer).copied()
    }

    /// True if these machines may be linked: never two of one institution; and of a twin's machines
    /// one half of the others sees the first, the other half the second.
    pub fn may_link(&self, one: NodeId, other: NodeId) -> bool {
        let (a, b) = (self.address_of(one), self.address_of(other));
        a != b && self.is_seen(one, a, b) && self.is_seen(other, b, a)
    }

    fn is_seen(&self, node: NodeId, address: Address, by: Address) -> bool {
        let odd = (address.0 + by.0) % 2 == 1;
        self.twins.get(&address).is_none_or(|second| odd == (*second == node))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(roster: &Roster, node: u16) -> Vec<u16> {
        roster.nodes().filter(|other| roster.may_link(NodeId(node), *other)).map(|other| other.0).collect()
    }

    #[test]
    fn the_machines_of_a_twin_share_the_others_between_them() {
        let roster = Roster::new(4, &[Address(1)]);
        assert_eq!(roster.address_of(NodeId(4)), Address(1));
        assert_eq!(peers(&roster, 1), [3]);
        assert_eq!(peers(&roster, 4), [0, 2]);
        assert_eq!(peers(&roster, 0), [2, 3, 4]);
        assert_eq!(peers(&roster, 3), [0, 1, 2]);
    }

    #[test]
    fn both_machines_of_a_copy_may_be_linked_to_everybody() {
        let mut roster = Roster::new(4, &[Address(1)]);
        assert_eq!(roster.add_copy(Address(2)), NodeId(5));
        assert_eq!(roster.machines_of(Address(2)).collect::<Vec<_>>(), [NodeId(2), NodeId(5)]);
        assert_eq!(roster.address_of(NodeId(5)), Address(2));
        assert_eq!(peers(&roster, 5), [0, 3, 4]);
        assert_eq!(peers(&roster, 2), [0, 3, 4]);
    }
}
