//! Which fault is next. Depends on the seed and on which kind is due, never on a clock.

use std::collections::BTreeSet;

use crate::faults::Fault;
use crate::random::Random;

/// Shortest and longest hold of a fault, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Holds {
    pub cut: (u64, u64),
    pub pause: (u64, u64),
}

/// Cuts that outlast the silence after which a link is given up, 6 s, and cuts that do not.
pub const LONG: Holds = Holds { cut: (2_000, 12_000), pause: (300, 8_000) };

/// Only as long as needed to be noticed.
pub const SHORT: Holds = Holds { cut: (1_500, 2_500), pause: (800, 1_500) };

/// Chooses the next fault, from a seed.
pub struct Plan {
    random: Random,
    validators: usize,
    holds: Holds,
}

impl Plan {
    pub const fn new(random: Random, validators: usize, holds: Holds) -> Self {
        Self { random, validators, holds }
    }

    /// One of each important kind, in some order.
    pub fn short(&mut self) -> Vec<Fault> {
        let one_way = if self.random.below(2) == 0 { self.deaf() } else { self.mute() };
        let all = [
            self.kill_one(),
            self.kill_again(),
            self.kill_all(),
            self.pause(),
            self.minority(),
            self.even_split(),
            one_way,
            Fault::FullDisk { victim: self.validators - 1 },
        ];
        let order = self.random.order(all.len());
        order.into_iter().map(|position| all[position].clone()).collect()
    }

    /// Anything but a partition; most often one killed validator.
    pub fn any(&mut self) -> Fault {
        match self.random.below(20) {
            0..=11 => self.kill_one(),
            12..=13 => self.kill_again(),
            14 => self.kill_two(),
            15 => self.kill_all(),
            16..=17 => self.pause(),
            18 => self.slow(),
            _ => self.one_link(),
        }
    }

    /// A partition of the validators, drawn by the seed.
    pub fn partition(&mut self) -> Fault {
        match self.random.below(4) {
            0 => self.minority(),
            1 => self.even_split(),
            2 => self.deaf(),
            _ => self.mute(),
        }
    }

    fn victim(&mut self) -> usize {
        self.random.below(self.validators)
    }

    fn hold(&mut self, (low, high): (u64, u64)) -> u64 {
        self.random.between(low, high)
    }

    fn kill_one(&mut self) -> Fault {
        Fault::Kill { kind: "kill", victims: vec![self.victim()], down_ms: self.random.between(0, 800), again_ms: None }
    }

    fn kill_again(&mut self) -> Fault {
        let again_ms = Some(self.random.between(0, 400));
        Fault::Kill { kind: "kill during start", victims: vec![self.victim()], down_ms: 0, again_ms }
    }

    fn kill_two(&mut self) -> Fault {
        let victims = self.random.order(self.validators).into_iter().take(2).collect();
        Fault::Kill { kind: "kill two", victims, down_ms: self.random.between(0, 800), again_ms: None }
    }

    fn kill_all(&mut self) -> Fault {
        let victims = self.random.order(self.validators);
        Fault::Kill { kind: "kill all", victims, down_ms: self.random.between(0, 500), again_ms: None }
    }

    fn pause(&mut self) -> Fault {
        Fault::Pause { victim: self.victim(), hold_ms: self.hold(self.holds.pause) }
    }

    fn slow(&mut self) -> Fault {
        Fault::Slow { victim: self.victim(), hold_ms: self.hold(self.holds.pause) }
    }

    /// A third less one is cut off in both directions.
    fn minority(&mut self) -> Fault {
        let apart = self.random.order(self.validators).into_iter().take((self.validators - 1) / 3).collect();
        self.split("minority cut off", apart)
    }

    /// Neither half has a quorum.
    fn even_split(&mut self) -> Fault {
        let apart = self.random.order(self.validators).into_iter().take(self.validators / 2).collect();
        self.split("even split", apart)
    }

    fn split(&mut self, kind: &'static str, apart: BTreeSet<usize>) -> Fault {
        let blocked = self.directions(|from, to| apart.contains(&from) != apart.contains(&to));
        self.cut(kind, blocked, apart)
    }

    /// One hears nobody and is heard.
    fn deaf(&mut self) -> Fault {
        let victim = self.victim();
        let blocked = self.directions(|_, to| to == victim);
        self.cut("one-way: deaf", blocked, BTreeSet::from([victim]))
    }

    /// One hears everybody and is not heard.
    fn mute(&mut self) -> Fault {
        let victim = self.victim();
        let blocked = self.directions(|from, _| from == victim);
        self.cut("one-way: mute", blocked, BTreeSet::from([victim]))
    }

    /// One direction between two.
    fn one_link(&mut self) -> Fault {
        let pair = self.random.order(self.validators);
        self.cut("one-way: one link", vec![(pair[0], pair[1])], BTreeSet::from([pair[1]]))
    }

    fn directions(&self, blocked: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
        let pairs = (0..self.validators).flat_map(|from| (0..self.validators).map(move |to| (from, to)));
        pairs.filter(|(from, to)| from != to && blocked(*from, *to)).collect()
    }

    fn cut(&mut self, kind: &'static str, blocked: Vec<(usize, usize)>, apart: BTreeSet<usize>) -> Fault {
        let hold_ms = self.hold(self.holds.cut);
        let kill = (self.random.below(2) == 0).then(|| self.victim());
        Fault::Cut { kind, blocked, apart, hold_ms, kill }
    }
}
