//! What a story came to: its steps, and the books at its end compared with its receipts.

use std::fmt;

use corridor_cli::money;
use corridor_ledger::{LicenceRecord, ProgrammeRecord, Savings, Totals};
use corridor_types::{Amount, AssetId, CurrencyCode, Height, LicenceHandle};
use serde::Serialize;

use super::books::Books;
use super::step::StepReport;
use super::tally::Tally;
use super::trade::Told;

/// The whole story.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The network's folder.
    pub directory: String,
    /// True if every step came out as expected and the books agree with the receipts.
    pub ok: bool,
    /// The steps, in the order in which they were taken.
    pub steps: Vec<StepReport>,
    /// The books at the end; absent if the story broke off.
    pub summary: Option<Summary>,
}

/// The books at the end.
#[derive(Debug, Serialize)]
pub struct Summary {
    /// After which block.
    pub height: Height,
    /// One line for each currency.
    pub currencies: Vec<CurrencyLine>,
    /// One line for each licence.
    pub licences: Vec<LicenceLine>,
    /// What was paid under the programme.
    pub programmes: Vec<ProgrammeLine>,
    /// What queues saved.
    pub savings: Vec<SavingsLine>,
}

/// A currency: what was issued and what the accounts hold.
#[derive(Debug, Serialize)]
pub struct CurrencyLine {
    issued: String,
    redeemed: String,
    held: String,
    reserved: String,
    adds_up: bool,
}

/// A licence and what was drawn on it.
#[derive(Debug, Serialize)]
pub struct LicenceLine {
    licence: LicenceHandle,
    regime: String,
    value: String,
    drawn: String,
    reserved: String,
    revoked: bool,
    agrees_with_receipts: bool,
}

/// A programme in one currency.
#[derive(Debug, Serialize)]
pub struct ProgrammeLine {
    name: String,
    paid: String,
    total_cap: String,
    agrees_with_receipts: bool,
}

/// What queues settled together, and with how much money.
#[derive(Debug, Serialize)]
pub struct SavingsLine {
    payments: u64,
    gross: String,
    money_needed: String,
    saved: bool,
}

impl Summary {
    /// Compares books and receipts.
    pub fn new(books: &Books, tally: &Tally, told: &Told) -> Self {
        let currency = |id: AssetId| books.totals.iter().find(|(asset, ..)| *asset == id).map(|(_, code, _)| *code);
        let programme = |record| programme_lines(record, tally, currency);
        Self {
            height: books.height,
            currencies: books.totals.iter().map(|(_, code, totals)| currency_line(*code, totals)).collect(),
            licences: books
                .licences
                .iter()
                .filter_map(|record| Some(licence_line(record, currency(record.licence.asset)?, tally, told)))
                .collect(),
            programmes: books.programmes.iter().flat_map(programme).collect(),
            savings: books.savings.iter().map(|(code, savings)| savings_line(*code, savings)).collect(),
        }
    }

    /// True if everything agrees and nothing is missing.
    pub fn is_ok(&self) -> bool {
        let told = !self.programmes.is_empty() && self.licences.len() == 2 && !self.savings.is_empty();
        told && self.currencies.iter().all(|line| line.adds_up)
            && self.licences.iter().all(|line| line.agrees_with_receipts)
            && self.programmes.iter().all(|line| line.agrees_with_receipts)
            && self.savings.iter().all(|line| line.saved)
    }
}

fn currency_line(code: CurrencyCode, totals: &Totals) -> CurrencyLine {
    CurrencyLine {
        issued: readable(totals.issued, code),
        redeemed: readable(totals.redeemed, code),
        held: readable(totals.held, code),
        reserved: readable(totals.reserved, code),
        // Every payment of the story ended, so nothing may be left set aside.
        adds_up: totals.issued.checked_sub(totals.redeemed) == Some(totals.held) && totals.reserved == 0,
    }
}

fn licence_line(record: &LicenceRecord, code: CurrencyCode, tally: &Tally, told: &Told) -> LicenceLine {
    let handle = record.licence.handle;
    let by_receipts = tally.drawn.get(&handle).copied().unwrap_or_default();
    let as_told = if record.revoked { handle == told.revoked } else { handle == told.used };
    LicenceLine {
        licence: handle,
        regime: record.licence.regime.to_string(),
        value: money::readable(record.licence.value, code),
        drawn: money::readable(record.drawn, code),
        reserved: money::readable(record.reserved, code),
        revoked: record.revoked,
        agrees_with_receipts: as_told && by_receipts == u128::from(record.drawn.0) && record.reserved == Amount::ZERO,
    }
}

fn programme_lines(
    record: &ProgrammeRecord,
    tally: &Tally,
    currency: impl Fn(AssetId) -> Option<CurrencyCode>,
) -> Vec<ProgrammeLine> {
    let lines = record.programme.caps.iter().zip(&record.paid).filter_map(|(cap, paid)| {
        let code = currency(cap.asset)?;
        Some(ProgrammeLine {
            name: record.programme.name.to_string(),
            paid: readable(*paid, code),
            total_cap: money::readable(cap.total, code),
            agrees_with_receipts: tally.paid.get(&cap.asset).copied().unwrap_or_default() == *paid,
        })
    });
    lines.collect()
}

fn savings_line(code: CurrencyCode, savings: &Savings) -> SavingsLine {
    SavingsLine {
        payments: savings.payments,
        gross: readable(savings.gross, code),
        money_needed: readable(savings.liquidity, code),
        saved: savings.liquidity < savings.gross,
    }
}

/// A sum, which in this story fits an amount.
fn readable(sum: u128, code: CurrencyCode) -> String {
    money::readable(Amount(u64::try_from(sum).unwrap_or(u64::MAX)), code)
}

/// Says it in a word where something does not agree.
const fn verdict(agrees: bool) -> &'static str {
    if agrees { "" } else { "  WRONG" }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let right = self.steps.iter().filter(|step| step.ok).count();
        writeln!(f, "\n{right} of {} steps came out as expected; their receipts hold.", self.steps.len())?;
        if let Some(summary) = &self.summary {
            write!(f, "{summary}")?;
        }
        write!(f, "Receipts, keys and genesis are in {}", self.directory)
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "The books after block {}, counted anew from a validator's disk:", self.height)?;
        for line in &self.currencies {
            let CurrencyLine { issued, redeemed, held, reserved, adds_up } = line;
            let wrong = verdict(*adds_up);
            writeln!(f, "  issued {issued}, redeemed {redeemed}, held {held}, of which reserved {reserved}{wrong}")?;
        }
        for line in &self.licences {
            let LicenceLine { regime, value, drawn, reserved, revoked, agrees_with_receipts, .. } = line;
            let revoked = if *revoked { ", revoked" } else { "" };
            let wrong = verdict(*agrees_with_receipts);
            writeln!(f, "  licence {regime}: {value}, drawn {drawn}, reserved {reserved}{revoked}{wrong}")?;
        }
        for line in &self.programmes {
            let ProgrammeLine { name, paid, total_cap, agrees_with_receipts } = line;
            writeln!(f, "  {name}: paid {paid} of {total_cap}{}", verdict(*agrees_with_receipts))?;
        }
        for line in &self.savings {
            let SavingsLine { payments, gross, money_needed, saved } = line;
            let wrong = verdict(*saved);
            writeln!(f, "  queues settled {payments} payments of {gross} with {money_needed} of money{wrong}")?;
        }
        Ok(())
    }
}
