//! Messages: from a replica's effects, through a liar's hands and the links, to the peers.

use std::rc::Rc;

use corridor_replica::{Effect, Input, Notice, Recipient};
use corridor_types::Message;

use super::{Event, World};
use crate::attackers::{Attacker, Hands, Outgoing, Payload, WAKE_EVERY_MS};
use crate::checks::property;
use crate::faults::fired;
use crate::packet::{Packet, Refused};
use crate::roster::{Address, NodeId};

impl World {
    pub(super) fn perform(&mut self, node: NodeId, effect: Effect) {
        match effect {
            Effect::Send { to, message } => self.send(node, to, message),
            Effect::Answer { to, request } => {
                if let Some(response) = self.node(node).answer(&request) {
                    self.send(node, Recipient::One(to), Message::Response(response));
                }
            }
            Effect::Submitted { ticket, admissions } => self.submitted(node, ticket, &admissions),
            Effect::Membership(membership) => self.take_membership(node, membership),
            effect if self.is_honest(node) => self.observe(node, effect),
            _ => {}
        }
    }

    /// What an honest node tells its operator and its clients.
    fn observe(&mut self, node: NodeId, effect: Effect) {
        let by = self.roster.address_of(node);
        match effect {
            Effect::Executed(executed) => {
                self.say(node, || format!("executed height {}", executed.outcome.height));
                self.checks.executed(by, &executed);
            }
            Effect::Settled(certificate) => {
                self.say(node, || format!("settled height {}", certificate.outcome.height));
                self.checks.settled(by, &certificate);
            }
            Effect::Halt(halt) => self.checks.broken(property::KEEP_RUNNING, format!("{node} halts: {halt}")),
            Effect::Evidence(evidence) => {
                self.say(node, || "holds evidence".to_owned());
                self.checks.evidence(by, &evidence);
            }
            Effect::Notice(notice) => {
                if let Notice::Misbehaved { peer, reason } = &notice {
                    self.checks.accused(by, self.roster.owner(peer), reason);
                }
                if matches!(notice, Notice::SnapshotTaken { .. }) {
                    self.faults.count(fired::JOINED_BY_SNAPSHOT);
                }
                self.say(node, || format!("{notice:?}"));
            }
            Effect::Send { .. } | Effect::Answer { .. } | Effect::Submitted { .. } | Effect::Membership(_) => {}
        }
    }

    fn send(&mut self, from: NodeId, to: Recipient, message: Message) {
        let own = self.roster.address_of(from);
        let receivers = self.receivers(from, to);
        if self.cast.is_guilty(own) {
            return receivers.into_iter().for_each(|to| self.send_lying(from, to, &message));
        }
        if !self.roster.is_copied(own) {
            self.checks.sent(own, &message, &self.nodes[usize::from(from.0)]);
        }
        let packet = Packet::of(message);
        receivers.into_iter().for_each(|to| self.transmit(from, to, &packet, 0));
    }

    fn receivers(&self, from: NodeId, to: Recipient) -> Vec<Address> {
        let own = self.roster.address_of(from);
        let validators = || {
            let replica = self.nodes[usize::from(from.0)].replica();
            let members = replica.into_iter().flat_map(|replica| replica.validators().iter());
            members.filter_map(|(_, validator)| self.roster.owner(&validator.network_key)).collect()
        };
        let mut receivers: Vec<Address> = match to {
            Recipient::One(to) => self.roster.owner(&to).into_iter().collect(),
            Recipient::Validators => validators(),
            Recipient::Everyone => self.peers(from),
        };
        receivers.retain(|to| *to != own);
        receivers
    }

    fn send_lying(&mut self, from: NodeId, to: Address, message: &Message) {
        let mut outgoing = Outgoing::AsIs;
        self.with_liar(from, |liar, hands| outgoing = liar.outgoing(hands, to, message));
        match outgoing {
            Outgoing::AsIs => self.transmit(from, to, &Packet::of(message.clone()), 0),
            Outgoing::Nothing => {}
            Outgoing::Instead(other) => self.transmit(from, to, &Packet::of(other), 0),
            Outgoing::Later(late_ms) => self.transmit(from, to, &Packet::of(message.clone()), late_ms),
        }
    }

