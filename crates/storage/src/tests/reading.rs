//! What the API reads.

use std::sync::Arc;

use corridor_crypto::{Digest, merkle};
use corridor_types::persist::{Store as _, Table, Write};
use corridor_types::*;

use super::fixtures::*;
use crate::{CHUNK, MAX_HISTORY, Reader, StoreError};

#[test]
fn long_blocks_are_read_element_by_element_across_chunks() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let big = executed_with(2, 2 * CHUNK as u64 + 7, 3);
    storage.write(&[finalized(1, true), finalized(2, true), Write::Executed(Arc::new(big.clone()))]).unwrap();
    let reader = storage.reader();
    assert_eq!(reader.entries(Height(2)).unwrap(), big.entries);
    assert_eq!(reader.payments(Height(2)).unwrap(), big.payments);
    for position in [0, 2, 3, CHUNK - 1, CHUNK, 2 * CHUNK, big.entries.len() - 1] {
        assert_eq!(reader.entry(Height(2), position as u32).unwrap().as_ref(), big.entries.get(position));
    }
    assert_eq!(reader.entry(Height(2), big.entries.len() as u32).unwrap(), None);
    for payment in &big.payments {
        assert_eq!(reader.payment(&payment.uetr).unwrap().as_ref(), Some(payment));
    }
}

#[test]
fn a_payment_has_its_history_over_several_blocks() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 3);
    let reader = storage.reader();
    let history = reader.history(&uetr(1, 2)).unwrap();
    let seen: Vec<_> = history.iter().map(|entry| (entry.height.0, entry.kind, entry.status)).collect();
    let expected = [
        (1, EntryKind::Pay, Some(PaymentStatus::AwaitingAttestation)),
        (2, EntryKind::Attest, Some(PaymentStatus::Settled)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(reader.payment(&uetr(1, 2)).unwrap(), Some(payment(1, 2)));
    assert_eq!(reader.history(&uetr(9, 9)).unwrap(), []);
    assert_eq!(reader.payment(&uetr(9, 9)).unwrap(), None);
    assert_eq!(reader.receipt(&uetr(9, 9)).unwrap(), None);
}

#[test]
fn a_long_history_gives_its_newest_part() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let mut block = executed_with(1, 1, 0);
    let repeat = |position| entry(1, position, EntryKind::Pay, &payment(1, 0), PaymentStatus::AwaitingAttestation);
    block.entries = (0..MAX_HISTORY + 50).map(repeat).collect();
    storage.write(&[finalized(1, true), Write::Executed(Arc::new(block))]).unwrap();
    let history = storage.reader().history(&uetr(1, 0)).unwrap();
    assert_eq!((history.len(), history[0].position), (MAX_HISTORY, 50));
    assert_eq!(storage.reader().payment(&uetr(1, 0)).unwrap(), Some(payment(1, 0)));
}

fn assert_proves(reader: &Reader, receipt: &Receipt) {
    let outcome = reader.outcome(receipt.entry.height).unwrap().unwrap();
    let (leaf, position) = (receipt.entry.leaf(), u64::from(receipt.entry.position));
    merkle::verify_inclusion(&leaf, position, outcome.entries, &receipt.path, &outcome.receipts).unwrap();
    assert_eq!((receipt.genesis, receipt.certificate.outcome), (GENESIS, outcome));
    assert_eq!(receipt.payment.as_ref().map(Payment::content), Some(receipt.entry.content));
}

#[test]
fn a_receipt_exists_from_the_settlement_certificate_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 2);
    storage.write(&[finalized(3, true), Write::Executed(Arc::new(executed(3)))]).unwrap();
    let reader = storage.reader();
    let receipt = reader.receipt(&uetr(1, 1)).unwrap().unwrap();
    assert_eq!((receipt.entry.height, receipt.entry.kind), (Height(2), EntryKind::Attest));
    assert_proves(&reader, &receipt);
    let first = reader.receipt_at(Height(1), 1).unwrap().unwrap();
    assert_eq!(first.entry.kind, EntryKind::Pay);
    assert_proves(&reader, &first);
    // Executed, but not yet certified.
    assert_eq!(reader.receipt(&uetr(3, 0)).unwrap(), None);
    storage.write(&[Write::Settlement(settlement(3))]).unwrap();
    assert_proves(&reader, &reader.receipt(&uetr(3, 0)).unwrap().unwrap());
}

