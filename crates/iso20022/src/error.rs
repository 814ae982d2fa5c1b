//! What is wrong with a message: a bounded list of problems, each naming a field and the remedy.
//!
//! Values quoted here come from the message and may be personal data: return them to the sender,
//! never write them to a log.

use std::fmt;

/// Characters of an offending value that are quoted back.
const MAX_QUOTED_CHARACTERS: usize = 80;

/// Why a message was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", summary(.errors, *.omitted))]
pub struct ReadError {
    /// The problems in the order in which they were found; never empty.
    pub errors: Vec<FieldError>,
    /// Problems beyond [`crate::Limits::max_problems`] that were only counted. There may be more:
    /// once the list is full, transactions that are not yet mapped are left alone.
    pub omitted: usize,
}

/// One problem of one field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code} at {path}: {problem} (found {value:?}); {remedy}")]
pub struct FieldError {
    /// Where, as an XPath-like path: `/Document/FIToFICstmrCdtTrf/CdtTrfTxInf[2]/PmtId/UETR`.
    pub path: String,
    /// The offending value, shortened; empty when something is missing.
    pub value: String,
    /// Stable code of the kind of problem.
    pub code: Code,
    /// What is wrong.
    pub problem: String,
    /// What the sender can do about it.
    pub remedy: String,
}

fn summary(errors: &[FieldError], omitted: usize) -> String {
    let first = errors.first().map(ToString::to_string).unwrap_or_default();
    match errors.len() + omitted {
        0 | 1 => first,
        total => format!("{total} problems, the first: {first}"),
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])+ $name:ident = $text:literal,)+) => {
        /// Stable codes of problems. A code never changes its meaning and is never used again.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])+ $name,)+ }

        impl Code {
            /// Every code, for documentation and tests.
            pub const ALL: &'static [Code] = &[$(Code::$name,)+];

            /// The text that clients see, such as `ISO_PATTERN`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)+ }
            }
        }
    };
}

codes! {
    /// The document is larger than allowed.
    TooLarge = "XML_TOO_LARGE",
    /// Not UTF-8, or another encoding or XML version is declared.
    Encoding = "XML_ENCODING",
    /// A character that XML 1.0 does not allow.
    Character = "XML_CHARACTER",
    /// Not well-formed XML.
    Syntax = "XML_SYNTAX",
    /// A document type definition.
    Doctype = "XML_DOCTYPE",
    /// An entity other than the five predefined ones.
    Entity = "XML_ENTITY",
    /// A processing instruction.
    Instruction = "XML_PROCESSING_INSTRUCTION",
    /// Elements nested too deep.
    Depth = "XML_DEPTH",
    /// Too many elements.
    Elements = "XML_ELEMENTS",
    /// Too many attributes, the same attribute twice, or too many namespaces.
    Attributes = "XML_ATTRIBUTES",
    /// The document is not the expected kind of message.
    Message = "ISO_MESSAGE",
    /// The business application header does not fit the document.
    Header = "ISO_HEADER",
    /// An element in another namespace than the message's.
    Namespace = "ISO_NAMESPACE",
    /// An element that the schema does not allow here.
    UnknownElement = "ISO_UNKNOWN_ELEMENT",
    /// An attribute that the schema does not allow here.
    UnknownAttribute = "ISO_UNKNOWN_ATTRIBUTE",
    /// An element after one that it must precede.
    Order = "ISO_ORDER",
    /// A mandatory element or attribute is missing.
    Missing = "ISO_MISSING",
    /// An element appears too often.
    TooMany = "ISO_TOO_MANY",
    /// More than one alternative of a choice.
    Choice = "ISO_CHOICE",
    /// Text between elements.
    Text = "ISO_TEXT",
    /// A value that does not match its pattern.
    Pattern = "ISO_PATTERN",
    /// A text that is too short or too long.
    Length = "ISO_LENGTH",
    /// A code that is not in its list.
    Enumeration = "ISO_ENUMERATION",
    /// Not a decimal number.
    Decimal = "ISO_DECIMAL",
    /// A decimal number with too many digits.
    Digits = "ISO_DIGITS",
    /// A negative number where none is allowed.
    Negative = "ISO_NEGATIVE",
    /// Not a calendar date.
    Date = "ISO_DATE",
    /// Not a date and time, or not a time.
    Time = "ISO_TIME",
    /// Neither true nor false.
    Boolean = "ISO_BOOLEAN",
    /// A field that the schema leaves optional and that a payment on the ledger needs.
    Required = "ISO_REQUIRED",
    /// An amount that the ledger cannot hold.
    Amount = "ISO_AMOUNT",
    /// A currency that is not known.
    Currency = "ISO_CURRENCY",
    /// A UETR that is not a UUID of version 4.
    Uetr = "ISO_UETR",
    /// A malformed BIC.
    Bic = "ISO_BIC",
    /// A malformed LEI, or wrong check digits.
    Lei = "ISO_LEI",
    /// An IBAN with wrong check digits.
    Iban = "ISO_IBAN",
    /// A malformed country code.
    Country = "ISO_COUNTRY",
    /// The number of transactions does not agree with the message, or is too high.
    Count = "ISO_TRANSACTION_COUNT",
    /// A control sum or total does not agree with the transactions.
    ControlSum = "ISO_CONTROL_SUM",
    /// A field given both for the group and for a transaction.
    Conflict = "ISO_CONFLICT",
    /// The same UETR twice in one message.
    Duplicate = "ISO_DUPLICATE",
    /// A feature of the message that the ledger does not offer.
    Unsupported = "ISO_UNSUPPORTED",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A problem without its place: what a check returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub code: Code,
    pub problem: String,
    pub remedy: String,
}

