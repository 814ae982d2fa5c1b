//! Writing a snapshot, chunk by chunk, while the node goes on.

use std::path::PathBuf;
use std::sync::Arc;

use corridor_types::limits::{MAX_SNAPSHOT_CHUNK_BYTES, MAX_SNAPSHOT_INDEX_BYTES};
use corridor_types::{Height, SnapshotManifest};

use super::SnapshotError;
use super::disk::Operation;
use super::folder::{Shared, SnapshotFolder};
use super::reading::encode_manifest;

/// Chunks of one snapshot: an index holds a digest of 32 bytes for each.
pub const MAX_CHUNKS: usize = MAX_SNAPSHOT_INDEX_BYTES / 32;

/// A snapshot that is being written. Removed again if it is dropped before [`Self::finish`].
#[derive(Debug)]
pub struct SnapshotWriting {
    shared: Arc<Shared>,
    height: Height,
    chunks: u32,
}

impl SnapshotFolder {
    /// Begins the snapshot of a height. One is written at a time.
    ///
    /// # Errors
    /// [`SnapshotError::Refused`] while another one is written or if this one is there;
    /// [`SnapshotError::Io`].
    pub fn begin(&self, height: Height) -> Result<SnapshotWriting, SnapshotError> {
        let shared = Arc::clone(&self.shared);
        {
            let mut state = shared.state();
            let refused = |problem| Err(SnapshotError::Refused { height, problem });
            if state.offered.contains_key(&height) {
                return refused("it is complete");
            }
            if std::mem::replace(&mut state.writing, true) {
                return refused("another one is being written");
            }
        }
        // From here on dropping it cleans up.
        let writing = SnapshotWriting { shared, height, chunks: 0 };
        let folder = writing.folder();
        if folder.exists() {
            writing.shared.disk.remove_all(&folder)?;
        }
        writing.shared.disk.perform(Operation::CreateFolder(folder))?;
        Ok(writing)
    }
}

impl SnapshotWriting {
    fn folder(&self) -> PathBuf {
        self.shared.unfinished(self.height)
    }

    fn check(&self, what: &'static str, got: usize, limit: usize) -> Result<(), SnapshotError> {
        if got > limit { Err(SnapshotError::TooLarge { height: self.height, what, got, limit }) } else { Ok(()) }
    }

    /// Adds the next chunk.
    ///
    /// # Errors
    /// [`SnapshotError::TooLarge`], [`SnapshotError::Io`].
    pub fn add_chunk(&mut self, content: &[u8]) -> Result<(), SnapshotError> {
        self.check("a chunk's length", content.len(), MAX_SNAPSHOT_CHUNK_BYTES)?;
        self.check("the number of chunks", usize::try_from(self.chunks).unwrap_or(usize::MAX) + 1, MAX_CHUNKS)?;
        let name = self.shared.name(self.height, Some(self.chunks));
        self.shared.disk.write_synced(&self.folder().join(name.file()), name.seal(content))?;
        self.chunks += 1;
        Ok(())
    }

    /// Completes the snapshot: from here on it is offered, also after a crash. The oldest one goes.
    ///
    /// # Errors
    /// [`SnapshotError::OtherHeight`], [`SnapshotError::TooLarge`], [`SnapshotError::Io`].
    pub fn finish(self, manifest: &SnapshotManifest) -> Result<(), SnapshotError> {
        let (shared, height, got) = (&self.shared, self.height, manifest.block.height);
        if got != height {
            return Err(SnapshotError::OtherHeight { height, got });
        }
        self.check("the index's length", manifest.index.len(), MAX_SNAPSHOT_INDEX_BYTES)?;
        let (folder, name) = (self.folder(), shared.name(height, None));
        let content = encode_manifest(manifest, self.chunks);
        shared.disk.write_synced(&folder.join(name.file()), name.seal(&content))?;
        shared.disk.perform(Operation::SyncFolder(folder.clone()))?;
        shared.disk.perform(Operation::Rename(folder, shared.folder_of(height)))?;
        shared.disk.perform(Operation::SyncFolder(shared.path.clone()))?;
        shared.state().offered.insert(height, self.chunks);
        shared.prune()
    }
}

impl Drop for SnapshotWriting {
    fn drop(&mut self) {
        let folder = self.folder();
        if folder.exists() {
            // What cannot be removed now is removed on the next start.
            self.shared.disk.remove_all(&folder).unwrap_or_default();
        }
        self.shared.state().writing = false;
    }
}
