//! The outside history: what every validator says at the end about everything that was acknowledged.

use std::sync::Arc;
use std::time::{Duration, Instant};

use corridor_client::{Client, ReceiptAnswer, Until};
use corridor_types::view::{EntryView, PaymentView};
use corridor_types::{Code, Genesis, Height, Outcome, PaymentStatus};
use futures::{StreamExt as _, stream};

use crate::payer::{Paid, Payer};

/// For the last payments to be settled everywhere.
const PATIENCE: Duration = Duration::from_secs(60);

/// Questions under way at one validator.
const AT_ONCE: usize = 8;

/// Every so many payments, a receipt is verified at each validator.
const RECEIPT_EVERY: usize = 20;

/// Balances of payer and payee, in cents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balances {
    pub debtor: u64,
    pub creditor: u64,
}

/// Asks one validator for the balances.
///
/// # Errors
/// Its failure.
pub async fn balances(node: &Client, payer: &Payer) -> Result<Balances, String> {
    let mut found = [0; 2];
    for (slot, account) in found.iter_mut().zip([payer.debtor_account, payer.creditor_account]) {
        let view = node.account(account).await.map_err(|error| error.to_string())?;
        *slot = view.ok_or("an account is missing")?.available.minor.0;
    }
    Ok(Balances { debtor: found[0], creditor: found[1] })
}

/// What is checked.
pub struct History {
    pub nodes: Vec<Client>,
    pub payer: Arc<Payer>,
    pub genesis: Genesis,
    pub before: Balances,
    pub paid: Vec<Paid>,
}

/// What was found to be in order, and everything that was not.
#[derive(Debug, Default)]
pub struct Findings {
    pub settled: u64,
    /// Entries that repeat the first decision.
    pub repeats: u64,
    pub receipts: u64,
    pub blocks: u64,
    pub problems: Vec<String>,
}

impl History {
    /// Checks everything at every validator.
    pub async fn check(&self) -> Findings {
        let mut findings = Findings::default();
        for (n, node) in self.nodes.iter().enumerate() {
            self.check_payments(n, node, &mut findings).await;
            self.check_balances(n, node, &mut findings).await;
            check_evidence(n, node, &mut findings).await;
        }
        if let Err(problem) = self.compare_blocks(&mut findings).await {
            findings.problems.push(problem);
        }
        findings
    }

    async fn check_payments(&self, n: usize, node: &Client, findings: &mut Findings) {
        let checks = self.paid.iter().enumerate().map(|(position, paid)| async move {
            let receipt = position % RECEIPT_EVERY == n % RECEIPT_EVERY;
            self.check_payment(node, *paid, receipt).await.map(|repeats| (repeats, receipt))
        });
        let results: Vec<_> = stream::iter(checks).buffer_unordered(AT_ONCE).collect().await;
        let settled = u64::try_from(results.iter().filter(|result| result.is_ok()).count()).unwrap();
        findings.settled = if n == 0 { settled } else { findings.settled.min(settled) };
        findings.repeats = 0;
        for result in results {
            match result {
                Ok((repeats, receipt)) => {
                    findings.repeats += repeats;
                    findings.receipts += u64::from(receipt);
                }
                Err(problem) => findings.problems.push(format!("validator {n}: {problem}")),
            }
        }
    }

    async fn check_payment(&self, node: &Client, paid: Paid, receipt: bool) -> Result<u64, String> {
        let view = node.wait_for(paid.uetr, Until::Final, PATIENCE).await.map_err(|error| error.to_string())?;
        check_view(paid, &view)?;
        let repeats = u64::try_from(view.entries.len() - 1).unwrap();
        if !receipt {
            return Ok(repeats);
        }
        match node.receipt(paid.uetr).await.map_err(|error| error.to_string())? {
            ReceiptAnswer::Ready(receipt) => {
                let verified = receipt.verify(&self.genesis);
                verified.map(|()| repeats).map_err(|error| format!("the receipt of {}: {error}", paid.uetr))
            }
            other => Err(format!("payment {} has no receipt: {other:?}", paid.uetr)),
        }
    }

    async fn check_balances(&self, n: usize, node: &Client, findings: &mut Findings) {
        let moved: u64 = self.paid.iter().map(|paid| paid.cents).sum();
        let expected = Balances { debtor: self.before.debtor - moved, creditor: self.before.creditor + moved };
        match balances(node, &self.payer).await {
            Ok(found) if found == expected => {}
            found => findings.problems.push(format!("validator {n}: balances {found:?}, expected {expected:?}")),
        }
    }

    /// The outcome of every height is the same at all validators.
    async fn compare_blocks(&self, findings: &mut Findings) -> Result<(), String> {
        let top = self.common_height().await?;
        for height in 1..=top.0 {
            let outcomes = self.nodes.iter().enumerate().map(|(n, node)| outcome(n, node, Height(height)));
            let outcomes = futures::future::try_join_all(outcomes).await?;
            if outcomes.iter().any(|other| *other != outcomes[0]) {
                return Err(format!("different outcomes at height {height}: {outcomes:?}"));
            }
            findings.blocks += 1;
        }
        Ok(())
    }

    /// The highest that any has settled, once all have settled it.
    async fn common_height(&self) -> Result<Height, String> {
        let started = Instant::now();
        loop {
            let settled = self.nodes.iter().map(Client::chain);
            let settled = futures::future::try_join_all(settled).await.map_err(|error| error.to_string())?;
            let (low, high) = (settled.iter().map(|c| c.settled).min(), settled.iter().map(|c| c.settled).max());
            if low == high {
                return Ok(high.unwrap());
            }
            if started.elapsed() > PATIENCE {
                return Err(format!("settled heights stay apart: {low:?} to {high:?}"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Decided once, settled, with the right amount. A payment that was submitted to several validators
/// has an entry for each submission that was ordered; all but the first only repeat the first
/// answer, and that no money moved with them is seen in the balances.
fn check_view(paid: Paid, view: &PaymentView) -> Result<(), String> {
    let amount = view.payment.as_ref().map(|terms| terms.amount.minor.0);
    let first = view.entries.first();
    let same = |entry: &EntryView| {
        entry.status == Some(PaymentStatus::Settled)
            && entry.code == Code::Ok
            && first.is_some_and(|first| entry.content == first.content && entry.transaction == first.transaction)
    };
    if first.is_some() && view.entries.iter().all(same) && amount == Some(paid.cents) {
        return Ok(());
    }
    let entry = |entry: &EntryView| (entry.id.to_string(), entry.status, entry.code, entry.transaction);
    let entries: Vec<_> = view.entries.iter().map(entry).collect();
    Err(format!("{paid:?} is not settled as it was made: amount {amount:?}, entries {entries:?}"))
}

async fn outcome(n: usize, node: &Client, height: Height) -> Result<Outcome, String> {
    let block = node.block(height).await.map_err(|error| error.to_string())?;
    block.and_then(|block| block.outcome).ok_or_else(|| format!("validator {n} has no outcome of height {height}"))
}

async fn check_evidence(n: usize, node: &Client, findings: &mut Findings) {
    match node.evidence().await {
        Ok(evidence) if evidence.is_empty() => {}
        other => findings.problems.push(format!("validator {n}: evidence {other:?}")),
    }
}
