//! One file of a snapshot: its content between a mark and a checksum.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use corridor_crypto::{Digest, Domain};
use corridor_types::{Encode, Height};

use super::SnapshotError;

/// How every file begins; the last digit is the layout's version.
const MARK: &[u8; 8] = b"corrsnp1";

/// Bytes of the checksum.
const CHECKSUM: usize = 32;

/// Which file of which snapshot of which chain: part of the checksum, so that no file can stand in
/// for another one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Name {
    pub genesis: Digest,
    pub height: Height,
    /// A chunk's number; `None` for the manifest.
    pub chunk: Option<u32>,
}

impl Name {
    pub fn file(&self) -> String {
        self.chunk.map_or_else(|| "manifest".to_owned(), |chunk| format!("chunk-{chunk:05}"))
    }

    fn checksum(&self, content: &[u8]) -> Digest {
        let place = (self.height, self.chunk.map_or(u64::MAX, u64::from)).to_bytes();
        let parts = [b"snapshot file\0", self.genesis.as_bytes().as_slice(), &place, content];
        Digest::of_parts(Domain::State, &parts)
    }

    /// The file's bytes.
    pub fn seal(&self, content: &[u8]) -> Vec<u8> {
        [MARK, content, self.checksum(content).as_bytes()].concat()
    }

    /// Reads the file in `folder` and returns its content of at most `limit` bytes.
    ///
    /// # Errors
    /// [`SnapshotError::Io`], [`SnapshotError::Damaged`].
    pub fn read(&self, folder: &Path, limit: usize) -> Result<Vec<u8>, SnapshotError> {
        let path = folder.join(self.file());
        let bytes = read_bounded(&path, limit.saturating_add(MARK.len() + CHECKSUM))?;
        let content = bytes.strip_prefix(MARK).and_then(|rest| rest.split_last_chunk::<CHECKSUM>());
        match content {
            Some((content, checksum)) if self.checksum(content).as_bytes() == checksum => Ok(content.to_vec()),
            _ => Err(damaged(&path, "the checksum does not fit")),
        }
    }
}

pub(crate) fn damaged(path: &Path, problem: impl Into<String>) -> SnapshotError {
    SnapshotError::Damaged { path: path.to_owned(), problem: problem.into() }
}

/// Refuses a longer file before it takes memory.
fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, SnapshotError> {
    let io = |source| SnapshotError::Io { action: "read", path: path.to_owned(), source };
    let (mut bytes, limit) = (Vec::new(), u64::try_from(limit).unwrap_or(u64::MAX));
    let file = File::open(path).map_err(io)?;
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit {
        return Err(damaged(path, "it is longer than such a file can be"));
    }
    Ok(bytes)
}
