//! What must hold at the end of a scenario. Reads instances; changes none.
//!
//! With less than a third of twins: no two instances, twins included, finalize different blocks at
//! one height; no validator that runs once signs what contradicts itself; after the network healed,
//! everybody who runs once finalizes new work. Always: evidence verifies and names only validators
//! that run twice. With more twins agreement may break, and then certificates that honest
//! validators saw prove who did it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use corridor_crypto::Digest;
use corridor_types::{Evidence, ValidatorIndex, ValidatorSet, View};
use serde::Serialize;

use super::guilt::Testimony;
use super::instance::Instance;
use super::keys::Keyring;
use super::scenario::Scenario;

/// Something that must never happen. Instances are named by validator, second ones with a prime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Violation {
    /// Agreement is broken although less than a third of the power has twins.
    Disagreement {
        /// The lowest height with two blocks.
        height: u64,
        /// An instance and what it finalized.
        one: String,
        /// Another instance and what it finalized.
        other: String,
    },
    /// An engine finalized blocks that do not continue its own chain.
    BrokenChain {
        /// The instance whose chain broke.
        instance: String,
    },
    /// A validator that runs once signed two messages that no honest one signs both.
    ContradictsItself {
        /// The instance that signed both.
        instance: String,
        /// In which view.
        view: u64,
    },
    /// An engine found one of its own invariants broken.
    Stopped {
        /// The instance, by validator and twin.
        instance: String,
        /// What should hold.
        rule: &'static str,
    },
    /// New work was not finalized in time after the network healed.
    NoProgress {
        /// The instance that stood still.
        instance: String,
        /// The view in which it ended.
        view: u64,
    },
    /// Evidence against a validator that runs once.
    FalseEvidence {
        /// Index of the accused validator.
        validator: u16,
    },
    /// Evidence that does not verify.
    UnverifiableEvidence {
        /// Who made it.
        instance: String,
    },
    /// Agreement was broken by more than a third, and the certificates do not prove who did it.
    UnprovenFork {
        /// Whom they name.
        named: BTreeSet<u16>,
    },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disagreement { height, one, other } => {
                write!(f, "{one} and {other} finalized different blocks at height {height}")
            }
            Self::BrokenChain { instance } => write!(f, "{instance} finalized blocks that do not continue its chain"),
            Self::ContradictsItself { instance, view } => {
                write!(f, "{instance} runs once and contradicts itself in view {view}")
            }
            Self::Stopped { instance, rule } => write!(f, "{instance} stopped itself: {rule} does not hold"),
            Self::NoProgress { instance, view } => {
                write!(f, "{instance} did not finalize new work after the network healed; it is in view {view}")
            }
            Self::FalseEvidence { validator } => write!(f, "there is evidence against {validator}, which runs once"),
            Self::UnverifiableEvidence { instance } => write!(f, "evidence made by {instance} does not verify"),
            Self::UnprovenFork { named } => {
                write!(f, "agreement is broken, and certificates prove the guilt of {named:?} only")
            }
        }
    }
}

/// Agreement is broken: who was named, by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fork {
    /// The lowest height with two final blocks.
    pub height: u64,
    /// An instance on one side.
    pub one: String,
    /// An instance on the other.
    pub other: String,
    /// Named by every certificate that a validator which runs once ever wrote.
    pub named_by_certificates: BTreeSet<u16>,
    /// Named by what is still on their disks: certificates, which are pruned, and their engines' evidence.
    pub named_by_disks: BTreeSet<u16>,
    /// Named by the evidence that their engines made by themselves.
    pub named_by_engines: BTreeSet<u16>,
}

/// How a scenario ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// What must not be. Empty if all is well.
    pub violations: Vec<Violation>,
    /// Agreement broken, if it was.
    pub fork: Option<Fork>,
    /// Whom the engines of validators that run once accused.
    pub accused: BTreeSet<u16>,
    /// The greatest height that was finalized.
    pub height: u64,
    /// The highest view that was entered.
    pub view: u64,
    /// Messages that were delivered.
    pub messages: u64,
    /// A hash over everything that happened: the same scenario gives the same one.
    pub trace: u64,
}

/// What a run leaves to be judged.
pub(super) struct Judged<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) validators: ValidatorSet,
    pub(super) instances: &'a [Instance],
    /// Work that everybody had to finalize.
    pub(super) goal: u64,
    /// What was noticed on the way.
    pub(super) noticed: Vec<Violation>,
}

