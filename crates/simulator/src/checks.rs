//! What must hold in every run, whatever fails: checked while it runs and at its end. One file per
//! group of properties; each property has a name that a report gives.

mod chain;
mod epochs;
mod money;
mod signatures;
mod transactions;

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::{Digest, Domain, SigningContext};
use corridor_types::persist::Executed;
use corridor_types::{
    Encode as _, Evidence, Genesis, Height, Message, Outcome, SettlementCertificate, Uetr, ValidatorSets,
};

use crate::node::SimulatedNode;
use crate::roster::Address;
use signatures::Signatures;

/// The names of the properties.
pub mod property {
    /// Two honest nodes never hold different blocks, outcomes or certificates of one height.
    pub const AGREEMENT: &str = "agreement";
    /// What is executed was submitted; what is final carries a valid certificate.
    pub const VALIDITY: &str = "validity";
    /// An honest validator never signs what conflicts, across all its restarts, and whatever becomes of
    /// copies of its data.
    pub const SIGNATURES: &str = "no conflicting honest signatures";
    /// An honest validator acknowledges only what its disk holds.
    pub const ACKNOWLEDGEMENTS: &str = "acknowledged is held";
    /// Money is neither made nor lost.
    pub const CONSERVATION: &str = "conservation";
    /// A payment settles at most once.
    pub const DOUBLE_SETTLEMENT: &str = "no double settlement";
    /// What an honest node accepted is decided.
    pub const NOTHING_LOST: &str = "nothing accepted is lost";
    /// Evidence names liars only, and verifies.
    pub const EVIDENCE: &str = "evidence only against the guilty";
    /// After the network heals a payment settles in time and all honest nodes reach one height.
    pub const PROGRESS: &str = "progress";
    /// Honest nodes start and go on.
    pub const KEEP_RUNNING: &str = "nodes keep running";
    /// What peers send does not fill the disk.
    pub const BOUNDS: &str = "bounded";
    /// All honest nodes have the same validators at the same height, by whatever path they came there,
    /// and can prove every change of them.
    pub const EPOCHS: &str = "one validator set per height";
    /// A receipt of any epoch verifies with the genesis alone.
    pub const RECEIPTS: &str = "receipts verify";
}

/// Blocks and certificates of views above the finalized one that a disk may hold: some for every
/// view that may time out in a run's worst outage.
const MAX_PENDING: usize = 12_000;

/// A property that a run broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which property, of [`property`].
    pub checker: &'static str,
    /// What was found, and where.
    pub detail: String,
    /// When, in simulated milliseconds.
    pub at_ms: u64,
}

/// Watches what honest validators send and compute.
#[derive(Debug)]
pub struct Checks {
    genesis: Genesis,
    context: SigningContext,
    /// All that honest nodes know.
    sets: ValidatorSets,
    /// The validators after each height.
    sets_after: BTreeMap<Height, Digest>,
    guilty: BTreeSet<Address>,
    signatures: Signatures,
    outcomes: BTreeMap<Height, (Address, Outcome)>,
    /// Transactions that were given to any node.
    submitted: BTreeSet<Digest>,
    /// References of which honest nodes said "accepted".
    accepted: BTreeSet<Uetr>,
    /// References that an executed block decides on, and whether that went well.
    decided: BTreeMap<Uetr, bool>,
    /// Batches whose transactions' signatures hold.
    signed: BTreeSet<Digest>,
    now_ms: u64,
    violations: Vec<Violation>,
}

impl Checks {
    /// Watches a network in which `guilty` lie.
    pub fn new(genesis: Genesis, sets: ValidatorSets, guilty: BTreeSet<Address>) -> Self {
        Self {
            context: genesis.signing_context(),
            genesis,
            sets,
            sets_after: BTreeMap::new(),
            guilty,
            signatures: Signatures::new(),
            outcomes: BTreeMap::new(),
            submitted: BTreeSet::new(),
            accepted: BTreeSet::new(),
            decided: BTreeMap::new(),
            signed: BTreeSet::new(),
            now_ms: 0,
            violations: Vec::new(),
        }
    }

    /// Time goes on.
    pub const fn at(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
    }

    /// What was found so far.
    pub fn violations(&self) -> &[Violation] {
        &self.violations
    }

    /// What was found.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }

    /// A property does not hold.
    pub fn broken(&mut self, checker: &'static str, detail: impl Into<String>) {
        self.violations.push(Violation { checker, detail: detail.into(), at_ms: self.now_ms });
    }

    /// An honest validator sends a message: it must not conflict with what it ever sent before.
    pub fn sent(&mut self, from: Address, message: &Message, node: &SimulatedNode) {
        if let Err(detail) = self.signatures.sent(from, message, &self.sets) {
            self.broken(property::SIGNATURES, detail);
        }
        if let Message::Acknowledgement(signed) = message {
            let body = signed.acknowledgement;
            if !node.store().holds(body.lane, body.sequence, body.digest) {
                let detail = format!("validator {from} acknowledged batch {} of lane {}", body.sequence, body.lane);
                self.broken(property::ACKNOWLEDGEMENTS, detail);
            }
        }
    }

