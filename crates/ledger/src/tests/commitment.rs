//! The slot tree against its definition, balance proofs, and the pinned commitment of a scenario.

use corridor_crypto::{Digest, merkle};
use corridor_types::operations::PaymentStep;
use corridor_types::{Amount, Code, Decode as _, Encode as _, Operation};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng as _, SeedableRng as _};

use super::world::*;
use crate::tables;
use crate::tree::{HEIGHT, SlotTree, leaf, root_of_path};
use crate::{AccountProof, AccountProofError};

/// The root by definition: over all 2^32 slots, skipping what holds nothing.
fn naive(leaves: &[(u32, Digest)], level: usize, empty: &[Digest]) -> Digest {
    match (leaves, level) {
        ([], _) => empty[level],
        ([(_, leaf)], 0) => *leaf,
        _ => {
            let half = level - 1;
            let split = leaves.partition_point(|(slot, _)| (slot >> half) & 1 == 0);
            let (left, right) = leaves.split_at(split);
            merkle::node_hash(&naive(left, half, empty), &naive(right, half, empty))
        }
    }
}

#[test]
fn the_tree_equals_its_definition_however_it_grew() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let vacant = leaf(tables::ACCOUNTS, 0, None);
    let empty: Vec<_> =
        std::iter::successors(Some(vacant), |node| Some(merkle::node_hash(node, node))).take(HEIGHT + 1).collect();
    let mut tree = SlotTree::new();
    let mut all = std::collections::BTreeMap::new();
    assert_eq!(tree.root(), empty[HEIGHT]);
    for round in 0..200u32 {
        let mut update = std::collections::BTreeMap::new();
        for _ in 0..random.next_u32() % 20 {
            let slot = random.next_u32() % (2 + round * 4);
            let present = random.next_u32() % 4 > 0;
            update.insert(slot, leaf(tables::ACCOUNTS, slot, present.then_some(&round.to_be_bytes()[..])));
        }
        all.extend(update.clone());
        tree.update(&update.into_iter().collect::<Vec<_>>());
        let leaves: Vec<_> = all.iter().map(|(slot, leaf)| (*slot, *leaf)).collect();
        assert_eq!(tree.root(), naive(&leaves, HEIGHT, &empty), "round {round}");
        let slot = random.next_u32() % 1_000;
        let held = all.get(&slot).copied().unwrap_or(vacant);
        assert_eq!(root_of_path(held, slot, &tree.path(slot)), tree.root());
    }
    let occupied: Vec<_> = all.into_iter().filter(|(_, leaf)| *leaf != vacant).collect();
    assert_eq!(naive(&occupied, HEIGHT, &empty), tree.root(), "slots that were emptied leave no trace");
}

#[test]
fn a_leaf_tells_table_slot_and_record_apart() {
    let base = leaf(tables::ACCOUNTS, 1, Some(b"x"));
    assert_ne!(base, leaf(tables::CLIENTS, 1, Some(b"x")));
    assert_ne!(base, leaf(tables::ACCOUNTS, 2, Some(b"x")));
    assert_ne!(base, leaf(tables::ACCOUNTS, 1, Some(b"y")));
    assert_ne!(leaf(tables::ACCOUNTS, 1, Some(b"")), leaf(tables::ACCOUNTS, 1, None));
}

#[test]
fn a_balance_proof_holds_and_a_changed_one_does_not() {
    let mut world = World::new();
    let payment = world.payment();
    world.pay(&payment);
    let state = world.ledger.state();
    let proof = world.ledger.account_proof(A_EUR).unwrap();
    assert_eq!((proof.account.available, proof.verify(&state)), (Amount(FUNDS.0 - 100), Ok(())));
    assert_eq!(AccountProof::from_bytes(&proof.to_bytes()), Ok(proof.clone()));
    let refuse = |change: fn(&mut AccountProof)| {
        let mut changed = proof.clone();
        change(&mut changed);
        assert!(changed.verify(&state).is_err(), "{changed:?}");
    };
    refuse(|proof| proof.account.available.0 += 1);
    refuse(|proof| proof.account.owner = BANK_B);
    refuse(|proof| proof.id = B_EUR);
    refuse(|proof| proof.path[0].0[0] ^= 1);
    refuse(|proof| proof.path[31].0[0] ^= 1);
    refuse(|proof| proof.roots.tables.accounts.0[0] ^= 1);
    refuse(|proof| proof.roots.height = proof.roots.height.next());
    world.run(&[]);
    let (got, expected) = (state, world.ledger.state());
    assert_eq!(proof.verify(&expected), Err(AccountProofError::OtherState { got, expected }));
    assert_eq!(world.ledger.account_proof(corridor_types::AccountId(99)), None);
}

/// A bit of everything.
fn scenario() -> (World, Vec<String>) {
    let mut world = World::new();
    let mut lines = vec![format!("start {}", world.ledger.state())];
    let payments: Vec<_> = (0..4).map(|_| world.payment()).collect();
    world.submit(BANK_A, Operation::PayBulk { payments: payments.clone() });
    lines.push(format!("paid {}", world.ledger.state()));
    let answers = world.attested(&[payments[0].uetr, payments[1].uetr]);
    let attest = Operation::Payment {
        reference: world.reference(),
        step: PaymentStep::Attest { payments: answers, screening: None },
    };
    let executed = world.run(&[by(BANK_B, attest)]);
    lines.push(format!("attested {} receipts {}", world.ledger.state(), executed.outcome.receipts));
    let reason = Code::TravelRuleDataMissing;
    let reject = Operation::Payment {
        reference: world.reference(),
        step: PaymentStep::Reject { payments: vec![payments[2].uetr], reason },
    };
    world.submit(BANK_B, reject);
    lines.push(format!("rejected {}", world.ledger.state()));
    world.time = world.time.plus_ms(2 * DAY_MS);
    world.run(&[]);
    lines.push(format!("lapsed {}", world.ledger.state()));
    (world, lines)
}

/// A change here is a change of the protocol: nodes of two versions would disagree.
#[test]
fn the_commitments_of_a_scenario_are_pinned() {
    insta::assert_snapshot!(scenario().1.join("\n"));
}

#[test]
fn equal_blocks_give_equal_commitments() {
    let (first, second) = (scenario(), scenario());
    assert_eq!(first.1, second.1);
    let records = |world: &World| world.ledger.records().collect::<Vec<_>>();
    assert_eq!(records(&first.0), records(&second.0));
}

#[test]
fn height_and_time_are_part_of_the_commitment() {
    let (mut one, mut two) = (World::new(), World::new());
    two.time = two.time.plus_ms(1);
    one.run(&[]);
    two.run(&[]);
    assert_ne!(one.ledger.state(), two.ledger.state());
}

#[test]
fn receipts_root_is_over_the_entries_and_changes_are_ascending() {
    let mut world = World::new();
    let payments = (0..7).map(|_| world.payment()).collect();
    let executed = world.run(&[by(BANK_A, Operation::PayBulk { payments })]);
    let leaves: Vec<_> = executed.entries.iter().map(corridor_types::Entry::leaf).collect();
    assert_eq!((executed.outcome.receipts, executed.outcome.entries), (merkle::root(&leaves), 7));
    assert_eq!(executed.outcome.state, world.ledger.state());
    let keys: Vec<_> = executed.changes.iter().map(|change| (change.table, &change.key)).collect();
    assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(keys.len(), 1 + 1 + 7 + 7 + 1, "meta, one account, seven payments, seven references, a commitment");
}
