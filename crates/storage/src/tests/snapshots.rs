//! Snapshots on disk: complete or not there, whatever the crash; never damaged data.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use corridor_types::persist::Store as _;
use corridor_types::*;

use super::fixtures::*;
use crate::snapshots::Operation;
use crate::{MAX_SNAPSHOTS, SnapshotError, SnapshotFolder};

fn manifest(height: u64) -> SnapshotManifest {
    SnapshotManifest { block: block(height), certificate: settlement(height), index: vec![height as u8; 64].into() }
}

/// Two chunks, told apart by height and number.
fn chunk(height: u64, number: u32) -> Vec<u8> {
    (0..40).map(|n| n ^ height as u8 ^ (number as u8) << 6).collect()
}

fn open_folder(path: &Path) -> SnapshotFolder {
    let (folder, damaged) = SnapshotFolder::open(path, GENESIS).unwrap();
    assert!(damaged.is_empty(), "{damaged:?}");
    folder
}

fn write(folder: &SnapshotFolder, height: u64) {
    let mut writing = folder.begin(Height(height)).unwrap();
    (0..2).for_each(|number| writing.add_chunk(&chunk(height, number)).unwrap());
    writing.finish(&manifest(height)).unwrap();
}

/// Reads all that is offered. The data is what was written, or an error is returned.
fn read_all(folder: &SnapshotFolder) -> Result<BTreeSet<u64>, SnapshotError> {
    let heights: BTreeSet<_> = folder.heights().into_iter().map(|height| height.0).collect();
    for height in &heights {
        assert_eq!(folder.manifest(Height(*height))?, Some(manifest(*height)));
        for number in 0..2 {
            let expected = SnapshotChunk(chunk(*height, number).into());
            assert_eq!(folder.chunk(Height(*height), number)?, Some(expected));
        }
        assert_eq!(folder.chunk(Height(*height), 2)?, None);
    }
    Ok(heights)
}

fn names(path: &Path) -> Vec<String> {
    let all = std::fs::read_dir(path).unwrap().map(|file| file.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = all.collect();
    names.sort();
    names
}

#[test]
fn the_newest_snapshots_are_kept_and_given_to_peers() {
    let directory = scratch();
    let path = directory.path().join("snapshots");
    let folder = open_folder(&path);
    assert_eq!(folder.newest(), None);
    for height in [5, 9, 13] {
        write(&folder, height);
    }
    assert_eq!(read_all(&folder).unwrap(), BTreeSet::from([9, 13]));
    assert_eq!((names(&path), MAX_SNAPSHOTS), (vec!["13".to_owned(), "9".to_owned()], 2));
    drop(folder);
    let storage = open(&directory.path().join("db"));
    let ask = |request| storage.answer(&request).unwrap();
    assert_eq!(ask(Request::Snapshot { height: Height(13) }), None, "no folder is opened");
    let folder = open_folder(&path);
    assert_eq!(folder.newest(), Some(Height(13)));
    storage.offer(folder);
    assert_eq!(ask(Request::Snapshot { height: Height(13) }), Some(Response::Snapshot { manifest: manifest(13) }));
    assert_eq!(ask(Request::Snapshot { height: Height(5) }), None);
    let bytes = SnapshotChunk(chunk(9, 1).into());
    let (height, expected) = (Height(9), Response::SnapshotChunk { height: Height(9), chunk: 1, bytes });
    assert_eq!(ask(Request::SnapshotChunk { height, chunk: 1 }), Some(expected));
    assert_eq!(ask(Request::SnapshotChunk { height, chunk: u32::MAX }), None);
}

#[test]
fn one_snapshot_is_written_at_a_time_and_within_its_limits() {
    let directory = scratch();
    let folder = open_folder(directory.path());
    write(&folder, 3);
    let refused = |height| matches!(folder.begin(Height(height)), Err(SnapshotError::Refused { .. }));
    assert!(refused(3));
    let mut writing = folder.begin(Height(4)).unwrap();
    assert!(refused(5));
    let large = vec![0; limits::MAX_SNAPSHOT_CHUNK_BYTES + 1];
    assert!(matches!(writing.add_chunk(&large), Err(SnapshotError::TooLarge { .. })));
    writing.add_chunk(&large[1..]).unwrap();
    assert!(matches!(writing.finish(&manifest(5)), Err(SnapshotError::OtherHeight { .. })));
    assert_eq!(names(directory.path()), ["3"], "what is given up is removed");
    let mut writing = folder.begin(Height(4)).unwrap();
    writing.add_chunk(&large[1..]).unwrap();
    writing.finish(&manifest(4)).unwrap();
    assert_eq!(folder.chunk(Height(4), 0).unwrap().map(|chunk| chunk.0.len()), Some(large.len() - 1));
}

/// The run whose every crash is tried: three snapshots, so that one is removed; a fourth given up
/// half-way by a crash; a restart; a fifth. Returns the operations, and for the number of them
/// after which a snapshot was complete, its height.
fn run(path: &Path) -> (Vec<Operation>, Vec<(usize, u64)>) {
    let (folder, mut complete) = (open_folder(path), Vec::new());
    for height in [5, 9, 13] {
        write(&folder, height);
        complete.push((folder.journal().len(), height));
    }
    let mut writing = folder.begin(Height(17)).unwrap();
    writing.add_chunk(&chunk(17, 0)).unwrap();
    std::mem::forget(writing);
    let before = folder.journal();
    let folder = open_folder(path);
    write(&folder, 21);
    let all = [before, folder.journal()].concat();
    complete.push((all.len(), 21));
    (all, complete)
}

/// What a crash may do to one operation that was not made durable.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Kept,
    Lost,
    Half,
    Zeros,
}

