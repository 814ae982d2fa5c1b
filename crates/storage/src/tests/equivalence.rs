//! The database against the plain model, over random lives with restarts.

use std::sync::Arc;

use corridor_crypto::Digest;
use corridor_types::persist::{Store, Write};
use corridor_types::*;
use proptest::prelude::*;

use super::fixtures::*;
use super::model::Model;

#[derive(Debug, Clone)]
enum Step {
    Write(Vec<Choice>),
    Restart,
}

/// A write that fits whatever was written before.
#[derive(Debug, Clone)]
enum Choice {
    Batch(u32, u64),
    Draft(u64),
    PendingBlock(u64),
    PendingCertificate(u64, u8),
    FinalizeNext(bool),
    Prune(u64),
    ExecuteNext,
    Settle(u64),
    Evidence(u64),
    /// The proof of the last boundary, by this many stubs.
    Seal(u64),
    Handover(u64),
    /// A snapshot this many heights above the finalized one.
    Restore(u64),
}

fn any_step() -> impl Strategy<Value = Step> {
    let choice = prop_oneof![
        3 => (1..4u32, 1..8u64).prop_map(|(lane, sequence)| Choice::Batch(lane, sequence)),
        1 => (1..4u64).prop_map(Choice::Draft),
        2 => (1..20u64).prop_map(Choice::PendingBlock),
        3 => (1..20u64, 0..3u8).prop_map(|(view, kind)| Choice::PendingCertificate(view, kind)),
        3 => any::<bool>().prop_map(Choice::FinalizeNext),
        1 => (1..20u64).prop_map(Choice::Prune),
        3 => Just(Choice::ExecuteNext),
        3 => (1..8u64).prop_map(Choice::Settle),
        1 => (1..4u64).prop_map(Choice::Evidence),
        2 => (0..3u64).prop_map(Choice::Seal),
        1 => (0..4u64).prop_map(Choice::Handover),
        1 => (1..4u64).prop_map(Choice::Restore),
    ];
    prop_oneof![
        8 => prop::collection::vec(choice, 1..6).prop_map(Step::Write),
        1 => Just(Step::Restart),
    ]
}

/// Makes writes of choices; heights follow each other, from a first one on.
struct Maker {
    /// What the heights of free choices are counted from.
    base: u64,
    finalized: u64,
    executed: u64,
}

impl Maker {
    fn make(&mut self, choice: &Choice) -> Option<Write> {
        Some(match *choice {
            Choice::Batch(lane, sequence) => Write::Batch(Arc::new(batch(lane, sequence))),
            Choice::Draft(sequence) => Write::Draft(draft(sequence)),
            Choice::PendingBlock(view) => Write::PendingBlock(block_at(self.base + view / 2 + 1, 2 * self.base + view)),
            Choice::PendingCertificate(view, kind) => {
                let block = Digest([view as u8; 32]);
                let kinds = [VoteKind::Notarize { block }, VoteKind::Nullify, VoteKind::Finalize { block }];
                Write::PendingCertificate(certificate(2 * self.base + view, kinds[usize::from(kind)]))
            }
            Choice::FinalizeNext(own) => {
                self.finalized += 1;
                finalized(self.finalized, own)
            }
            Choice::Prune(view) => Write::PrunePending { below: View(2 * self.base + view) },
            Choice::ExecuteNext if self.executed < self.finalized => {
                self.executed += 1;
                Write::Executed(Arc::new(executed(self.executed)))
            }
            Choice::ExecuteNext => return None,
            Choice::Settle(height) => Write::Settlement(settlement(self.base + height)),
            Choice::Evidence(n) => Write::Evidence(evidence(n)),
            Choice::Seal(stubs) => Write::Seal(seal((self.finalized / 3 * 3).max(3), stubs)),
            Choice::Handover(n) => Write::Handover(Box::new(handover(102 + 3 * n))),
            Choice::Restore(above) => {
                self.finalized += above;
                self.executed = self.finalized;
                Write::Restored(Box::new(restored(self.finalized)))
            }
        })
    }
}

