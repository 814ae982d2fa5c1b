//! The folder of sealed details: durable, bounded, erasable, and never another document.
#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;

fn uetr(number: u8) -> Uetr {
    Uetr::from_random([number; 16])
}

/// Whether any file below `folder` holds `word`.
fn holds(folder: &Path, word: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() { holds(&path, word) } else { fs::read(path).unwrap().windows(word.len()).any(|w| w == word) }
    })
}

#[test]
fn documents_survive_and_are_found_by_digest() {
    let dir = tempfile::tempdir().unwrap();
    let folder = DetailsFolder::open(dir.path()).unwrap();
    let digest = folder.keep(b"sealed").unwrap();
    assert_eq!(digest, Digest::of(Domain::Details, b"sealed"));
    drop(folder);
    let folder = DetailsFolder::open(dir.path()).unwrap();
    assert_eq!(folder.get(&digest).unwrap().as_deref(), Some(&b"sealed"[..]));
    assert_eq!(folder.get(&Digest([1; 32])).unwrap(), None);
    assert_eq!(folder.standing(&Digest([1; 32])), DetailsStanding::Missing);
}

#[test]
fn an_erased_document_leaves_no_byte_and_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let folder = DetailsFolder::open(dir.path()).unwrap();
    let digest = folder.keep(b"to be forgotten").unwrap();
    folder.keep_pending(uetr(1), b"to be forgotten").unwrap();
    assert!(holds(dir.path(), b"to be forgotten"));
    assert!(folder.erase(&digest).unwrap());
    assert!(!holds(dir.path(), b"to be forgotten"));
    assert!(!folder.erase(&digest).unwrap(), "a second time there is nothing");
    let folder = DetailsFolder::open(dir.path()).unwrap();
    assert_eq!((folder.standing(&digest), folder.get(&digest).unwrap()), (DetailsStanding::Erased, None));
    folder.keep(b"to be forgotten").unwrap();
    assert_eq!(folder.standing(&digest), DetailsStanding::Held, "brought again on purpose");
}

#[test]
fn documents_wait_for_their_payments() {
    let dir = tempfile::tempdir().unwrap();
    let folder = DetailsFolder::open(dir.path()).unwrap();
    let first = folder.keep_pending(uetr(1), b"first").unwrap();
    let second = folder.keep_pending(uetr(1), b"second").unwrap();
    let folder = DetailsFolder::open(dir.path()).unwrap();
    assert_eq!(folder.pending().len(), 2);
    assert!([first, second].contains(&folder.newest_pending(uetr(1)).unwrap()));
    assert_eq!(folder.newest_pending(uetr(2)), None);
    assert_eq!(folder.get(&second).unwrap().as_deref(), Some(&b"second"[..]), "it can be read meanwhile");
    folder.settle_pending(uetr(1), second).unwrap();
    folder.drop_pending(uetr(1), first).unwrap();
    let folder = DetailsFolder::open(dir.path()).unwrap();
    assert!(folder.pending().is_empty() && !holds(dir.path(), b"first"));
    assert_eq!(folder.get(&second).unwrap().as_deref(), Some(&b"second"[..]));
}

#[test]
fn what_waits_is_bounded_in_number_and_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let folder = DetailsFolder::open(dir.path()).unwrap();
    let large = vec![0; MAX_SEALED_DETAILS_BYTES + 1];
    assert!(matches!(folder.keep(&large), Err(DetailsError::TooLarge { .. })));
    folder.keep_pending(uetr(1), b"one").unwrap();
    let (bytes, since) = (MAX_PENDING_BYTES - 3, SystemTime::now());
    folder.index().insert((uetr(2), Digest([2; 32])), Pending { bytes, since });
    assert!(matches!(folder.keep_pending(uetr(3), b"x"), Err(DetailsError::Full { count: 2, .. })));
    folder.keep_pending(uetr(1), b"one").unwrap();
    let many = |number: usize| ((Uetr::from_random(u128::try_from(number).unwrap().to_be_bytes()), Digest([0; 32])), 0);
    *folder.index() = (0..MAX_PENDING_DETAILS).map(many).map(|(key, bytes)| (key, Pending { bytes, since })).collect();
    assert!(matches!(folder.keep_pending(uetr(3), b"x"), Err(DetailsError::Full { .. })));
}

#[test]
fn damage_is_an_error_and_interrupted_writes_are_removed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = DetailsFolder::open(dir.path()).unwrap();
    let digest = folder.keep(b"sealed").unwrap();
    let file = dir.path().join("kept").join(digest.to_string());
    fs::write(&file, b"changed").unwrap();
    assert!(matches!(folder.get(&digest), Err(DetailsError::Damaged { .. })));
    let draft = dir.path().join("kept").join(format!("{digest}{UNFINISHED}"));
    fs::write(&draft, b"half").unwrap();
    DetailsFolder::open(dir.path()).unwrap();
    assert!(!draft.exists());
}
