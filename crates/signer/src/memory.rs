//! A record file in memory with the manners of a disk: what was not synced may be lost, in part or
//! as zeros, and any operation can be made to fail. For the simulator and for tests.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::RecordFile;

/// What becomes of bytes that were appended and not synced when the machine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// The first so many of them stay, the others never reached the disk.
    Kept(usize),
    /// The file has its full length, with zeros behind the first so many of them: the length
    /// reached the disk and the data did not.
    Zeroed(usize),
}

#[derive(Debug, Default)]
struct Content {
    /// `None` until the file is first replaced.
    synced: Option<Vec<u8>>,
    unsynced: Vec<u8>,
    /// Which opening is the valid one; older handles belong to dead processes.
    opening: u64,
    open: bool,
    /// How many changing operations may still succeed.
    operations_left: Option<u64>,
}

/// The disk under a [`MemoryFile`]; outlives the process that uses it.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<Content>>);

impl MemoryDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// A disk on which the file holds `bytes`.
    pub fn with_bytes(bytes: Vec<u8>) -> Self {
        let disk = Self::new();
        disk.content().synced = Some(bytes);
        disk
    }

    fn content(&self) -> MutexGuard<'_, Content> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the file, which is created if need be. `None` while another handle is alive.
    pub fn open(&self) -> Option<MemoryFile> {
        let mut content = self.content();
        if content.open {
            return None;
        }
        content.open = true;
        content.opening += 1;
        Some(MemoryFile { disk: self.clone(), opening: content.opening })
    }

    /// The machine stops: handles become useless and unsynced bytes suffer `tail`.
    pub fn crash(&self, tail: Tail) {
        let mut content = self.content();
        let mut unsynced = std::mem::take(&mut content.unsynced);
        let kept = match tail {
            Tail::Kept(count) | Tail::Zeroed(count) => count.min(unsynced.len()),
        };
        match tail {
            Tail::Kept(_) => unsynced.truncate(kept),
            Tail::Zeroed(_) => unsynced[kept..].fill(0),
        }
        if let Some(synced) = &mut content.synced {
            synced.extend_from_slice(&unsynced);
        }
        content.open = false;
        content.opening += 1;
        content.operations_left = None;
    }

    /// Lets the next `count` appends, syncs and replacements succeed and all others fail, until the
    /// next crash.
    pub fn fail_after(&self, count: u64) {
        self.content().operations_left = Some(count);
    }

    /// What a reader would find now, unsynced bytes included. `None` if nothing was written.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        let content = self.content();
        content.synced.as_ref().map(|synced| [synced.as_slice(), &content.unsynced].concat())
    }

    /// How many bytes a crash could take.
    pub fn unsynced_bytes(&self) -> usize {
        self.content().unsynced.len()
    }
}

/// An opened file on a [`MemoryDisk`].
#[derive(Debug)]
pub struct MemoryFile {
    disk: MemoryDisk,
    opening: u64,
}

impl MemoryFile {
    fn content(&self) -> io::Result<MutexGuard<'_, Content>> {
        let content = self.disk.content();
        if content.opening != self.opening {
            return Err(io::Error::other("the machine of this handle stopped"));
        }
        Ok(content)
    }

    fn content_to_change(&self) -> io::Result<MutexGuard<'_, Content>> {
        let mut content = self.content()?;
        match &mut content.operations_left {
            Some(0) => return Err(io::Error::other("a simulated failure of the disk")),
            Some(left) => *left -= 1,
            None => {}
        }
        Ok(content)
    }
}

impl Drop for MemoryFile {
    fn drop(&mut self) {
        if let Ok(mut content) = self.content() {
            content.open = false;
        }
    }
}

impl RecordFile for MemoryFile {
    fn read(&mut self) -> io::Result<Option<Vec<u8>>> {
        drop(self.content()?);
        Ok(self.disk.bytes())
    }

    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self.content_to_change() {
            Ok(mut content) => content.unsynced.extend_from_slice(bytes),
            Err(error) => {
                // A full disk takes what fits.
                self.content()?.unsynced.extend_from_slice(&bytes[..bytes.len() / 2]);
                return Err(error);
            }
        }
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut content = self.content_to_change()?;
        let unsynced = std::mem::take(&mut content.unsynced);
        content.synced.get_or_insert_default().extend_from_slice(&unsynced);
        Ok(())
    }

    fn replace(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut content = self.content_to_change()?;
        content.synced = Some(bytes.to_vec());
        content.unsynced.clear();
        Ok(())
    }

    fn name(&self) -> String {
        "(memory)".to_owned()
    }
}
