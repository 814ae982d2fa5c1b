//! Tells a log that a crash tore from one that was damaged, which RocksDB does not.
//!
//! When RocksDB finds a record at the end of the log whose length does not fit, it takes it for one
//! that was being written in a crash and drops it with everything behind it. That is right for a torn
//! record: nothing follows it. If intact records follow, they were synced and the length is damaged.
//! The log is a series of blocks of 32 KiB in which records never cross a border, and RocksDB itself
//! refuses a record that does not fit in any block but the last. So only that block is read here.
//!
//! What remains: damage to the length of the very last record cannot be told from a crash.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use crate::{OpenError, StoreError};

/// Bytes of a block of the log.
const BLOCK: u64 = 32 * 1024;

/// Checksum (CRC-32C of type and content, masked), length, type.
const HEADER: usize = 7;

/// Refuses a database whose newest log goes on behind a damaged record.
pub(crate) fn check(directory: &Path) -> Result<(), OpenError> {
    let io = |action, path: &Path| {
        let path = path.to_owned();
        move |source| OpenError::Io { action, path, source }
    };
    let Some(log) = newest_log(directory).map_err(io("list", directory))? else { return Ok(()) };
    let block = last_block(&log).map_err(io("read", &log))?;
    if !goes_on_behind_damage(&block) {
        return Ok(());
    }
    let name = log.file_name().unwrap_or_default().to_string_lossy();
    let problem = "intact records follow a record whose length or content is not intact".to_owned();
    Err(OpenError::Damaged { path: directory.to_owned(), source: StoreError::file(&name, problem) })
}

fn newest_log(directory: &Path) -> std::io::Result<Option<PathBuf>> {
    let mut newest = None;
    for file in std::fs::read_dir(directory)? {
        let path = file?.path();
        let number = path.file_stem().and_then(|stem| stem.to_string_lossy().parse::<u64>().ok());
        if path.extension().is_some_and(|extension| extension == "log") {
            newest = newest.max(number.map(|number| (number, path)));
        }
    }
    Ok(newest.map(|(_, path)| path))
}

fn last_block(log: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(log)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(1) / BLOCK * BLOCK))?;
    let mut block = Vec::new();
    file.take(BLOCK).read_to_end(&mut block)?;
    Ok(block)
}

/// Walks over intact records; behind the first one that is not, looks for another anywhere.
fn goes_on_behind_damage(block: &[u8]) -> bool {
    let mut rest = block;
    while let Some(length) = intact_record(rest) {
        rest = rest.get(length..).unwrap_or_default();
    }
    (1..rest.len()).any(|start| rest.get(start..).is_some_and(|behind| intact_record(behind).is_some()))
}

/// The length of the record that begins here, if it is intact.
fn intact_record(bytes: &[u8]) -> Option<usize> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
    let [a, b, c, d, low, high, kind] = *header;
    let length = usize::from(u16::from_le_bytes([low, high]));
    // Whole, first, middle and last parts, and RocksDB's own notes; zeros are space never written.
    let content = rest.get(..length).filter(|_| kind != 0)?;
    let crc = content.iter().fold(step(u32::MAX, kind), |crc, byte| step(crc, *byte)) ^ u32::MAX;
    (mask(crc) == u32::from_le_bytes([a, b, c, d])).then_some(HEADER + length)
}

/// LevelDB's masking of checksums that are stored beside what they cover.
const fn mask(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

/// One byte of CRC-32C (Castagnoli; RFC 3720, B.4).
const fn step(crc: u32, byte: u8) -> u32 {
    let mut crc = crc ^ byte as u32;
    let mut bit = 0;
    while bit < 8 {
        crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
        bit += 1;
    }
    crc
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u8, content: &[u8]) -> Vec<u8> {
        let crc = content.iter().fold(step(u32::MAX, kind), |crc, byte| step(crc, *byte)) ^ u32::MAX;
        let length = u16::try_from(content.len()).unwrap_or_default().to_le_bytes();
        [&mask(crc).to_le_bytes()[..], &length, &[kind], content].concat()
    }

    #[test]
    fn the_checksum_is_castagnolis() {
        let crc = b"123456789".iter().fold(u32::MAX, |crc, byte| step(crc, *byte)) ^ u32::MAX;
        assert_eq!(crc, 0xe306_9283);
    }

    #[test]
    fn a_torn_end_is_accepted_and_a_damaged_middle_is_not() {
        let block = [record(1, &[5; 100]), record(2, &[6; 300]), record(4, &[7; 50])].concat();
        for length in 0..=block.len() {
            assert!(!goes_on_behind_damage(&block[..length]), "cut to {length}");
        }
        for position in 0..block.len() * 8 {
            let mut bad = block.clone();
            bad[position / 8] ^= 1 << (position % 8);
            let is_last = position / 8 >= block.len() - record(4, &[7; 50]).len();
            assert_eq!(goes_on_behind_damage(&bad), !is_last, "bit {position}");
        }
        assert!(!goes_on_behind_damage(&[block.clone(), vec![0; 500]].concat()), "space never written");
    }
}
