//! Snapshots: when one is the way to go, what is checked, and what a lie costs.

use corridor_crypto::{Digest, Signature};
use corridor_types::{Block, Epoch, Handover, Height, Request, SnapshotChunk, SnapshotManifest};

use super::support::*;
use crate::{Action, Config, Input, Misbehaviour, Sync};

/// Three epochs, with the snapshot in the last.
fn blocks() -> Vec<Block> {
    chain_over(1_000, 0, &[100, 300])
}

const SNAPSHOT: Height = Height(900);

fn at_snapshot() -> SnapshotManifest {
    manifest(&blocks()[SNAPSHOT.0 as usize - 1])
}

fn from_1(manifest: SnapshotManifest) -> Input {
    Input::Manifest { from: peer(1), manifest }
}

/// A machine that asked peer 1 for the manifest; 1 to 3 offer the snapshot and no block below.
fn asking() -> Sync {
    let mut sync = default_sync();
    (1..4).for_each(|number| drop(sync.step(0, offer(number, 1_000, 800, SNAPSHOT.0))));
    assert_eq!(sync.next_deadline(), Some(1_000));
    assert_eq!(questions(&sync.step(1_000, Input::Tick)), [(1, Request::Snapshot { height: SNAPSHOT })]);
    sync
}

/// A machine that fetches ten chunks.
fn fetching() -> (Sync, Vec<Action>) {
    let mut sync = opening();
    let actions = sync.step(1_003, Input::SnapshotOpened { height: SNAPSHOT, chunks: 10 });
    (sync, actions)
}

/// A machine whose replica is opening the index.
fn opening() -> Sync {
    let mut sync = asking();
    sync.step(1_001, from_1(at_snapshot()));
    sync.step(1_002, Input::Handovers { from: peer(1), handovers: handovers(&blocks(), 0) });
    sync
}

fn chunk(from: u8, number: u32) -> Input {
    Input::Chunk { from: peer(from), height: SNAPSHOT, number, bytes: SnapshotChunk([0].into()) }
}

/// Questions for chunks: whom and which.
fn asked_chunks(actions: &[Action]) -> Vec<(u8, u32)> {
    let number = |(to, request)| match request {
        Request::SnapshotChunk { height: SNAPSHOT, chunk } => Some((to, chunk)),
        _ => None,
    };
    questions(actions).into_iter().filter_map(number).collect()
}

#[test]
fn from_genesis_to_a_later_epoch() {
    let mut sync = asking();
    let question = |epoch| [(1, Request::Handovers { from: Epoch(epoch) })];
    assert_eq!(questions(&sync.step(1_001, from_1(at_snapshot()))), question(0));
    let all = handovers(&blocks(), 0);
    let some = |from: usize, to: usize| Input::Handovers { from: peer(1), handovers: all[from..to].to_vec() };
    assert_eq!(questions(&sync.step(1_002, some(0, 1))), question(1), "there is a second one");
    assert_eq!(sync.step(1_003, some(1, 2)), [Action::OpenSnapshot { manifest: at_snapshot() }]);
    assert_eq!(sync.next_deadline(), None, "the replica opens it");
    let mut open = sync.step(1_004, Input::SnapshotOpened { height: SNAPSHOT, chunks: 10 });
    assert_eq!(asked_chunks(&open).len(), 6, "two of each of three peers");
    let mut taken = Vec::new();
    while let Some((from, number)) = asked_chunks(&open).first().copied() {
        open.remove(0);
        taken.push(number);
        assert!(matches!(sync.step(1_005, chunk(from, number))[..], [Action::Chunk { height: SNAPSHOT, .. }]));
        open.extend(sync.step(1_006, Input::ChunkAccepted { height: SNAPSHOT, number }));
    }
    taken.sort_unstable();
    assert_eq!(taken, (0..10).collect::<Vec<_>>());
    let [Action::SnapshotComplete { manifest, sets, handovers: proof }] = &open[..] else { panic!("{open:?}") };
    assert_eq!((manifest.as_ref(), sets.current(), proof), (&at_snapshot(), &validators(2), &all));
    assert_eq!(sync.next_deadline(), None, "the replica takes it in");
    sync.step(1_010, advanced(&blocks(), SNAPSHOT.0));
    assert_eq!(asked(&sync.step(1_011, Input::Epoch { validators: validators(2) })).len(), 1);
}

