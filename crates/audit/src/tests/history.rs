//! Small histories on a disk of their own: walked over in the order of execution, and refused where
//! they do not hang together.

use std::sync::Arc;

use corridor_crypto::{Digest, Domain, SecretKey, Signature};
use corridor_ledger::Ledger;
use corridor_storage::{DATABASE, Options, Storage};
use corridor_types::operations::PaymentStep;
use corridor_types::persist::{Restored, Store as _, Write};
use corridor_types::*;
use tempfile::TempDir;

use crate::AuditError;
use crate::compare::{Differences, Item};
use crate::history::History;
use crate::replay::{Range, Replayed, replay};
use corridor_lab::testnet::plan::Plan;
use corridor_lab::testnet::ports::Ports;

/// A network with keys that are the same each time.
pub fn plan() -> Plan {
    let mut next = 0u8;
    let mut random = || {
        next += 1;
        Ok([next; 32])
    };
    let ports = Ports { api: vec![1, 2, 3, 4], network: vec![5, 6, 7, 8] };
    Plan::new(4, ports, Timestamp(1_000), &mut random).unwrap()
}

/// A batch with one transaction, which the ledger refuses. Nobody signed it.
fn batch(lane: u32, sequence: u64, previous: Digest) -> Batch {
    let reference = Uetr::from_random([u8::try_from(u64::from(lane) * 16 + sequence).unwrap(); 16]);
    let approval = Approval { key: SecretKey::from_seed(&[9; 32]).public_key(), signature: Signature([0; 64]) };
    let transaction = Transaction {
        participant: ParticipantId(lane),
        valid_until: Timestamp(u64::MAX),
        operation: Operation::Payment { reference, step: PaymentStep::Cancel { payment: reference } },
        approvals: vec![approval],
    };
    batch_of(lane, sequence, previous, &[transaction])
}

/// A batch that nobody signed.
pub fn batch_of(lane: u32, sequence: u64, previous: Digest, transactions: &[Transaction]) -> Batch {
    let mut payload = Vec::new();
    encode_transactions(transactions, &mut payload);
    let header = BatchHeader {
        epoch: Epoch(0),
        lane: ParticipantId(lane),
        sequence: Sequence(sequence),
        previous,
        payload: Digest::of(Domain::Batch, &payload),
    };
    Batch { header, signature: Signature([0; 64]), payload: payload.into() }
}

/// A lane of so many batches.
fn lane(number: u32, length: u64) -> Vec<Batch> {
    let mut batches: Vec<Batch> = Vec::new();
    for sequence in 1..=length {
        let previous = batches.last().map_or(Digest([0; 32]), |batch| batch.header.digest());
        batches.push(batch(number, sequence, previous));
    }
    batches
}

/// A data folder that is being filled.
pub struct Node {
    dir: TempDir,
    genesis: Genesis,
    storage: Storage,
    ledger: Ledger,
    parent: Digest,
}

impl Node {
    pub fn new() -> Self {
        let (dir, genesis) = (tempfile::tempdir().unwrap(), plan().genesis);
        let storage = Storage::open(&dir.path().join(DATABASE), genesis.digest(), Options::default()).unwrap();
        let (ledger, parent) = (Ledger::genesis(&genesis).unwrap(), genesis.digest());
        Self { dir, genesis, storage, ledger, parent }
    }

    fn write(&mut self, write: Write) {
        self.storage.write(&[write]).unwrap();
    }

    /// A block that commits to these tips.
    pub fn block(&self, tips: &[&Batch]) -> Block {
        let (height, set) = (self.ledger.height().next(), self.genesis.validator_set().unwrap().digest());
        let tip = |batch: &&Batch| {
            let BatchHeader { lane, sequence, .. } = batch.header;
            Tip { lane, sequence, digest: batch.header.digest() }
        };
        Block {
            epoch: Epoch(0),
            view: View(height.0),
            height,
            parent: self.parent,
            parent_view: View(height.0 - 1),
            proposer: ValidatorIndex(0),
            time: Timestamp(1_000 + height.0),
            cut: tips.iter().map(tip).collect(),
            validators: set,
            next_validators: set,
        }
    }

    /// Stores a block and what executing `batches` in this order gives.
    pub fn execute(&mut self, block: &Block, batches: &[&Batch]) -> Outcome {
        let decoded = |batch: &&Batch| VerifiedBatch::decode_trusted((*batch).clone()).unwrap();
        let batches: Vec<_> = batches.iter().map(decoded).collect();
        let context = corridor_ledger::BlockContext {
            epoch: block.epoch,
            height: block.height,
            time: block.time,
            digest: block.digest(),
            next_validators: block.next_validators,
        };
        let transactions = batches.iter().flat_map(|batch| batch.transactions().iter());
        let executed = self.ledger.execute(&context, transactions).unwrap();
        let outcome = executed.outcome;
        self.write(Write::Finalized { block: block.clone(), finalization: None });
        self.write(Write::Executed(Arc::new(executed)));
        self.parent = block.digest();
        outcome
    }

    pub fn keep(&mut self, batches: &[&Batch]) {
        batches.iter().for_each(|batch| self.write(Write::Batch((*batch).clone().into())));
    }

    /// The node stops.
    pub fn stop(self) -> (TempDir, Result<History, AuditError>) {
        let Self { dir, genesis, .. } = self;
        drop(self.storage);
        let history = History::open(dir.path(), genesis);
        (dir, history)
    }

