//! Reads an operation that a person wrote, and finds the field at fault.
//!
//! Serde reads an enum that is tagged inside its object in two steps and forgets where in the object
//! it was. So what does not fit is put piece by piece into the complete example of the same step: the
//! smallest piece that the example cannot take is at fault.

use std::fmt;

use corridor_types::{Decode as _, Encode as _, Operation, Uetr};
use serde_json::Value;

use super::template;

/// Fields that hold amounts: whole minor units, in JSON as digits in a string. Integers are taken too.
const AMOUNTS: &[&str] = &[
    "above",
    "amount",
    "balance_max",
    "cap",
    "paid",
    "payment",
    "payment_cap",
    "payment_max",
    "pays",
    "total",
    "up_to",
    "value",
];

/// Names of variants inside objects: where they differ, so do the fields beside them.
const TAGS: &[&str] = &["operation", "step", "proposal", "change", "scope", "target", "required"];

/// What is wrong with a text, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    /// Path of the field, such as `step.programme.caps[0].asset`; empty for the whole.
    pub path: String,
    /// What is wrong with its value.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, problem, remedy } = self;
        if path.is_empty() { write!(f, "{problem}; {remedy}") } else { write!(f, "{path}: {problem}; {remedy}") }
    }
}

/// The operation in a text of JSON. One without a reference gets `reference`.
///
/// # Errors
/// [`Fault`].
pub fn operation(text: &str, reference: Uetr) -> Result<Operation, Fault> {
    let fault = |path: &str, problem: String, remedy: String| Fault { path: path.to_owned(), problem, remedy };
    let mut value: Value = serde_json::from_str(text)
        .map_err(|error| fault("", format!("it is not one JSON value: {error}"), "write one operation".to_owned()))?;
    let name = template::name_in(&value);
    let known = || "see `corridor operation list`".to_owned();
    let example = template::find(&name).ok_or_else(|| match name.is_empty() {
        true => fault("operation", "it is missing or no text".to_owned(), known()),
        false => fault(tag_at_fault(&name), format!("there is no operation {name:?}"), known()),
    })?;
    let example = serde_json::to_value(example)
        .map_err(|error| fault("", error.to_string(), "report this as a defect".to_owned()))?;
    complete(&mut value, &example, reference);
    let remedy = format!("compare with `corridor operation template {name}`");
    let operation = parse(&value).map_err(|problem| {
        let (path, problem) = locate(&example, "", String::new(), &value, problem);
        fault(&path, problem, remedy.clone())
    })?;
    // A list may be longer than any node decodes.
    match Operation::from_bytes(&operation.to_bytes()) {
        Ok(_) => Ok(operation),
        Err(error) => Err(fault("", error.to_string(), remedy)),
    }
}

/// Where the first unknown part of a name stands.
fn tag_at_fault(name: &str) -> &'static str {
    let names = template::names();
    let is_known = |start: &str| names.iter().any(|one| format!("{one}.").starts_with(start));
    let starts = name.match_indices('.').map(|(end, _)| &name[..=end]);
    match starts.take_while(|start| is_known(start)).count() {
        0 => "operation",
        1 => "step.step",
        _ => "step.proposal.proposal",
    }
}

/// Fills in what may be left out, and takes integers as amounts.
fn complete(value: &mut Value, example: &Value, reference: Uetr) {
    if let Value::Object(fields) = value
        && example.get("reference").is_some()
        && !fields.contains_key("reference")
    {
        fields.insert("reference".to_owned(), Value::String(reference.to_string()));
    }
    write_amounts_as_digits(value);
}

fn write_amounts_as_digits(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(name, value)| match value.as_u64() {
            Some(minor) if AMOUNTS.contains(&name.as_str()) => *value = Value::String(minor.to_string()),
            _ => write_amounts_as_digits(value),
        }),
        Value::Array(list) => list.iter_mut().for_each(write_amounts_as_digits),
        _ => {}
    }
}

fn parse(value: &Value) -> Result<Operation, String> {
    serde_json::from_value(value.clone()).map_err(|error| error.to_string())
}

/// The path of the smallest part of `value` at fault, and what is wrong with it. `pointer` is where
/// `value` belongs in the example, `path` where it stands in what the person wrote.
fn locate(example: &Value, pointer: &str, path: String, value: &Value, problem: String) -> (String, String) {
    for (place, path, child, is_element) in parts(example.pointer(pointer), pointer, &path, value) {
        let mut trial = example.clone();
        let graft = if is_element { Value::Array(vec![child.clone()]) } else { child.clone() };
        // An element takes the place of the whole list, which then has only it.
        let target = if is_element { pointer } else { &place };
        if let Some(part) = trial.pointer_mut(target) {
            *part = graft;
        }
        if let Err(problem) = parse(&trial) {
            return locate(example, &place, path, child, problem);
        }
    }
    (path, problem)
}

/// The parts of a value that the example has too: their place there, their path, and whether they
/// are elements of a list.
fn parts<'a>(
    example: Option<&Value>,
    pointer: &str,
    path: &str,
    value: &'a Value,
) -> Vec<(String, String, &'a Value, bool)> {
    match (example, value) {
        (Some(Value::Object(known)), Value::Object(fields)) => {
            let differs =
                |tag: &&str| known.get(*tag).is_some_and(Value::is_string) && known.get(*tag) != fields.get(*tag);
            if TAGS.iter().any(differs) {
                return Vec::new();
            }
            let dot = if path.is_empty() { "" } else { "." };
            let shared = fields.iter().filter(|(name, _)| known.contains_key(*name));
            shared
                .map(|(name, value)| (format!("{pointer}/{name}"), format!("{path}{dot}{name}"), value, false))
                .collect()
        }
        (Some(Value::Array(known)), Value::Array(list)) if !known.is_empty() => {
            let part = |(position, value): (usize, &'a Value)| {
                (format!("{pointer}/0"), format!("{path}[{position}]"), value, true)
            };
            list.iter().enumerate().map(part).collect()
        }
        _ => Vec::new(),
    }
}
