//! Collects outcomes into settlement certificates, and finds out when ours is the odd one.
//!
//! An honest validator signs one outcome per height, so two different outcomes cannot both reach
//! more than two thirds. Certificates may form out of order; they are reported in order of height.
//! Who signs more than one is accused once per height: a liar has any number of outcomes to sign, and the
//! disk has room for so many pieces of evidence only, of which others may be guilty.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use corridor_crypto::Verified;
use corridor_crypto::planted::{self, Bug};
use corridor_types::{Epoch, Height, Outcome, SettlementCertificate, SignedOutcome, ValidatorIndex, ValidatorSets};

/// How far above the executed height outcomes are kept: a node that is further behind asks for
/// certificates instead. 1024 heights x 128 validators x 200 bytes bound the memory by 26 MB.
const WINDOW: u64 = 1024;

/// How many of our own unsettled outcomes are sent again at once.
const RETRANSMIT_AT_ONCE: usize = 16;

/// What followed from an outcome or a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A certificate to keep.
    Keep(SettlementCertificate),
    /// The next certificate in order of height.
    Settled(SettlementCertificate),
    /// A quorum computed something else than we did.
    Diverged {
        /// What we computed.
        ours: Outcome,
        /// What the quorum computed.
        theirs: Outcome,
    },
    /// Outcomes differ and no quorum is there yet.
    Differ(Height),
    /// A validator signed two outcomes of one height.
    Contradiction {
        /// The one that counts.
        first: SignedOutcome,
        /// The later one.
        second: SignedOutcome,
    },
}

/// Outcomes by height, above the settled one.
#[derive(Debug)]
pub struct Settlement {
    sets: ValidatorSets,
    /// All heights up to this one are certified.
    settled: Height,
    /// All heights up to this one are executed.
    executed: Height,
    ours: BTreeMap<Height, Outcome>,
    signed: BTreeMap<Height, SignedOutcome>,
    votes: BTreeMap<Height, BTreeMap<(Epoch, ValidatorIndex), SignedOutcome>>,
    certificates: BTreeMap<Height, SettlementCertificate>,
    /// Whose contradictions were reported.
    accused: BTreeSet<(Height, Epoch, ValidatorIndex)>,
}

impl Settlement {
    /// Goes on from what a disk held: everything up to `settled` certified, `unsettled` executed.
    pub fn new(sets: ValidatorSets, settled: Height, executed: Height, unsettled: &[Outcome]) -> Self {
        Self {
            sets,
            settled,
            executed,
            ours: unsettled.iter().map(|outcome| (outcome.height, *outcome)).collect(),
            signed: BTreeMap::new(),
            votes: BTreeMap::new(),
            certificates: BTreeMap::new(),
            accused: BTreeSet::new(),
        }
    }

    /// Another epoch began.
    pub fn on_epoch(&mut self, sets: ValidatorSets) {
        self.sets = sets;
    }

    /// All heights up to this one are certified.
    pub const fn settled(&self) -> Height {
        self.settled
    }

    /// True if something executed waits for its certificate.
    pub fn is_waiting(&self) -> bool {
        self.settled < self.executed
    }

    /// Who has sent an outcome for the lowest unsettled height.
    pub fn voters(&self) -> Vec<ValidatorIndex> {
        let votes = self.votes.get(&self.settled.next());
        votes.map(|votes| votes.keys().map(|(_, voter)| *voter).collect()).unwrap_or_default()
    }

    /// The lowest height at which outcomes differ and none is certified.
    pub fn differing(&self) -> Option<Height> {
        let differ = |(height, votes): (&Height, &BTreeMap<(Epoch, ValidatorIndex), SignedOutcome>)| {
            let epoch = self.ours.get(height)?.epoch;
            let mut own = votes.iter().filter(|((of, _), _)| *of == epoch).map(|(_, vote)| vote.outcome);
            let first = own.next()?;
            own.any(|outcome| outcome != first).then_some(*height)
        };
        self.votes.iter().find_map(differ)
    }

    /// We executed the next height.
    pub fn on_executed(&mut self, outcome: Outcome) -> Vec<Step> {
        self.executed = self.executed.max(outcome.height);
        self.ours.insert(outcome.height, outcome);
        self.evaluate(outcome.height)
    }

    /// Our own outcome, signed.
    pub fn on_signed(&mut self, outcome: Verified<SignedOutcome>) -> Vec<Step> {
        if outcome.outcome.height > self.settled {
            self.signed.insert(outcome.outcome.height, *outcome.get());
        }
        self.on_outcome(outcome)
    }

