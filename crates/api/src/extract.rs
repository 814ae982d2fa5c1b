//! Reading a request: identifiers in the path, parameters, bodies. Everything is bounded before it
//! is kept, and every refusal names the field.

use std::fmt::Display;
use std::str::FromStr;

use axum::body::Body;
use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::request::Parts;
use bytes::{Bytes, BytesMut};
use corridor_types::view::FieldError;
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::diagnose::{Misfit, misfit_in_operation, value_at};
use crate::limits::MAX_BODY_BYTES;
use crate::problem::{ApiProblem, Kind, Reply, field_error, shown};

/// The one identifier in a route's path.
#[derive(Debug)]
pub struct Identifier<T>(pub T);

impl<T, S> FromRequestParts<S> for Identifier<T>
where
    T: FromStr<Err: Display> + Send,
    S: Send + Sync,
{
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Reply<Self> {
        let invalid = |name: &str, value: &str, message: String| {
            let mut error = field_error(name, "invalid_identifier", message, "see the route in /openapi.json");
            error.value = Some(shown(value));
            ApiProblem::new(Kind::InvalidParameter, "the identifier in the path is malformed").with_errors(vec![error])
        };
        let parameters = RawPathParams::from_request_parts(parts, state)
            .await
            .map_err(|rejection| invalid("path", parts.uri.path(), rejection.body_text()))?;
        let (name, text) = parameters.iter().next().unwrap_or(("path", ""));
        text.parse().map(Self).map_err(|error: T::Err| invalid(name, text, error.to_string()))
    }
}

/// The parameters after the question mark. Unknown ones are refused: a misspelt filter that is
/// ignored would show too much.
#[derive(Debug)]
pub struct Parameters<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Parameters<T> {
    type Rejection = ApiProblem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Reply<Self> {
        let parsed = Query::<T>::try_from_uri(&parts.uri).map_err(|rejection| {
            let text = rejection.body_text();
            // "Failed to deserialize query string: name: what is wrong"
            let mut parts = text.splitn(3, ": ").skip(1);
            let (field, message) = (parts.next().unwrap_or("query"), parts.next().unwrap_or(&text));
            let error = field_error(field, code_of(message), message, "see the route's parameters in /openapi.json");
            ApiProblem::new(Kind::InvalidParameter, "the query is malformed").with_errors(vec![error])
        })?;
        Ok(Self(parsed.0))
    }
}

/// What kind of misfit a deserializer's message tells of. Serde has no other way to ask.
fn code_of(message: &str) -> &'static str {
    let known = ["unknown field", "missing field", "duplicate field", "unknown variant"];
    let codes = ["unknown_field", "missing_field", "duplicate_field", "unknown_variant"];
    let found = known.iter().position(|text| message.contains(text));
    found.and_then(|position| codes.get(position)).copied().unwrap_or("invalid_value")
}

/// The forms in which a body may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyForm {
    /// `application/json`.
    Json,
    /// `application/octet-stream`: the canonical encoding.
    Binary,
}

/// The form that the headers announce.
pub fn body_form(headers: &HeaderMap) -> Reply<BodyForm> {
    let unsupported = |detail: String| Err(ApiProblem::new(Kind::UnsupportedMediaType, detail));
    if headers.get(CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return unsupported("send the body uncompressed".to_owned());
    }
    let announced = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match announced.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/json" => Ok(BodyForm::Json),
        "application/octet-stream" => Ok(BodyForm::Binary),
        other => unsupported(format!("{:?} is neither application/json nor application/octet-stream", shown(other))),
    }
}

/// The whole body, at most [`MAX_BODY_BYTES`].
pub async fn read_body(body: Body) -> Reply<Bytes> {
    let (mut stream, mut whole) = (body.into_data_stream(), BytesMut::new());
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| ApiProblem::new(Kind::Malformed, format!("the body broke off: {error}")))?;
        if whole.len() + piece.len() > MAX_BODY_BYTES {
            let detail = format!("a request has at most {MAX_BODY_BYTES} bytes; send several");
            return Err(ApiProblem::new(Kind::BodyTooLarge, detail));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// Reads JSON. What is no JSON and what does not fit are different problems.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Reply<T> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, error) = (error.path().to_string(), error.into_inner());
        if error.is_data() { schema_problem(bytes, path, &error) } else { syntax_problem(&error) }
    })?;
    reader.end().map_err(|error| syntax_problem(&error))?;
    Ok(value)
}

fn syntax_problem(error: &serde_json::Error) -> ApiProblem {
    let error = field_error("", "malformed_json", error.to_string(), "send one JSON value");
    ApiProblem::new(Kind::MalformedJson, "the body is not one JSON value").with_errors(vec![error])
}

fn schema_problem(bytes: &[u8], path: String, error: &serde_json::Error) -> ApiProblem {
    let path = if path == "." { String::new() } else { path };
    // The body was JSON up to the fault; if it is not behind it, there is no value to look at.
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let Misfit { path, message } =
        inside_operation(&body, &path).unwrap_or_else(|| Misfit { path, message: error.to_string() });
    let (code, field) = (code_of(&message), with_name(path, &message));
    let value = value_at(&body, &field).and_then(shown_value);
    let error = FieldError { value, ..field_error(field, code, message, remedy_of(code)) };
    ApiProblem::new(Kind::Malformed, "the JSON does not fit the schema").with_errors(vec![error])
}

/// Looks again where serde stopped at a whole operation: see [`crate::diagnose`].
fn inside_operation(body: &Value, path: &str) -> Option<Misfit> {
    let last = path.rsplit('.').next()?;
    if last == "operation" { misfit_in_operation(path, value_at(body, path)?) } else { None }
}

/// The path of the field that a message names, for those that are told of the object around it.
fn with_name(path: String, message: &str) -> String {
    let names_field = message.starts_with("missing field `") || message.starts_with("unknown field `");
    let Some(name) = message.split('`').nth(1).filter(|_| names_field) else { return path };
    match path.rsplit('.').next() {
        Some("") | None => shown(name),
        Some(last) if last == name && message.starts_with("unknown") => path,
        Some(_) => format!("{path}.{}", shown(name)),
    }
}

/// A value as it is repeated to who sent it; not what holds others.
fn shown_value(value: &Value) -> Option<String> {
    match value {
        Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(shown(text)),
        other => Some(shown(&other.to_string())),
    }
}

/// What to do about a field with such a code.
fn remedy_of(code: &str) -> &'static str {
    match code {
        "missing_field" => "add the field; see the schema in /openapi.json",
        "unknown_field" => "leave the field out, or correct its name; see the schema in /openapi.json",
        "duplicate_field" => "give the field once",
        "unknown_variant" => "write one of the names listed",
        _ => "write the value as the schema in /openapi.json says",
    }
}
