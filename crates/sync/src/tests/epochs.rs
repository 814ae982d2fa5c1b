//! The end of an epoch: where a range is cut, what may follow, and when it goes on.

use corridor_types::{Block, Epoch, Height, Tip};

use super::support::*;
use crate::{Action, Config, Input, Misbehaviour, Start, Sync};

const BOUNDARY: u64 = 20;

fn blocks() -> Vec<Block> {
    chain_over(200, 0, &[BOUNDARY])
}

/// An answer up to the boundary and some stubs, which the last of them proves.
fn sealed(change: &dyn Fn(&mut Vec<Block>)) -> Vec<Action> {
    let mut list = blocks()[..BOUNDARY as usize].to_vec();
    list.extend(stubs(&list[BOUNDARY as usize - 1], 3));
    change(&mut list);
    let last = list.last().unwrap().clone();
    let mut sync = default_sync();
    sync.step(0, status(1, 200, 0));
    sync.step(1, answer_of(1, list, finalized(&last)))
}

#[test]
fn blocks_after_the_boundary_prove_it_and_are_cut_off() {
    let actions = sealed(&|_| ());
    let [Action::Accept { blocks: taken, stubs, finality }] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!(*taken, blocks()[..BOUNDARY as usize]);
    assert_eq!(stubs.iter().map(|block| block.height.0).collect::<Vec<_>>(), [21, 22, 23]);
    assert_eq!(finality.block(), stubs.last().map(Block::digest));
}

#[test]
fn a_stub_that_says_more_is_a_lie() {
    let check = |change: &dyn Fn(&mut Vec<Block>), reason| {
        assert_eq!(sealed(change), [Action::Misbehaved { peer: peer(1), reason }]);
    };
    check(&|list| list[22].cut.clear(), Misbehaviour::WrongStub { height: Height(23) });
    let more = |list: &mut Vec<Block>| {
        let Tip { lane, sequence, digest } = list[22].cut[0];
        list[22].cut = vec![Tip { lane, sequence: sequence.next(), digest }];
    };
    check(&more, Misbehaviour::WrongStub { height: Height(23) });
    check(&|list| list[22].next_validators = GENESIS, Misbehaviour::WrongStub { height: Height(23) });
    check(&|list| list[22].next_validators = list[22].validators, Misbehaviour::WrongStub { height: Height(23) });
    check(&|list| list[22].validators = GENESIS, Misbehaviour::WrongValidators { height: Height(23) });
    check(&|list| list[22].epoch = Epoch(1), Misbehaviour::WrongValidators { height: Height(23) });
    // A block of the next epoch is none.
    let next = |list: &mut Vec<Block>| {
        list.truncate(BOUNDARY as usize);
        list.push(blocks()[BOUNDARY as usize].clone());
    };
    check(&next, Misbehaviour::WrongValidators { height: Height(21) });
}

#[test]
fn nothing_is_asked_from_the_boundary_until_the_next_epoch() {
    let epoch = Input::Epoch { validators: validators(1) };
    let (mut sync, blocks) = (default_sync(), blocks());
    sync.step(0, status(1, 200, 0));
    assert_eq!(accepted(&sync.step(1, answer(1, &blocks, 1))), [(1, BOUNDARY)]);
    assert_eq!(asked(&sync.step(2, advanced(&blocks, BOUNDARY))), NONE);
    assert_eq!(asked(&sync.step(5_000, Input::Tick)), NONE);
    assert_eq!(sync.next_deadline(), None);
    assert!(sync.is_syncing());
    assert_eq!(asked(&sync.step(5_001, epoch.clone())), [(1, BOUNDARY + 1)]);
    assert_eq!(accepted(&sync.step(5_002, answer(1, &blocks, 21))), [(21, 84)]);
    // The engine got there by itself, or both were there before the start.
    let mut sync = default_sync();
    sync.step(0, advanced(&blocks, BOUNDARY));
    assert_eq!(asked(&sync.step(0, status(1, 200, 0))), NONE);
    assert_eq!(asked(&sync.step(1, epoch.clone())), [(1, BOUNDARY + 1)]);
    let boundary = &blocks[BOUNDARY as usize - 1];
    let start = Start { finalized: boundary.height, digest: boundary.digest(), next_epoch: Epoch(1), ..start() };
    let mut sync = Sync::new(config(), start);
    sync.step(0, Input::PeerUp(peer(1)));
    assert_eq!(asked(&sync.step(0, status(1, 200, 0))), NONE);
    assert_eq!(asked(&sync.step(1, epoch)), [(1, BOUNDARY + 1)]);
    let mut sync = Sync::new(Config { validators: validators(1), ..config() }, start);
    sync.step(0, Input::PeerUp(peer(1)));
    assert_eq!(asked(&sync.step(0, status(1, 200, 0))), [(1, BOUNDARY + 1)]);
}

#[test]
fn an_answer_of_the_old_epoch_is_no_lie() {
    let (mut sync, blocks) = (default_sync(), blocks());
    sync.step(0, status(1, 200, 0));
    sync.step(1, advanced(&blocks, BOUNDARY));
    assert_eq!(sync.step(2, answer(1, &blocks, 1)), [], "the boundary is final here");
    let mut sync = default_sync();
    sync.step(0, status(1, 200, 0));
    sync.step(1, advanced(&blocks, BOUNDARY));
    assert_eq!(asked(&sync.step(2, Input::Epoch { validators: validators(1) })), [(1, 21)]);
    assert_eq!(sync.step(3, answer(1, &blocks, 1)), []);
    assert_eq!(accepted(&sync.step(4, answer(1, &blocks, 21))), [(21, 84)]);
}
