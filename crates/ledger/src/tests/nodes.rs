//! Nodes that are no validators.

use corridor_crypto::{PublicKey, SecretKey};
use corridor_types::limits::MAX_NODES;
use corridor_types::operations::NodeStep;
use corridor_types::{Code, KeyRole, NodeEntry, Operation, ParticipantId};

use super::restore::Disk;
use super::world::*;
use crate::Ledger;
use crate::limits::MAX_NODES_PER_PARTICIPANT;

fn network_key(number: u8) -> PublicKey {
    SecretKey::from_seed(&[number; 32]).public_key()
}

fn register(world: &mut World, participant: ParticipantId, network_key: PublicKey) -> Code {
    let operation = Operation::Node { reference: world.reference(), step: NodeStep::Register { network_key } };
    ask(world, participant, operation)
}

fn remove(world: &mut World, participant: ParticipantId, network_key: PublicKey) -> Code {
    let operation = Operation::Node { reference: world.reference(), step: NodeStep::Remove { network_key } };
    ask(world, participant, operation)
}

fn ask(world: &mut World, participant: ParticipantId, operation: Operation) -> Code {
    let advice = world.ledger.check(&by(participant, operation.clone()).transaction, world.time);
    let code = world.code(participant, operation);
    assert_eq!(advice.map_or_else(|refusal| refusal.code, |()| Code::Ok), code);
    code
}

#[test]
fn each_rule_has_its_code() {
    let mut world = World::new();
    let members: Vec<_> = world.ledger.validators().iter().map(|(_, validator)| validator.clone()).collect();
    let observers = world.ledger.nodes().next().unwrap().1;
    let cases = [
        (BANK_C, network_key(1), Code::Ok),
        (BANK_C, network_key(1), Code::KeyInUse),
        (BANK_A, network_key(1), Code::KeyInUse),
        (BANK_A, observers, Code::KeyInUse),
        (BANK_A, secret(BANK_B, KeyRole::Operator, 0).public_key(), Code::KeyInUse),
        (BANK_A, secret(BANK_A, KeyRole::Operator, 0).public_key(), Code::KeyInUse),
        (BANK_A, PublicKey([0; 32]), Code::PossessionNotProven),
        (BANK_B, members[2].network_key, Code::KeyInUse),
        (BANK_A, members[2].key, Code::KeyInUse),
        // Its own validator's, so that the node stays connected when the validator goes.
        (BANK_A, members[2].network_key, Code::Ok),
        (OBSERVER, network_key(2), Code::Ok),
        (ParticipantId(77), network_key(3), Code::UnknownParticipant),
    ];
    for (n, (participant, key, code)) in cases.into_iter().enumerate() {
        assert_eq!(register(&mut world, participant, key), code, "case {n}");
    }
    assert_eq!(remove(&mut world, BANK_A, network_key(1)), Code::UnknownNode);
    assert_eq!(remove(&mut world, BANK_C, network_key(9)), Code::UnknownNode);
    assert_eq!(remove(&mut world, BANK_C, network_key(1)), Code::Ok);
    assert_eq!(remove(&mut world, BANK_C, network_key(1)), Code::UnknownNode);
    let nodes: Vec<_> = world.ledger.nodes().collect();
    assert_eq!(nodes, [(OBSERVER, observers), (BANK_A, members[2].network_key), (OBSERVER, network_key(2))]);
}

#[test]
fn the_table_is_limited_per_participant_and_in_all() {
    let mut world = World::new();
    for n in 0..MAX_NODES_PER_PARTICIPANT {
        assert_eq!(register(&mut world, BANK_C, network_key(n as u8 + 1)), Code::Ok);
    }
    assert_eq!(register(&mut world, BANK_C, network_key(99)), Code::CapacityExceeded);
    assert_eq!(register(&mut world, BANK_A, network_key(99)), Code::Ok);
    for n in world.ledger.nodes().count()..MAX_NODES {
        let mut key = [1; 32];
        key[..8].copy_from_slice(&n.to_be_bytes());
        let node = NodeEntry { participant: ParticipantId(77), network_key: PublicKey(key) };
        world.ledger.state.nodes.register(node);
    }
    assert_eq!(register(&mut world, BANK_A, network_key(98)), Code::CapacityExceeded);
    assert_eq!(remove(&mut world, BANK_C, network_key(3)), Code::Ok);
    assert_eq!(register(&mut world, BANK_A, network_key(98)), Code::Ok);
    assert_eq!(world.ledger.nodes().nth(3), Some((BANK_A, network_key(98))), "in the place that came free");
}

#[test]
fn a_node_of_genesis_that_was_removed_does_not_come_back() {
    let (mut world, mut disk) = (World::bare(), Disk::default());
    let (owner, network_key) = world.ledger.nodes().next().unwrap();
    let operation = Operation::Node { reference: world.reference(), step: NodeStep::Remove { network_key } };
    let executed = world.run(&[by(owner, operation)]);
    assert_eq!(executed.entries[0].code, Code::Ok);
    disk.write(&executed.changes);
    let restored = Ledger::restore(&genesis(), disk.records()).unwrap();
    assert_eq!(restored.nodes().count(), 0);
    assert_eq!(restored.state(), world.ledger.state());
}