impl Judged<'_> {
    fn singles(&self) -> impl Iterator<Item = &Instance> {
        self.instances.iter().filter(|instance| self.scenario.is_single(instance.validator.0))
    }

    pub(super) fn outcome(self, ring: &mut Keyring, messages: u64, trace: u64) -> Outcome {
        let mut violations = self.noticed.clone();
        violations.extend(self.check_evidence(ring));
        let fork = self.find_fork();
        if self.scenario.is_tolerated() {
            violations.extend(self.check_progress());
            violations.extend(fork.iter().map(|fork| Violation::Disagreement {
                height: fork.height,
                one: fork.one.clone(),
                other: fork.other.clone(),
            }));
        } else if let Some(fork) = fork.as_ref().filter(|fork| !self.is_proven(fork, ring)) {
            violations.push(Violation::UnprovenFork { named: fork.named_by_certificates.clone() });
        }
        Outcome {
            violations,
            fork,
            accused: self.accused_by_engines(),
            height: self.instances.iter().map(|instance| instance.chain.len() as u64).max().unwrap_or(0),
            view: self.instances.iter().map(|instance| view_of(instance).0).max().unwrap_or(0),
            messages,
            trace,
        }
    }

    fn check_evidence(&self, ring: &mut Keyring) -> Vec<Violation> {
        let mut found = Vec::new();
        for instance in self.instances {
            for evidence in &instance.evidence {
                match self.culprit(evidence) {
                    Some(culprit) if ring.convinces(evidence) => {
                        let single = self.scenario.is_single(culprit.0);
                        found.extend(single.then_some(Violation::FalseEvidence { validator: culprit.0 }));
                    }
                    _ => found.push(Violation::UnverifiableEvidence { instance: instance.name() }),
                }
            }
        }
        found
    }

    fn check_progress(&self) -> Option<Violation> {
        let late = self.singles().find(|instance| instance.finalized_work() < self.goal)?;
        Some(Violation::NoProgress { instance: late.name(), view: view_of(late).0 })
    }

    /// The lowest height at which two instances differ. Where more than a third has twins, the twins'
    /// own chains prove nothing.
    fn find_fork(&self) -> Option<Fork> {
        let counts =
            |instance: &&Instance| self.scenario.is_tolerated() || self.scenario.is_single(instance.validator.0);
        let mut decided: BTreeMap<u64, (Digest, &Instance)> = BTreeMap::new();
        let mut lowest: Option<(u64, &Instance, &Instance)> = None;
        for instance in self.instances.iter().filter(counts) {
            for (height, (digest, _)) in (1..).zip(&instance.chain) {
                let (agreed, first) = *decided.entry(height).or_insert((*digest, instance));
                if agreed != *digest && lowest.is_none_or(|(known, ..)| height < known) {
                    lowest = Some((height, first, instance));
                }
            }
        }
        lowest.map(|(height, one, other)| self.describe_fork(height, one, other))
    }

    fn describe_fork(&self, height: u64, one: &Instance, other: &Instance) -> Fork {
        let (mut written, mut kept) = (Testimony::default(), Testimony::default());
        for instance in self.singles() {
            written.merge(&instance.archive);
            instance.on_disk().for_each(|certificate| kept.add_certificate(certificate));
            instance.evidence.iter().for_each(|evidence| kept.add_evidence(evidence));
        }
        let by_engines = self.accused_by_engines();
        let named = |testimony: &Testimony| testimony.evidence().keys().map(|voter| voter.0).collect::<BTreeSet<_>>();
        Fork {
            height,
            one: one.name(),
            other: other.name(),
            named_by_certificates: named(&written),
            named_by_disks: named(&kept).union(&by_engines).copied().collect(),
            named_by_engines: by_engines,
        }
    }

    fn accused_by_engines(&self) -> BTreeSet<u16> {
        let evidence = self.singles().flat_map(|instance| &instance.evidence);
        evidence.filter_map(|evidence| self.culprit(evidence)).map(|voter| voter.0).collect()
    }

    fn culprit(&self, evidence: &Evidence) -> Option<ValidatorIndex> {
        evidence.culprit(&self.validators).map(|(index, _)| index)
    }

    /// Only the guilty are named, by evidence that holds, and with more than a third of the power.
    fn is_proven(&self, fork: &Fork, ring: &mut Keyring) -> bool {
        let mut testimony = Testimony::default();
        self.singles().for_each(|instance| testimony.merge(&instance.archive));
        let holds = testimony.evidence().values().all(|evidence| ring.convinces(evidence));
        let named = &fork.named_by_certificates;
        let only_guilty = named.iter().all(|voter| !self.scenario.is_single(*voter));
        holds && only_guilty && ring.validators().has_honest(power(ring.validators(), named))
    }
}

fn power(validators: &ValidatorSet, members: &BTreeSet<u16>) -> u128 {
    members.iter().map(|member| validators.power(ValidatorIndex(*member))).sum()
}

fn view_of(instance: &Instance) -> View {
    instance.engine.status().view
}
