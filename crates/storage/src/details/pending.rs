//! Documents that came before their payments: how many may wait, and which do after a restart.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use corridor_crypto::Digest;
use corridor_types::Uetr;

use super::DetailsError;

/// Documents that wait for their payments: a payment follows its document within a second, so that
/// this many are some seconds of a busy bank.
pub const MAX_PENDING_DETAILS: usize = 1_024;

/// Their bytes: [`MAX_PENDING_DETAILS`] of the ordinary size many times over.
pub const MAX_PENDING_BYTES: u64 = 32 * 1024 * 1024;

/// A document that waits for its payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingDetails {
    /// Of which payment it is to be.
    pub uetr: Uetr,
    /// Digest of the sealed document.
    pub digest: Digest,
    /// How long it has waited, by the file's time.
    pub age: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Pending {
    pub bytes: u64,
    pub since: SystemTime,
}

pub(super) fn name(uetr: Uetr, digest: Digest) -> String {
    format!("{uetr}.{digest}")
}

/// Refuses a document for which there is no room.
pub(super) fn check_room(index: &BTreeMap<(Uetr, Digest), Pending>, more: u64) -> Result<(), DetailsError> {
    let (count, bytes) = (index.len(), index.values().map(|held| held.bytes).sum::<u64>());
    let room = count < MAX_PENDING_DETAILS && bytes.saturating_add(more) <= MAX_PENDING_BYTES;
    if room { Ok(()) } else { Err(DetailsError::Full { count, bytes }) }
}

/// What waits in the folder; files of other names are not ours.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<(Uetr, Digest), Pending>, DetailsError> {
    let mut index = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(DetailsError::io("list", folder))? {
        let entry = entry.map_err(DetailsError::io("list", folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let parsed = name.split_once('.').and_then(|(uetr, digest)| Some((uetr.parse().ok()?, digest.parse().ok()?)));
        let Some(key) = parsed else { continue };
        let metadata = entry.metadata().map_err(DetailsError::io("look at", folder))?;
        let since = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        index.insert(key, Pending { bytes: metadata.len(), since });
    }
    Ok(index)
}
