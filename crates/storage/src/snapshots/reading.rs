//! Reading a snapshot: checked, or withdrawn.

use corridor_types::codec::Reader;
use corridor_types::limits::{MAX_SNAPSHOT_CHUNK_BYTES, MAX_SNAPSHOT_INDEX_BYTES};
use corridor_types::{Decode, DecodeError, Encode, Height, SnapshotChunk, SnapshotManifest};

use super::SnapshotError;
use super::file::damaged;
use super::folder::{Shared, SnapshotFolder};

/// A manifest without its index: block and certificate, each below 20 kB.
const MAX_MANIFEST_HEAD_BYTES: usize = 64 * 1024;

/// The content of the file `manifest`.
pub(super) fn encode_manifest(manifest: &SnapshotManifest, chunks: u32) -> Vec<u8> {
    let mut content = chunks.to_bytes();
    manifest.encode(&mut content);
    content
}

fn decode_manifest(content: &[u8]) -> Result<(u32, SnapshotManifest), DecodeError> {
    let mut reader = Reader::new(content);
    let found = (Decode::decode(&mut reader)?, Decode::decode(&mut reader)?);
    reader.finish()?;
    Ok(found)
}

fn read_manifest(shared: &Shared, height: Height) -> Result<(u32, SnapshotManifest), SnapshotError> {
    let (name, folder) = (shared.name(height, None), shared.folder_of(height));
    let content = name.read(&folder, MAX_SNAPSHOT_INDEX_BYTES + MAX_MANIFEST_HEAD_BYTES)?;
    decode_manifest(&content).map_err(|error| damaged(&folder.join(name.file()), error.to_string()))
}

/// How many chunks a complete snapshot has. All of them are there.
pub(super) fn count_chunks(shared: &Shared, height: Height) -> Result<u32, SnapshotError> {
    let (chunks, _) = read_manifest(shared, height)?;
    let folder = shared.folder_of(height);
    let missing = (0..chunks).map(|chunk| folder.join(shared.name(height, Some(chunk)).file())).find(|f| !f.is_file());
    missing.map_or(Ok(chunks), |file| Err(damaged(&file, "it is missing")))
}

impl SnapshotFolder {
    /// The manifest of a snapshot; `None` if it is not offered.
    ///
    /// # Errors
    /// [`SnapshotError`]; damage withdraws the snapshot.
    pub fn manifest(&self, height: Height) -> Result<Option<SnapshotManifest>, SnapshotError> {
        self.read(height, |shared| read_manifest(shared, height).map(|(_, manifest)| Some(manifest)))
    }

    /// A chunk of a snapshot; `None` if there is no such chunk or the snapshot is not offered.
    ///
    /// # Errors
    /// [`SnapshotError`]; damage withdraws the snapshot.
    pub fn chunk(&self, height: Height, chunk: u32) -> Result<Option<SnapshotChunk>, SnapshotError> {
        self.read(height, |shared| {
            if shared.state().offered.get(&height).is_none_or(|chunks| chunk >= *chunks) {
                return Ok(None);
            }
            let name = shared.name(height, Some(chunk));
            let content = name.read(&shared.folder_of(height), MAX_SNAPSHOT_CHUNK_BYTES)?;
            Ok(Some(SnapshotChunk(content.into())))
        })
    }

    fn read<T>(
        &self,
        height: Height,
        read: impl FnOnce(&Shared) -> Result<Option<T>, SnapshotError>,
    ) -> Result<Option<T>, SnapshotError> {
        let is_offered = || self.shared.state().offered.contains_key(&height);
        if !is_offered() {
            return Ok(None);
        }
        match read(&self.shared) {
            Err(SnapshotError::Damaged { path, problem }) => {
                // One of several readers that find it removes it.
                if self.shared.state().offered.remove(&height).is_some() {
                    self.shared.discard(height)?;
                }
                Err(SnapshotError::Damaged { path, problem })
            }
            // It was replaced while we read.
            Err(_) if !is_offered() => Ok(None),
            other => other,
        }
    }
}
