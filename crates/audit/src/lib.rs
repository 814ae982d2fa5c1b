//! Checks a stopped node's history by executing it again, and reports on it.
//!
//! Nothing in the data folder is changed, and nothing that a node stored is believed: every figure
//! comes from the execution here. What a payment *should* have been is the ledger's business alone.
//! It asks no node and knows neither the running one nor the command line.
#![forbid(unsafe_code)]

mod compare;
mod draft;
mod error;
mod history;
mod records;
mod replay;
mod report;
mod screen;
mod tally;

pub use self::compare::Differences;
pub use self::draft::{Comparison, compare as compare_draft};
pub use self::error::AuditError;
pub use self::history::History;
pub use self::replay::{Range, Replayed, replay};
pub use self::report::Regimes;
pub use self::screen::{ReplayScreen, ReportScreen};
pub use self::tally::Tally;

#[cfg(test)]
mod tests;
