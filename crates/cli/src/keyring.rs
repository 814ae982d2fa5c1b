//! Secret keys in files, by purpose. The files are the signer's; this adds only the names of the
//! purposes that Corridor knows. A secret key is never printed.

use std::path::Path;

use clap::ValueEnum;
use corridor_crypto::SecretKey;
use corridor_sealing::SealingSecret;
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
    /// Signs authorisations: of participants, programmes, clients, licences
    Supervisor,
    /// An officer who initiates payments
    Maker,
    /// An officer who approves what others initiate
    Checker,
    /// An officer who holds, releases and refuses payments, and executes legal orders
    Compliance,
    /// Signs changes of the institution's own keys and rules, and its votes
    Governance,
    /// Opens details of payments that are sealed to the institution; signs nothing
    Sealing,
}

impl Purpose {
    const ALL: [Self; 10] = [
        Self::Validator,
        Self::Network,
        Self::Operator,
        Self::Issuer,
        Self::Supervisor,
        Self::Maker,
        Self::Checker,
        Self::Compliance,
        Self::Governance,
        Self::Sealing,
    ];

    /// The word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Validator => "validator",
            Self::Network => "network",
            Self::Operator => "operator",
            Self::Issuer => "issuer",
            Self::Supervisor => "supervisor",
            Self::Maker => "maker",
            Self::Checker => "checker",
            Self::Compliance => "compliance",
            Self::Governance => "governance",
            Self::Sealing => "sealing",
        }
    }
}

impl From<KeyRole> for Purpose {
    fn from(role: KeyRole) -> Self {
        match role {
            KeyRole::Operator => Self::Operator,
            KeyRole::Issuer => Self::Issuer,
            KeyRole::Supervisor => Self::Supervisor,
            KeyRole::Maker => Self::Maker,
            KeyRole::Checker => Self::Checker,
            KeyRole::Compliance => Self::Compliance,
            KeyRole::Governance => Self::Governance,
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

/// Reads the key that opens sealed details. Its file has the form of the others: the same 32 bytes,
/// from which the sealing makes a key of another kind, so that neither can be used as the other.
///
/// # Errors
/// A usage failure that names the file.
pub fn read_sealing(file: &Path) -> Result<SealingSecret, Failure> {
    read(file, Purpose::Sealing).map(|key| SealingSecret::from_seed(&key.to_seed()))
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
