//! One scenario as a value, and as one line of text that can be given back to replay it.
//!
//! The text is `validators/twins/rounds` and, if delays vary, `/seed`: `4/1/aabba.aabab-nf.aaaaa`
//! is four validators of which 1 has a twin, and three rounds. A round has one letter per instance
//! (the validators in order, then the twins in order): same letter, same side of the partition.
//! Behind a dash are the kinds of messages that nobody receives in that round.

use std::fmt;
use std::str::FromStr;

/// Instances in one scenario at most: one letter names a group.
pub const MAX_INSTANCES: usize = 26;

/// Rounds in one scenario at most. A text from outside must not make a run endless; violations of
/// agreement need about one round per view that takes part in them, so a handful.
pub const MAX_ROUNDS: usize = 64;

/// Validators at least: with fewer than four no fault is tolerated.
pub const MIN_VALIDATORS: u16 = 4;

/// A kind of message that a round can lose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Proposals, written `p`.
    Proposal,
    /// `n`: votes to notarize.
    Notarize,
    /// `x`: votes to nullify.
    Nullify,
    /// `f`: votes to finalize.
    Finalize,
    /// `c`: certificates, forwarded or asked for.
    Certificate,
}

impl Kind {
    /// Every kind, in the order of the text.
    pub const ALL: [Self; 5] = [Self::Proposal, Self::Notarize, Self::Nullify, Self::Finalize, Self::Certificate];

    const fn letter(self) -> char {
        match self {
            Self::Proposal => 'p',
            Self::Notarize => 'n',
            Self::Nullify => 'x',
            Self::Finalize => 'f',
            Self::Certificate => 'c',
        }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Drops(u8);

impl Drops {
    /// Nothing is lost.
    pub const NONE: Self = Self(0);

    /// These kinds are lost.
    pub fn of(kinds: &[Kind]) -> Self {
        Self(kinds.iter().fold(0, |bits, kind| bits | 1 << *kind as u8))
    }

    /// True if `kind` is lost.
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 >> kind as u8 & 1 == 1
    }

    fn parse(text: &str) -> Option<Self> {
        let kind = |letter| Kind::ALL.into_iter().find(|kind| kind.letter() == letter);
        text.chars().map(kind).collect::<Option<Vec<_>>>().map(|kinds| Self::of(&kinds))
    }
}

impl fmt::Display for Drops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = Kind::ALL.into_iter().filter(|kind| self.contains(*kind));
        lost.map(Kind::letter).try_for_each(|letter| write!(f, "{letter}"))
    }
}

/// Who hears whom for the time of one view.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Round {
    /// The group of each instance. Groups are numbered in the order of their first member.
    pub groups: Vec<u8>,
    /// What is lost, even within a group.
    pub drops: Drops,
}

impl Round {
    /// A round with groups numbered in the order of their first member.
    pub fn new(groups: &[u8], drops: Drops) -> Self {
        let mut names: Vec<u8> = Vec::new();
        let number = |group: &u8| {
            let known = names.iter().position(|name| name == group);
            let position = known.unwrap_or_else(|| {
                names.push(*group);
                names.len() - 1
            });
            u8::try_from(position).unwrap_or(u8::MAX)
        };
        Self { groups: groups.iter().map(number).collect(), drops }
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.groups.iter().try_for_each(|group| write!(f, "{}", char::from(b'a' + (*group).min(25))))?;
        if self.drops == Drops::NONE { Ok(()) } else { write!(f, "-{}", self.drops) }
    }
}

/// Who has a twin, and what the network does.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scenario {
    /// How many validators, of equal weight.
    pub validators: u16,
    /// Which of them run twice, ascending. Their second instances follow the validators in this order.
    pub twins: Vec<u16>,
    /// Round after round; then the network heals.
    pub rounds: Vec<Round>,
    /// Zero: every message takes one millisecond. Otherwise the seed of delays of 1 to 4 ms.
    pub delays: u64,
}

/// Why a text is no scenario.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// The parts are not there.
    #[error("scenario {got:?} is not validators/twins/rounds, for example 4/1/aabba.aaaaa")]
    BadShape {
        /// The text, shortened.
        got: String,
    },
    /// The count of validators or twins cannot be run.
    #[error(
        "{validators} validators with {twins} twins: write {MIN_VALIDATORS} or more, {MAX_INSTANCES} in all at most"
    )]
    BadCount {
        /// Validators that the text names.
        validators: u16,
        /// Twins that the text names.
        twins: usize,
    },
    /// A twin is not a validator, or out of order.
    #[error("twin {twin} is not one of the validators, or not in ascending order")]
    BadTwin {
        /// The number that stands in the text.
        twin: u16,
    },
    /// A round is not one letter per instance and a list of kinds.
    #[error("round {round} must be {instances} letters, then perhaps a dash and letters of pnxfc")]
    BadRound {
        /// Which, from 1.
        round: usize,
        /// Letters that each round needs, one per instance.
        instances: usize,
    },
    /// There are none, or too many.
    #[error("{rounds} rounds; write 1 to {MAX_ROUNDS}")]
    BadRounds {
        /// Rounds that stand in the text.
        rounds: usize,
    },
}

