//! The checks that fields share, and the error that names field, value and remedy. No rule about
//! payments.

use std::fmt;
use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::Details;
use crate::limits::SIZE_CLASSES;

/// Why a record was refused. The text quotes what was sent: it is for the sender or reader of the
/// record and never for a log.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// The JSON does not have the shape of a record, or a value is not of its type.
    #[error("{field} cannot be read: {problem}")]
    Shape {
        /// Where, such as `goods[2].value.currency`.
        field: String,
        /// What the reader says, with the value.
        problem: String,
    },
    /// A value has the right type and is not allowed.
    #[error("{field} is {value:?}: {remedy}")]
    Value {
        /// Path of the field in the record, such as `debtor.name`.
        field: String,
        /// The value, cut to a readable length.
        value: String,
        /// What to write instead.
        remedy: String,
    },
    /// A field is absent that this place needs.
    #[error("{field} is missing: {remedy}")]
    Missing {
        /// Path of the field in the record.
        field: String,
        /// What to write.
        remedy: &'static str,
    },
    /// A list is too long.
    #[error("{field} has {count} entries where {limit} are allowed; split the payment or name papers by hash")]
    TooMany {
        /// Path of the list in the record.
        field: String,
        /// Entries that were found.
        count: usize,
        /// The most allowed.
        limit: usize,
    },
    /// The record is too large as a whole.
    #[error("the record has {bytes} bytes where {limit} are allowed; name longer papers in documents by hash")]
    TooLarge {
        /// Bytes of its canonical form.
        bytes: usize,
        /// The most allowed.
        limit: usize,
    },
    /// A valid record in another spelling.
    #[error("the record is not in its canonical encoding; encode it with this library")]
    NotCanonical,
}

impl DetailsError {
    /// The field; `None` if it is the record as a whole.
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Shape { field, .. }
            | Self::Value { field, .. }
            | Self::Missing { field, .. }
            | Self::TooMany { field, .. } => Some(field),
            Self::TooLarge { .. } | Self::NotCanonical => None,
        }
    }
}

/// Shows the field and hides the value: `Debug` ends up in logs.
impl fmt::Debug for DetailsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Shape { .. } => "Shape",
            Self::Value { .. } => "Value",
            Self::Missing { .. } => "Missing",
            Self::TooMany { .. } => "TooMany",
            Self::TooLarge { .. } => "TooLarge",
            Self::NotCanonical => "NotCanonical",
        };
        write!(f, "{kind}({})", self.field().unwrap_or("record"))
    }
}

/// Where a value stands in the record; written out only when it is refused.
pub(super) enum Path<'a> {
    Root,
    Field(&'a Path<'a>, &'static str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Field(Path::Root, name) => f.write_str(name),
            Path::Field(parent, name) => write!(f, "{parent}.{name}"),
            Path::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

pub(super) fn refused(path: &Path<'_>, value: &str, remedy: impl Into<String>) -> DetailsError {
    let value = value.chars().take(80).collect();
    DetailsError::Value { field: path.to_string(), value, remedy: remedy.into() }
}

/// Reads JSON; an error names the path of the field.
pub(super) fn parse(json: &[u8]) -> Result<Details, DetailsError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let shape = |field: String, problem: String| DetailsError::Shape { field, problem };
    let details = serde_path_to_error::deserialize(&mut deserializer)
        .map_err(|error| shape(error.path().to_string(), error.inner().to_string()))?;
    deserializer.end().map_err(|error| shape("the end of the record".to_owned(), error.to_string()))?;
    Ok(details)
}

/// Writes compact JSON. Room for the smallest class first, so that ordinary records never move.
pub(super) fn write(details: &Details) -> Result<Zeroizing<Vec<u8>>, DetailsError> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(SIZE_CLASSES[0]));
    serde_json::to_writer(&mut *bytes, details)
        .map_err(|error| DetailsError::Shape { field: "the record".to_owned(), problem: error.to_string() })?;
    Ok(bytes)
}

/// Checks a list's length, then each of its entries.
pub(super) fn each<T>(
    path: &Path<'_>,
    list: &[T],
    limit: usize,
    check: impl Fn(&T, &Path<'_>) -> Result<(), DetailsError>,
) -> Result<(), DetailsError> {
    if list.len() > limit {
        return Err(DetailsError::TooMany { field: path.to_string(), count: list.len(), limit });
    }
    list.iter().enumerate().try_for_each(|(index, entry)| check(entry, &Path::Item(path, index)))
}

/// Characters that change how the text around them is shown: line breaks, control characters and
/// the bidirectional marks, with which one name can be made to look like another.
fn disturbs(c: char) -> bool {
    let shown_otherwise = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c.is_control() || shown_otherwise
}

/// Free text of 1 to `limit` characters, without disturbing characters and outer spaces.
pub(super) fn text(path: &Path<'_>, value: &str, limit: usize) -> Result<(), DetailsError> {
    // A character has at most four bytes; a text beyond that is not counted through.
    if value.is_empty() || value.len() > 4 * limit || value.chars().count() > limit {
        return Err(refused(path, value, format!("write 1 to {limit} characters")));
    }
    if value.trim() != value || value.chars().any(disturbs) {
        return Err(refused(path, value, "write it in one line, without outer spaces, control or direction marks"));
    }
    Ok(())
}

/// A text that may be absent.
pub(super) fn optional_text(path: &Path<'_>, value: Option<&str>, limit: usize) -> Result<(), DetailsError> {
    value.map_or(Ok(()), |value| text(path, value, limit))
}

/// The characters of a code, with their name for the remedy.
pub(super) type Alphabet = (fn(u8) -> bool, &'static str);

/// Capital letters and digits.
pub(super) const UPPER: Alphabet = (|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit(), "A-Z and 0-9");

/// The ten ASCII digits, nothing else.
pub(super) const DIGITS: Alphabet = (|byte| byte.is_ascii_digit(), "0-9");

/// A code of `length` characters of an alphabet.
pub(super) fn code(
    path: &Path<'_>,
    value: &str,
    length: RangeInclusive<usize>,
    (allowed, name): Alphabet,
) -> Result<(), DetailsError> {
    if length.contains(&value.len()) && value.bytes().all(allowed) {
        return Ok(());
    }
    let (from, to) = length.into_inner();
    let count = if from == to { format!("{from}") } else { format!("{from} to {to}") };
    Err(refused(path, value, format!("write {count} characters of {name}")))
}
