//! Second live copies of a data folder: an operator's mistake. The copy has the same keys and the same
//! signing record; links are exclusive per network key, so the two machines take links from each other.

use corridor_replica::Input;

use super::machine::Machine;
use super::{Event, World};
use crate::faults::fired;
use crate::node::SimulatedNode;
use crate::roster::NodeId;

/// Of a thousand links, how many a shake takes down.
const SHAKEN_PER_MILLE: u64 = 600;
/// How long a shaken link stays down at most, in milliseconds.
const COLD_MAX_MS: u64 = 400;

/// The copies of a run.
#[derive(Debug, Default)]
pub(super) struct Copies {
    machines: Vec<NodeId>,
}

impl Copies {
    /// How many were made.
    pub const fn count(&self) -> usize {
        self.machines.len()
    }
}

impl World {
    /// Copies a machine's data folder and starts it on another machine, too.
    pub(super) fn start_copy(&mut self, node: NodeId) {
        let address = self.roster.address_of(node);
        let mut second = SimulatedNode::new(address, self.genesis().clone(), 0);
        second.put_folder(self.node(node).data_folder());
        let copy = self.roster.add_copy(address);
        self.nodes.push(second);
        self.machines.push(Machine::default());
        self.copies.machines.push(copy);
        self.faults.count(fired::SECOND_COPY);
        self.say(copy, || format!("is a copy of {node}"));
        self.plan(self.now_ms, Event::Start { node: copy });
    }

    /// Some links of a copied institution go down and come up again, with either machine.
    pub(super) fn shake(&mut self, node: NodeId) {
        let address = self.roster.address_of(node);
        let machines: Vec<NodeId> = self.roster.machines_of(address).collect();
        let others: Vec<NodeId> = self.roster.nodes().filter(|other| self.roster.may_link(node, *other)).collect();
        for other in others {
            if !self.chance.happens(SHAKEN_PER_MILLE) {
                continue;
            }
            for machine in machines.iter().copied() {
                let until_ms = self.now_ms + self.chance.below(COLD_MAX_MS);
                self.linking.cool(machine, other, until_ms);
                self.plan_relink(until_ms);
                self.disconnect(machine, other);
            }
        }
        self.relink();
    }

    /// The mistake is found: the copies stop for good.
    pub(super) fn stop_copies(&mut self) {
        for copy in self.copies.machines.clone() {
            self.machine(copy).retired = true;
            self.crash(copy, "the copy is stopped");
            self.machine(copy).retired = true;
        }
    }

    /// A node makes a snapshot for others to fetch; later if its last block is not certified yet.
    pub(super) fn make_snapshot(&mut self, node: NodeId) {
        if !self.is_up(node) {
            return;
        }
        match self.node(node).make_snapshot() {
            Ok(Some(height)) => {
                self.say(node, || format!("offers a snapshot of height {height}"));
                self.input(node, Input::SnapshotReady(height));
            }
            Ok(None) => self.plan(self.now_ms + super::SNAPSHOT_AGAIN_MS, Event::MakeSnapshot { node }),
            Err(problem) => {
                self.checks
                    .broken(crate::checks::property::KEEP_RUNNING, format!("{node} makes no snapshot: {problem}"));
            }
        }
    }
}
