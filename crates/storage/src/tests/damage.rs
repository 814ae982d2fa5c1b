//! Flipped bits and cut logs: an error, or the state after some earlier write; never other data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use corridor_types::persist::{Store as _, Write};

use super::fixtures::*;
use crate::Storage;

const HEIGHTS: u64 = 3;

/// A crash image with everything in the log, and every state that led to it.
fn logged(directory: &Path) -> BTreeSet<String> {
    let source = tempfile::tempdir().unwrap();
    let mut storage = open(source.path());
    let mut states = BTreeSet::from([everything(&storage, HEIGHTS).unwrap()]);
    for write in whole_life() {
        storage.write(&write).unwrap();
        states.insert(everything(&storage, HEIGHTS).unwrap());
    }
    copy(source.path(), directory);
    states
}

/// Some heights, a change of validators, a snapshot, and a height after it.
fn whole_life() -> Vec<Vec<Write>> {
    let mut life: Vec<_> = (1..=HEIGHTS).flat_map(life_of).collect();
    life.push(vec![Write::Handover(Box::new(handover(102))), Write::Seal(seal(102, 1))]);
    life.push(vec![Write::Restored(Box::new(restored(105)))]);
    life.push(vec![finalized(106, true), Write::Executed(Arc::new(executed(106)))]);
    life
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
    assert!(refused * 20 >= tried * 19, "{refused} of {tried} flips in the log were refused");
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

/// Where records of the log begin; none is longer than a block in this test.
fn records_of(log: &[u8]) -> Vec<usize> {
    let (mut starts, mut position) = (Vec::new(), 0);
    while position + 7 <= log.len() {
        let left = 32_768 - position % 32_768;
        if left < 7 {
            position += left;
            continue;
        }
        starts.push(position);
        position += 7 + usize::from(u16::from_le_bytes([log[position + 4], log[position + 5]]));
    }
    starts
}

#[test]
fn a_damaged_length_in_the_log_loses_the_last_write_at_most() {
    let image = tempfile::tempdir().unwrap();
    logged(image.path());
    let before_last = tempfile::tempdir().unwrap();
    let mut storage = open(before_last.path());
    let life = whole_life();
    life[..life.len() - 1].iter().for_each(|write| storage.write(write).unwrap());
    let mut allowed = BTreeSet::from([everything(&storage, HEIGHTS).unwrap()]);
    storage.write(&life[life.len() - 1]).unwrap();
    allowed.insert(everything(&storage, HEIGHTS).unwrap());
    for file in files(image.path(), ".log") {
        let good = std::fs::read(&file).unwrap();
        let starts = records_of(&good);
        assert!(starts.len() >= life.len(), "{} records", starts.len());
        let (mut refused, last_ones) = (0, starts.len().saturating_sub(14));
        for start in &starts[last_ones..] {
            // The highest bit of the length reaches behind the block, a lower one often behind the end.
            for (byte, bit) in [(5, 7), (5, 5), (4, 6)] {
                let mut bad = good.clone();
                bad[start + byte] ^= 1 << bit;
                let what = format!("length at {start} of {}", good.len());
                refused += usize::from(refused_or_known(image.path(), &file, &bad, &allowed, &what));
            }
        }
        assert!(refused >= 13 * 3, "{refused}");
    }
}

#[test]
fn damage_to_the_files_about_files_is_refused_or_changes_nothing() {
    let image = tempfile::tempdir().unwrap();
    let state = flushed(image.path());
    for (ending, count) in [("CURRENT", 16), ("MANIFEST", 12), ("OPTIONS", 8), ("IDENTITY", 4), ("corridor.lock", 1)] {
        flip(image.path(), ending, count, &state);
        for file in files(image.path(), ending) {
            let good = std::fs::read(&file).unwrap();
            for length in [0, good.len() / 2, good.len().saturating_sub(1)] {
                let what = format!("{ending} cut to {length}");
                refused_or_known(image.path(), &file, &good[..length], &state, &what);
            }
        }
    }
}

#[test]
fn a_missing_or_cut_file_is_refused_or_changes_nothing() {
    let image = tempfile::tempdir().unwrap();
    let states = flushed(image.path());
    for ending in [".sst", ".blob", "MANIFEST", "CURRENT", "OPTIONS", "IDENTITY", "corridor.lock"] {
        let is_data = [".sst", ".blob", "MANIFEST", "CURRENT"].contains(&ending);
        for file in files(image.path(), ending).into_iter().take(4) {
            let directory = tempfile::tempdir().unwrap();
            copy(image.path(), directory.path());
            std::fs::remove_file(directory.path().join(file.file_name().unwrap())).unwrap();
            let opened = Storage::open(directory.path(), GENESIS, options());
            let state = opened.map_err(|error| error.to_string());
            let state = state.and_then(|s| everything(&s, HEIGHTS).map_err(|error| error.to_string()));
            match state {
                Ok(state) => assert!(!is_data && states.contains(&state), "{} is missing", file.display()),
                Err(error) => assert!(is_data, "{} is missing: {error}", file.display()),
            }
            let good = std::fs::read(&file).unwrap();
            let (half, what) = (&good[..good.len() / 2], format!("{} cut", file.display()));
            let refused = refused_or_known(image.path(), &file, half, &states, &what);
            assert!(refused || !is_data, "{what}: accepted");
        }
    }
}

#[test]
fn a_crash_between_any_two_writes_leaves_all_that_was_written() {
    let source = tempfile::tempdir().unwrap();
    let mut storage = open(source.path());
    for (number, write) in whole_life().iter().enumerate() {
        storage.write(write).unwrap();
        if number == 8 {
            // From here on the image has table files, also of what a snapshot replaces later.
            let reader = storage.reader();
            let columns = crate::column::Column::ALL.map(|column| reader.database.column(column).unwrap());
            columns.iter().for_each(|column| reader.database.db.flush_cf(*column).unwrap());
        }
        let image = tempfile::tempdir().unwrap();
        copy(source.path(), image.path());
        assert_eq!(everything(&open(image.path()), HEIGHTS).unwrap(), everything(&storage, HEIGHTS).unwrap());
    }
}
