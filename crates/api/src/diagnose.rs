//! Finds the field at fault inside an operation that does not fit.
//!
//! Serde reads an enum that is tagged inside its object in two steps and forgets where in the
//! object it was. A bank that sends JSON by hand must still be told which field to correct, so a
//! refused operation is looked at once more, field by field, each as the type that it holds there.
//! Nothing is accepted here.

mod fields;
mod steps;

use serde::de::DeserializeOwned;
use serde_json::Value;

/// A field's path, and what is wrong with it.
#[derive(Debug)]
pub struct Misfit {
    pub path: String,
    pub message: String,
}

/// The first field of an operation that has the wrong form, with its path behind `path`; `None` if
/// each of them is right by itself, so that one is missing or does not belong.
pub fn misfit_in_operation(path: &str, operation: &Value) -> Option<Misfit> {
    let name = operation["operation"].as_str()?;
    in_fields(path, operation, |field, path, value| fields::misfit(name, field, path, value))
}

/// The value at a path, such as `[0].operation.amount`.
pub fn value_at<'a>(body: &'a Value, path: &str) -> Option<&'a Value> {
    let places = path.split(['.', '[']).filter(|place| !place.is_empty());
    places.map(|place| place.trim_end_matches(']')).try_fold(body, |value, place| match value {
        Value::Array(list) => list.get(place.parse::<usize>().ok()?),
        other => other.get(place),
    })
}

/// Looks at a value as a type. What is inside tagged objects is not found by this alone.
fn check<T: DeserializeOwned>(path: &str, value: &Value) -> Option<Misfit> {
    let error = serde_path_to_error::deserialize::<_, T>(value).err()?;
    let inner = error.path().to_string();
    let path = match inner.as_str() {
        "." => path.to_owned(),
        inner if inner.starts_with('[') => format!("{path}{inner}"),
        inner => format!("{path}.{inner}"),
    };
    Some(Misfit { path, message: error.inner().to_string() })
}

/// Looks at each field of an object.
fn in_fields(path: &str, object: &Value, look: impl Fn(&str, &str, &Value) -> Option<Misfit>) -> Option<Misfit> {
    object.as_object()?.iter().find_map(|(name, value)| look(name, &format!("{path}.{name}"), value))
}

/// Looks at an object whose field `tag` says what it is: at the tag, then at the fields, then at the
/// whole, which tells of a field that is missing or does not belong.
fn tagged<T: DeserializeOwned>(
    tag: &str,
    path: &str,
    value: &Value,
    look: impl Fn(&str, &str, &Value) -> Option<Misfit>,
) -> Option<Misfit> {
    let whole = check::<T>(path, value)?;
    if whole.path != path || !value[tag].is_string() {
        return Some(whole);
    }
    in_fields(path, value, look).or(Some(whole))
}

/// Looks at the field `name` of an object first, which is tagged inside, and then at the whole.
fn with_inner<T: DeserializeOwned>(
    name: &str,
    path: &str,
    value: &Value,
    look: impl Fn(&str, &Value) -> Option<Misfit>,
) -> Option<Misfit> {
    let inner = value.get(name).and_then(|value| look(&format!("{path}.{name}"), value));
    inner.or_else(|| check::<T>(path, value))
}

/// Looks at each element of a list; at the whole if it is no list.
fn each<T: DeserializeOwned>(
    path: &str,
    value: &Value,
    look: impl Fn(&str, &Value) -> Option<Misfit>,
) -> Option<Misfit> {
    let Some(list) = value.as_array() else { return check::<Vec<T>>(path, value) };
    list.iter().enumerate().find_map(|(position, value)| look(&format!("{path}[{position}]"), value))
}
