//! The one way in which commands print: text for people or JSON for programs, results on standard
//! output, everything else on standard error.
//!
//! A closed pipe (`corridor events | head`) ends the output quietly and is never a panic.

use std::fmt::Display;
use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::json;

use crate::failure::Failure;

/// The form of results and errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Output {
    /// Lines for people to read.
    #[default]
    Text,
    /// One JSON document per result; errors too, on standard error.
    Json,
}

impl Output {
    /// Prints a result: its text, or itself as indented JSON.
    pub fn show<T: Serialize + Display>(self, value: &T) -> Result<(), Failure> {
        match self {
            Self::Text => print_line(&value.to_string()),
            Self::Json => print_line(&serde_json::to_string_pretty(value).map_err(Failure::internal)?),
        }
        Ok(())
    }

    /// Prints one of many results: its text, or itself as one line of JSON.
    pub fn show_line<T: Serialize + Display>(self, value: &T) -> Result<(), Failure> {
        match self {
            Self::Text => print_line(&value.to_string()),
            Self::Json => print_line(&serde_json::to_string(value).map_err(Failure::internal)?),
        }
        Ok(())
    }

    /// Tells a person what is going on; programs are not told.
    pub fn note(self, text: impl Display) {
        if self == Self::Text {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Prints a failure on standard error.
    pub fn fail(self, failure: &Failure) {
        let text = match self {
            Self::Text => format!("error: {failure}"),
            Self::Json => json!({ "error": failure }).to_string(),
        };
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// Prints text as it is, in either form: for documents that are themselves the result.
pub fn print_document(text: &str) {
    print_line(text.strip_suffix('\n').unwrap_or(text));
}

fn print_line(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
