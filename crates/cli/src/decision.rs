//! What an operation came to, as commands print it.

use std::fmt;

use corridor_types::view::PaymentView;
use corridor_types::{Height, Timestamp, Uetr};
use serde::Serialize;

use crate::clock;

/// A certified decision in favour of an operation.
#[derive(Debug, Serialize)]
pub struct Decision {
    /// What was done, in words.
    pub done: String,
    /// Under which reference.
    pub reference: Uetr,
    /// In which block.
    pub height: Option<Height>,
    /// At which block time.
    pub time: Option<Timestamp>,
}

impl Decision {
    /// The newest decision of a reference.
    pub fn new(done: impl Into<String>, view: &PaymentView) -> Self {
        let entry = view.entries.last();
        Self {
            done: done.into(),
            reference: view.uetr,
            height: entry.map(|entry| entry.height),
            time: entry.map(|entry| entry.time),
        }
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (reference {}", self.done, self.reference)?;
        if let (Some(height), Some(time)) = (self.height, self.time) {
            write!(f, ", block {height}, {}", clock::readable(time))?;
        }
        f.write_str(")")
    }
}
