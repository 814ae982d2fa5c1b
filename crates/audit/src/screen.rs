//! How the results of an audit are printed: as text for people, and as JSON for programs.

use std::fmt;

use corridor_types::{Height, readable_sum};
use serde::Serialize;

use super::compare::{Difference, Differences};
use super::history::History;
use super::replay::{Range, Replayed};
use super::tally::{Counts, Group, Key, Refused, Sum};

/// What was looked at.
#[derive(Debug, Serialize)]
struct Subject {
    chain: String,
    genesis: String,
    from: Height,
    to: Height,
}

impl Subject {
    fn new(history: &History, range: Range) -> Self {
        let genesis = history.genesis();
        let digest = genesis.digest().to_string();
        Self { chain: genesis.chain.clone(), genesis: digest, from: range.from, to: range.to }
    }
}

/// The result of `audit replay`.
#[derive(Debug, Serialize)]
pub struct ReplayScreen {
    #[serde(flatten)]
    subject: Subject,
    blocks: u64,
    transactions: u64,
    payments: u64,
    entries: u64,
    /// Blocks whose certificate was held and verified.
    certified: u64,
    /// Ledger records compared; absent if the disk holds those of a later block.
    records: Option<u64>,
    differences: Differences,
    milliseconds: u128,
    /// Payments executed and compared per second, those below the range included.
    payments_per_s: u64,
}

impl ReplayScreen {
    /// Of what was found in a range of a history.
    pub fn new(history: &History, range: Range, replayed: &Replayed) -> Self {
        let Replayed { blocks, transactions, payments, entries, certified, records, differences, .. } = replayed;
        Self {
            subject: Subject::new(history, range),
            blocks: *blocks,
            transactions: *transactions,
            payments: *payments,
            entries: *entries,
            certified: *certified,
            records: *records,
            differences: differences.clone(),
            milliseconds: replayed.elapsed.as_millis(),
            payments_per_s: replayed.payments_per_s(),
        }
    }
}

impl fmt::Display for ReplayScreen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { chain, genesis, from, to } = &self.subject;
        writeln!(f, "chain         {chain} ({genesis})")?;
        writeln!(f, "blocks        {} from height {from} to {to}, {} of them certified", self.blocks, self.certified)?;
        writeln!(f, "transactions  {}", self.transactions)?;
        writeln!(f, "payments      {}", self.payments)?;
        writeln!(f, "entries       {}", self.entries)?;
        match self.records {
            Some(records) => writeln!(f, "records       {records}")?,
            None => {
                writeln!(f, "records       not compared: the replay did not reach the block after which they stand")?
            }
        }
        let (seconds, millis) = (self.milliseconds / 1_000, self.milliseconds % 1_000);
        writeln!(f, "time          {seconds}.{millis:03} s, {} payments per second", self.payments_per_s)?;
        findings(f, &self.differences)
    }
}

fn findings(f: &mut fmt::Formatter<'_>, differences: &Differences) -> fmt::Result {
    let Differences { count, decisions, first } = differences;
    if *count == 0 {
        return write!(f, "differences   0: every decision is the one that execution gives again");
    }
    write!(f, "DIFFERENCES   {count}; decisions that differ: {decisions}")?;
    if !first.is_empty() {
        write!(f, "; the first:")?;
    }
    first.iter().try_for_each(|difference| write!(f, "\n{difference}"))
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "  height {} {}", self.place.height, self.place.item.as_str())?;
        if let Some(which) = &self.place.which {
            write!(f, " {which}")?;
        }
        if !self.field.is_empty() {
            write!(f, ", {}", self.field)?;
        }
        let side = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(f, "\n    stored    {}\n    replayed  {}", side(&self.stored), side(&self.replayed))
    }
}

/// The result of `audit report`.
#[derive(Debug, Serialize)]
pub struct ReportScreen<K> {
    #[serde(flatten)]
    subject: Subject,
    differences: Differences,
    #[serde(flatten)]
    counts: Counts<K>,
}

impl<K> ReportScreen<K> {
    /// Of what was counted in a range of a history.
    pub fn new(history: &History, range: Range, replayed: &Replayed, counts: Counts<K>) -> Self {
        Self { subject: Subject::new(history, range), differences: replayed.differences.clone(), counts }
    }
}

impl<K: Key> fmt::Display for ReportScreen<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Subject { chain, genesis, from, to } = &self.subject;
        writeln!(f, "chain         {chain} ({genesis})")?;
        writeln!(f, "blocks        from height {from} to {to}")?;
        self.counts.groups.iter().try_for_each(|group| block(f, group))?;
        requests(f, &self.counts.requests)?;
        findings(f, &self.differences)
    }
}

fn block<K: Key>(f: &mut fmt::Formatter<'_>, group: &Group<K>) -> fmt::Result {
    let currency = group.group.currency();
    let mut line = |name: &str, sum: &Sum| {
        let volume = readable_sum(sum.minor, currency);
        writeln!(f, "  {name:<32} {:>10}  {volume:>28}", sum.payments)
    };
    line(&format!("{}: first seen", group.group), &group.seen)?;
    group.reached.iter().try_for_each(|(status, sum)| line(&format!("  came to {status}"), sum))?;
    group.refused.iter().try_for_each(|(code, sum)| line(&format!("  ended by {code}"), sum))?;
    group.licences.iter().try_for_each(|(licence, sum)| line(&format!("  drawn on licence {licence}"), sum))?;
    group.open.iter().try_for_each(|(status, sum)| line(&format!("  open, {status}"), sum))?;
    match group.decided {
        Some(decided) => writeln!(
            f,
            "    final decisions in blocks {} to {}, half of them by block {}",
            decided.first, decided.last, decided.median
        ),
        None => writeln!(f, "    no final decision"),
    }
}

fn requests(f: &mut fmt::Formatter<'_>, requests: &[Refused]) -> fmt::Result {
    if !requests.is_empty() {
        writeln!(f, "  refused requests that changed no payment")?;
    }
    let line = |refused: &Refused| format!("{} {}", refused.kind, refused.code);
    requests.iter().try_for_each(|refused| writeln!(f, "    {:<30} {:>10}", line(refused), refused.count))
}
