//! Refusals: what a rule says no to, with the field, the code and what to do.

use corridor_types::Code;

/// Why a transaction would be refused now: the answer of [`Ledger::check`](crate::Ledger::check).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {code}: {detail}")]
pub struct FieldRefusal {
    /// Where, such as `payments[3].amount`.
    pub field: String,
    /// The code that an entry would carry.
    pub code: Code,
    /// The value found and the value wanted.
    pub detail: String,
}

/// A rule's no. Execution uses the code alone; the text is for those who ask ahead of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub field: &'static str,
    pub code: Code,
    pub detail: String,
}

impl Refusal {
    pub fn new(code: Code, field: &'static str, detail: impl Into<String>) -> Self {
        Self { field, code, detail: detail.into() }
    }

    /// Places the field inside the transaction; `prefix` is empty or ends with a dot.
    pub fn under(self, prefix: &str) -> FieldRefusal {
        FieldRefusal { field: format!("{prefix}{}", self.field), code: self.code, detail: self.detail }
    }
}

/// Refuses unless `holds`. The text is only made when it is needed.
pub(crate) fn ensure(
    holds: bool,
    code: Code,
    field: &'static str,
    detail: impl FnOnce() -> String,
) -> Result<(), Refusal> {
    if holds { Ok(()) } else { Err(Refusal { field, code, detail: detail() }) }
}
