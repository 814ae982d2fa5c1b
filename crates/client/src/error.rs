//! Why a request to a node gave no answer.

use corridor_types::Uetr;
use corridor_types::view::{PaymentView, Problem};

/// Why a request gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A base address is not usable.
    #[error("{url:?} is no address of a node: {problem}; write it like http://127.0.0.1:8080")]
    BadUrl {
        /// The address given.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// No node could be reached, or none answered to the end.
    #[error("no node answered; the last one tried, {url}, failed: {reason}")]
    Unreachable {
        /// The last address tried.
        url: String,
        /// What went wrong there.
        reason: String,
    },
    /// The node answered that it does not do it.
    #[error("{} ({}): {}{}", .0.title, .0.code(), .0.detail, fields(.0))]
    Problem(Box<Problem>),
    /// The answer is not what this release understands.
    #[error("{url} answered {status} with something unexpected: {reason}")]
    Unexpected {
        /// What was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong with the answer.
        reason: String,
    },
    /// Waiting took longer than allowed. What was waited for may still happen.
    #[error("payment {reference} is not there yet after {waited_ms} ms")]
    StillWaiting {
        /// The payment's UETR, as submitted.
        reference: Uetr,
        /// How long we waited.
        waited_ms: u128,
        /// Where it was when last seen; `None` if the node did not know it.
        last: Option<Box<PaymentView>>,
    },
}

impl ClientError {
    /// The problem that the node answered with, if it did.
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Problem(problem) => Some(problem),
            _ => None,
        }
    }

    /// The stable code of the problem, such as `busy`.
    pub fn code(&self) -> Option<&str> {
        self.problem().map(Problem::code)
    }

    /// True if asking again later may bring an answer.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::StillWaiting { .. } => true,
            Self::Problem(problem) => problem.retry_after_ms.is_some(),
            Self::BadUrl { .. } | Self::Unexpected { .. } => false,
        }
    }
}

fn fields(problem: &Problem) -> String {
    let line = |error: &corridor_types::view::FieldError| {
        let place = if error.field.is_empty() { "the body" } else { &error.field };
        format!("\n  {place}: {} ({})", error.message, error.code)
    };
    problem.errors.iter().map(line).collect()
}
