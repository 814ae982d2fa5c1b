//! A node that catches up with hundreds of blocks over lossy links among lying and silent peers.
//! Prints the seed of a run that fails.

use std::collections::BTreeMap;

use corridor_types::{Block, Height, ValidatorIndex};
use proptest::prelude::*;

use super::support::*;
use crate::{Action, Input, Sync};

/// What a peer does with a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Honest,
    Silent,
    Empty,
    OtherChain,
    Gap,
    WrongCertificate,
    OneBlockAtATime,
}

const BAD: [Manner; 6] =
    [Manner::Silent, Manner::Empty, Manner::OtherChain, Manner::Gap, Manner::WrongCertificate, Manner::OneBlockAtATime];

struct World {
    chain: Vec<Block>,
    other: Vec<Block>,
    manners: [Manner; 3],
    loss_percent: u64,
    random: u64,
}

impl World {
    fn roll(&mut self, bound: u64) -> u64 {
        // A small congruential generator (Knuth, MMIX): the seed is all there is to replay.
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % bound
    }

    fn answer(&mut self, by: ValidatorIndex, from: Height) -> Option<Input> {
        let (by, at) = (by.0, from.0 as usize);
        let lost = self.roll(100) < self.loss_percent;
        match self.manners[usize::from(by) - 1] {
            Manner::Silent => None,
            _ if lost => None,
            Manner::Honest => Some(answer(by, &self.chain, from.0)),
            Manner::Empty => Some(answer_of(by, vec![], &self.chain[0])),
            // Forged blocks under a finalized one: its certificate is all that a liar can get.
            Manner::OtherChain if at < self.chain.len() => {
                Some(answer_of(by, vec![self.other[at - 1].clone(), self.chain[at].clone()], &self.chain[at]))
            }
            Manner::Gap if at + 1 < self.chain.len() => {
                let blocks = vec![self.chain[at - 1].clone(), self.chain[at + 1].clone()];
                Some(answer_of(by, blocks, &self.chain[at + 1]))
            }
            Manner::Gap | Manner::OtherChain | Manner::WrongCertificate => {
                Some(answer_of(by, vec![self.other[at - 1].clone()], &self.chain[at - 1]))
            }
            Manner::OneBlockAtATime => Some(answer_of(by, vec![self.chain[at - 1].clone()], &self.chain[at - 1])),
        }
    }
}

/// What came of it: the time it took, and how often each peer was asked.
struct Outcome {
    took_ms: u64,
    questions: BTreeMap<u16, u64>,
}

fn run(mut world: World) -> Outcome {
    let mut sync: Sync = new_sync();
    let length = world.chain.len() as u64;
    let (mut height, mut questions) = (0, BTreeMap::new());
    let mut events: BTreeMap<(u64, u64), Input> = BTreeMap::new();
    let mut counter = 0;
    for beacon in 0..400 {
        for peer in 1..4 {
            counter += 1;
            events.insert((beacon * 500, counter), status(peer, length, 0));
        }
    }
    let mut now_ms = 0;
    while height < length {
        let due_ms = sync.next_deadline().unwrap_or(u64::MAX).max(now_ms);
        let next = events.first_entry().filter(|entry| entry.key().0 <= due_ms);
        let input = match next {
            Some(entry) => {
                now_ms = entry.key().0.max(now_ms);
                entry.remove()
            }
            None => {
                assert!(due_ms < u64::MAX, "stuck at {height} of {length} with nothing to wait for");
                now_ms = due_ms;
                Input::Tick
            }
        };
        for action in sync.step(now_ms, input) {
            counter += 1;
            let later = now_ms + 1 + world.roll(50);
            match action {
                Action::Accept { blocks, .. } => {
                    let expected = &world.chain[height as usize..][..blocks.len()];
                    assert!(blocks == expected, "only the one chain is accepted, without a gap");
                    height += blocks.len() as u64;
                    events.insert((later, counter), advanced(&world.chain, height));
                }
                Action::Ask { to, request: corridor_types::Request::Blocks { from } } => {
                    *questions.entry(to.0).or_insert(0) += 1;
                    if let Some(answer) = world.answer(to, from) {
                        events.insert((later, counter), answer);
                    }
                }
                Action::Ask { .. } => panic!("nobody has settlement certificates here"),
                Action::Misbehaved { peer, .. } => {
                    let manner = world.manners[usize::from(peer.0) - 1];
                    let blameless = [Manner::Honest, Manner::Silent, Manner::OneBlockAtATime];
                    assert!(!blameless.contains(&manner), "{manner:?} was blamed");
                }
            }
        }
    }
    Outcome { took_ms: now_ms, questions }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_two_bad_peers_only_cost_time(
        first in 0..BAD.len(), second in 0..BAD.len(), honest in 0..3usize,
        length in 17..400u64, loss_percent in 0..30u64, random: u64,
    ) {
        let mut manners = [BAD[first], BAD[second], BAD[first]];
        manners[honest] = Manner::Honest;
        let world = World { chain: chain(length, 0), other: chain(length, 5), manners, loss_percent, random };
        let outcome = run(world);
        prop_assert!(outcome.took_ms < 120_000, "took {} ms", outcome.took_ms);
    }
}

#[test]
fn a_liar_is_asked_once_a_minute_and_a_silent_peer_once_in_three_seconds() {
    let manners = [Manner::OtherChain, Manner::Silent, Manner::Honest];
    let world = World { chain: chain(3_000, 0), other: chain(3_000, 5), manners, loss_percent: 0, random: 1 };
    let outcome = run(world);
    let per = |span_ms: u64| outcome.took_ms / span_ms + 1;
    assert!(outcome.questions[&1] <= per(60_000), "{:?} in {} ms", outcome.questions, outcome.took_ms);
    assert!(outcome.questions[&2] <= per(3_000), "{:?} in {} ms", outcome.questions, outcome.took_ms);
    assert!(outcome.questions[&3] >= 3_000 / 64);
}
