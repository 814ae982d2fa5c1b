//! Makes scenarios: all of a small configuration without symmetric duplicates, or a seeded stream
//! for larger ones. Runs nothing.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use super::scenario::{Drops, Kind, Round, Scenario};

/// What varies between the scenarios of a campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Validators of equal weight.
    pub validators: u16,
    /// How many of them run twice.
    pub twins: u16,
    /// Rounds before the network heals.
    pub rounds: usize,
    /// Sides of a partition at most. Two quorums need two sides; a third only isolates.
    pub max_groups: u8,
    /// What a round may lose. Enumerated like partitions; a sample draws from it too.
    pub drops: Vec<Drops>,
}

impl Config {
    /// Partitions into at most two groups, and nothing lost within a group.
    pub fn new(validators: u16, twins: u16, rounds: usize) -> Self {
        Self { validators, twins, rounds, max_groups: 2, drops: vec![Drops::NONE] }
    }

    /// Rounds may also lose a single kind of message, or votes to finalize with certificates, which
    /// keeps a notarized block from becoming final.
    #[must_use]
    pub fn with_losses(self) -> Self {
        let single = Kind::ALL.map(|kind| Drops::of(&[kind]));
        let pair = Drops::of(&[Kind::Finalize, Kind::Certificate]);
        Self { drops: [Drops::NONE].into_iter().chain(single).chain([pair]).collect(), ..self }
    }

    fn instances(&self) -> usize {
        usize::from(self.validators) + usize::from(self.twins)
    }

    /// Every partition of the instances, groups numbered by first member.
    fn partitions(&self) -> Vec<Vec<u8>> {
        let mut all: Vec<Vec<u8>> = vec![vec![]];
        for _ in 0..self.instances() {
            all = all.into_iter().flat_map(|head| self.extensions(head)).collect();
        }
        all
    }

    fn extensions(&self, head: Vec<u8>) -> impl Iterator<Item = Vec<u8>> {
        let groups = head.iter().max().map_or(0, |group| group + 1);
        let choices = 0..(groups + 1).min(self.max_groups.max(1));
        choices.map(move |group| [head.as_slice(), &[group]].concat())
    }

    /// Every choice of the validators that run twice.
    fn twin_sets(&self) -> Vec<Vec<u16>> {
        let mut all: Vec<Vec<u16>> = vec![vec![]];
        for _ in 0..self.twins {
            let after = |set: &Vec<u16>| set.last().map_or(0, |last| last + 1)..self.validators;
            let grow = |set: Vec<u16>| after(&set).map(move |next| [set.as_slice(), &[next]].concat());
            all = all.into_iter().flat_map(grow).collect();
        }
        all
    }
}

/// Every scenario of a configuration, each once, without those that differ from an earlier one only
/// in which instance of a validator is the second.
#[derive(Debug, Clone)]
pub struct Scenarios {
    validators: u16,
    rounds: usize,
    twin_sets: Vec<Vec<u16>>,
    choices: Vec<Round>,
    /// Where in the whole space, symmetric ones included, the next one is.
    at: u64,
    step: u64,
    left: u64,
    total: u64,
}

impl Scenarios {
    /// All, in order. The space is as large as `partitions * losses` to the power of the rounds, and cut
    /// at 2^64, which nobody runs.
    pub fn enumerate(config: &Config) -> Self {
        let losses = |groups: Vec<u8>| config.drops.iter().map(move |drops| Round::new(&groups, *drops));
        let choices: Vec<Round> = config.partitions().into_iter().flat_map(losses).collect();
        let twin_sets = config.twin_sets();
        let power = u32::try_from(config.rounds).unwrap_or(u32::MAX);
        let total = (choices.len() as u64).saturating_pow(power).saturating_mul(twin_sets.len() as u64);
        let (validators, rounds) = (config.validators, config.rounds);
        Self { validators, rounds, twin_sets, choices, at: 0, step: 1, left: total, total }
    }

    /// A stream of scenarios by chance that never ends.
    pub fn sample(config: &Config, seed: u64) -> Samples {
        Samples { config: config.clone(), chance: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// The same scenarios, begun at `start` and in strides that spread any number of them evenly over
    /// the whole space.
    #[must_use]
    pub fn spread(self, start: u64) -> Self {
        // The golden ratio's strides never bunch; one that shares no factor misses nothing.
        let golden = u64::try_from(u128::from(self.total) * 618 / 1_000).unwrap_or(0).max(1);
        let step = (golden..).find(|step| greatest_common_divisor(*step, self.total) <= 1).unwrap_or(1);
        Self { at: start % self.total.max(1), step, ..self }
    }

    /// Scenarios in the whole space, symmetric ones included.
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// The scenario at a place of the space: the twins and one choice per round are its digits.
    fn scenario_at(&self, at: u64) -> Option<Scenario> {
        let (sets, base) = (self.twin_sets.len() as u64, self.choices.len() as u64);
        let digit = |value: u64| usize::try_from(value).ok();
        let twins = self.twin_sets.get(digit(at.checked_rem(sets)?)?)?.clone();
        let mut rest = at / sets;
        let mut rounds = Vec::with_capacity(self.rounds);
        for _ in 0..self.rounds {
            rounds.push(self.choices.get(digit(rest.checked_rem(base)?)?)?.clone());
            rest /= base;
        }
        Some(Scenario { validators: self.validators, twins, rounds, delays: 0 })
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

impl Iterator for Scenarios {
    type Item = Scenario;

    fn next(&mut self) -> Option<Scenario> {
        while self.left > 0 {
            let scenario = self.scenario_at(self.at)?;
            self.left -= 1;
            self.at = u64::try_from((u128::from(self.at) + u128::from(self.step)) % u128::from(self.total)).ok()?;
            if scenario == scenario.canonical() {
                return Some(scenario);
            }
        }
        None
    }
}

/// Scenarios by chance.
#[derive(Debug, Clone)]
pub struct Samples {
    config: Config,
    chance: ChaCha8Rng,
}

impl Samples {
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.chance.next_u64() % limit.max(1) as u64).unwrap_or(0)
    }

    fn twins(&mut self) -> Vec<u16> {
        let mut left: Vec<u16> = (0..self.config.validators).collect();
        let mut twins = Vec::new();
        while twins.len() < usize::from(self.config.twins) && !left.is_empty() {
            let at = self.below(left.len());
            twins.push(left.swap_remove(at));
        }
        twins.sort_unstable();
        twins
    }

    /// Every fourth round is whole, so that views also go well in between.
    fn round(&mut self) -> Round {
        let groups = if self.below(4) == 0 { 1 } else { usize::from(self.config.max_groups.max(1)) };
        let members = self.config.instances();
        let groups: Vec<u8> = (0..members).map(|_| u8::try_from(self.below(groups)).unwrap_or(0)).collect();
        let drops = self.below(self.config.drops.len());
        Round::new(&groups, self.config.drops.get(drops).copied().unwrap_or_default())
    }
}

impl Iterator for Samples {
    type Item = Scenario;

    fn next(&mut self) -> Option<Scenario> {
        let twins = self.twins();
        let rounds = (0..self.config.rounds).map(|_| self.round()).collect();
        let delays = self.chance.next_u64() >> 32 | 1;
        Some(Scenario { validators: self.config.validators, twins, rounds, delays })
    }
}
