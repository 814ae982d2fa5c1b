//! Plays steps: submits, waits for the certified decision, keeps the receipt, verifies it offline,
//! and compares with what was expected. The first wrong outcome ends the story.

use std::time::Instant;

use corridor_cli::failure::{Failure, Kind};
use corridor_cli::files;
use corridor_cli::output::Output;
use corridor_cli::session::Session;
use corridor_types::view::{EntryView, PaymentView, SubmissionView};
use corridor_types::{Receipt, Transaction, Uetr};
use tokio::time::sleep;

use super::stage::{PATIENCE, Stage};
use super::step::{Ask, Line, StepReport};
use super::tally::Tally;
use corridor_cli::commands::receipt;

/// A story in progress.
pub struct Play {
    /// Where it happens.
    pub stage: Stage,
    /// The steps so far.
    pub steps: Vec<StepReport>,
    /// What their receipts add up to.
    pub tally: Tally,
    output: Output,
}

/// How a step came out.
enum Outcome {
    /// The ledger decided; the receipt is of that entry.
    Decided(Box<(EntryView, Receipt)>),
    /// The node refused an operation before it reached the ledger.
    AtTheDoor(Failure),
}

impl Play {
    /// A story that begins.
    pub fn new(stage: Stage, output: Output) -> Self {
        Self { stage, steps: Vec::new(), tally: Tally::default(), output }
    }

    /// Plays a step and returns its receipt.
    ///
    /// # Errors
    /// A refusal if the outcome is not the expected one or the receipt does not hold; a failure of
    /// the network.
    pub async fn step(&mut self, line: Line, ask: Ask<'_>) -> Result<Receipt, Failure> {
        let started = Instant::now();
        let outcome = outcome(&self.stage, &line, &ask).await?;
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let mut report = self.report(line, ask.subject, milliseconds);
        match outcome {
            Outcome::Decided(decided) => {
                let (entry, receipt) = *decided;
                self.stage.settled_everywhere(entry.height).await?;
                let kept = self.keep(&mut report, &entry, &receipt);
                self.tell(report)?;
                kept?;
                self.tally.count(&receipt);
                Ok(receipt)
            }
            Outcome::AtTheDoor(failure) => {
                report.code = failure.code.clone().unwrap_or_default();
                self.tell(report)?;
                Err(failure)
            }
        }
    }

    fn report(&self, line: Line, reference: Uetr, milliseconds: u64) -> StepReport {
        StepReport {
            number: self.steps.len() + 1,
            name: line.name,
            did: line.did,
            why: line.why,
            ok: false,
            expected: line.expected,
            kind: None,
            code: String::new(),
            status: None,
            reference,
            height: None,
            rules: None,
            milliseconds,
            receipt: None,
            signers: Vec::new(),
        }
    }

    /// Writes the receipt, verifies it with the genesis alone, and fills in what it says.
    fn keep(&self, report: &mut StepReport, entry: &EntryView, receipt: &Receipt) -> Result<(), Failure> {
        report.kind = Some(entry.kind);
        report.code = entry.code.to_string();
        report.status = entry.status;
        report.reference = entry.reference;
        report.height = Some(entry.height);
        report.rules = entry.status.map(|_| entry.rules);
        let file = self.stage.directory.root().join(format!("receipts/{:02}-{}.json", report.number, report.name));
        files::write_whole(&file, &receipt.to_json().map_err(Failure::internal)?)?;
        report.receipt = Some(file.display().to_string());
        // What was written is what is verified.
        report.signers = receipt::verify(&files::read_text(&file)?, &self.stage.genesis)?.signers;
        report.ok = report.expected.is_met_by(entry) && EntryView::from(&receipt.entry) == *entry;
        if report.ok { Ok(()) } else { Err(unexpected(report)) }
    }

    fn tell(&mut self, report: StepReport) -> Result<(), Failure> {
        if self.output == Output::Text {
            self.output.show_line(&report)?;
        }
        self.steps.push(report);
        Ok(())
    }
}

fn unexpected(report: &StepReport) -> Failure {
    Failure::refused(
        "unexpected_outcome",
        format!(
            "step {} ({}) came out as {}, which is not what its rules say",
            report.number, report.name, report.code
        ),
    )
}

async fn outcome(stage: &Stage, line: &Line, ask: &Ask<'_>) -> Result<Outcome, Failure> {
    let session = &stage.player(ask.through)?.session;
    if let Err(failure) = submit(session, &ask.transactions).await {
        return if failure.kind == Kind::Refused { Ok(Outcome::AtTheDoor(failure)) } else { Err(failure) };
    }
    let own = ask.transactions.first().and_then(|transaction| transaction.operation.reference());
    if let Some(reference) = own.filter(|reference| *reference != ask.subject) {
        let view = session.wait_until(reference, PATIENCE, is_decided).await?;
        // If the operation itself was refused, its subject will not change.
        if view.entries.last().is_some_and(|entry| !entry.code.is_ok()) {
            return decided(session, &view).await;
        }
    }
    let kind = line.expected.kind;
    let reached = |view: &PaymentView| {
        let newest = view.entries.last();
        // Of an operation of its own nothing else can come; a payment goes from one to the next.
        is_decided(view) && (own == Some(ask.subject) || newest.is_some_and(|entry| entry.kind == kind))
    };
    let view = session.wait_until(ask.subject, PATIENCE, reached).await?;
    decided(session, &view).await
}

/// The newest decision with its receipt. Every step of a story changes something, so the receipt that
/// a node gives of itself is that of the newest entry.
async fn decided(session: &Session, view: &PaymentView) -> Result<Outcome, Failure> {
    let newest = view.entries.last().cloned().ok_or_else(|| Failure::internal("a decision without an entry"))?;
    let receipt = session.receipt(view.uetr, None).await?;
    Ok(Outcome::Decided(Box::new((newest, receipt))))
}

fn is_decided(view: &PaymentView) -> bool {
    view.certified && !view.entries.is_empty()
}

/// Submits transactions in one request, so that they reach one lane in their order.
async fn submit(session: &Session, transactions: &[Transaction]) -> Result<(), Failure> {
    let deadline = Instant::now() + PATIENCE;
    // Those that were taken are known when the rest is tried again, and nothing is done twice.
    while !transactions.is_empty() {
        let Some(wait) = taken(session.submit(transactions).await?)? else { return Ok(()) };
        if Instant::now() >= deadline {
            return Err(Failure::connection("a node was too busy for too long"));
        }
        sleep(std::time::Duration::from_millis(wait.max(10))).await;
    }
    Ok(())
}

/// `None` if all were taken; else how long to wait, in milliseconds.
fn taken(results: Vec<SubmissionView>) -> Result<Option<u64>, Failure> {
    let mut wait = None;
    for result in results {
        match result {
            SubmissionView::Accepted { .. } | SubmissionView::Known { .. } => {}
            SubmissionView::Busy { retry_after_ms } => wait = Some(retry_after_ms),
            SubmissionView::Refused { errors, .. } => {
                let code = errors.first().map_or("refused", |error| error.code.as_str());
                let texts: Vec<_> = errors.iter().map(|error| format!("{}: {}", error.field, error.message)).collect();
                return Err(Failure::refused(code, texts.join("; ")));
            }
        }
    }
    Ok(wait)
}
