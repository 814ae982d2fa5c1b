//! Links between machines: who may connect, who is connected, and that a node keeps one live link per
//! network key, whoever else asks for one with the same key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use corridor_replica::{Input, Membership};
use corridor_types::ValidatorSet;

use super::{Event, World};
use crate::faults::fired;
use crate::roster::{Address, NodeId};

/// A link, its lower end first.
type Link = (NodeId, NodeId);

/// The state of all links.
#[derive(Debug, Default)]
pub(super) struct Linking {
    live: BTreeSet<Link>,
    /// Links that stay down until a moment.
    cold_until_ms: BTreeMap<Link, u64>,
    /// Which machine of an institution a machine was linked to last.
    holders: BTreeMap<(NodeId, Address), NodeId>,
}

const fn link(one: NodeId, other: NodeId) -> Link {
    if one.0 < other.0 { (one, other) } else { (other, one) }
}

impl Linking {
    /// Keeps a link down until a moment.
    pub fn cool(&mut self, one: NodeId, other: NodeId, until_ms: u64) {
        self.cold_until_ms.insert(link(one, other), until_ms);
    }

    pub fn is_live(&self, one: NodeId, other: NodeId) -> bool {
        self.live.contains(&link(one, other))
    }
}

impl World {
    /// The live end of a link to an institution.
    pub(super) fn linked(&self, from: NodeId, to: Address) -> Option<NodeId> {
        self.roster.machines_of(to).find(|machine| self.linking.is_live(from, *machine))
    }

    /// Everybody that a machine has a link to.
    pub(super) fn peers(&self, node: NodeId) -> Vec<Address> {
        let all = (0..self.roster.institutions()).map(Address);
        all.filter(|address| self.linked(node, *address).is_some()).collect()
    }

    /// Who belongs to the network as a machine's ledger has it.
    pub(super) fn take_membership(&mut self, node: NodeId, membership: Arc<Membership>) {
        if self.is_honest(node) {
            self.checks.learned(self.roster.address_of(node), &membership.sets);
            self.look_at_leavers();
        }
        let sets = [membership.next.as_ref(), Some(membership.sets.current()), membership.sets.iter().rev().nth(1)];
        let keys_of = |set: &ValidatorSet| set.iter().map(|(_, validator)| validator.network_key).collect::<Vec<_>>();
        let keys = sets.into_iter().flatten().flat_map(keys_of);
        let nodes = membership.nodes.iter().map(|(_, key)| *key);
        let allowed = keys.chain(nodes).filter_map(|key| self.roster.owner(&key)).collect();
        let machine = self.machine(node);
        let changed = machine.allowed != allowed;
        (machine.allowed, machine.members) = (allowed, Some(membership));
        if changed && self.is_up(node) {
            self.relink();
        }
    }

    fn allows(&self, node: NodeId, address: Address) -> bool {
        self.machines[usize::from(node.0)].allowed.contains(&address)
    }

    fn may_be_live(&self, (one, other): Link) -> bool {
        let (a, b) = (self.roster.address_of(one), self.roster.address_of(other));
        self.is_up(one)
            && self.is_up(other)
            && self.links.connected(one, other)
            && self.allows(one, b)
            && self.allows(other, a)
    }

    /// Takes down links that may not be, and brings up those that may. Where two machines of one
    /// institution want the same link, who has it keeps it; for a free one chance decides.
    pub(super) fn relink(&mut self) {
        let nodes: Vec<NodeId> = self.roster.nodes().collect();
        let pairs = nodes.iter().flat_map(|one| nodes.iter().map(move |other| (*one, *other)));
        let mut wanted: Vec<Link> = pairs
            .filter(|(one, other)| one < other && self.roster.may_link(*one, *other))
            .filter(|pair| self.may_be_live(*pair))
            .collect();
        let dead: Vec<Link> = self.linking.live.iter().filter(|pair| !wanted.contains(pair)).copied().collect();
        dead.into_iter().for_each(|(one, other)| self.disconnect(one, other));
        let now = self.now_ms;
        self.linking.cold_until_ms.retain(|_, until| *until > now);
        wanted.retain(|pair| !self.linking.live.contains(pair) && !self.linking.cold_until_ms.contains_key(pair));
        if self.copies.count() > 0 {
            wanted = self.chance.some(&wanted, wanted.len());
        }
        for (one, other) in wanted {
            self.connect(one, other);
        }
    }

    /// Both ends learn that they are connected, unless one of them has a link with the other's key.
    fn connect(&mut self, one: NodeId, other: NodeId) {
        let (a, b) = (self.roster.address_of(one), self.roster.address_of(other));
        if self.linked(one, b).is_some() || self.linked(other, a).is_some() || !self.may_be_live(link(one, other)) {
            return;
        }
        self.linking.live.insert(link(one, other));
        for (node, address, machine) in [(one, b, other), (other, a, one)] {
            let before = self.linking.holders.insert((node, address), machine);
            if before.is_some_and(|before| before != machine) && self.roster.is_copied(address) {
                self.faults.count(fired::RACE);
                self.counts.races += 1;
            }
        }
        self.say(one, || format!("-- linked to {other}"));
        if let (Some(key), Some(other_key)) = (self.roster.peer(a), self.roster.peer(b)) {
            self.input(one, Input::Connected(other_key));
            self.input(other, Input::Connected(key));
        }
    }

    /// Both ends learn that they are not connected any more.
    pub(super) fn disconnect(&mut self, one: NodeId, other: NodeId) {
        if !self.linking.live.remove(&link(one, other)) {
            return;
        }
        self.say(one, || format!("-- not linked to {other} any more"));
        let keys = [one, other].map(|node| self.roster.peer(self.roster.address_of(node)));
        if let [Some(key), Some(other_key)] = keys {
            self.input(one, Input::Disconnected(other_key));
            self.input(other, Input::Disconnected(key));
        }
    }

    /// Brings links up again later that chance keeps down now.
    pub(super) fn plan_relink(&mut self, at_ms: u64) {
        self.plan(at_ms, Event::Relink);
    }
}
