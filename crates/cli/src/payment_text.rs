//! A payment as people read it.

use std::fmt;

use corridor_types::view::{EntryView, PaymentTerms, PaymentView};
use corridor_types::{Code, PaymentStatus};
use serde::Serialize;

use crate::clock;
use crate::failure::Failure;
use crate::money;

/// Everything known about one reference.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct PaymentText(pub PaymentView);

/// Several payments, one after the other.
#[derive(Debug, Clone, Serialize)]
pub struct PaymentTexts {
    /// One per payment, in the order asked for.
    pub payments: Vec<PaymentText>,
}

impl fmt::Display for PaymentTexts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, payment) in self.payments.iter().enumerate() {
            if position > 0 {
                f.write_str("\n\n")?;
            }
            payment.fmt(f)?;
        }
        Ok(())
    }
}

impl fmt::Display for PaymentText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = &self.0;
        write!(f, "{}  {}", view.uetr, state(view))?;
        if let Some(terms) = &view.payment {
            write!(f, "\n  {}", money_line(terms))?;
        }
        view.entries.iter().try_for_each(|entry| line(f, entry))
    }
}

/// What a payment moves, in one line.
fn money_line(terms: &PaymentTerms) -> String {
    let amount = money::readable(terms.amount.minor, terms.amount.currency);
    let PaymentTerms { debtor_account: from, creditor_account: to, corridor, value_date, .. } = terms;
    format!("{amount} from account {from} to account {to} ({corridor}), value {value_date}")
}

/// A payment with the digest of its record and of its details, in one line.
pub fn summary(terms: &PaymentTerms) -> String {
    format!("{}: {}; record {}, details {}", terms.uetr, money_line(terms), terms.content, terms.details)
}

/// The newest status in words, with its ISO 20022 code, and whether it is certain.
pub fn state(view: &PaymentView) -> String {
    let Some(status) = view.status else {
        return if view.entries.is_empty() { "taken, not yet decided" } else { "decided" }.to_owned();
    };
    let certainty = match (view.certified, status.is_final()) {
        (true, true) => ", final",
        (true, false) => "",
        (false, _) => ", not yet certified",
    };
    format!("{status} ({}{certainty})", status.iso_code())
}

fn line(f: &mut fmt::Formatter<'_>, entry: &EntryView) -> fmt::Result {
    let status = entry.status.map_or_else(String::new, |status| format!(" -> {status}"));
    write!(f, "\n  {}  block {:<6} {}{status}", clock::readable(entry.time), entry.height.0, entry.kind)?;
    match entry.code {
        Code::Ok => Ok(()),
        code => write!(f, "\n    {code}: {}", entry.meaning),
    }
}

/// An ended payment that moved no money, as a refusal with its code.
///
/// # Errors
/// That refusal.
pub fn require_not_refused(view: &PaymentView) -> Result<(), Failure> {
    let refused =
        matches!(view.status, Some(PaymentStatus::Rejected | PaymentStatus::Cancelled | PaymentStatus::Expired));
    match view.entries.last() {
        Some(entry) if refused || (view.status.is_none() && !entry.code.is_ok()) => {
            Err(Failure::refused(entry.code, format!("{}: {}", view.uetr, entry.meaning)))
        }
        _ => Ok(()),
    }
}
