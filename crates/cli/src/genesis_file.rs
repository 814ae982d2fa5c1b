//! Reads and writes the genesis document as a file. What it may say is decided by its own checks.

use std::path::Path;

use corridor_types::Genesis;

use crate::failure::Failure;

/// Reads and checks a document.
///
/// # Errors
/// A usage failure that names file and field.
pub fn read(file: &Path) -> Result<Genesis, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::unreadable(file, error))?;
    Genesis::from_json(&text).map_err(|problem| Failure::usage(format!("{}: {problem}", file.display())))
}

/// The document as people read it.
///
/// # Errors
/// Only if the serializer fails, which for this type it does not.
pub fn to_text(genesis: &Genesis) -> Result<String, Failure> {
    serde_json::to_string_pretty(genesis).map(|text| text + "\n").map_err(Failure::internal)
}
