//! A step: what is done, why the ledger has to decide as expected, and what it did decide.

use std::fmt;

use corridor_types::view::EntryView;
use corridor_types::{Code, EntryKind, Height, PaymentStatus, RuleVersions, Transaction, Uetr};
use serde::Serialize;

/// What the ledger has to report at the end of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// What kind of entry it is.
    pub kind: EntryKind,
    /// The code that it was decided with.
    pub code: Code,
    /// The payment's status after it; absent for other operations.
    pub status: Option<PaymentStatus>,
}

impl Expected {
    /// An operation that is accepted and is no payment.
    pub const fn done(kind: EntryKind) -> Self {
        Self { kind, code: Code::Ok, status: None }
    }

    /// A payment that gets to a status.
    pub const fn payment(kind: EntryKind, status: PaymentStatus) -> Self {
        Self { kind, code: Code::Ok, status: Some(status) }
    }

    /// A payment that ends as rejected.
    pub const fn rejected(kind: EntryKind, code: Code) -> Self {
        Self { kind, code, status: Some(PaymentStatus::Rejected) }
    }

    /// True if an entry says this.
    pub fn is_met_by(&self, entry: &EntryView) -> bool {
        (entry.kind, entry.code, entry.status) == (self.kind, self.code, self.status)
    }
}

/// What a step tells.
pub struct Line {
    /// The receipt's name, in lower case with hyphens.
    pub name: &'static str,
    /// Who does what, in a sentence.
    pub did: String,
    /// Why the ledger decides so, in a sentence.
    pub why: &'static str,
    /// What it has to decide.
    pub expected: Expected,
}

/// What a step submits, through whose node, and whose newest decision is its outcome.
pub struct Ask<'a> {
    /// The institution whose node takes it.
    pub through: &'a str,
    /// Submitted in one request, in this order; the first is what the step is about. None: the step
    /// waits for what the ledger does by itself.
    pub transactions: Vec<Transaction>,
    /// The payment's UETR or the operation's reference.
    pub subject: Uetr,
}

/// A step that was played.
#[derive(Debug, Clone, Serialize)]
pub struct StepReport {
    /// Its number, from 1.
    pub number: usize,
    /// The receipt's name.
    pub name: &'static str,
    /// Who did what.
    pub did: String,
    /// Why the ledger decides so.
    pub why: &'static str,
    /// True if the outcome was the expected one and the receipt holds.
    pub ok: bool,
    /// What was expected.
    pub expected: Expected,
    /// What the newest entry reports on; absent if the node refused the operation at the door.
    pub kind: Option<EntryKind>,
    /// The code of the decision.
    pub code: String,
    /// The payment's status after it.
    pub status: Option<PaymentStatus>,
    /// The payment's UETR or the operation's reference.
    pub reference: Uetr,
    /// In which block.
    pub height: Option<Height>,
    /// The versions of the rulebooks that a payment followed.
    pub rules: Option<RuleVersions>,
    /// From submission to the settlement certificate, in milliseconds.
    pub milliseconds: u64,
    /// The outcome's receipt, a file that was verified offline.
    pub receipt: Option<String>,
    /// Who signed the certificate.
    pub signers: Vec<String>,
}

impl fmt::Display for StepReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:>2}. {}", self.number, self.did)?;
        writeln!(f, "    {}", self.why)?;
        let kind = self.kind.map_or_else(|| "refused at the door".to_owned(), |kind| kind.to_string());
        write!(f, "    {} {kind}: {}", if self.ok { "->" } else { "WRONG ->" }, self.code)?;
        if let Some(status) = self.status {
            write!(f, ", {status}")?;
        }
        if let Some(height) = self.height {
            write!(f, "; block {height}")?;
        }
        write!(f, "; {} ms", self.milliseconds)?;
        if let Some(receipt) = &self.receipt {
            write!(f, "; {receipt}")?;
        }
        if !self.ok {
            let Expected { kind, code, status } = self.expected;
            let status = status.map_or_else(String::new, |status| format!(", {status}"));
            write!(f, "\n    expected {kind}: {code}{status}")?;
        }
        Ok(())
    }
}
