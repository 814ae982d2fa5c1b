//! The engine itself, driven through every order of events: four validators, one of them
//! Byzantine, a few views. The adversary holds every message ever signed and may hand any of them,
//! and every certificate that they make up, to anybody at any time or never; it decides when each
//! view runs out; the Byzantine validator proposes two blocks on every possible parent in its turn
//! and adds its vote to whatever needs one.
//!
//! Single votes of others are not delivered: below a quorum they change nothing that safety rests
//! on. `CORRIDOR_MODEL_VIEWS` explores more views, to the end.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use corridor_crypto::Digest;
use corridor_types::{Block, SignRequest, Timestamp, ValidatorIndex, ValidatorSet, View, VoteKind, votes_conflict};

use super::kit::*;
use super::network::Random;
use crate::chain::Slot;
use crate::{Action, Engine, Input, Ready, Resume};

type Cast = (u64, VoteKind);

struct World {
    set: ValidatorSet,
    byzantine: u16,
    views: u64,
}

#[derive(Clone)]
struct State {
    engines: Vec<(u16, Rc<Engine>)>,
    /// Every vote of an honest validator.
    votes: BTreeMap<Cast, BTreeSet<u16>>,
    blocks: BTreeMap<Digest, Block>,
    offered: BTreeSet<Digest>,
}

#[derive(Debug, Clone, Copy)]
enum Move {
    Proposal(Digest),
    Certificate(Cast),
    Expire,
}

impl World {
    fn start(&self) -> State {
        let honest = (0..4).filter(|index| *index != self.byzantine);
        let engine = |index| (index, Rc::new(Engine::new(config(&self.set, Some(index)), Resume::default())));
        let mut state = State {
            engines: honest.map(engine).collect(),
            votes: BTreeMap::new(),
            blocks: BTreeMap::new(),
            offered: BTreeSet::new(),
        };
        for position in 0..state.engines.len() {
            self.step(&mut state, position, Input::Work(true));
        }
        self.offer_byzantine(&mut state);
        state
    }

    /// In its turns the Byzantine leader offers two blocks on every parent.
    fn offer_byzantine(&self, state: &mut State) {
        let leaders = crate::Leaders::new(&self.set);
        let turns = (1..=self.views).filter(|view| leaders.of(View(*view)).0 == self.byzantine);
        for view in turns {
            let earlier: Vec<_> = state.blocks.values().filter(|block| block.view.0 < view).cloned().collect();
            let parents = std::iter::once(None).chain(earlier.iter().map(Some));
            let twice = parents.flat_map(|parent| [(parent, 1), (parent, 2)]);
            for offer in twice.map(|(parent, time)| block(&self.set, view, parent, view, time)).collect::<Vec<_>>() {
                state.offered.insert(offer.digest());
                state.blocks.insert(offer.digest(), offer);
            }
        }
    }

    fn step(&self, state: &mut State, position: usize, input: Input) {
        let (me, engine) = &mut state.engines[position];
        let me = *me;
        let engine = Rc::make_mut(engine);
        let now = engine.now();
        let Ready { sign: requests, then, .. } = engine.step(now, input);
        for request in requests {
            match &request {
                SignRequest::Vote(vote) => record(state, me, (vote.view.0, vote.kind)),
                SignRequest::Proposal(block) => {
                    state.offered.insert(block.digest());
                    state.blocks.insert(block.digest(), block.clone());
                }
                other => panic!("unexpected {other:?}"),
            }
            self.step(state, position, Input::Signed(sign(ValidatorIndex(me), &request)));
        }
        for action in then {
            match action {
                Action::Build { view, parent, .. } => {
                    let time = Timestamp(view.0);
                    self.step(state, position, Input::Built { view, parent, cut: cut(view.0), time, next: None });
                }
                Action::Judge { block, .. } => {
                    self.step(state, position, Input::Judged { block: block.digest(), acceptable: true });
                }
                Action::FetchBlock { digest, .. } => {
                    if let Some(block) = state.blocks.get(&digest).cloned() {
                        self.step(state, position, Input::Block(block));
                    }
                }
                Action::Halt { rule } => panic!("{rule} does not hold"),
                _ => {}
            }
        }
    }

    fn moves(&self, state: &State) -> Vec<(usize, Move)> {
        let mut moves = vec![];
        for (position, (_, engine)) in state.engines.iter().enumerate() {
            let quorums = state.votes.iter().filter(|(_, voters)| voters.len() >= 2).map(|(cast, _)| *cast);
            moves.extend(quorums.filter(|cast| lacks(engine, cast)).map(|cast| (position, Move::Certificate(cast))));
            if engine.view().0 > self.views {
                continue;
            }
            if engine.chain().slot(engine.view()).is_none_or(|slot| slot.proposal().is_none()) {
                let here = |digest: &&Digest| state.blocks[*digest].view == engine.view();
                moves.extend(state.offered.iter().filter(here).map(|digest| (position, Move::Proposal(*digest))));
            }
            if !engine.has_timed_out() {
                moves.push((position, Move::Expire));
            }
        }
        moves
    }

