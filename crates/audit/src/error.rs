//! Why an audit does not begin, or cannot go on. What a history lacks or contradicts is no error but a
//! difference.

use std::path::PathBuf;

use corridor_ledger::Halt;
use corridor_storage::OpenError;
use corridor_types::{GenesisError, Height};

use crate::history::HistoryError;

/// Why an audit does not begin, or cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The folder holds no history that can be read now.
    #[error("--data {}: {}", path.display(), hint(source))]
    Data {
        /// The data folder.
        path: PathBuf,
        /// What the database says.
        source: OpenError,
    },
    /// The node began with a snapshot: without the first blocks nothing can be executed, because a node keeps the
    /// state of its last block only, not that of the snapshot.
    #[error(
        "this node began with the snapshot of height {snapshot}: it does not hold blocks 1 to {snapshot}, and none of \
         the later ones, up to {executed}, can be executed without the state before them; audit a node that holds the \
         history from genesis"
    )]
    NotHeld {
        /// The snapshot's height.
        snapshot: Height,
        /// The highest executed block.
        executed: Height,
    },
    /// The genesis document is unusable.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// The range begins nowhere.
    #[error("--from {from}: write a height from 1 to {to}")]
    From {
        /// What was asked for.
        from: Height,
        /// The last height of the range.
        to: Height,
    },
    /// The range ends behind the history.
    #[error("--to {to}: this node has executed blocks up to {executed}")]
    To {
        /// What was asked for.
        to: Height,
        /// The highest executed block.
        executed: Height,
    },
    /// A block cannot be given.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A block that the node executed cannot be executed again.
    #[error(transparent)]
    Halted(#[from] Halt),
}

/// What to do about a folder that does not open.
fn hint(error: &OpenError) -> String {
    match error {
        OpenError::Locked { .. } => "a node runs on it, or another audit; stop the node first".to_owned(),
        OpenError::Io { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            format!("it is no node's data folder (node.data_dir in its configuration): {error}")
        }
        other => other.to_string(),
    }
}
