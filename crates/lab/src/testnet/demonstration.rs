//! One payment from message to receipt, as two banks would make it: the debtor agent submits, the
//! creditor agent attests, and anybody verifies the receipt offline.

use std::time::{Duration, Instant};

use corridor_cli::actor::Actor;
use corridor_cli::failure::Failure;
use corridor_cli::payment_form::{Order, Terms, as_new};
use corridor_cli::{clock, files, money};
use corridor_iso20022::{Limits, pacs008};
use corridor_types::operations::PaymentStep;
use corridor_types::view::PaymentView;
use corridor_types::{AccountId, Attested, Control, KeyRole, Operation, PaymentStatus, Shortfall, Uetr};
use serde::Serialize;

use super::cast::Member;
use super::create::SAMPLE;
use super::directory::Directory;
use super::prepare;
use corridor_cli::commands::receipt;

/// How long the demonstration's payment may wait for its attestation.
const EXPIRY_MS: u64 = 3_600_000;

/// What the demonstration did.
#[derive(Debug, Serialize)]
pub struct Demonstration {
    /// UETR of the payment.
    pub uetr: Uetr,
    /// Who paid for its client.
    pub debtor_agent: String,
    /// Who was paid for its client.
    pub creditor_agent: String,
    /// How much, as people write it.
    pub amount: String,
    /// In which block it settled.
    pub height: u64,
    /// From submission until the receipt of the submission showed reserved funds, in milliseconds.
    pub reserved_after_ms: u64,
    /// From attestation until the settlement certificate, in milliseconds.
    pub settled_after_ms: u64,
    /// From submission until the settlement certificate, in milliseconds.
    pub total_ms: u64,
    /// The creditor agent's account.
    pub creditor_account: AccountId,
    /// The validators whose signatures the receipt carries.
    pub signers: Vec<String>,
    /// Where the receipt is.
    pub receipt: String,
}

/// Makes the payment.
///
/// # Errors
/// A failure or a refusal.
pub async fn demonstrate(directory: &Directory, members: &[Member]) -> Result<Demonstration, Failure> {
    let uetr = clock::new_uetr()?;
    let message = as_new(SAMPLE, uetr, clock::today());
    let transfers = pacs008::read(message.as_bytes(), &Limits::default()).map_err(Failure::internal)?;
    let transfer = transfers.into_iter().next().ok_or_else(|| Failure::internal("the sample holds no transfer"))?;
    let debtor = prepare::actor(directory, members, transfer.debtor_agent, KeyRole::Operator)?;
    let creditor = prepare::actor(directory, members, transfer.creditor_agent, KeyRole::Operator)?;

    let from = debtor.session.account_in(transfer.debtor_agent, transfer.currency).await?;
    let to = debtor.session.account_in(transfer.creditor_agent, transfer.currency).await?;
    let client = debtor.session.profile.client;
    let client = client.ok_or_else(|| Failure::usage("the profile of the debtor agent names no client"))?;
    let expiry = clock::now().plus_ms(EXPIRY_MS);
    let terms = Terms { client, expiry, control: Control::NotControlled, shortfall: Shortfall::Reject };
    let creditor_account = to.id;
    let payment = Order::of_transfer(&transfer, from, to).into_payment(terms, &debtor.details_salt(uetr))?;

    let submitted = Instant::now();
    let attestation = Attested { payment: uetr, content: payment.content() };
    debtor.carry_out(Operation::Pay { payment }).await?;
    let reserved_after_ms = millis(submitted.elapsed());
    let attested = Instant::now();
    let view = attest(&creditor, attestation).await?;
    let settled_after_ms = millis(attested.elapsed());
    let total_ms = millis(submitted.elapsed());

    let (file, signers) = keep_receipt(directory, &debtor, uetr).await?;
    Ok(Demonstration {
        uetr,
        debtor_agent: named(members, transfer.debtor_agent),
        creditor_agent: named(members, transfer.creditor_agent),
        amount: money::readable(transfer.amount, transfer.currency),
        height: view.entries.last().map_or(0, |entry| entry.height.0),
        reserved_after_ms,
        settled_after_ms,
        total_ms,
        creditor_account,
        signers,
        receipt: file,
    })
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn named(members: &[Member], bic: corridor_types::Bic) -> String {
    let member = members.iter().find(|member| member.bic == bic);
    member.map_or_else(|| bic.to_string(), |member| format!("{} ({bic})", member.name))
}

/// The creditor agent sees the payment on its own node, then attests it, unless a standing consent
/// has settled it already.
async fn attest(creditor: &Actor, attestation: Attested) -> Result<PaymentView, Failure> {
    let (session, uetr) = (&creditor.session, attestation.payment);
    let seen = session.wait_until(uetr, creditor.patience, |view| view.certified).await?;
    if seen.status == Some(PaymentStatus::AwaitingAttestation) {
        let (reference, payments) = (clock::new_uetr()?, vec![attestation]);
        creditor
            .submit(Operation::Payment { reference, step: PaymentStep::Attest { payments, screening: None } })
            .await?;
    }
    let view = session.wait_until(uetr, creditor.patience, PaymentView::is_final).await?;
    match (view.status, view.entries.last()) {
        (Some(PaymentStatus::Settled), _) => Ok(view),
        (_, Some(entry)) => Err(Failure::refused(entry.code, &entry.meaning)),
        (_, None) => Err(Failure::internal("the payment has no history")),
    }
}

async fn keep_receipt(directory: &Directory, actor: &Actor, uetr: Uetr) -> Result<(String, Vec<String>), Failure> {
    let settled = |view: &PaymentView| view.is_final();
    actor.session.wait_until(uetr, actor.patience, settled).await?;
    let text = actor.session.receipt(uetr, None).await?.to_json().map_err(Failure::internal)?;
    let verdict = receipt::verify(&text, &actor.genesis)?;
    let file = directory.receipt_file(uetr);
    files::write_whole(&file, &text)?;
    Ok((file.display().to_string(), verdict.signers))
}