    /// A transaction is given to a node.
    pub fn submitted(&mut self, transaction: Digest) {
        self.submitted.insert(transaction);
    }

    /// An honest node answered "accepted".
    pub fn accepted(&mut self, reference: Uetr) {
        self.accepted.insert(reference);
    }

    /// The disk of the node that accepted these was put back to a time before: they may be lost.
    pub fn forgiven(&mut self, references: &[Uetr]) {
        references.iter().filter(|reference| !self.decided.contains_key(*reference)).for_each(|reference| {
            self.accepted.remove(reference);
        });
    }

    /// An honest validator executed a block: all compute the same, and nothing that nobody submitted.
    pub fn executed(&mut self, by: Address, executed: &Executed) {
        let outcome = &executed.outcome;
        let new = !self.outcomes.contains_key(&outcome.height);
        let (first, known) = *self.outcomes.entry(outcome.height).or_insert((by, *outcome));
        if known != *outcome {
            let detail = format!("height {}: validators {first} and {by} computed different outcomes", outcome.height);
            self.broken(property::AGREEMENT, detail);
        }
        if new {
            self.entries_were_submitted(executed);
            for entry in &executed.entries {
                *self.decided.entry(entry.reference).or_default() |= entry.code.is_ok();
            }
        }
    }

    /// An honest validator holds a settlement certificate.
    pub fn settled(&mut self, by: Address, certificate: &SettlementCertificate) {
        let outcome = &certificate.outcome;
        match self.outcomes.get(&outcome.height) {
            Some((first, known)) if known != outcome => {
                let detail =
                    format!("height {}: {by} holds a certificate of another outcome than {first}'s", outcome.height);
                self.broken(property::AGREEMENT, detail);
            }
            _ => {}
        }
    }

    /// An honest validator reports evidence.
    pub fn evidence(&mut self, by: Address, evidence: &Evidence) {
        let culprit = self.culprit(evidence);
        let guilty = culprit.is_some_and(|culprit| self.guilty.contains(&culprit));
        if !guilty || evidence.clone().verify(&self.context, &self.sets).is_none() {
            self.broken(property::EVIDENCE, format!("validator {by} holds evidence against {culprit:?}"));
        }
    }

    /// An honest node says that a peer sent what no honest peer sends.
    pub fn accused(&mut self, by: Address, peer: Option<Address>, reason: &str) {
        if peer.is_none_or(|peer| !self.guilty.contains(&peer)) {
            self.broken(property::EVIDENCE, format!("node {by} accuses {peer:?}: {reason}"));
        }
    }

    /// Whom evidence accuses.
    pub fn culprit(&self, evidence: &Evidence) -> Option<Address> {
        let (_, validator) = evidence.culprit(self.sets.get(evidence.epoch()?)?)?;
        Some(Address(validator.participant.0 as u16))
    }

    /// True if everything that was accepted is decided.
    pub fn nothing_is_open(&self) -> bool {
        self.accepted.iter().all(|reference| self.decided.contains_key(reference))
    }

    /// What was accepted and is not decided.
    pub fn open(&self) -> Vec<Uetr> {
        self.accepted.iter().filter(|reference| !self.decided.contains_key(*reference)).copied().collect()
    }

    /// True if a block decides on a reference.
    pub fn is_decided(&self, reference: &Uetr) -> bool {
        self.decided.contains_key(reference)
    }

    /// True if a block decides on a reference and does what was asked for.
    pub fn is_done(&self, reference: &Uetr) -> bool {
        self.decided.get(reference).copied().unwrap_or_default()
    }

    /// At the end: what the honest nodes hold is one chain, valid, with all money there.
    pub fn at_end(&mut self, honest: &[&SimulatedNode]) {
        self.one_chain(honest);
        for node in honest {
            self.money(node);
            let (blocks, certificates) = node.store().pending();
            if blocks.max(certificates) > MAX_PENDING {
                let detail =
                    format!("node {} holds {blocks} pending blocks, {certificates} certificates", node.address());
                self.broken(property::BOUNDS, detail);
            }
            for problem in node.store().contradictions() {
                self.broken(property::AGREEMENT, format!("node {}: {problem}", node.address()));
            }
            self.handovers(node);
            self.transactions(node);
        }
        if let Some(node) = honest.first() {
            self.certificates(node);
        }
        if let Some(node) = honest.iter().find(|node| node.store().oldest() == Height(1)) {
            self.receipts(node);
        }
        for reference in self.open() {
            self.broken(property::NOTHING_LOST, format!("reference {reference}"));
        }
    }
}

/// The digest of everything that honest nodes hold at the end of a run.
pub fn fingerprint(nodes: &[&SimulatedNode]) -> Digest {
    let mut bytes = Vec::new();
    for node in nodes {
        node.store().outcomes().values().for_each(|outcome| outcome.encode(&mut bytes));
        for certificate in node.store().settlements().values() {
            certificate.encode(&mut bytes);
        }
    }
    Digest::of(Domain::State, &bytes)
}
