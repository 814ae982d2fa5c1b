//! `corridor consensus status`: one screen that says whom the network waits for, and what to do.

mod cause;

use std::fmt;

use clap::{Args, Subcommand};
use corridor_types::view::{ConsensusView, NodeRole, Silence, ValidatorVotesView};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;
use crate::session::{Connect, failed};

/// Show what consensus waits for.
#[derive(Debug, Args)]
pub struct ConsensusArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Who voted in the current view, who is missing, when it times out, and what is likely wrong
    Status {
        #[command(flatten)]
        connect: Connect,
    },
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: ConsensusArgs, output: Output) -> Result<(), Failure> {
    let Action::Status { connect } = args.action;
    let view = connect.open()?.client.consensus().await.map_err(failed)?;
    output.show(&Screen { likely: cause::likely(&view), view })
}

#[derive(Debug, Serialize)]
struct Screen {
    #[serde(flatten)]
    view: ConsensusView,
    /// The most likely reason why nothing is finalized, or that nothing is wrong.
    likely: String,
}

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = &self.view;
        let age =
            view.last_finalized_age_ms.map_or_else(|| "never since the start".to_owned(), |ms| format!("{ms} ms ago"));
        writeln!(f, "view       {} of epoch {}, led by {}", view.view, view.epoch, view.leader_name)?;
        writeln!(f, "this node  {}", role(view))?;
        writeln!(f, "finalized  height {}, {age}; peers say {}", view.finalized, view.peers_finalized)?;
        writeln!(f, "executed   height {}, settled {}", view.executed, view.settled)?;
        let timeout = view.next_timeout_ms.map_or_else(|| "no timer runs".to_owned(), |ms| format!("in {ms} ms"));
        writeln!(f, "timeout    {timeout}")?;
        let (quorum, total, linked) = (view.quorum_power, view.total_power, view.connected_power);
        writeln!(f, "quorum     {quorum} of {total} voting power; {linked} linked to this node, its own included")?;
        waits(f, view)?;
        writeln!(
            f,
            "\n{:<32} {:>5}  {:<10} {:<8} {:<10} link",
            "validator", "power", "notarize", "nullify", "finalize"
        )?;
        view.votes.iter().try_for_each(|votes| row(f, view, votes))?;
        match (view.missing.is_empty(), view.next_timeout_ms) {
            (true, _) => writeln!(f, "\nEveryone voted in this view.")?,
            (false, None) => writeln!(f, "\nIdle: nothing waits to be ordered, so nobody votes.")?,
            (false, Some(_)) => writeln!(f, "\nNot heard in this view: {}", view.missing.join(", "))?,
        }
        f.write_str(&self.likely)
    }
}

fn role(view: &ConsensusView) -> &'static str {
    match (view.role, view.silence) {
        (NodeRole::Validator, _) => "votes",
        (NodeRole::Observer, _) => "observes: the validator set of this epoch does not name it",
        (NodeRole::Silent, Some(Silence::WaitingForQuorum)) => "is SILENT: it waits to hear from a quorum",
        (NodeRole::Silent, Some(Silence::Watching)) => "is silent for a second after its start",
        (NodeRole::Silent, Some(Silence::RecordIsOld)) => "is SILENT: its signing record is old",
        (NodeRole::Silent, Some(Silence::KeyMissing)) => "is SILENT: it does not hold its key of this epoch",
        (NodeRole::Silent, None) => "is SILENT",
    }
}

/// What is only shown when there is something to show.
fn waits(f: &mut fmt::Formatter<'_>, view: &ConsensusView) -> fmt::Result {
    if let Some(reason) = &view.halted {
        writeln!(f, "HALTED     {reason}")?;
    }
    if let Some(snapshot) = view.snapshot {
        let (height, held, chunks) = (snapshot.height, snapshot.held, snapshot.chunks);
        writeln!(f, "snapshot   of height {height}: {held} of {chunks} chunks")?;
    }
    if view.syncing {
        writeln!(f, "catch-up   fetching what the others have finalized")?;
    }
    if view.missing_batches > 0 {
        writeln!(f, "batches    {} named and not held here yet", view.missing_batches)?;
    }
    if !view.missing_outcomes.is_empty() {
        writeln!(f, "outcomes   of the next block not heard from {}", view.missing_outcomes.join(", "))?;
    }
    if let Some(height) = view.outcomes_differ {
        writeln!(f, "OUTCOMES   of height {height} DIFFER between validators")?;
    }
    if let Some(epoch) = view.pending_epoch {
        writeln!(f, "change     the validators of epoch {epoch} are decided and wait for the next block")?;
    }
    if let Some(behind) = view.clock_behind_ms {
        writeln!(f, "clock      {behind} ms behind the newest block or proposal")?;
    }
    match view.data_bytes {
        Some(bytes) => writeln!(f, "disk       {} MB in the data folder", bytes / 1_000_000),
        None => writeln!(f, "disk       the data folder CANNOT BE READ"),
    }
}

fn row(f: &mut fmt::Formatter<'_>, view: &ConsensusView, votes: &ValidatorVotesView) -> fmt::Result {
    let digest = |digest: Option<corridor_crypto::Digest>| digest.map_or_else(|| "-".to_owned(), |d| d.short());
    let nullify = if votes.nullify { "yes" } else { "-" };
    let peer = view.peers.iter().find(|peer| peer.participant == votes.participant);
    let link = match peer.map(|peer| peer.connected) {
        Some(true) => "up",
        Some(false) => "DOWN",
        None => "this node",
    };
    let (notarize, finalize) = (digest(votes.notarize), digest(votes.finalize));
    writeln!(f, "{:<32} {:>5}  {notarize:<10} {nullify:<8} {finalize:<10} {link}", votes.name, votes.power.0)
}
