//! Record files and key files on a real disk.

use std::fs;

use corridor_types::View;

use super::fixtures::*;
use crate::keyfile::{self, KeyFileError};
use crate::{DiskFile, MemoryDisk, OpenError, Signer};

fn open_disk(file: DiskFile) -> Signer<DiskFile> {
    entered(Signer::open(file, context(), key(1)).unwrap())
}

#[test]
fn a_record_on_disk_is_found_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.record");
    let mut signer = open_disk(DiskFile::create(&path).unwrap());
    let signed = signer.sign_all(vec![notarize(1, 1), nullify(2)]).unwrap();
    drop(signer);
    let mut signer = open_disk(DiskFile::open(&path).unwrap());
    assert_eq!(signer.votes_above(View(0)), signed.into_iter().map(Result::unwrap).collect::<Vec<_>>());
    signer.compact_above(0);
    signer.prune(View(2), corridor_types::Height(0)).unwrap();
    signer.sign_all(vec![notarize(3, 1)]).unwrap();
    drop(signer);
    assert_eq!(open_disk(DiskFile::open(&path).unwrap()).votes_above(View(0)).len(), 2);
    assert!(!directory.path().join("signing.record.new").exists());
}

#[test]
fn the_disk_and_the_memory_write_the_same_bytes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.record");
    let memory = MemoryDisk::new();
    let requests = || vec![notarize(1, 1), proposal(2, 1), batch(1, 0)];
    open_disk(DiskFile::create(&path).unwrap()).sign_all(requests()).unwrap();
    open(&memory).sign_all(requests()).unwrap();
    assert_eq!(Some(fs::read(&path).unwrap()), memory.bytes());
}

#[test]
fn a_second_opener_is_refused_while_the_first_lives() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.record");
    let first = open_disk(DiskFile::create(&path).unwrap());
    assert!(matches!(DiskFile::open(&path), Err(OpenError::Locked { .. })));
    assert!(matches!(DiskFile::create(&path), Err(OpenError::Locked { .. })));
    drop(first);
    assert!(DiskFile::open(&path).is_ok());
    let memory = MemoryDisk::new();
    let held = memory.open();
    assert!(held.is_some() && memory.open().is_none());
}

#[test]
fn missing_and_existing_records_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.record");
    assert!(matches!(DiskFile::open(&path), Err(OpenError::Missing { .. })));
    drop(open_disk(DiskFile::create(&path).unwrap()));
    assert!(matches!(DiskFile::create(&path), Err(OpenError::Exists { .. })));
}

#[test]
fn a_left_over_of_a_crash_during_compaction_is_ignored() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("signing.record");
    open_disk(DiskFile::create(&path).unwrap()).sign_all(vec![nullify(1)]).unwrap();
    fs::write(directory.path().join("signing.record.new"), b"half").unwrap();
    assert_eq!(open_disk(DiskFile::open(&path).unwrap()).votes_above(View(0)).len(), 1);
}

#[test]
fn a_key_file_holds_the_key_and_only_for_its_role() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("consensus.key");
    let key = keyfile::generate().unwrap();
    assert_ne!(key.public_key(), keyfile::generate().unwrap().public_key());
    keyfile::write(&path, "consensus", &key).unwrap();
    assert_eq!(keyfile::read(&path, "consensus").unwrap().public_key(), key.public_key());
    assert!(matches!(keyfile::read(&path, "network"), Err(KeyFileError::OtherRole { got, .. }) if got == "consensus"));
    assert!(matches!(keyfile::write(&path, "consensus", &key), Err(KeyFileError::Io { .. })), "overwritten");
    assert!(matches!(keyfile::write(&path, "two words", &key), Err(KeyFileError::Malformed { .. })));
}

#[cfg(unix)]
#[test]
fn a_key_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("consensus.key");
    keyfile::write(&path, "consensus", &key(1)).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    for mode in [0o640, 0o604, 0o620, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let error = keyfile::read(&path, "consensus").unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    assert!(keyfile::read(&path, "consensus").is_ok());
}

#[test]
fn changed_key_files_are_refused_and_the_seed_is_never_shown() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("consensus.key");
    keyfile::write(&path, "consensus", &key(1)).unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let seed = hex::encode([2; 32]);
    assert!(good.contains(&seed));
    for bad in [
        good.replace("seed 02", "seed 03"),
        good.replace("seed 02", "seed 0"),
        good.replace("key 1", "key 2"),
        good.replace("role consensus", "role"),
        good.replace("public", "publik"),
        good.clone() + "more\n",
        good.trim_end().to_owned(),
        String::new(),
    ] {
        fs::write(&path, &bad).unwrap();
        let error = keyfile::read(&path, "consensus").unwrap_err();
        assert!(matches!(error, KeyFileError::Malformed { .. } | KeyFileError::KeyMismatch { .. }), "{bad}");
        assert!(!format!("{error} {error:?}").contains(&seed[2..]), "{error}");
    }
}
