//! `audit compare`: a stretch of history under the rulebook that was in force, and under a draft of
//! another; lists the decisions that would have been different.
//!
//! Both ledgers execute every block. What the draft changes changes what comes after it, too: a
//! payment that the draft would have refused is not there to be returned. A decision that depends on
//! the state's commitment (the declaration of a validator) differs by itself; where validators
//! changed on such a decision the comparison ends there and says so.

use std::fmt;

use corridor_ledger::Ledger;
use corridor_types::operations::RulebookPack;
use corridor_types::{EntryKind, Height};
use serde::Serialize;

use super::compare::{Changed, changed};
use super::error::AuditError;
use super::history::History;
use super::replay::Range;

/// Decisions that are shown; all are counted.
const MAX_LISTED: usize = 1_000;

/// What would have been different.
#[derive(Debug, Serialize)]
pub struct Comparison {
    /// The rulebook that is tried.
    pub draft: RulebookPack,
    /// The first block under the draft.
    pub from: Height,
    /// The last block that both executed.
    pub to: Height,
    /// Decisions of that stretch as they were made.
    pub decisions: u64,
    /// How many of them would have been different, or not made.
    pub different: u64,
    /// The first of them.
    pub changed: Vec<InBlock>,
    /// Why the comparison ended before the last block, if it did.
    pub ended: Option<String>,
}

/// A decision that would have been different, with its block.
#[derive(Debug, Serialize)]
pub struct InBlock {
    /// Height of the block.
    pub height: Height,
    /// The decision that the draft leads to.
    #[serde(flatten)]
    pub changed: Changed,
}

/// Executes the history up to `range.to` twice; the draft is put in force before the first block of
/// the range.
///
/// # Errors
/// [`AuditError`] if the history cannot be read, or the ledger that should give the stored decisions
/// does not execute a block.
pub fn compare(history: &History, range: Range, draft: RulebookPack) -> Result<Comparison, AuditError> {
    let mut ledger = history.ledger()?;
    let mut tried: Option<Ledger> = None;
    let mut comparison = Comparison {
        draft,
        from: range.from,
        to: Height(range.from.0.saturating_sub(1)),
        decisions: 0,
        different: 0,
        changed: Vec::new(),
        ended: None,
    };
    for recorded in history.blocks(range.to) {
        let recorded = recorded?;
        let (context, height) = (recorded.context(), recorded.block.height);
        if height == range.from {
            tried = Some(ledger.clone().with_draft(draft, recorded.block.time));
        }
        let made = ledger.execute(&context, recorded.transactions())?;
        let Some(other) = &mut tried else { continue };
        match other.execute(&context, recorded.transactions()) {
            Ok(would) => comparison.see(height, made.entries.len() as u64, changed(&made.entries, &would.entries)),
            Err(halt) => {
                comparison.ended = Some(format!("under the draft block {height} cannot be executed: {halt}"));
                break;
            }
        }
    }
    Ok(comparison)
}

impl Comparison {
    fn see(&mut self, height: Height, decisions: u64, changed: Vec<Changed>) {
        self.to = height;
        self.decisions += decisions;
        let of_itself = |changed: &Changed| changed.kind == EntryKind::DeclareCandidate;
        for changed in changed.into_iter().filter(|changed| !of_itself(changed)) {
            self.different += 1;
            if self.changed.len() < MAX_LISTED {
                self.changed.push(InBlock { height, changed });
            }
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { draft, from, to, decisions, different, changed, ended } = self;
        let scope = draft.corridor.map_or_else(String::new, |corridor| format!(" for {corridor}"));
        writeln!(f, "draft      rulebook of {}{scope}, version {}", draft.country, draft.version)?;
        writeln!(f, "blocks     {from} to {to}")?;
        writeln!(f, "decisions  {decisions}")?;
        write!(f, "different  {different}")?;
        for InBlock { height, changed } in changed {
            write!(f, "\n  block {height}  {changed}")?;
        }
        if *different > changed.len() as u64 {
            write!(f, "\n  and {} more", different - changed.len() as u64)?;
        }
        ended.as_ref().map_or(Ok(()), |reason| write!(f, "\nended      {reason}"))
    }
}