/// A block in which entries about one payment follow on each other, certified.
fn history_of(entries: &[(EntryKind, Option<PaymentStatus>)]) -> (tempfile::TempDir, Reader) {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let mut block = executed_with(1, 1, 0);
    let one = |(position, (kind, status)): (usize, &(EntryKind, Option<PaymentStatus>))| {
        let entry = entry(1, position, *kind, &payment(1, 0), PaymentStatus::Held);
        Entry { status: *status, ..entry }
    };
    block.entries = entries.iter().enumerate().map(one).collect();
    let leaves: Vec<_> = block.entries.iter().map(Entry::leaf).collect();
    (block.outcome.receipts, block.outcome.entries) = (merkle::root(&leaves), leaves.len() as u64);
    let settled = Write::Settlement(settlement_of(&block));
    storage.write(&[finalized(1, true), Write::Executed(Arc::new(block)), settled]).unwrap();
    (directory, storage.reader())
}

#[test]
fn a_receipt_is_of_the_entry_with_which_the_newest_status_began() {
    use EntryKind::{Attest, Hold, Pay, Release};
    let (awaits, held) = (Some(PaymentStatus::AwaitingAttestation), Some(PaymentStatus::Held));
    let check = |entries: &[(EntryKind, Option<PaymentStatus>)], expected: u32| {
        let (_directory, reader) = history_of(entries);
        let receipt = reader.receipt(&uetr(1, 0)).unwrap().unwrap();
        assert_eq!(receipt.entry.position, expected, "{entries:?}");
        assert_proves(&reader, &receipt);
        let first = reader.receipt_at(Height(1), 0).unwrap().unwrap();
        assert_proves(&reader, &first);
    };
    check(&[(Pay, awaits)], 0);
    check(&[(Pay, awaits), (Pay, awaits), (Attest, awaits)], 0);
    check(&[(Pay, awaits), (Hold, held)], 1);
    check(&[(Pay, awaits), (Hold, held), (Attest, held), (Release, awaits)], 3);
    check(&[(Pay, awaits), (Hold, held), (Release, awaits), (Pay, awaits), (Pay, None)], 2);
    check(&[(Pay, awaits), (Hold, held), (Pay, None), (Hold, held)], 1);
}

#[test]
fn a_proposals_enactment_is_found_behind_what_repeats_the_proposal() {
    use EntryKind::{Enact, Propose};
    let (_directory, reader) = history_of(&[(Propose, None), (Propose, None), (Enact, None), (Propose, None)]);
    assert_eq!(reader.enactment(&uetr(1, 0)).unwrap(), Some((Height(1), 2)));
    let (_directory, reader) = history_of(&[(Propose, None)]);
    assert_eq!(reader.enactment(&uetr(1, 0)).unwrap(), None);
}

#[test]
fn a_strangers_entry_never_stands_in_for_the_payments_own() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let mut block = executed_with(1, 1, 0);
    let mut stranger = block.entries[0].clone();
    (stranger.position, stranger.content, stranger.status) = (1, Digest([6; 32]), None);
    stranger.code = Code::DuplicateReference;
    block.entries.push(stranger);
    let leaves: Vec<_> = block.entries.iter().map(Entry::leaf).collect();
    (block.outcome.receipts, block.outcome.entries) = (merkle::root(&leaves), 2);
    let settled = Write::Settlement(settlement_of(&block));
    storage.write(&[finalized(1, true), Write::Executed(Arc::new(block)), settled]).unwrap();
    let reader = storage.reader();
    assert_eq!(reader.receipt(&uetr(1, 0)).unwrap().unwrap().entry.position, 0);
    let other = reader.receipt_at(Height(1), 1).unwrap().unwrap();
    assert_eq!((other.entry.code, other.payment), (Code::DuplicateReference, None));
}

#[test]
fn a_receipt_is_never_made_of_entries_that_were_not_certified() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let mut other = settlement(1);
    other.outcome.receipts = Digest([1; 32]);
    storage.write(&[finalized(1, true), Write::Executed(Arc::new(executed(1))), Write::Settlement(other)]).unwrap();
    assert!(storage.reader().receipt(&uetr(1, 0)).is_err());
}

#[test]
fn records_are_read_page_by_page_within_their_table() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 6);
    let reader = storage.reader();
    let all: Vec<_> = storage.records().unwrap();
    for table in [1, 2, 3, 255] {
        let expected: Vec<_> = all.iter().filter(|record| record.table == Table(table)).collect();
        let (mut seen, mut after) = (Vec::new(), None::<Vec<u8>>);
        loop {
            let page = reader.records_of(Table(table), after.as_deref(), 2).unwrap();
            let Some((last, _)) = page.last() else { break };
            after = Some(last.clone());
            seen.extend(page);
        }
        assert_eq!(seen.len(), expected.len(), "table {table}");
        for ((key, value), record) in seen.iter().zip(expected) {
            assert_eq!((key, Some(value)), (&record.key, record.value.as_ref()));
            assert_eq!(reader.record(Table(table), key).unwrap().as_ref(), Some(value));
        }
    }
    assert_eq!(reader.record(Table(3), &[1]).unwrap(), None);
}

