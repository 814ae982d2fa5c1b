//! What peers told of addresses reaches the dial schedule here, by way of the address book.

use super::Service;
use crate::address::seen_from;
use crate::config::NodeId;

impl Service {
    /// Reads again what every connected peer told: a key may have been listed since.
    pub(super) fn learn_from_all(&mut self) {
        let ready: Vec<NodeId> =
            self.sessions.iter().filter(|(_, session)| session.is_ready()).map(|(id, _)| *id).collect();
        for id in ready {
            self.learn(id);
        }
        self.use_addresses();
    }

    /// Reads what a peer told.
    pub(super) fn learn_from(&mut self, id: NodeId) {
        self.learn(id);
        self.use_addresses();
    }

    fn learn(&mut self, id: NodeId) {
        let session = self.sessions.get(&id);
        let Some((remote, (_, told))) = session.and_then(|session| Some((session.remote(), session.introduced()?)))
        else {
            return;
        };
        if let Some(address) = told.own.and_then(|own| seen_from(own, remote)) {
            self.book.told(id, address);
        }
        for (other, address) in &told.others {
            if *other != id && *other != self.shared.own {
                self.book.heard(*other, *address);
            }
        }
    }

    fn use_addresses(&mut self) {
        let ids: Vec<NodeId> = self.peers.borrow().keys().copied().collect();
        for id in ids {
            self.dialing.set_addresses(id, self.book.addresses(id));
        }
        self.swarm.behaviour_mut().set_known(self.book.validator_ips());
    }
}
