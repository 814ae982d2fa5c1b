//! `corridor details`: sets the key to which details are sealed, opens the details of a payment, and
//! erases them on the own node.

mod show;

use std::fmt;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use corridor_types::operations::ParticipantStep;
use corridor_types::{KeyRole, Operation, Uetr};
use serde::Serialize;

use crate::actor::{Act, reference};
use crate::decision::Decision;
use crate::failure::Failure;
use crate::keyring;
use crate::output::Output;
use crate::session::{Connect, failed};

/// Read the confidential details of payments, and set the key they are sealed to.
#[derive(Debug, Args)]
pub struct DetailsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Tell the ledger to which key details are sealed for this institution
    Register {
        /// The key file (`corridor keys generate --role sealing`); absent: the profile's
        #[arg(long, value_name = "FILE")]
        sealing_key: Option<PathBuf>,
        /// Reference (UUID version 4) that makes a repetition harmless; absent: a new one
        #[arg(long)]
        reference: Option<Uetr>,
        /// Sign as an operator; absent: with the governance key
        #[arg(long)]
        as_operator: bool,
        #[command(flatten)]
        act: Box<Act>,
    },
    /// Open the details of a payment; who is no agent of it records that on the ledger first
    Show(Box<show::ShowArgs>),
    /// Erase the sealed details of a payment on the own node, for good
    Erase {
        /// The payment's UETR
        uetr: Uetr,
        #[command(flatten)]
        connect: Connect,
    },
}

/// That a document is gone.
#[derive(Debug, Serialize)]
struct Erased {
    erased: Uetr,
}

impl fmt::Display for Erased {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Erased the details of {} on this node; its receipts verify as before", self.erased)
    }
}

/// Runs the command.
///
/// # Errors
/// [`Failure`].
pub async fn run(args: DetailsArgs, output: Output) -> Result<(), Failure> {
    match args.action {
        Action::Register { sealing_key, reference: given, as_operator, act } => {
            let actor = act.open(if as_operator { KeyRole::Operator } else { KeyRole::Governance })?;
            let file = sealing_key.or_else(|| actor.session.profile.sealing_key.clone()).ok_or_else(no_key)?;
            let key = keyring::read_sealing(&file)?.public_key();
            let step = ParticipantStep::SetSealingKey { key };
            let view = actor.carry_out(Operation::Participant { reference: reference(given)?, step }).await?;
            output.show(&Decision::new(format!("Details are sealed to {key} for {}", actor.bic), &view))
        }
        Action::Show(args) => show::run(*args, output).await,
        Action::Erase { uetr, connect } => match connect.open()?.client.erase_details(uetr).await.map_err(failed)? {
            true => output.show(&Erased { erased: uetr }),
            false => Err(Failure::refused("not_found", format!("the node has no details of {uetr}"))),
        },
    }
}

fn no_key() -> Failure {
    Failure::usage("no sealing key is named; use --sealing-key, or a profile with sealing_key")
}