    /// Lets the liar behind a machine act, and sends what it put out.
    pub(super) fn with_liar(&mut self, node: NodeId, act: impl FnOnce(&mut dyn Attacker, &mut Hands<'_>)) {
        let me = self.roster.address_of(node);
        let Some(liar) = self.cast.liars.get_mut(&me) else { return };
        let mut hands = Hands {
            me,
            institutions: self.roster.institutions(),
            context: &self.context,
            key: &liar.key,
            chance: &mut self.chance,
            did: &mut self.cast.did,
            outbox: Vec::new(),
        };
        act(liar.attacker.as_mut(), &mut hands);
        for (to, payload) in hands.outbox {
            let packet = match payload {
                Payload::Message(message) => Packet::of(message),
                Payload::Bytes(bytes) => Packet::raw(bytes),
            };
            self.transmit(node, to, &packet, 0);
        }
    }

    fn transmit(&mut self, from: NodeId, to: Address, packet: &Rc<Packet>, late_ms: u64) {
        let Some(to) = self.linked(from, to) else { return };
        self.counts.sent += 1;
        if self.boundary.takes(packet.message.as_ref(), &mut self.chance) {
            self.say(from, || format!("-> {to} lost: {}", packet.describe()));
            return self.faults.count(fired::BOUNDARY_VOTE);
        }
        let arrivals = self.links.route(self.now_ms + late_ms, (from, to), &mut self.chance, &mut self.faults);
        if arrivals[0].is_none() {
            self.say(from, || format!("-> {to} lost: {}", packet.describe()));
        }
        for at_ms in arrivals.into_iter().flatten() {
            self.plan(at_ms, Event::Deliver { from, to, packet: packet.clone() });
        }
    }

    pub(super) fn deliver(&mut self, from: NodeId, to: NodeId, packet: &Packet) {
        if !self.is_up(to) {
            return;
        }
        let sender = self.roster.address_of(from);
        if self.roster.is_copied(sender) && !self.arrives_from_copy(from, to, packet) {
            return;
        }
        self.say(to, || format!("<- {from} {}", packet.describe()));
        if !self.is_honest(to) && !self.hears(to, sender, packet) {
            return;
        }
        let Some(key) = self.roster.peer(sender) else { return };
        let Some(members) = self.machine(to).members.clone() else { return };
        match self.verifying.check(packet, &members.sets) {
            Ok(message) => self.input(to, Input::Message { from: key, message }),
            Err(Refused::TooEarly) => {}
            Err(Refused::Bad(problem)) => {
                self.counts.refused_messages += 1;
                if self.is_honest(from) {
                    let detail = format!("{from} sent what does not verify: {problem}");
                    self.checks.broken(property::KEEP_RUNNING, detail);
                }
            }
        }
    }

    /// What is under way on a link when it dies is lost; what arrives must not conflict with what any
    /// machine with this key said.
    fn arrives_from_copy(&mut self, from: NodeId, to: NodeId, packet: &Packet) -> bool {
        let is_live = self.linking.is_live(from, to);
        let votes = matches!(packet.message, Some(Message::Vote(_) | Message::Proposal { .. }));
        self.counts.votes_of_copies += u64::from(is_live && votes && self.roster.is_copy(from));
        if let Some(message) = packet.message.as_ref().filter(|_| is_live && self.is_honest(from)) {
            self.checks.sent(self.roster.address_of(from), message, &self.nodes[usize::from(from.0)]);
        }
        is_live
    }

    /// A liar hears a message before its own replica does. False: the replica does not get it.
    fn hears(&mut self, node: NodeId, from: Address, packet: &Packet) -> bool {
        let Some(message) = &packet.message else { return true };
        let mut passes = true;
        self.with_liar(node, |liar, hands| passes = liar.incoming(hands, from, message));
        passes
    }

    pub(super) fn attacker_wakes(&mut self, address: Address) {
        let node = NodeId(address.0);
        let mut forgets = false;
        if self.is_up(node) {
            self.with_liar(node, |liar, hands| forgets = liar.wake(hands));
        }
        if forgets {
            self.crash(node, "loses its memory");
            self.node(node).forget();
        }
        // In a long outage it saves its strength: nobody would hear it.
        let idle_until = if self.links.is_dark() { self.heal_ms } else { self.machine(node).off_until_ms };
        self.plan((self.now_ms + WAKE_EVERY_MS).max(idle_until), Event::AttackerWakes { address });
    }
}