/// Operations of a prefix that a crash may lose: no sync of what they changed came later.
fn volatile(operations: &[Operation]) -> Vec<usize> {
    let is_safe = |position: usize, path: &Path, whole: bool| {
        let parent = path.parent().unwrap();
        let later = &operations[position + 1..];
        let content = later.iter().any(|later| matches!(later, Operation::SyncFile(synced) if synced == path));
        let name = later.iter().any(|later| matches!(later, Operation::SyncFolder(synced) if synced == parent));
        name && (content || !whole)
    };
    let is_volatile = |(position, operation): &(usize, &Operation)| match operation {
        Operation::Write(path, _) => !is_safe(*position, path, true),
        Operation::CreateFolder(path)
        | Operation::Rename(_, path)
        | Operation::RemoveFile(path)
        | Operation::RemoveFolder(path) => !is_safe(*position, path, false),
        Operation::SyncFile(_) | Operation::SyncFolder(_) => false,
    };
    operations.iter().enumerate().filter(is_volatile).map(|(position, _)| position).collect()
}

/// Builds what is on disk after a crash. A lost rename leaves the folder where it was, and what was
/// done to it under its new name was done there.
fn crash(from: &Path, to: &Path, operations: &[Operation], fate: &dyn Fn(usize) -> Fate) {
    let mut lost: Vec<(PathBuf, PathBuf)> = Vec::new();
    for (position, operation) in operations.iter().enumerate() {
        let place = |path: &PathBuf| {
            let moved = lost.iter().rev().find_map(|(new, old)| path.strip_prefix(new).ok().map(|rest| old.join(rest)));
            to.join(moved.as_ref().unwrap_or(path).strip_prefix(from).unwrap())
        };
        let moved = match operation {
            Operation::CreateFolder(path) => Operation::CreateFolder(place(path)),
            Operation::Write(path, bytes) => match fate(position) {
                Fate::Half => Operation::Write(place(path), bytes[..bytes.len() / 2].to_vec()),
                Fate::Zeros => Operation::Write(place(path), vec![0; bytes.len()]),
                _ => Operation::Write(place(path), bytes.clone()),
            },
            Operation::Rename(old, new) => Operation::Rename(place(old), place(new)),
            Operation::RemoveFile(path) => Operation::RemoveFile(place(path)),
            Operation::RemoveFolder(path) => Operation::RemoveFolder(place(path)),
            Operation::SyncFile(_) | Operation::SyncFolder(_) => continue,
        };
        if fate(position) == Fate::Lost {
            if let Operation::Rename(old, new) = operation {
                lost.push((new.clone(), old.clone()));
            }
        } else {
            // What hangs on something lost is lost with it.
            moved.perform().unwrap_or_default();
        }
    }
}