#[test]
fn readers_work_from_other_threads_while_the_writer_writes() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let reader = storage.reader();
    let watcher = std::thread::spawn(move || {
        while reader.heights().executed < Height(30) {
            let height = reader.heights().executed;
            // What a height promises can be read.
            assert!(height == Height(0) || reader.payment(&uetr(height.0, 0)).unwrap().is_some(), "at {height}");
        }
    });
    fill(&mut storage, 30);
    watcher.join().unwrap();
}

#[test]
fn what_lies_before_a_snapshot_is_not_held_rather_than_unknown() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 2);
    let begun = restored(5);
    storage.write(&[Write::Restored(Box::new(begun.clone())), finalized(6, true)]).unwrap();
    storage.write(&[Write::Executed(Arc::new(executed(6))), Write::Settlement(settlement(6))]).unwrap();
    for _ in 0..2 {
        let reader = storage.reader();
        let heights = reader.heights();
        assert_eq!((heights.oldest, heights.snapshot(), heights.settled), (Height(6), Height(5), Height(6)));
        assert_eq!(storage.recover().unwrap().oldest, Height(6));
        let before = |error: StoreError| assert!(matches!(error, StoreError::BeforeSnapshot { snapshot: Height(5) }));
        for height in [1, 4, 5].map(Height) {
            before(reader.entries(height).unwrap_err());
            before(reader.payments(height).unwrap_err());
            before(reader.entry(height, 0).unwrap_err());
            before(reader.finalization(height).unwrap_err());
        }
        before(reader.block(Height(4)).unwrap_err());
        before(reader.outcome(Height(1)).unwrap_err());
        assert_eq!(reader.block(Height(5)).unwrap(), Some(begun.block.clone()));
        assert_eq!(reader.settlement(Height(5)).unwrap(), Some(begun.certificate.clone()));
        assert_eq!(reader.block(Height(7)).unwrap(), None, "not yet is another answer");
        // Known before the snapshot, or never: it cannot be told.
        before(reader.history(&uetr(1, 0)).unwrap_err());
        before(reader.payment(&uetr(9, 9)).unwrap_err());
        before(reader.receipt(&uetr(9, 9)).unwrap_err());
        // Brought before the snapshot and attested after it.
        assert_eq!(reader.history(&uetr(5, 0)).unwrap().len(), 1);
        before(reader.payment(&uetr(5, 0)).unwrap_err());
        before(reader.receipt(&uetr(5, 0)).unwrap_err());
        assert_proves(&reader, &reader.receipt(&uetr(6, 2)).unwrap().unwrap());
        assert_eq!(storage.answer(&Request::Blocks { from: Height(5) }).unwrap(), None);
        assert_eq!(storage.answer(&Request::Settlements { from: Height(4) }).unwrap(), None);
        assert!(storage.answer(&Request::Settlements { from: Height(5) }).unwrap().is_some());
        assert!(storage.answer(&Request::Blocks { from: Height(6) }).unwrap().is_some());
        drop(reader);
        drop(storage);
        storage = open(directory.path());
    }
}

#[test]
fn a_snapshot_that_does_not_lead_on_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for n in 0..2 {
        let mut storage = open(directory.path());
        fill(&mut storage, 2);
        let mut given = restored(2 + n);
        if n == 1 {
            given.certificate = settlement(2);
        }
        let before = everything(&storage, 3).unwrap();
        let error = storage.write(&[Write::Restored(Box::new(given))]).unwrap_err();
        assert!(matches!(error, StoreError::UnfitSnapshot { .. }), "{error}");
        assert_eq!(everything(&storage, 3).unwrap(), before);
    }
}

