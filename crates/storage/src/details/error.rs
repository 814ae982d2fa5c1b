//! Why a document is not kept or given.

use std::io;
use std::path::{Path, PathBuf};

/// Why the folder of sealed details did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum DetailsError {
    /// The operating system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// Path of the file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is not what its name says.
    #[error("{path} does not have the digest that its name says; remove it, and the node fetches it again")]
    Damaged {
        /// Path of the damaged file.
        path: PathBuf,
    },
    /// Longer than any sealed document.
    #[error("the document has {bytes} bytes where {limit} are allowed; seal it with this program")]
    TooLarge {
        /// How long it is.
        bytes: usize,
        /// The most allowed.
        limit: usize,
    },
    /// Too much waits for payments that never came.
    #[error("{count} documents with {bytes} bytes wait for their payments already; submit those first")]
    Full {
        /// How many wait.
        count: usize,
        /// Bytes of the waiting documents together.
        bytes: u64,
    },
}

impl DetailsError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
