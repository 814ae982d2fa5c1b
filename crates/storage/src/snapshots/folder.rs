//! The folder of all snapshots: which are complete, which are offered, and putting the others away.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use corridor_crypto::Digest;
use corridor_types::Height;

use super::disk::{Disk, Operation, list};
use super::file::Name;
use super::{SnapshotError, reading};

/// Snapshots kept: the newest, and the one before it for who is still fetching that.
pub const MAX_SNAPSHOTS: usize = 2;

/// How the name of a snapshot begins that is being written.
const UNFINISHED: &str = "unfinished-";

/// How the name of a snapshot begins that is being removed.
const DISCARDED: &str = "discarded-";

/// All snapshots of one node. Cheap to clone; usable from any thread.
#[derive(Debug, Clone)]
pub struct SnapshotFolder {
    pub(super) shared: Arc<Shared>,
}

#[derive(Debug)]
pub(super) struct Shared {
    pub path: PathBuf,
    pub genesis: Digest,
    pub disk: Disk,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// How many chunks each complete snapshot has.
    pub offered: BTreeMap<Height, u32>,
    pub writing: bool,
}

impl SnapshotFolder {
    /// Opens the folder of a chain's snapshots, or makes it. Removes what was interrupted, and what
    /// is damaged; the second list says what that was, for the log. Chunks are not read here: that
    /// takes as long as reading the whole state, and each is checked whenever it is read.
    ///
    /// # Errors
    /// [`SnapshotError::Io`].
    pub fn open(path: &Path, genesis: Digest) -> Result<(Self, Vec<SnapshotError>), SnapshotError> {
        let (path, disk, state) = (path.to_owned(), Disk::default(), Mutex::default());
        let folder = Self { shared: Arc::new(Shared { path, genesis, disk, state }) };
        let shared = &folder.shared;
        shared.disk.perform(Operation::CreateFolder(shared.path.clone()))?;
        let mut damaged = Vec::new();
        for path in list(&shared.path)? {
            damaged.extend(shared.take_stock(&path)?);
        }
        shared.prune()?;
        Ok((folder, damaged))
    }

    /// Every change of the disk so far.
    #[cfg(test)]
    pub(crate) fn journal(&self) -> Vec<Operation> {
        self.shared.disk.journal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The newest snapshot, to be offered; `None` if there is none.
    pub fn newest(&self) -> Option<Height> {
        self.shared.state().offered.last_key_value().map(|(height, _)| *height)
    }

    /// All snapshots that can be given, ascending.
    pub fn heights(&self) -> Vec<Height> {
        self.shared.state().offered.keys().copied().collect()
    }
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub const fn name(&self, height: Height, chunk: Option<u32>) -> Name {
        Name { genesis: self.genesis, height, chunk }
    }

    pub fn folder_of(&self, height: Height) -> PathBuf {
        self.path.join(height.0.to_string())
    }

    pub fn unfinished(&self, height: Height) -> PathBuf {
        self.path.join(format!("{UNFINISHED}{height}"))
    }

    /// Looks at one thing in the folder: a complete snapshot, a left-over, or not ours. Returns the
    /// damage found.
    fn take_stock(&self, path: &Path) -> Result<Option<SnapshotError>, SnapshotError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(UNFINISHED) || name.starts_with(DISCARDED) {
            return self.disk.remove_all(path).map(|()| None);
        }
        let height = name.parse().map(Height).ok().filter(|height| height.0.to_string() == name);
        let Some(height) = height else { return Ok(None) };
        match reading::count_chunks(self, height) {
            Ok(chunks) => {
                self.state().offered.insert(height, chunks);
                Ok(None)
            }
            Err(error) => self.discard(height).map(|()| Some(error)),
        }
    }

    /// Removes all but the newest snapshots.
    pub fn prune(&self) -> Result<(), SnapshotError> {
        loop {
            let oldest = {
                let mut state = self.state();
                if state.offered.len() <= MAX_SNAPSHOTS {
                    return Ok(());
                }
                state.offered.pop_first()
            };
            if let Some((height, _)) = oldest {
                self.discard(height)?;
            }
        }
    }

    /// Offers a snapshot no more and removes it. Its new name is durable before a file of it goes: a
    /// folder with a height for a name is never half removed.
    pub fn discard(&self, height: Height) -> Result<(), SnapshotError> {
        self.state().offered.remove(&height);
        let discarded = self.path.join(format!("{DISCARDED}{height}"));
        self.disk.perform(Operation::Rename(self.folder_of(height), discarded.clone()))?;
        self.disk.perform(Operation::SyncFolder(self.path.clone()))?;
        self.disk.remove_all(&discarded)
    }
}