#[test]
fn every_crash_leaves_complete_snapshots_only() {
    let source = scratch();
    let (operations, complete) = run(source.path());
    let mut images = 0;
    for length in 0..=operations.len() {
        let prefix = &operations[..length];
        let newest = complete.iter().rev().find(|(after, _)| *after <= length).map(|(_, height)| *height);
        let mut check = |fate: &dyn Fn(usize) -> Fate| {
            let image = scratch();
            crash(source.path(), image.path(), prefix, fate);
            let folder = open_folder(image.path());
            let held = read_all(&folder).unwrap();
            assert!(held.last().copied() >= newest, "after {length} operations: {held:?} without {newest:?}");
            assert_eq!(names(image.path()).len(), held.len(), "something is left over");
            images += 1;
        };
        let volatile = volatile(prefix);
        check(&|_| Fate::Kept);
        for fate in [Fate::Lost, Fate::Half, Fate::Zeros] {
            check(&|n| if volatile.contains(&n) { fate } else { Fate::Kept });
            for one in &volatile {
                check(&|n| if n == *one { fate } else { Fate::Kept });
                if volatile.len() > 2 {
                    check(&|n| if n != *one && volatile.contains(&n) { fate } else { Fate::Kept });
                }
            }
        }
    }
    assert!(images > 300, "{images} crash images of {} operations", operations.len());
}

/// Changes one file of a copy of two snapshots. Whatever is read must be what was written. Returns
/// whether the snapshot of height 9 is still offered afterwards.
fn survives(image: &Path, file: &str, change: &dyn Fn(&Path, Vec<u8>)) -> bool {
    let directory = scratch();
    for height in ["9", "13"] {
        copy(&image.join(height), &directory.path().join(height));
    }
    let path = directory.path().join("9").join(file);
    change(&path, std::fs::read(&path).unwrap());
    let (folder, damaged) = SnapshotFolder::open(directory.path(), GENESIS).unwrap();
    let found = match read_all(&folder) {
        Err(error) => Some(error),
        Ok(_) => damaged.into_iter().next(),
    };
    if let Some(error) = &found {
        assert!(error.to_string().contains(file), "{error} does not name {file}");
    }
    let held = read_all(&folder).unwrap();
    assert!(held.contains(&13), "the other snapshot is untouched");
    assert_eq!(names(directory.path()).len(), held.len());
    held.contains(&9)
}

#[test]
fn a_damaged_snapshot_is_withdrawn_and_its_file_named() {
    let image = scratch();
    let folder = open_folder(image.path());
    [9, 13].into_iter().for_each(|height| write(&folder, height));
    for file in ["manifest", "chunk-00000", "chunk-00001"] {
        assert!(survives(image.path(), file, &|_, _| {}));
        let length = std::fs::metadata(image.path().join("9").join(file)).unwrap().len() as usize;
        for position in (0..length).step_by(1 + length / 60) {
            let flip = |path: &Path, mut bytes: Vec<u8>| {
                bytes[position] ^= 1 << (position % 8);
                std::fs::write(path, bytes).unwrap();
            };
            assert!(!survives(image.path(), file, &flip), "a flipped bit at {position} of {file}");
            let cut = |path: &Path, bytes: Vec<u8>| std::fs::write(path, &bytes[..position]).unwrap();
            assert!(!survives(image.path(), file, &cut), "{file} cut to {position}");
        }
        assert!(!survives(image.path(), file, &|path, _| std::fs::remove_file(path).unwrap()), "{file} missing");
    }
    let other = |from: &'static str| {
        let bytes = std::fs::read(image.path().join(from)).unwrap();
        move |path: &Path, _| std::fs::write(path, &bytes).unwrap()
    };
    assert!(!survives(image.path(), "chunk-00000", &other("9/chunk-00001")), "another chunk's file");
    assert!(!survives(image.path(), "chunk-00000", &other("13/chunk-00000")), "another height's file");
    assert!(!survives(image.path(), "manifest", &other("13/manifest")), "another height's manifest");
    let long = |path: &Path, _| std::fs::write(path, vec![0; limits::MAX_SNAPSHOT_CHUNK_BYTES + 99]).unwrap();
    assert!(!survives(image.path(), "chunk-00001", &long), "a file too long");
}

#[test]
fn snapshots_of_another_chain_are_not_ours() {
    let directory = scratch();
    write(&open_folder(directory.path()), 9);
    let (folder, damaged) = SnapshotFolder::open(directory.path(), corridor_crypto::Digest([8; 32])).unwrap();
    assert_eq!((folder.newest(), damaged.len()), (None, 1));
}
