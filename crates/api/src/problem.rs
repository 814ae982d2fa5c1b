//! Answers to requests that are not done: RFC 9457 problem details with stable codes.
//!
//! The table of [`Kind`]s is a promise to clients: a code is never renamed. Codes of ledger rules
//! come from `corridor_types::Code` and pass through unchanged.

use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use corridor_types::Code;
use corridor_types::view::{FieldError, Problem};

use crate::limits::MAX_SHOWN_VALUE;
use crate::node::{NoAnswer, Unavailable};

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $kind:ident = $status:literal, $code:literal, $title:literal;)*) => {
        /// Why a request was not done.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind {
            $($(#[doc = $doc])* $kind,)*
        }

        impl Kind {
            /// Every kind.
            #[cfg(test)]
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            pub const fn status(self) -> u16 {
                match self { $(Self::$kind => $status,)* }
            }

            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)* }
            }

            pub const fn title(self) -> &'static str {
                match self { $(Self::$kind => $title,)* }
            }
        }
    };
}

kinds! {
    /// The body is not what the route takes.
    Malformed = 400, "malformed", "The request cannot be read";
    /// The body is no JSON at all.
    MalformedJson = 400, "malformed_json", "The body is not JSON";
    /// A path or query parameter has the wrong form.
    InvalidParameter = 400, "invalid_parameter", "A parameter has the wrong form";
    /// No such thing, or no such route.
    NotFound = 404, "not_found", "There is nothing here";
    /// There will be a receipt, but not yet.
    ReceiptPending = 404, "receipt_pending", "The receipt is not ready yet";
    /// The sealed details are for this node, which does not have them yet.
    DetailsPending = 404, "details_pending", "The sealed details are not here yet";
    /// The sealed details were erased.
    DetailsErased = 404, "details_erased", "The sealed details were erased here";
    /// It happened before this node began.
    BeforeSnapshot = 404, "before_snapshot", "This node does not hold that part of the history";
    /// The route exists for other methods.
    MethodNotAllowed = 405, "method_not_allowed", "The route does not take this method";
    /// More bytes than a request may have.
    BodyTooLarge = 413, "body_too_large", "The body is too large";
    /// Neither JSON nor the binary form, or compressed.
    UnsupportedMediaType = 415, "unsupported_media_type", "The body is of a type that the route does not take";
    /// An observer takes no transactions.
    NotValidator = 421, "not_a_validator", "This node takes no transactions";
    /// A ledger rule says no.
    Refused = 422, "refused", "The transaction breaks a rule of the ledger";
    /// Another payment's document, or one for others.
    DetailsRefused = 422, "details_refused", "The document is not this payment's, or not for this node";
    /// No room now.
    Busy = 503, "busy", "The node cannot take this request now";
    /// Took too long.
    Timeout = 503, "timeout", "The request took too long";
    /// Started or stopping, or its storage failed.
    Unavailable = 503, "unavailable", "The node cannot answer now";
    /// Not ready to take work.
    NotReady = 503, "not_ready", "The node is not ready";
}

/// A problem on its way to the client.
#[derive(Debug)]
pub struct ApiProblem(pub Box<Problem>);

/// What a handler gives.
pub type Reply<T> = Result<T, ApiProblem>;

impl ApiProblem {
    /// A problem of `kind`, in this case because of `detail`.
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Problem {
            kind: format!("{}{}", Problem::PREFIX, kind.code()),
            title: kind.title().to_owned(),
            status: kind.status(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_ms: None,
        }))
    }

    /// Names fields at fault.
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors = errors;
        self
    }

    /// Says when a new attempt makes sense.
    pub fn retry_after(mut self, millis: u64) -> Self {
        self.0.retry_after_ms = Some(millis);
        self
    }

    /// Nothing of this name is known.
    pub fn not_found(what: &str, name: impl std::fmt::Display) -> Self {
        Self::new(Kind::NotFound, format!("no {what} {name} is known to this node"))
    }
}

/// One field at fault.
pub fn field_error(field: impl Into<String>, code: &str, message: impl Into<String>, remedy: &str) -> FieldError {
    let (field, code, remedy) = (field.into(), code.to_owned(), remedy.to_owned());
    FieldError { field, code, value: None, message: message.into(), remedy }
}

/// One field refused by a ledger rule.
pub fn rule_error(field: &str, code: Code, detail: impl Into<String>) -> FieldError {
    field_error(field, code.as_str(), detail, code.meaning())
}

/// A value cut to a length that can be shown.
pub fn shown(value: &str) -> String {
    value.chars().take(MAX_SHOWN_VALUE).collect()
}

impl From<Unavailable> for ApiProblem {
    fn from(Unavailable(reason): Unavailable) -> Self {
        Self::new(Kind::Unavailable, reason).retry_after(1_000)
    }
}

impl From<NoAnswer> for ApiProblem {
    fn from(reason: NoAnswer) -> Self {
        match reason {
            NoAnswer::Unavailable(reason) => reason.into(),
            NoAnswer::BeforeSnapshot(height) => {
                let detail = format!("not held here: before this node's snapshot at height {height}; ask another node");
                Self::new(Kind::BeforeSnapshot, detail)
            }
        }
    }
}

impl IntoResponse for ApiProblem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self.0).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response();
        if let Some(millis) = self.0.retry_after_ms {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(millis.div_ceil(1_000)));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_problems() {
        let row = |kind: &Kind| format!("{} {:<24} {}\n", kind.status(), kind.code(), kind.title());
        let guide = include_str!("../../../docs/api/api.md");
        let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !guide.contains(&format!("`{}`", kind.code()))).collect();
        assert!(missing.is_empty(), "docs/api/api.md does not name {missing:?}");
        insta::assert_snapshot!(Kind::ALL.iter().map(row).collect::<String>());
    }
}