#[test]
fn frozen_records_do_not_move_with_the_database() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    assert!(storage.reader().freeze(|_| ()).unwrap().is_none(), "nothing was executed");
    fill(&mut storage, 4);
    let (before, reader) = (storage.records().unwrap(), storage.reader());
    let (go, wait) = std::sync::mpsc::channel();
    let work = move |records: &crate::RecordsAt<'_>| {
        wait.recv().unwrap();
        let all: Vec<_> = records.records().unwrap().map(Result::unwrap).collect();
        let of = |table| records.records_of(Table(table), None).unwrap().map(Result::unwrap).collect::<Vec<_>>();
        assert_eq!([of(1), of(2), of(3), of(255)].concat(), all);
        let behind: Vec<_> = records.records_of(Table(1), Some(&[1])).unwrap().map(Result::unwrap).collect();
        assert_eq!(behind, of(1)[2..]);
        (records.height(), records.block().clone(), *records.outcome(), all)
    };
    let working = reader.freeze(work).unwrap().unwrap();
    for height in 5..=9 {
        life_of(height).iter().for_each(|write| storage.write(write).unwrap());
    }
    go.send(()).unwrap();
    assert_eq!(working.join().unwrap(), Some((Height(4), block(4), executed(4).outcome, before.clone())));
    assert_ne!(storage.records().unwrap(), before);
}

/// What this thread has computed so far; unlike the clock it does not count other work on the machine.
fn processor_time() -> std::time::Duration {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = statistics.split(' ').next().and_then(|number| number.parse().ok());
    std::time::Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// `cargo test --release -- --ignored --nocapture` prints what storing a payment costs.
#[test]
#[ignore = "a measurement"]
fn cost_of_storing_payments() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = crate::Storage::open(directory.path(), GENESIS, crate::Options::default()).unwrap();
    let (blocks, payments) = (40, 10_000);
    let mut spent = std::time::Duration::ZERO;
    for height in 1..=blocks {
        let before = if height > 1 { payments } else { 0 };
        let writes = [finalized(height, true), Write::Executed(Arc::new(executed_with(height, payments, before)))];
        let start = processor_time();
        storage.write(&writes).unwrap();
        spent += processor_time() - start;
    }
    let reader = storage.reader();
    let start = processor_time();
    for number in 0..1_000 {
        assert_eq!(reader.history(&uetr(7, number * 9)).unwrap().len(), 2);
    }
    let read = (processor_time() - start) / 1_000;
    drop((reader, storage));
    let start = std::time::Instant::now();
    drop(open(directory.path()));
    let bytes: u64 =
        std::fs::read_dir(directory.path()).unwrap().map(|file| file.unwrap().metadata().unwrap().len()).sum();
    let total = blocks * payments;
    println!("{} ns of the writing thread and {} bytes a payment", spent.as_nanos() / u128::from(total), bytes / total);
    println!("a history in {read:?}, opened in {:?}", start.elapsed());
}

#[test]
fn a_statement_is_read_by_number_and_tells_a_gap() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 4);
    let reader = storage.reader();
    let all: Vec<_> = (1..=4).flat_map(movements).collect();
    let of = |account, from: u64, limit: usize| -> Vec<Movement> {
        let mine = all.iter().filter(|line| line.account == AccountId(account) && line.number >= from);
        mine.take(limit).copied().collect()
    };
    for (account, from, limit) in
        [(1, 0, 99), (1, 1, 3), (1, 3, 2), (1, 8, 9), (1, 9, 9), (2, 1, 9), (2, 4, 1), (3, 1, 9)]
    {
        let lines = reader.statement(AccountId(account), from, limit).unwrap();
        assert_eq!(lines, of(account, from, limit), "account {account} from {from}, {limit} lines");
    }
    assert_eq!(reader.statement(AccountId(1), 1, 99).unwrap().len(), 8);
    assert_eq!(
        (reader.first_movement(AccountId(1)).unwrap(), reader.first_movement(AccountId(3)).unwrap()),
        (Some(1), None)
    );
    let mut late = executed(6);
    late.movements.retain(|line| line.account == AccountId(1));
    storage.write(&[finalized(5, true), finalized(6, true), Write::Executed(Arc::new(late))]).unwrap();
    assert!(matches!(storage.reader().statement(AccountId(1), 1, 99), Err(StoreError::Damaged { .. })));
    assert_eq!(storage.reader().statement(AccountId(1), 11, 99).unwrap().len(), 2);
}

#[test]
fn a_node_that_began_with_a_snapshot_has_lines_from_there_on() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 2);
    storage.write(&[Write::Restored(Box::new(restored(5)))]).unwrap();
    let reader = storage.reader();
    assert_eq!(reader.first_movement(AccountId(1)).unwrap(), None);
    storage.write(&[finalized(6, true), Write::Executed(Arc::new(executed(6)))]).unwrap();
    assert_eq!(reader.first_movement(AccountId(1)).unwrap(), Some(11));
    assert_eq!(reader.statement(AccountId(1), 1, 99).unwrap().len(), 2);
}
