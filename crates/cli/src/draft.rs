//! A transaction as a file that travels between those who sign it: JSON, with the signatures that it
//! has so far. Nothing is signed here.

use std::path::Path;

use corridor_crypto::PublicKey;
use corridor_types::{Genesis, Operation, ParticipantId, Transaction};

use crate::clock;
use crate::failure::Failure;
use crate::files;

/// One hour, in milliseconds.
const HOUR_MS: u64 = 3_600_000;

/// A transaction that nobody has signed, valid for some hours from now.
pub fn unsigned(participant: ParticipantId, operation: Operation, valid_h: u32) -> Transaction {
    let valid_until = clock::now().plus_ms(u64::from(valid_h).saturating_mul(HOUR_MS));
    Transaction { participant, valid_until, operation, approvals: Vec::new() }
}

/// Reads a file.
///
/// # Errors
/// A usage failure that names the file.
pub fn read(file: &Path) -> Result<Transaction, Failure> {
    let text = files::read_text(file)?;
    serde_json::from_str(&text).map_err(|error| Failure::usage(format!("{}: {error}", file.display())))
}

/// Writes the file.
///
/// # Errors
/// A failure that names it.
pub fn write(file: &Path, transaction: &Transaction) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(transaction).map_err(Failure::internal)?;
    files::write_whole(file, &(text + "\n"))
}

/// The keys that have signed, each with whether its signature holds on this chain.
pub fn signatures(transaction: &Transaction, genesis: &Genesis) -> Vec<(PublicKey, bool)> {
    let message = transaction.signed_message(&genesis.signing_context());
    let holds = |key: &PublicKey, signature| key.verify(&message, signature).is_ok();
    transaction.approvals.iter().map(|approval| (approval.key, holds(&approval.key, &approval.signature))).collect()
}