fn requests(base: u64) -> impl Iterator<Item = Request> {
    let blocks = (1..20).map(move |height| Request::Blocks { from: Height(base + height) });
    let settlements = (1..9).map(move |height| Request::Settlements { from: Height(base + height) });
    let certificates = (1..20).map(move |view| Request::Certificates { from: View(2 * base + view) });
    let handovers = (0..5).map(|epoch| Request::Handovers { from: Epoch(epoch) });
    let names = (1..9).map(move |height| Request::Block { digest: block(base + height).digest() });
    let pending = (1..20).map(move |view| block_at(base + view / 2 + 1, 2 * base + view).digest());
    let pending = pending.map(|digest| Request::Block { digest });
    let batches = (1..4)
        .flat_map(|lane| (1..9).map(move |sequence| batch(lane, sequence).header))
        .flat_map(|header| [0, header.sequence.0 - 1, 3].map(|above| (header, Sequence(above))))
        .map(|(header, above)| Request::Batches {
            lane: header.lane,
            sequence: header.sequence,
            digest: header.digest(),
            above,
        });
    blocks.chain(settlements).chain(handovers).chain(certificates).chain(names).chain(pending).chain(batches)
}

fn assert_same(storage: &impl Store, model: &Model, base: u64) {
    assert_eq!(format!("{:?}", storage.recover().unwrap()), format!("{:?}", model.recover().unwrap()));
    assert_eq!(storage.records().unwrap(), model.records().unwrap());
    for request in requests(base) {
        assert_eq!(storage.answer(&request).unwrap(), model.answer(&request).unwrap(), "{request:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 200, ..ProptestConfig::default() })]
    #[test]
    fn the_database_equals_the_model(
        // From genesis, in one epoch; or from a snapshot, through epochs of three blocks.
        base in prop_oneof![Just(0), Just(100u64)],
        steps in prop::collection::vec(any_step(), 1..25),
    ) {
        let directory = tempfile::tempdir().unwrap();
        let (mut storage, mut model) = (open(directory.path()), Model::default());
        let mut maker = Maker { base, finalized: base, executed: base };
        if base > 0 {
            let begin = [Write::Restored(Box::new(restored(base)))];
            storage.write(&begin).unwrap();
            model.write(&begin).unwrap();
        }
        for step in &steps {
            match step {
                Step::Write(choices) => {
                    let writes: Vec<_> = choices.iter().filter_map(|choice| maker.make(choice)).collect();
                    storage.write(&writes).unwrap();
                    model.write(&writes).unwrap();
                }
                Step::Restart => {
                    drop(storage);
                    storage = open(directory.path());
                }
            }
        }
        assert_same(&storage, &model, base);
        drop(storage);
        assert_same(&open(directory.path()), &model, base);
    }
}

#[test]
fn a_crash_image_of_a_living_database_holds_everything_written() {
    let (directory, image) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut storage = open(directory.path());
    fill(&mut storage, 5);
    // The derived index is in memory only; the image lacks it until it is opened.
    copy(directory.path(), image.path());
    assert_eq!(everything(&open(image.path()), 6).unwrap(), everything(&storage, 6).unwrap());
}

#[test]
fn the_derived_index_is_completed_from_where_it_was_flushed() {
    let (directory, image) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut storage = open(directory.path());
    for height in 1..=5 {
        life_of(height).iter().for_each(|write| storage.write(write).unwrap());
        if height == 2 {
            let database = storage.reader().database;
            database.db.flush_cf(database.column(crate::column::Column::References).unwrap()).unwrap();
        }
    }
    copy(directory.path(), image.path());
    assert_eq!(everything(&open(image.path()), 6).unwrap(), everything(&storage, 6).unwrap());
}
