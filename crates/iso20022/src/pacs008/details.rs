//! The confidential part of a payment in one canonical form, so that equal payments have equal
//! bytes and one digest.
//!
//! The content is guessable (a known name, a round amount), so its plain digest would let anyone
//! test a guess. What becomes public must be the digest of the sealed form, or cover a random salt.
//!
//! # Format, version 1
//!
//! UTF-8 text of lines, each ended by one line feed. The first line is `corridor-details/1`. Every
//! other line is a path, one tab and a value, in the order of the message:
//!
//! ```text
//! corridor-details/1
//! PmtId/EndToEndId<TAB>INV-2026-0042
//! Dbtr/Nm<TAB>Exemplo Importadora Ltda
//! RmtInf/Ustrd<TAB>first line
//! RmtInf/Ustrd[2]<TAB>second line
//! ```
//!
//! - One line for each element without child elements, empty ones included, and one for each
//!   attribute (`Amt/@Ccy`), attributes before content and in the order of their names.
//! - Paths start below `CdtTrfTxInf`. The second and later elements of the same name under one
//!   parent carry their number.
//! - Then come the parts of the group header that speak for the payment (`SttlmInf`, `PmtTpInf`,
//!   `InstgAgt`, `InstdAgt`), their paths starting with `GrpHdr/`.
//! - An element or attribute of another namespace than its parent element's is written
//!   `{namespace}name`. Attributes in no namespace and schema locations have no mark and no line.
//! - In paths and values a backslash, tab, line feed and carriage return are written `\\`, `\t`,
//!   `\n` and `\r`.
//!
//! Left out is what the ledger shows to everyone: `PmtId/UETR`, `IntrBkSttlmAmt`, `IntrBkSttlmDt`,
//! `SttlmPrty`, `ChrgBr`; and what belongs to the message and not to the payment (`MsgId`,
//! `CreDtTm`, counts and sums), so that sending a payment again in another message changes nothing.
//! Prefixes, comments, CDATA, indentation and the order of attributes leave no trace.

use crate::xml::{Attribute, Element};

/// First line of the format.
const VERSION: &str = "corridor-details/1";
/// Paths that are public on the ledger.
const PUBLIC: [&str; 5] = ["PmtId/UETR", "IntrBkSttlmAmt", "IntrBkSttlmDt", "SttlmPrty", "ChrgBr"];
/// Parts of the group header that speak for each payment.
const SHARED: [&str; 4] = ["SttlmInf", "PmtTpInf", "InstgAgt", "InstdAgt"];

/// One line of the details.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Where the value stood, such as `Dbtr/PstlAdr/Ctry`.
    pub path: String,
    /// The value as text, never empty.
    pub value: String,
}

/// Why bytes are not details.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DetailsError {
    /// The first line names another format or version.
    #[error("the details do not start with {VERSION}; read them with the release that wrote them")]
    Version,
    /// A line is not of the form path, tab, value.
    #[error("line {line} of the details is malformed; compare the digest with the ledger")]
    Line {
        /// The line, counted from 1.
        line: usize,
    },
}

/// Reads details back, line by line. The caller bounds `bytes` and has compared their digest.
///
/// # Errors
/// [`DetailsError`] when `bytes` are not in the format above.
pub fn parse(bytes: &[u8]) -> Result<Vec<Detail>, DetailsError> {
    let text = std::str::from_utf8(bytes).map_err(|_| DetailsError::Version)?;
    let (first, rest) = text.split_once('\n').ok_or(DetailsError::Version)?;
    if first != VERSION {
        return Err(DetailsError::Version);
    }
    let lines = rest.split_inclusive('\n').enumerate();
    lines.map(|(at, line)| detail(line).ok_or(DetailsError::Line { line: at + 2 })).collect()
}

fn detail(line: &str) -> Option<Detail> {
    let (path, value) = line.strip_suffix('\n')?.split_once('\t')?;
    Some(Detail { path: unescaped(path)?, value: unescaped(value)? })
}

/// The canonical form of `transaction` with what `group` says for it, or `None` beyond `max_bytes`.
pub(super) fn canonical(group: &Element, transaction: &Element, max_bytes: usize) -> Option<Vec<u8>> {
    let mut lines = Lines { out: format!("{VERSION}\n"), path: String::new(), max_bytes };
    lines.children(transaction, |_| true)?;
    lines.path.push_str("GrpHdr");
    lines.children(group, |name| SHARED.contains(&name))?;
    Some(lines.out.into_bytes())
}

struct Lines {
    out: String,
    path: String,
    max_bytes: usize,
}

impl Lines {
    /// All children whose name `wanted` accepts. `None` once the limit is passed.
    fn children(&mut self, parent: &Element, wanted: impl Fn(&str) -> bool) -> Option<()> {
        let mut numbers = std::collections::BTreeMap::new();
        for child in parent.children.iter().filter(|child| wanted(&child.name)) {
            let number = numbers.entry((&child.namespace, &child.name)).or_insert(0_usize);
            *number += 1;
            let step = step(parent, child, *number);
            self.below(&step, |lines| lines.element(child))?;
        }
        Some(())
    }

    fn element(&mut self, element: &Element) -> Option<()> {
        if PUBLIC.contains(&self.path.as_str()) {
            return Some(());
        }
        for attribute in sorted(&element.attributes) {
            self.below(&attribute_step(attribute), |lines| lines.line(&attribute.value))?;
        }
        if element.children.is_empty() {
            return self.line(&element.text);
        }
        self.children(element, |_| true)
    }

    /// Does `inside` with `step` appended to the path.
    fn below(&mut self, step: &str, inside: impl FnOnce(&mut Self) -> Option<()>) -> Option<()> {
        let length = self.path.len();
        if length > 0 {
            self.path.push('/');
        }
        self.path.push_str(step);
        let done = inside(self);
        self.path.truncate(length);
        done
    }

    fn line(&mut self, value: &str) -> Option<()> {
        self.out.push_str(&escaped(&self.path));
        self.out.push('\t');
        self.out.push_str(&escaped(value));
        self.out.push('\n');
        (self.out.len() <= self.max_bytes).then_some(())
    }
}

fn step(parent: &Element, child: &Element, number: usize) -> String {
    let foreign = child.namespace != parent.namespace;
    let mark = if foreign { format!("{{{}}}", child.namespace) } else { String::new() };
    let number = if number > 1 { format!("[{number}]") } else { String::new() };
    format!("{mark}{}{number}", child.name)
}

fn attribute_step(attribute: &Attribute) -> String {
    match attribute.namespace.as_str() {
        "" => format!("@{}", attribute.name),
        namespace => format!("@{{{namespace}}}{}", attribute.name),
    }
}

fn sorted(attributes: &[Attribute]) -> Vec<&Attribute> {
    let mut attributes: Vec<_> = attributes.iter().filter(|a| !a.is_schema_location()).collect();
    attributes.sort_by(|a, b| (&a.namespace, &a.name).cmp(&(&b.namespace, &b.name)));
    attributes
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out
}

fn unescaped(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.push(match character {
            '\\' => match characters.next()? {
                '\\' => '\\',
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                _ => return None,
            },
            other => other,
        });
    }
    Some(out)
}