#[test]
fn a_snapshot_at_a_boundary_brings_the_next_set() {
    let blocks = chain_over(900, 0, &[100, 900]);
    let mut sync = asking();
    sync.step(1_001, from_1(manifest(&blocks[899])));
    let handovers = handovers(&blocks, 0);
    assert_eq!(sync.step(1_002, Input::Handovers { from: peer(1), handovers }).len(), 1);
    let actions = sync.step(1_003, Input::SnapshotOpened { height: SNAPSHOT, chunks: 0 });
    let [Action::SnapshotComplete { sets, .. }] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!(sets.current(), &validators(2));
    // Whichever the replica reports first.
    sync.step(1_004, Input::Epoch { validators: validators(2) });
    assert_eq!(asked(&sync.step(1_005, advanced(&blocks, 900))).len(), 1);
}

#[test]
fn when_a_snapshot_is_the_way_to_go() {
    let check = |prefer_snapshot: bool, height: u64, offers: &[Input], expected: &[(u8, Request)]| {
        let blocks = blocks();
        let mut sync = new_sync(Config { prefer_snapshot, ..config() });
        if height > 0 {
            sync.step(0, advanced(&blocks, height));
        }
        let mut asked: Vec<_> = offers.iter().flat_map(|offer| questions(&sync.step(0, offer.clone()))).collect();
        asked.extend(questions(&sync.step(1_000, Input::Tick)));
        assert_eq!(asked, expected, "prefer {prefer_snapshot}, at {height}: {offers:?}");
    };
    let by_blocks = |from| (1, Request::Blocks { from: Height(from) });
    let by_snapshot = |to, height| (to, Request::Snapshot { height: Height(height) });
    let all = offer(1, 20_000, 1, 15_000);
    check(false, 0, std::slice::from_ref(&all), &[by_blocks(1)]);
    check(true, 0, std::slice::from_ref(&all), &[by_snapshot(1, 15_000)]);
    check(true, 50, std::slice::from_ref(&all), &[by_blocks(51)]);
    check(true, 0, &[offer(1, 20_000, 1, 10_000)], &[by_blocks(1)]);
    // Who says nothing of a snapshot is heard first, and yet not asked for blocks.
    check(true, 0, &[offer(1, 20_000, 1, 0), offer(2, 20_000, 1, 15_000)], &[by_snapshot(2, 15_000)]);
    check(true, 0, &[offer(1, 20_000, 1, 0)], &[by_blocks(1)]);
    // The highest, even for a node with state, if there is no other way.
    check(false, 50, &[offer(1, 990, 800, 800), offer(2, 990, 900, 900)], &[by_snapshot(2, 900)]);
    check(false, 50, &[offer(1, 990, 51, 800), offer(2, 990, 900, 900)], &[by_blocks(51)]);
    check(false, 50, &[offer(2, 990, 900, 40)], &[]);
}

#[test]
fn who_lied_about_blocks_offers_none() {
    let mut sync = default_sync();
    sync.step(0, offer(2, 1_000, 800, SNAPSHOT.0));
    assert_eq!(asked(&sync.step(0, offer(1, 1_000, 1, 0))), [(1, 1)]);
    sync.step(10, answer_of(1, vec![], finalized(&blocks()[0])));
    let height = SNAPSHOT;
    assert_eq!(questions(&sync.step(1_010, Input::Tick)), [(2, Request::Snapshot { height })]);
    // Who was only silent once is waited for.
    let mut sync = default_sync();
    sync.step(0, offer(2, 1_000, 800, SNAPSHOT.0));
    assert_eq!(asked(&sync.step(0, offer(1, 1_000, 1, 0))), [(1, 1)]);
    assert_eq!(questions(&sync.step(1_000, Input::Tick)), []);
    assert_eq!(questions(&sync.step(2_500, Input::Tick)), []);
    assert_eq!(asked(&sync.step(3_000, Input::Tick)), [(1, 1)]);
}