    fn make(&self, state: &State, position: usize, step: Move) -> State {
        let mut next = state.clone();
        match step {
            Move::Proposal(digest) => {
                let input = Input::Proposal(proposal(&state.blocks[&digest]));
                self.step(&mut next, position, input);
            }
            Move::Certificate((view, kind)) => {
                let mut voters: Vec<u16> = state.votes[&(view, kind)].iter().copied().collect();
                voters.push(self.byzantine);
                voters.sort_unstable();
                self.step(&mut next, position, Input::Certificate(certificate(&voters, view, kind)));
            }
            Move::Expire => {
                let engine = Rc::make_mut(&mut next.engines[position].1);
                engine.wait_for_the_end_of_the_view();
                self.step(&mut next, position, Input::Tick);
            }
        }
        self.offer_byzantine(&mut next);
        next
    }

    /// Explores until done or until `limit` states were seen.
    fn explore(&self, limit: usize) -> (usize, bool) {
        let (mut seen, mut random) = (HashSet::new(), Random(self.views));
        let mut open = vec![self.start()];
        while let Some(state) = open.pop() {
            if !seen.insert(key(&state)) {
                continue;
            }
            check(&state);
            if seen.len() >= limit {
                return (seen.len(), false);
            }
            let mut moves = self.moves(&state);
            // A bounded search goes deep in ever different directions.
            if limit < usize::MAX && !moves.is_empty() {
                let turn = random.below(moves.len() as u64) as usize;
                moves.rotate_left(turn);
            }
            open.extend(moves.into_iter().map(|(position, step)| self.make(&state, position, step)));
        }
        (seen.len(), true)
    }
}

/// The signer's check, which fails the test.
fn record(state: &mut State, me: u16, (view, kind): Cast) {
    let conflict = |(at, other): &&Cast| *at == view && votes_conflict(other, &kind);
    let own = state.votes.iter().filter(|(_, voters)| voters.contains(&me)).map(|(cast, _)| cast);
    let old = own.into_iter().find(conflict);
    assert!(old.is_none(), "validator {me} votes {kind:?} in view {view} after {old:?}");
    state.votes.entry((view, kind)).or_default().insert(me);
}

fn lacks(engine: &Engine, (view, kind): &Cast) -> bool {
    let held = |slot: &Slot| match kind {
        VoteKind::Notarize { .. } => slot.notarization().is_some(),
        VoteKind::Nullify => slot.is_nullified(),
        VoteKind::Finalize { .. } => slot.finalization().is_some(),
    };
    View(*view) > engine.chain().finalized_view() && !engine.chain().slot(View(*view)).is_some_and(held)
}

/// Agreement, over everything that any set of votes with the Byzantine one could prove.
fn check(state: &State) {
    let quorums: Vec<_> = state.votes.iter().filter(|(_, voters)| voters.len() >= 2).map(|(cast, _)| *cast).collect();
    let finalized = quorums.iter().filter_map(|(_, kind)| match kind {
        VoteKind::Finalize { block } => state.blocks.get(block),
        _ => None,
    });
    for (view, kind) in &quorums {
        let rivals = quorums.iter().filter(|(other, _)| other == view);
        for (_, rival) in rivals {
            assert!(!votes_conflict(kind, rival), "view {view} has certificates of {kind:?} and {rival:?}");
        }
    }
    let mut decided: BTreeMap<u64, Digest> = BTreeMap::new();
    for mut block in finalized {
        loop {
            let agreed = *decided.entry(block.height.0).or_insert_with(|| block.digest());
            assert_eq!(agreed, block.digest(), "two blocks can be final at height {}", block.height);
            match state.blocks.get(&block.parent) {
                Some(parent) => block = parent,
                None => break,
            }
        }
    }
}

/// All that decides what may still happen; clocks and statistics do not.
fn key(state: &State) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (_, engine) in &state.engines {
        (engine.view(), engine.has_timed_out(), engine.chain().finalized_place().digest.0).hash(&mut hasher);
        for (view, slot) in engine.chain().slots() {
            let ends = [slot.notarization(), slot.nullification(), slot.finalization()]
                .map(|end| end.map(|held| held.block().map(|block| block.0)));
            let own = format!("{:?}", slot.own());
            let proposal = slot.proposal().map(|proposal| (proposal.digest.0, proposal.judgement as u8));
            (view, ends, own, proposal).hash(&mut hasher);
        }
    }
    for ((view, kind), voters) in &state.votes {
        (view, format!("{kind:?}"), voters).hash(&mut hasher);
    }
    hasher.finish()
}

fn world(byzantine: u16, views: u64) -> World {
    World { set: set(&[1; 4]), byzantine, views }
}

#[test]
fn every_order_of_events_in_one_view_with_an_equivocating_leader() {
    let (states, complete) = world(1, 1).explore(usize::MAX);
    println!("one view: {states} states");
    assert!(complete && states > 100);
}

#[test]
fn many_orders_of_events_in_two_and_three_views() {
    for (byzantine, views) in [(1, 2), (2, 2), (3, 3)] {
        let (states, complete) = world(byzantine, views).explore(4_000);
        println!("leader of view {byzantine} is Byzantine, {views} views: {states} states, complete: {complete}");
    }
}

#[test]
#[ignore = "a campaign: set CORRIDOR_MODEL_VIEWS"]
fn every_order_of_events_in_more_views() {
    let views = std::env::var("CORRIDOR_MODEL_VIEWS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
    for byzantine in 0..4 {
        let (states, complete) = world(byzantine, views).explore(usize::MAX);
        println!("validator {byzantine} is Byzantine, {views} views: {states} states");
        assert!(complete);
    }
}
