//! Clients: they submit before the network heals, and probe it afterwards.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::Verified;
use corridor_replica::{Admission, Input};
use corridor_types::{Genesis, Height, IdentifiedTransaction, ParticipantId, Transaction, Uetr};

use super::{Event, World};
use crate::checks::Checks;
use crate::economy::Economy;
use crate::roster::NodeId;

/// When the first transaction is submitted, in milliseconds.
const FIRST_SUBMISSION_MS: u64 = 50;
/// How long a client waits that finds no node, in milliseconds.
const TRY_AGAIN_MS: u64 = 50;

/// How long after a payment it is attested, in milliseconds.
const ATTESTED_MIN_MS: u64 = 50;
const ATTESTED_MAX_MS: u64 = 800;

/// What was asked of a node.
#[derive(Debug)]
struct Asked {
    references: Vec<Option<Uetr>>,
    /// To be asked again of another node that says "busy".
    insists: Vec<Transaction>,
}

/// What clients know.
#[derive(Debug)]
pub(super) struct Clients {
    economy: Economy,
    tickets: u64,
    /// References by ticket.
    asked: BTreeMap<u64, Asked>,
    /// What must be decided before any payment can be.
    preparation: Vec<Transaction>,
    /// The payment that must settle after healing.
    probe: Option<Transaction>,
    /// Machines that took a payment after healing, or said that they are about to leave.
    accepting: BTreeSet<NodeId>,
    /// The highest finalized block at the last look.
    pub top_before: Option<Height>,
}

impl Clients {
    pub const fn new(economy: Economy) -> Self {
        Self {
            economy,
            tickets: 0,
            asked: BTreeMap::new(),
            preparation: Vec::new(),
            probe: None,
            accepting: BTreeSet::new(),
            top_before: None,
        }
    }

    /// The genesis that clients sign for.
    pub const fn genesis(&self) -> &Genesis {
        &self.economy.genesis
    }

    /// The institutions that clients act for.
    pub const fn economy(&self) -> &Economy {
        &self.economy
    }

    /// True once a block decides on the probe.
    pub fn probe_is_decided(&self, checks: &Checks) -> bool {
        self.probe.as_ref().is_some_and(|probe| is_decided(checks, probe))
    }
}

fn is_decided(checks: &Checks, transaction: &Transaction) -> bool {
    transaction.operation.reference().is_some_and(|reference| checks.is_decided(&reference))
}

impl World {
    pub(super) fn plan_submissions(&mut self) {
        let preparation = self.clients.economy.preparation(&mut self.chance);
        self.clients.preparation = preparation.clone();
        self.plan(FIRST_SUBMISSION_MS, Event::Submit { transactions: preparation, honest_only: true });
        for _ in 0..self.setup.payments {
            let at = self.chance.between(FIRST_SUBMISSION_MS + 100, self.setup.faulty_ms);
            let (pay, attest) = self.clients.economy.payment(&mut self.chance);
            self.plan(at, Event::Submit { transactions: vec![pay], honest_only: false });
            if let Some(attest) = attest {
                let at = at + self.chance.between(ATTESTED_MIN_MS, ATTESTED_MAX_MS);
                self.plan(at, Event::Submit { transactions: vec![attest], honest_only: false });
            }
        }
    }

    /// Gives transactions to a node that is up, later if there is none.
    pub(super) fn submit(&mut self, transactions: Vec<Transaction>, honest_only: bool) {
        let up = self.roster.nodes().filter(|node| self.is_up(*node) && (!honest_only || self.is_honest(*node)));
        let up: Vec<NodeId> = up.collect();
        let voting: Vec<NodeId> = up.iter().copied().filter(|node| self.votes(*node)).collect();
        let up = if voting.is_empty() { up } else { voting };
        let Some(node) = self.chance.pick(&up).copied() else {
            let back_ms = self.machines.iter().map(|machine| machine.off_until_ms).min().unwrap_or_default();
            let again_ms = back_ms.max(self.now_ms + TRY_AGAIN_MS);
            if again_ms < self.heal_ms {
                self.plan(again_ms, Event::Submit { transactions, honest_only });
            }
            return;
        };
        self.give(node, transactions, honest_only);
    }

    /// A client of this very node: it goes nowhere else.
    pub(super) fn submit_to(&mut self, node: NodeId, transaction: Transaction) {
        if self.is_up(node) {
            self.give(node, vec![transaction], false);
        }
    }