#[test]
fn a_node_in_step_is_not_kept_from_blocks_by_offers() {
    let (mut sync, blocks) = (default_sync(), blocks());
    sync.step(0, advanced(&blocks, 50));
    sync.step(0, offer(1, u64::MAX, u64::MAX, u64::MAX));
    let height = Height(u64::MAX);
    assert_eq!(questions(&sync.step(1_000, Input::Tick)), [(1, Request::Snapshot { height })]);
    assert_eq!(asked(&sync.step(1_001, status(2, 90, 0))), [(2, 51)], "while 1 owes us its manifest");
    sync.step(1_002, answer(2, &blocks[..90], 51));
    sync.step(1_003, advanced(&blocks, 90));
    assert!(!sync.is_syncing(), "the only way was none");
    for now_ms in (1_003..2_003).step_by(10) {
        assert_eq!(questions(&sync.step(now_ms, Input::Tick)), []);
    }
}

#[test]
fn blocks_that_come_after_the_snapshot_are_passed_over() {
    let mut sync = opening();
    assert_eq!(asked(&sync.step(1_003, offer(2, 1_000, 1, 0))), [(2, 1)], "another way showed itself");
    let actions = sync.step(1_003, Input::SnapshotOpened { height: SNAPSHOT, chunks: 0 });
    assert!(matches!(actions[..], [Action::SnapshotComplete { .. }]));
    assert_eq!(sync.step(1_004, answer(2, &blocks(), 1)), [], "the replica is taking the snapshot in");
}

#[test]
fn a_lie_about_the_manifest_costs_one_question() {
    let check = |change: &dyn Fn(&mut SnapshotManifest, &mut Vec<Handover>), expected: Misbehaviour| {
        let (mut manifest, mut handovers) = (at_snapshot(), handovers(&blocks(), 0));
        change(&mut manifest, &mut handovers);
        let mut sync = asking();
        let mut actions = sync.step(1_001, from_1(manifest));
        if questions(&actions) == [(1, Request::Handovers { from: Epoch(0) })] {
            actions = sync.step(1_002, Input::Handovers { from: peer(1), handovers });
        }
        if matches!(actions[0], Action::OpenSnapshot { .. }) {
            actions = sync.step(1_003, Input::SnapshotRefused { height: SNAPSHOT });
        }
        assert_eq!(actions[0], Action::Misbehaved { peer: peer(1), reason: expected });
        assert_eq!(questions(&actions), [(2, Request::Snapshot { height: SNAPSHOT })], "the next one at once");
    };
    let wrong = Misbehaviour::WrongManifest { height: SNAPSHOT };
    check(&|manifest, _| manifest.block.parent = GENESIS, wrong.clone());
    check(&|manifest, _| manifest.certificate = certificate(&blocks()[897]), wrong.clone());
    check(&|manifest, _| manifest.index = [1].into(), Misbehaviour::WrongIndex { height: SNAPSHOT });
    // Signed by those of the last epoch, but the block names others.
    let strangers = |manifest: &mut SnapshotManifest, _: &mut Vec<Handover>| {
        (manifest.block.validators, manifest.block.next_validators) = (GENESIS, GENESIS);
        manifest.certificate = certificate(&manifest.block);
    };
    check(&strangers, wrong);
    let far = |manifest: &mut SnapshotManifest, _: &mut Vec<Handover>| {
        manifest.block.epoch = Epoch(1_025);
        manifest.certificate.outcome = outcome(&manifest.block);
    };
    check(&far, Misbehaviour::WrongEpoch { got: Epoch(1_025), known: Epoch(0) });
    check(&|_, handovers| handovers.clear(), Misbehaviour::Empty);
}

