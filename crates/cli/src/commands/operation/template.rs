//! The names of all operations and their steps, who signs them, and a complete example of each.

use std::fmt;

use corridor_types::{Operation, Uetr};
use serde::Serialize;
use serde_json::Value;

use super::example;
use crate::clock;
use crate::failure::Failure;
use crate::output::print_document;

/// The name of an operation in JSON, as far as it can be told: empty if it is none.
pub fn name_in(operation: &Value) -> String {
    let tags = ["/operation", "/step/step", "/step/proposal/proposal"];
    let parts: Vec<&str> = tags.iter().map_while(|tag| operation.pointer(tag)?.as_str()).collect();
    parts.join(".")
}

/// The name of an operation: the table's, and for a proposal what is proposed.
///
/// # Errors
/// An internal failure: an operation without a form in JSON.
pub fn name_of(operation: &Operation) -> Result<String, Failure> {
    Ok(name_in(&serde_json::to_value(operation).map_err(Failure::internal)?))
}

/// Whose keys an operation needs, in words.
pub fn needs(operation: &Operation) -> String {
    operation.row().signed.to_string()
}

/// All names, in the order of the table.
pub fn names() -> Vec<String> {
    lines().into_iter().map(|line| line.name).collect()
}

/// The example of an operation.
pub fn find(name: &str) -> Option<Operation> {
    let is_wanted = |example: &Operation| serde_json::to_value(example).is_ok_and(|value| name_in(&value) == name);
    example::operations(clock::now()).ok()?.into_iter().find(is_wanted)
}

/// Prints an example.
///
/// # Errors
/// A usage failure if there is no such operation.
pub fn print(name: &str) -> Result<(), Failure> {
    let unknown = || Failure::usage(format!("NAME: there is no operation {name:?}; see `corridor operation list`"));
    let mut operation = find(name).ok_or_else(unknown)?;
    renew(&mut operation, clock::new_uetr()?);
    print_document(&serde_json::to_string_pretty(&operation).map_err(Failure::internal)?);
    Ok(())
}

/// Gives a payment a name of its own; other references may be left out anyway.
fn renew(operation: &mut Operation, uetr: Uetr) {
    if let Operation::Pay { payment } = operation {
        payment.uetr = uetr;
    }
}

/// A line of the list.
#[derive(Debug, Serialize)]
struct Line {
    name: String,
    needs: String,
}

fn lines() -> Vec<Line> {
    let examples = example::operations(clock::now()).unwrap_or_default();
    let line = |operation: &Operation| Some(Line { name: name_of(operation).ok()?, needs: needs(operation) });
    examples.iter().filter_map(line).collect()
}

/// All operations that have a template.
#[derive(Debug, Serialize)]
pub struct List {
    operations: Vec<Line>,
}

/// The list that `corridor operation list` prints.
pub fn list() -> List {
    List { operations: lines() }
}

impl fmt::Display for List {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<32} needs", "operation")?;
        self.operations.iter().try_for_each(|line| write!(f, "\n{:<32} {}", line.name, line.needs))
    }
}
