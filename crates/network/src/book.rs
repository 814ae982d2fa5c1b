//! Where listed nodes listen, as far as known: configured, told by the node itself, heard from
//! another peer; in this order of trust, and a few per node. Keys that are not listed have no
//! entry, so hearsay takes bounded memory, and a lie costs no more than a failed dial: the key that
//! answers is checked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::{IpAddr, SocketAddr};

use crate::config::{MAX_ADDRESSES, NodeId, PeerList, Role};
use crate::introduction::{Introduction, MAX_INTRODUCED};

/// The addresses of all listed nodes.
pub(crate) struct AddressBook {
    own: Option<SocketAddr>,
    entries: BTreeMap<NodeId, Entry>,
}

struct Entry {
    role: Role,
    configured: Vec<SocketAddr>,
    told: Option<SocketAddr>,
    heard: VecDeque<SocketAddr>,
}

impl AddressBook {
    /// An empty book of a node that tells others `own`.
    pub(crate) const fn new(own: Option<SocketAddr>) -> Self {
        Self { own, entries: BTreeMap::new() }
    }

    /// Replaces the list. What was learnt of nodes that stay is kept.
    pub(crate) fn set_peers(&mut self, peers: &PeerList) {
        self.entries.retain(|id, _| peers.contains_key(id));
        for (id, peer) in peers {
            let fresh = || Entry { role: peer.role, configured: Vec::new(), told: None, heard: VecDeque::new() };
            let entry = self.entries.entry(*id).or_insert_with(fresh);
            entry.role = peer.role;
            entry.configured.clone_from(&peer.addresses);
        }
    }

    /// The node itself told, over an authenticated connection, where it listens.
    pub(crate) fn told(&mut self, id: NodeId, address: SocketAddr) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.told = Some(address);
        }
    }

    /// Another peer told where the node listens. A newer rumour replaces the oldest.
    pub(crate) fn heard(&mut self, id: NodeId, address: SocketAddr) {
        let Some(entry) = self.entries.get_mut(&id) else { return };
        if self.own == Some(address) || entry.all().any(|known| known == address) {
            return;
        }
        entry.heard.push_back(address);
        if entry.heard.len() > MAX_ADDRESSES {
            entry.heard.pop_front();
        }
    }

    /// Where to dial a node, most trusted first.
    pub(crate) fn addresses(&self, id: NodeId) -> Vec<SocketAddr> {
        let mut addresses = Vec::new();
        for address in self.entries.get(&id).into_iter().flat_map(Entry::all) {
            if !addresses.contains(&address) && addresses.len() < MAX_ADDRESSES {
                addresses.push(address);
            }
        }
        addresses
    }

    /// What to tell `to`: validators first. Hearsay is not passed on, so a lie goes one step.
    pub(crate) fn introduction(&self, to: NodeId) -> Introduction {
        let with_role = |role: Role| self.entries.iter().filter(move |(_, entry)| entry.role == role);
        let all = with_role(Role::Validator).chain(with_role(Role::Observer)).filter(|(id, _)| **id != to);
        let trusted = |(id, entry): (&NodeId, &Entry)| {
            entry.told.or_else(|| entry.configured.first().copied()).map(|address| (*id, address))
        };
        Introduction { own: self.own, others: all.filter_map(trusted).take(MAX_INTRODUCED).collect() }
    }

    /// Where validators are, hearsay aside.
    pub(crate) fn validator_ips(&self) -> BTreeSet<IpAddr> {
        let validators = self.entries.values().filter(|entry| entry.role == Role::Validator);
        validators.flat_map(|entry| entry.configured.iter().chain(&entry.told)).map(SocketAddr::ip).collect()
    }
}

impl Entry {
    fn all(&self) -> impl Iterator<Item = SocketAddr> {
        self.configured.iter().chain(&self.told).chain(self.heard.iter().rev()).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::KnownPeer;

    fn id(number: u8) -> NodeId {
        NodeId([number; 32])
    }

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    fn list(peers: &[(u8, &[u16], Role)]) -> PeerList {
        let known = |(number, ports, role): &(u8, &[u16], Role)| {
            let addresses = ports.iter().map(|port| at(*port)).collect();
            (id(*number), KnownPeer { peer_id: libp2p::PeerId::random(), addresses, role: *role })
        };
        peers.iter().map(known).collect()
    }

    #[test]
    fn trust_orders_and_a_liar_fills_no_more_than_the_rest() {
        let mut book = AddressBook::new(Some(at(99)));
        book.set_peers(&list(&[(1, &[10], Role::Validator)]));
        (100..1_100).for_each(|port| book.heard(id(1), at(port)));
        book.heard(id(1), at(99));
        book.heard(id(2), at(5));
        book.told(id(1), at(20));
        book.told(id(2), at(5));
        assert_eq!(book.addresses(id(1)), [at(10), at(20), at(1_099), at(1_098)]);
        assert_eq!(book.entries[&id(1)].heard.len(), MAX_ADDRESSES);
        assert_eq!(book.addresses(id(2)), [], "not listed");
        assert_eq!(book.entries.len(), 1);
        book.set_peers(&list(&[(1, &[11], Role::Validator)]));
        assert_eq!(book.addresses(id(1))[..2], [at(11), at(20)]);
        book.set_peers(&list(&[]));
        book.set_peers(&list(&[(1, &[], Role::Validator)]));
        assert_eq!(book.addresses(id(1)), [], "forgotten with its listing");
    }

    #[test]
    fn validators_are_introduced_first_and_hearsay_never() {
        let mut book = AddressBook::new(Some(at(99)));
        book.set_peers(&list(&[
            (1, &[1], Role::Observer),
            (2, &[2], Role::Validator),
            (3, &[], Role::Validator),
            (4, &[4], Role::Validator),
        ]));
        book.heard(id(3), at(3));
        book.told(id(4), at(44));
        let others = vec![(id(4), at(44)), (id(1), at(1))];
        assert_eq!(book.introduction(id(2)), Introduction { own: Some(at(99)), others });
        assert_eq!(book.validator_ips().len(), 1);
    }
}
