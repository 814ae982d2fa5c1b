//! `corridor payment status`: where a payment is, once or until it ends, also as `pacs.002`.

use clap::{Args, Subcommand};
use corridor_iso20022::{Text, pacs002, pacs008};
use corridor_types::view::{ParticipantView, PaymentView};
use corridor_types::{Bic, Code, PaymentStatus, Uetr};
use std::time::Duration;

use crate::clock;
use crate::failure::Failure;
use crate::output::{Output, print_document};
use crate::payment_text::PaymentText;
use crate::session::{Connect, Session, failed};

/// How long `--watch` waits between changes before it gives up: a payment's longest life.
const WATCH: Duration = Duration::from_secs(7 * 86_400);

/// Show where a payment is.
#[derive(Debug, Args)]
pub struct PaymentArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show where a payment is
    Status {
        /// The payment's UETR
        uetr: Uetr,
        /// Follow it until it ends
        #[arg(long)]
        watch: bool,
        /// Print a status report in ISO 20022 (pacs.002) instead
        #[arg(long, conflicts_with = "watch")]
        pacs002: bool,
        #[command(flatten)]
        connect: Connect,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: PaymentArgs, output: Output) -> Result<(), Failure> {
    let Action::Status { uetr, watch, pacs002, connect } = args.action;
    let session = connect.open()?;
    if watch {
        return follow(&session, uetr, output).await;
    }
    let view = session.look_up(uetr).await?;
    let view = view.ok_or_else(|| Failure::refused("not_found", format!("the node knows no payment {uetr}")))?;
    if pacs002 {
        print_document(&report(&session, &view).await?);
        return Ok(());
    }
    output.show(&PaymentText(view))
}

async fn follow(session: &Session, uetr: Uetr, output: Output) -> Result<(), Failure> {
    let mut last: Option<PaymentView> = None;
    loop {
        let view = session.wait_until(uetr, WATCH, |view| Some(view) != last.as_ref()).await?;
        output.show_line(&PaymentText(view.clone()))?;
        if view.is_final() {
            return Ok(());
        }
        last = Some(view);
    }
}

/// A status report. The node does not keep the message that brought the payment, so the report
/// names the payment by its UETR and says so in the place of the message's name.
async fn report(session: &Session, view: &PaymentView) -> Result<String, Failure> {
    let status =
        view.status.ok_or_else(|| Failure::refused("no_status", "no payment with this UETR was decided on"))?;
    let text = |text: &str| Text::new(text).map_err(Failure::internal);
    let newest = view.entries.iter().rev().find(|entry| entry.status == Some(status));
    let settled = matches!(status, PaymentStatus::Settled | PaymentStatus::Credited);
    let transaction = pacs002::TransactionStatus {
        original_message_id: text("NOTPROVIDED")?,
        original_message: text(pacs008::MESSAGE)?,
        original_instruction_id: None,
        original_end_to_end_id: None,
        original_transaction_id: None,
        uetr: view.uetr,
        status,
        reason: newest.map_or(Code::Ok, |entry| entry.code),
        accepted: view.entries.first().filter(|entry| entry.code.is_ok()).map(|entry| entry.time),
        settled: newest.filter(|_| settled).map(|entry| entry.time.date()),
        instructing_agent: None,
        instructed_agent: debtor_agent(session, view).await?,
    };
    let message_id = text(&format!("CRDR{}", hex::encode(clock::random::<12>()?)))?;
    let report = pacs002::StatusReport { message_id, created: clock::now(), transactions: vec![transaction] };
    Ok(pacs002::write(&report))
}

async fn debtor_agent(session: &Session, view: &PaymentView) -> Result<Option<Bic>, Failure> {
    let Some(terms) = &view.payment else { return Ok(None) };
    let agent = session.client.object::<ParticipantView>(&terms.debtor_agent).await.map_err(failed)?;
    Ok(agent.map(|agent| agent.bic))
}
