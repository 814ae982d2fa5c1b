//! Flipped bits and cut logs: an error, or the state after some earlier write; never other data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use corridor_types::persist::Store as _;

use super::fixtures::*;
use crate::Storage;

const HEIGHTS: u64 = 3;

/// A crash image with everything in the log, and every state that led to it.
fn logged(directory: &Path) -> BTreeSet<String> {
    let source = tempfile::tempdir().unwrap();
    let mut storage = open(source.path());
    let mut states = BTreeSet::from([everything(&storage, HEIGHTS).unwrap()]);
    for write in (1..=HEIGHTS).flat_map(life_of) {
        storage.write(&write).unwrap();
        states.insert(everything(&storage, HEIGHTS).unwrap());
    }
    copy(source.path(), directory);
    states
}

/// A closed database with everything in table and blob files, and its only state.
fn flushed(directory: &Path) -> BTreeSet<String> {
    let mut storage = open(directory);
    fill(&mut storage, HEIGHTS);
    let reader = storage.reader();
    for column in crate::column::Column::ALL {
        reader.database.db.flush_cf(reader.database.column(column).unwrap()).unwrap();
    }
    BTreeSet::from([everything(&storage, HEIGHTS).unwrap()])
}

fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let all = std::fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = all.filter(|path| path.to_string_lossy().contains(ending)).collect();
    files.sort();
    assert!(!files.is_empty(), "no file {ending}");
    files
}

/// Opens a copy of `image` with one file changed, and reads everything. True if that was refused.
fn refused_or_known(image: &Path, file: &Path, bytes: &[u8], states: &BTreeSet<String>, what: &str) -> bool {
    let directory = tempfile::tempdir().unwrap();
    copy(image, directory.path());
    std::fs::write(directory.path().join(file.file_name().unwrap()), bytes).unwrap();
    let Ok(storage) = Storage::open(directory.path(), GENESIS, options()) else { return true };
    match everything(&storage, HEIGHTS) {
        Ok(state) => assert!(states.contains(&state), "{what}: a state that never was"),
        Err(_) => return true,
    }
    false
}

/// Flips one bit at `count` places of each file. Returns how many flips were refused, of how many.
fn flip(image: &Path, ending: &str, count: usize, states: &BTreeSet<String>) -> (usize, usize) {
    let (mut refused, mut tried) = (0, 0);
    for file in files(image, ending) {
        let good = std::fs::read(&file).unwrap();
        for place in 0..count.min(good.len()) {
            let position = place * good.len() / count.min(good.len());
            let mut bad = good.clone();
            bad[position] ^= 1 << (place % 8);
            let what = format!("{} at {position} of {}", file.display(), good.len());
            refused += usize::from(refused_or_known(image, &file, &bad, states, &what));
            tried += 1;
        }
    }
    (refused, tried)
}

#[test]
fn flipped_bits_in_table_and_blob_files_never_become_data() {
    let image = tempfile::tempdir().unwrap();
    let states = flushed(image.path());
    let (refused, tried) = flip(image.path(), ".sst", 4, &states);
    assert!(refused * 4 > tried, "{refused} of {tried} flips in table files were seen");
    let (refused, tried) = flip(image.path(), ".blob", 12, &states);
    assert!(refused * 4 > tried * 3, "{refused} of {tried} flips in blob files were seen");
}

#[test]
fn flipped_bits_in_the_log_never_become_data() {
    let image = tempfile::tempdir().unwrap();
    let states = logged(image.path());
    let (refused, tried) = flip(image.path(), ".log", 40, &states);
    assert!(refused * 10 >= tried * 9, "{refused} of {tried} flips in the log were refused");
    let (refused, tried) = flip(image.path(), "MANIFEST", 12, &states);
    assert!(refused * 10 >= tried * 9, "{refused} of {tried} flips in the manifest were refused");
}

#[test]
fn a_log_cut_anywhere_gives_the_state_after_an_earlier_write() {
    let image = tempfile::tempdir().unwrap();
    let states = logged(image.path());
    for file in files(image.path(), ".log") {
        let good = std::fs::read(&file).unwrap();
        for place in 0..40 {
            let length = place * good.len() / 40;
            let what = format!("cut to {length} of {}", good.len());
            assert!(!refused_or_known(image.path(), &file, &good[..length], &states, &what), "{what}: refused");
        }
    }
}
