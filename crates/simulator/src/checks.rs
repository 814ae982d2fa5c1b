//! What must hold in every run, whatever fails: checked while it runs and at its end.

use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::Digest;
use corridor_types::{
    Encode as _, Entry, EntryKind, Height, Message, Outcome, PaymentStatus, SignedVote, Uetr, ValidatorIndex, View,
    votes_conflict,
};

use crate::node::SimulatedNode;

/// A property that a run broke.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which property.
    pub checker: &'static str,
    /// What was found, and where.
    pub detail: String,
}

fn violation(checker: &'static str, detail: impl Into<String>) -> Violation {
    Violation { checker, detail: detail.into() }
}

/// Watches what honest validators send and compute.
#[derive(Debug, Default)]
pub struct Checks {
    votes: BTreeMap<(ValidatorIndex, View), Vec<SignedVote>>,
    outcomes: BTreeMap<Height, (ValidatorIndex, Outcome)>,
    /// What was found.
    pub violations: Vec<Violation>,
}

impl Checks {
    /// An honest validator sends a message: it must not conflict with what it ever sent before.
    pub fn sent(&mut self, from: ValidatorIndex, message: &Message) {
        let Message::Vote(vote) = message else { return };
        if vote.voter != from {
            return;
        }
        let earlier = self.votes.entry((from, vote.vote.view)).or_default();
        if let Some(other) = earlier.iter().find(|other| votes_conflict(&other.vote.kind, &vote.vote.kind)) {
            let detail =
                format!("validator {from} in view {}: {:?} and {:?}", vote.vote.view, other.vote.kind, vote.vote.kind);
            self.violations.push(violation("no conflicting honest votes", detail));
        }
        if !earlier.contains(vote) {
            earlier.push(*vote);
        }
    }

    /// An honest validator computed an outcome: all compute the same.
    pub fn executed(&mut self, by: ValidatorIndex, outcome: &Outcome) {
        let (first, known) = *self.outcomes.entry(outcome.height).or_insert((by, *outcome));
        if known != *outcome {
            let detail = format!("height {}: validators {first} and {by} computed different outcomes", outcome.height);
            self.violations.push(violation("agreement", detail));
        }
    }

    /// A node that must run does not.
    pub fn broken(&mut self, by: ValidatorIndex, problem: &str) {
        self.violations.push(violation("nodes keep running", format!("validator {by}: {problem}")));
    }

    /// At the end: the honest nodes agree on every block, money is conserved, no payment is settled
    /// twice, everything accepted was decided, and everything is settled.
    pub fn at_end(&mut self, honest: &[&SimulatedNode], accepted: &BTreeSet<Uetr>) {
        self.agreement(honest);
        for node in honest {
            self.money(node);
            self.accepted_is_decided(node, accepted);
        }
        self.progress(honest);
    }

    fn agreement(&mut self, honest: &[&SimulatedNode]) {
        let mut chain: BTreeMap<Height, Digest> = BTreeMap::new();
        for block in honest.iter().flat_map(|node| node.store().blocks().values()) {
            let digest = block.digest();
            if *chain.entry(block.height).or_insert(digest) != digest {
                self.violations
                    .push(violation("agreement", format!("two blocks are final at height {}", block.height)));
            }
        }
    }

    fn money(&mut self, node: &SimulatedNode) {
        if let Some(Err(halt)) = node.replica().map(|replica| replica.ledger().audit()) {
            self.violations.push(violation("conservation", halt.to_string()));
        }
        let (mut settled, mut seen) = (BTreeSet::new(), BTreeSet::new());
        for entry in node.store().executed().values().flat_map(|executed| &executed.entries) {
            let newly = entry.status == Some(PaymentStatus::Settled) && entry.code.is_ok();
            // A repetition of the same payment reports the first decision and moves nothing; the
            // workload never repeats an attestation.
            let moves = matches!(entry.kind, EntryKind::Attest) || first_pay(&mut seen, entry);
            if newly && moves && !settled.insert(entry.reference) {
                self.violations.push(violation("no double settlement", format!("payment {}", entry.reference)));
            }
        }
    }

    fn accepted_is_decided(&mut self, node: &SimulatedNode, accepted: &BTreeSet<Uetr>) {
        let entries = node.store().executed().values().flat_map(|executed| &executed.entries);
        let decided: BTreeSet<Uetr> = entries.map(|entry| entry.reference).collect();
        for lost in accepted.difference(&decided) {
            self.violations.push(violation("nothing accepted is lost", format!("reference {lost}")));
        }
    }

    fn progress(&mut self, honest: &[&SimulatedNode]) {
        let heights: Vec<_> = honest.iter().filter_map(|node| node.replica()).map(|r| r.heights()).collect();
        let top = heights.iter().map(|heights| heights.finalized).max();
        for (node, heights) in honest.iter().zip(&heights) {
            if Some(heights.settled) != top {
                let detail =
                    format!("validator {} stands at {heights:?}, the highest final block is {top:?}", node.index());
                self.violations.push(violation("progress", detail));
            }
        }
    }
}

/// True for the first entry that initiates a payment.
fn first_pay(seen: &mut BTreeSet<Uetr>, entry: &Entry) -> bool {
    entry.kind == EntryKind::Pay && seen.insert(entry.reference)
}

/// The digest of everything that honest nodes hold at the end of a run.
pub fn fingerprint(nodes: &[&SimulatedNode]) -> Digest {
    let mut bytes = Vec::new();
    for node in nodes {
        for executed in node.store().executed().values() {
            executed.outcome.encode(&mut bytes);
        }
        for certificate in node.store().settlements().values() {
            certificate.encode(&mut bytes);
        }
    }
    Digest::of(corridor_crypto::Domain::State, &bytes)
}
