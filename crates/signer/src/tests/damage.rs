//! Damaged, foreign and strange files: refused with their name, or provably harmless.

use corridor_crypto::{Digest, SigningContext};

use super::fixtures::*;
use crate::{MemoryDisk, MemoryFile, OpenError, Signer, frame};

fn written() -> Vec<u8> {
    let disk = MemoryDisk::new();
    let mut signer = open(&disk);
    signer.sign_all(vec![notarize(1, 1), proposal(2, 1), batch(1, 0), outcome(1, 1), finalize(1, 1)]).unwrap();
    disk.bytes().unwrap()
}

fn try_open(bytes: Vec<u8>) -> Result<Signer<MemoryFile>, OpenError> {
    Signer::open(MemoryDisk::with_bytes(bytes).open().unwrap(), context(), key(1)).map(entered)
}

#[test]
fn every_flipped_bit_is_refused() {
    let good = written();
    assert!(try_open(good.clone()).is_ok());
    for position in 0..good.len() {
        for bit in 0..8 {
            let mut bad = good.clone();
            bad[position] ^= 1 << bit;
            let refused = try_open(bad);
            assert!(refused.is_err(), "bit {bit} of byte {position} went unseen");
        }
    }
}

#[test]
fn a_flipped_bit_in_a_file_that_ends_with_a_sector_is_no_torn_tail() {
    // 286 bytes of header, floor and outcome; 42 a nullification, 74 a notarization.
    let fits = |(a, b): &(u64, u64)| (286 + 42 * a + 74 * b) % 512 == 0;
    let (a, b) = (1..20).flat_map(|a| (0..20).map(move |b| (a, b))).find(fits).unwrap();
    let disk = MemoryDisk::new();
    let mut requests = vec![outcome(1, 1)];
    requests.extend((1..=b).map(|view| notarize(view, 1)).chain((1..=a).map(nullify)));
    open(&disk).sign_all(requests).unwrap();
    let good = disk.bytes().unwrap();
    assert_eq!(good.len() % frame::SECTOR, 0);
    for position in good.len() - 42..good.len() {
        let mut bad = good.clone();
        bad[position] ^= 4;
        assert!(try_open(bad).is_err(), "byte {position} of {}", good.len());
    }
}

#[test]
fn removed_repeated_and_exchanged_records_are_refused() {
    let good = written();
    let content = frame::read(&good, &context().genesis(), &key(1).public_key()).unwrap();
    let mut starts: Vec<usize> = content.payloads.iter().map(|(offset, _)| *offset).collect();
    starts.push(good.len());
    let record = |n: usize| good[starts[n]..starts[n + 1]].to_vec();
    let rebuild =
        |order: &[usize]| [good[..starts[0]].to_vec(), order.iter().flat_map(|n| record(*n)).collect()].concat();
    assert_eq!(starts.len(), 7, "the floor and five requests");
    assert!(try_open(rebuild(&[0, 1, 2, 3, 4, 5])).is_ok());
    for order in [&[0, 2, 3, 4, 5][..], &[1, 2, 3, 4, 5], &[0, 1, 1, 2, 3, 4, 5], &[0, 2, 1, 3, 4, 5], &[0, 1, 2, 3, 5]]
    {
        assert!(matches!(try_open(rebuild(order)), Err(OpenError::Damaged { .. })), "{order:?}");
    }
}

#[test]
fn a_file_cut_anywhere_opens_with_a_prefix_or_is_refused_in_its_header() {
    let good = written();
    let header = frame::read(&good, &context().genesis(), &key(1).public_key()).unwrap().payloads[0].0;
    for length in 0..good.len() {
        let opened = try_open(good[..length].to_vec());
        assert_eq!(opened.is_ok(), length >= header, "cut to {length} bytes");
    }
}

#[test]
fn garbage_behind_the_end_is_refused_and_zeros_are_dropped() {
    let good = written();
    assert_eq!(try_open([good.clone(), vec![0; 5_000]].concat()).unwrap().dropped_bytes(), 5_000);
    let error = try_open([good.clone(), vec![0xaa; 40]].concat()).unwrap_err();
    assert!(matches!(error, OpenError::Damaged { offset, .. } if offset == good.len() as u64), "{error}");
    assert!(try_open([good, vec![0; 40], vec![1]].concat()).is_err(), "zeros that do not reach the end");
}

#[test]
fn other_files_are_told_apart() {
    let open_as = |bytes: Vec<u8>, genesis: u8, index: u8| {
        let file = MemoryDisk::with_bytes(bytes).open().unwrap();
        Signer::open(file, SigningContext::new(Digest([genesis; 32])), key(index)).unwrap_err()
    };
    assert!(matches!(open_as(written(), 8, 1), OpenError::OtherChain { got, .. } if got == context().genesis()));
    assert!(matches!(open_as(written(), 7, 2), OpenError::OtherKey { got, .. } if got == key(1).public_key()));
    assert!(matches!(open_as(b"CORRSIGN".to_vec(), 7, 1), OpenError::NotARecord { .. }));
    assert!(matches!(open_as(vec![], 7, 1), OpenError::NotARecord { .. }));
    let mut newer = written();
    newer[11] = 3;
    assert!(matches!(open_as(newer, 7, 1), OpenError::NotARecord { version: 2, .. }));
}

#[test]
fn a_refused_file_is_left_as_it_is() {
    let mut bad = written();
    bad[200] ^= 1;
    let disk = MemoryDisk::with_bytes(bad.clone());
    assert!(Signer::open(disk.open().unwrap(), context(), key(1)).is_err());
    assert_eq!(disk.bytes(), Some(bad));
}

#[test]
fn well_sealed_records_that_conflict_are_damage() {
    // Such a file can only come from a defect of this program; it must not be taken for a record.
    use corridor_types::Encode as _;
    let mut bytes = Vec::new();
    let mut writer = frame::Writer::start(&context().genesis(), &key(1).public_key(), &mut bytes);
    for request in [notarize(1, 1), notarize(1, 2)] {
        let corridor_types::SignRequest::Vote(vote) = request else { unreachable!() };
        writer.push(&crate::history::Record::Vote(vote).to_bytes(), &mut bytes);
    }
    assert!(matches!(try_open(bytes), Err(OpenError::Damaged { .. })));
}

#[test]
fn the_bytes_on_disk_are_pinned() {
    use sha2::Digest as _;
    let bytes = written();
    assert_eq!((bytes.len(), &bytes[..12]), (710, &b"CORRSIGN\0\0\0\x02"[..]));
    let digest = hex::encode(sha2::Sha256::digest(&bytes));
    assert_eq!(&digest[..16], "7064f6ee7c8a5fd2", "a changed format needs a new frame::VERSION");
}
