//! Opening: the right database, by one process, once.

use std::sync::Arc;

use corridor_crypto::Digest;
use corridor_types::persist::{Store as _, Write};
use corridor_types::*;
use rocksdb::DB;

use super::fixtures::*;
use crate::{MAX_EVIDENCE, OpenError, SCHEMA, Storage, StoreError};

#[test]
fn a_new_database_is_empty_and_stays_so() {
    let directory = tempfile::tempdir().unwrap();
    let expected = persist::Recovered { oldest: Height(1), ..persist::Recovered::default() };
    for _ in 0..2 {
        let storage = open(&directory.path().join("deep/below"));
        assert_eq!(format!("{:?}", storage.recover().unwrap()), format!("{expected:?}"));
        assert_eq!(storage.records().unwrap(), []);
    }
}

#[test]
fn another_chains_database_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()));
    let error = Storage::open(directory.path(), Digest([8; 32]), options()).unwrap_err();
    assert!(matches!(&error, OpenError::OtherChain { got, .. } if *got == GENESIS), "{error}");
    assert!(error.to_string().contains(&directory.path().display().to_string()));
}

#[test]
fn a_second_opener_is_refused_until_the_first_and_its_readers_are_gone() {
    let directory = tempfile::tempdir().unwrap();
    let storage = open(directory.path());
    let reader = storage.reader();
    let again = || Storage::open(directory.path(), GENESIS, options());
    assert!(matches!(again(), Err(OpenError::Locked { .. })));
    drop(storage);
    assert!(matches!(again(), Err(OpenError::Locked { .. })), "a reader keeps it open");
    drop(reader);
    assert!(again().is_ok());
}

#[test]
fn a_newer_schema_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let storage = open(directory.path());
    let reader = storage.reader();
    let meta = reader.database.column(crate::column::Column::Meta).unwrap();
    reader.database.db.put_cf(meta, b"schema", (SCHEMA + 1).to_bytes()).unwrap();
    drop((reader, storage));
    let error = Storage::open(directory.path(), GENESIS, options()).unwrap_err();
    assert!(matches!(&error, OpenError::NewerSchema { got, .. } if *got == (SCHEMA + 1).to_string()), "{error}");
}

#[test]
fn an_older_schema_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let storage = open(directory.path());
    let reader = storage.reader();
    let meta = reader.database.column(crate::column::Column::Meta).unwrap();
    reader.database.db.put_cf(meta, b"schema", (SCHEMA - 1).to_bytes()).unwrap();
    drop((reader, storage));
    let error = Storage::open(directory.path(), GENESIS, options()).unwrap_err();
    assert!(matches!(&error, OpenError::OlderSchema { got, .. } if *got == SCHEMA - 1), "{error}");
}

#[test]
fn a_database_without_its_pointer_is_refused_and_never_replaced_by_an_empty_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 1);
    drop(storage);
    let (current, aside) = (directory.path().join("CURRENT"), directory.path().join("aside"));
    std::fs::rename(&current, &aside).unwrap();
    let error = Storage::open(directory.path(), GENESIS, options()).unwrap_err();
    assert!(error.to_string().contains("CURRENT"), "{error}");
    std::fs::rename(&aside, &current).unwrap();
    assert_eq!(open(directory.path()).reader().heights().settled, Height(1), "nothing was deleted");
}

#[test]
fn a_column_family_of_a_later_program_is_refused_by_name() {
    let directory = tempfile::tempdir().unwrap();
    let options_of = options();
    drop(open(directory.path()));
    let mut db = DB::open_cf_descriptors(&options_of.database(), directory.path(), options_of.columns()).unwrap();
    db.create_cf("licences", &rocksdb::Options::default()).unwrap();
    drop(db);
    let error = Storage::open(directory.path(), GENESIS, options()).unwrap_err();
    assert!(matches!(&error, OpenError::NewerSchema { got, .. } if got == "licences"), "{error}");
}

#[test]
fn a_database_with_content_and_no_identity_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 1);
    let reader = storage.reader();
    let meta = reader.database.column(crate::column::Column::Meta).unwrap();
    reader.database.db.delete_cf(meta, b"genesis").unwrap();
    reader.database.db.delete_cf(meta, b"schema").unwrap();
    drop((reader, storage));
    assert!(matches!(Storage::open(directory.path(), GENESIS, options()), Err(OpenError::Damaged { .. })));
}

#[test]
fn a_contradiction_is_refused_whole_and_ends_the_storage() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 2);
    let before = everything(&storage, 3).unwrap();
    let other = Write::Finalized { block: block_at(1, 17), finalization: None };
    let error = storage.write(&[Write::Evidence(evidence(77)), other]).unwrap_err();
    assert!(matches!(error, StoreError::Contradiction { height: Height(1), .. }), "{error}");
    assert_eq!(everything(&storage, 3).unwrap(), before);
    assert!(matches!(storage.write(&[finalized(3, true)]), Err(StoreError::Poisoned)));
    drop(storage);
    let mut storage = open(directory.path());
    let mut other = executed(2);
    other.outcome.state = Digest([1; 32]);
    assert!(storage.write(&[Write::Executed(Arc::new(other))]).is_err());
    drop(storage);
    let mut storage = open(directory.path());
    let again = [finalized(2, false), Write::Executed(Arc::new(executed(2)))];
    storage.write(&again).unwrap();
    assert_eq!(everything(&storage, 3).unwrap(), before, "the same again changes nothing");
}

#[test]
fn nothing_to_write_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    fill(&mut storage, 1);
    let reader = storage.reader();
    let sequence = || reader.database.db.latest_sequence_number();
    let before = sequence();
    storage.write(&[]).unwrap();
    storage.write(&[Write::PrunePending { below: View(1) }, Write::Evidence(evidence(1))]).unwrap();
    assert_eq!(sequence(), before);
}

#[test]
fn evidence_is_bounded() {
    let directory = tempfile::tempdir().unwrap();
    let mut storage = open(directory.path());
    let flood: Vec<_> = (0..MAX_EVIDENCE as u64 + 100).map(|n| Write::Evidence(evidence(n))).collect();
    storage.write(&flood).unwrap();
    drop(storage);
    let mut storage = open(directory.path());
    storage.write(&flood).unwrap();
    assert_eq!(storage.reader().evidence().unwrap().len(), MAX_EVIDENCE);
}