impl Fault {
    pub(crate) fn new(code: Code, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { code, problem: problem.into(), remedy: remedy.into() }
    }
}

/// A place in the tree; its text is made only when a problem is reported.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    name: &'p str,
    index: Option<usize>,
}

impl<'p> Path<'p> {
    pub(crate) const fn root(name: &'p str) -> Self {
        Self { parent: None, name, index: None }
    }

    /// A child, or a relative path of several names.
    pub(crate) const fn child(&'p self, name: &'p str) -> Self {
        Self { parent: Some(self), name, index: None }
    }

    /// The `index`-th child of its name, counted from 1.
    pub(crate) const fn nth(&'p self, name: &'p str, index: usize) -> Self {
        Self { parent: Some(self), name, index: Some(index) }
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        write!(f, "/{}", self.name)?;
        self.index.map_or(Ok(()), |index| write!(f, "[{index}]"))
    }
}

/// The bounded list in which all checks of one message leave what they found.
#[derive(Debug)]
pub(crate) struct Problems {
    errors: Vec<FieldError>,
    omitted: usize,
    max: usize,
}

impl Problems {
    pub(crate) const fn new(max: usize) -> Self {
        Self { errors: Vec::new(), omitted: 0, max }
    }

    /// Records a problem. The first one of a place wins: what later checks say of a value that
    /// already failed is an echo.
    pub(crate) fn add(&mut self, path: &Path<'_>, value: &str, fault: Fault) {
        if self.is_full() {
            return self.count();
        }
        let path = path.to_string();
        if self.errors.iter().any(|error| error.path == path) {
            return;
        }
        self.errors.push(FieldError {
            path,
            value: shortened(value),
            code: fault.code,
            problem: fault.problem,
            remedy: fault.remedy,
        });
    }

    /// Whether further problems are only counted; then nothing needs to be worded.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= self.max.max(1)
    }

    /// Counts a problem that is not worded.
    pub(crate) fn count(&mut self) {
        self.omitted = self.omitted.saturating_add(1);
    }

    /// `value`, unless anything was recorded.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, ReadError> {
        if self.errors.is_empty() {
            return Ok(value);
        }
        Err(ReadError { errors: self.errors, omitted: self.omitted })
    }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(MAX_QUOTED_CHARACTERS) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
