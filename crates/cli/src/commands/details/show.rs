//! `corridor details show`: fetches the sealed document from the own node and opens it here.
//!
//! An agent of the payment just reads. A central bank or a licensing authority first records the
//! opening and its purpose on the ledger, and sees nothing before that is certified.

use std::fmt;
use std::path::PathBuf;

use clap::Args;
use corridor_client::DetailsAnswer;
use corridor_crypto::Digest;
use corridor_sealing::Details;
use corridor_types::operations::AccessStep;
use corridor_types::view::PaymentTerms;
use corridor_types::{KeyRole, Label, Operation, ParticipantId, Uetr};
use serde::Serialize;
use tokio::time::{Duration, Instant, sleep};

use super::no_key;
use crate::actor::{Act, Actor, reference};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Session, failed};
use crate::{keyring, sealing};

/// Between two questions for a document that is on its way.
const POLL: Duration = Duration::from_millis(250);

/// Open the details of a payment.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The payment's UETR
    uetr: Uetr,
    /// The key file that opens them; absent: the profile's
    #[arg(long, value_name = "FILE")]
    sealing_key: Option<PathBuf>,
    /// Why they are opened: the case or the legal ground; for who is no agent of the payment
    #[arg(long)]
    purpose: Option<Label>,
    #[command(flatten)]
    act: Box<Act>,
}

/// Opened details, as they are shown.
#[derive(Serialize)]
struct Opened {
    payment: Uetr,
    digest: Digest,
    /// Under which reference the opening is on the ledger; absent for the agents.
    access: Option<Uetr>,
    details: Details,
}

impl fmt::Display for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Details of {} (digest {})", self.payment, self.digest)?;
        if let Some(access) = self.access {
            writeln!(f, "This opening is on the ledger under reference {access}")?;
        }
        f.write_str(&serde_json::to_string_pretty(&self.details).map_err(|_| fmt::Error)?)
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: ShowArgs, output: Output) -> Result<(), Failure> {
    let Actor { session, genesis, participant, patience, .. } = args.act.identify()?;
    let file = args.sealing_key.as_ref().or(session.profile.sealing_key.as_ref()).ok_or_else(no_key)?;
    let secret = keyring::read_sealing(file)?;
    let terms = terms(&session, args.uetr).await?;
    let document = fetch(&session, args.uetr, patience).await?;
    let access = record(&args, &terms, participant).await?;
    let place = (genesis.digest(), args.uetr);
    let details = sealing::open_document(&document, terms.details, place, participant, &secret)?;
    output.show(&Opened { payment: args.uetr, digest: terms.details, access, details })
}

async fn terms(session: &Session, uetr: Uetr) -> Result<PaymentTerms, Failure> {
    let found = session.look_up(uetr).await?.and_then(|view| view.payment);
    found.ok_or_else(|| Failure::refused("not_found", format!("the node knows no payment {uetr}")))
}

async fn fetch(session: &Session, uetr: Uetr, patience: Duration) -> Result<bytes::Bytes, Failure> {
    let deadline = Instant::now() + patience;
    loop {
        let refused = |code: &str, text: &str| Err(Failure::refused(code, format!("{uetr}: {text}")));
        match session.client.details(uetr).await.map_err(failed)? {
            DetailsAnswer::Here(document) => return Ok(document),
            DetailsAnswer::Erased => return refused("details_erased", "its details were erased on this node"),
            DetailsAnswer::Unknown => return refused("not_found", "its details are not for this node's institution"),
            DetailsAnswer::Pending if Instant::now() >= deadline => {
                return refused(
                    "details_pending",
                    "no party's node has given its details; was the payment made with any?",
                );
            }
            DetailsAnswer::Pending => sleep(POLL).await,
        }
    }
}

/// Puts the opening on the ledger, unless the reader is an agent of the payment.
async fn record(args: &ShowArgs, terms: &PaymentTerms, participant: ParticipantId) -> Result<Option<Uetr>, Failure> {
    if [terms.debtor_agent, terms.creditor_agent].contains(&participant) {
        return Ok(None);
    }
    let missing = || Failure::usage("--purpose: say why the details are opened; it is recorded on the ledger");
    let purpose = args.purpose.clone().ok_or_else(missing)?;
    let reference = reference(None)?;
    let actor = args.act.open(KeyRole::Supervisor)?;
    actor.carry_out(Operation::Access { reference, step: AccessStep::Record { payment: args.uetr, purpose } }).await?;
    Ok(Some(reference))
}