impl Scenario {
    /// How many instances run.
    pub fn instances(&self) -> usize {
        usize::from(self.validators) + self.twins.len()
    }

    /// Which validator an instance runs as.
    pub fn validator_of(&self, instance: usize) -> u16 {
        let second = instance.checked_sub(usize::from(self.validators)).and_then(|twin| self.twins.get(twin));
        second.copied().unwrap_or_else(|| u16::try_from(instance).unwrap_or(u16::MAX))
    }

    /// True if the validator runs once.
    pub fn is_single(&self, validator: u16) -> bool {
        !self.twins.contains(&validator)
    }

    /// True if the twins have less than a third of the power, which the protocol tolerates.
    pub fn is_tolerated(&self) -> bool {
        3 * self.twins.len() < usize::from(self.validators)
    }

    /// The least of all scenarios that differ only in which instance of a validator is the second.
    #[must_use]
    pub fn canonical(&self) -> Self {
        let swaps = 0..1_u32 << self.twins.len().min(MAX_INSTANCES / 2);
        let least = swaps.map(|swaps| self.swapped(swaps)).min();
        Self { rounds: least.unwrap_or_else(|| self.rounds.clone()), ..self.clone() }
    }

    /// The rounds with the instances of those twins exchanged whose bit is set.
    fn swapped(&self, swaps: u32) -> Vec<Round> {
        let chosen = || self.twins.iter().enumerate().filter(|(twin, _)| swaps >> twin & 1 == 1);
        let swap = |round: &Round| {
            let mut groups = round.groups.clone();
            for (twin, validator) in chosen() {
                groups.swap(usize::from(*validator), usize::from(self.validators) + twin);
            }
            Round::new(&groups, round.drops)
        };
        self.rounds.iter().map(swap).collect()
    }

    fn check(self) -> Result<Self, ScenarioError> {
        let (validators, twins) = (self.validators, self.twins.len());
        if validators < MIN_VALIDATORS || usize::from(validators).saturating_add(twins) > MAX_INSTANCES {
            return Err(ScenarioError::BadCount { validators, twins });
        }
        let ascends = |at: usize| at == 0 || self.twins[at - 1] < self.twins[at];
        if let Some(at) = (0..twins).find(|at| self.twins[*at] >= validators || !ascends(*at)) {
            return Err(ScenarioError::BadTwin { twin: self.twins[at] });
        }
        if self.rounds.is_empty() || self.rounds.len() > MAX_ROUNDS {
            return Err(ScenarioError::BadRounds { rounds: self.rounds.len() });
        }
        let instances = self.instances();
        match self.rounds.iter().position(|round| round.groups.len() != instances) {
            Some(at) => Err(ScenarioError::BadRound { round: at + 1, instances }),
            None => Ok(self),
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |list: Vec<String>, between: &str| list.join(between);
        let twins = join(self.twins.iter().map(u16::to_string).collect(), ",");
        let rounds = join(self.rounds.iter().map(Round::to_string).collect(), ".");
        write!(f, "{}/{twins}/{rounds}", self.validators)?;
        if self.delays == 0 { Ok(()) } else { write!(f, "/{}", self.delays) }
    }
}

fn parse_round(text: &str) -> Option<Round> {
    let (letters, drops) = text.split_once('-').unwrap_or((text, ""));
    let all_letters = letters.bytes().all(|letter| letter.is_ascii_lowercase());
    Drops::parse(drops).filter(|_| all_letters).map(|drops| Round::new(letters.as_bytes(), drops))
}

impl FromStr for Scenario {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        let shape = || ScenarioError::BadShape { got: text.chars().take(80).collect() };
        let parts: Vec<&str> = text.trim().split('/').collect();
        let (validators, twins, rounds, delays) = match parts[..] {
            [validators, twins, rounds] => (validators, twins, rounds, "0"),
            [validators, twins, rounds, delays] => (validators, twins, rounds, delays),
            _ => return Err(shape()),
        };
        let validators = validators.parse().map_err(|_| shape())?;
        let delays = delays.parse().map_err(|_| shape())?;
        let twins = twins.split(',').filter(|twin| !twin.is_empty()).map(str::parse).collect::<Result<Vec<u16>, _>>();
        let twins = twins.map_err(|_| shape())?;
        let instances = usize::from(validators) + twins.len();
        let parse = |(at, text)| parse_round(text).ok_or(ScenarioError::BadRound { round: at + 1, instances });
        let rounds = rounds.split('.').enumerate().map(parse).collect::<Result<_, _>>()?;
        Self { validators, twins, rounds, delays }.check()
    }
}
