//! Secret keys in files, by purpose. The files are the signer's; this adds only the names of the
//! purposes that Corridor knows. A secret key is never printed.

use std::path::Path;

use clap::ValueEnum;
use corridor_crypto::SecretKey;
use corridor_signer::keyfile::{self, KeyFileError};
use corridor_types::KeyRole;
use serde::Serialize;

use crate::failure::Failure;

/// What a key is for: the word in its file. A key of one purpose is never used for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Signs votes of a node
    Validator,
    /// Authenticates links between nodes
    Network,
    /// Signs payments, attestations, cancellations, consents
    Operator,
    /// Signs issuing and redeeming money, two together
    Issuer,
    /// Signs authorisations of clients
    Supervisor,
}

impl Purpose {
    const ALL: [Self; 5] = [Self::Validator, Self::Network, Self::Operator, Self::Issuer, Self::Supervisor];

    /// The word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Network => "network",
            Self::Operator => "operator",
            Self::Issuer => "issuer",
            Self::Supervisor => "supervisor",
        }
    }
}

impl From<KeyRole> for Purpose {
    fn from(role: KeyRole) -> Self {
        match role {
            KeyRole::Operator => Self::Operator,
            KeyRole::Issuer => Self::Issuer,
            KeyRole::Supervisor => Self::Supervisor,
        }
    }
}

/// Writes a key to a new file that only its owner can read.
///
/// # Errors
/// A usage failure, also when the file exists.
pub fn write(file: &Path, purpose: Purpose, key: &SecretKey) -> Result<(), Failure> {
    keyfile::write(file, purpose.as_str(), key).map_err(Failure::usage)
}

/// Reads a key that must be for `purpose`.
///
/// # Errors
/// A usage failure that names the file.
pub fn read(file: &Path, purpose: Purpose) -> Result<SecretKey, Failure> {
    keyfile::read(file, purpose.as_str()).map_err(Failure::usage)
}

/// Reads a key whatever it is for.
///
/// # Errors
/// A usage failure that names the file.
pub fn read_any(file: &Path) -> Result<(Purpose, SecretKey), Failure> {
    let mut last = None;
    for purpose in Purpose::ALL {
        match keyfile::read(file, purpose.as_str()) {
            Ok(key) => return Ok((purpose, key)),
            Err(error @ KeyFileError::OtherRole { .. }) => last = Some(error),
            Err(error) => return Err(Failure::usage(error)),
        }
    }
    Err(last.map_or_else(|| Failure::internal("no purpose of keys is known"), Failure::usage))
}