    fn give(&mut self, node: NodeId, mut transactions: Vec<Transaction>, insists: bool) {
        self.with_liar(node, |liar, hands| liar.submission(hands, &mut transactions));
        self.clients.tickets += 1;
        let ticket = self.clients.tickets;
        let references: Vec<_> = transactions.iter().map(|transaction| transaction.operation.reference()).collect();
        self.say(node, || {
            let named: Vec<_> = references.iter().flatten().take(2).map(ToString::to_string).collect();
            format!("is given {} transactions, ticket {ticket}: {}", transactions.len(), named.join(", "))
        });
        let insists = if insists && self.now_ms < self.heal_ms { transactions.clone() } else { Vec::new() };
        self.clients.asked.insert(ticket, Asked { references, insists });
        let items: Vec<_> = transactions.into_iter().map(IdentifiedTransaction::new).collect();
        items.iter().for_each(|item| self.checks.submitted(item.id));
        let transactions = items.into_iter().map(Verified::assume_checked).collect();
        self.input(node, Input::Submit { ticket, transactions });
    }

    fn votes(&self, node: NodeId) -> bool {
        self.nodes[usize::from(node.0)].replica().is_some_and(|replica| replica.me().is_some())
    }

    pub(super) fn submitted(&mut self, node: NodeId, ticket: u64, admissions: &[Admission]) {
        let Some(Asked { references, insists }) = self.clients.asked.remove(&ticket) else { return };
        self.say(node, || format!("answers ticket {ticket}: {admissions:?}"));
        if !self.is_honest(node) {
            return;
        }
        let takes = |admission: &Admission| matches!(admission, Admission::Accepted | Admission::NoLane);
        if self.now_ms >= self.heal_ms && admissions.iter().any(takes) {
            self.clients.accepting.insert(node);
        }
        let again = |admission: &Admission| matches!(admission, Admission::Busy | Admission::NoLane);
        let unheard = insists.into_iter().zip(admissions).filter(|(_, admission)| again(admission));
        let transactions: Vec<Transaction> = unheard.map(|(transaction, _)| transaction).collect();
        if !transactions.is_empty() {
            self.plan(self.now_ms + TRY_AGAIN_MS, Event::Submit { transactions, honest_only: true });
        }
        // Of two copies that both accept, one accepts what is lost: an operator's mistake.
        if self.roster.is_copied(self.roster.address_of(node)) && self.now_ms < self.heal_ms {
            return;
        }
        for (reference, admission) in references.into_iter().zip(admissions) {
            let Some(reference) = reference.filter(|_| *admission == Admission::Accepted) else { continue };
            if !self.promises(node, reference) {
                continue;
            }
            self.counts.accepted += 1;
            self.checks.accepted(reference);
            let machine = self.machine(node);
            if machine.copy.is_some() {
                machine.accepted_since_copy.push(reference);
            }
        }
    }

    /// Submits the probe, again at every look until it is decided: a client that was told "busy"
    /// asks another bank's node. What was lost of the preparation comes first.
    pub(super) fn probe(&mut self) {
        let probe = match self.clients.probe.take() {
            Some(probe) => probe,
            None => self.clients.economy.probe(1, &mut self.chance),
        };
        self.clients.probe = Some(probe.clone());
        let open = |transaction: &&Transaction| !is_decided(&self.checks, transaction);
        let preparation: Vec<_> = self.clients.preparation.iter().filter(open).cloned().collect();
        if !preparation.is_empty() {
            self.submit(preparation, true);
        } else if !is_decided(&self.checks, &probe) {
            self.submit(vec![probe], true);
        }
    }

    /// Honest validators that took no payment since healing. One whose database was put back, or runs
    /// twice, may wait for others that hold what it lost.
    pub(super) fn not_accepting(&self) -> Vec<NodeId> {
        let set = self.checks.sets().current();
        let votes = |node: &NodeId| set.index_of(ParticipantId(u32::from(node.0))).is_some();
        let is_whole = |node: &NodeId| {
            let address = self.roster.address_of(*node);
            !self.roster.is_copied(address) && !self.machines[usize::from(node.0)].was_put_back
        };
        let originals = (0..self.roster.institutions()).map(NodeId).filter(|node| self.is_honest(*node));
        let whole = originals.filter(votes).filter(is_whole);
        whole.filter(|node| !self.clients.accepting.contains(node)).collect()
    }

    /// Every validator takes payments again, not only those that a client happens to find.
    pub(super) fn probe_each(&mut self) {
        for node in self.not_accepting() {
            let probe = self.clients.economy.probe(1, &mut self.chance);
            self.submit_to(node, probe);
        }
    }
}
