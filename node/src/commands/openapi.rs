//! `corridor openapi`: the description of the HTTP interface, without a node.

use corridor_cli::output::print_document;

/// Prints the OpenAPI document.
pub fn run() {
    print_document(&corridor_api::openapi());
}
