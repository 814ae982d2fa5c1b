//! `corridor consensus status`: one screen that says whom the network waits for.

use std::fmt;

use clap::{Args, Subcommand};
use corridor_types::view::{ConsensusView, ValidatorVotesView};
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
    /// Who voted in the current view, who is missing, and when it times out
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
    output.show(&Screen(view))
}

#[derive(Debug, Serialize)]
#[serde(transparent)]
struct Screen(ConsensusView);

impl fmt::Display for Screen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = &self.0;
        let age =
            view.last_finalized_age_ms.map_or_else(|| "never since the start".to_owned(), |ms| format!("{ms} ms ago"));
        writeln!(f, "view       {} of epoch {}, led by {}", view.view, view.epoch, view.leader_name)?;
        writeln!(f, "finalized  height {}, {age}", view.finalized)?;
        let timeout = view.next_timeout_ms.map_or_else(|| "no timer runs".to_owned(), |ms| format!("in {ms} ms"));
        writeln!(f, "timeout    {timeout}")?;
        writeln!(f, "quorum     {} of {} voting power", view.quorum_power, view.total_power)?;
        if let Some(reason) = &view.halted {
            writeln!(f, "HALTED     {reason}")?;
        }
        if view.syncing {
            writeln!(f, "catching up with the others; this node does not vote yet")?;
        }
        writeln!(
            f,
            "\n{:<32} {:>5}  {:<10} {:<8} {:<10} link",
            "validator", "power", "notarize", "nullify", "finalize"
        )?;
        for votes in &view.votes {
            row(f, view, votes)?;
        }
        match (view.missing.is_empty(), view.next_timeout_ms) {
            (true, _) => write!(f, "\nEveryone voted in this view."),
            (false, None) => write!(f, "\nIdle: nothing waits to be ordered, so nobody votes."),
            (false, Some(_)) => write!(f, "\nNot heard in this view: {}", view.missing.join(", ")),
        }
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