    fn replay(self, signatures: bool) -> Replayed {
        let (_dir, history) = self.stop();
        let history = history.unwrap();
        let range = Range::new(Height(1), None, history.executed()).unwrap();
        replay(&history, range, signatures, |_| {}).unwrap()
    }
}

/// Two blocks: lane 0 brings two batches and lane 1 one, then lane 1 brings two more.
fn two_blocks() -> Node {
    let (mut node, a, b) = (Node::new(), lane(0, 2), lane(1, 3));
    node.keep(&[&a[0], &a[1], &b[0], &b[1], &b[2]]);
    let first = node.block(&[&a[1], &b[0]]);
    node.execute(&first, &[&a[0], &b[0], &a[1]]);
    let second = node.block(&[&a[1], &b[2]]);
    node.execute(&second, &[&b[1], &b[2]]);
    node
}

/// The one thing that differs, with what is said of it.
fn only(differences: &Differences) -> (Item, u64, String) {
    assert_eq!(differences.count, 1, "{differences:?}");
    let first = &differences.first[0];
    (first.place.item, first.place.height.0, first.stored.clone().or(first.replayed.clone()).unwrap())
}

#[test]
fn blocks_are_executed_by_rounds_of_what_their_cuts_add() {
    let (_dir, history) = two_blocks().stop();
    let history = history.unwrap();
    let place = |batch: &VerifiedBatch| (batch.header().lane.0, batch.header().sequence.0);
    let order = history.blocks(Height(2)).map(|block| block.unwrap().batches.iter().map(place).collect());
    let order: Vec<Vec<_>> = order.collect();
    assert_eq!(order, [vec![(0, 1), (1, 1), (0, 2)], vec![(1, 2), (1, 3)]]);
    let replayed = two_blocks().replay(false);
    assert_eq!(replayed.differences, Differences::default());
    let Replayed { blocks, transactions, entries, certified, .. } = replayed;
    assert_eq!((blocks, transactions, entries, certified), (2, 5, 5, 0));
    assert!(replayed.records.unwrap() > 0);
}

#[test]
fn a_result_of_another_order_is_found() {
    let (mut node, a, b) = (Node::new(), lane(0, 2), lane(1, 1));
    node.keep(&[&a[0], &a[1], &b[0]]);
    let block = node.block(&[&a[1], &b[0]]);
    node.execute(&block, &[&a[0], &a[1], &b[0]]);
    let differences = node.replay(false).differences;
    assert!(differences.first.iter().any(|first| first.field == "transaction"), "{differences:?}");
    assert_eq!(differences.decisions, 0, "each was decided as before, at another place");
}

#[test]
fn signatures_are_checked_when_asked_for_and_certificates_always() {
    let differences = two_blocks().replay(true).differences;
    assert_eq!(differences.count, 5);
    assert!(differences.first.iter().all(|first| first.place.item == Item::Batch), "{differences:?}");
    let mut node = Node::new();
    let block = node.block(&[]);
    let outcome = node.execute(&block, &[]);
    node.write(Write::Settlement(SettlementCertificate { outcome, signatures: Vec::new() }));
    let replayed = node.replay(false);
    assert_eq!((only(&replayed.differences).0, replayed.certified), (Item::Certificate, 0));
}

#[test]
fn a_history_that_does_not_hang_together_ends_where_it_breaks() {
    let break_off = |change: &dyn Fn(&mut Node, &mut Block, &[Batch])| {
        let (mut node, more) = (two_blocks(), lane(2, 2));
        let mut block = node.block(&[&lane(0, 2)[1], &lane(1, 3)[2], &more[1]]);
        change(&mut node, &mut block, &more);
        node.execute(&block, &[&more[0], &more[1]]);
        let replayed = node.replay(false);
        assert_eq!((replayed.blocks, replayed.records), (2, None));
        only(&replayed.differences)
    };
    let (item, height, text) = break_off(&|node, _, more| node.keep(&[&more[1]]));
    assert_eq!((item, height), (Item::History, 3));
    assert!(text.starts_with("batch 1 of lane 2"), "{text}");
    let (item, _, text) = break_off(&|node, block, more| {
        node.keep(&[&more[0], &more[1]]);
        block.parent = Digest([3; 32]);
    });
    assert!(item == Item::History && text.contains("names the parent 0303"), "{text}");
    let (item, _, text) = break_off(&|node, block, more| {
        let forked = batch(2, 1, Digest([4; 32]));
        let second = batch(2, 2, forked.header.digest());
        node.keep(&[&more[0], &forked, &second]);
        block.cut[2].digest = second.header.digest();
    });
    assert!(item == Item::History && text.contains("does not follow"), "{text}");
}

#[test]
fn a_node_that_began_with_a_snapshot_says_what_it_cannot_show() {
    let mut node = two_blocks();
    let block = Block { height: Height(7), ..node.block(&[]) };
    let outcome = Outcome {
        epoch: Epoch(0),
        height: block.height,
        block: block.digest(),
        receipts: Digest([1; 32]),
        entries: 0,
        state: Digest([2; 32]),
    };
    let certificate = SettlementCertificate { outcome, signatures: Vec::new() };
    node.write(Write::Restored(Box::new(Restored { block, certificate, records: Vec::new() })));
    let (_dir, history) = node.stop();
    let error = history.unwrap_err();
    assert!(matches!(error, AuditError::NotHeld { snapshot: Height(7), .. }), "{error}");
    assert!(error.to_string().contains("it does not hold blocks 1 to 7"), "{error}");
}
