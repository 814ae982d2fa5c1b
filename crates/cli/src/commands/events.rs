//! `corridor events`: what happens on the ledger, certified, as it happens.

use std::fmt;

use clap::Args;
use corridor_types::Uetr;
use corridor_types::view::{EventId, EventView};
use futures::StreamExt as _;
use serde::Serialize;

use crate::clock;
use crate::failure::Failure;
use crate::money;
use crate::output::Output;
use crate::session::{Connect, failed};
use crate::stopping;

/// How long the past is listed without a new event before the command ends, unless it follows.
const QUIET: std::time::Duration = std::time::Duration::from_millis(500);

/// Show what happens on the ledger.
#[derive(Debug, Args)]
pub struct EventsArgs {
    /// Go on until interrupted
    #[arg(long)]
    follow: bool,
    /// Begin after this event, such as 120-3; absent: at the beginning, or now with --follow
    #[arg(long, value_name = "EVENT")]
    after: Option<EventId>,
    /// Only this payment or operation
    #[arg(long, value_name = "UETR")]
    reference: Option<Uetr>,
    #[command(flatten)]
    connect: Connect,
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: EventsArgs, output: Output) -> Result<(), Failure> {
    let stop = stopping::requested()?;
    let session = args.connect.open()?;
    let beginning = (!args.follow).then_some(EventId::START);
    let mut events = session.events(args.after.or(beginning), args.reference);
    let listing = async {
        loop {
            let next = events.next();
            let event = match args.follow {
                true => next.await,
                false => tokio::time::timeout(QUIET, next).await.unwrap_or_default(),
            };
            let Some(event) = event else { return Ok(()) };
            output.show_line(&Line(event.map_err(failed)?))?;
        }
    };
    tokio::select! {
        result = listing => result,
        () = stop => Ok(()),
    }
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Line(EventView);

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entry = &self.0.entry;
        let status = entry.status.map_or_else(String::new, |status| format!(" -> {status}"));
        write!(
            f,
            "{:<10} {}  {:<20} {}",
            entry.id.to_string(),
            clock::readable(entry.time),
            entry.kind,
            entry.reference
        )?;
        if let Some(terms) = &self.0.payment {
            write!(f, "  {}", money::readable(terms.amount.minor, terms.amount.currency))?;
        }
        write!(f, "{status}")?;
        if entry.code.is_ok() { Ok(()) } else { write!(f, "  {}", entry.code) }
    }
}
