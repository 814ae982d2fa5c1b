//! Opening for an audit: the same data, not one byte changed, and not beside a running node.

use std::collections::BTreeMap;
use std::path::Path;

use corridor_crypto::Digest;
use corridor_types::Height;

use super::fixtures::*;
use crate::{Archive, OpenError};

const HEIGHTS: u64 = 3;

fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    all.map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())).collect()
}

fn audit(path: &Path) -> Result<Archive, OpenError> {
    Archive::open(path, GENESIS, options())
}

#[test]
fn a_crash_image_and_a_closed_database_are_read_without_a_change() {
    let (source, image) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut storage = open(source.path());
    fill(&mut storage, HEIGHTS);
    copy(source.path(), image.path());
    let reader = storage.reader();
    let expected = |height| {
        let (block, outcome) = (reader.block(height).unwrap(), reader.outcome(height).unwrap());
        format!("{block:?}{outcome:?}{:?}{:?}", reader.entries(height).unwrap(), reader.payments(height).unwrap())
    };
    let expected: Vec<_> = (1..=HEIGHTS).map(|height| expected(Height(height))).collect();
    drop((reader, storage));
    for path in [image.path(), source.path()] {
        let before = files(path);
        let archive = audit(path).unwrap();
        assert_eq!(archive.heights().executed, Height(HEIGHTS));
        for (height, expected) in (1..=HEIGHTS).map(Height).zip(&expected) {
            let (block, outcome) = (archive.block(height).unwrap(), archive.outcome(height).unwrap());
            let (entries, payments) = (archive.entries(height).unwrap(), archive.payments(height).unwrap());
            assert_eq!(format!("{block:?}{outcome:?}{entries:?}{payments:?}"), *expected);
        }
        assert!(archive.records_at_head().unwrap().unwrap().records().unwrap().count() > 0);
        drop(archive);
        assert!(files(path) == before, "{} was changed", path.display());
    }
}

#[test]
fn a_running_node_a_wrong_folder_and_another_chain_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let error = audit(directory.path()).unwrap_err();
    assert!(matches!(&error, OpenError::Io { path, .. } if path.ends_with("CURRENT")), "{error}");
    assert!(files(directory.path()).is_empty());
    let storage = open(directory.path());
    assert!(matches!(audit(directory.path()), Err(OpenError::Locked { .. })));
    drop(storage);
    let archive = audit(directory.path()).unwrap();
    let again = crate::Storage::open(directory.path(), GENESIS, options());
    assert!(matches!(again, Err(OpenError::Locked { .. })), "no node starts under an audit");
    drop(archive);
    let error = Archive::open(directory.path(), Digest([8; 32]), options()).unwrap_err();
    assert!(matches!(error, OpenError::OtherChain { .. }), "{error}");
}
