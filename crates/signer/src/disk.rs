//! A record file on a real disk, held by one process at a time.
//!
//! The lock is on a file beside the record, because the record itself is replaced by renaming and
//! a lock would stay with the old one.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use crate::{OpenError, RecordFile};

/// A record file on disk. The lock is released when it is dropped.
#[derive(Debug)]
pub struct DiskFile {
    path: PathBuf,
    file: Option<File>,
    _lock: File,
}

impl DiskFile {
    /// Prepares a record for a key that never signed. The file appears when a signer opens it.
    ///
    /// # Errors
    /// [`OpenError::Exists`], [`OpenError::Locked`], [`OpenError::Io`].
    pub fn create(path: &Path) -> Result<Self, OpenError> {
        let lock = lock(path)?;
        if exists(path)? {
            return Err(OpenError::Exists { path: path.to_owned() });
        }
        Ok(Self { path: path.to_owned(), file: None, _lock: lock })
    }

    /// Opens the record of a key that may have signed.
    ///
    /// # Errors
    /// [`OpenError::Missing`], [`OpenError::Locked`], [`OpenError::Io`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        if !exists(path)? {
            return Err(OpenError::Missing { path: path.to_owned() });
        }
        let lock = lock(path)?;
        let file = OpenOptions::new().read(true).append(true).open(path).map_err(io_error("open", path))?;
        Ok(Self { path: path.to_owned(), file: Some(file), _lock: lock })
    }

    fn current(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the record was not written yet"))
    }
}

fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    move |source| OpenError::Io { action, path: path.display().to_string(), source }
}

fn exists(path: &Path) -> Result<bool, OpenError> {
    path.try_exists().map_err(io_error("look for", path))
}

/// The path with `ending` behind the file name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn lock(path: &Path) -> Result<File, OpenError> {
    let path = beside(path, ".lock");
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(false).write(true).open(&path).map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked { path }),
        Err(TryLockError::Error(source)) => Err(io_error("lock", &path)(source)),
    }
}

/// Makes a rename or a new name in the file's directory durable.
pub(crate) fn sync_directory_of(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(directory)?.sync_all() } else { Ok(()) }
}

impl RecordFile for DiskFile {
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        if self.file.is_none() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        File::open(&self.path)?.read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.current()?.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        // `sync_data` also makes the new length durable: without it the data could not be read.
        self.current()?.sync_data()
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let new = beside(&self.path, ".new");
        // A left-over of a crash was never renamed, hence never counted.
        if new.try_exists()? {
            std::fs::remove_file(&new)?;
        }
        let mut file = OpenOptions::new().create_new(true).append(true).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, &self.path)?;
        sync_directory_of(&self.path)?;
        self.file = Some(file);
        Ok(())
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }
}
