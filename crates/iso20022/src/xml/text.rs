//! From bytes to characters: UTF-8 only, and only characters that XML 1.0 allows.

use crate::error::{Code, Fault};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The document as text without its byte order mark.
pub(crate) fn decode(bytes: &[u8]) -> Result<&str, Fault> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let problem = format!("the document is not UTF-8 from byte {} on", error.valid_up_to());
        Fault::new(Code::Encoding, problem, "save the document as UTF-8")
    })?;
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    match text.char_indices().find(|(_, character)| !is_allowed(*character)) {
        Some((at, character)) => Err(forbidden(character, at)),
        None => Ok(text),
    }
}

/// `Char` of XML 1.0, production 2. (Surrogates are no `char`.)
pub(crate) const fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | '\u{20}'..='\u{fffd}' | '\u{10000}'..)
}

pub(crate) fn forbidden(character: char, at: usize) -> Fault {
    let problem = format!("the character U+{:04X} near byte {at} is not allowed in XML", u32::from(character));
    Fault::new(Code::Character, problem, "remove control characters from the text")
}

/// Whether `text` holds nothing but XML white space.
pub(crate) fn is_blank(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'))
}

/// Names of ISO 20022 are ASCII; other names that XML would allow are refused.
pub(crate) fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_')
        && bytes.all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}
