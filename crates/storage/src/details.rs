//! The folder of sealed details: documents named by their digest, beside the database and not in it,
//! so that erasing one leaves no copy behind in a log or a table file.
//!
//! ```text
//! kept/DIGEST               the document of a payment
//! pending/UETR.DIGEST       a document that came before its payment
//! erased/DIGEST             empty: it was erased and is not fetched again
//! ```
//!
//! It never opens a document and does not know who may read one. What it returns has the digest that
//! was asked for.

mod error;
mod pending;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use corridor_crypto::{Digest, Domain};
use corridor_types::Uetr;
use corridor_types::limits::MAX_SEALED_DETAILS_BYTES;

pub use error::DetailsError;
pub use pending::{MAX_PENDING_BYTES, MAX_PENDING_DETAILS, PendingDetails};

use pending::Pending;

/// How the name of a file ends that is being written.
const UNFINISHED: &str = ".unfinished";

/// What is known here of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DetailsStanding {
    /// It is here.
    Held,
    /// It was here and was erased on purpose.
    Erased,
    /// It was never here.
    Missing,
}

/// The sealed details that one node holds. Cheap to clone; usable from any thread, which it may
/// block for a synced write.
#[derive(Debug, Clone)]
pub struct DetailsFolder {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    kept: PathBuf,
    pending: PathBuf,
    erased: PathBuf,
    /// Held by who changes the folder.
    index: Mutex<BTreeMap<(Uetr, Digest), Pending>>,
}

impl DetailsFolder {
    /// Opens the folder, or makes it. Removes what was interrupted.
    ///
    /// # Errors
    /// [`DetailsError::Io`].
    pub fn open(path: &Path) -> Result<Self, DetailsError> {
        let [kept, pending, erased] = ["kept", "pending", "erased"].map(|name| path.join(name));
        for folder in [&kept, &pending, &erased] {
            fs::create_dir_all(folder).map_err(DetailsError::io("create", folder))?;
            remove_unfinished(folder)?;
        }
        let index = Mutex::new(pending::read(&pending)?);
        Ok(Self { shared: Arc::new(Shared { kept, pending, erased, index }) })
    }

    /// Keeps a document, durably when this returns. One that was erased is held again.
    ///
    /// # Errors
    /// [`DetailsError`].
    pub fn keep(&self, document: &[u8]) -> Result<Digest, DetailsError> {
        let digest = checked_digest(document)?;
        let _index = self.index();
        write_synced(&self.shared.kept, &digest.to_string(), document)?;
        remove(&self.shared.erased.join(digest.to_string()))?;
        Ok(digest)
    }

    /// Keeps a document whose payment is not known yet.
    ///
    /// # Errors
    /// [`DetailsError`]; [`DetailsError::Full`] if too many wait already.
    pub fn keep_pending(&self, uetr: Uetr, document: &[u8]) -> Result<Digest, DetailsError> {
        let digest = checked_digest(document)?;
        let mut index = self.index();
        if index.contains_key(&(uetr, digest)) {
            return Ok(digest);
        }
        let bytes = document.len() as u64;
        pending::check_room(&index, bytes)?;
        write_synced(&self.shared.pending, &pending::name(uetr, digest), document)?;
        index.insert((uetr, digest), Pending { bytes, since: SystemTime::now() });
        Ok(digest)
    }

    /// The documents that wait for their payments.
    pub fn pending(&self) -> Vec<PendingDetails> {
        let view = |((uetr, digest), held): (&(Uetr, Digest), &Pending)| PendingDetails {
            uetr: *uetr,
            digest: *digest,
            age: held.since.elapsed().unwrap_or_default(),
        };
        self.index().iter().map(view).collect()
    }

    /// The newest document that waits for a payment.
    pub fn newest_pending(&self, uetr: Uetr) -> Option<Digest> {
        let of_it = self.pending().into_iter().filter(|held| held.uetr == uetr);
        of_it.min_by_key(|held| held.age).map(|held| held.digest)
    }

    /// The payment of a document came: it is kept as that payment's.
    ///
    /// # Errors
    /// [`DetailsError::Io`].
    pub fn settle_pending(&self, uetr: Uetr, digest: Digest) -> Result<(), DetailsError> {
        let mut index = self.index();
        if index.remove(&(uetr, digest)).is_some() {
            let (from, to) = (self.shared.pending.join(pending::name(uetr, digest)), self.kept_file(&digest));
            fs::rename(&from, &to).map_err(DetailsError::io("rename", &from))?;
            sync_folder(&self.shared.kept)?;
            sync_folder(&self.shared.pending)?;
        }
        Ok(())
    }

