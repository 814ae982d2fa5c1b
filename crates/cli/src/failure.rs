//! How a command fails: a kind that fixes the exit code, and a text that says what to do.
//!
//! | exit code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | refused by the ledger, or a verification failed |
//! | 2 | the command line, a file or a field is wrong |
//! | 3 | no connection, or something inside broke |

use std::fmt;
use std::path::Path;

use serde::Serialize;

/// What kind of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A decision against the request, or a proof that does not hold.
    Refused,
    /// The request itself is wrong.
    Usage,
    /// The node does not answer.
    Connection,
    /// Something broke inside this program.
    Internal,
}

impl Kind {
    /// The process's exit code.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Refused => 1,
            Self::Usage => 2,
            Self::Connection | Self::Internal => 3,
        }
    }
}

/// Why a command did not do what it was asked to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// Decides the exit code.
    pub kind: Kind,
    /// A stable code where there is one, such as a rejection's `insufficient_funds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What is wrong, where, and what to do.
    pub message: String,
}

impl Failure {
    fn new(kind: Kind, message: impl fmt::Display) -> Self {
        Self { kind, code: None, message: message.to_string() }
    }

    /// A decision against the request.
    pub fn refused(code: impl fmt::Display, message: impl fmt::Display) -> Self {
        Self { code: Some(code.to_string()), ..Self::new(Kind::Refused, message) }
    }

    /// A wrong argument, file or field.
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// No node answered, or none could be reached.
    pub fn connection(message: impl fmt::Display) -> Self {
        Self::new(Kind::Connection, message)
    }

    /// Something broke inside this program.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// A file that cannot be read.
    pub fn unreadable(file: &Path, error: impl fmt::Display) -> Self {
        Self::usage(format!("cannot read {}: {error}", file.display()))
    }

    /// A file that cannot be written.
    pub fn unwritable(file: &Path, error: impl fmt::Display) -> Self {
        Self::internal(format!("cannot write {}: {error}", file.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "{code}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}
