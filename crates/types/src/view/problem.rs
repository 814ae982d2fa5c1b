//! What a client is told when a request is not done: RFC 9457 problem details.

use serde::{Deserialize, Serialize};

/// One field of a request that was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Path to the field, such as `[0].operation.amount` or `uetr`; empty for the whole body.
    pub field: String,
    /// Stable code: a ledger's code (`corridor_types::Code`) or one of the interface.
    pub code: String,
    /// The value found, cut to a readable length, if it can be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What is wrong with it.
    pub message: String,
    /// What would be right.
    pub remedy: String,
}

/// Problem details (RFC 9457, section 3.1) with one entry per refused field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `urn:corridor:problem:` and the problem's stable code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind of problem in words, the same for every occurrence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// This occurrence.
    pub detail: String,
    /// The fields at fault; empty if none is.
    #[serde(default)]
    pub errors: Vec<FieldError>,
    /// When a new attempt makes sense, in milliseconds; absent if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl Problem {
    /// What every `type` begins with.
    pub const PREFIX: &str = "urn:corridor:problem:";

    /// The stable code in `type`.
    pub fn code(&self) -> &str {
        self.kind.strip_prefix(Self::PREFIX).unwrap_or(&self.kind)
    }
}

/// That a node is ready to take work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Always true: a node that is not ready answers with a problem.
    pub ready: bool,
}
