//! `corridor openapi`: the description of the HTTP interface, without a node.

use crate::failure::Failure;
use crate::output::print_document;

/// Prints the OpenAPI document.
///
/// # Errors
/// Only if the serializer fails.
pub fn run() -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(&corridor_api::openapi()).map_err(Failure::internal)?;
    print_document(&text);
    Ok(())
}
