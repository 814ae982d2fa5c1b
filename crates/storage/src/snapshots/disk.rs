//! The operations by which snapshots change the disk, and no others. Each is one value, so that
//! tests can list those of a run and make every crash image of them.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::SnapshotError;

/// One change of the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Operation {
    /// Makes a folder and those above it.
    CreateFolder(PathBuf),
    /// Makes a file with this content, not yet durable.
    Write(PathBuf, Vec<u8>),
    /// Makes a file's content durable.
    SyncFile(PathBuf),
    /// Makes the names in a folder durable.
    SyncFolder(PathBuf),
    /// Gives a folder another name.
    Rename(PathBuf, PathBuf),
    /// Removes a file.
    RemoveFile(PathBuf),
    /// Removes an empty folder.
    RemoveFolder(PathBuf),
}

impl Operation {
    pub fn perform(&self) -> io::Result<()> {
        match self {
            Self::CreateFolder(path) => std::fs::create_dir_all(path),
            Self::Write(path, bytes) => std::fs::write(path, bytes),
            Self::SyncFile(path) | Self::SyncFolder(path) => File::open(path)?.sync_all(),
            Self::Rename(from, to) => std::fs::rename(from, to),
            Self::RemoveFile(path) => std::fs::remove_file(path),
            Self::RemoveFolder(path) => std::fs::remove_dir(path),
        }
    }

    fn name(&self) -> (&'static str, &Path) {
        match self {
            Self::CreateFolder(path) => ("create", path),
            Self::Write(path, _) => ("write", path),
            Self::SyncFile(path) | Self::SyncFolder(path) => ("sync", path),
            Self::Rename(path, _) => ("rename", path),
            Self::RemoveFile(path) | Self::RemoveFolder(path) => ("remove", path),
        }
    }
}

/// Operations on the real file system.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    /// Everything performed, in order.
    #[cfg(test)]
    pub journal: std::sync::Mutex<Vec<Operation>>,
}

impl Disk {
    pub fn perform(&self, operation: Operation) -> Result<(), SnapshotError> {
        let (action, path) = operation.name();
        operation.perform().map_err(|source| SnapshotError::Io { action, path: path.to_owned(), source })?;
        #[cfg(test)]
        self.journal.lock().map(|mut journal| journal.push(operation)).unwrap_or_default();
        Ok(())
    }

    pub fn write_synced(&self, path: &Path, bytes: Vec<u8>) -> Result<(), SnapshotError> {
        self.perform(Operation::Write(path.to_owned(), bytes))?;
        self.perform(Operation::SyncFile(path.to_owned()))
    }

    /// Removes a folder of files. There are no folders in it.
    pub fn remove_all(&self, folder: &Path) -> Result<(), SnapshotError> {
        for path in list(folder)? {
            self.perform(Operation::RemoveFile(path))?;
        }
        self.perform(Operation::RemoveFolder(folder.to_owned()))
    }
}

/// What is in a folder, in the order of names.
pub(crate) fn list(folder: &Path) -> Result<Vec<PathBuf>, SnapshotError> {
    let io = |source| SnapshotError::Io { action: "list", path: folder.to_owned(), source };
    let paths = std::fs::read_dir(folder).map_err(io)?.map(|file| file.map(|file| file.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>().map_err(io)?;
    paths.sort();
    Ok(paths)
}
