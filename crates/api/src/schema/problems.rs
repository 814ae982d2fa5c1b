//! Problem details.

use utoipa::{IntoResponses, ToSchema};

/// One field of a request that was refused.
#[derive(ToSchema)]
pub struct FieldError {
    /// Path to the field; empty for the whole body.
    #[schema(example = "[0].operation.amount")]
    field: String,
    /// Stable code: of a ledger rule, or of the interface.
    #[schema(example = "insufficient_funds")]
    code: String,
    /// The value found, cut to a readable length, if it can be shown.
    value: Option<String>,
    /// What is wrong with it.
    message: String,
    /// What would be right.
    remedy: String,
}

/// Problem details (RFC 9457).
#[derive(ToSchema)]
pub struct Problem {
    /// `urn:corridor:problem:` and a stable code.
    #[schema(example = "urn:corridor:problem:refused")]
    r#type: String,
    /// The kind of problem in words.
    title: String,
    /// The HTTP status.
    status: u16,
    /// This occurrence.
    detail: String,
    /// The fields at fault; empty if none is.
    errors: Vec<FieldError>,
    /// When a new attempt makes sense, in milliseconds; absent if never. Also in `Retry-After`.
    retry_after_ms: Option<u64>,
}

/// The problems that every route may answer with.
#[derive(IntoResponses)]
pub enum Problems {
    /// A parameter or the body cannot be read; `errors` says where.
    #[response(status = 400, content_type = "application/problem+json")]
    BadRequest(Problem),
    /// There is nothing of this name.
    #[response(status = 404, content_type = "application/problem+json")]
    NotFound(Problem),
    /// `busy`, `timeout` or `unavailable`; `Retry-After` says when to try again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(Problem),
}

/// That a node is ready to take work.
#[derive(ToSchema)]
pub struct Ready {
    /// Always true: a node that is not ready answers with a problem.
    ready: bool,
}