    /// The payment of a document came with another one, or never.
    ///
    /// # Errors
    /// [`DetailsError::Io`].
    pub fn drop_pending(&self, uetr: Uetr, digest: Digest) -> Result<(), DetailsError> {
        let mut index = self.index();
        index.remove(&(uetr, digest));
        remove(&self.shared.pending.join(pending::name(uetr, digest)))?;
        sync_folder(&self.shared.pending)
    }

    /// A document; `None` if it is not here.
    ///
    /// # Errors
    /// [`DetailsError`], also for a file that was changed.
    pub fn get(&self, digest: &Digest) -> Result<Option<Vec<u8>>, DetailsError> {
        if let Some(document) = read(&self.kept_file(digest), digest)? {
            return Ok(Some(document));
        }
        let waiting = self.index().keys().find(|(_, held)| held == digest).copied();
        match waiting {
            Some((uetr, digest)) => read(&self.shared.pending.join(pending::name(uetr, digest)), &digest),
            None => Ok(None),
        }
    }

    /// Whether a document is here, without reading it.
    pub fn standing(&self, digest: &Digest) -> DetailsStanding {
        if self.kept_file(digest).exists() || self.index().keys().any(|(_, held)| held == digest) {
            return DetailsStanding::Held;
        }
        let erased = self.shared.erased.join(digest.to_string()).exists();
        if erased { DetailsStanding::Erased } else { DetailsStanding::Missing }
    }

    /// Erases a document and remembers that; false if it was not here. The mark is durable before
    /// the document goes, so that an interrupted erasure is not undone by a fetch.
    ///
    /// # Errors
    /// [`DetailsError::Io`].
    pub fn erase(&self, digest: &Digest) -> Result<bool, DetailsError> {
        if self.standing(digest) != DetailsStanding::Held {
            return Ok(false);
        }
        let mut index = self.index();
        write_synced(&self.shared.erased, &digest.to_string(), &[])?;
        remove(&self.kept_file(digest))?;
        for (uetr, held) in index.keys().filter(|(_, held)| held == digest) {
            remove(&self.shared.pending.join(pending::name(*uetr, *held)))?;
        }
        index.retain(|(_, held), _| held != digest);
        sync_folder(&self.shared.pending)?;
        sync_folder(&self.shared.kept)?;
        Ok(true)
    }

    fn kept_file(&self, digest: &Digest) -> PathBuf {
        self.shared.kept.join(digest.to_string())
    }

    fn index(&self) -> MutexGuard<'_, BTreeMap<(Uetr, Digest), Pending>> {
        self.shared.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The document's name, unless it is too long to be one.
fn checked_digest(document: &[u8]) -> Result<Digest, DetailsError> {
    let (bytes, limit) = (document.len(), MAX_SEALED_DETAILS_BYTES);
    if bytes > limit { Err(DetailsError::TooLarge { bytes, limit }) } else { Ok(Digest::of(Domain::Details, document)) }
}

fn read(file: &Path, digest: &Digest) -> Result<Option<Vec<u8>>, DetailsError> {
    let mut document = Vec::new();
    match File::open(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(DetailsError::io("open", file)(error)),
        // A longer file has another digest.
        Ok(open) => open.take(MAX_SEALED_DETAILS_BYTES as u64 + 1).read_to_end(&mut document),
    }
    .map_err(DetailsError::io("read", file))?;
    let fits = Digest::of(Domain::Details, &document) == *digest;
    if fits { Ok(Some(document)) } else { Err(DetailsError::Damaged { path: file.to_owned() }) }
}

/// Writes a file whole: after a crash it is there with all its bytes, or not at all.
fn write_synced(folder: &Path, name: &str, content: &[u8]) -> Result<(), DetailsError> {
    let (file, draft) = (folder.join(name), folder.join(format!("{name}{UNFINISHED}")));
    let mut out = File::create(&draft).map_err(DetailsError::io("create", &draft))?;
    out.write_all(content).and_then(|()| out.sync_all()).map_err(DetailsError::io("write", &draft))?;
    fs::rename(&draft, &file).map_err(DetailsError::io("rename", &draft))?;
    sync_folder(folder)
}

fn sync_folder(folder: &Path) -> Result<(), DetailsError> {
    File::open(folder).and_then(|open| open.sync_all()).map_err(DetailsError::io("sync", folder))
}

fn remove(file: &Path) -> Result<(), DetailsError> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(DetailsError::io("remove", file)(error)),
        _ => Ok(()),
    }
}

fn remove_unfinished(folder: &Path) -> Result<(), DetailsError> {
    for entry in fs::read_dir(folder).map_err(DetailsError::io("list", folder))? {
        let path = entry.map_err(DetailsError::io("list", folder))?.path();
        if path.to_string_lossy().ends_with(UNFINISHED) {
            remove(&path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