#[test]
fn forged_signatures_are_found_in_manifests_and_handovers() {
    let check = |change: &dyn Fn(&mut SnapshotManifest, &mut Vec<Handover>), expected: &str| {
        let (mut manifest, mut handovers) = (at_snapshot(), handovers(&blocks(), 0));
        change(&mut manifest, &mut handovers);
        let mut sync = asking();
        sync.step(1_001, from_1(manifest));
        let actions = sync.step(1_002, Input::Handovers { from: peer(1), handovers });
        let Action::Misbehaved { reason, .. } = &actions[0] else { panic!("{actions:?}") };
        assert!(reason.to_string().contains(expected), "{reason}");
        assert_eq!(questions(&actions), [(2, Request::Snapshot { height: SNAPSHOT })]);
    };
    let forged = Signature([7; 64]);
    check(&|manifest, _| manifest.certificate.signatures[1].1 = forged, "signature of validator 1");
    check(&|manifest, _| manifest.certificate.signatures.truncate(2), "more than two thirds");
    check(&|manifest, _| manifest.certificate.outcome.state = Digest([3; 32]), "signature of validator 0");
    check(&|_, handovers| handovers[1].certificate.signatures[2].1 = forged, "signature of validator 2");
    check(&|_, handovers| handovers[0].next = validators(3), "the new set");
    check(&|_, handovers| handovers[1].boundary = blocks()[400].clone(), "not the last of its epoch");
}

#[test]
fn what_was_proven_of_the_path_is_kept() {
    let mut sync = asking();
    sync.step(1_001, from_1(at_snapshot()));
    sync.step(1_002, Input::Handovers { from: peer(1), handovers: handovers(&blocks(), 0)[..1].to_vec() });
    let actions = sync.step(4_002, Input::Tick);
    assert_eq!(questions(&actions), [(2, Request::Snapshot { height: SNAPSHOT })], "1 is silent");
    let actions = sync.step(4_003, Input::Manifest { from: peer(2), manifest: at_snapshot() });
    assert_eq!(questions(&actions), [(2, Request::Handovers { from: Epoch(1) })], "the first step is known");
}

#[test]
fn answers_that_nobody_waits_for_are_not_even_checked() {
    let mut sync = asking();
    let from = peer(2);
    assert_eq!(sync.step(1_001, Input::Manifest { from, manifest: at_snapshot() }), []);
    assert_eq!(sync.step(1_001, Input::Handovers { from, handovers: handovers(&blocks(), 0) }), []);
    assert_eq!(sync.step(1_001, from_1(manifest(&blocks()[800]))), [], "an earlier snapshot's");
    assert_eq!(sync.step(1_001, Input::SnapshotOpened { height: SNAPSHOT, chunks: 3 }), []);
    assert_eq!(sync.step(1_001, chunk(1, 0)), []);
    let (mut sync, _) = fetching();
    assert_eq!(sync.step(1_005, chunk(1, 9)), [], "nobody was asked for it yet");
    assert_eq!(sync.step(1_005, chunk(2, 0)), [], "1 was");
    assert_eq!(sync.step(1_005, chunk(1, 0)).len(), 1);
    assert_eq!(sync.step(1_005, chunk(1, 0)), [], "once");
    assert_eq!(sync.step(1_005, Input::ChunkAccepted { height: SNAPSHOT, number: 1 }), [], "it did not come yet");
    assert_eq!(sync.step(1_005, Input::ChunkRefused { height: Height(5), number: 0 }), []);
}

#[test]
fn a_wrong_chunk_is_asked_of_somebody_else() {
    let (mut sync, actions) = fetching();
    assert_eq!(asked_chunks(&actions), [(1, 0), (2, 1), (3, 2), (1, 3), (2, 4), (3, 5)]);
    sync.step(1_004, chunk(1, 0));
    let actions = sync.step(1_005, Input::ChunkRefused { height: SNAPSHOT, number: 0 });
    let reason = Misbehaviour::WrongChunk { height: SNAPSHOT, number: 0 };
    assert_eq!(actions, [Action::Misbehaved { peer: peer(1), reason }], "the others have enough to do");
    assert_eq!(sync.step(1_006, chunk(1, 3)), [], "a liar's other chunk does not count");
    sync.step(1_007, chunk(2, 1));
    let actions = sync.step(1_007, Input::ChunkAccepted { height: SNAPSHOT, number: 1 });
    assert_eq!(asked_chunks(&actions), [(2, 0)]);
    // Who is silent is put aside, and both of its chunks are asked elsewhere as there is room.
    sync.step(1_008, chunk(3, 2));
    let actions = sync.step(1_009, Input::ChunkAccepted { height: SNAPSHOT, number: 2 });
    assert_eq!(asked_chunks(&actions), [(3, 3)]);
    assert_eq!(asked_chunks(&sync.step(6_003, Input::Tick)), [], "2 and 3 are silent");
    assert_eq!(asked_chunks(&sync.step(8_003, Input::Tick)), [(2, 0), (3, 3), (2, 4), (3, 5)]);
}