    /// A validator's outcome. The first one of a validator and height counts.
    pub fn on_outcome(&mut self, outcome: Verified<SignedOutcome>) -> Vec<Step> {
        let height = outcome.outcome.height;
        let known = self.certificates.contains_key(&height);
        // Blocks of two epochs at most wait for their certificates.
        let old = outcome.outcome.epoch.next() < self.sets.current().epoch();
        if old || height <= self.settled || height.0 > self.executed.0.saturating_add(WINDOW) || known {
            return Vec::new();
        }
        let (epoch, voter) = (outcome.outcome.epoch, outcome.voter);
        match self.votes.entry(height).or_default().entry((epoch, voter)) {
            Entry::Occupied(first) if first.get().outcome != outcome.outcome => {
                let is_new = self.accused.insert((height, epoch, voter));
                let contradiction = Step::Contradiction { first: *first.get(), second: *outcome.get() };
                is_new.then_some(contradiction).into_iter().collect()
            }
            Entry::Occupied(_) => Vec::new(),
            Entry::Vacant(place) => {
                place.insert(*outcome.get());
                self.evaluate(height)
            }
        }
    }

    /// A certificate from a peer. Kept only for heights that we executed, since only those can be
    /// compared; for later ones catch-up asks again.
    pub fn on_certificate(&mut self, certificate: Verified<SettlementCertificate>) -> Vec<Step> {
        let height = certificate.outcome.height;
        if height <= self.settled || self.certificates.contains_key(&height) {
            return Vec::new();
        }
        match self.ours.get(&height) {
            None => Vec::new(),
            Some(ours) if *ours == certificate.outcome => self.certify(certificate.into_inner()),
            // A set that was replaced has no word on later blocks.
            Some(ours) if ours.epoch != certificate.outcome.epoch => Vec::new(),
            Some(ours) => vec![Step::Diverged { ours: *ours, theirs: certificate.outcome }],
        }
    }

    /// Our own outcomes to send again, lowest heights first.
    pub fn to_retransmit(&self) -> impl Iterator<Item = SignedOutcome> + '_ {
        self.signed.values().take(RETRANSMIT_AT_ONCE).copied()
    }

    fn evaluate(&mut self, height: Height) -> Vec<Step> {
        let (Some(ours), Some(votes)) = (self.ours.get(&height), self.votes.get(&height)) else {
            return Vec::new();
        };
        if self.certificates.contains_key(&height) {
            return Vec::new();
        }
        // Only the validators of the block's own epoch decide on it, whoever else once had a key.
        let Some(validators) = self.sets.get(ours.epoch) else { return Vec::new() };
        let mut power: BTreeMap<Outcome, u128> = BTreeMap::new();
        for ((_, voter), vote) in votes.iter().filter(|((epoch, _), _)| *epoch == ours.epoch) {
            let outcome = if planted::is(Bug::DifferingOutcomesAdded) { *ours } else { vote.outcome };
            *power.entry(outcome).or_default() += validators.power(*voter);
        }
        let quorum = power.iter().find(|(_, power)| validators.is_quorum(**power)).map(|(outcome, _)| *outcome);
        match quorum {
            Some(outcome) if outcome == *ours => {
                let equal = votes.iter().filter(|(_, vote)| vote.outcome == outcome);
                let signatures = equal.map(|((_, voter), vote)| (*voter, vote.signature)).collect();
                self.certify(SettlementCertificate { outcome, signatures })
            }
            Some(theirs) => vec![Step::Diverged { ours: *ours, theirs }],
            None if power.len() > 1 => vec![Step::Differ(height)],
            None => Vec::new(),
        }
    }

    fn certify(&mut self, certificate: SettlementCertificate) -> Vec<Step> {
        let height = certificate.outcome.height;
        let mut steps = vec![Step::Keep(certificate.clone())];
        self.certificates.insert(height, certificate);
        while let Some(next) = self.certificates.remove(&self.settled.next()) {
            self.settled = next.outcome.height;
            steps.push(Step::Settled(next));
        }
        let settled = self.settled;
        self.ours.retain(|height, _| *height > settled);
        self.signed.retain(|height, _| *height > settled);
        self.votes.retain(|height, _| *height > settled);
        self.accused.retain(|(height, ..)| *height > settled);
        steps
    }
}

#[cfg(test)]
mod tests;