#[test]
fn a_snapshot_that_nobody_offers_any_more_gives_way_to_the_next() {
    let (mut sync, _) = fetching();
    sync.step(2_000, chunk(1, 0));
    sync.step(2_000, Input::ChunkAccepted { height: SNAPSHOT, number: 0 });
    (1..4).for_each(|number| drop(sync.step(2_001, offer(number, 2_000, 900, 950))));
    let (mut now_ms, mut asked) = (2_001, Vec::new());
    while asked.is_empty() {
        now_ms = sync.next_deadline().unwrap();
        assert!(now_ms <= 17_000, "the stall ends it");
        asked = sync.step(now_ms, Input::Tick);
    }
    assert_eq!(now_ms, 17_000);
    assert_eq!(asked[0], Action::CloseSnapshot { height: SNAPSHOT });
    assert!(matches!(questions(&asked)[..], [(_, Request::Snapshot { height: Height(950) })]));
}

#[test]
fn one_that_only_silent_peers_offer_gives_way_to_another() {
    let (mut sync, _) = fetching();
    sync.step(2_000, offer(2, 1_000, 800, 850));
    sync.step(2_000, offer(3, 1_000, 800, 0));
    let (mut now_ms, mut actions) = (2_000, Vec::new());
    while !actions.contains(&Action::CloseSnapshot { height: SNAPSHOT }) {
        now_ms = sync.next_deadline().unwrap();
        actions = sync.step(now_ms, Input::Tick);
    }
    assert_eq!(now_ms, 16_003, "the stall ends it");
    assert_eq!(questions(&actions), [(2, Request::Snapshot { height: Height(850) })]);
}

#[test]
fn one_that_is_still_offered_is_not_given_up_for_a_while_of_silence() {
    let (mut sync, _) = fetching();
    (1..4).for_each(|number| drop(sync.step(2_000, Input::PeerDown(peer(number)))));
    assert_eq!(sync.step(10_000, Input::Tick), []);
    sync.step(14_000, Input::PeerUp(peer(1)));
    assert_eq!(asked_chunks(&sync.step(14_001, offer(1, 1_000, 800, SNAPSHOT.0))), [(1, 0), (1, 1)]);
    assert_eq!(sync.step(18_000, Input::Tick), []);
    assert!(sync.next_deadline().unwrap() > 18_000);
}

#[test]
fn a_new_node_goes_by_blocks_after_snapshots_that_came_to_nothing() {
    let mut sync = new_sync(Config { prefer_snapshot: true, ..config() });
    let (mut now_ms, mut snapshots) = (0, 0);
    sync.step(0, offer(1, 20_000, 1, 0));
    let mut actions = sync.step(0, offer(2, 20_000, 1, 15_000));
    loop {
        let asked = questions(&actions);
        snapshots += asked.iter().filter(|(_, request)| matches!(request, Request::Snapshot { .. })).count();
        if asked.iter().any(|(_, request)| matches!(request, Request::Blocks { .. })) {
            break;
        }
        now_ms = sync.next_deadline().unwrap();
        actions = sync.step(now_ms, Input::Tick);
    }
    assert_eq!(snapshots, 1, "a liar costs one retry, and what others have is not waited for");
    assert!(now_ms < 10_000, "{now_ms}");
}

#[test]
fn after_a_snapshot_that_the_replica_could_not_take_in_catch_up_goes_on() {
    let mut sync = opening();
    let complete = sync.step(1_003, Input::SnapshotOpened { height: SNAPSHOT, chunks: 0 });
    assert!(matches!(complete[..], [Action::SnapshotComplete { .. }]));
    sync.step(1_004, Input::SnapshotRefused { height: SNAPSHOT });
    assert_eq!(asked(&sync.step(1_005, offer(2, 1_000, 1, 0))), [(2, 1)], "nothing is taken in any more");
}
